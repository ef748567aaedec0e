"""What the pre-filters of searches left out and lost, in sentences for those who sign the numbers.

Over the images that were searched and are neither excluded nor in the trash, as everywhere where animals are counted.
An animal is what the detector takes for one; nobody has judged it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, F, Max, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inference.engine.loss import Drawn, Loss, estimate_loss
from inference.models import ModelVersion, ResultSet, Run

MOST_IMAGES = 12  # with uncertain patches, on a card; the table for download has all


@dataclass(frozen=True)
class ScreenReport:
    """Sums over the searched images of one run. `group`: animals on an image that holds any, on average, or None."""

    pre_filter: str
    share: float
    n_patches: int
    n_passed: int
    n_uncertain: int
    drawn: Drawn
    group: float | None
    images: tuple[ResultSet, ...]  # those with the most uncertain patches

    @property
    def loss(self) -> Loss | None:
        """None where nothing is known of it."""
        if not self.share:
            return None if self.drawn.n_left_out else Loss(0, 0, 0, 0)
        return estimate_loss(self.drawn, self.share, group=self.group or 1.0)

    @property
    def sentences(self) -> list[str]:
        """Nothing before the first image was searched."""
        return [self._passed(), *self._lost(self.loss)] if self.n_patches else []

    @property
    def uncertain_sentence(self) -> str:
        sentence = ngettext(
            "Of %(n)s patch it could not say whether it holds animals; the detector has searched it.",
            "Of %(n)s patches it could not say whether they hold animals; the detector has searched them.",
            self.n_uncertain,
        )
        return sentence % {"n": intcomma(self.n_uncertain)} if self.n_uncertain else ""

    @property
    def lists_all(self) -> bool:
        return sum(result.n_uncertain or 0 for result in self.images) == self.n_uncertain

    def _passed(self) -> str:
        facts = {"model": self.pre_filter, "n": intcomma(self.n_patches), "passed": intcomma(self.n_passed)}
        sentence = _(
            "The pre-filter %(model)s looked at all %(n)s patches; %(passed)s (%(share)s) went on to the detector."
        )
        return sentence % (facts | {"share": percent(self.n_passed / self.n_patches)})

    def _lost(self, loss: Loss | None) -> list[str]:
        drawn = self.drawn
        if not drawn.n_left_out:
            return [_("It left none out, so it lost no animal.")]
        facts = {"n": intcomma(drawn.n_at_random), "of": intcomma(drawn.n_left_out)}
        if loss is None:
            sentence = _("Of the %(of)s left out none was searched: how many animals it lost is not known.")
            return [sentence % facts]
        sentence = _("Of the %(of)s left out %(share)s were to be searched by chance, and %(n)s were.")
        return [sentence % (facts | {"share": percent(self.share)}), *self._seen(loss)]

    def _seen(self, loss: Loss) -> list[str]:
        if not loss.n_seen:
            return self._none_seen(loss)
        seen = ngettext(
            "In them the detector found %(n)s animal that the pre-filter had lost:",
            "In them the detector found %(n)s animals that the pre-filter had lost:",
            loss.n_seen,
        ) % {"n": intcomma(loss.n_seen)}
        if loss.low == loss.high:
            return [seen, _("these are all it lost, for all that it left out was searched.")]
        low, high = (intcomma(number) for number in (math.floor(loss.low), math.ceil(loss.high)))
        sentence = _("about %(n)s in all, between %(low)s and %(high)s (95 %% interval).")
        return [seen, sentence % {"n": intcomma(round(loss.estimate)), "low": low, "high": high}]

    def _none_seen(self, loss: Loss) -> list[str]:
        if loss.most_patches is None:
            return [_("All that it left out was searched, and it had lost no animal.")]
        most = ngettext(
            "In them no lost animal was counted. That is no zero: at most %(n)s of the patches left out holds "
            "animals (upper 95 %% limit).",
            "In them no lost animal was counted. That is no zero: at most %(n)s of the patches left out hold "
            "animals (upper 95 %% limit).",
            loss.most_patches,
        ) % {"n": intcomma(loss.most_patches)}
        if self.group is None:
            return [most]
        sentence = _("With as many in each as on an image where animals were found, that is at most %(n)s animals.")
        return [most, sentence % {"n": intcomma(math.ceil(loss.high))}]


def screen_reports(runs: Sequence[Run]) -> dict[UUID, ScreenReport]:
    """Of those runs that have a pre-filter; three queries, however many these are."""
    screened = {run.pk: run for run in runs if run.screen_id}
    if not screened:
        return {}
    names = ModelVersion.objects.in_bulk({run.screen_id for run in screened.values()})
    images = _most_uncertain(list(screened))
    return {
        row["run"]: _report(row, screened[row["run"]], names[screened[row["run"]].screen_id], images)
        for row in _sums(list(screened))
    }


def percent(share: float) -> str:
    """0.4 %, 4 %, 4.2 %, 42 %, 99.6 %; only what is nothing at all is 0 %, and only all is 100 %."""
    if 0 < share < 0.0005:
        return _("less than %(n)s %%") % {"n": number_format(0.1, 1)}
    if 0.9995 <= share < 1:
        return _("more than %(n)s %%") % {"n": number_format(99.9, 1)}
    digits = 0 if 0.1 <= share <= 0.99 or round(100 * share, 1) % 1 == 0 else 1
    return _("%(n)s %%") % {"n": number_format(round(100 * share, digits), digits)}


def _counted(runs: list[UUID]) -> QuerySet[ResultSet]:
    searched = Q(state=ResultSet.State.SEARCHED, image__trashed_at=None, image__is_excluded=False)
    return ResultSet.objects.filter(searched, run__in=runs, n_passed__isnull=False).order_by()


def _sums(runs: list[UUID]) -> Any:
    names = ("n_patches", "n_passed", "n_uncertain", "n_at_random", "n_lost")
    sums = {f"sum_{name}": Sum(name) for name in names}
    return (
        _counted(runs)
        .values("run")
        .annotate(
            **sums,
            squares=Sum("lost_squared"),
            most=Max("most_lost"),
            found=Sum("n_detections"),
            with_any=Count("pk", filter=Q(n_detections__gt=0)),
        )
    )


def _report(row: dict[str, Any], run: Run, pre_filter: ModelVersion, images: Sequence[ResultSet]) -> ScreenReport:
    drawn = Drawn(
        row["sum_n_patches"] - row["sum_n_passed"],
        row["sum_n_at_random"],
        row["sum_n_lost"],
        row["squares"],
        row["most"],
    )
    return ScreenReport(
        str(pre_filter),
        run.random_share or 0.0,
        row["sum_n_patches"],
        row["sum_n_passed"],
        row["sum_n_uncertain"],
        drawn,
        row["found"] / row["with_any"] if row["with_any"] else None,
        tuple(result for result in images if result.run_id == run.pk),
    )


def _most_uncertain(runs: list[UUID]) -> list[ResultSet]:
    place = Window(RowNumber(), partition_by="run", order_by=[F("n_uncertain").desc(), "image"])
    rows = _counted(runs).filter(n_uncertain__gt=0).annotate(place=place).filter(place__lte=MOST_IMAGES)
    return list(rows.select_related("image").order_by("place"))
