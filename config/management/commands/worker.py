"""`python manage.py worker`: Celery's prefork worker, with the flags that the house needs."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.concurrency import default_concurrency
from config.environment import BASE_DIR
from config.serve import refuse_missing_device
from jobs.registry import QUEUES


class Command(BaseCommand):
    help = "Works on jobs until it is told to stop (SIGTERM or Ctrl-C)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--queues", default=",".join(QUEUES), help=f"Which queues to work on (all: {','.join(QUEUES)})."
        )
        parser.add_argument("--concurrency", type=int, default=default_concurrency(), help="How many jobs at once.")

    def handle(self, *_args: Any, queues: str, concurrency: int, **_options: Any) -> None:
        unknown = set(queues.split(",")) - set(QUEUES)
        if unknown:
            raise CommandError(f"No such queue: {', '.join(sorted(unknown))}. There are {', '.join(QUEUES)}.")
        if "detect" in queues.split(","):
            refuse_missing_device()
        # No system checks: a worker's main process does as little as it can before it forks.
        os.environ.update(KOPJE_QUEUES=queues, KOPJE_CONCURRENCY=str(concurrency))
        os.environ.update(DATA_DIR=str(settings.DATA_DIR), CELERY_SKIP_CHECKS="1")
        os.chdir(BASE_DIR)
        # In this very process: started as another program, it would load all of Kopje a second time.
        from config.celery import app

        app.worker_main(_arguments(queues, concurrency))


def _arguments(queues: str, concurrency: int) -> list[str]:
    options = {
        "pool": "prefork",
        "concurrency": concurrency,
        "queues": queues,
        "hostname": f"{os.getpid()}@%h",
        "loglevel": settings.LOG_LEVEL,
    }
    given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return ["--quiet", "worker", *given, "--without-gossip", "--without-mingle", "--without-heartbeat"]
