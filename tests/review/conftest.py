from typing import Any

import pytest

from inference.models import Detection
from surveys.models import Image
from tests.factories.inference import make_result_set, make_run, make_searched
from tests.factories.surveys import make_image
from tests.review.test_verdicts import say, say_of_image


@pytest.fixture
def every_state(cast: Any, as_user: Any) -> dict[str, Image]:
    """One of each state, as people and machines leave it. The model proposed a buffalo where people judged."""
    run, client = make_run(cast.survey), as_user(cast.reviewer)

    def image(name: str, **fields: Any) -> Image:
        place = {"latitude": -7.123456, "longitude": 34.92}
        return make_image(survey=cast.survey, file_name=name, transect=name, camera="left", **place, **fields)

    made = {name: image(name) for name in ("searched empty", "reviewed empty", "unusable", "reviewed")}
    made["failed"] = image("failed", search_state="failed", failure="It is cut short.")
    made["queued"] = image("queued", search_state="waiting")
    make_searched(run, made["searched empty"])
    make_result_set(run, made["failed"], state="failed", failure="It is cut short.")
    make_result_set(run, made["queued"])
    for name in ("reviewed empty", "unusable", "reviewed"):
        make_searched(run, made[name], buffalo=2 if name == "reviewed" else 1)
    say(client, box(made["reviewed empty"]), "rejected")
    say_of_image(client, made["reviewed empty"], "reviewed")
    say_of_image(client, made["unusable"], "unusable", note="Fog")
    say(client, box(made["reviewed"]), "confirmed", count=40)
    say(client, box(made["reviewed"], 1), "duplicate")
    say_of_image(client, made["reviewed"], "reviewed")
    return made


def box(image: Image, place: int = 0) -> Detection:
    return Detection.objects.filter(image=image).order_by("pk")[place]
