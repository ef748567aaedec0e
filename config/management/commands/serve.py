"""`python manage.py serve`: Kopje for an office, on one machine of its network."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config import serve, unit
from config.management.commands.web import refuse_taken_port
from config.supervise import processes_of_kopje, run


class Command(BaseCommand):
    help = "Serves Kopje to the local network and keeps all its processes running, until Ctrl-C or SIGTERM."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="0.0.0.0", help="Where to listen: every network of this machine.")  # noqa: S104
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--concurrency", help="How many images are searched at once.")
        parser.add_argument("--write-unit", type=Path, metavar="FILE", help="Writes a systemd unit, and serves not.")
        parser.add_argument("--user", default=unit.default_user(), help="The user that the unit runs as.")

    def handle(self, *_args: Any, host: str, port: int, **options: Any) -> None:
        if options["write_unit"]:
            self._write_unit(options["write_unit"], unit.unit(host, port, options["user"]), options["user"])
        else:
            self._serve(host, port, options["concurrency"])

    def _serve(self, host: str, port: int, concurrency: str | None) -> None:
        if settings.DEBUG:
            raise CommandError("DEBUG=1 shows the inside of Kopje to everybody on the network: serve without it.")
        refuse_taken_port(host, port)
        serve.refuse_full_disk()
        serve.refuse_missing_device()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self._say([*serve.where_data_is(), "Preparing ..."])
        place = serve.Served.at(host, port)
        os.environ.update(DATA_DIR=str(settings.DATA_DIR), ALLOWED_HOSTS=",".join(place.allowed_hosts()))
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
        self._say(serve.prepare_data())
        connection.close()  # what follows are other processes
        threading.Thread(target=self._say_when_ready, args=(place, stop), daemon=True).start()
        run(processes_of_kopje(host, port, concurrency), stop)
        self._say(["Kopje has stopped."])

    def _say_when_ready(self, place: serve.Served, stop: threading.Event) -> None:
        for sentence in serve.wait_until_ready(place, stop):
            self._say([sentence])
        if not stop.is_set():
            self._say(serve.welcome(place))
        connection.close()
        stop.wait()
        self._say([f"Stopping: running jobs get {settings.WORKER_STOP_S:g} s, the rest is done after the next start."])

    def _say(self, sentences: list[str]) -> None:
        for sentence in sentences:
            self.stdout.write(sentence)
        self.stdout.flush()

    def _write_unit(self, path: Path, text: str, user: str) -> None:
        try:
            path.write_text(text)
        except OSError as error:
            raise CommandError(f"{path} cannot be written ({error.strerror}).") from error
        self._say([f"{path} is written. To start Kopje with this machine, as root:", *unit.instructions(path, user)])
        if secrets := unit.secrets_given():
            self._say([f"Not in it, because they are secret: {', '.join(secrets)}. Write them, a line NAME=value "
                       f"each, into {unit.secrets_file()}, readable by its owner only (chmod 600)."])  # fmt: skip
