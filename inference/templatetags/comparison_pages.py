"""Shares with their intervals, as the tables of a comparison show them."""

from typing import Any

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.inclusion_tag("inference/_share.html")
def share(value: float | None, interval: tuple[float, float] | None, n: int) -> dict[str, Any]:
    low, high = interval or (None, None)
    return {"share": value, "low": low, "high": high, "n": n}


@register.filter
def two_places(value: float | None) -> str:
    """Of a share; only what is nothing at all is 0.00, and only all is 1.00."""
    if value is None:
        return "–"
    rounded = round(value, 2)  # number_format by itself cuts off
    if rounded in (0, 1) and rounded != value:
        return f"> {number_format(0.99, 2)}" if rounded else f"< {number_format(0.01, 2)}"
    return number_format(rounded, 2)
