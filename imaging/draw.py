"""Boxes drawn into the full-size image, for reports and for people without the viewer."""

from collections.abc import Sequence

import numpy as np
import simplejpeg
from PIL import Image, ImageDraw, ImageFont

from imaging.pixels import Pixels

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float, str, Colour]
"""left, top, right, bottom in image pixels (right and bottom exclusive), the text above it, its colour."""

_QUALITY = 90
_SMALLEST_FONT, _SMALLEST_LINE = 12, 2


def annotated_jpeg(pixels: Pixels, boxes: Sequence[Box]) -> bytes:
    """The image with its boxes as a JPEG; lines and text grow with the image. The given pixels stay as they are."""
    canvas = pixels.copy()
    longest = max(canvas.shape[:2])
    line = max(_SMALLEST_LINE, longest // 1200)
    font = ImageFont.load_default(max(_SMALLEST_FONT, longest // 200))
    for left, top, right, bottom, text, colour in boxes:
        x, y = round(left), round(top)
        _draw_frame(canvas, (x, y, round(right), round(bottom)), line, colour)
        if text:
            _draw_text(canvas, (x, y), _label(text, font, colour))
    return bytes(simplejpeg.encode_jpeg(canvas, quality=_QUALITY, colorsubsampling="420"))


def _draw_frame(canvas: Pixels, box: tuple[int, int, int, int], line: int, colour: Colour) -> None:
    """A frame around the box, outside its pixels, so that a small animal stays visible."""
    left, top, right, bottom = box
    outer_top, outer_left = max(0, top - line), max(0, left - line)
    right_end, bottom_end = max(0, right + line), max(0, bottom + line)
    canvas[outer_top : max(0, top), outer_left:right_end] = colour
    canvas[max(0, bottom) : bottom_end, outer_left:right_end] = colour
    canvas[outer_top:bottom_end, outer_left : max(0, left)] = colour
    canvas[outer_top:bottom_end, max(0, right) : right_end] = colour


def _label(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, colour: Colour) -> Pixels:
    """The text on a plate of the colour, black or white by which reads better."""
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    plate = Image.new("RGB", (right - left + 6, bottom - top + 6), colour)
    red, green, blue = colour
    ink = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "white"
    ImageDraw.Draw(plate).text((3 - left, 3 - top), text, fill=ink, font=font)
    return np.asarray(plate)


def _draw_text(canvas: Pixels, corner: tuple[int, int], plate: Pixels) -> None:
    """Above the box, or inside it at the upper edge; moved left where the image ends."""
    height, width = (min(plate.shape[side], canvas.shape[side]) for side in (0, 1))
    x = min(max(0, corner[0]), canvas.shape[1] - width)
    y = min(max(0, corner[1] - height), canvas.shape[0] - height)
    canvas[y : y + height, x : x + width] = plate[:height, :width]
