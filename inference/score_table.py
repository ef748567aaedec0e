"""The detections of a search at another model score, as the page of counts shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inference.counts import LabelCount
from inference.models import Run
from inference.score_counts import BINS, ScoreCounts, score_counts


@dataclass(frozen=True)
class ScoreRow:
    label: str
    n: int  # as the search counts it
    n_at: int  # with the score chosen


@dataclass(frozen=True)
class ScoreTable:
    """Scores in hundredths. `least`: the search keeps no lower ones. `rows` are none while scores are being counted."""

    least: int
    chosen: int
    rows: list[ScoreRow]
    bins: list[list[int]]  # of each row, for the script
    counted_at: datetime | None
    is_current: bool

    @property
    def most(self) -> int:
        return max((row.n for row in self.rows), default=0)

    @property
    def chosen_score(self) -> str:
        return as_score(self.chosen)

    @property
    def least_score(self) -> str:
        return as_score(self.least)


def as_score(percent: int) -> str:
    """With a point, as fields of forms have it in every language."""
    return f"{percent / 100:.2f}"


def score_table(run: Run, counts: Sequence[LabelCount], asked: Any) -> ScoreTable | None:
    """`asked`: what the address says. None where the search has found nothing."""
    found = {count.label: count.n_detections for count in counts if count.n_detections}
    if not found:
        return None
    least = min(int(run.threshold * 100 + 1e-9), BINS - 1)
    chosen = _percent(asked, least)
    scores = score_counts(run, found)
    if scores is None:
        return ScoreTable(least, chosen, [], [], None, is_current=False)
    return _filled(scores, list(found), least, chosen)


def _filled(scores: ScoreCounts, labels: Sequence[str], least: int, chosen: int) -> ScoreTable:
    bins = [scores.bins.get(label, [0] * BINS) for label in labels]
    rows = [ScoreRow(label, sum(of_it), sum(of_it[chosen:])) for label, of_it in zip(labels, bins, strict=True)]
    return ScoreTable(least, chosen, rows, bins, scores.counted_at, scores.is_current)


def _percent(asked: Any, least: int) -> int:
    try:
        wanted = round(float(asked) * 100)
    except (TypeError, ValueError, OverflowError):
        return least
    return min(max(wanted, least), BINS - 1)
