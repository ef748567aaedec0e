"""What must become of every file of the shared data: the one table that all tests of intake go by.

Decided by looking at each: a survey team would rather copy a file again than count in shifted or grey pixels
(`corrupted.jpg` and `hopper_bad_exif.jpg` are shifted from some row on), and would not lose an image for a broken note
in its header. `koger_3840x2178.png` is a JPEG whatever its name says.
"""

from dataclasses import dataclass

JPEG, TIFF = "image/jpeg", "image/tiff"


@dataclass(frozen=True)
class Accepted:
    """width and height of the upright image; captured_at by the camera's clock; position as latitude, longitude."""

    width: int
    height: int
    media_type: str
    captured_at: str | None = None
    position: tuple[float, float] | None = None


@dataclass(frozen=True)
class Refused:
    """By this code of imaging.errors, in less than two seconds and 300 MB."""

    code: str


OUTCOMES: dict[str, Accepted | Refused] = {
    "odd/12in16bit.tif": Accepted(100, 100, TIFF),
    "odd/16bit.cropped.tif": Accepted(64, 64, TIFF),
    "odd/17000x17000.avif": Refused("unsupported_format"),
    "odd/DSCN0010.jpg": Accepted(640, 480, JPEG, "2008-10-22T16:28:39", (43.46745, 11.88513)),
    "odd/DSCN0021.jpg": Accepted(640, 480, JPEG, "2008-10-22T16:38:20", (43.46708, 11.88454)),
    "odd/bomb_30000.png": Refused("too_many_pixels"),
    "odd/broken_exif_dpi.jpg": Accepted(100, 100, JPEG, "2013-09-11T16:45:13"),
    "odd/cmyk_multiple_icc.jpg": Accepted(140, 140, JPEG, "2014-12-18T17:45:02"),
    "odd/corrupted.jpg": Refused("damaged"),
    "odd/empty_gps_ifd.jpg": Accepted(10, 10, JPEG, "2020-07-27T14:46:48"),
    "odd/exif_gps.jpg": Accepted(8, 8, JPEG, "2099-09-29T10:10:10"),
    "odd/exif_gps_typeerror.jpg": Accepted(800, 531, JPEG, "2010-08-15T13:58:09"),
    "odd/exif_typeerror.jpg": Accepted(800, 531, JPEG, "2010-08-15T13:58:09"),
    "odd/frozenpond.mpo": Accepted(640, 480, JPEG, "2014-03-02T13:30:00"),
    "odd/hopper_bad_exif.jpg": Refused("damaged"),
    "odd/hopper_orientation_6.jpg": Accepted(128, 128, JPEG),
    "odd/hopper_orientation_8.jpg": Accepted(128, 128, JPEG),
    "odd/icc_profile_big.jpg": Accepted(425, 250, JPEG),
    "odd/image01137.jpg": Accepted(88, 64, JPEG),
    "odd/invalid-exif.jpg": Accepted(200, 200, JPEG),
    "odd/jpeg_ff00_header.jpg": Accepted(300, 225, JPEG, "2013-07-04T17:24:41"),
    "odd/junk_jpeg_header.jpg": Accepted(1024, 768, JPEG),
    "odd/multiple_exif.jpg": Accepted(1, 1, JPEG),
    "odd/pil_sample_cmyk.jpg": Accepted(100, 100, JPEG, "2009-03-06T22:15:00"),
    "odd/progressive_rot3.jpg": Accepted(308, 410, JPEG),
    "odd/sugarshack.mpo": Accepted(640, 480, JPEG, "2014-03-02T14:17:39"),
    "odd/sugarshack_bad_mpo_header.jpg": Accepted(640, 480, JPEG, "2014-03-02T14:17:39"),
    "odd/tiff_tiled_cmyk_jpeg.tif": Accepted(100, 100, TIFF),
    "odd/truncated.jpg": Refused("truncated"),
    "odd/truncated_image.png": Refused("truncated"),
    "odd/truncated_jpeg.jpg": Refused("truncated"),
    "odd/ultra-hdr.jpg": Accepted(3840, 2160, JPEG),
    "odd/ultrahdr.jpg": Refused("truncated"),
    "geotiff/cog_world.tif": Accepted(36000, 18000, TIFF),
    "geotiff/forest_2048_strips.tif": Accepted(2048, 2048, TIFF),
    "geotiff/naip_4band.tif": Accepted(934, 724, TIFF),
    "geotiff/test_tiled.tif": Accepted(1000, 1000, TIFF),
    "slide/CMU-1-Small-Region.svs": Accepted(2220, 2967, TIFF),
    "caliterra/IMG_9354.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:20:51", (30.17122, -98.08999)),
    "caliterra/IMG_9360.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:21:04", (30.17093, -98.08949)),
    "caliterra/IMG_9366.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:21:16", (30.17083, -98.08919)),
    "caliterra/IMG_9372.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:21:29", (30.17142, -98.08919)),
    "caliterra/IMG_9378.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:21:42", (30.17129, -98.08938)),
    "caliterra/IMG_9384.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:21:54", (30.17058, -98.08951)),
    "caliterra/IMG_9390.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:22:07", (30.17131, -98.08946)),
    "caliterra/IMG_9396.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:22:20", (30.17143, -98.08972)),
    "caliterra/IMG_9402.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:22:32", (30.17100, -98.08984)),
    "caliterra/IMG_9408.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:22:45", (30.17125, -98.08995)),
    "caliterra/IMG_9414.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:22:58", (30.17159, -98.09013)),
    "caliterra/IMG_9420.jpg": Accepted(4000, 3000, JPEG, "2014-10-19T13:23:10", (30.17108, -98.09021)),
    "sealions/train/41.jpg": Accepted(4992, 3328, JPEG),
    "sealions/train/43.jpg": Accepted(5616, 3744, JPEG),
    "sealions/train/45.jpg": Accepted(4992, 3328, JPEG),
    "sealions/train/49.jpg": Accepted(4992, 3328, JPEG),
    "sealions/test/42.jpg": Accepted(4992, 3328, JPEG),
    "sealions/test/50.jpg": Accepted(4992, 3328, JPEG),
    "buffalo/koger_3840x2178.png": Accepted(3840, 2178, JPEG),
    "buffalo/koger_4096x2160.jpg": Accepted(4096, 2160, JPEG),
    "pelicans_dji_gps.jpg": Accepted(1058, 997, JPEG, "2020-06-04T22:10:30", (45.03799, -94.34876)),
}
