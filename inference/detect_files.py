"""Searching files without a server: what is an image, what was found in it, or why nothing can be said."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imaging.errors import UnreadableImageError
from imaging.formats import identify
from inference.engine import Boxes, Detector, EngineError, SearchSettings, search_image
from inference.pixels import open_pixels

FOUND, EMPTY, FAILED = "found", "empty", "failed"
NO_IMAGE = "not_an_image"


@dataclass(frozen=True)
class FileResult:
    """One file: `boxes` in pixels of the upright image, or the reason why it was not searched."""

    path: Path
    state: str
    reason: str = ""
    width: int | None = None
    height: int | None = None
    boxes: Boxes = field(default_factory=Boxes.none)


def images_in(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and all images in the folders named, by content; hidden files are left alone."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for found in sorted(path.rglob("*")):
            is_hidden = any(part.startswith(".") for part in found.relative_to(path).parts)
            if found.is_file() and not is_hidden and _may_be_image(found):
                yield found


def search_file(path: Path, detector: Detector, settings: SearchSettings, *, max_pixels: int) -> FileResult:
    """Never raises for what is wrong with one file."""
    try:
        pixels = open_pixels(path, settings, max_pixels=max_pixels)
        boxes = search_image(pixels, detector, settings).boxes
    except (UnreadableImageError, EngineError) as error:
        return FileResult(path, FAILED, str(error))
    except OSError as error:
        return FileResult(path, FAILED, f"The file cannot be opened: {error.strerror}.")
    height, width = pixels.shape[:2]
    return FileResult(path, FOUND if len(boxes) else EMPTY, "", width, height, boxes)


def rows_of(result: FileResult, labels: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """A row a detection; one row without a box where there is none."""
    facts = {"file": str(result.path), "width": result.width, "height": result.height, "state": result.state}
    if result.state != FOUND:
        yield {**facts, "reason": result.reason}
    for box in boxes_of(result, labels):
        yield {**facts, **box}


def boxes_of(result: FileResult, labels: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    names = ("left", "top", "right", "bottom", "score")
    for *numbers, label in zip(*result.boxes.decimals, result.boxes.label.tolist(), strict=True):
        yield {"label": labels[label], **dict(zip(names, numbers, strict=True))}


def _may_be_image(path: Path) -> bool:
    """Whether a file of a folder is meant as an image: also a damaged one, and one of a format that is refused."""
    try:
        identify(path)
    except UnreadableImageError as error:
        return error.code != NO_IMAGE
    except OSError:
        return True
    return True
