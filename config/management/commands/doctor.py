"""`python manage.py doctor`: manage.py calls config.doctor.front before Django is loaded; this is for all others."""

import sys
from argparse import REMAINDER
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.doctor import front


class Command(BaseCommand):
    help = "Looks at everything that Kopje needs, a line for each, with the remedy for what is not well."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arguments", nargs=REMAINDER)

    def handle(self, *_args: Any, arguments: list[str], **_options: Any) -> None:
        if front.main(arguments):
            sys.exit(1)
