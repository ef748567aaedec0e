"""Messages as files, for one machine without Redis: kombu's file transport, made safe for several processes.

kombu's own writes a message into its final name, so that a reader may find it half-written and stop; lists the messages
of all queues to find one; and numbers them by the time since boot. Here a message appears by renaming, each queue has a
folder, and names sort by the time of day. A message that is lost with its reader is no loss: the rows are the queue.
"""

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any, ClassVar

from kombu.transport import filesystem


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **_options: Any) -> None:
        name = f"{time.time_ns():020}_{uuid.uuid4().hex}"
        hidden = self._folder(queue) / f".{name}"
        hidden.write_text(json.dumps(payload))
        hidden.rename(hidden.with_name(f"{name}.msg"))

    def _get(self, queue: str) -> dict[str, Any]:
        for path in self._messages(queue):
            taken = path.with_suffix(f".{os.getpid()}")
            try:
                path.rename(taken)
                payload = json.loads(taken.read_text())
                taken.unlink()
            except (FileNotFoundError, json.JSONDecodeError):
                continue  # another worker was faster
            return payload
        raise Empty

    def _size(self, queue: str) -> int:
        return sum(1 for _ in self._messages(queue))

    def _purge(self, queue: str) -> int:
        messages = list(self._messages(queue))
        for path in messages:
            path.unlink(missing_ok=True)
        return len(messages)

    def _messages(self, queue: str) -> Iterator[Path]:
        return iter(sorted(self._folder(queue).glob("[0-9]*.msg")))

    def _folder(self, queue: str) -> Path:
        folder = Path(self.data_folder_in) / queue
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class Transport(filesystem.Transport):
    """Says that it works in an event loop, which it does by looking for messages again and again.

    Otherwise Celery takes its older pool, whose children share locks: one that is killed at the wrong moment leaves a
    lock taken for ever, and the worker hangs.
    """

    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)
    default_connection_params: ClassVar[dict[str, Any]] = {}  # there is no host to connect to

    def register_with_event_loop(self, _connection: Any, loop: Any) -> None:
        loop.call_repeatedly(self.polling_interval, self.deliver_all)

    def deliver_all(self) -> None:
        """Every message that somebody here may have now."""
        with suppress(Empty):
            while True:
                self.cycle.get(self._deliver, timeout=0)


def wipe(folder: str) -> None:
    """The dispatcher begins with no message: whatever was out is in the rows, and is handed out again."""
    for queue in Path(folder).iterdir():
        shutil.rmtree(queue, ignore_errors=True)
