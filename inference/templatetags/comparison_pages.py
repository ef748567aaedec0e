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
    return "–" if value is None else number_format(round(value, 2), 2)  # which by itself cuts off
