"""How far searches are: one query for all the runs of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from inference.models import ResultSet, Run
from jobs.models import Job

RATE_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Progress:
    """Images of one run by state. `is_starting`: images are still being added."""

    waiting: int = 0
    searched: int = 0
    failed: int = 0
    cancelled: int = 0
    is_starting: bool = False

    @property
    def images(self) -> int:
        return self.waiting + self.searched + self.failed + self.cancelled

    @property
    def is_under_way(self) -> bool:
        return self.waiting > 0 or self.is_starting

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means all."""
        return 100 * (self.searched + self.failed) // self.images if self.images else 0


def progress_of(runs: Sequence[Run]) -> dict[UUID, Progress]:
    ids = [run.pk for run in runs]
    counted: dict[UUID, dict[str, int]] = {run: {} for run in ids}
    rows = ResultSet.objects.filter(run__in=ids).order_by().values_list("run", "state").annotate(n=Count("pk"))
    for run, state, number in rows:
        counted[run][state] = number
    starting = set(Job.objects.live().filter(kind="start_run", subject__in=ids).values_list("subject", flat=True))
    return {run: Progress(**states, is_starting=run in starting) for run, states in counted.items()}


def done_at_of(runs: Sequence[Run], progress: dict[UUID, Progress], now: datetime) -> dict[UUID, datetime]:
    """When runs will be done at the pace of the last ten minutes; without those that have no pace to go by."""
    waiting = {run.pk: run for run in runs if progress[run.pk].waiting}
    recent = ResultSet.objects.filter(run__in=list(waiting), searched_at__gte=now - RATE_WINDOW).order_by()
    paces = dict(recent.values_list("run").annotate(n=Count("pk")))
    since = {run: max(waiting[run].created_at, now - RATE_WINDOW) for run in paces}
    return {run: now + (now - since[run]) * progress[run].waiting / paces[run] for run in paces}


@dataclass(frozen=True)
class Failure:
    """One reason, and how many images of a run failed for it."""

    sentence: str
    n_images: int


def failures_of(runs: Sequence[Run]) -> dict[UUID, list[Failure]]:
    """Why images of these runs failed, the most frequent reason first; one query."""
    reasons: dict[UUID, list[Failure]] = {run.pk: [] for run in runs}
    failed = ResultSet.objects.filter(run__in=list(reasons), state=ResultSet.State.FAILED).order_by()
    rows = failed.values_list("run", "failure").annotate(n=Count("pk")).order_by("-n", "failure")
    for run, sentence, number in rows:
        reasons[run].append(Failure(sentence, number))
    return reasons


@dataclass(frozen=True)
class Place:
    """Where images of a run were searched, and the hours that the models took there."""

    device: str
    engine: str
    n_images: int
    hours: float
    seconds_a_patch: float | None  # of the patches that the detector saw


def places_of(run: Run) -> list[Place]:
    """Devices and engines of one run, the one with most images first; one query."""
    searched = run.result_sets.filter(state=ResultSet.State.SEARCHED).order_by()
    seen = Coalesce(F("n_passed") + F("n_at_random"), F("n_patches"))
    sums = searched.values_list("device", "engine").annotate(
        n=Count("pk"), detector=Sum("detector_s"), screen=Sum("screen_s"), patches=Sum(seen)
    )
    places = [
        Place(
            device,
            engine,
            n,
            ((detector or 0) + (screen or 0)) / 3600,
            detector / patches if detector and patches else None,
        )
        for device, engine, n, detector, screen, patches in sums
    ]
    return sorted(places, key=lambda place: -place.n_images)
