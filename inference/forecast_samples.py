"""What was measured here that a forecast can go by: seconds, and scores of boxes."""

import random
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from inference.engine import plan_patches
from inference.forecast import Pace
from inference.model_speed import speeds_of
from inference.models import Detection, ModelVersion, ResultSet, Run
from inference.run_plan import RunPlan, searchable
from inference.species import species_map
from jobs.models import Job, Pulse
from surveys.models import Survey

SAMPLE = 200
SECONDS = ("pk", "detector_s", "screen_s")
ALIVE_S = 35


def pace_of(survey: Survey, version: ModelVersion, plan: RunPlan) -> Pace | None:
    """From the latest images of this survey that were searched in just that way; else, without a pre-filter, from what
    a patch took on any survey. None where neither was measured."""
    return _pace_here(survey, version, plan) or (None if plan.pre_filter else _pace_anywhere(survey, version, plan))


def scores_of_sample(run: Run, seed: int) -> list[list[float]]:
    """The scores of the boxes that count of at most SAMPLE of the images that the run has searched, drawn at random."""
    searched = _searched(ResultSet.objects.filter(run=run)).order_by("pk").values_list("image", flat=True)
    images = _sample(list(searched), seed)
    found: dict[UUID, list[float]] = defaultdict(list)
    boxes = Detection.objects.filter(run=run, image__in=images).exclude(label__in=species_map(run).dropped)
    for image, score in boxes.values_list("image", "score"):
        found[image].append(score)
    return [found[image] for image in images]


def run_to_go_by(survey: Survey, version: ModelVersion, plan: RunPlan) -> Run | None:
    """The latest search of this survey by the same model that has results, in the same way if there is one."""
    runs = Run.objects.filter(survey=survey, model_version=version, result_sets__state=ResultSet.State.SEARCHED)
    same_way = runs.filter(**_way(plan))
    return same_way.order_by("-id").first() or runs.order_by("-id").first()


def workers_alive() -> int:
    """How many processes search images now."""
    since = timezone.now() - timezone.timedelta(seconds=ALIVE_S)
    alive = Pulse.objects.filter(role=Pulse.Role.WORKER, at__gte=since).values_list("queues", flat=True)
    return sum("detect" in queues.split(",") for queues in alive)


def _pace_here(survey: Survey, version: ModelVersion, plan: RunPlan) -> Pace | None:
    runs = Run.objects.filter(survey=survey, model_version=version, **_way(plan))
    searched = _searched(ResultSet.objects.filter(run__in=runs, detector_s__isnull=False)).order_by("-searched_at")
    latest = searched.first()
    if latest is None:
        return None
    same_place = searched.filter(device=latest.device, engine=latest.engine)
    seconds = {key: detector + (screen or 0) for key, detector, screen in same_place.values_list(*SECONDS)[:SAMPLE]}
    whole = _seconds_of_jobs(list(seconds))
    measured = list((whole or seconds).values())
    return Pace(fmean(measured), len(measured), latest.device, latest.engine, bool(whole))


def _seconds_of_jobs(result_sets: list[UUID]) -> dict[UUID, float]:
    """From the start to the end of the jobs that searched these; of those that are still kept."""
    done = Job.objects.filter(kind="detect", subject__in=result_sets, state=Job.State.DONE)
    rows = done.values_list("subject", "started_at", "finished_at")
    return {key: (ended - began).total_seconds() for key, began, ended in rows if began and ended}


def _pace_anywhere(survey: Survey, version: ModelVersion, plan: RunPlan) -> Pace | None:
    of_mode = [speed for speed in speeds_of(version) if speed.mode == plan.mode]
    sizes = _sample(list(searchable(survey.pk).order_by("pk").values_list("width", "height")), 0)
    if not of_mode or not sizes:
        return None
    rule = version.card["patch"]
    size = {"patch_width": rule["width"], "patch_height": rule["height"], "overlap": rule["overlap"]}
    patches = fmean(len(plan_patches(width, height, **size)) for width, height in sizes)
    speed = max(of_mode, key=lambda speed: speed.n_images)
    return Pace(patches * speed.seconds_a_patch, speed.n_images, speed.device, speed.engine)


def _way(plan: RunPlan) -> dict[str, Any]:
    screen = plan.pre_filter
    if screen is None:
        return {"mode": plan.mode, "screen": None}
    threshold, share = screen.threshold, screen.random_share
    return {"mode": plan.mode, "screen": screen.model_version, "screen_threshold": threshold, "random_share": share}


def _searched(results: QuerySet[ResultSet]) -> QuerySet[ResultSet]:
    return results.filter(state=ResultSet.State.SEARCHED, image__trashed_at=None)


def _sample(rows: Sequence[Any], seed: int) -> list[Any]:
    return random.Random(seed).sample(list(rows), min(SAMPLE, len(rows)))  # noqa: S311
