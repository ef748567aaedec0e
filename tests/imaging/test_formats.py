from pathlib import Path

import pytest

from imaging.errors import SENTENCES, UnreadableImageError
from imaging.formats import Format, identify
from tests.imaging.made import quarters, save


def refused(path: Path, content: bytes) -> UnreadableImageError:
    path.write_bytes(content)
    with pytest.raises(UnreadableImageError) as caught:
        identify(path)
    return caught.value


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", Format.JPEG), ("a.png", Format.PNG), ("a.tif", Format.TIFF)])
def test_a_file_is_what_it_contains_whatever_its_name_says(name: str, kind: Format, tmp_path: Path) -> None:
    path = save(tmp_path / name, quarters()).rename(tmp_path / "renamed.bmp")
    assert identify(path) is kind


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\0\0\0\x20ftypavif", "AVIF"),
        (b"\0\0\0\x20ftypheic", "HEIC"),
        (b"GIF89a", "GIF"),
        (b"BM\x36\0\0\0\0\0\0\0", "BMP"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (b"\0\0\0\x0cjP  \r\n", "JPEG 2000"),
        (b"\xff\x0a\0\0", "JPEG XL"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"8BPS\0\1", "Photoshop"),
        (b'<?xml version="1.0"?>\n<svg xmlns="', "SVG"),
        (b"<svg onload=alert(1)>", "SVG"),
    ],
)
def test_other_formats_are_refused_by_name(start: bytes, name: str, tmp_path: Path) -> None:
    error = refused(tmp_path / "image.jpg", start + bytes(100))
    assert error.code == "unsupported_format"
    assert str(error).startswith(f"{name} files are not supported")


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"FUJIFILMCCD-RAW 0201", "RAF"),
        (b"IIRO\x08\0\0\0", "ORF"),
        (b"\0\0\0\x18ftypcrx ", "CR3"),
        (b"II*\0\x10\0\0\0CR\x02\0", "CR2"),
    ],
)
def test_camera_raw_files_are_told_to_be_developed(start: bytes, name: str, tmp_path: Path) -> None:
    error = refused(tmp_path / "image.jpg", start + bytes(100))
    assert error.code == "raw_format"
    assert name in str(error)


def test_a_dng_is_known_by_its_tag(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", quarters(), tiffinfo={50706: b"\1\4\0\0"})
    assert refused(path, path.read_bytes()).code == "raw_format"


def test_a_video_is_called_one(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.jpg", b"\0\0\0\x18ftypmp42" + bytes(50)).code == "video"


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty"), (b"name,count\n", "not_an_image"), (b"\0" * 999, "not_an_image")]
)
def test_what_is_no_image_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    assert refused(tmp_path / "a.jpg", content).code == code


@pytest.mark.parametrize("content", [b"II*\0", b"II*\0\xff\xff\xff\0" + bytes(40), b"MM\0+\0\x08\0\0" + b"\xff" * 8])
def test_a_tiff_without_its_directory_was_cut_short(content: bytes, tmp_path: Path) -> None:
    assert refused(tmp_path / "a.tif", content).code == "truncated"


def test_every_sentence_ends_and_most_say_what_to_do() -> None:
    facts = {"name": "X", "megapixels": 1.0, "limit": 1.0, "remedy": "Cut it.", "kind": "k", "side": 1}
    for code in SENTENCES:
        sentence = str(UnreadableImageError(code, **facts))
        assert sentence.endswith(".")
        assert "{" not in sentence
