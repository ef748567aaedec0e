"""Which EXIF and TIFF tags may leave the house without telling where an image was taken."""

import struct

from imaging.tiffdir import Directory, TiffError, block_source, directories

EXIF_IFD = 34665

_KEPT_FIRST = {271, 272, 274, 282, 283, 296, 305, 306, 531}
"""Make, model, orientation, resolution, software, time, chroma siting."""
KEPT_EXIF = {
    *(33434, 33437, 34850, 34855, 34864, 34865),  # exposure time, aperture, programme, sensitivity
    *(36864, 36867, 36868, 36880, 36881, 36882, 37520, 37521, 37522),  # version, times, offsets, fractions
    *(37377, 37378, 37379, 37380, 37381, 37382, 37383, 37384, 37385, 37386),  # exposure and lens
    *(40960, 40961, 40962, 40963, 41486, 41487, 41488, 41495, 41729),  # colour space, sizes, sensor
    *(41985, 41986, 41987, 41988, 41989, 41990, 41991, 41992, 41993, 41994, 41996),  # rendering
    *(42033, 42034, 42035, 42036),  # body serial number, lens
}
"""A list of what stays: maker notes, user comments and tags nobody has heard of can hold a position too."""

PIXEL_TAGS = {
    *(254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 290, 291, 292),
    *(293, 296, 297, 301, 305, 306, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 334, 336, 338, 339, 340),
    *(341, 342, 347, 529, 530, 531, 532, 271, 272, 34675, 42113, EXIF_IFD),
}
"""What a TIFF's pixels need, with its camera and time. Its map tags, XMP, IPTC and GDAL's metadata are not among it."""


def kept_exif(block: bytes) -> bytes:
    """A new EXIF block with only what may stay; empty where that is nothing or the block cannot be read."""
    try:
        first = next(directories(block_source(block)), None)
    except TiffError:
        return b""
    if first is None:
        return b""
    exif = _child(first)
    top = _values(first, _KEPT_FIRST)
    below = _values(exif, KEPT_EXIF) if exif else {}
    if not top and not below:
        return b""
    return _write_block(first.layout.order, top, below)


def _child(first: Directory) -> Directory | None:
    try:
        return first.child(EXIF_IFD)
    except TiffError:
        return None


Values = dict[int, tuple[int, int, bytes]]


def _values(directory: Directory, kept: set[int]) -> Values:
    """Tag to type, count and bytes; a value that cannot be read is left out."""
    values: Values = {}
    for tag in sorted(kept & directory.entries.keys()):
        entry = directory.entries[tag]
        try:
            values[tag] = (entry.type, entry.count, directory.raw(entry))
        except TiffError:
            continue
    return values


def _write_block(order: str, top: Values, below: Values) -> bytes:
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    if not below:
        return head + _write_directory(order, top, 8)
    placeholder: Values = top | {EXIF_IFD: (4, 1, struct.pack(order + "I", 0))}
    below_at = 8 + len(_write_directory(order, placeholder, 8))
    pointer: Values = top | {EXIF_IFD: (4, 1, struct.pack(order + "I", below_at))}
    return head + _write_directory(order, pointer, 8) + _write_directory(order, below, below_at)


def _write_directory(order: str, values: Values, position: int) -> bytes:
    entries, data = b"", b""
    data_at = position + 2 + 12 * len(values) + 4
    for tag, (kind, count, raw) in sorted(values.items()):
        entries += struct.pack(order + "HHI", tag, kind, count)
        if len(raw) <= 4:
            entries += raw.ljust(4, b"\0")
        else:
            entries += struct.pack(order + "I", data_at + len(data))
            data += raw + b"\0" * (len(raw) % 2)
    return struct.pack(order + "H", len(values)) + entries + struct.pack(order + "I", 0) + data
