"""Tables as XLSX (ECMA-376), written while the rows come: the first bytes leave before the last row is read, and memory
does not grow with the rows. Libraries write the file when all is known, to memory or a disk, and nothing before."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from surveys.csvfile import Cell, would_run

CHUNK_BYTES = 64 * 1024
ROWS_AT_ONCE = 500
ROWS_A_SHEET = 500_000  # Excel has 1,048,576; a part of a ZIP that nobody knows the size of may have 2 GiB
MOST_CHARACTERS = 32_767  # in a cell of Excel
FIRST_DAY = datetime(1899, 12, 30, tzinfo=UTC)  # of which the first of March 1900 and what follows are so many days
FIRST_TIME = datetime(1900, 3, 1, tzinfo=UTC)
TIME, TEXT, HEAD = 1, 2, 3  # places in the list of styles
# What XML cannot say, and what would be read as such a saying.
UNSAYABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# The third kind of cell stays a text when somebody opens and leaves it: a formula in it is not run then either.
STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><numFmts count="1">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/>'
    '<name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
    '<patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
Rows = Iterable[Sequence[Cell]]


def xlsx_chunks(name: str, header: Sequence[str], rows: Rows, about: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """The table on a sheet of its name, or on several where it is too long for one; then one that says what it is."""
    out = _Out()
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=1) as book:
        names = [name]
        rest = iter(rows)
        yield from _sheet(book, out, 1, _table(header, islice(rest, ROWS_A_SHEET)))
        while (more := next(rest, None)) is not None:
            names.append(f"{name} {len(names) + 1}")
            yield from _sheet(book, out, len(names), _table(header, islice(chain([more], rest), ROWS_A_SHEET)))
        names.append("about")
        yield from _sheet(book, out, len(names), (_row(n, pair) for n, pair in enumerate(about, 1)))
        for path, content in _frame(names):
            book.writestr(path, content)
    yield out.take()


class _Out(io.RawIOBase):
    """What the ZIP wrote and nobody has taken yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, content: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._parts.append(bytes(content))
        self.size += len(content)
        return len(content)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        return taken


def _sheet(book: ZipFile, out: _Out, number: int, rows: Iterator[str]) -> Iterator[bytes]:
    head = (
        f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        '<cols><col min="1" max="200" width="16" customWidth="1"/></cols><sheetData>'
    )
    with book.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
        part.write(head.encode())
        while piece := "".join(islice(rows, ROWS_AT_ONCE)):
            part.write(piece.encode())
            if out.size >= CHUNK_BYTES:
                yield out.take()
        part.write(b"</sheetData></worksheet>")


def _table(header: Sequence[str], rows: Rows) -> Iterator[str]:
    yield _row(1, header, style=HEAD)
    for number, row in enumerate(rows, 2):
        yield _row(number, row)


def _row(number: int, cells: Sequence[Cell], style: int = 0) -> str:
    written = "".join(_cell(f"{column_name(n)}{number}", cell, style) for n, cell in enumerate(cells))
    return f'<row r="{number}">{written}</row>'


def _cell(place: str, cell: Cell, style: int) -> str:
    """Empty for an empty one. A text is never a formula, whatever it begins with."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, datetime):
        return _time(place, cell.astimezone(UTC))
    if isinstance(cell, int | float):
        return f'<c r="{place}"><v>{cell!r}</v></c>'
    styled = f' s="{TEXT}"' if would_run(cell) else f' s="{style}"' if style else ""
    return f'<c r="{place}"{styled} t="inlineStr"><is><t xml:space="preserve">{_text(cell)}</t></is></c>'


def _time(place: str, at: datetime) -> str:
    if at < FIRST_TIME:  # Excel knows no earlier ones
        return f'<c r="{place}" t="inlineStr"><is><t>{at:%Y-%m-%dT%H:%M:%SZ}</t></is></c>'
    days = round((at.replace(microsecond=0) - FIRST_DAY).total_seconds() / 86400, 9)
    return f'<c r="{place}" s="{TIME}"><v>{days}</v></c>'


def _text(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        text = text[: MOST_CHARACTERS - 1] + "…"
    if text.isalnum() and text.isascii():  # nearly always, and quicker
        return text
    return escape(UNSAYABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def column_name(number: int) -> str:
    """A, B, … Z, AA, … from 0 on."""
    known = _names.get(number)
    if known is None:
        before, letter = divmod(number, 26)
        known = _names[number] = (column_name(before - 1) if before else "") + chr(ord("A") + letter)
    return known


_names: dict[int, str] = {}


def _frame(sheets: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The parts that say which sheets there are; a ZIP has no order, so they may come last."""
    numbers = range(1, len(sheets) + 1)
    yield "xl/styles.xml", STYLES
    yield (
        "xl/workbook.xml",
        (
            f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            + "".join(
                f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
                for n, name in zip(numbers, sheets, strict=True)
            )
            + "</sheets></workbook>"
        ),
    )
    sheet_relations = "".join(_relation(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
    styles = _relation(f"rId{len(sheets) + 1}", "styles", "styles.xml")
    yield "xl/_rels/workbook.xml.rels", _relations(sheet_relations + styles)
    yield "_rels/.rels", _relations(_relation("rId1", "officeDocument", "xl/workbook.xml"))
    parts = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
    parts |= {f"/xl/worksheets/sheet{n}.xml": "worksheet" for n in numbers}
    yield (
        "[Content_Types].xml",
        (
            f'{XML}<Types xmlns="{TYPES}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            + "".join(f'<Override PartName="{p}" ContentType="{SPREADSHEET}.{kind}+xml"/>' for p, kind in parts.items())
            + "</Types>"
        ),
    )


def _relation(id: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{id}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def _relations(content: str) -> str:
    return f'{XML}<Relationships xmlns="{RELATIONS}">{content}</Relationships>'
