"""The full-size JPEG with boxes drawn in."""

import io
from threading import BoundedSemaphore
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image as Picture

from inference.models import Detection
from surveys.models import Image
from tests.factories.inference import make_model_version, make_run
from tests.factories.surveys import make_image
from tests.factories.viewer import make_shown_image
from viewer import annotated as annotated_module

pytestmark = pytest.mark.django_db
BLUE, ORANGE = (86, 180, 233), (230, 159, 0)  # --label-1 and --label-2


@pytest.fixture
def image(cast: SimpleNamespace) -> Image:
    """With one certain box in the current run and one uncertain one."""
    image = make_shown_image(survey=cast.survey)
    run = make_run(cast.survey)
    for score, left in ((0.9, 200.0), (0.3, 800.0)):
        box = {"left": left, "top": 400.0, "right": left + 100, "bottom": 500.0}
        Detection.objects.create(run=run, image=image, label="buffalo", score=score, **box)
    return image


def picture(answer: Any) -> Picture.Image:
    return Picture.open(io.BytesIO(answer.content)).convert("RGB")


def is_near(pixel: tuple[int, ...], colour: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 45 for a, b in zip(pixel, colour, strict=True))


def is_blue(pixel: tuple[int, ...]) -> bool:
    return is_near(pixel, BLUE)


def test_it_has_full_size_and_the_boxes_of_the_current_run(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/annotated.jpg")
    drawn = picture(answer)
    assert drawn.size == (1300, 900)
    assert [is_blue(drawn.getpixel(place)) for place in ((199, 450), (799, 450), (250, 450))] == [True, True, False]


def test_boxes_below_the_asked_score_are_left_out(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    drawn = picture(as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/annotated.jpg?min_score=0.5"))
    assert [is_blue(drawn.getpixel(place)) for place in ((199, 450), (799, 450))] == [True, False]


def test_of_a_long_list_of_labels_each_on_the_image_has_the_colour_it_has_on_the_page(
    cast: SimpleNamespace, as_user: Any
) -> None:
    image = make_shown_image(survey=cast.survey)
    run = make_run(cast.survey, model_version=make_model_version(card={"labels": [f"species {n}" for n in range(20)]}))
    for label, left in (("species 3", 200.0), ("species 11", 800.0)):  # eight apart: of the list one colour
        box = {"left": left, "top": 400.0, "right": left + 100, "bottom": 500.0}
        Detection.objects.create(run=run, image=image, label=label, score=left / 1000, **box)
    address = f"/api/v1/images/{image.pk}/annotated.jpg"
    drawn, surest = (picture(as_user(cast.viewer).get(address + query)) for query in ("", "?min_score=0.5"))
    assert is_near(drawn.getpixel((199, 450)), BLUE)
    assert is_near(drawn.getpixel((799, 450)), ORANGE)
    assert is_near(surest.getpixel((799, 450)), ORANGE)


def test_another_run_has_its_own_boxes(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    other = make_run(cast.survey, is_current=False)
    drawn = picture(as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/annotated.jpg?run={other.pk}"))
    assert not is_blue(drawn.getpixel((199, 450)))


def test_a_run_of_another_survey_is_not_found(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/annotated.jpg?run={make_run().pk}")
    assert answer.status_code == 404


def test_it_carries_no_metadata(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/annotated.jpg")
    assert not Picture.open(io.BytesIO(answer.content)).getexif()
    assert b"Exif" not in answer.content


def test_too_large_an_image_is_refused_with_a_sentence(
    image: Image, cast: SimpleNamespace, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotated_module, "MAX_PIXELS", 1_000_000)
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/annotated.jpg")
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("This image has more than 1 megapixels")


def test_an_unread_image_has_none(cast: SimpleNamespace, as_user: Any) -> None:
    image = make_image(survey=cast.survey, ingest_state="failed", sha256="", width=None, height=None)
    assert as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/annotated.jpg").status_code == 404


def test_strangers_find_nothing(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    for person in (None, cast.outsider):
        assert as_user(person).get(f"/api/v1/images/{image.pk}/annotated.jpg").status_code == 404


def test_a_wrong_score_is_named(image: Image, cast: SimpleNamespace, as_user: Any) -> None:
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/annotated.jpg?min_score=much")
    assert answer.status_code == 400
    assert "min_score" in answer.json()


def test_who_would_have_to_wait_long_is_told_so_at_once(
    image: Image, cast: SimpleNamespace, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few people who ask again and again must not hold every thread of the server."""
    places = BoundedSemaphore(1)
    monkeypatch.setattr(annotated_module, "_waiting", places)
    client, address = as_user(cast.viewer), f"/api/v1/images/{image.pk}/annotated.jpg"
    with places:
        refused = client.get(address)
    assert (refused.status_code, refused["Retry-After"]) == (503, "30")
    assert [client.get(address).status_code for _ in range(2)] == [200, 200]
