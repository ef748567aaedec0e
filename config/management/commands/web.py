"""`python manage.py web`: the web server.

An upload holds its thread for as long as the client takes, and a client that stalls holds it for ever: hence many
threads, made when needed and dropped when idle.
"""

import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.environment import BASE_DIR

STOP_S = 10


def refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}, port {port} ({error.strerror}). "
                "Stop what listens there, or choose another one with --port."
            ) from error


class Command(BaseCommand):
    help = "Serves the pages and the API."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="Processes.")
        parser.add_argument("--threads", type=int, default=64, help="Requests at once in a process.")

    def handle(self, *_args: Any, host: str, port: int, workers: int, threads: int, **_options: Any) -> None:
        refuse_taken_port(host, port)
        os.environ.update(DATA_DIR=str(settings.DATA_DIR))
        os.chdir(BASE_DIR)
        self.stdout.write(f"Kopje listens on http://{host}:{port}")
        sys.stdout.flush()
        # In this very process: started as another program, it and each of its children would load all of Kopje again.
        from granian import Granian
        from granian.constants import Interfaces
        from granian.log import LogLevels

        Granian(
            "config.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            websockets=False,
            workers=workers,
            blocking_threads=threads,
            workers_kill_timeout=STOP_S,
            respawn_failed_workers=True,
            # below that it tells of every start, and warns of the many threads
            log_level=LogLevels.debug if settings.LOG_LEVEL == "DEBUG" else LogLevels.error,
        ).serve()
