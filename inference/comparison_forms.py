"""What people say about a comparison of models."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inference.coco_truth import MOST_BYTES, CocoError
from inference.evaluation_sets import EvaluationSet, set_of_coco
from surveys.models import Survey

USUAL_IOU = 0.5


class ComparisonForm(forms.Form):
    """`known` is the evaluation set, once the form is valid."""

    known: EvaluationSet

    file = forms.FileField(
        label=gettext_lazy("Known animals, as a COCO file"),
        help_text=gettext_lazy(
            "JSON, 16 MB at most. Its images must be in this survey: they are found by sha256, or by file name. An "
            "image that it lists without a box is known to be empty."
        ),
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )
    iou = forms.FloatField(
        label=gettext_lazy("Overlap from which a box is the animal's"),
        min_value=0.05, max_value=0.95, initial=USUAL_IOU, required=False,
        help_text=gettext_lazy(
            "Intersection over union, from 0 to 1. Usual is 0.5; for animals of a few px 0.3 is fairer."
        ),
        widget=forms.NumberInput(attrs={"step": "0.05"}),
    )  # fmt: skip

    def __init__(self, survey: Survey, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.survey = survey

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("This file is larger than %(most)d MB.") % {"most": MOST_BYTES // 2**20})
        try:
            self.known = set_of_coco(self.survey, file.read(), file.name.replace("\x00", ""))
        except CocoError as error:
            raise ValidationError(str(error)) from error
        return file

    def clean_iou(self) -> float:
        return self.cleaned_data["iou"] or USUAL_IOU


class ProjectionForm(forms.Form):
    """For what a search of many images would take: nothing is assumed that people do not say."""

    n_images = forms.IntegerField(
        label=gettext_lazy("Images"), min_value=1, max_value=1_000_000_000, required=False,
        help_text=gettext_lazy("Left empty, as many as this survey has."),
    )  # fmt: skip
    workers = forms.IntegerField(
        label=gettext_lazy("Machines"), min_value=1, max_value=10_000, required=False,
        help_text=gettext_lazy("As fast as the one that searched here. Left empty, one."),
    )  # fmt: skip
    price_an_hour = forms.FloatField(
        label=gettext_lazy("Price of a machine an hour"), min_value=0, max_value=1_000_000, required=False,
        help_text=gettext_lazy("In your currency. Left empty, no price is shown."),
        widget=forms.NumberInput(attrs={"step": "any"}),
    )  # fmt: skip
