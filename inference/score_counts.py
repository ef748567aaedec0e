"""How many detections there would be if fewer model scores were kept: counted once for each state of a search and kept.

The counters of the search say whether that state is the present one. A small search is counted while somebody waits;
a large one by a job, and until that is done the page shows what was counted before, with its time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.utils import timezone

from inference.counts import countable
from inference.models import Detection, Run, ScoreHistogram
from inference.species import SpeciesMap, species_map
from jobs.enqueue import enqueue
from jobs.models import Job

KIND = "count_scores"
BINS = 100  # hundredths of the model score
EDGES = np.arange(1, BINS) / BINS
AT_ONCE = 20_000  # detections that are counted while the person waits
BATCH = 20_000
PATIENCE = timedelta(minutes=10)  # a large search that goes on is not counted anew for every look at it


@dataclass(frozen=True)
class ScoreCounts:
    """`bins`: by species, how many detections have a score of so many hundredths. `is_current`: as the counters say."""

    bins: dict[str, list[int]]
    counted_at: datetime
    is_current: bool

    def at_least(self, percent: int) -> dict[str, int]:
        return {species: sum(bins[percent:]) for species, bins in self.bins.items()}


def score_counts(run: Run, counted: Mapping[str, int]) -> ScoreCounts | None:
    """`counted`: the detections of each species by the counters. None where it is being counted for the first time."""
    kept = ScoreHistogram.objects.filter(run=run).first()
    wanted = {species: n for species, n in counted.items() if n}
    if kept is None or _sums(kept.content) != wanted:
        kept = _count_now(run) or _counted_by_job(run, kept)
    if kept is None:
        return None
    return ScoreCounts(kept.content, kept.counted_at, _sums(kept.content) == wanted)


def count_scores(job: Any) -> None:
    """Handler of `count_scores`: the subject is the search. Reads its detections once, in the order of their keys."""
    run = Run.objects.select_related("model_version").get(pk=job.subject)
    totals = Totals(species_map(run))
    for rows in _batches(run):
        totals.add(rows)
        job.check_held()
    with job.finish():
        totals.keep(run)


class Totals:
    def __init__(self, species: SpeciesMap) -> None:
        self._species = species
        self._bins: dict[str, Any] = {}

    def add(self, rows: list[tuple[str, float]]) -> None:
        labels = np.array([label for label, _score in rows])
        # Not score * 100: 0.29 * 100 is less than 29.
        bins = np.searchsorted(EDGES, np.array([score for _label, score in rows], dtype=float), side="right")
        for label in np.unique(labels):
            if (name := self._species.of(str(label))) is not None:
                found = np.bincount(bins[labels == label], minlength=BINS)
                self._bins[name] = self._bins.get(name, 0) + found

    def keep(self, run: Run) -> ScoreHistogram:
        content = {name: [int(n) for n in bins] for name, bins in self._bins.items()}
        now = timezone.now()
        kept, _is_new = ScoreHistogram.objects.update_or_create(
            run=run, defaults={"content": content, "counted_at": now}
        )
        return kept


def _sums(content: Mapping[str, list[int]]) -> dict[str, int]:
    return {species: sum(bins) for species, bins in content.items()}


def _count_now(run: Run) -> ScoreHistogram | None:
    """None where the search has too many detections for that, whether they are counted or not."""
    if Detection.objects.filter(run=run).order_by("pk").values("pk")[AT_ONCE : AT_ONCE + 1]:
        return None
    totals = Totals(species_map(run))
    for rows in _batches(run):
        totals.add(rows)
    return totals.keep(run)


def _counted_by_job(run: Run, kept: ScoreHistogram | None) -> ScoreHistogram | None:
    if kept is None or kept.counted_at < timezone.now() - PATIENCE:
        failed = Job.objects.filter(kind=KIND, subject=run.pk, state=Job.State.FAILED)
        if not failed.filter(finished_at__gt=timezone.now() - PATIENCE).exists():
            enqueue(KIND, run.pk, group=run.survey_id)
    return kept


def _batches(run: Run) -> Iterator[list[tuple[str, float]]]:
    """Label and score of the detections that are counted."""
    rows = countable(Detection.objects.filter(run=run)).order_by("pk")
    last: UUID | None = None
    while True:
        after = rows if last is None else rows.filter(pk__gt=last)
        found = list(after.values_list("pk", "label", "score")[:BATCH])
        if not found:
            return
        yield [(label, score) for _pk, label, score in found]
        last = found[-1][0]
