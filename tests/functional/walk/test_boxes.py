"""Boxes are drawn where the API says, all four sides of them, in the colour of their label."""

import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Page

from tests.functional.walk.journey import Walk, open_image

pytestmark = [pytest.mark.slow, pytest.mark.shared]

NAME = "koger_4096x2160.jpg"
SCALE = 2  # screen pixels an image pixel
N_BOXES, N_LABELS = 6, 3
NAME_TAG = (130, 30)  # image pixels that the tag of another box may cover, to its right and above it
NEAR = 8
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Box:
    """In image pixels."""

    left: float
    top: float
    right: float
    bottom: float
    label: str
    score: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def is_clear_of(self, other: "Box") -> bool:
        """Nothing that is drawn for the other box comes near to a side of this one."""
        right = max(other.right, other.left + NAME_TAG[0])
        is_beside = other.left - NEAR > self.right or right + NEAR < self.left
        return is_beside or other.top - NAME_TAG[1] - NEAR > self.bottom or other.bottom + NEAR < self.top


@pytest.fixture(scope="module")
def boxes(walk: Walk) -> list[Box]:
    """Of the surest boxes that stand alone: the first of each label, then the next."""
    answer = walk.page.request.get(f"/api/v1/images/{walk.images[NAME]['id']}/detections/?layout=rows").json()
    found = [Box(*(row[name] for name in Box.__annotations__)) for row in answer["detections"]]
    alone = [box for box in found if all(box is other or box.is_clear_of(other) for other in found)]
    labels = [box.label for box in alone]
    chosen = sorted(alone, key=lambda box: (labels.index(box.label) != alone.index(box), -box.score))[:N_BOXES]
    assert len(chosen) == N_BOXES
    assert len({box.label for box in chosen}) >= N_LABELS
    return chosen


def colours_of(page: Page) -> dict[str, Colour]:
    """Of each label, as its button on the page shows it."""
    chips = page.locator("[data-part=chips] button")
    script = "(chip) => [chip.querySelector('[data-name]').textContent, getComputedStyle(chip.querySelector('[data-dot]')).backgroundColor]"  # noqa: E501
    pairs = [chip.evaluate(script) for chip in chips.all()]
    return {label: tuple(map(int, re.findall(r"\d+", colour)))[:3] for label, colour in pairs}  # type: ignore[misc]


def sides(pixels: np.ndarray, box: tuple[float, ...], colour: Colour, *, reach: int, tolerance: int) -> list[float]:
    """How much of each side of left, top, right, bottom has the colour, at most `reach` pixels away."""
    left, top, right, bottom = (round(side) for side in box)
    is_near = np.abs(pixels.astype(int) - colour).max(axis=-1) <= tolerance
    inner_x, inner_y = slice(left + 4, right - 4), slice(top + 4, bottom - 4)
    upright = [is_near[inner_y, max(0, x - reach) : x + reach + 1].any(axis=1).mean() for x in (left, right)]
    level = [is_near[max(0, y - reach) : y + reach + 1, inner_x].any(axis=0).mean() for y in (top, bottom)]
    return [float(share) for share in (upright[0], level[0], upright[1], level[1])]


def screen(page: Page) -> np.ndarray:
    page.mouse.move(5, 5)
    return np.asarray(Pillow.open(io.BytesIO(page.screenshot())).convert("RGB"))


def on_stage(page: Page, box: Box) -> tuple[float, ...]:
    """Where the box should be on the screen when its middle lies in the middle of the stage."""
    stage: Any = page.locator("[data-part=map]").bounding_box()
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    half_width, half_height = (box.right - box.left) / 2 * SCALE, (box.bottom - box.top) / 2 * SCALE
    return x - half_width, y - half_height, x + half_width, y + half_height


@pytest.mark.parametrize("number", range(N_BOXES))
def test_a_box_is_drawn_on_all_four_sides_in_the_colour_of_its_label(number: int, walk: Walk, boxes: list[Box]) -> None:
    box, page = boxes[number], walk.page
    x, y = box.middle
    open_image(page, walk.images[NAME], f"#x={x}&y={y}&s={SCALE}")
    place, colour = on_stage(page, box), colours_of(page)[box.label]
    drawn = sides(screen(page), place, colour, reach=2, tolerance=40)
    page.keyboard.press("o")
    page.wait_for_timeout(300)
    hidden = sides(screen(page), place, colour, reach=2, tolerance=40)
    assert all(0.35 < share < 0.85 for share in drawn), f"dashes on each side of {box}: {drawn}"
    assert max(hidden) < 0.05, f"none while boxes are hidden: {hidden}"


def test_labels_beside_one_another_differ_in_colour(walk: Walk, boxes: list[Box]) -> None:
    open_image(walk.page, walk.images[NAME])
    colours = colours_of(walk.page)
    assert len({colours[box.label] for box in boxes}) >= N_LABELS


def test_the_image_with_boxes_for_download_has_them_at_the_same_places(walk: Walk, boxes: list[Box]) -> None:
    open_image(walk.page, walk.images[NAME])
    colours = colours_of(walk.page)
    answer = walk.page.request.get(f"/api/v1/images/{walk.images[NAME]['id']}/annotated.jpg")
    pixels = np.asarray(Pillow.open(io.BytesIO(answer.body())).convert("RGB"))
    for box in boxes:
        place = (box.left, box.top, box.right, box.bottom)
        shares = sides(pixels, place, colours[box.label], reach=3, tolerance=60)
        assert min(shares) > 0.8, f"a line on each side of {box}: {shares}"
