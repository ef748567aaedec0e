"""The first screen of the review grid, 60 crops of 60 images among 200,000 boxes, against 60 ready-made thumbnails of
the same bytes, served as static files by the same web server, which asks nobody who they are.

`also`: a page from the middle of the list against the first one, and the queries by which one request judges 1,000
boxes, besides those by which any request finds out who asks and of what survey. How long it takes is printed.
"""

import http.client
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import alternate_by, report
from benchmarks.running import free_port, running

N_IMAGES, BOXES_AN_IMAGE = 2000, 100
CROPS, JUDGED = 60, 1000
ROUNDS = 15
LIMIT, DEEP_LIMIT, MOST_QUERIES = 2.0, 2.0, 10
WHO_ASKS = 4  # session, person, survey, role
NO_QUERY = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        session, crops = _prepare(Path(name))
        thumbnails = _write_thumbnails(crops)
        port = free_port()
        with running([sys.executable, "manage.py", "web", "--port", str(port)], port, dict(os.environ)):
            asked = Asked(port, session)
            first = "/api/v1/surveys/grid/detections/?label=buffalo&layout=packed"
            deep = f"{first}&after=0.6_00000000-0000-7000-8000-000000000000"
            ours, reference = alternate_by(
                lambda: asked.seconds([first]), lambda: asked.seconds(thumbnails), rounds=ROUNDS
            )
            shallow, middle = alternate_by(lambda: asked.seconds([first]), lambda: asked.seconds([deep]), rounds=ROUNDS)
        n_queries, seconds = _judge_many()
    print(f"{JUDGED} boxes judged in {1000 * seconds:.0f} ms and {n_queries} queries", file=sys.stderr)
    report(
        bench="review-grid",
        ratio=ours / reference,
        limit=LIMIT,
        ours=1000 * ours,
        reference=1000 * reference,
        unit=f"ms for {CROPS} crops",
        also={"middle_of_the_list": (middle / shallow, DEEP_LIMIT), "queries_for_1000": (n_queries, MOST_QUERIES)},
    )


class Asked:
    """One connection that is kept, as a browser's."""

    def __init__(self, port: int, session: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Cookie": f"sessionid={session}"}

    def seconds(self, paths: Sequence[str]) -> float:
        start = time.perf_counter()
        for path in paths:
            self._connection.request("GET", path, headers=self._headers)
            answer = self._connection.getresponse()
            body = answer.read()
            if answer.status != 200 or not body:
                raise RuntimeError(f"{path} answers {answer.status}")
        return time.perf_counter() - start


def _prepare(folder: Path) -> tuple[str, list[bytes]]:
    """The session of a reviewer, and the crops of the first screen."""
    os.environ.update(DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR")
    for name in ("STORAGE_URL", "DATABASE_URL"):
        os.environ.pop(name, None)
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
    from tests.factories.surveys import make_survey, make_user

    owner = make_user("owner")
    crops = _make_boxes(make_survey(owner=owner, slug="grid"))
    client = Client()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value, crops


def _make_boxes(survey: Any) -> list[bytes]:
    """The best of each of the first images stands among the first 60; each image has a sheet with its best."""
    from inference.crop_sheets import crop, window_of, write_crops
    from inference.models import Detection
    from surveys.files import crop_sheet_path
    from surveys.models import Image, ImageLabel
    from tests.factories.inference import a_detection, make_run
    from tests.factories.pictures import noise
    from tests.factories.surveys import make_image

    chance, run, pixels = random.Random(1), make_run(survey), noise(1200, 800)
    images = [make_image(survey=survey, search_state="searched", n_detections=BOXES_AN_IMAGE) for _ in range(N_IMAGES)]
    crops: list[bytes] = []
    for number, image in enumerate(images):
        scores = [chance.uniform(0.25, 0.9) for _ in range(BOXES_AN_IMAGE)]
        scores[0] = 0.95 if number < CROPS else scores[0]
        places = [{"left": chance.uniform(100, 1000), "top": chance.uniform(100, 600)} for _score in scores]
        boxes = [a_detection(run, image, score=score, **place) for score, place in zip(scores, places, strict=True)]
        Detection.objects.bulk_create(boxes, batch_size=1000)
        ImageLabel.objects.create(image=image, run=run.pk, label="buffalo", n_detections=len(boxes), max_score=0.95)
        if number < CROPS:
            best = boxes[0]
            window = window_of((best.left, best.top, best.right + 40, best.bottom + 40), (1200, 800))
            crops.append(crop(pixels, window))
            write_crops(crop_sheet_path(image.pk, run.pk), {box.pk: crops[-1] for box in boxes})
    Image.objects.filter(survey=survey).update(pyramid_state="ready")
    return crops


def _write_thumbnails(crops: Sequence[bytes]) -> list[str]:
    from django.conf import settings

    place = Path(settings.STATIC_ROOT) / "thumbnails"
    place.mkdir(parents=True)
    for number, crop in enumerate(crops):
        (place / f"{number}.jpg").write_bytes(crop)
    return [f"{settings.STATIC_URL}thumbnails/{number}.jpg" for number in range(len(crops))]


def _judge_many() -> tuple[int, float]:
    """The queries by which one request judges, and the seconds of all of it."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from inference.models import Detection

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    ids = [str(id) for id in Detection.objects.order_by("?").values_list("pk", flat=True)[: 2 * JUDGED]]
    with CaptureQueriesContext(connection) as captured:
        _judge(client, ids[:JUDGED])
    n_queries = sum(not query["sql"].startswith(NO_QUERY) for query in captured.captured_queries) - WHO_ASKS
    start = time.perf_counter()
    _judge(client, ids[JUDGED:])
    return n_queries, time.perf_counter() - start


def _judge(client: Any, detections: Sequence[str]) -> None:
    body = {"verdict": "rejected", "detections": detections}
    answer = client.post("/api/v1/surveys/grid/reviews/", body, "application/json")
    if answer.status_code != 200 or answer.json()["saved"] != JUDGED:
        raise RuntimeError(f"judging answers {answer.status_code}")


if __name__ == "__main__":
    main()
