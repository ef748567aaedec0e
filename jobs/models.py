"""The durable queue. A row is one leased unit of work about a subject whose nature this room does not know."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from jobs.errors import LeaseLostError

LIVE = Q(state__in=("new", "queued", "running"))


class JobQuerySet(models.QuerySet["Job"]):
    def live(self) -> "JobQuerySet":
        """Jobs that somebody will still work on."""
        return self.filter(state__in=Job.LIVE)

    def failed(self) -> "JobQuerySet":
        return self.filter(state=Job.State.FAILED)

    def held_by(self, job: "Job") -> "JobQuerySet":
        """The row of this job, as long as the token it was claimed with still holds the lease."""
        return self.filter(pk=job.pk, token=job.token, state=Job.State.RUNNING)


class Job(models.Model):
    class State(models.TextChoices):
        NEW = "new", _("waiting")
        QUEUED = "queued", _("handed to a worker")
        RUNNING = "running", _("under way")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    LIVE = (State.NEW, State.QUEUED, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    queue = models.CharField(max_length=20)
    subject = models.UUIDField()
    group = models.UUIDField(null=True)  # fairness: groups take turns
    payload = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=0)  # higher goes first within a group
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    attempt = models.PositiveSmallIntegerField(default=0)
    token = models.UUIDField(null=True)  # who holds the lease; a finish without it is thrown away
    lease_until = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure = models.TextField(blank=True)  # a sentence for people
    failure_detail = models.TextField(blank=True)  # for the administrator

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=LIVE, name="one_live_job_a_subject"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(token__isnull=False), name="running_job_has_token"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "queue", "group", "-priority", "id"], name="job_dispatch"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="job_leases"),
            models.Index(fields=["group", "state", "finished_at"], name="job_of_group"),
            models.Index(fields=["queue", "started_at"], name="job_starts"),
            models.Index(fields=["queue", "state", "-priority"], name="job_urgent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} ({self.state})"

    @contextmanager
    def finish(self) -> Iterator[None]:
        """One transaction for all that the work leaves behind; LeaseLostError when the lease is somebody else's."""
        with transaction.atomic():
            ended = Job.objects.held_by(self).update(state=Job.State.DONE, finished_at=timezone.now(), lease_until=None)
            if not ended:
                raise LeaseLostError(str(self))
            yield
        self.state = Job.State.DONE

    def check_held(self) -> None:
        """For long work, between two steps: LeaseLostError when it was cancelled or given to somebody else."""
        if not Job.objects.held_by(self).exists():
            raise LeaseLostError(str(self))


class Pulse(models.Model):
    """A process of the queue that was alive at that instant."""

    class Role(models.TextChoices):
        WORKER = "worker", _("worker")
        DISPATCHER = "dispatcher", _("dispatcher")

    name = models.CharField(max_length=120, primary_key=True)  # host and process number
    role = models.CharField(max_length=10, choices=Role)
    queues = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.role} {self.name}"
