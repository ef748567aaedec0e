# The first release.

import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Pulse',
            fields=[
                ('name', models.CharField(max_length=120, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('worker', 'worker'), ('dispatcher', 'dispatcher')], max_length=10)),
                ('queues', models.CharField(blank=True, max_length=120)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40)),
                ('queue', models.CharField(max_length=20)),
                ('subject', models.UUIDField()),
                ('group', models.UUIDField(null=True)),
                ('payload', models.JSONField(default=dict)),
                ('priority', models.SmallIntegerField(default=0)),
                ('state', models.CharField(choices=[('new', 'waiting'), ('queued', 'handed to a worker'), ('running', 'under way'), ('done', 'done'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='new', max_length=10)),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('token', models.UUIDField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('next_try_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('queued_at', models.DateTimeField(null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('failure_code', models.CharField(blank=True, max_length=40)),
                ('failure', models.TextField(blank=True)),
                ('failure_detail', models.TextField(blank=True)),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'queue', 'group', '-priority', 'id'], name='job_dispatch'), models.Index(condition=models.Q(('state', 'running')), fields=['lease_until'], name='job_leases'), models.Index(fields=['group', 'state', 'finished_at'], name='job_of_group'), models.Index(fields=['queue', 'started_at'], name='job_starts'), models.Index(fields=['queue', 'state', '-priority'], name='job_urgent')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('new', 'queued', 'running'))), fields=('kind', 'subject'), name='one_live_job_a_subject'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'running'), _negated=True), ('token__isnull', False), _connector='OR'), name='running_job_has_token')],
            },
        ),
    ]
