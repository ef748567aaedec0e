"""The lines of a comparison: each model and mode with its figures and what a search of many images would take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from inference.comparison_plot import Point
from inference.comparisons import done_at_of, figures_of
from inference.engine.set_figures import SetFigures
from inference.forecast import Cost, Pace, cost_of_search
from inference.models import ComparedModel, Comparison
from inference.species import SpeciesMap, said_before
from inference.species_words import sentences

DAY_H = 24


@dataclass(frozen=True)
class Line:
    """`number` is its place in table and plot. What is None is not known yet."""

    number: int
    row: ComparedModel
    figures: SetFigures | None = None
    pace: Pace | None = None
    cost: Cost | None = None
    done_at: datetime | None = None

    @property
    def n_done(self) -> int:
        return int(self.row.report.get("n_done", 0))

    @property
    def place(self) -> str:
        return ", ".join(word for word in (self.row.device, self.row.engine) if word)

    @property
    def knows_no_label(self) -> bool:
        """The model calls no animal as the set does, so that only the figures of all labels say something."""
        known = {label.casefold() for label in self.row.comparison.labels}
        own = (label for label in self.species.model_labels if self.species.of(label) is not None)
        return known.isdisjoint(label.casefold() for label in (*own, *self.species.labels))

    @property
    def species(self) -> SpeciesMap:
        """What the survey said of the model's labels when it was held against the known animals."""
        return said_before(self.row.model_version.labels, self.row.report.get("species", {}))

    @property
    def species_sentences(self) -> list[str]:
        return sentences(self.species)

    @property
    def machines_for_a_day(self) -> int | None:
        return max(1, ceil(self.cost.hours / DAY_H)) if self.cost else None


def lines_of(
    comparison: Comparison, n_images: int, now: datetime, *, workers: int, price_an_hour: float | None
) -> list[Line]:
    """Those that are done first, by the share of animals that they find."""
    rows = list(comparison.compared.select_related("model_version"))
    told = {row.pk: figures_of(row) for row in rows if row.state == ComparedModel.State.DONE}
    rows.sort(key=lambda row: -(told[row.pk].total.recall or 0) if row.pk in told else 1)
    lines = []
    for number, row in enumerate(rows, start=1):
        row.comparison = comparison
        if row.pk not in told:
            lines.append(Line(number, row, done_at=done_at_of(row, comparison.n_images, now)))
            continue
        pace = _pace(row, told[row.pk].n_images)
        cost = cost_of_search(pace, n_images, workers=workers, price_an_hour=price_an_hour)
        lines.append(Line(number, row, told[row.pk], pace, cost))
    return lines


def points_of(lines: Sequence[Line]) -> list[Point]:
    """Share of the animals found against seconds an image, of those that are done."""
    return [
        Point(line.number, line.row.mode, line.pace.seconds_an_image, line.figures.total.recall or 0.0, *interval)
        for line in lines
        if line.figures and line.pace and (interval := line.figures.total.recall_interval)
    ]


def _pace(row: ComparedModel, n_images: int) -> Pace:
    seconds = row.report["read_s"] + row.report["search_s"]
    return Pace(seconds / n_images, n_images, row.device, row.engine)
