"""One script from a folder of images to a table of boxes: no server, and with a model folder no database either."""

from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from inference.detect_files import (
    EMPTY,
    FAILED,
    FOUND,
    FileSearch,
    Record,
    SearchedWith,
    images_in,
    is_unchanged,
    name_of,
)
from inference.detect_former import FormerError, read_former
from inference.detect_lock import OutputTakenError, alone_with
from inference.detect_output import ENDINGS, FORMATS, SEARCHED_WITH, Output, is_kept_by, on_screen, open_output
from inference.detect_progress import DetectProgress
from inference.engine import EngineError, SearchSettings, load_card, load_detector
from inference.engine.card import CARD_FILE
from inference.models import Mode, ModelVersion

INTERRUPTED = 130  # what a shell calls a command that Ctrl-C ended


class Command(BaseCommand):
    help = "Searches image files with a registered model or a model folder, and lists every file with what was found."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, and folders with all below")
        parser.add_argument("--model", required=True, metavar="NAME|NAME/VERSION|FOLDER")
        parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=settings.DEVICE)
        parser.add_argument(
            "--mode", choices=Mode.values, default=Mode.EXACT.value, help="how the model is computed (exact)"
        )
        parser.add_argument("--threshold", type=float, help="lowest model score kept (the card's)")
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="a .csv, .json or .coco.json file; what it holds of unchanged files is kept, and the rest is searched",
        )
        parser.add_argument("--format", choices=FORMATS, help="of the file (its ending says) or the screen (csv)")

    def handle(self, **options: Any) -> None:
        files = _files(options["paths"])
        out, kind = _destination(options["out"], options["format"])
        try:
            with alone_with(out) if out and is_kept_by(out) else nullcontext():
                self._detect(files, out, kind, options)
        except OutputTakenError as error:
            raise CommandError(
                f"Another detect command is writing {out}: wait until it is done, or name another file with --out."
            ) from error
        except OSError as error:
            raise CommandError(f"{out or 'The table'} cannot be written: {error.strerror}.") from error

    def _detect(self, files: list[Path], out: Path | None, kind: str, options: dict[str, Any]) -> None:
        folder = _model_folder(options["model"])
        searched_with = _searched_with(folder, options["mode"], options["threshold"])
        former = _former(out, kind, searched_with) if out else {}
        search = _search(folder, options["device"], searched_with)
        waiting = [path for path in files if not is_unchanged(path, former.get(name_of(path)))]
        again = set(map(name_of, waiting))
        states = Counter(former[name]["state"] for name in map(name_of, files) if name not in again)
        kept = [record for name, record in former.items() if name not in again]
        with ExitStack() as stack:
            output = _output(out, self.stdout, kind, search.detector.labels, kept, stack)
            self._search_all(waiting, search, output, states, out)
        self._end(states)

    def _search_all(
        self, waiting: list[Path], search: FileSearch, output: Output, states: Counter[str], out: Path | None
    ) -> None:
        progress = DetectProgress(self.stderr, len(waiting), is_bar=self.stderr.isatty())
        if n_kept := states.total():
            progress.say(f"{n_kept} files are unchanged since {out} was written and are not searched again.")
        try:
            for path in waiting:
                record = search.record(path, progress.batch)
                output.add(record)
                states[record["state"]] += 1
                progress.file(record)
        except KeyboardInterrupt:
            progress.end()
            output.end()
            raise CommandError(
                _interrupted(states.total(), len(waiting) + n_kept, out), returncode=INTERRUPTED
            ) from None
        progress.end()
        output.end()

    def _end(self, states: Counter[str]) -> None:
        summary = f"{states[FOUND]} with detections, {states[EMPTY]} empty, {states[FAILED]} failed."
        if states[FAILED]:
            raise CommandError(f"{summary} Those that failed are listed with the reason.")
        self.stderr.write(summary, style_func=str)


def _interrupted(n_done: int, n_files: int, out: Path | None) -> str:
    if out is None:
        return f"Stopped after {n_done} of {n_files} files. With --out FILE the next time could go on from here."
    return f"Stopped: {n_done} of {n_files} files are in {out}. Give the same command again to go on."


def _files(paths: list[Path]) -> list[Path]:
    if missing := [path for path in paths if not path.exists()]:
        raise CommandError(f"There is no file or folder {missing[0]}.")
    if not (files := list(dict.fromkeys(images_in(paths)))):
        raise CommandError("There is no image in these folders.")
    return files


def _destination(out: Path | None, kind: str | None) -> tuple[Path | None, str]:
    """Where to write, and in which format: as asked, or as the file's ending says."""
    if out is None:
        return None, kind or "csv"
    named = next((ENDINGS[ending] for ending in ENDINGS if out.name.endswith(ending)), None)
    if not (kind or named):
        raise CommandError(
            f"{out.name} must end in .csv or .json (.coco.json for COCO), or --format must say what it is."
        )
    # What is written replaces the file: a link must go on leading there.
    return out.resolve() if out.is_symlink() else out, kind or str(named)


def _model_folder(name: str) -> Path:
    folder = Path(name)
    if (folder / CARD_FILE).exists():
        return folder
    if folder.is_dir():
        raise CommandError(f"The folder {name} is no model folder: it has no {CARD_FILE}.")
    try:
        version = ModelVersion.objects.latest_of(*name.split("/", maxsplit=1))
    except DatabaseError as error:
        raise CommandError("The database cannot be read. Name a model folder, or run migrate first.") from error
    if version is None:
        raise CommandError(f"There is neither a model folder nor a registered model {name}.")
    return version.folder


def _searched_with(folder: Path, mode: str, threshold: float | None) -> SearchedWith:
    try:
        card = load_card(folder)
    except EngineError as error:
        raise CommandError(str(error)) from error
    return SearchedWith.of(folder, card, mode, card.score_threshold if threshold is None else threshold)


def _search(folder: Path, device: str, searched_with: SearchedWith) -> FileSearch:
    threshold = searched_with.threshold
    try:
        detector = load_detector(folder, device=device, score_threshold=threshold, mode=searched_with.mode)
        wanted = replace(SearchSettings.from_card(load_card(folder)), score_threshold=threshold)
    except EngineError as error:
        raise CommandError(str(error)) from error
    return FileSearch(detector, wanted, searched_with, settings.IMAGE_MAX_PIXELS)


def _former(out: Path, kind: str, searched_with: SearchedWith) -> dict[str, Record]:
    """What a former command wrote into the same file with the same model and settings."""
    if not is_kept_by(out):
        return {}
    try:
        former = read_former(out, kind)
    except FormerError as error:
        raise CommandError(
            f"{out} holds something else than what this command writes as {kind}: name another file, or remove it."
        ) from error
    except OSError as error:
        raise CommandError(f"{out} cannot be read: {error.strerror}.") from error
    for record in former.values():
        then = SearchedWith(**{name: record[name] for name in SEARCHED_WITH})
        if then != searched_with:
            raise CommandError(
                f"{out} was made with {then}, and not with {searched_with}: name another file, or remove it."
            )
    return former


def _output(
    out: Path | None, screen: Any, kind: str, labels: tuple[str, ...], kept: list[Record], stack: ExitStack
) -> Output:
    return open_output(out, kind, labels, kept, stack) if out else on_screen(screen, kind, labels)
