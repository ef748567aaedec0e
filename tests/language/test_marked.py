"""Every text that people read is marked for translation: in the pure rooms, which know no gettext, and in templates."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import ROOT

SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:]? [^\W\d_]{2,}|[^\W\d_][.?!]$")
LAYER = re.compile(r"[a-z0-9_\\]+(\.[a-z0-9_\\]+)*\.")  # the front of a network layer's name, like rpn_head.conv.
MARKS = {"_", "gettext", "gettext_noop"}
FOR_PROGRAMMERS = {"ValueError", "IndexError", "TiffError", "JpegError", "ForkedAfterVipsError"}
# What libraries say, and names that are the same in all languages.
NO_SENTENCES = {
    "premature end of JPEG", "Premature end", "out of memory", "JPEG XL", "image/tiff; application=openslide",
    "ONNX Runtime", "DefaultCPUAllocator|not enough memory|bad_alloc",
}  # fmt: skip

NOT_TEXT = re.compile(
    r"{%\s*blocktranslate.*?endblocktranslate\s*%}|{#.*?#}|<!--.*?-->|<(script|style|code|pre)\b.*?</\1>"
    r"|{%\s*block \w+(class|attributes)\s*%}.*?{%\s*endblock.*?%}",
    re.DOTALL,
)
IN_BRACES = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
SPOKEN = re.compile(r"\s(?:title|alt|placeholder|aria-label|aria-description|aria-roledescription|label)=\"([^\"]*)\"")
UNTRANSLATED = re.compile(
    r"\b(Kopje|API|UTC|px|Esc|[a-z_]+\.(?:csv|xlsx|geojson)|Excel|GeoJSON|\w)\b"
)  # names, units, keys


def pure_modules() -> list[Path]:
    return sorted(path for room in ("imaging", "inference/engine") for path in (ROOT / room).rglob("*.py"))


def unmarked(node: ast.AST) -> Iterator[str]:
    """Texts that read like sentences and stand in no mark, no docstring and no error that only programmers see."""
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
    if is_docstring or called in MARKS | FOR_PROGRAMMERS:
        return
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    if SENTENCE.search(text) and not LAYER.fullmatch(text):
        yield text
    for part in ast.iter_child_nodes(node):
        yield from unmarked(part)


@pytest.mark.parametrize("path", pure_modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_of_a_pure_room_is_unmarked(path: Path) -> None:
    assert set(unmarked(ast.parse(path.read_text()))) - NO_SENTENCES == set()


@pytest.mark.parametrize(
    "line",
    [
        'raise CardError("The card is broken.")',
        'raise CardError(f"The card {name} is broken.")',
        'raise CardError("Broken.")',
        'allowed = "made of letters"',
        'SENTENCES = {"new": "This file is new."}',
        'raise CardError(_("Good.") + "Call the administrator.")',
    ],
)
def test_an_unmarked_sentence_is_noticed(line: str) -> None:
    assert list(unmarked(ast.parse(line)))


def unmarked_text(template: str) -> list[str]:
    """What a template says to people outside of its translations."""
    bare = IN_BRACES.sub("", NOT_TEXT.sub("", template))
    said = [*SPOKEN.findall(bare), *re.sub(r"<[^>]*>", "\n", bare).splitlines()]
    return [text.strip() for text in said if re.search(r"[^\W\d_]", UNTRANSLATED.sub("", text))]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: str(path.relative_to(ROOT / "templates"))
)
def test_no_text_of_a_template_is_unmarked(path: Path) -> None:
    assert unmarked_text(path.read_text()) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Nothing here yet.</p>",
        '<p>{% translate "Images" %} of {{ survey }}</p>',
        '<button title="Zoom in"></button>',
        '<img alt="An {{ animal }}">',
        "{% if survey %}<b>Done</b>{% endif %}",
    ],
)
def test_an_unmarked_text_of_a_template_is_noticed(template: str) -> None:
    assert unmarked_text(template)
