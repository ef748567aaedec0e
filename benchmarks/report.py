"""What every benchmark does alike: both sides measured in turn in one run, and one line of JSON at the end."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import NoReturn, TypedDict, Unpack

Measured = tuple[float, float]


def alternate(ours: Callable[[], object], reference: Callable[[], object], rounds: int = 5) -> Measured:
    """Median CPU seconds of both sides, threads included, children not; each runs once before anything is measured."""
    return alternate_by(lambda: cpu_seconds(ours), lambda: cpu_seconds(reference), rounds)


def alternate_by(ours: Callable[[], float], reference: Callable[[], float], rounds: int = 5) -> Measured:
    """The medians of two sides that measure themselves, in changing order."""
    ours(), reference()
    found: dict[Callable[[], float], list[float]] = {ours: [], reference: []}
    for turn in range(rounds):
        for side in (ours, reference) if turn % 2 else (reference, ours):
            found[side].append(side())
    return statistics.median(found[ours]), statistics.median(found[reference])


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


class Line(TypedDict):
    """The keys of the line that every benchmark has."""

    bench: str
    ratio: float
    limit: float
    ours: float
    reference: float
    unit: str


def report(*, also: Mapping[str, Measured] | None = None, at_least: bool = False, **line: Unpack[Line]) -> NoReturn:
    """Print the line, and exit 1 when the ratio or a value of `also`, each with its limit, is above it.

    `at_least`: the ratio is one of speeds, and must not be below its limit.
    """
    short = {key: _short(value) if isinstance(value, float) else value for key, value in line.items()}
    more = {name: [_short(value), limit] for name, (value, limit) in (also or {}).items()}
    print(json.dumps(short | {"also": more}), flush=True)
    is_broken = line["ratio"] < line["limit"] if at_least else line["ratio"] > line["limit"]
    sys.exit(int(is_broken or any(value > limit for value, limit in (also or {}).values())))


def _short(value: float) -> float:
    return float(f"{value:.4g}")
