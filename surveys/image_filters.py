"""Which images of a survey are wanted: the filters of the page and of the API, as one form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from surveys.models import Image, ImageLabel, Survey
from surveys.progress import FAILED, IS_REVIEWED
from surveys.transects import MAX_CAMERA, MAX_TRANSECT, NONE, cameras_of, transects_of

STATES = {
    "waiting": (_("waiting"), Q(ingest_state="waiting") | Q(search_state="waiting")),
    "failed": (_("failed"), FAILED),
    "not_searched": (_("not searched"), Q(n_detections=None)),
    "searched": (_("searched"), Q(search_state="searched")),
    "with_animals": (_("searched, with animals"), Q(n_detections__gt=0)),
    "without_animals": (_("searched, empty"), Q(n_detections=0)),
    "excluded": (_("excluded"), Q(is_excluded=True)),
}
MOST_CHOICES = 500


class ImageFilters(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("all")), *((key, word) for key, (word, _q) in STATES.items())]
    )
    label = forms.CharField(label=_("Label"), required=False, max_length=80)
    min_score = forms.FloatField(label=_("Model score from"), required=False, min_value=0, max_value=1)
    transect = forms.CharField(label=_("Transect"), required=False, max_length=MAX_TRANSECT)
    camera = forms.CharField(label=_("Camera"), required=False, max_length=MAX_CAMERA)
    reviewed = forms.ChoiceField(
        label=_("Reviewed"), required=False, choices=[("", _("all")), ("yes", _("reviewed")), ("no", _("not reviewed"))]
    )


def wanted_images(survey: Survey, params: QueryDict) -> QuerySet[Image]:
    """The survey's images outside the trash that the filters in `params` let through. Raises ValidationError."""
    filters = ImageFilters(_plain(params))
    if not filters.is_valid():
        raise ValidationError(filters.errors.as_data())
    return apply(survey, filters.cleaned_data)


def _plain(params: QueryDict) -> QueryDict:
    """Programs write true and false where the page has yes and no."""
    words = {"true": "yes", "1": "yes", "false": "no", "0": "no"}
    plain = params.copy()
    if "reviewed" in plain:
        plain["reviewed"] = words.get(plain["reviewed"].lower(), plain["reviewed"])
    return plain


def apply(survey: Survey, wanted: dict[str, Any]) -> QuerySet[Image]:
    images = survey.images.filter(trashed_at=None)
    if wanted["state"]:
        images = images.filter(STATES[wanted["state"]][1])
    for name in ("transect", "camera"):
        if wanted[name]:
            images = images.filter(**{name: "" if wanted[name] == NONE else wanted[name]})
    if wanted["reviewed"]:
        is_reviewed = Q(review_state__in=IS_REVIEWED)
        images = images.filter(is_reviewed if wanted["reviewed"] == "yes" else ~is_reviewed)
    if wanted["label"] or wanted["min_score"] is not None:
        images = images.filter(_has_detections(survey, wanted["label"], wanted["min_score"]))
    return images


def _has_detections(survey: Survey, label: str, min_score: float | None) -> Exists:
    found = ImageLabel.objects.filter(image=OuterRef("pk"), run=survey.current_run, n_detections__gt=0)
    if label:
        found = found.filter(label=label)
    if min_score is not None:
        found = found.filter(max_score__gte=min_score)
    return Exists(found)


def labels_of(survey: Survey) -> list[str]:
    """The labels found by the survey's current run."""
    if survey.current_run is None:
        return []
    found = ImageLabel.objects.filter(run=survey.current_run)
    return list(found.order_by("label").values_list("label", flat=True).distinct())


def transect_choices(survey: Survey, params: QueryDict) -> list[dict[str, Any]]:
    """Selects for transect and camera with the number of images of each; none where the survey has none."""
    found = {"transect": transects_of(survey), "camera": cameras_of(survey)}
    return [
        {
            "name": name,
            "label": ImageFilters.base_fields[name].label,
            "chosen": params.get(name, ""),
            "options": [(named.name or NONE, named.n_images) for named in names][:MOST_CHOICES],
        }
        for name, names in found.items()
        if any(named.name for named in names)
    ]
