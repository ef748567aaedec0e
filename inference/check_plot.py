"""Score against score, ready to be drawn: what each dot is and where it lies."""

from collections.abc import Iterator
from dataclasses import dataclass

from inference.engine.agreement import AgreementReport, Pair

SIDE = 300  # of the square that scores from 0 to 1 fill
MOST_DOTS = 1500


@dataclass(frozen=True)
class Dot:
    """`kind`: kept, lost or gained; x and y in the drawing, downwards."""

    x: float
    y: float
    kind: str
    pair: Pair


def dots(report: AgreementReport) -> Iterator[Dot]:
    """Those in which the modes differ come last, over the others."""
    told = sorted(report.pairs, key=lambda pair: _kind(pair, report.threshold) != "kept")
    for pair in told[-MOST_DOTS:]:
        kind = _kind(pair, report.threshold)
        yield Dot(round(SIDE * pair.exact, 1), round(SIDE * (1 - pair.fast), 1), kind, pair)


def _kind(pair: Pair, threshold: float) -> str:
    if pair.fast < threshold:
        return "lost"
    return "gained" if pair.exact < threshold else "kept"
