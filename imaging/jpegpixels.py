"""JPEG data to pixels, strictly: what libjpeg only warns about is refused, because it draws grey or shifted rows."""

import io

import simplejpeg

from imaging.buffers import ReusedBuffer
from imaging.colour import cmyk_jpeg_pixels, is_srgb, to_srgb
from imaging.errors import UnreadableImageError
from imaging.jpegfile import JpegError, JpegFile, end_of_image, read_segments, without_junk
from imaging.pixels import Pixels

_MOST_SCANS = 200  # a progressive image has about ten, and each costs a pass over all its pixels
_buffer = ReusedBuffer()


def parse_jpeg(data: bytes) -> JpegFile:
    try:
        return read_segments(io.BytesIO(data))
    except JpegError:
        raise UnreadableImageError("truncated") from None


def jpeg_pixels(data: bytes, jpeg: JpegFile, *, halvings: int = 0) -> Pixels:
    """sRGB pixels (height, width, 3) as stored, not yet upright; sides divided by 2 ** halvings and rounded up.

    Of several images in one file (MPO, Ultra HDR) the first. Goes through all of its data in either case.
    """
    if jpeg.is_progressive and data.count(b"\xff\xda", jpeg.scan_position) > _MOST_SCANS:
        raise UnreadableImageError("damaged")
    if jpeg.components == 4:
        return cmyk_jpeg_pixels(data, halvings)
    pixels = _decode_strictly(data, jpeg, halvings)
    profile = jpeg.icc_profile
    if jpeg.components == 3 and profile and not is_srgb(profile):
        return to_srgb(pixels, profile)
    return pixels


def _decode_strictly(data: bytes, jpeg: JpegFile, halvings: int) -> Pixels:
    try:
        return _decode(data, jpeg, halvings)
    except ValueError as error:
        if "Premature end" in str(error):
            raise UnreadableImageError("truncated") from None
    try:
        # Junk between segments and zeros before the end marker harm no pixel; anything else does.
        return _decode(without_junk(data, jpeg), jpeg, halvings)
    except ValueError:
        raise UnreadableImageError(_code(data, jpeg)) from None


def _decode(data: bytes, jpeg: JpegFile, halvings: int) -> Pixels:
    scale = 2**halvings
    height, width = -(-jpeg.height // scale), -(-jpeg.width // scale)
    out = _buffer.array(height, width, 3)
    simplejpeg.decode_jpeg(data, "RGB", min_height=height, min_width=width, min_factor=1, buffer=out, strict=True)
    return out


def _code(data: bytes, jpeg: JpegFile) -> str:
    """A file cut short has no end marker."""
    end = end_of_image(data, jpeg.scan_position)
    return "damaged" if data[end - 2 : end] == b"\xff\xd9" else "truncated"
