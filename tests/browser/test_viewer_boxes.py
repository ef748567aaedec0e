"""Boxes on the image page, pixel by pixel: where their edges are, and what hovering tells."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page

from tests.browser.test_viewer import (
    HEIGHT,
    MIDDLE,
    OCHRE,
    SKY,
    WIDTH,
    make_searched_image,
    near,
    open_image,
    screen,
    stage_of,
)
from tests.services import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Colour = tuple[int, int, int]
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LARGE = ("buffalo", 0.9, 600, 400, 700, 480, "confirmed")
SMALL = ("buffalo", 0.87, 640, 420, 670, 450, "")  # too small for a name of its own
OTHER = ("zebra", 0.45, 760, 520, 790, 550, "")


def on_screen(page: Page, x: float, y: float, scale: float = 1) -> tuple[float, float]:
    """A place of the image in CSS pixels, the image's middle being in the middle of the stage."""
    stage = stage_of(page)
    left, top = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    return left + (x - WIDTH / 2) * scale, top + (y - HEIGHT / 2) * scale


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_all_four_edges_of_a_box_are_where_the_api_says(
    cast: SimpleNamespace, page_as: Callable[..., Page], ratio: float
) -> None:
    page = open_image(page_as(cast.viewer, device_scale_factor=ratio), make_searched_image(cast, [LARGE]), MIDDLE)
    wait_until(lambda: near(screen(page), SKY).any(), what="the box")
    left, top = (round(place * ratio) for place in on_screen(page, *LARGE[2:4]))
    right, bottom = (round(place * ratio) for place in on_screen(page, *LARGE[4:6]))
    drawn, rim, beyond = near(screen(page), SKY), round(2 * ratio), round(8 * ratio)
    inner_columns, inner_rows = slice(left + beyond, right - beyond), slice(top + beyond, bottom - beyond)
    for x in (left, right):
        assert drawn[inner_rows, x - rim : x + rim].any(axis=1).mean() > 0.95
    for y in (top, bottom):
        assert drawn[y - rim : y + rim, inner_columns].any(axis=0).mean() > 0.95
    assert not drawn[top + rim + 1 : bottom - rim - 1, left + rim + 1 : right - rim - 1].any(), "inside the box"
    assert not drawn[inner_rows, left - beyond : left - rim - 1].any(), "left of it"
    assert not drawn[inner_rows, right + rim + 1 : right + beyond].any(), "right of it"
    assert not drawn[bottom + rim + 1 : bottom + beyond, left:right].any(), "below it"


KEEP_WORDS = """
window.words = [];
const fillText = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
  window.words.push(text);
  return fillText.call(this, text, ...place);
};
"""


@pytest.fixture
def page(cast: SimpleNamespace, page_as: Callable[..., Page]) -> Page:
    """The image in full size; `window.words` are the words written onto canvases."""
    page = page_as(cast.viewer)
    page.add_init_script(KEEP_WORDS)
    return open_image(page, make_searched_image(cast, [SMALL, OTHER]), MIDDLE)


def words(page: Page) -> list[str]:
    """Those written since they were last asked for."""
    page.evaluate(NEXT_FRAME)
    return page.evaluate("() => window.words.splice(0)")


def point_at(page: Page, box: tuple) -> None:
    page.mouse.move(*on_screen(page, (box[2] + box[4]) / 2, (box[3] + box[5]) / 2))
    page.evaluate(NEXT_FRAME)


def has_tag(page: Page, box: tuple, colour: Colour) -> bool:
    """A plate of the label's colour above the box."""
    x, y = map(round, on_screen(page, box[2], box[3]))
    return bool(near(screen(page)[y - 22 : y - 5, x + 2 : x + 60], colour).mean() > 0.5)


def test_hovering_tells_label_and_score_and_leaving_hides_them(page: Page) -> None:
    assert words(page) == []
    point_at(page, SMALL)
    assert words(page) == ["buffalo 0.87"]
    assert has_tag(page, SMALL, SKY)
    point_at(page, OTHER)
    assert words(page) == ["zebra 0.45"]
    assert (has_tag(page, SMALL, SKY), has_tag(page, OTHER, OCHRE)) == (False, True)
    page.mouse.move(*on_screen(page, 300, 300))
    assert words(page) == []
    assert not has_tag(page, OTHER, OCHRE)


def test_leaving_the_image_from_a_box_hides_its_name(page: Page) -> None:
    point_at(page, SMALL)
    assert has_tag(page, SMALL, SKY)
    page.mouse.move(5, 5)
    assert words(page) == ["buffalo 0.87"]
    assert not has_tag(page, SMALL, SKY)


LEAVE_AT_ONCE = """([x, y]) => {
  const map = document.querySelector("[data-part=map]");
  const event = (type, more) => new MouseEvent(type, { clientX: x, clientY: y, bubbles: true, ...more });
  map.dispatchEvent(event("mousemove"));
  map.dispatchEvent(event("mouseout", { relatedTarget: document.body }));
}"""


def test_a_pointer_that_is_gone_before_the_next_frame_leaves_no_name(page: Page) -> None:
    page.evaluate(LEAVE_AT_ONCE, list(on_screen(page, 655, 435)))
    assert words(page) == []
    assert not has_tag(page, SMALL, SKY)


@pytest.mark.parametrize("edge", ["upper", "right"])
def test_a_name_is_in_view_also_where_its_box_lies_at_the_edge_of_the_view(page: Page, edge: str) -> None:
    stage = stage_of(page)
    x, y = (0, 10 - stage["height"] / 2) if edge == "upper" else (stage["width"] / 2 - 20, 0)  # from the middle
    page.goto(f"{page.url.split('#')[0]}#x={655 - x}&y={435 - y}&s=1")
    page.wait_for_timeout(500)
    page.mouse.move(stage["x"] + stage["width"] / 2 + x, stage["y"] + stage["height"] / 2 + y)
    assert words(page)[-1] == "buffalo 0.87"
    top, right = round(stage["y"]), round(stage["x"] + stage["width"])
    assert near(screen(page)[top:, :right], SKY).sum() > 900, "the plate of the name"
