"""Reviews know their survey, so that a page of its history costs what is on the page. A migration of its own: PostgreSQL
alters no table in which rows were changed in the same transaction."""

import django.db.models.deletion
from django.db import migrations, models


def name_surveys(apps, _editor):
    Image, Review = apps.get_model("surveys", "Image"), apps.get_model("review", "Review")
    survey = Image.objects.filter(pk=models.OuterRef("image")).values("survey")
    Review.objects.update(survey=models.Subquery(survey))


def survey(**options):
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="surveys.survey", **options
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("review", "0007_coverage")]

    operations = [
        migrations.AddField("review", "survey", survey(null=True)),
        migrations.RunPython(name_surveys, migrations.RunPython.noop),
        migrations.AlterField("review", "survey", survey()),
        migrations.AddIndex(
            "review", models.Index(fields=["survey", "created_at", "id"], name="review_of_survey")
        ),
    ]
