"""What the detect command writes, file by file, so that a search that is stopped leaves what it had."""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, TextIO

from inference.detect_files import FAILED, Record
from surveys.csvfile import CsvWriter

FILE_COLUMNS = ("file", "width", "height", "state")
BOX_COLUMNS = ("label", "score", "left", "top", "right", "bottom")
KEPT_COLUMNS = ("reason", "n_detections", "bytes", "modified_at", "model", "card", "mode", "threshold")
COLUMNS = (*FILE_COLUMNS, *BOX_COLUMNS, *KEPT_COLUMNS)
FORMATS = ("csv", "json", "coco")
ENDINGS = {".csv": "csv", ".coco.json": "coco", ".json": "json"}  # the longer one first
COCO_DECIMALS = 4  # of a pixel: sides are differences, and 0.1 + 0.2 is not 0.3
SEARCHED_WITH = ("model", "card", "mode", "threshold")


class Output(Protocol):
    def add(self, record: Record) -> None: ...

    def end(self) -> None: ...


class CsvOutput:
    """A row a detection; a file without any has one row that says empty, or failed and why."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._writer = CsvWriter(file)
        self._writer.write(COLUMNS)

    def add(self, record: Record) -> None:
        for box in record["detections"] or [{}]:
            row = record | box
            self._writer.write(row.get(name) for name in COLUMNS)
        self._file.flush()

    def end(self) -> None:
        self._file.flush()


class JsonOutput:
    """A list of files, each with its detections; a file a line."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._before = file, "["

    def add(self, record: Record) -> None:
        self._file.write(f"{self._before}\n{json.dumps(record, ensure_ascii=False)}")
        self._file.flush()
        self._before = ","

    def end(self) -> None:
        self._file.write(f"{'[' if self._before == '[' else ''}\n]\n")
        self._file.flush()


class CocoOutput:
    """COCO is one object, so nothing can be written before the end."""

    def __init__(self, file: TextIO, labels: Sequence[str]) -> None:
        self._file, self._labels, self._records = file, labels, list[Record]()

    def add(self, record: Record) -> None:
        self._records.append(record)

    def end(self) -> None:
        json.dump(coco_of(self._records, self._labels), self._file, ensure_ascii=False)
        self._file.write("\n")
        self._file.flush()


class CocoFile:
    """While the search is under way, a list of files in a part file beside it; at the end the COCO file."""

    def __init__(self, out: Path, labels: Sequence[str], kept: Sequence[Record], stack: ExitStack) -> None:
        self._out, self._labels = out, labels
        self._records = list(kept)
        self._part = _streamed(part_of(out), JsonOutput, kept, stack)

    def add(self, record: Record) -> None:
        self._records.append(record)
        self._part.add(record)

    def end(self) -> None:
        draft = _draft_of(self._out)
        with draft.open("w", encoding="utf-8") as file:
            output = CocoOutput(file, self._labels)
            for record in self._records:
                output.add(record)
            output.end()
        os.replace(draft, self._out)
        part_of(self._out).unlink()


def coco_of(records: Sequence[Record], labels: Sequence[str]) -> dict[str, Any]:
    """COCO numbers from 1. Images without detections are listed; failed files have no size, so they stand in `info`."""
    searched = [record for record in records if record["state"] != FAILED]
    failed = [_named(record, ("reason",)) for record in records if record["state"] == FAILED]
    numbers = {label: number for number, label in enumerate(labels, start=1)}
    images = [
        {"id": number, **_named(record, ("width", "height", "bytes", "modified_at"))}
        for number, record in enumerate(searched, start=1)
    ]
    boxes = [(number, box) for number, record in enumerate(searched, start=1) for box in record["detections"]]
    return {
        "info": {"description": "Detections", **_searched_with(records), "failed": failed},
        "categories": [{"id": number, "name": label} for label, number in numbers.items()],
        "images": images,
        "annotations": [
            {"id": own, "image_id": number, "category_id": numbers[box["label"]], **_coco_box(box)}
            for own, (number, box) in enumerate(boxes, start=1)
        ],
    }


def _searched_with(records: Sequence[Record]) -> Record:
    return {name: records[0][name] for name in SEARCHED_WITH} if records else {}


def _named(record: Record, names: Sequence[str]) -> Record:
    return {"file_name": record["file"], **{name: record[name] for name in names}}


def _coco_box(box: Record) -> Record:
    width, height = (
        round(box[end] - box[start], COCO_DECIMALS) for start, end in (("left", "right"), ("top", "bottom"))
    )
    area = round(width * height, COCO_DECIMALS)
    return {"bbox": [box["left"], box["top"], width, height], "area": area, "iscrowd": 0, "score": box["score"]}


def open_output(out: Path, kind: str, labels: Sequence[str], kept: Sequence[Record], stack: ExitStack) -> Output:
    """The output file with what is kept of a former one; the former one stays until that is written. Raises OSError."""
    if not is_kept_by(out):
        return on_screen(stack.enter_context(out.open("w", encoding="utf-8", newline="")), kind, labels)
    if kind == "coco":
        return CocoFile(out, labels, kept, stack)
    return _streamed(out, CsvOutput if kind == "csv" else JsonOutput, kept, stack)


def on_screen(screen: TextIO, kind: str, labels: Sequence[str]) -> Output:
    if kind == "coco":
        return CocoOutput(screen, labels)
    return CsvOutput(screen) if kind == "csv" else JsonOutput(screen)


def is_kept_by(out: Path) -> bool:
    """Whether what is written can be read again: /dev/stdout keeps nothing and cannot be replaced by another file."""
    return out.is_file() or not out.exists()


def part_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.part")


def _draft_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.draft")


def _streamed(out: Path, make: Callable[[TextIO], Output], kept: Sequence[Record], stack: ExitStack) -> Output:
    draft = _draft_of(out)
    output = make(stack.enter_context(draft.open("w", encoding="utf-8", newline="")))
    for record in kept:
        output.add(record)
    os.replace(draft, out)
    return output
