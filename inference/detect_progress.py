"""How far the detect command is: a bar with the time left on a terminal, a line a file elsewhere."""

import shutil
import time
from collections.abc import Callable

from django.core.management.base import OutputWrapper

from inference.detect_files import Record

BAR = 24
REDRAW_S = 0.1
CLEAR = "\r\x1b[K"  # to the start of the line, which is wiped


class DetectProgress:
    """`is_bar`: one line that is drawn again and again; what is worth keeping stands above it."""

    def __init__(
        self, screen: OutputWrapper, total: int, *, is_bar: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._screen, self._total, self._is_bar, self._clock = screen, total, is_bar, clock
        self._started = self._drawn = clock()
        self._done = 0

    def batch(self, done: int, total: int) -> None:
        """Patches of the file at work."""
        if self._is_bar and self._clock() - self._drawn >= REDRAW_S:
            self._draw(self._done + done / max(total, 1))

    def file(self, record: Record) -> None:
        """A file is done; on a terminal only one that failed is named."""
        self._done += 1
        found = f"{record['n_detections']} found"
        told = f"{record['file']}: {record['reason'] or found}"
        if not self._is_bar:
            self.say(f"{self._done}/{self._total} {told}")
            return
        if record["reason"]:
            self.say(told)
        self._draw(self._done)

    def say(self, line: str) -> None:
        self._write(f"{CLEAR}{line}\n" if self._is_bar else f"{line}\n")

    def end(self) -> None:
        if self._is_bar:
            self._write("\n")

    def _write(self, text: str) -> None:
        self._screen.write(text, style_func=str, ending="")
        self._screen.flush()

    def _draw(self, done: float) -> None:
        self._drawn = self._clock()
        share = done / self._total
        filled = int(BAR * share)
        left = _time_left(self._drawn - self._started, share)
        line = f"[{'#' * filled}{'.' * (BAR - filled)}] {self._done}/{self._total} images, {100 * share:.0f} %{left}"
        self._write(CLEAR + line[: shutil.get_terminal_size().columns - 1])


def _time_left(elapsed_s: float, share: float) -> str:
    if not 0 < share < 1:
        return ""
    seconds = round(elapsed_s * (1 - share) / share)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02}:{seconds:02} left"
