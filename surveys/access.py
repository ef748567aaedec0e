"""Who may see what. No view reaches a survey or an image by another way."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from surveys.models import Image, Membership, Role, Survey

RANK = {Role.VIEWER: 0, Role.REVIEWER: 1, Role.ANALYST: 2, Role.OWNER: 3}


def role_of(principal: Any, survey: Survey) -> str | None:
    """The principal's role, kept on the survey object for the request. An administrator is an owner everywhere."""
    if not principal.is_authenticated:
        return None
    if principal.is_superuser:
        return Role.OWNER
    cached = survey.__dict__.setdefault("_roles", {})
    if principal.pk not in cached:
        cached[principal.pk] = (
            Membership.objects.filter(survey=survey, user=principal).values_list("role", flat=True).first()
        )
    return cached[principal.pk]


def surveys_for(principal: Any) -> QuerySet[Survey]:
    if not principal.is_authenticated:
        return Survey.objects.none()
    visible = Survey.objects.filter(trashed_at=None)
    return visible if principal.is_superuser else visible.filter(memberships__user=principal)


def has_role(principal: Any, survey: Survey, at_least: str) -> bool:
    """Whether the principal's role in the survey is this one or a higher one; for pages that show more to some."""
    role = role_of(principal, survey)
    return role is not None and RANK[Role(role)] >= RANK[Role(at_least)]


def require(principal: Any, survey: Survey, at_least: str) -> None:
    if role_of(principal, survey) is None:
        raise Http404
    if not has_role(principal, survey, at_least):
        raise PermissionDenied


def get_survey_for(principal: Any, slug: str, *, at_least: str = Role.VIEWER) -> Survey:
    """The survey, if the principal may know of it. Raises Http404 for strangers, PermissionDenied below `at_least`."""
    survey = surveys_for(principal).filter(slug=slug).first()
    if survey is None:
        raise Http404
    require(principal, survey, at_least)
    return survey


def images_for(principal: Any) -> QuerySet[Image]:
    """Every image that the principal may see."""
    return Image.objects.filter(survey__in=surveys_for(principal), trashed_at=None)


def get_image_for(principal: Any, image_id: UUID, *, at_least: str = Role.VIEWER) -> Image:
    image = images_for(principal).select_related("survey").filter(pk=image_id).first()
    if image is None:
        raise Http404
    require(principal, image.survey, at_least)
    return image
