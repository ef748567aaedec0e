"""The committed copies of other projects' files are what VENDOR.json says, and what the pages may load."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "static"
RECORD = json.loads((STATIC / "vendor" / "VENDOR.json").read_text())


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(ROOT / "deploy")
    import vendor

    yield vendor
    for name in ("vendor", "css_subset"):
        sys.modules.pop(name)


@pytest.fixture
def copies(vendor: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A static folder with one recorded file."""
    monkeypatch.setattr(vendor, "STATIC", tmp_path)
    monkeypatch.setattr(vendor, "RECORD", tmp_path / "vendor" / "VENDOR.json")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "a.js").write_text("let a;")
    vendor.RECORD.write_text(json.dumps({"vendor/a.js": {"sha256": vendor.sha256(tmp_path / "vendor" / "a.js")}}))
    return tmp_path / "vendor"


def test_every_committed_copy_is_as_recorded(vendor: ModuleType) -> None:
    assert list(vendor.compare()) == []


def test_an_untouched_copy_raises_no_complaint(vendor: ModuleType, copies: Path) -> None:
    assert list(vendor.compare()) == []


def test_a_copy_changed_by_hand_is_named(vendor: ModuleType, copies: Path) -> None:
    (copies / "a.js").write_text("let b;")
    assert "vendor/a.js was changed by hand" in next(vendor.compare())


def test_a_missing_copy_is_named(vendor: ModuleType, copies: Path) -> None:
    (copies / "a.js").unlink()
    assert "vendor/a.js is missing" in next(vendor.compare())


def test_a_file_nobody_recorded_is_named(vendor: ModuleType, copies: Path) -> None:
    (copies / "b.js").write_text("let b;")
    assert "vendor/b.js is not in VENDOR.json" in next(vendor.compare())


def test_every_package_comes_with_version_licence_and_its_text() -> None:
    for target, facts in RECORD.items():
        assert {"package", "version", "licence", "sha256"} <= facts.keys(), target
    packages = {facts["package"] for facts in RECORD.values()}
    assert {facts["package"] for target, facts in RECORD.items() if target.endswith("LICENSE")} == packages


def test_versions_are_those_of_the_lock_file() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for facts in RECORD.values():
        assert facts["version"] == locked[f"node_modules/{facts['package']}"]["version"]


def test_no_copy_points_to_a_source_map_or_to_another_host() -> None:
    for target in RECORD:
        if target.endswith((".js", ".css")):
            text = (STATIC / target).read_text()
            assert "sourceMappingURL" not in text, target
            assert not re.search(r"""(@import|url\()\s*["']?(https?:)?//""", text), target
