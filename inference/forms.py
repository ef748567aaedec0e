"""What people may say about a search."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inference.models import ModelVersion


class SearchForm(forms.Form):
    model_version = forms.ModelChoiceField(ModelVersion.objects.available(), label=_("Model"), empty_label=None)
    threshold = forms.FloatField(
        label=_("Lowest model score kept"),
        min_value=0,
        max_value=1,
        required=False,
        help_text=_("From 0 to 1. Left empty, it is the score that the model's maker recommends."),
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, prefix="search")
