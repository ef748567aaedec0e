"""What the documents promise exists, and what exists is documented."""

import re
from pathlib import Path

from jobs.registry import get_kind, kind_names

ROOT = Path(__file__).parent.parent
SOURCES = [ROOT / "config/settings.py", ROOT / "config/environment.py"]


def documented_settings() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.M))


def read_settings() -> set[str]:
    text = "".join(path.read_text() for path in SOURCES)
    return set(re.findall(r'(?:environ\.get|number|text|flag|words|choice)\(\s*"([A-Z_]+)"', text))


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    assert documented_settings() == read_settings()


def test_every_linked_document_exists() -> None:
    broken = []
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            if not (document.parent / target).exists():
                broken.append(f"{document.name}: {target}")
    assert broken == []


def test_every_kind_of_job_is_documented_and_every_documented_one_is_registered() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| ([a-z]+) \|", (ROOT / "docs/queue.md").read_text(), re.M)
    assert dict(rows) == {name: get_kind(name).queue for name in kind_names()}


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py") if path.stem != "__init__"}
    rows = re.findall(r"^\| (`[a-z].*?) \|", (ROOT / "docs/commands.md").read_text(), re.M)
    assert {name for row in rows for name in re.findall(r"`([a-z0-9_]+)", row)} == commands


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {
        name
        for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
        for name in re.findall(r"`make ([a-z-]+)", document.read_text())
    }
    assert named - targets == set()
