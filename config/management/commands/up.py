"""`python manage.py up`: the whole of Kopje on one machine, in one terminal."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from config import demo
from config.announce import Place, announce
from config.management.commands.web import refuse_taken_port
from config.serve import refuse_missing_device
from config.supervise import processes_of_kopje, run


class Command(BaseCommand):
    help = "Migrates the database, then runs web, dispatcher and worker until Ctrl-C or SIGTERM."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--concurrency", help="How many images are searched at once.")
        parser.add_argument(
            "--demo", action="store_true", help="Makes a person to log in as and a sample survey, and prints the login."
        )

    def handle(self, *_args: Any, host: str, port: int, concurrency: str | None, **options: Any) -> None:
        refuse_taken_port(host, port)
        refuse_missing_device()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        os.environ["DATA_DIR"] = str(settings.DATA_DIR)
        if options["demo"]:  # who tries it out is told how far it is, not of every job
            os.environ.setdefault("LOG_LEVEL", "WARNING")
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        if options["demo"]:
            demo.refuse_beside_others()
        web, *others = processes_of_kopje(host, port, concurrency)
        children = [*others]

        def prepare() -> None:
            login = ""
            if options["demo"]:
                login = f"{demo.NAME} / {demo.make_person(settings.DATA_DIR)}"
                demo.prepare(concurrency and int(concurrency))
            call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
            children.append(web)  # not before: it reads at its start what files there are
            announce(Place(host, port), stop, login=login)

        preparation = _Preparation(prepare, stop)
        preparation.start()
        run(children, stop)
        preparation.end()
        self.stdout.write("Kopje has stopped. The same command starts it again; the data stays.")


class _Preparation(threading.Thread):
    """Work for the seconds in which the workers start; where it fails everything stops."""

    def __init__(self, work: Callable[[], None], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._work, self._stop_all, self._error = work, stop, None

    def run(self) -> None:
        try:
            self._work()
        except Exception as error:
            self._error = error
            self._stop_all.set()
        finally:
            connection.close()

    def end(self) -> None:
        self.join()
        if self._error:
            raise self._error
