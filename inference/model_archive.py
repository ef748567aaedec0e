"""A model folder as it is posted: several files, or one .zip. Both are hostile until decoded.

Only files of a model folder are taken, under their own names, from one folder of the archive; no name that stands in
it is ever used as a path.
"""

import errno
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.utils.translation import gettext as _

from inference.engine import EngineError, ModelCard, load_card
from inference.engine.card import CARD_FILE, MAX_CARD_BYTES, WEIGHTS_FILES
from inference.engine.selftest import MAX_BYTES as SELFTEST_BYTES
from inference.registry import RegistryError
from surveys.uploads import DiskFullError, check_room

MOST_BYTES = 2 * 2**30
MOST_FILES = 200
MOST_AT_ONCE = 4 * 2**20  # of the archive in memory: its list of files is read in one piece, whatever it claims to be
PIECE_BYTES = 2**20
FILES = {CARD_FILE: MAX_CARD_BYTES, **dict.fromkeys(WEIGHTS_FILES.values(), MOST_BYTES), **SELFTEST_BYTES}
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of other ways a piece is unpacked as a whole, however large
DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OverflowError, RuntimeError, ValueError, OSError,
)  # fmt: skip


class _Measured:
    """The archive's file, of which nobody reads more at once than a list of some files needs."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(min(size, MOST_AT_ONCE + 1) if size >= 0 else MOST_AT_ONCE + 1)
        if len(content) > MOST_AT_ONCE:
            raise RegistryError(_("The archive holds more than a model folder does: pack the folder alone."))
        return content


def card_of_files(files: Mapping[str, IO[bytes]]) -> ModelCard:
    """The card among files by name. Raises RegistryError with what is missing or wrong."""
    if CARD_FILE not in files:
        sentence = _("There is no %(file)s among the files: a model folder is %(file)s and the weights.")
        raise RegistryError(sentence % {"file": CARD_FILE})
    card = _card(files[CARD_FILE].read(MAX_CARD_BYTES + 1))
    if (weights := card.weights_file) and weights not in files:
        raise RegistryError(_("The weights %(file)s are missing beside %(card)s.") % _names(weights))
    return card


def card_of_archive(file: IO[bytes]) -> ModelCard:
    """The card in a .zip. Raises RegistryError with what is missing or wrong."""
    with _opened(file) as archive:
        entries = _entries(archive)
        with archive.open(entries[CARD_FILE]) as entry:
            card = _card(entry.read(MAX_CARD_BYTES + 1))
        if (weights := card.weights_file) and weights not in entries:
            raise RegistryError(_("The weights %(file)s are missing beside %(card)s.") % _names(weights))
        return card


def unpack(file: IO[bytes], folder: Path) -> None:
    """The files of the model folder in a .zip, into an existing folder. Raises RegistryError."""
    with _opened(file) as archive:
        entries = _entries(archive)
        _check_room(sum(entry.file_size for entry in entries.values()))  # nothing is read beyond what it says of that
        for name, entry in entries.items():
            _copy(archive, entry, folder / name, most=FILES[name])


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    measured: Any = _Measured(file)
    try:
        with zipfile.ZipFile(measured) as archive:
            yield archive
    except RegistryError:
        raise
    except DAMAGE as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise
        raise RegistryError(_("The .zip is damaged, or packed in a way that is not known: pack it again.")) from error


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of a model folder by name, all of one folder of the archive."""
    found: dict[str, zipfile.ZipInfo] = {}
    folders = set()
    for entry in _harmless(archive):
        path = PurePosixPath(entry.filename)
        if entry.is_dir() or path.name not in FILES or "__MACOSX" in path.parts:
            continue
        if path.name in found:
            raise RegistryError(_("The archive holds %(file)s twice: pack one model folder.") % {"file": path.name})
        found[path.name] = entry
        folders.add(path.parent)
    if CARD_FILE not in found:
        sentence = _("There is no %(file)s in the archive: a model folder is %(file)s and the weights.")
        raise RegistryError(sentence % {"file": CARD_FILE})
    if len(folders) > 1:
        raise RegistryError(_("The files in the archive lie in several folders: pack one model folder."))
    return found


def _harmless(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Its entries; an archive that tries to reach out of a folder is refused as a whole."""
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise RegistryError(_("The archive holds more than a model folder does: pack the folder alone."))
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
            raise RegistryError(_("The archive holds a path that leads out of its folder. Nothing of it is taken."))
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise RegistryError(_("The archive holds a link. Pack the files themselves."))
        if entry.flag_bits & 1:
            raise RegistryError(_("The archive is locked by a password. Pack it without one."))
        if not entry.filename or entry.compress_type not in PACKED:
            raise zipfile.BadZipFile(entry.filename)
    return entries


def _check_room(n_bytes: int) -> None:
    """For the files, and for the copy that the registry makes of them."""
    try:
        check_room(2 * n_bytes)
    except DiskFullError as error:
        sentence = _("There is no room on the server's disk for what the archive holds. Ask whoever runs this server.")
        raise RegistryError(sentence) from error


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, *, most: int) -> None:
    """Counted while it is unpacked: what the archive says of sizes is only its word."""
    left = most
    with archive.open(entry) as source, target.open("wb") as file:
        while piece := source.read(PIECE_BYTES):
            left -= len(piece)
            if left < 0:
                sentence = _("%(file)s in the archive is larger than the %(most)d MB that it may be.")
                raise RegistryError(sentence % {"file": target.name, "most": most // 10**6})
            file.write(piece)


def _card(content: bytes) -> ModelCard:
    with tempfile.TemporaryDirectory(prefix="kopje-card-") as folder:
        (Path(folder) / CARD_FILE).write_bytes(content)
        try:
            return load_card(folder)
        except EngineError as error:
            raise RegistryError(str(error)) from error


def _names(weights: str) -> dict[str, str]:
    return {"file": weights, "card": CARD_FILE}
