"""Asking a network about many windows, batch by batch, with the batch size that fits into memory."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from imaging.wording import gettext as _
from inference.engine.detector import Window
from inference.engine.errors import DetectorError, DetectorMemoryError

Answer = TypeVar("Answer")
OnBatch = Callable[[int, int], None]


@dataclass
class Asking:
    """The batch size that fits, and the seconds it took: wall clock, and CPU of the whole process."""

    batch: int
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def all(
        self, ask: Callable[[Sequence[Window]], Sequence[Answer]], windows: Sequence[Window], on_batch: OnBatch
    ) -> list[Answer]:
        """One answer for each window. `on_batch(windows done, windows in all)` is called before the first and after
        every batch. Running out of memory halves the batch. Raises DetectorError."""
        found: list[Answer] = []
        on_batch(0, len(windows))
        while len(found) < len(windows):
            found.extend(self._next(ask, windows[len(found) :]))
            on_batch(len(found), len(windows))
        return found

    def _next(self, ask: Callable[[Sequence[Window]], Sequence[Answer]], waiting: Sequence[Window]) -> Sequence[Answer]:
        while True:
            try:
                return self._timed(ask, waiting[: self.batch])
            except (DetectorMemoryError, MemoryError) as problem:
                if self.batch == 1:
                    raise DetectorError(
                        _(
                            "There is not enough memory to search even one patch: use a smaller patch, fewer workers "
                            "on this machine, or a machine with more memory."
                        )
                    ) from problem
                self.batch = max(1, min(self.batch, len(waiting)) // 2)

    def _timed(
        self, ask: Callable[[Sequence[Window]], Sequence[Answer]], windows: Sequence[Window]
    ) -> Sequence[Answer]:
        wall, cpu = time.perf_counter(), time.process_time()
        found = ask(windows)
        self.seconds += time.perf_counter() - wall
        self.cpu_seconds += time.process_time() - cpu
        if len(found) != len(windows):
            sentence = _("The detector answered %(found)d patches when asked for %(asked)d.")
            raise DetectorError(sentence % {"found": len(found), "asked": len(windows)})
        return found
