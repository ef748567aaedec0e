import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps
from simplejpeg import decode_jpeg

from imaging.decode import read_upright
from imaging.errors import UnreadableImageError
from imaging.exif import read_exif
from imaging.preview import check_and_preview
from imaging.pyramid import write_pyramid, write_pyramid_from_file
from imaging.tiles import TileFile, Tileset
from tests.imaging.looks import TOLERANCE, difference, look_of, other_ways_round
from tests.imaging.measured import check_apart
from tests.imaging.outcomes import OUTCOMES, Accepted, Refused, one_by_one

pytestmark = pytest.mark.shared

ACCEPTED = {name: outcome for name, outcome in OUTCOMES.items() if isinstance(outcome, Accepted)}
REFUSED = {name: outcome for name, outcome in OUTCOMES.items() if isinstance(outcome, Refused)}
# The same whichever way round: plain, noise, or a picture mirrored along its diagonal.
WITHOUT_AN_UP = {
    *("odd/12in16bit.tif", "odd/16bit.cropped.tif", "odd/broken_exif_dpi.jpg", "odd/empty_gps_ifd.jpg"),
    *("odd/exif_gps.jpg", "odd/invalid-exif.jpg", "odd/multiple_exif.jpg", "geotiff/cog_world.tif"),
}
FOLDERS = ("odd", "geotiff", "slide", "caliterra", "sealions/train", "sealions/test", "buffalo")


def test_the_table_names_every_file(shared_data: Path) -> None:
    files = {f"{folder}/{path.name}" for folder in FOLDERS for path in (shared_data / folder).iterdir()}
    assert files | {"pelicans_dji_gps.jpg"} == set(OUTCOMES)


@pytest.mark.parametrize("name", one_by_one(ACCEPTED))
def test_a_good_file_gets_its_size_and_a_preview_of_its_look(name: str, shared_data: Path, tmp_path: Path) -> None:
    expected = ACCEPTED[name]
    header = check_and_preview(shared_data / name, tmp_path / "preview.tif")
    assert (header.width, header.height, header.media_type) == (expected.width, expected.height, expected.media_type)
    tiles = Tileset(header.width, header.height, preview=tmp_path / "preview.tif")
    tile, shrunk = decode_jpeg(tiles.read(0, 0, 0)), 2**tiles.max_zoom
    assert difference(look_of(tile[: header.height // shrunk, : header.width // shrunk]), expected.look) <= TOLERANCE


@pytest.mark.parametrize("name", ACCEPTED)
def test_time_and_position_are_those_the_camera_wrote(name: str, shared_data: Path) -> None:
    expected, exif = ACCEPTED[name], read_exif(shared_data / name)
    assert (exif.captured_at.isoformat() if exif.captured_at else None) == expected.captured_at
    position = (exif.latitude, exif.longitude) if exif.latitude is not None else None
    assert position == (pytest.approx(expected.position, abs=1e-6) if expected.position else None)
    assert exif.altitude_m == (pytest.approx(expected.altitude_m) if expected.altitude_m is not None else None)


def test_the_look_of_an_image_tells_which_way_is_up() -> None:
    nearest = {
        name: min(
            difference(outcome.look, way) for way in other_ways_round(outcome.look, outcome.width, outcome.height)
        )
        for name, outcome in ACCEPTED.items()
    }
    assert {name for name, change in nearest.items() if change < 2 * TOLERANCE} == WITHOUT_AN_UP


@pytest.mark.parametrize("name", one_by_one(name for name in ACCEPTED if name != "geotiff/cog_world.tif"))
def test_a_good_file_decodes_upright(name: str, shared_data: Path) -> None:
    pixels = read_upright(shared_data / name)
    assert pixels.shape == (ACCEPTED[name].height, ACCEPTED[name].width, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert difference(look_of(pixels), ACCEPTED[name].look) <= TOLERANCE


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_by_name_and_leaves_nothing(name: str, shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError) as caught:
        check_and_preview(shared_data / name, tmp_path / "previews" / "preview.tif")
    assert (caught.value.code, str(caught.value)) == (REFUSED[name].code, REFUSED[name].sentence)
    assert list(tmp_path.glob("previews/*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_costs_less_than_two_seconds_and_300_mb(name: str, shared_data: Path) -> None:
    result = check_apart(shared_data / name)
    assert result.code == REFUSED[name].code
    assert result.seconds < 2
    assert result.peak_mb < 300


def test_an_orthomosaic_larger_than_an_image_may_be_is_not_decoded_whole(shared_data: Path) -> None:
    with pytest.raises(UnreadableImageError, match="648 megapixels"):
        read_upright(shared_data / "geotiff/cog_world.tif")


def test_near_infrared_is_not_taken_for_transparency(shared_data: Path) -> None:
    pixels = read_upright(shared_data / "geotiff/naip_4band.tif")
    assert pixels.reshape(-1, 3).mean(axis=0) == pytest.approx((118, 131, 114), abs=1)


@pytest.mark.parametrize("name", ["odd/12in16bit.tif", "odd/16bit.cropped.tif"])
def test_dark_16_bit_images_are_stretched_into_sight(name: str, shared_data: Path) -> None:
    pixels = read_upright(shared_data / name)
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_a_cmyk_image_has_the_colours_it_was_meant_to_have(shared_data: Path) -> None:
    pixels = read_upright(shared_data / "odd/pil_sample_cmyk.jpg")
    red, green, blue = pixels[2, 5]
    assert red > 180
    assert max(green, blue) < 60


def test_an_upside_down_image_is_turned(shared_data: Path) -> None:
    with Image.open(shared_data / "odd/progressive_rot3.jpg") as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(read_upright(shared_data / "odd/progressive_rot3.jpg"), expected)


@pytest.mark.parametrize(
    "name", [name for name in ACCEPTED if name.startswith(("odd/", "geotiff/test", "geotiff/naip"))]
)
def test_the_pyramid_from_the_file_is_that_of_its_pixels(name: str, shared_data: Path, tmp_path: Path) -> None:
    write_pyramid_from_file(shared_data / name, tmp_path / "streamed.tif")
    write_pyramid(read_upright(shared_data / name), tmp_path / "whole.tif")
    for level in range(len(TileFile.open(tmp_path / "whole.tif").levels)):
        streamed, whole = (TileFile.open(tmp_path / kind).read(level, 0, 0) for kind in ("streamed.tif", "whole.tif"))
        assert np.abs(decode_jpeg(streamed).astype(int) - decode_jpeg(whole)).mean() < 0.5


@pytest.mark.parametrize("name", ["odd/icc_profile_big.jpg", "odd/cmyk_multiple_icc.jpg"])
def test_a_colour_profile_is_applied_as_another_program_applies_it(name: str, shared_data: Path) -> None:
    with Image.open(shared_data / name) as image:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        srgb = ImageCms.createProfile("sRGB")
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        expected = np.asarray(ImageCms.profileToProfile(image, profile, srgb, renderingIntent=intent, outputMode="RGB"))
    assert np.abs(read_upright(shared_data / name).astype(int) - expected).mean() < 3
