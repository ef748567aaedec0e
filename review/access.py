"""Who may judge what."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from inference.models import Detection
from review.models import Comment, ReviewTask
from surveys.access import get_image_for, has_role, require, surveys_for
from surveys.models import Observation, Role


def get_detection_for(principal: Any, detection_id: UUID, *, at_least: str = Role.VIEWER) -> Detection:
    """The detection, if the principal may know of its image."""
    detection = Detection.objects.filter(pk=detection_id).first()
    if detection is None:
        raise Http404
    detection.image = get_image_for(principal, detection.image_id, at_least=at_least)
    return detection


def get_task_for(principal: Any, task_id: UUID, *, at_least: str = Role.VIEWER) -> ReviewTask:
    """The review task, if the principal may know of its survey."""
    tasks = ReviewTask.objects.select_related("survey", "created_by")
    task = tasks.filter(pk=task_id, survey__in=surveys_for(principal)).first()
    if task is None:
        raise Http404
    require(principal, task.survey, at_least)
    return task


def get_shared_task_for(principal: Any, task_id: UUID) -> ReviewTask:
    """The review task, for those who were chosen for it; PermissionDenied for its survey's other people."""
    task = get_task_for(principal, task_id, at_least=Role.REVIEWER)
    if not is_chosen(principal, task):
        raise PermissionDenied
    return task


def is_chosen(principal: Any, task: ReviewTask) -> bool:
    """Whether images of the task are handed to this person: chosen, and a reviewer still."""
    is_asked = task.shares.filter(user=principal, is_chosen=True).exists()
    return is_asked and has_role(principal, task.survey, Role.REVIEWER)


def get_observation_for(principal: Any, observation_id: UUID, *, at_least: str = Role.VIEWER) -> Observation:
    """The observation, if the principal may know of its image; also one that was taken back."""
    observation = Observation.objects.select_related("created_by").filter(pk=observation_id).first()
    if observation is None:
        raise Http404
    observation.image = get_image_for(principal, observation.image_id, at_least=at_least)
    return observation


def get_comment_for(principal: Any, comment_id: UUID, *, at_least: str = Role.VIEWER) -> Comment:
    """The comment, if it is still shown and the principal may know of its image."""
    comment = Comment.objects.shown().filter(id=comment_id).select_related("author", "resolved_by").first()
    if comment is None:
        raise Http404
    comment.image = get_image_for(principal, comment.image_id, at_least=at_least)
    return comment
