"""What the image page has for those who judge, and for those who talk about it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from review.models import ACCEPTING, Comment, Review, Verdict
from surveys.access import has_role
from surveys.models import Image, Observation, Role

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


def commenting(image: Image, user: Any) -> dict[str, Any]:
    """For the scripts and the tab of comments: addresses, how many there are, and how many are new to this person."""
    said = Comment.objects.filter(image=image)
    return {
        "user": user.get_username(),
        "mayWrite": has_role(user, image.survey, Role.REVIEWER),
        "count": said.shown().count(),
        "unread": said.unread_by(user).count(),
        "threads": reverse("image-comments", args=[image.pk]),
        "write": reverse("api-image-comments", args=[image.pk]),
        "seen": reverse("api-comments-seen", args=[image.pk]),
        "comment": reverse("api-comment", args=[PLACEHOLDER]).replace(PLACEHOLDER, "{id}"),
        "texts": _comment_texts(),
    }


def link_to(comment: Comment) -> str:
    """The image page, which goes to the place of the comment."""
    return f"{reverse('image', args=[comment.image_id])}?comment={comment.id}"


def _comment_texts() -> dict[str, Any]:
    return {
        "box": _("the selected box: {label}"),
        "place": _("the place in the middle of the view"),
        "image": _("the image"),
        "new": _("{n} new"),
        "notSent": _("Not sent: the server does not answer. Your text stays here: try again."),
        "stranger": _(
            "Not sent: you are logged out, or the image is gone. Log in again in another tab, then send it here."
        ),
        "notDone": _("Nothing was changed: the server does not answer, or this is not there any more."),
        "notLoaded": _("The comments could not be loaded. Check the connection and open this tab again."),
        "resolved": _("Resolved. It stands below the open ones."),
        "reopened": _("It is open again."),
        "takenBack": _("Taken back."),
        "gone": _("This comment was taken back."),
    }
