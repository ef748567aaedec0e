"""What to do next in a survey, most useful first, for one person."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.access import has_role
from surveys.models import Role, Survey
from surveys.progress import Progress
from surveys.stages import number


@dataclass(frozen=True)
class Step:
    title: str
    sentence: str
    button: str
    url: str


def next_steps(survey: Survey, progress: Progress, principal: Any, *, n_people: int) -> list[Step]:
    is_analyst = has_role(principal, survey, Role.ANALYST)
    steps = [
        _upload(survey, progress) if is_analyst else None,
        _choose_model(survey, progress) if is_analyst else None,
        _look(survey, progress),
        _set_transects(survey, progress) if is_analyst else None,
        _upload_more(survey, progress) if is_analyst else None,
        _invite(survey) if has_role(principal, survey, Role.OWNER) and n_people == 1 else None,
    ]
    return [step for step in steps if step is not None]


def _upload(survey: Survey, progress: Progress) -> Step | None:
    if progress.counts.stored:
        return None
    return Step(
        _("Upload the first images"),
        _("Drop files or whole folders onto a page. JPEG, PNG and TIFF are read, with their time and position."),
        _("Upload"),
        reverse("upload", args=[survey.slug]),
    )


def _choose_model(survey: Survey, progress: Progress) -> Step | None:
    if survey.current_run is not None or not progress.counts.stored:
        return None
    return Step(
        _("Choose a model that searches the images"),
        _("Until then nothing is searched, and nothing counts as empty."),
        _("Choose"),
        reverse("survey", args=[survey.slug]) + "runs/",
    )


def _look(survey: Survey, progress: Progress) -> Step | None:
    n = progress.counts.to_review
    if not n:
        return None
    title = ngettext("Look at %(n)s image with animals", "Look at %(n)s images with animals", n)
    return Step(
        title % {"n": number(n)},
        _("As the model proposes them; nobody has reviewed these yet."),
        _("Look"),
        f"{reverse('images', args=[survey.slug])}?state=with_animals&reviewed=no&view=close",
    )


def _set_transects(survey: Survey, progress: Progress) -> Step | None:
    if not progress.counts.stored or survey.images.filter(trashed_at=None).exclude(transect="").exists():
        return None
    return Step(
        _("Say which transect each image belongs to"),
        _("Kopje reads it from the file names, or takes it from a table. You see it before it is saved."),
        _("Set transects"),
        reverse("transects", args=[survey.slug]),
    )


def _upload_more(survey: Survey, progress: Progress) -> Step | None:
    if not progress.counts.stored:
        return None
    return Step(
        _("Upload more images"),
        _("What was uploaded before is recognised and not stored twice."),
        _("Upload"),
        reverse("upload", args=[survey.slug]),
    )


def _invite(survey: Survey) -> Step:
    return Step(
        _("Invite your colleagues"),
        _("You are alone here. A link makes a person a member; no mail is needed."),
        _("Invite"),
        reverse("members", args=[survey.slug]),
    )
