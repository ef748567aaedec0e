from django.db import migrations, models
from django.db.models.expressions import CombinedExpression


class Migration(migrations.Migration):

    dependencies = [
        ('inference', '0008_lost_patch_by_patch'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='detection',
            index=models.Index(fields=['run', 'label', 'verdict', 'score', 'id'], name='detections_by_score'),
        ),
        migrations.AddIndex(
            model_name='detection',
            index=models.Index(models.F('run'), models.F('label'), models.F('verdict'), CombinedExpression(CombinedExpression(models.F('right'), '-', models.F('left')), '*', CombinedExpression(models.F('bottom'), '-', models.F('top'))), models.F('id'), name='detections_by_size'),
        ),
    ]
