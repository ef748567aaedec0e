"""How far a survey has come: images by stage, how fast it goes on, when it will be done, what went wrong."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from jobs.models import Job
from surveys.models import Image, Observation, Survey, Upload

RATE_WINDOW = timedelta(minutes=3)
UPLOAD_IS_LIVE_FOR = timedelta(minutes=2)
N_ERRORS = 5
IS_REVIEWED = (Image.Review.REVIEWED, Image.Review.EMPTY, Image.Review.UNUSABLE)
KEPT = Q(is_excluded=False) & ~Q(review_state=Image.Review.UNUSABLE)  # what can have a count
FAILED = Q(ingest_state=Image.Ingest.FAILED) | Q(search_state=Image.Search.FAILED)


@dataclass(frozen=True)
class Counts:
    """Images outside the trash by how far they have come. `counted`: searched, not excluded and not unusable, which is
    what counts of animals speak of; `detections` are on these, and None while there are none."""

    stored: int = 0
    unread: int = 0
    read: int = 0
    unreadable: int = 0
    searching: int = 0
    searched: int = 0
    counted: int = 0
    search_failed: int = 0
    with_animals: int = 0
    reviewed: int = 0
    reviewed_with_animals: int = 0
    detections: int | None = None

    @property
    def failed(self) -> int:
        return self.unreadable + self.search_failed

    @property
    def looked_at(self) -> int:
        """Searched or reviewed, for bars in which one covers the other."""
        return max(self.searched, self.reviewed)

    @property
    def untouched(self) -> int:
        return max(self.stored - self.looked_at - self.failed, 0)

    @property
    def to_review(self) -> int:
        return self.with_animals - self.reviewed_with_animals

    def __add__(self, other: "Counts") -> "Counts":
        numbers = {
            f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self) if f.name != "detections"
        }
        known = [n for n in (self.detections, other.detections) if n is not None]
        return Counts(**numbers, detections=sum(known) if known else None)


def counts_of(surveys: Iterable[UUID]) -> dict[UUID, Counts]:
    """One query for any number of surveys; those without images have the Counts of nothing."""
    rows = (
        Image.objects.filter(survey__in=list(surveys), trashed_at=None)
        .values("survey", "ingest_state", "search_state", "review_state")
        .annotate(
            n=Count("pk"),
            n_kept=Count("pk", filter=KEPT),
            n_with=Count("pk", filter=Q(n_detections__gt=0)),
            found=Sum("n_detections", filter=KEPT),
        )
        .order_by()
    )
    counts: dict[UUID, Counts] = defaultdict(Counts)
    for row in rows:
        counts[row["survey"]] += _counts_of_row(row)
    return counts


def _counts_of_row(row: dict[str, Any]) -> Counts:
    n, is_reviewed = row["n"], row["review_state"] in IS_REVIEWED
    ingest, search = row["ingest_state"], row["search_state"]
    return Counts(
        stored=n,
        unread=n * (ingest == Image.Ingest.WAITING),
        read=n * (ingest == Image.Ingest.DONE),
        unreadable=n * (ingest == Image.Ingest.FAILED),
        searching=n * (search == Image.Search.WAITING),
        searched=n * (search == Image.Search.SEARCHED),
        counted=row["n_kept"] * (search == Image.Search.SEARCHED),
        search_failed=n * (search == Image.Search.FAILED),
        with_animals=row["n_with"],
        reviewed=n * is_reviewed,
        reviewed_with_animals=row["n_with"] * is_reviewed,
        detections=row["found"] if search == Image.Search.SEARCHED else None,
    )


def animals_of(surveys: Iterable[UUID]) -> dict[UUID, int]:
    """How many animals people accepted, by survey; without those on excluded images."""
    images = Image.objects.filter(survey__in=list(surveys), trashed_at=None, is_excluded=False)
    accepted = Observation.objects.filter(image__in=images, withdrawn_at=None)
    return dict(accepted.values("image__survey").annotate(n=Sum("count")).order_by().values_list("image__survey", "n"))


@dataclass(frozen=True)
class Pace:
    """How fast one stage goes, in images a second, and when what waits will be done; None where nothing is known."""

    per_second: float | None = None
    done_at: datetime | None = None


@dataclass(frozen=True)
class Trouble:
    code: str
    sentence: str
    n_images: int


@dataclass(frozen=True)
class Progress:
    counts: Counts
    reading: Pace
    searching: Pace
    arriving: int
    duplicates: int
    troubles: list[Trouble]
    is_live: bool


def progress_of(survey: Survey, *, now: datetime | None = None) -> Progress:
    now = now or timezone.now()
    counts = counts_of([survey.pk])[survey.pk]
    rates = _rates(survey, now)
    uploads = _uploads(survey, now)
    return Progress(
        counts=counts,
        reading=_pace(rates.get("ingest"), counts.unread, now),
        searching=_pace(rates.get("detect"), counts.searching, now),
        arriving=uploads["arriving"],
        duplicates=uploads["duplicates"],
        troubles=_troubles(survey) if counts.failed else [],
        is_live=bool(counts.unread or counts.searching or uploads["arriving"] or _has_live_jobs(survey)),
    )


def _rates(survey: Survey, now: datetime) -> dict[str, float]:
    """Jobs a second of each kind, over the last minutes in which any was finished."""
    done = Job.objects.filter(group=survey.pk, state=Job.State.DONE, finished_at__gt=now - RATE_WINDOW)
    rows = done.values_list("kind").annotate(n=Count("pk"), since=Min("finished_at")).order_by()
    return {kind: n / max((now - since).total_seconds(), 1) for kind, n, since in rows if n > 1}


def _pace(rate: float | None, waiting: int, now: datetime) -> Pace:
    if not rate or not waiting:
        return Pace()
    return Pace(rate, now + timedelta(seconds=waiting / rate))


def arriving(survey: Survey) -> int:
    """Files that are being uploaded."""
    return survey.uploads.filter(_is_arriving(timezone.now())).count()


def _uploads(survey: Survey, now: datetime) -> dict[str, int]:
    return survey.uploads.aggregate(
        arriving=Count("pk", filter=_is_arriving(now)),
        duplicates=Count("pk", filter=Q(state=Upload.State.DUPLICATE)),
    )


def _is_arriving(now: datetime) -> Q:
    """One that has arrived is an image by now, and counted among those."""
    return Q(state=Upload.State.RECEIVING, held_at__gt=now - UPLOAD_IS_LIVE_FOR)


def _has_live_jobs(survey: Survey) -> bool:
    return Job.objects.live().filter(group=survey.pk).exists()


def _troubles(survey: Survey) -> list[Trouble]:
    """What went wrong, most images first: an example sentence for each sort of failure."""
    failed = survey.images.filter(FAILED, trashed_at=None).values_list("failure_code")
    rows = failed.annotate(sentence=Max("failure"), n=Count("pk")).order_by("-n", "failure_code")[:N_ERRORS]
    return [Trouble(code, sentence, n) for code, sentence, n in rows]
