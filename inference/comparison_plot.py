"""Time against recall, ready to be drawn: a mark for each model and mode of a comparison."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 520, 300
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Point:
    """`number` stands beside the mark and in the table; seconds an image; a share and its interval."""

    number: int
    mode: str
    seconds: float
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Mark:
    """Places in the drawing, downwards; y_low is the lower end of the interval, so the larger number."""

    number: int
    mode: str
    x: float
    y: float
    y_low: float
    y_high: float


@dataclass(frozen=True)
class Tick:
    x: float
    text: str


def plot(points: Sequence[Point]) -> tuple[list[Mark], list[Tick]]:
    """The marks and the ticks of the axis of seconds, which is logarithmic."""
    if not points:
        return [], []
    scale = _Scale.over([point.seconds for point in points])
    marks = [
        Mark(point.number, point.mode, scale.x(point.seconds), *map(_y, (point.share, point.low, point.high)))
        for point in points
    ]
    return marks, [Tick(scale.x(seconds), f"{seconds:g}") for seconds in scale.ticks]


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    @classmethod
    def over(cls, seconds: Sequence[float]) -> "_Scale":
        """With some room beside the outermost marks."""
        least, most = max(min(seconds), 1e-4), max(*seconds, 1e-4)
        return cls(math.log10(least / 1.6), math.log10(most * 1.6))

    def x(self, seconds: float) -> float:
        return round(WIDTH * (math.log10(max(seconds, 1e-4)) - self.low) / (self.high - self.low), 1)

    @property
    def ticks(self) -> list[float]:
        """1, 2 and 5 of each power of ten that lie on the axis; of a long axis the powers alone."""
        decades = range(math.floor(self.low), math.ceil(self.high) + 1)
        steps = STEPS if self.high - self.low < 2.5 else (1,)
        all_ticks = [step * 10.0**decade for decade in decades for step in steps]
        return [tick for tick in all_ticks if self.low <= math.log10(tick) <= self.high]


def _y(share: float) -> float:
    return round(HEIGHT * (1 - share), 1)
