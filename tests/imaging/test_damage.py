"""Whatever is wrong with a file, the answer is an image or an UnreadableImageError."""

import random
from contextlib import suppress
from pathlib import Path

import pytest

from imaging.decode import read_upright
from imaging.errors import UnreadableImageError
from imaging.exif import read_exif
from imaging.preview import check_and_preview
from imaging.pyramid import is_shown_as_is
from imaging.strip import without_position
from tests.imaging.made import XMP, gps_exif, jpeg_bytes, mapped_tiff, noise, save

ROUNDS = 25


def originals(folder: Path) -> dict[str, bytes]:
    return {
        "jpeg": jpeg_bytes(noise(90, 70), exif=gps_exif(orientation=6), xmp=XMP),
        "progressive": jpeg_bytes(noise(90, 70), progressive=True),
        "png": save(folder / "a.png", noise(90, 70), exif=gps_exif()).read_bytes(),
        "tiff": save(folder / "a.tif", noise(90, 70), compression="tiff_lzw").read_bytes(),
        "map": mapped_tiff(),
        "bigtiff": mapped_tiff(big=True),
    }


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, most of them where the structure is: at the beginning and at the end."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 2, 5, 20])):
        place = chance.randrange(min(len(data), 700))
        changed[place if chance.random() < 0.6 else -1 - place] = chance.choice([0, 255, chance.randrange(256)])
    return bytes(changed)


@pytest.mark.parametrize("kind", ["jpeg", "progressive", "png", "tiff", "map", "bigtiff"])
def test_damage_of_any_kind_is_answered(kind: str, tmp_path: Path) -> None:
    chance, original = random.Random(kind), originals(tmp_path)[kind]
    path, out = tmp_path / "damaged", tmp_path / "out"
    for _ in range(ROUNDS):
        path.write_bytes(damaged(original, chance))
        for look in (read_upright, read_exif, is_shown_as_is):
            with suppress(UnreadableImageError):
                look(path)
        for write in (check_and_preview, without_position):
            with suppress(UnreadableImageError):
                write(path, out)


@pytest.mark.parametrize("kind", ["jpeg", "progressive", "png", "tiff", "map", "bigtiff"])
def test_what_passes_the_check_can_be_decoded(kind: str, tmp_path: Path) -> None:
    chance, original = random.Random(kind), originals(tmp_path)[kind]
    path, passed = tmp_path / "damaged", 0
    for _ in range(ROUNDS):
        path.write_bytes(damaged(original, chance))
        try:
            header = check_and_preview(path, tmp_path / "preview.tif")
        except UnreadableImageError:
            continue
        assert read_upright(path).shape == (header.height, header.width, 3)
        passed += 1
    assert passed
