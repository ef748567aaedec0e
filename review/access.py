"""Who may judge what."""

from typing import Any
from uuid import UUID

from django.http import Http404

from inference.models import Detection
from review.models import Comment
from surveys.access import get_image_for
from surveys.models import Role


def get_detection_for(principal: Any, detection_id: UUID, *, at_least: str = Role.VIEWER) -> Detection:
    """The detection, if the principal may know of its image."""
    detection = Detection.objects.filter(pk=detection_id).first()
    if detection is None:
        raise Http404
    detection.image = get_image_for(principal, detection.image_id, at_least=at_least)
    return detection


def get_comment_for(principal: Any, comment_id: UUID, *, at_least: str = Role.VIEWER) -> Comment:
    """The comment, if it is still shown and the principal may know of its image."""
    comment = Comment.objects.shown().filter(id=comment_id).select_related("author", "resolved_by").first()
    if comment is None:
        raise Http404
    comment.image = get_image_for(principal, comment.image_id, at_least=at_least)
    return comment
