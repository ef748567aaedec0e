"""Was the model made for images like these? Only what the files say is held against it."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from imaging.exif import Exif
from inference.suitability import Known, complaints, known_of_file, known_of_survey, together, unsuitable_models
from surveys.files import original_path
from tests.factories.inference import make_model_version
from tests.factories.surveys import make_image

CARD = {"trained_gsd_cm": [2, 4], "view": ["nadir"]}


def test_the_distance_follows_from_height_and_angle() -> None:
    """100 m above ground a 24 mm lens of full frame shows 180.3 m along the diagonal."""
    known = known_of_file(Exif(height_m=100, focal_length_35mm=24, pitch_degrees=-90), 6000, 4000)
    assert known.view == "nadir"
    assert known.gsd_cm == pytest.approx(2.5, abs=0.001)


@pytest.mark.parametrize(
    "exif",
    [
        Exif(),
        Exif(height_m=100),
        Exif(focal_length_35mm=24),
        Exif(height_m=100, focal_length_35mm=24, pitch_degrees=-30),
        Exif(altitude_m=1500, focal_length_35mm=24),
    ],
    ids=["nothing", "no lens", "no height", "to the side", "above the sea alone"],
)
def test_without_height_above_ground_no_distance_is_claimed(exif: Exif) -> None:
    assert known_of_file(exif, 6000, 4000).gsd_cm is None


@pytest.mark.parametrize(
    ("pitch", "view"), [(-90, "nadir"), (-80, "nadir"), (-70, None), (-45, "oblique"), (0, "oblique")]
)
def test_the_view_follows_from_the_cameras_pitch(pitch: float, view: str | None) -> None:
    assert known_of_file(Exif(pitch_degrees=pitch), 6000, 4000).view == view


@pytest.mark.parametrize("gsd", [None, 1.6, 2, 3, 4, 5.1])
def test_nothing_is_said_where_it_fits_or_nothing_is_known(gsd: float | None) -> None:
    assert complaints(CARD, Known(gsd, None)) == []
    assert complaints({}, Known(gsd, "oblique")) == []


@pytest.mark.parametrize(("gsd", "word"), [(1.5, "larger"), (5.3, "smaller")])
def test_another_distance_is_said_with_both_numbers(gsd: float, word: str) -> None:
    [sentence] = complaints(CARD, Known(gsd, "nadir"))
    assert f"2 to 4 cm a pixel; by their files these images have about {gsd}" in sentence
    assert word in sentence


def test_another_view_is_said() -> None:
    assert complaints(CARD, Known(None, "oblique")) == [
        "It was trained on images taken straight down; by their files these were taken to the side."
    ]


def test_most_files_decide() -> None:
    assert together([Known(2, "nadir"), Known(3, "nadir"), Known(99, "oblique"), Known()]) == Known(3, "nadir")
    assert together([]) == Known()


@pytest.mark.shared
def test_a_drones_image_is_held_against_a_model_for_other_heights(cast: Any, as_user: Any, shared_data: Path) -> None:
    image = make_image(survey=cast.survey, width=5472, height=3648)
    shutil.copyfile(shared_data / "pelicans_dji_gps.jpg", original_path(image.pk))
    make_model_version(name="fits", card={"trained_gsd_cm": [1, 3], "view": ["nadir"]})
    far = make_model_version(name="far", card={"trained_gsd_cm": [8, 20], "view": ["nadir"]})
    make_model_version(name="gone", card={"trained_gsd_cm": [8, 20]}, retired_at="2026-01-01T00:00Z")
    known = known_of_survey(cast.survey)
    assert (round(known.gsd_cm or 0, 2), known.view) == (1.67, "nadir")
    assert [version for version, _ in unsuitable_models(cast.survey)] == [far]
    page = as_user(cast.analyst).get("/surveys/ruaha/runs/").content.decode()
    assert "<b>far, version 1:</b> It was trained for 8 to 20 cm a pixel" in page
    assert "<b>fits" not in page


def test_a_survey_whose_files_say_nothing_gets_no_warning(cast: Any) -> None:
    make_image(survey=cast.survey)
    make_model_version(card=CARD)
    assert unsuitable_models(cast.survey) == []
