"""The answers of real Detectron2 against those of the `rcnn` backend."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.engine import EngineError
from inference.golden.case import GoldenError, case_folders, read_case


class Command(BaseCommand):
    help = "Runs case folders of Detectron2's answers through the rcnn backend: a line a case, exit 1 on a failure."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a case, or a folder with cases")
        parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="cpu")

    def handle(self, **options: Any) -> None:
        try:
            folders = [case for folder in options["folders"] for case in case_folders(folder)]
        except GoldenError as error:
            raise CommandError(str(error)) from error
        failed = [folder.name for folder in folders if not self._passes(folder, options["device"])]
        if failed:
            raise CommandError(f"{len(failed)} of {len(folders)} cases failed: {', '.join(failed)}.")

    def _passes(self, folder: Path, device: str) -> bool:
        """Whether the case passes; says so in one line."""
        started = time.perf_counter()
        faults, told = _outcome(folder, device)
        fate = f"FAILED: {'; '.join(faults)}" if faults else "ok"
        self.stdout.write(f"{folder.name}: {fate}{told} ({time.perf_counter() - started:.1f} s)")
        self.stdout.flush()
        return not faults


def _outcome(folder: Path, device: str) -> tuple[list[str], str]:
    try:
        from inference.golden.run import run_case  # PyTorch is an extra
    except ModuleNotFoundError as error:
        raise CommandError("PyTorch is not installed: pip install the extra 'torch'.") from error
    try:
        outcome = run_case(read_case(folder), device)
    except (GoldenError, EngineError) as error:
        return [str(error)], ""
    worst = f"at most {outcome.box_px:.2g} px and {outcome.score:.2g} score off"
    return outcome.faults, f", {outcome.n_boxes} boxes, {worst}"
