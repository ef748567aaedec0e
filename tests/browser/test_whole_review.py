"""An image of some hundred real detections, reviewed from the first box to the last by keyboard alone."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Page, expect

from imaging.preview import check_and_preview
from imaging.pyramid import write_pyramid
from inference.engine import SearchSettings, load_card, load_detector, search_image
from inference.models import Detection
from review.models import Review
from surveys.files import preview_path, pyramid_path
from surveys.models import Image, ImageLabel, Observation
from tests.browser.test_reviewing import press, states
from tests.browser.test_viewer import open_image
from tests.factories.inference import make_model_version, make_result_set, make_run
from tests.factories.models import make_yolox_folder
from tests.factories.surveys import make_image
from tests.services import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.shared, pytest.mark.django_db(transaction=True)]
VERDICTS = "crcdrculrc"  # one after another, over and over; `l` is answered in its dialog
N_BOXES = 100


@pytest.fixture
def image(cast: Any, shared_data: Path, tmp_path: Path) -> Image:
    """The hundred surest boxes of the real YOLOX on a real image, at a low threshold."""
    file = shared_data / "buffalo" / "koger_4096x2160.jpg"
    pixels = np.asarray(Pillow.open(file).convert("RGB"))
    folder = make_yolox_folder(shared_data, tmp_path / "yolox", score_threshold=0.1)
    card = load_card(folder)
    found = search_image(pixels, load_detector(folder), SearchSettings.from_card(card)).boxes
    found = found.take(np.argsort(-found.score)[:N_BOXES])
    assert len(found) == N_BOXES
    facts = {"search_state": "searched", "n_detections": N_BOXES, "pyramid_state": "ready"}
    image = make_image(survey=cast.survey, width=pixels.shape[1], height=pixels.shape[0], **facts)
    check_and_preview(file, preview_path(image.pk))
    write_pyramid(pixels, pyramid_path(image.pk))
    run = make_run(cast.survey, model_version=make_model_version(card={"labels": list(card.labels)}))
    make_result_set(run, image, state="searched", n_detections=N_BOXES, searched_at="2026-01-01T00:00Z")
    names = [card.labels[label] for label in found.label]
    sides = ("left", "top", "right", "bottom", "score")
    columns = zip(*(getattr(found, side).astype(float) for side in sides), strict=True)
    Detection.objects.bulk_create(
        Detection(run=run, image=image, label=name, **dict(zip(sides, row, strict=True)))
        for name, row in zip(names, columns, strict=True)
    )
    ImageLabel.objects.bulk_create(
        ImageLabel(image=image, run=run.pk, label=name, n_detections=n) for name, n in Counter(names).items()
    )
    return image


def saved(page: Page) -> None:
    """A hundred verdicts are shown at once and sent one after the other."""
    expect(page.locator("[data-part=saving]")).to_have_text("Saved", timeout=120_000)


def say_what(page: Page, species: str, count: int) -> None:
    """In the open dialog."""
    page.keyboard.type(species)
    page.keyboard.press("Tab")
    page.keyboard.type(str(count))
    page.keyboard.press("Enter")


def judge_all(page: Page) -> Counter[str]:
    page.keyboard.press("n")
    said = Counter[str]()
    for turn in range(N_BOXES):
        key = VERDICTS[turn % len(VERDICTS)]
        page.keyboard.press(key)
        said[key] += 1
        if key == "l":
            say_what(page, "eland", 2)
    return said


def draw(page: Page, species: str, count: int, *moves: str) -> None:
    for key in ("a", *moves, "Enter"):
        page.keyboard.press(key)
    say_what(page, species, count)


def csv_of(page: Page, table: str) -> list[dict[str, str]]:
    text = page.request.get(f"/api/v1/surveys/ruaha/exports/{table}.csv").text()
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def counted() -> Counter[str]:
    rows = Observation.objects.filter(withdrawn_at=None).values_list("species", "count")
    return sum((Counter({species: count}) for species, count in rows), Counter())


def everything() -> list[Any]:
    """What lists, counts and exports read."""
    labels = ("label", "n_detections", "n_confirmed", "n_rejected", "n_matched", "n_suppressed")
    return [
        list(Detection.objects.order_by("pk").values()),
        list(ImageLabel.objects.order_by("label").values_list(*labels)),
        list(Image.objects.values_list("review_state", "n_detections")),
        counted(),
    ]


def test_a_hundred_boxes_are_reviewed_by_keyboard_alone_and_all_of_it_is_undone(
    cast: Any, page_as: Callable[..., Page], image: Image
) -> None:
    first = everything()
    page = open_image(page_as(cast.reviewer), image)
    said = judge_all(page)
    draw(page, "hartebeest", 40, "Shift+ArrowLeft", "Shift+ArrowUp")
    draw(page, "hartebeest", 1, "Shift+ArrowRight", "Alt+ArrowDown")
    page.keyboard.press("Home")
    for key in ("n", "e", "ArrowRight", "Alt+Shift+ArrowDown", "Enter"):  # one is moved
        page.keyboard.press(key)
    press(page, "m")
    saved(page)
    wait_until(lambda: Image.objects.get().review_state == "reviewed", what="the image to be reviewed")
    animals = counted()
    assert animals["hartebeest"] == 41
    assert animals["eland"] == 2 * said["l"]
    assert sum(animals.values()) - 41 - animals["eland"] == said["c"]
    assert Detection.objects.filter(verdict="duplicate").count() == said["d"]
    moved = Review.objects.filter(detection__isnull=False, left__isnull=False)
    assert moved.count() == 1

    table = csv_of(page, "image_counts")
    assert Counter({row["species"]: int(row["n_animals"]) for row in table if row["n_animals"] != "0"}) == animals
    assert len(csv_of(page, "observations")) == Observation.objects.filter(withdrawn_at=None).count()
    listed = page.request.get(f"/api/v1/images/{image.pk}/observations/?page_size=200").json()["results"]
    assert sum(row["count"] for row in listed) == sum(animals.values())

    shown = states(page)
    open_image(page, image)
    n = min(len(shown), len(states(page)))  # the list draws the rows that there is room for
    assert n > 5
    assert states(page)[:n] == shown[:n]
    expect(page.locator("[data-part=list]")).to_contain_text("40 × hartebeest")
    expect(page.locator("[data-part=image-state]")).to_have_text("reviewed")
    assert everything() != first


def test_undo_all_the_way_back_gives_the_first_state(cast: Any, page_as: Callable[..., Page], image: Image) -> None:
    first = everything()
    page = open_image(page_as(cast.reviewer), image)
    judge_all(page)
    draw(page, "hartebeest", 40, "Shift+ArrowLeft")
    draw(page, "hartebeest", 1, "Shift+ArrowRight")
    for key in ("n", "e", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    saved(page)
    wait_until(lambda: Review.objects.count() == N_BOXES + 3, what="everything to be saved")
    press(page, "z" * (N_BOXES + 3))
    saved(page)
    wait_until(lambda: everything() == first, what="the first state")
    assert states(page)[0] == "not reviewed"
