"""The colours of the token sheet can be read: WCAG AA by arithmetic, in both themes."""

import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).parent.parent.parent / "static" / "css" / "tokens.css").read_text()
TEXT, SHAPE = 4.5, 3.0
ACCENTS = ("ochre", "acacia", "dusk", "clay")


def colours(theme: str) -> dict[str, str]:
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{(.*?)\}}', SHEET, re.S)
    assert block
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["ground", "card", "raised", "hover"])
@pytest.mark.parametrize("text", ["ink", "soft"])
def test_text_can_be_read_on_every_ground(theme: str, ground: str, text: str) -> None:
    found = colours(theme)
    assert contrast(found[text], found[ground]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("accent", ACCENTS)
def test_accents_can_be_read_on_cards_on_the_page_and_on_their_own_tint(theme: str, accent: str) -> None:
    found = colours(theme)
    for ground in ("card", "ground", f"{accent}-bg"):
        assert contrast(found[accent], found[ground]) >= TEXT, ground


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_filled_button_can_be_read_also_under_the_pointer(theme: str) -> None:
    found = colours(theme)
    assert contrast(found["on-ochre"], found["ochre"]) >= TEXT
    assert contrast(found["on-ochre"], found["ochre-deep"]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_borders_of_fields_and_bars_stand_out(theme: str) -> None:
    found = colours(theme)
    assert contrast(found["edge"], found["card"]) >= SHAPE
    for bar in ("ochre", "acacia", "clay"):
        assert contrast(found[bar], found["line"]) >= SHAPE, bar
