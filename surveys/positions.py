"""The one function that gives a position to any channel."""

from dataclasses import dataclass
from typing import Any

from surveys.access import has_role, role_of
from surveys.models import Image, Role, Survey

GRID_DEGREES = 0.1


@dataclass(frozen=True)
class Position:
    latitude: float
    longitude: float
    altitude_m: float | None
    is_exact: bool


def sees_exact_positions(principal: Any, survey: Survey) -> bool:
    return has_role(principal, survey, Role.VIEWER if survey.are_positions_shared else Role.ANALYST)


def position_for(principal: Any, image: Image) -> Position | None:
    """Where the image was taken, as far as the principal may know: exact, or the middle of a 0.1 degree cell."""
    if image.latitude is None or image.longitude is None or role_of(principal, image.survey) is None:
        return None
    if sees_exact_positions(principal, image.survey):
        return Position(image.latitude, image.longitude, image.altitude_m, is_exact=True)
    return Position(_cell_middle(image.latitude), _cell_middle(image.longitude), None, is_exact=False)


def _cell_middle(degrees: float) -> float:
    return round((degrees // GRID_DEGREES) * GRID_DEGREES + GRID_DEGREES / 2, 2)
