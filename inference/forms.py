"""What people may say about a search."""

import random
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from inference.engine.backends import HAVE_MODES
from inference.models import FAST_MODES, Mode, ModelVersion
from inference.run_plan import (
    USUAL_RANDOM_SHARE,
    PlanRefusedError,
    PreFilter,
    RunPlan,
    check_plan,
    lacks_mode,
    modes_of,
    searchable,
)
from inference.speed_checks import MOST_PATCHES, USUAL_PATCHES
from surveys.models import Survey

FIELD_OF = {"model": "model_version", "pre_filter": "screen", "images": "transects"}


def detectors() -> QuerySet[ModelVersion]:
    """The models that a new search may use; one that only tells patches apart is none of them."""
    return ModelVersion.objects.available().filter(Q(card__head__isnull=True) | ~Q(card__head="patch_classes"))


def with_modes() -> QuerySet[ModelVersion]:
    """Of these, those that have another mode than the exact one."""
    return detectors().filter(card__format__in=HAVE_MODES)


def _score(label: Any, help_text: Any) -> forms.FloatField:
    step = forms.NumberInput(attrs={"step": "0.01"})
    return forms.FloatField(label=label, min_value=0, max_value=1, required=False, help_text=help_text, widget=step)


def _amount(label: Any, help_text: Any) -> forms.FloatField:
    step = forms.NumberInput(attrs={"step": "any"})
    return forms.FloatField(
        label=label, min_value=0, max_value=1_000_000, required=False, help_text=help_text, widget=step
    )


class SearchForm(forms.Form):
    model_version = forms.ModelChoiceField(ModelVersion.objects.none(), label=_("Model"), empty_label=None)
    mode = forms.ChoiceField(label=_("Mode"), choices=Mode.choices, required=False)
    threshold = _score(
        _("Lowest model score kept"),
        _("From 0 to 1. Left empty, it is the score that the model's maker recommends."),
    )
    screen = forms.ModelChoiceField(
        ModelVersion.objects.none(), label=_("Pre-filter"), empty_label=_("none: the model looks at every patch"),
        required=False, help_text=_("A cheap model that looks first and leaves patches out."),
    )  # fmt: skip
    screen_threshold = _score(
        _("Score from which a patch passes"),
        _("From 0 to 1. Left empty, it is the score that the pre-filter's maker recommends."),
    )
    random_share_percent = forms.FloatField(
        label=_("Patches left out that are searched all the same, in percent"),
        min_value=1, max_value=100, required=False, initial=100 * USUAL_RANDOM_SHARE,
        help_text=_("Drawn at random: from these the search tells how many animals the pre-filter lost."),
    )  # fmt: skip
    transects = forms.MultipleChoiceField(
        label=_("Only the images of these transects"), required=False,
        help_text=_("None chosen is all images, those uploaded later too."),
    )  # fmt: skip
    n_random = forms.IntegerField(min_value=1, max_value=2000, required=False, widget=forms.HiddenInput)

    def __init__(self, survey: Survey, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, prefix="search")
        self.survey = survey
        self.fields["model_version"].queryset = detectors()
        self.fields["screen"].queryset = ModelVersion.objects.available()
        if not with_modes().exists():
            self.fields["mode"].widget = forms.HiddenInput()
            self.initial.pop("mode", None)
        names = searchable(survey.pk).exclude(transect="").order_by("transect").values_list("transect", flat=True)
        self.fields["transects"].choices = [(name, name) for name in names.distinct()]

    def clean(self) -> dict[str, Any]:
        wanted = super().clean() or {}
        if self.errors:
            return wanted
        wanted["plan"] = self._plan(wanted)
        try:
            check_plan(self.survey, wanted["model_version"], wanted["plan"])
        except PlanRefusedError as refusal:
            name = FIELD_OF.get(refusal.part, refusal.part)
            self.add_error(None if self.fields[name].widget.is_hidden else name, refusal.sentence)
        return wanted

    def _plan(self, wanted: dict[str, Any]) -> RunPlan:
        return RunPlan(wanted["mode"] or Mode.EXACT, self._pre_filter(wanted), self._images(wanted))

    def _pre_filter(self, wanted: dict[str, Any]) -> PreFilter | None:
        screen = wanted["screen"]
        if screen is None:
            return None
        threshold = wanted["screen_threshold"]
        percent = wanted["random_share_percent"] or 100 * USUAL_RANDOM_SHARE
        return PreFilter(screen, screen.card["score_threshold"] if threshold is None else threshold, percent / 100)

    def _images(self, wanted: dict[str, Any]) -> list[Any] | None:
        images = searchable(self.survey.pk)
        if wanted["transects"]:
            images = images.filter(transect__in=wanted["transects"])
        elif not wanted["n_random"]:
            return None
        ids = list(images.order_by("pk").values_list("pk", flat=True))
        n_random = wanted["n_random"]
        return random.SystemRandom().sample(ids, n_random) if n_random and n_random < len(ids) else ids


class SpeedCheckForm(forms.Form):
    model_version = forms.ModelChoiceField(ModelVersion.objects.none(), label=_("Model"), empty_label=None)
    mode = forms.ChoiceField(label=_("Mode"), choices=FAST_MODES)
    n_patches = forms.IntegerField(
        label=_("Patches"), min_value=1, max_value=MOST_PATCHES, initial=USUAL_PATCHES,
        help_text=_("Half of them lie where the current search found something. More of them tell more."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, prefix="check")
        self.fields["model_version"].queryset = with_modes()

    def clean(self) -> dict[str, Any]:
        wanted = super().clean() or {}
        if not self.errors and wanted["mode"] not in modes_of(wanted["model_version"]):
            self.add_error("mode", lacks_mode(wanted["model_version"], wanted["mode"]))
        return wanted


class CostForm(forms.Form):
    """What only people know: nothing is assumed that they do not say."""

    price_an_hour = _amount(_("Price of a machine an hour"), _("In your currency. Left empty, no price is shown."))
    workers = forms.IntegerField(
        label=_("Images searched at once"), min_value=1, max_value=10_000, required=False,
        help_text=_("Left empty, as many as do so now."),
    )  # fmt: skip
    box_s = _amount(_("Seconds to judge a box"), _("Time a colleague on fifty boxes to know it."))
    image_s = _amount(_("Seconds to look over an image with boxes"), "")
