"""How a search is done where it is more than a model as its card says over every image; and what is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inference.engine import backends
from inference.models import Mode, ModelVersion, SpeedCheck
from inference.species import map_of, rules_of
from surveys.models import Image, Survey

USUAL_RANDOM_SHARE = 0.1
BATCH = 2000


@dataclass(frozen=True)
class PreFilter:
    """The model that looks first, the score from which a patch passes, and the share of the others that the detector
    sees all the same."""

    model_version: ModelVersion
    threshold: float
    random_share: float = USUAL_RANDOM_SHARE


@dataclass(frozen=True)
class RunPlan:
    """`images`: the ids of those to be searched; None is all, those uploaded later too."""

    mode: str = Mode.EXACT
    pre_filter: PreFilter | None = None
    images: Sequence[UUID] | None = None

    @property
    def mode_word(self) -> str:
        return str(Mode(self.mode).label)


AS_USUAL = RunPlan()


class PlanRefusedError(Exception):
    """What was asked for cannot be: which part of it, and the sentence that says what to do."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part, self.sentence = part, sentence


def check_plan(survey: Survey, model_version: ModelVersion, plan: RunPlan) -> None:
    """Raises PlanRefusedError."""
    if is_classifier(model_version):
        sentence = _(
            "%(model)s only tells patches apart: use it as a pre-filter, and choose a detector to search with."
        )
        raise PlanRefusedError("model", sentence % {"model": model_version})
    species = map_of(model_version.labels, rules_of(survey.pk, model_version.name))
    if model_version.labels and not species.labels:
        sentence = _(
            "This survey leaves out every label of %(model)s, so that nothing would be counted: keep one of them on "
            "the page of species."
        )
        raise PlanRefusedError("model", sentence % {"model": model_version})
    if plan.pre_filter and plan.pre_filter.model_version == model_version:
        sentence = _("A model cannot be its own pre-filter: choose another one, or none.")
        raise PlanRefusedError("pre_filter", sentence)
    if plan.mode not in modes_of(model_version):
        raise PlanRefusedError("mode", lacks_mode(model_version, plan.mode))
    if plan.mode != Mode.EXACT and not has_speed_check(survey, model_version, plan.mode):
        raise PlanRefusedError("mode", lacks_check(survey, model_version, plan.mode))
    if plan.images is not None:
        _check_images(survey, plan.images)


def is_classifier(model_version: ModelVersion) -> bool:
    """Such a model says what a patch holds, but not where: it may be a pre-filter, never a detector."""
    return model_version.card.get("head") == "patch_classes"


def modes_of(model_version: ModelVersion) -> tuple[str, ...]:
    """A mode that would change nothing is none."""
    return backends.modes_of(model_version.card["format"], model_version.card.get("settings") or {})


def lacks_mode(model_version: ModelVersion, mode: str) -> str:
    sentence = _("Mode “%(mode)s” would make nothing quicker for %(model)s. Its modes: %(modes)s.")
    modes = ", ".join(str(Mode(each).label) for each in modes_of(model_version))
    return sentence % {"mode": Mode(mode).label, "model": model_version, "modes": modes}


def has_speed_check(survey: Survey, model_version: ModelVersion, mode: str) -> bool:
    """One in which a box was kept: two modes that see nothing agree, whatever they would do to animals."""
    return _done_checks(survey, model_version, mode).filter(report__pairs__0__isnull=False).exists()


def lacks_check(survey: Survey, model_version: ModelVersion, mode: str) -> str:
    sentence = _(
        "Mode “%(mode)s” may change the boxes, and nobody has measured yet what it does to those of %(model)s on this "
        "survey: run a speed-up check first, or search in mode “exact”."
    )
    if _done_checks(survey, model_version, mode).exists():
        sentence = _(
            "Mode “%(mode)s” may change the boxes, and the speed-up check of %(model)s on this survey saw no animal, "
            "so it measured nothing: search some images that hold animals in mode “exact”, then check again."
        )
    return sentence % {"mode": Mode(mode).label, "model": model_version}


def _done_checks(survey: Survey, model_version: ModelVersion, mode: str) -> QuerySet[SpeedCheck]:
    done = SpeedCheck.objects.filter(state=SpeedCheck.State.DONE, survey=survey)
    return done.filter(model_version=model_version, mode=mode)


def _check_images(survey: Survey, images: Sequence[UUID]) -> None:
    if not images:
        raise PlanRefusedError("images", _("Choose at least one image, or leave this out to search all of them."))
    wanted = list(dict.fromkeys(images))
    known = sum(
        searchable(survey.pk).filter(pk__in=wanted[start : start + BATCH]).count()
        for start in range(0, len(wanted), BATCH)
    )
    if known < len(wanted):
        missing = len(wanted) - known
        sentence = ngettext(
            "%(n)d of these images is not in this survey, or could not be read yet: leave it out.",
            "%(n)d of these images are not in this survey, or could not be read yet: leave them out.",
            missing,
        )
        raise PlanRefusedError("images", sentence % {"n": missing})


def searchable(survey_id: UUID) -> QuerySet[Image]:
    """The images of a survey that a search can look at."""
    return Image.objects.filter(survey=survey_id, ingest_state=Image.Ingest.DONE, trashed_at=None)
