"""A model folder (card.json and weights) into the registry."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.registry import RegistryError, register_model


class Command(BaseCommand):
    help = "Registers a model folder (card.json and weights). A registered version never changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("--for-tests", action="store_true", help="also accept the made-up formats that tests use")

    def handle(self, **options: Any) -> None:
        try:
            version, is_new = register_model(options["folder"], for_tests=options["for_tests"])
        except RegistryError as error:
            raise CommandError(str(error)) from error
        fate = "registered" if is_new else "was registered already, with the same content"
        self.stdout.write(f"{version}: {fate}. It finds: {', '.join(version.labels)}.")
