"""A table of file names, transects and cameras, as spreadsheets and scripts write them. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.transects import BadNameError, clean_camera, clean_transect

MAX_BYTES = 16 * 2**20
MAX_ROWS = 250_000
MAX_EMPTY = 20  # lines before the header, and Excel's own "sep=;"
DELIMITERS = (",", ";", "\t", "|")
# Headers by what they mean, without blanks and signs, in small letters.
FILE = {
    *("filename", "file", "name", "image", "images", "imagename", "imagefile", "photo", "photoname", "picture"),
    *("sourcefile", "filenames", "swcimage", "media", "fichier", "archivo", "datei", "jina"),
}
FOLDER = {"path", "folder", "directory", "dir", "originalpath", "filepath", "relativepath", "fullpath"}
TRANSECT = {
    *("transect", "transects", "transectno", "transectnr", "transectid", "transectname", "transectnumber", "tran"),
    *("line", "lineno", "lineid", "flightline", "transecto", "transekt", "transecte"),
}
CAMERA = {"camera", "cameraside", "side", "cam", "cameraid", "cameraname", "observerside", "camara", "kamera"}
QUOTED = re.compile(r"'\s*[=+\-@＝＋－＠]")
MEANINGS = {"file": FILE, "folder": FOLDER, "transect": TRANSECT, "camera": CAMERA}


class TableError(ValueError):
    """A file that cannot be read as such a table. Its text is for people."""


@dataclass(frozen=True)
class TableRow:
    """`number` counts from the top, as spreadsheets do. None: no such column, or an empty cell; what is there stays."""

    number: int
    folder: str
    file_name: str
    transect: str | None
    camera: str | None

    @property
    def shown(self) -> str:
        return f"{self.folder}/{self.file_name}" if self.folder else self.file_name


@dataclass(frozen=True)
class BadRow:
    number: int
    sentence: str


@dataclass(frozen=True)
class Table:
    rows: list[TableRow]
    bad: list[BadRow]


def read_table(content: bytes) -> Table:
    """Raises TableError where the file is too large, no text, or has no column that names files or transects."""
    if len(content) > MAX_BYTES:
        raise TableError(_("The table is larger than %(limit)d MB. Split it.") % {"limit": MAX_BYTES // 2**20})
    lines = io.StringIO(_decoded(content), newline="")
    n_lines, first = 1, lines.readline()
    while n_lines < MAX_EMPTY and (not first.strip(" ,;\t\r\n") or first.lower().startswith("sep=")):
        n_lines, first = n_lines + 1, lines.readline()
    delimiter, header = _header(first)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        return _read(header, reader, skipped=n_lines)
    except csv.Error as error:
        raise TableError(
            _("Row %(row)d cannot be read: is a quote left open?") % {"row": n_lines + reader.line_num}
        ) from error


def _decoded(content: bytes) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise TableError(_("This is a workbook. In Excel choose File, Save as, “CSV UTF-8”, and upload that."))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded_as(content, "utf-16")
    if b"\x00" in content[:200]:  # UTF-16 without its mark: Latin letters have a zero on one side
        return _decoded_as(content, "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _decoded_as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise TableError(_("This is no table that can be read: save it as “CSV UTF-8”.")) from None


def _header(line: str) -> tuple[str, list[str | None]]:
    """The delimiter under which most columns are known, and what each column means."""
    found = []
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        found.append((delimiter, [_meaning(cell) for cell in cells], cells))
    delimiter, meanings, cells = max(found, key=lambda one: len({*one[1]} - {None}), default=(",", [], [line]))
    names = {*meanings}
    if not names & {"file", "folder"} or not names & {"transect", "camera"}:
        said = ", ".join(cell.strip() for cell in cells[:12])[:200]
        raise TableError(
            _("The first row must name the columns: file name, and transect or camera. It says: %(said)s")
            % {"said": said or "–"}
        )
    return delimiter, [meaning if meaning not in meanings[:at] else None for at, meaning in enumerate(meanings)]


def _meaning(header: str) -> str | None:
    bare = re.sub(r"[\W_]+", "", header.lower())
    return next((meaning for meaning, headers in MEANINGS.items() if bare in headers), None)


def _read(header: Sequence[str | None], reader: Iterable[list[str]], *, skipped: int) -> Table:
    rows: list[TableRow] = []
    bad: list[BadRow] = []
    for at, cells in enumerate(reader, start=skipped + 1):
        values = {meaning: _plain(cell) for meaning, cell in zip(header, cells, strict=False) if meaning}
        if not any(values.values()):
            continue
        if at > MAX_ROWS + skipped:
            raise TableError(_("The table has more than %(limit)s rows. Split it.") % {"limit": f"{MAX_ROWS:,}"})
        try:
            rows.append(_row(at, values))
        except BadNameError as error:
            bad.append(BadRow(at, str(error)))
    return Table(rows, bad)


def _plain(cell: str) -> str:
    """Without the quote that Kopje's own tables put before what a spreadsheet would run."""
    cell = cell.strip()
    return cell[1:] if QUOTED.match(cell) else cell


def _row(number: int, values: dict[str, str]) -> TableRow:
    folder, _slash, file_name = _joined(values).rpartition("/")
    if not file_name:
        raise BadNameError(_("There is no file name."))
    return TableRow(
        number,
        folder,
        file_name,
        clean_transect(values.get("transect", "")) or None,
        clean_camera(values.get("camera", "")) or None,
    )


def _joined(values: dict[str, str]) -> str:
    """Folder and name in one, from any of the two columns: some tables repeat the name in the path."""
    name, folder = (values.get(key, "").replace("\\", "/").strip("/") for key in ("file", "folder"))
    if not name or folder.lower().endswith(f"/{name}".lower()) or folder.lower() == name.lower():
        return folder
    return f"{folder}/{name}" if folder else name
