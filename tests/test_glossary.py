"""The glossary holds: every model stands in it, its words are on the pages, the words to avoid are on none."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/glossary.md").read_text()
ROOMS = ("surveys", "inference", "jobs", "viewer", "review")
WORD_TAGS = re.compile(
    r"{%\s*(?:block)?translate\s+[\"'](.*?)[\"']|{%\s*blocktranslate[^%]*%}(.*?){%\s*endblocktranslate", re.DOTALL
)
TRANSLATED = {"_", "gettext", "gettext_noop", "gettext_lazy", "ngettext", "ngettext_lazy"}


def rows(title: str) -> list[list[str]]:
    section = TEXT.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return cells[2:]


def in_code() -> set[str]:
    return {name for row in rows("Words") for name in re.findall(r"`(\w+)`", row[1])}


def words_of(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(",") if word.strip() != "-"]


def sentences() -> Iterator[str]:
    """Everything that pages and messages say."""
    for template in (ROOT / "templates").rglob("*.html"):
        for groups in WORD_TAGS.findall(template.read_text()):
            yield re.sub(r"{{.*?}}|{%.*?%}|<[^>]*>", " ", " ".join(groups))
    for room in (*ROOMS, "config", "imaging"):
        for source in (ROOT / room).rglob("*.py"):
            yield from spoken(ast.parse(source.read_text()))


def spoken(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATED:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


@pytest.fixture(scope="module")
def on_pages() -> str:
    return "\n".join(sentences()).lower()


def test_every_model_stands_in_the_glossary() -> None:
    models = {model.__name__ for room in ROOMS for model in apps.get_app_config(room).get_models()}
    assert models - in_code() == set()


def test_every_name_in_the_glossary_exists_in_the_code() -> None:
    code = "\n".join(source.read_text() for room in (*ROOMS, "imaging") for source in (ROOT / room).rglob("*.py"))
    assert {name for name in in_code() if not re.search(rf"\b{name}", code)} == set()


def test_every_word_of_the_glossary_is_on_some_page(on_pages: str) -> None:
    words = [word for row in rows("Words") for word in words_of(row[0])]
    assert len(words) > 20
    assert [word for word in words if not re.search(rf"\b{word}", on_pages)] == []


@pytest.mark.parametrize("word", [word for row in rows("Words that stand on no page") for word in words_of(row[0])])
def test_a_word_to_avoid_is_on_no_page(word: str, on_pages: str) -> None:
    found = re.findall(rf".*\b{re.escape(word.lower())}s?\b.*", on_pages)
    assert found == []
