"""Who may see which searches, detections and models."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from inference.models import Comparison, Detection, ModelVersion, Run, SpeedCheck
from surveys.access import require, surveys_for
from surveys.models import Image, Role, Survey


def detections_for(principal: Any, image: Image) -> QuerySet[Detection]:
    """All runs' detections of an image that the principal may see; raises Http404 for strangers."""
    require(principal, image.survey, Role.VIEWER)
    return Detection.objects.filter(image=image)


def get_run_for(principal: Any, run_id: UUID, *, at_least: str = Role.VIEWER) -> Run:
    """The run, if the principal may know of its survey."""
    runs = Run.objects.select_related("survey", "model_version", "screen", "created_by")
    run = runs.filter(pk=run_id, survey__in=surveys_for(principal)).first()
    if run is None:
        raise Http404
    require(principal, run.survey, at_least)
    return run


def get_speed_check_for(principal: Any, check_id: UUID, *, at_least: str = Role.VIEWER) -> SpeedCheck:
    """The speed-up check, if the principal may know of its survey; it shows parts of its images."""
    checks = SpeedCheck.objects.select_related("survey", "model_version", "created_by")
    check = checks.filter(pk=check_id, survey__in=surveys_for(principal)).first()
    if check is None or check.survey is None:
        raise Http404
    require(principal, check.survey, at_least)
    return check


def get_comparison_for(principal: Any, comparison_id: UUID) -> Comparison:
    """The comparison, for analysts of its survey; Http404 for those who may not know of it."""
    comparisons = Comparison.objects.select_related("survey", "created_by").defer("known")
    comparison = comparisons.filter(pk=comparison_id, survey__in=surveys_for(principal)).first()
    if comparison is None:
        raise Http404
    require(principal, comparison.survey, Role.ANALYST)
    return comparison


def run_of_survey(survey: Survey, run_id: UUID | None) -> Run | None:
    """The run asked for, or the survey's current one; raises Http404 where the survey has no such run."""
    wanted = run_id or survey.current_run
    if wanted is None:
        return None
    run = Run.objects.select_related("model_version").filter(pk=wanted, survey=survey).first()
    if run is None:
        raise Http404
    run.survey = survey
    return run


def get_model_for(principal: Any, name: str, version: str, *, to_change: bool = False) -> ModelVersion:
    """The model version, which everybody logged in may see. Only administrators change the registry: PermissionDenied
    for others, whether there is such a version or not."""
    if to_change:
        require_administrator(principal)
    found = (
        ModelVersion.objects.select_related("registered_by", "retired_by").filter(name=name, version=version).first()
    )
    if found is None or not principal.is_authenticated:
        raise Http404
    return found


def require_administrator(principal: Any) -> None:
    if not principal.is_superuser:
        raise PermissionDenied
