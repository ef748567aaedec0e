"""Tables as CSV text: UTF-8, RFC 4180, streamed, and harmless when a spreadsheet opens them."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TextIO

CHUNK_CHARACTERS = 64 * 1024
# What a spreadsheet runs as a formula, also behind blanks; the wide forms are what some turn into the plain ones.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[ ]*[\t\r\n]")
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")

Cell = str | int | float | bool | datetime | None


class _Blank(float):
    """Stands in an empty cell: what is no text is not quoted."""

    def __str__(self) -> str:
        return ""


_BLANK = _Blank()


class CsvWriter:
    """All text in quotes: where spreadsheets split at semicolons or tabs, a part of a text would be a cell, and run."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)

    def write(self, row: Iterable[Cell]) -> None:
        texts = map(cell_text, row)
        self._writer.writerow([_BLANK if text is None else text for text in texts])


def csv_chunks(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The table in pieces of at least 64 kB, the last one excepted."""
    buffer = io.StringIO()
    writer = CsvWriter(buffer)
    writer.write(header)
    for row in rows:
        writer.write(row)
        if buffer.tell() >= CHUNK_CHARACTERS:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def cell_text(cell: Cell) -> str | int | float | None:
    """A cell as it is written: text that would run as a formula gets a leading quote, numbers stay as they are."""
    if isinstance(cell, str):
        return f"'{cell}" if would_run(cell) else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return cell


def would_run(text: str) -> bool:
    """Whether a spreadsheet that guesses would take it for a formula."""
    if text[:1].isalnum():  # nearly always, and much quicker than the expressions
        return False
    return bool(FORMULA.match(text)) and not NUMBER.fullmatch(text)
