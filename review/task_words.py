"""Which images a review task took, in words."""

from django.utils.translation import gettext as _

from review.models import ReviewTask
from surveys.transects import NONE


def filter_words(task: ReviewTask) -> list[str]:
    words = [task.label, _score_words(task), _transect_words(task), _review_words(task)]
    if task.share < 1:
        percent = f"{100 * task.share:.6g}"
        words.append(_("a random %(percent)s %% (seed %(seed)s)") % {"percent": percent, "seed": task.seed})
    return [word for word in words if word] or [_("all images")]


def _score_words(task: ReviewTask) -> str:
    low, high = task.min_score, task.max_score
    if low is None and high is None:
        return ""
    if high is None:
        return _("model score from %(low)s") % {"low": low}
    if low is None:
        return _("model score up to %(high)s") % {"high": high}
    return _("model score %(low)s to %(high)s") % {"low": low, "high": high}


def _transect_words(task: ReviewTask) -> str:
    if task.transect == NONE:
        return _("without a transect")
    return task.transect and _("transect %(name)s") % {"name": task.transect}


def _review_words(task: ReviewTask) -> str:
    return {"no": _("not reviewed before"), "yes": _("reviewed before")}.get(task.reviewed, "")
