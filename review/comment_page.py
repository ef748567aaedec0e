"""What the image page has for those who talk about it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from review.models import Comment
from review.page import PLACEHOLDER
from surveys.access import has_role
from surveys.models import Image, Role


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
        "begun": _("You had begun to write a comment on this image: [[comment]] goes on."),
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
