"""A Detectron2 checkpoint into a model folder, without running anything that the checkpoint contains."""

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.engine import EngineError, ModelCard
from inference.engine.card import VIEWS

STORY = ("licence", "source", "training_data", "intended_use")
TOLD = (*STORY, "trained_gsd_cm", "view")


class Command(BaseCommand):
    help = "Writes a model folder (safetensors and card) of a Detectron2 configuration and checkpoint."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("config", type=Path, metavar="CONFIG.yaml")
        parser.add_argument("weights", type=Path, metavar="WEIGHTS", help="a .pth or .pkl file")
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder")
        parser.add_argument("--name", help="the model's name (that of the folder)")
        parser.add_argument("--model-version", default="1", metavar="VERSION")
        parser.add_argument("--labels", nargs="+", metavar="LABEL", help="in the order in which the model was trained")
        parser.add_argument("--labels-file", type=Path, metavar="FILE", help="the same from a file, a label a line")
        parser.add_argument("--patch", nargs=2, type=int, metavar=("WIDTH", "HEIGHT"), help="px cut from an image")
        parser.add_argument("--overlap", type=int, metavar="PX", help="at least as long as the largest animal")
        parser.add_argument("--trained-gsd-cm", nargs=2, type=float, metavar=("LOWEST", "HIGHEST"))
        parser.add_argument("--view", nargs="+", choices=VIEWS)
        for key in STORY:
            parser.add_argument(f"--{key.replace('_', '-')}", metavar="TEXT")

    def handle(self, **options: Any) -> None:
        try:
            from inference.engine.backends.rcnn.conversion.folder import Facts, convert  # PyTorch is an extra
        except ModuleNotFoundError as error:
            raise CommandError("PyTorch is not installed: pip install the extra 'torch'.") from error
        facts = Facts(
            name=options["name"] or _name_of(options["folder"]),
            version=options["model_version"],
            labels=_labels(options["labels"], options["labels_file"]),
            patch=tuple(options["patch"] or (0, 0)),
            overlap=options["overlap"],
            story={key: options[key] for key in TOLD if options[key]},
        )
        try:
            converted = convert(options["config"], options["weights"], options["folder"], facts)
        except EngineError as error:
            raise CommandError(str(error)) from error
        self._tell(converted.card, converted.unknown, is_named=bool(facts.labels))

    def _tell(self, card: ModelCard, unknown: tuple[str, ...], *, is_named: bool) -> None:
        patch = card.patch
        self.stdout.write(
            f"{card.name}/{card.version}: {card.architecture}, {len(card.labels)} labels, {card.channel_order}, "
            f"patches of {patch.width} x {patch.height} px that overlap by {patch.overlap}, scores from "
            f"{card.score_threshold:g}."
        )
        if unknown:
            self._warn(f"Detectron2 does not know these settings, and Kopje passes them over: {', '.join(unknown)}.")
        if not is_named:
            self._warn(
                "A checkpoint does not know what its labels are called: they are numbered. Write their names into "
                "card.json, in the order in which the model was trained, or convert again with --labels."
            )
        if missing := [key for key in TOLD if not getattr(card, key)]:
            self._warn(f"The card does not say yet: {', '.join(missing)}.")

    def _warn(self, sentence: str) -> None:
        self.stderr.write(sentence, style_func=self.style.WARNING)


def _name_of(folder: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._")[:100]


def _labels(given: list[str] | None, file: Path | None) -> tuple[str, ...]:
    if given and file:
        raise CommandError("Give --labels or --labels-file, not both.")
    if file is None:
        return tuple(given or ())
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise CommandError(f"The labels file {file} cannot be read.") from error
    if labels := tuple(line.strip() for line in lines if line.strip()):
        return labels
    raise CommandError(f"The labels file {file} is empty: write a label a line.")
