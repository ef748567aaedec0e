"""What somebody says, before it is kept, and why it may not be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from review.models import Review
from surveys.observations import Box


@dataclass(frozen=True)
class Said:
    """`seen`: what counted when they looked, as far as they saw it (`verdict` "" for none, `species`, `count`, `life`,
    `box`); without it nothing is compared. Sent again with the same `id` it stays one review."""

    verdict: str
    species: str = ""
    count: int | None = None  # animals in the box; None is one, or as many as were said before
    life: str | None = None
    box: Box | None = None  # where the person put it; None is where the machine saw it
    note: str = ""
    id: UUID | None = None
    seen: Mapping[str, Any] | None = None


class VerdictRefusedError(Exception):
    """It cannot be said; the sentence tells what to do."""


class OvertakenError(Exception):
    """Somebody else judged since this was looked at. `standing`: what counts now, if anything."""

    def __init__(self, standing: Review | None) -> None:
        super().__init__()
        self.standing = standing


def put_at(review: Review) -> Box | None:
    """Where the person put the box; None where it stays."""
    left, top, right, bottom = review.left, review.top, review.right, review.bottom
    if left is None or top is None or right is None or bottom is None:
        return None
    return left, top, right, bottom


def is_as_seen(standing: Review | None, seen: Mapping[str, Any]) -> bool:
    facts: dict[str, Any] = {"verdict": ""}
    if standing is not None:
        facts = {name: getattr(standing, name) for name in ("verdict", "species", "count", "life")}
        facts["box"] = put_at(standing)
    return all(facts[name] == value for name, value in seen.items() if name in facts)
