"""Searching files without a server: what is an image, what was found in it, or why nothing can be said."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imaging.errors import UnreadableImageError
from imaging.formats import identify
from inference.engine import Boxes, Detector, EngineError, SearchSettings, search_image
from inference.engine.card import CARD_FILE, ModelCard
from inference.engine.search import OnBatch
from inference.pixels import open_pixels

Record = dict[str, Any]

FOUND, EMPTY, FAILED = "found", "empty", "failed"
NO_IMAGE = "not_an_image"


@dataclass(frozen=True)
class SearchedWith:
    """What a result depends on besides the file: results of two of these do not belong into one table."""

    model: str
    card: str  # the beginning of the SHA-256 of card.json, which holds that of the weights
    mode: str
    threshold: float

    @classmethod
    def of(cls, folder: Path, card: ModelCard, mode: str, threshold: float) -> "SearchedWith":
        digest = hashlib.sha256((folder / CARD_FILE).read_bytes()).hexdigest()
        return cls(f"{card.name}/{card.version}", digest[:12], mode, threshold)

    def __str__(self) -> str:
        return f"{self.model} (card {self.card}), mode {self.mode}, threshold {self.threshold:g}"


@dataclass(frozen=True)
class FileResult:
    """One file: `boxes` in pixels of the upright image, or the reason why it was not searched."""

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


@dataclass(frozen=True)
class FileSearch:
    """Searches one file after the other with the same detector and settings."""

    detector: Detector
    settings: SearchSettings
    searched_with: SearchedWith
    max_pixels: int

    def record(self, path: Path, on_batch: OnBatch | None = None) -> Record:
        """All that is kept of one file: plain values, of which every format of output is made."""
        stamp = stamp_of(path)  # taken first: a file that changes meanwhile is searched again next time
        result = self._result(path, on_batch)
        return {
            "file": name_of(path),
            **{name: getattr(result, name) for name in ("width", "height", "state", "reason")},
            "n_detections": None if result.state == FAILED else len(result.boxes),  # what was not searched has no zero
            "detections": list(_detections(result.boxes, self.detector.labels)),
            **stamp,
            **asdict(self.searched_with),
        }

    def _result(self, path: Path, on_batch: OnBatch | None) -> FileResult:
        """Never raises for what is wrong with one file."""
        try:
            pixels = open_pixels(path, self.settings, max_pixels=self.max_pixels)
            boxes = search_image(pixels, self.detector, self.settings, on_batch=on_batch).boxes
        except (UnreadableImageError, EngineError) as error:
            return FileResult(FAILED, str(error))
        except OSError as error:
            return FileResult(FAILED, f"The file cannot be opened: {error.strerror}.")
        height, width = pixels.shape[:2]
        return FileResult(FOUND if len(boxes) else EMPTY, "", width, height, boxes)


def name_of(path: Path) -> str:
    """The path as it is written: bytes of a file name that are no text are spelt out."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def stamp_of(path: Path) -> Record:
    """By what a file is known to be unchanged."""
    try:
        facts = path.stat()
    except OSError:
        return {"bytes": None, "modified_at": ""}
    modified = datetime.fromtimestamp(facts.st_mtime, UTC)
    return {"bytes": facts.st_size, "modified_at": modified.isoformat(timespec="milliseconds")}


def is_unchanged(path: Path, record: Record | None) -> bool:
    """Whether what was written down of a file still holds; files that failed are tried again."""
    return record is not None and record["state"] != FAILED and stamp_of(path).items() <= record.items()


def _detections(boxes: Boxes, labels: tuple[str, ...]) -> Iterator[Record]:
    names = ("left", "top", "right", "bottom", "score")
    for *numbers, label in zip(*boxes.decimals, boxes.label.tolist(), strict=True):
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
