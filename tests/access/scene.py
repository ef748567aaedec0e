"""One of everything that a route may name, so that a refusal is for lack of a right and not for lack of a thing."""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from inference.models import CheckCrop, Detection
from jobs.models import Job
from surveys.models import Image, Observation, Role, Upload
from surveys.people import invite, reset_tokens
from surveys.tus_part import create_part
from tests.access.bodies import TASK_TOKEN
from tests.factories.inference import (
    EMPTY_REPORT,
    make_comparison,
    make_model_upload,
    make_model_version,
    make_run,
    make_searched,
    make_speed_check,
)
from tests.factories.review import make_comment, make_review_task
from tests.factories.surveys import make_user
from tests.factories.viewer import make_shown_image


@dataclass(frozen=True)
class Scene:
    people: dict[str, Any]
    arguments: dict[str, Any]  # by the names in the routes' patterns


def make_scene(cast: SimpleNamespace) -> Scene:
    people = {
        name: getattr(cast, name) for name in ("administrator", "owner", "analyst", "reviewer", "viewer", "outsider")
    }
    return Scene({**people, "anonymous": None}, {**_of_survey(cast), **_of_people(cast)})


def _of_survey(cast: SimpleNamespace) -> dict[str, Any]:
    version = make_model_version(name="plains", version="1")
    run = make_run(cast.survey, model_version=version)
    image = make_shown_image(survey=cast.survey, file_name="known.jpg", latitude=-7.654321, longitude=34.123456)
    make_searched(run, image, buffalo=2)
    check = make_speed_check(cast.survey, model_version=version, report=EMPTY_REPORT)
    CheckCrop.objects.create(speed_check=check, image=image, number=0, jpeg=b"jpeg")
    comparison = make_comparison(cast.survey, model_version=version)
    task = make_review_task(cast.survey, [cast.owner, cast.analyst, cast.reviewer], [image])
    tomorrow = timezone.now() + timedelta(days=1)
    task.images.update(holder=cast.reviewer, token=TASK_TOKEN, held_until=tomorrow)
    job = Job.objects.create(
        kind="detect", queue="detect", subject=image.pk, group=cast.survey.pk, state=Job.State.FAILED
    )
    return {
        "slug": cast.survey.slug,
        "image_id": image.pk,
        "detection_id": Detection.objects.filter(image=image).order_by("pk")[0].pk,
        "observation_id": _observation(cast, image),
        "comment_id": make_comment(image, cast.reviewer, "Buffalo").id,
        "run_id": run.pk,
        "model_version": version.pk,
        "job_id": job.pk,
        "task_id": task.pk,
        "reviewer": cast.reviewer.pk,
        "check_id": check.pk,
        "comparison_id": comparison.pk,
        "number": 0,
        "upload_id": _upload(cast),
        "model_upload_id": make_model_upload(cast.administrator).subject,
        "name": "plains",
        "version": "1",
        "table": "observations",
        "level": 0,
        "column": 0,
        "row": 0,
        "z": 0,
        "x": 0,
        "y": 0,
    }


def _observation(cast: SimpleNamespace, image: Image) -> UUID:
    """One that the owner drew."""
    place = {"left": 10, "top": 20, "right": 30, "bottom": 50}
    return Observation.objects.create(image=image, species="eland", created_by=cast.owner, **place).pk


def _upload(cast: SimpleNamespace) -> UUID:
    """Under way, the analyst's; nothing of it has arrived."""
    tomorrow = timezone.now() + timedelta(days=1)
    upload = Upload.objects.create(
        survey=cast.survey, owner=cast.analyst, file_name="a.png", size_bytes=100, expires_at=tomorrow
    )
    create_part(upload.pk)
    return upload.pk


def _of_people(cast: SimpleNamespace) -> dict[str, Any]:
    forgetful = make_user("forgetful")  # logging in would spend the link
    invitation, token = invite(created_by=cast.owner, survey=cast.survey, role=Role.VIEWER)
    return {
        "token": token,
        "invitation_id": invitation.pk,
        "username": "reviewer",
        "uidb64": urlsafe_base64_encode(force_bytes(forgetful.pk)),
        "reset_token": reset_tokens.make_token(forgetful),
    }
