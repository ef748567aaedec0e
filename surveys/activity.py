"""What happened, in sentences: one row a fact, written in its transaction."""

from datetime import timedelta
from typing import Any

from django.db.models import CharField, IntegerField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from surveys.models import Activity, Image, Survey

SENTENCES = {
    "survey_created": _("made this survey"),
    "survey_changed": _("changed the survey's settings: %(subject)s"),
    "survey_trashed": _("moved the survey to the trash"),
    "survey_restored": _("brought the survey back from the trash"),
    "member_invited": _("made an invitation for %(subject)s"),
    "member_joined": _("joined as %(subject)s"),
    "member_added": _("added %(subject)s"),
    "member_changed": _("changed a role: %(subject)s"),
    "member_removed": _("removed %(subject)s"),
    "member_reset": _("made a link for a new password for %(subject)s"),
    "image_changed": _("corrected %(subject)s"),
    "image_trashed": _("moved %(subject)s to the trash"),
    "image_restored": _("brought %(subject)s back from the trash"),
    "transects_set": _("set transect and camera of %(subject)s"),
    "transects_undone": _("took back the transects and cameras set by %(subject)s"),
    "pattern_followed": _("chose the file-name pattern %(subject)s for images that come later"),
    "pattern_stopped": _("stopped the file-name pattern %(subject)s"),
    "run_started": _("started a search with %(subject)s"),
    "run_cancelled": _("cancelled the search with %(subject)s"),
    "run_made_current": _("made the search with %(subject)s the current one"),
    "run_retried": _("searched failed images again: %(subject)s"),
    "species_set": _("set the species of %(subject)s"),
    "speed_check_started": _("started a speed-up check of %(subject)s"),
    "comparison_started": _("started a comparison of all models on %(subject)s"),
    "review_task_made": _("shared out the review task %(subject)s"),
    "review_task_closed": _("closed the review task %(subject)s"),
    "review_task_reopened": _("reopened the review task %(subject)s"),
    "jobs_retried": _("tried again what had failed: %(subject)s"),
}


COUNTED = {
    "images_uploaded": ngettext_lazy("uploaded %(n)d image", "uploaded %(n)d images", "n"),
    "boxes_judged": ngettext_lazy("gave %(n)d verdict on a box", "gave %(n)d verdicts on boxes", "n"),
    "comments_written": ngettext_lazy("wrote %(n)d comment", "wrote %(n)d comments", "n"),
    "images_judged": ngettext_lazy("gave %(n)d verdict on an image", "gave %(n)d verdicts on images", "n"),
}
ONE_STORY = timedelta(hours=1)


def record(survey: Survey, actor: Any, verb: str, subject: str = "") -> Activity:
    return Activity.objects.create(survey=survey, actor=actor, verb=verb, subject=subject[:200])


def tell_of_upload(image: Image) -> None:
    """Inside the transaction of the upload."""
    tell_counted(image.survey, image.uploaded_by, "images_uploaded")


def tell_counted(survey: Survey, actor: Any, verb: str, n: int = 1) -> None:
    """One row for what a person does many times, one after the other; inside the transaction of the fact."""
    now = timezone.now()
    mine = Activity.objects.filter(survey=survey, actor=actor, verb=verb)
    story = mine.filter(at__gt=now - ONE_STORY).order_by("-pk").values("pk")[:1]
    # Added up by the database: two facts at the same moment would each add one to the same number.
    more = Cast(Cast("subject", IntegerField()) + n, CharField(max_length=200))
    if not mine.filter(pk__in=story).update(subject=more, at=now):
        record(survey, actor, verb, str(n))


def sentence(activity: Activity) -> str:
    """What the actor did, without the actor. A verb nobody described here stands for itself."""
    if activity.verb in COUNTED:
        return COUNTED[activity.verb] % {"n": int(activity.subject)}
    if activity.verb in SENTENCES:
        return str(SENTENCES[activity.verb]) % {"subject": activity.subject}
    return f"{activity.verb.replace('_', ' ')} {activity.subject}".strip()
