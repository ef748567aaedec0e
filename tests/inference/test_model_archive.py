"""An archive from anywhere: only the files of a model folder come out of it, by their own names."""

import io
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from inference import model_archive
from inference.model_archive import card_of_archive, unpack
from inference.registry import RegistryError
from tests.inference.uploads import starter_files, zipped

CARD = {"card.json": starter_files()["card.json"]}
SMALL = CARD | {"model.onnx": b"weights"}


def unpacked(content: bytes, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    unpack(io.BytesIO(content), folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("prefix", ["", "starter/", "a/b/c/"])
def test_a_model_folder_comes_out_as_it_was(tmp_path: Path, prefix: str) -> None:
    content = zipped({prefix + name: part for name, part in SMALL.items()})
    assert card_of_archive(io.BytesIO(content)).name == "starter"
    assert unpacked(content, tmp_path / "out") == SMALL


def test_what_else_lies_in_the_folder_stays_behind(tmp_path: Path) -> None:
    more = {"README.md": b"words", "__MACOSX/._card.json": b"x", "__MACOSX/card.json": b"x", "run.py": b"import os"}
    assert unpacked(zipped(SMALL | more), tmp_path / "out") == SMALL


@pytest.mark.parametrize(
    "name", ["../card.json", "a/../../card.json", "/etc/card.json", "..\\card.json", "C:\\card.json"]
)
def test_a_path_that_leads_out_is_refused_and_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(RegistryError, match="leads out of its folder"):
        unpacked(zipped(SMALL | {name: b"x"}), tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_link_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("card.json", CARD["card.json"])
        link = zipfile.ZipInfo("model.onnx")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(RegistryError, match="holds a link"):
        unpacked(out.getvalue(), tmp_path / "out")


def test_an_archive_that_unpacks_to_more_than_a_model_is_stopped(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(model_archive.FILES, "model.onnx", 10_000_000)
    bomb = zipped(CARD | {"model.onnx": bytes(50_000_000)})
    assert len(bomb) < 1_000_000
    with pytest.raises(RegistryError, match="larger than the 10 MB"):
        unpacked(bomb, tmp_path / "out")
    assert (tmp_path / "out" / "model.onnx").stat().st_size <= 10_000_000


def test_what_leaves_no_room_on_the_disk_is_not_unpacked(tmp_path: Path, settings: Any) -> None:
    settings.DISK_FLOOR_BYTES = 2**60
    with pytest.raises(RegistryError, match="no room on the server's disk"):
        unpacked(zipped(SMALL), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_sizes_that_the_archive_lies_about_do_not_help_it(tmp_path: Path) -> None:
    content = bytearray(zipped({"card.json": b" " * 3_000_000}))
    for marker, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.rindex(marker) + at, 100)
    with pytest.raises(RegistryError):
        unpacked(bytes(content), tmp_path / "out")


@pytest.mark.parametrize("length", [1, 20_000])
def test_an_archive_with_a_list_of_very_many_files_is_refused(length: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}".rjust(length, "0"), b"")
    with pytest.raises(RegistryError, match="more than a model folder does"):
        card_of_archive(out)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"model.onnx": b"x"}, r"There is no card\.json in the archive"),
        (CARD, r"The weights model\.onnx are missing beside card\.json"),
        ({"a/card.json": CARD["card.json"], "b/model.onnx": b"x"}, "several folders"),
        ({"a/card.json": CARD["card.json"], "b/card.json": b"x"}, r"card\.json twice"),
        (SMALL | {"card.json": b"{"}, "not valid JSON"),
        (SMALL | {"card.json": b"{}"}, "'name' is missing"),
        (SMALL | {"card.json": b" " * 2_000_000}, "larger than 1000000 bytes"),
    ],
)
def test_an_archive_without_a_model_folder_says_what_is_wrong(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(RegistryError, match=said):
        card_of_archive(io.BytesIO(zipped(files)))


@pytest.mark.parametrize("content", [b"", b"no archive", zipped(SMALL)[:-30], zipped(SMALL)[40:]])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(RegistryError, match="damaged, or packed in a way"):
        card_of_archive(io.BytesIO(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_ways_of_packing_that_are_unpacked_in_one_piece_are_refused(method: int) -> None:
    """A hundred bytes of theirs may stand for gigabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("card.json", CARD["card.json"])
    with pytest.raises(RegistryError, match="packed in a way that is not known"):
        card_of_archive(out)


def test_a_file_without_a_name_is_damage() -> None:
    nameless = bytearray(zipped({"x": b""} | SMALL))
    at = nameless.index(b"PK\x01\x02")
    struct.pack_into("<HH", nameless, at + 28, 0, 0)
    del nameless[at + 46]
    end = nameless.rindex(b"PK\x05\x06")
    struct.pack_into("<I", nameless, end + 12, struct.unpack_from("<I", nameless, end + 12)[0] - 1)
    with pytest.raises(RegistryError, match="damaged"):
        card_of_archive(io.BytesIO(bytes(nameless)))


def test_a_place_beyond_all_files_is_damage() -> None:
    content = bytearray(zipped(SMALL))
    at = content.index(b"PK\x01\x02")
    far = struct.pack("<HHQ", 1, 8, 2**63 + 5)  # as a file of more than 4 GB says where a part begins
    struct.pack_into("<H", content, at + 30, len(far))
    struct.pack_into("<I", content, at + 42, 0xFFFFFFFF)
    content[at + 46 + len("card.json") : at + 46 + len("card.json")] = far
    end = content.rindex(b"PK\x05\x06")
    struct.pack_into("<I", content, end + 12, struct.unpack_from("<I", content, end + 12)[0] + len(far))
    with pytest.raises(RegistryError, match="damaged"):
        card_of_archive(io.BytesIO(bytes(content)))


def test_damage_inside_is_found_while_unpacking(tmp_path: Path) -> None:
    content = bytearray(zipped(CARD | {"model.onnx": bytes(range(256)) * 40}))
    at = content.index(b"model.onnx") + 30
    content[at : at + 8] = b"\0" * 8
    with pytest.raises(RegistryError, match="damaged"):
        unpacked(bytes(content), tmp_path / "out")


def test_a_password_is_asked_to_be_left_out() -> None:
    content = bytearray(zipped(SMALL))
    at = 0
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1
    with pytest.raises(RegistryError, match="locked by a password"):
        card_of_archive(io.BytesIO(bytes(content)))
