"""The small picture of an image: the place where most was found, few bytes, for members only."""

import numpy as np
import simplejpeg
from django.test import Client

from inference.models import Detection
from surveys.models import Image
from tests.factories.inference import make_run
from tests.factories.viewer import make_pixels, make_shown_image
from viewer.highlight import MAX_BYTES, SIZE, _encode, highlight

WIDTH, HEIGHT = SIZE


def found(cast, places: list[tuple[int, int]], *, length: int = 40, **fields) -> Image:
    """An image with animals of that length at these places."""
    run = make_run(cast.survey)
    image = make_shown_image(survey=cast.survey, search_state="searched", n_detections=len(places), **fields)
    for x, y in places:
        half = length / 2
        box = {"left": x - half, "top": y - half, "right": x + half, "bottom": y + half}
        Detection.objects.create(run=run, image=image, label=run.model_version.labels[0], score=0.8, **box)
    image.survey.refresh_from_db()
    return image


def pixels_of(jpeg: bytes | None) -> np.ndarray:
    assert jpeg
    return simplejpeg.decode_jpeg(jpeg).astype(int)


def near(pixel: np.ndarray, expected: np.ndarray) -> bool:
    return bool(np.abs(pixel - expected).max() <= 8)


def test_it_shows_the_place_with_most_animals(cast) -> None:
    image = found(cast, [(100, 100), (1000, 700), (1040, 720), (1080, 690)])
    pixels = pixels_of(highlight(cast.viewer, image))
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    whole = make_pixels(1300, 900)  # red grows to the right, green downwards: a place is told by its colour
    assert near(pixels[HEIGHT // 2, WIDTH // 2], whole[700, 1040])


def test_tiny_animals_are_shown_twice_as_large_and_framed(cast) -> None:
    pixels = pixels_of(highlight(cast.viewer, found(cast, [(1000, 700)], length=12)))
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    middle, whole = (HEIGHT // 2, WIDTH // 2), make_pixels(1300, 900)
    assert near(pixels[middle], whole[700, 1000])
    assert near(pixels[middle[0], middle[1] + 100], whole[700, 1050])
    frame = pixels[middle[0], middle[1] - 12 - 4]  # half the animal at twice its size, and the space around it
    assert frame.min() > pixels[middle].min() + 40


def test_an_image_without_animals_is_shown_from_its_middle(cast) -> None:
    image = make_shown_image(survey=cast.survey, is_full=False)
    pixels = pixels_of(highlight(cast.viewer, image))
    middle = make_pixels(1300, 900)[450, 650]
    assert near(pixels[pixels.shape[0] // 2, pixels.shape[1] // 2], middle)


def test_before_the_full_resolution_is_there_the_preview_does(cast) -> None:
    image = found(cast, [(1000, 700)], is_full=False)
    assert pixels_of(highlight(cast.viewer, image)).shape[1] <= WIDTH


def test_an_image_smaller_than_the_picture_is_shown_whole(cast) -> None:
    image = found(cast, [(100, 50)], width=200, height=120)
    assert pixels_of(highlight(cast.viewer, image)).shape == (120, 200, 3)


def test_a_busy_picture_still_has_few_bytes() -> None:
    noise = np.random.default_rng(1).integers(60, 190, (HEIGHT // 3, WIDTH // 3, 3), np.uint8)
    assert len(_encode(np.ascontiguousarray(noise.repeat(3, 0).repeat(3, 1)))) <= MAX_BYTES


def test_it_is_kept_by_the_browser_of_one_person_only(cast, as_user) -> None:
    image = found(cast, [(100, 100)])
    answer = as_user(cast.viewer).get(f"/api/v1/images/{image.pk}/highlight.jpg")
    assert answer.status_code == 200
    assert answer["Cache-Control"].startswith("private, max-age=")
    assert len(answer.content) <= MAX_BYTES


def test_an_image_that_could_not_be_read_has_none(cast, as_user) -> None:
    image = make_shown_image(survey=cast.survey)
    Image.objects.filter(pk=image.pk).update(ingest_state="failed")
    client: Client = as_user(cast.viewer)
    assert client.get(f"/api/v1/images/{image.pk}/highlight.jpg").status_code == 404
