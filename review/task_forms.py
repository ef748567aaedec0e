"""What people may say about a review task."""

import secrets
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from review.task_filter import TaskFilter
from review.task_making import people_to_choose
from surveys.image_filters import MOST_CHOICES, labels_of
from surveys.members import person_name
from surveys.models import Survey
from surveys.transects import NONE, transects_of

MOST_SEED = 2**31 - 1


class PeopleField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self) -> None:
        nobody = get_user_model().objects.none()
        super().__init__(nobody, label=_("People"), error_messages={"required": _("Choose at least one person.")})

    def label_from_instance(self, user: Any) -> str:
        return person_name(user)


def score_field(label: Any) -> forms.FloatField:
    step = forms.NumberInput(attrs={"step": "0.01"})
    return forms.FloatField(label=label, min_value=0, max_value=1, required=False, widget=step)


class FilterForm(forms.Form):
    """The part that says which images."""

    label = forms.ChoiceField(label=_("Label"), required=False)
    min_score = score_field(_("Highest model score from"))
    max_score = score_field(_("Highest model score to"))
    transect = forms.ChoiceField(label=_("Transect"), required=False)
    reviewed = forms.ChoiceField(
        label=_("Reviewed"), required=False, initial="no",
        choices=[("no", _("not reviewed")), ("yes", _("reviewed")), ("", _("all"))],
    )  # fmt: skip
    percent = forms.FloatField(
        label=_("Random share, in percent"), min_value=0.001, max_value=100, initial=100,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )  # fmt: skip
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=MOST_SEED)

    def __init__(self, survey: Survey, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].choices = [("", _("all images")), *((name, name) for name in labels_of(survey))]
        transects = transects_of(survey)[:MOST_CHOICES]
        names = [(named.name or NONE, named.name or _("without a transect")) for named in transects]
        self.fields["transect"].choices = [("", _("all")), *names]
        self.fields["seed"].initial = lambda: secrets.randbelow(10_000)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        low, high = said.get("min_score"), said.get("max_score")
        if low is not None and high is not None and low > high:
            self.add_error("max_score", _("This is lower than the score from which the band begins."))
        return said

    def wanted(self) -> TaskFilter:
        said = self.cleaned_data
        names = ("label", "min_score", "max_score", "transect", "reviewed", "seed")
        return TaskFilter(share=said["percent"] / 100, **{name: said[name] for name in names})


class TaskForm(FilterForm):
    """A new task."""

    name = forms.CharField(label=_("Name"), max_length=120)
    people = PeopleField()
    field_order = ("name", "people")

    def __init__(self, survey: Survey, *args: Any, **kwargs: Any) -> None:
        super().__init__(survey, *args, **kwargs)
        self.fields["people"].queryset = people_to_choose(survey)


class TaskChangeForm(forms.Form):
    """What may be changed of a task that is there."""

    name = forms.CharField(label=_("Name"), max_length=120)
    people = PeopleField()

    def __init__(self, survey: Survey, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people_to_choose(survey)
