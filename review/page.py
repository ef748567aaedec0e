"""What the image page has for those who judge."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from review.models import ACCEPTING, Review, Verdict
from surveys.models import Image, Observation

PLACEHOLDER = "00000000-0000-0000-0000-000000000000"


def reviewing(image: Image, user: Any) -> dict[str, Any]:
    """For the scripts: `mine` is what this person said of each box and did not take back, `named` what people call a
    box other than its label, and how many animals are in it."""
    said = Review.objects.filter(image=image, detection__isnull=False)
    mine = {review.detection: review for review in said.filter(author=user)}
    accepted = Observation.objects.filter(image=image, detection__isnull=False, withdrawn_at=None)
    columns = accepted.values_list("detection", "species", "count")
    detection = reverse("api-detection-reviews", args=[PLACEHOLDER])
    return {
        "id": str(image.pk),
        "user": user.get_username(),
        "account": reverse("account"),
        "species": reverse("api-species", args=[image.survey.slug]),
        "image": reverse("api-image-reviews", args=[image.pk]),
        "detection": detection.replace(PLACEHOLDER, "{id}"),
        "imageState": image.review_state,
        "mine": {str(id): _facts(review) for id, review in mine.items() if review.verdict != Verdict.OPEN},
        "named": {str(id): {"species": species, "count": count} for id, species, count in columns},
        "texts": _texts(),
    }


def _facts(review: Review) -> dict[str, Any]:
    species = review.species if review.verdict in ACCEPTING else ""
    return {"verdict": review.verdict, "species": species, "count": review.count}


def _texts() -> dict[str, Any]:
    return {
        "saved": _("Saved"),
        "saving": _("Saving {n} …"),
        "offline": _("Offline: {n} waiting. They are sent as soon as the server answers."),
        "offlineHere": _("Offline: {n} waiting, on this page alone: leave it open until they are sent."),
        "stranger": _("{n} waiting: log in again, as one who may judge here, and they are sent."),
        "selectFirst": _("Select a box first: N goes to the next one."),
        "nothingToUndo": _("There is nothing to undo on this visit."),
        "nothingToRedo": _("There is nothing to do again."),
        "allJudged": _("All boxes shown are judged. M marks the image as reviewed."),
        "imageStates": {str(state): str(label) for state, label in Image.Review.choices},
    }
