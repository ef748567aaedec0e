from django.db import migrations, models
from django.db.models import F


def take_each_image_for_one_patch(apps, _editor):
    """Which patch held what was not kept so far. An interval that takes an image for one patch is wider, never wrong."""
    rows = apps.get_model("inference", "ResultSet").objects.filter(n_lost__isnull=False)
    rows.update(lost_squared=F("n_lost") * F("n_lost"), most_lost=F("n_lost"))


class Migration(migrations.Migration):
    dependencies = [
        ("inference", "0007_species_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="resultset",
            name="lost_squared",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="resultset",
            name="most_lost",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunPython(take_each_image_for_one_patch, migrations.RunPython.noop),
    ]
