"""What the measurements of the image page in Chromium look at."""

import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser, Page

from benchmarks.scene import camera_jpeg

WIDTH, HEIGHT = 8256, 5504


def prepare(folder: Path, counts: Sequence[int]) -> tuple[str, dict[int, UUID]]:
    """A survey with an image for each number of boxes, alike but for these, and the session of its owner."""
    os.environ.update(DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR")
    for name in ("STORAGE_URL", "DATABASE_URL"):
        os.environ.pop(name, None)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
    return _make_rows(folder, counts)


def _make_rows(folder: Path, counts: Sequence[int]) -> tuple[str, dict[int, UUID]]:
    from django.test import Client

    from tests.factories.inference import make_run
    from tests.factories.surveys import make_survey, make_user

    owner = make_user("owner")
    run = make_run(make_survey(owner=owner))
    jpeg = folder / "image.jpg"
    jpeg.write_bytes(camera_jpeg(WIDTH, HEIGHT))
    images = {n: _make_image(run, jpeg, n) for n in counts}
    client = Client()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value, images


def _make_image(run: Any, jpeg: Path, n_boxes: int) -> UUID:
    from imaging.preview import check_and_preview
    from imaging.pyramid import write_pyramid_from_file
    from inference.models import Detection
    from surveys.files import preview_path, pyramid_path
    from tests.factories.inference import make_result_set
    from tests.factories.surveys import make_image

    facts = {"search_state": "searched", "n_detections": n_boxes, "pyramid_state": "ready"}
    image = make_image(survey=run.survey, width=WIDTH, height=HEIGHT, **facts)
    check_and_preview(jpeg, preview_path(image.pk))
    write_pyramid_from_file(jpeg, pyramid_path(image.pk))
    make_result_set(run, image, state="searched", n_detections=n_boxes, searched_at="2026-01-01T00:00Z")
    boxes = [Detection(run=run, image=image, **box) for box in _boxes(n_boxes)]
    Detection.objects.bulk_create(boxes, batch_size=2000)
    return image.pk


def _boxes(n: int) -> list[dict[str, Any]]:
    choose = random.Random(1)
    boxes = []
    for _ in range(n):
        left, top = choose.uniform(0, WIDTH - 90), choose.uniform(0, HEIGHT - 90)
        sides = {"right": left + choose.uniform(20, 90), "bottom": top + choose.uniform(20, 90)}
        facts = {"label": choose.choice(("buffalo", "zebra")), "score": choose.uniform(0.25, 1)}
        boxes.append({"left": left, "top": top, **sides, **facts})
    return boxes


def page_of(browser: Browser, port: int, session: str, image: UUID) -> Page:
    """The image page, its boxes drawn, in a browser context of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=f"http://127.0.0.1:{port}")
    context.add_cookies([{"name": "sessionid", "value": session, "url": f"http://127.0.0.1:{port}"}])
    page = context.new_page()
    page.goto(f"/images/{image}/")
    page.wait_for_function("() => performance.getEntriesByName('boxes-drawn').length > 0")
    return page
