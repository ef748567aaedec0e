"""From what a file stores to 8-bit sRGB: profiles, CMYK, 16 bits, alpha and bands that no eye sees."""

from collections.abc import Callable
from typing import Any

import numpy as np

from imaging.errors import UnreadableImageError
from imaging.halve import halve
from imaging.pixels import Pixels
from imaging.vips import vips
from imaging.wording import gettext as _

VipsImage = Any

_FULL_RANGE_16_BIT = 2**15
_SHARE_LEFT_OUT = 0.1  # per cent of the darkest and of the brightest values that a stretch may clip


def is_srgb(profile: bytes) -> bool:
    """Whether the profile calls itself sRGB, in ASCII or in UTF-16; then there is nothing to convert."""
    return b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile


def to_srgb(pixels: Pixels, profile: bytes) -> Pixels:
    """RGB pixels converted from their profile; as they are where the profile is broken."""
    height, width = pixels.shape[:2]
    image = vips().Image.new_from_memory(pixels.data, width, height, 3, "uchar").copy(interpretation="srgb")
    image = image.copy()
    image.set_type(vips().GValue.blob_type, "icc-profile-data", profile)
    try:
        return vips_pixels(image.icc_transform("srgb", embedded=True))
    except vips().Error:
        return pixels


def cmyk_jpeg_pixels(data: bytes, halvings: int) -> Pixels:
    """A CMYK or YCCK JPEG, as printers want them, in sRGB."""
    try:
        image = vips().Image.jpegload_buffer(data, fail_on="warning")
        pixels = vips_pixels(image.icc_transform("srgb", embedded=True))
    except vips().Error as error:
        raise UnreadableImageError("truncated" if "premature end of JPEG" in str(error) else "damaged") from None
    for _halving in range(halvings):
        smaller = np.empty((-(-pixels.shape[0] // 2), -(-pixels.shape[1] // 2), 4), np.uint8)
        halve(pixels, smaller)
        pixels = np.ascontiguousarray(smaller[..., :3])
    return pixels


def vips_pixels(image: VipsImage) -> Pixels:
    """The whole image as an array; libvips computes it here."""
    memory = image.write_to_memory()
    return np.frombuffer(memory, np.uint8).reshape(image.height, image.width, image.bands)


def show_as_srgb(open_image: Callable[[], VipsImage], *, colours: int, alpha: int | None) -> VipsImage:
    """8-bit sRGB with three bands, still uncomputed. `alpha` is the band that says what is transparent, if one does.

    8-bit values are taken as they are: a map of the values 0 and 1 is a dark image. 16-bit ones are brought to 8 bits.
    The image is opened a second time where its range of values has to be found first: it may be read only once.
    """
    image = open_image()
    if image.format == "ushort":
        image = _to_8_bit(image, open_image(), colours)
    elif image.format != "uchar":
        kind = _("%(n)d bands of %(format)s numbers") % {"n": image.bands, "format": image.format}
        raise UnreadableImageError("unsupported_pixels", kind=kind)
    if image.interpretation == "cmyk":
        return _converted(image[0:4] if image.bands > 4 else image)
    profile = image.get("icc-profile-data") if image.get_typeof("icc-profile-data") else None
    opaque = image[0:colours] if image.bands != colours else image
    if alpha is not None:
        opaque = opaque.bandjoin(image[alpha]).flatten(background=[255])
    if colours == 1:
        opaque = opaque.bandjoin([opaque, opaque])
    opaque = opaque.copy(interpretation="srgb")
    return _converted(opaque) if profile and colours == 3 and not is_srgb(profile) else opaque


def _converted(image: VipsImage) -> VipsImage:
    try:
        return image.icc_transform("srgb", embedded=True)
    except vips().Error:
        return image.colourspace("srgb")


def _to_8_bit(image: VipsImage, again: VipsImage, colours: int) -> VipsImage:
    """16-bit values brought to 8 bits so that something can be seen.

    Colour that uses the upper half of the range is divided by 257; other colour is stretched from 0 to its brightest;
    a single band (thermal, panchromatic) from its darkest to its brightest, less a thousandth at each end.
    """
    low, high = _range(again[0:colours] if again.bands != colours else again)
    if colours >= 3:
        low, high = 0, (65535 if high >= _FULL_RANGE_16_BIT else high)
    scale = 255 / max(1, high - low)
    return image.linear(scale, 0.5 - low * scale, uchar=True)


def _range(image: VipsImage) -> tuple[int, int]:
    """The values that a thousandth of the pixels lie below and above, over all bands."""
    counts = image.copy(interpretation="multiband").hist_find()  # up to the brightest value that there is
    histogram = np.frombuffer(counts.write_to_memory(), np.uint32).reshape(counts.width, counts.bands).sum(axis=1)
    share = histogram.cumsum() / histogram.sum() * 100
    low = int(np.searchsorted(share, _SHARE_LEFT_OUT, side="right"))
    high = int(np.searchsorted(share, 100 - _SHARE_LEFT_OUT))
    return low, high
