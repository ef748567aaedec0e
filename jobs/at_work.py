"""Whether anybody works on a queue."""

from datetime import datetime, timedelta

from jobs.models import Pulse

RECENT = timedelta(seconds=35)  # processes say every ten seconds that they are alive


def is_worked_on(queue: str, *, now: datetime) -> bool:
    alive = Pulse.objects.filter(role=Pulse.Role.WORKER, at__gt=now - RECENT)
    return any(queue in queues.split(",") for queues in alive.values_list("queues", flat=True))
