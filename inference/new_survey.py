"""Making a survey on the screen. It asks which model shall search the images, so it stands where models are known."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from inference.forms import detectors
from inference.models import ModelVersion
from inference.runs import start_run
from surveys.create import create_survey
from surveys.forms import SurveyForm
from surveys.models import Survey

N_LABELS = 6


def model_choices() -> list[tuple[str, str]]:
    """Every model that may search, the latest version of a name first; last, that none is chosen yet."""
    return [
        *((str(model.pk), _described(model)) for model in detectors()),
        ("", _("Later: until then nothing is searched")),
    ]


def _described(model: ModelVersion) -> str:
    named, more = model.labels[:N_LABELS], len(model.labels) - N_LABELS
    found = ", ".join(named) + (_(" and %(n)s more") % {"n": more} if more > 0 else "")
    return _("%(model)s: finds %(labels)s") % {"model": model, "labels": found}


class NewSurveyForm(SurveyForm):
    are_positions_shared = None
    model = forms.ChoiceField(
        label=gettext_lazy("Which model shall search the images?"),
        choices=model_choices,
        initial=lambda: model_choices()[0][0],
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Images are searched as they come in. Another model can take over at any time."),
    )

    class Meta(SurveyForm.Meta):
        fields = ["name", "description", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.fields["time_zone"].widget.attrs["data-module"] = "own-time-zone"

    def clean_model(self) -> ModelVersion | None:
        chosen = self.cleaned_data["model"]
        return ModelVersion.objects.get(pk=chosen) if chosen else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_survey(request: HttpRequest) -> HttpResponse:
    form = NewSurveyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        survey = _make(request.user, **form.cleaned_data)
        return redirect("survey", survey.slug)
    return render(request, "surveys/new.html", {"form": form})


@transaction.atomic
def _make(creator: Any, *, model: ModelVersion | None, **facts: Any) -> Survey:
    survey = create_survey(creator, **facts)
    if model is not None:
        start_run(survey, model, creator)
    return survey
