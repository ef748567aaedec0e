"""`python manage.py up`: the whole of Kopje on one machine, in one terminal."""

import os
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from config import demo
from config.management.commands.web import refuse_taken_port
from config.supervise import Child, run

# Two workers: what people wait for (reading a file, a pyramid, an export) never stands behind a long search.
QUICK = "io,tiles,export,control"


class Command(BaseCommand):
    help = "Migrates the database, then runs web, dispatcher and worker until Ctrl-C or SIGTERM."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--concurrency", help="How many images are searched at once.")
        parser.add_argument("--demo", action="store_true", help="Makes a person to log in as, and prints the login.")

    def handle(self, *_args: Any, host: str, port: int, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        refuse_taken_port(host, port)
        os.environ["DATA_DIR"] = str(settings.DATA_DIR)
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
        demo.announce(f"http://127.0.0.1:{port}", self._welcome(host, port, options["demo"]), stop)
        run(_children(host, port, options["concurrency"]), stop)

    def _welcome(self, host: str, port: int, is_demo: bool) -> list[str]:
        login = [f"Login: {demo.NAME} / {demo.make_person(settings.DATA_DIR)}"] if is_demo else []
        return [f"Kopje is ready: http://{host}:{port}", *login, "Ctrl-C stops it."]


def _children(host: str, port: int, concurrency: str | None) -> list[Child]:
    at_once = ["--concurrency", concurrency] if concurrency else []
    return [
        Child(["web", "--host", host, "--port", str(port)]),
        Child(["dispatcher"]),
        Child(["worker", "--queues", QUICK, "--concurrency", "1"]),
        Child(["worker", "--queues", "detect", *at_once]),
    ]
