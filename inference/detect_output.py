"""What the detect command writes, file by file, so that a search that is stopped leaves what it had."""

import json
from typing import Any, Protocol, TextIO

from inference.detect_files import FileResult, boxes_of, rows_of
from surveys.csvfile import CsvWriter

COLUMNS = ("file", "width", "height", "state", "label", "score", "left", "top", "right", "bottom", "reason")


class Output(Protocol):
    def add(self, result: FileResult) -> None: ...

    def end(self) -> None: ...


class CsvOutput:
    """A row a detection; a file without any has one row that says empty, or failed and why."""

    def __init__(self, file: TextIO, labels: tuple[str, ...]) -> None:
        self._file, self._labels = file, labels
        self._writer = CsvWriter(file)
        self._writer.write(COLUMNS)

    def add(self, result: FileResult) -> None:
        for row in rows_of(result, self._labels):
            self._writer.write(row.get(name) for name in COLUMNS)
        self._file.flush()

    def end(self) -> None:
        self._file.flush()


class JsonOutput:
    """A list of files, each with its detections."""

    def __init__(self, file: TextIO, labels: tuple[str, ...]) -> None:
        self._file, self._labels, self._before = file, labels, "["

    def add(self, result: FileResult) -> None:
        found = list(boxes_of(result, self._labels))
        facts: dict[str, Any] = {"file": str(result.path), "width": result.width, "height": result.height}
        facts |= {"state": result.state, "reason": result.reason, "detections": found}
        self._file.write(f"{self._before}\n{json.dumps(facts, ensure_ascii=False)}")
        self._file.flush()
        self._before = ","

    def end(self) -> None:
        self._file.write(f"{'[' if self._before == '[' else ''}\n]\n")
        self._file.flush()


OUTPUTS: dict[str, type[CsvOutput] | type[JsonOutput]] = {".csv": CsvOutput, ".json": JsonOutput}
