import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

MODES = [("exact", "exact"), ("fast", "fast"), ("turbo", "turbo")]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("inference", "0005_uncertain_patches"),
        ("surveys", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Comparison",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=200)),
                ("known", models.BinaryField()),
                ("iou", models.FloatField()),
                ("n_images", models.PositiveIntegerField()),
                ("n_animals", models.PositiveIntegerField()),
                ("labels", models.JSONField()),
                ("left_out", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("survey", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="surveys.survey")),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.CreateModel(
            name="ComparedModel",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ("mode", models.CharField(choices=MODES, max_length=10)),
                ("state", models.CharField(choices=[("waiting", "waiting"), ("done", "done"), ("failed", "failed")], default="waiting", max_length=10)),
                ("device", models.CharField(blank=True, max_length=20)),
                ("engine", models.CharField(blank=True, max_length=40)),
                ("report", models.JSONField(default=dict)),
                ("failure", models.TextField(blank=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("comparison", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="compared", to="inference.comparison")),
                ("model_version", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inference.modelversion")),
            ],
            options={
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("comparison", "model_version", "mode"), name="one_row_a_model_and_mode")],
            },
        ),
    ]
