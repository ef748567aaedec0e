"""The Celery app: workers, queues, broker. Results, state and retries live in the job rows, not in Celery."""

import os
import warnings
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from celery import Celery, signals
from celery.exceptions import SecurityWarning
from django.conf import settings
from kombu import Exchange, Queue

from jobs import registry

IS_FILE_BROKER = settings.BROKER_URL == "filesystem://"

# Celery warns of running as root because a pickled message could run anything. Messages here are JSON and nothing else.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("kopje")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_transport="jobs.filebroker:Transport" if IS_FILE_BROKER else None,
    broker_transport_options=settings.BROKER_OPTIONS,
    broker_connection_retry_on_startup=True,
    # The nameless exchange leads a message straight to its queue; named ones are kept in files that races spoil.
    task_queues=[Queue(name, Exchange(""), routing_key=name) for name in registry.QUEUES],
    task_default_queue="control",
    task_create_missing_queues=False,
    imports=["jobs.tasks"],
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    # A message is acknowledged after the work, but nothing depends on that: the lease tells what was not finished.
    task_acks_late=True,
    task_reject_on_worker_lost=False,
    worker_prefetch_multiplier=1,
    worker_lost_wait=1,  # seconds for a result of a child that died; there are no results
    worker_max_memory_per_child=2_000_000,  # KiB; looked at between two jobs
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_enable_remote_control=not IS_FILE_BROKER,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_log_color=False,
)


@signals.worker_init.connect
def import_before_children(**_facts: Any) -> None:
    registry.import_handlers()


@signals.worker_process_init.connect
def start_pulse(**_facts: Any) -> None:
    from jobs import pulse

    pulse.start(os.environ.get("KOPJE_QUEUES", ""))


@signals.worker_shutting_down.connect
def stop_children_soon(**_facts: Any) -> None:
    """Told to stop, a worker gives its jobs a few seconds; then each child hands its job back and ends."""
    from jobs import stopping

    stopping.stop_children_after(settings.WORKER_STOP_S)
