"""Who may judge what."""

from typing import Any
from uuid import UUID

from django.http import Http404

from inference.models import Detection
from surveys.access import get_image_for
from surveys.models import Observation, Role


def get_detection_for(principal: Any, detection_id: UUID, *, at_least: str = Role.VIEWER) -> Detection:
    """The detection, if the principal may know of its image."""
    detection = Detection.objects.filter(pk=detection_id).first()
    if detection is None:
        raise Http404
    detection.image = get_image_for(principal, detection.image_id, at_least=at_least)
    return detection


def get_observation_for(principal: Any, observation_id: UUID, *, at_least: str = Role.VIEWER) -> Observation:
    """The observation, if the principal may know of its image; also one that was taken back."""
    observation = Observation.objects.select_related("created_by").filter(pk=observation_id).first()
    if observation is None:
        raise Http404
    observation.image = get_image_for(principal, observation.image_id, at_least=at_least)
    return observation
