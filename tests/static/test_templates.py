"""Templates keep what the Content-Security-Policy and the icon sprite ask of them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPRITE = (ROOT / "static" / "img" / "icons.svg").read_text()

MODULES = (ROOT / "static" / "js" / "modules.js").read_text()

each_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))


@each_template
def test_no_style_script_or_handler_stands_in_the_page(template: Path) -> None:
    """The policy refuses them, and the page would only look or work differently."""
    text = template.read_text()
    assert not re.search(r"<[^>{]*\sstyle=", text)
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<[^>]*\s(on[a-z]+|hx-on\S*)=", text)
    assert "javascript:" not in text


@each_template
def test_every_icon_is_in_the_sprite(template: Path) -> None:
    for name in re.findall(r'_icon\.html" with name="([\w-]+)"', template.read_text()):
        assert f'id="{name}"' in SPRITE, f"add {name} to deploy/vendor_choice.json and run deploy/vendor.py"


@each_template
def test_every_behaviour_named_is_one_that_can_be_started(template: Path) -> None:
    for names in re.findall(r'data-module="([\w -]+)"', template.read_text()):
        for name in names.split():
            assert re.search(rf'^  "?{name}"?: \(\) =>', MODULES, re.M), f"static/js/modules.js knows no {name}"
