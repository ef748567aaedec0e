"""One script from a folder of images to a table of boxes: no server, and with a model folder no database either."""

from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from inference.detect_files import EMPTY, FAILED, FOUND, FileResult, images_in, search_file
from inference.detect_output import OUTPUTS, Output
from inference.engine import EngineError, SearchSettings, load_card, load_detector
from inference.engine.card import CARD_FILE
from inference.models import ModelVersion


class Command(BaseCommand):
    help = "Searches image files with a registered model or a model folder, and lists every file with what was found."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, and folders with all below")
        parser.add_argument("--model", required=True, metavar="NAME|NAME/VERSION|FOLDER")
        parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=settings.DEVICE)
        parser.add_argument("--threshold", type=float, help="lowest model score kept (the card's)")
        parser.add_argument("--out", type=Path, metavar="FILE", help="a .csv or .json file (CSV on the screen)")

    def handle(self, **options: Any) -> None:
        files = _files(options["paths"])
        folder = _model_folder(options["model"])
        try:
            card = load_card(folder)
            threshold = card.score_threshold if options["threshold"] is None else options["threshold"]
            detector = load_detector(folder, device=options["device"], score_threshold=threshold)
        except EngineError as error:
            raise CommandError(str(error)) from error
        wanted = replace(SearchSettings.from_card(card), score_threshold=threshold)
        with ExitStack() as stack:
            output = _output(options["out"] or self.stdout, detector.labels, stack)
            states: Counter[str] = Counter()
            for number, path in enumerate(files, start=1):
                result = search_file(path, detector, wanted, max_pixels=settings.IMAGE_MAX_PIXELS)
                output.add(result)
                states[result.state] += 1
                self._say(number, len(files), result)
            output.end()
        self._end(states)

    def _say(self, number: int, total: int, result: FileResult) -> None:
        told = result.reason if result.state == FAILED else f"{len(result.boxes)} found"
        self.stderr.write(f"{number}/{total} {result.path}: {told}", style_func=str)

    def _end(self, states: Counter[str]) -> None:
        summary = f"{states[FOUND]} with detections, {states[EMPTY]} empty, {states[FAILED]} failed."
        if states[FAILED]:
            raise CommandError(f"{summary} Those that failed are listed with the reason.")
        self.stderr.write(summary, style_func=str)


def _files(paths: list[Path]) -> list[Path]:
    if missing := [path for path in paths if not path.exists()]:
        raise CommandError(f"There is no file or folder {missing[0]}.")
    if not (files := list(images_in(paths))):
        raise CommandError("There is no image in these folders.")
    return files


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


def _output(out: Path | Any, labels: tuple[str, ...], stack: ExitStack) -> Output:
    if not isinstance(out, Path):
        return OUTPUTS[".csv"](out, labels)
    if out.suffix not in OUTPUTS:
        raise CommandError(f"{out.name} must end in {' or '.join(OUTPUTS)}.")
    try:
        file: TextIO = stack.enter_context(out.open("w", encoding="utf-8", newline=""))
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
    return OUTPUTS[out.suffix](file, labels)
