"""`python manage.py dispatcher`: hands jobs out and puts right what was left lying. Several at once are harmless."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs import loop


class Command(BaseCommand):
    help = "Hands jobs to the workers until it is told to stop (SIGTERM or Ctrl-C)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=1.0, help="Seconds between two rounds.")

    def handle(self, *_args: Any, every: float, **_options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        logging.getLogger(__name__).info("The dispatcher is at work.")
        loop.run(stop, every_s=every)
