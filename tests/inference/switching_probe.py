"""Fills a survey through the real pipeline, and switches its searches to and fro meanwhile; run in another process."""

import random
import time
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import transaction

from inference.models import Run
from inference.registry import register_model
from inference.runs import make_current, start_run
from surveys.files import original_path
from surveys.models import Image, Survey
from surveys.signals import image_uploaded
from tests.factories.inference import make_model_folder
from tests.factories.pictures import noise, write_jpeg

N_IMAGES = 24


def begin(folder: str) -> None:
    """Two searches under way in a survey without images."""
    owner = get_user_model().objects.create_user("owner")
    survey = Survey.objects.create(slug="ruaha", name="Ruaha", created_by=owner)
    for version in ("1", "2"):
        settings = {"seconds_per_patch": 0.02, "spacing": 128 * int(version)}
        model = make_model_folder(Path(folder) / version, version=version, settings=settings)
        start_run(survey, register_model(model, for_tests=True)[0], owner)


def upload_and_switch() -> None:
    """An image after the other comes in, and now and then the other search becomes the current one."""
    survey, runs = Survey.objects.get(), list(Run.objects.all())
    chance = random.Random(7)
    for number in range(N_IMAGES):
        image = Image.objects.create(survey=survey, file_name=f"{number}.jpg", size_bytes=0)
        write_jpeg(original_path(image.pk), noise(640, 400, seed=number))
        image.size_bytes = original_path(image.pk).stat().st_size
        image.save(update_fields=["size_bytes"])
        with transaction.atomic():
            image_uploaded.send(Image, image=image)
        if number % 3 == 0:
            make_current(chance.choice(runs), survey.created_by)
        time.sleep(0.05)


def complete() -> None:
    """Each search takes in what came while the other one was current."""
    for run in Run.objects.select_related("created_by"):
        make_current(run, run.created_by)
