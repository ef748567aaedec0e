"""What the pictures for the documents show beside the sample survey: people, links, searches and checks, all real."""

import json
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from config.sample import BY_NAME, truth_path
from inference.comparisons import start_comparison
from inference.engine.card import PatchRule
from inference.evaluation_sets import set_of_coco
from inference.models import Comparison, ModelVersion, Run, SpeedCheck
from inference.registry import register_model
from inference.run_plan import RunPlan
from inference.runs import start_run
from inference.speed_checks import start_check
from jobs.models import Job
from review.models import ReviewTask
from review.task_filter import TaskFilter
from review.task_making import make_task, people_to_choose
from surveys.create import create_survey
from surveys.members import add_member
from surveys.models import Survey
from surveys.people import invite, reset_tokens
from tests.services import wait_until

SAMPLE, BLANK = "sample-survey", "ruaha-dry-season"
PATIENCE_S = 300
STAFF = (
    ("amina", "Amina", "Mwakyusa", "analyst"),
    ("jonas", "Jonas", "Okello", "reviewer"),
    ("petra", "Petra", "Kowalski", "reviewer"),
    ("sam", "Sam", "Odhiambo", "viewer"),
)


def prepare() -> dict[str, str]:
    """The names that fill the addresses of pages."""
    sample, lead = Survey.objects.get(slug=SAMPLE), get_user_model().objects.get(username="demo")
    make_people(sample, lead)
    starter = ModelVersion.objects.get(name="starter")
    searched = sample.images.filter(n_detections__gt=0).values_list("pk", flat=True)
    other = start_run(sample, starter, lead, threshold=0.6, plan=RunPlan(images=list(searched)))
    comparison = start_comparison(sample, set_of_coco(sample, known_animals(), "what was drawn.json"), lead, iou=0.3)
    # Its weights are made of names, so its boxes mean nothing; what two modes of it agree on is real all the same.
    check = start_check(sample, register_model(small_network())[0], "turbo", lead, 24)
    wait_until(lambda: is_done(other, check, comparison), timeout_s=PATIENCE_S, what="searches and checks")
    sam = get_user_model().objects.get(username="sam")
    return {
        "run": str(sample.current_run),
        "task": str(shared_out(sample, lead).pk),
        "other_run": str(other.pk),
        "check": str(check.pk),
        "comparison": str(comparison.pk),
        "model_version": str(starter.pk),
        "model": f"{starter.name}/{starter.version}",
        "model_upload": str(uploaded(starter, lead).subject),
        "invitation": invite(created_by=lead, survey=sample, role="reviewer", note="Hamisi")[1],
        "reset": f"{urlsafe_base64_encode(force_bytes(sam.pk))}/{reset_tokens.make_token(sam)}",
        "first": "spent",
    }


def make_people(sample: Survey, lead: Any) -> None:
    people = get_user_model().objects
    people.filter(pk=lead.pk).update(first_name="Ruth", last_name="Kimani")
    for name, first, last, role in STAFF:
        if not people.filter(username=name).exists():
            add_member(sample, lead, people.create_user(name, first_name=first, last_name=last), role)
    if not Survey.objects.filter(slug=BLANK).exists():
        told = "October 2026, six strata, 58 transects, two cameras."
        zone = "Africa/Dar_es_Salaam"
        create_survey(lead, slug=BLANK, name="Ruaha, dry season", time_zone=zone, description=told)
    invite(created_by=lead, survey=sample, role="reviewer", note="Grace")


def shared_out(sample: Survey, lead: Any) -> ReviewTask:
    """All that can be looked at, among those who may judge."""
    return make_task(sample, "First look", TaskFilter(reviewed=""), list(people_to_choose(sample)), lead)


def known_animals() -> bytes:
    """COCO of what the renderer drew into the images of the sample."""
    drawn = [(image.file_name, json.loads(truth_path(image).read_text())) for image in BY_NAME.values()]
    labels = sorted({animal["label"] for _name, animals in drawn for animal in animals})
    annotations = [
        {"image_id": number, "category_id": labels.index(animal["label"]), "bbox": sides(*animal["box"])}
        for number, (_name, animals) in enumerate(drawn)
        for animal in animals
    ]
    images = [{"id": number, "file_name": name} for number, (name, _animals) in enumerate(drawn)]
    categories = [{"id": number, "name": label} for number, label in enumerate(labels)]
    return json.dumps({"images": images, "categories": categories, "annotations": annotations}).encode()


def sides(left: float, top: float, right: float, bottom: float) -> list[float]:
    return [left, top, right - left, bottom - top]


def small_network() -> Path:
    """A model folder of Detectron2's shape, which has modes."""
    from tests.inference.engine.rcnn.networks import settings, write_folder  # needs PyTorch

    proposals = {"RPN__PRE_NMS_TOPK_TEST": 600, "RPN__POST_NMS_TOPK_TEST": 150}
    return write_folder(
        Path(tempfile.mkdtemp()) / "model",
        "trident",
        name="trident-small",
        patch=PatchRule(640, 640, 160),
        score_threshold=0.7,
        settings={"detectron2": settings("trident", **proposals)},
    )


def uploaded(version: ModelVersion, lead: Any) -> Job:
    """A model that was uploaded and taken."""
    told = {"kind": "folder", "actor": lead.pk, "names": ["starter.zip"], "facts": {}, "typed": {}}
    payload = told | {"version": str(version.pk)}
    return Job.objects.create(kind="register_model", queue="detect", subject=uuid4(), state="done", payload=payload)


def is_done(run: Run, check: SpeedCheck, comparison: Comparison) -> bool:
    return not (
        SpeedCheck.objects.filter(pk=check.pk, state="waiting").exists()
        or run.result_sets.filter(state="waiting").exists()
        or comparison.compared.filter(state="waiting").exists()
    )
