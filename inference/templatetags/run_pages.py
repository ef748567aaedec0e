"""What pages of searches share: spans of time in words."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def hours(value: float | None) -> str:
    """Hours in words of a fitting unit: seconds, minutes, hours or days."""
    if value is None:
        return "–"
    if value < 1 / 60:
        return _("%(n)s s") % {"n": _rounded(3600 * value, 0 if value > 1 / 360 else 1)}
    if value < 1:
        return _("%(n)s min") % {"n": _rounded(60 * value, 0)}
    if value < 48:
        return _("%(n)s h") % {"n": _rounded(value, 1)}
    return _("%(n)s days") % {"n": _rounded(value / 24, 1)}


@register.filter
def whole(value: float) -> str:
    """A number of things that was reckoned; what is not nothing is no zero."""
    return number_format(max(1, round(value)) if value else 0, 0, force_grouping=True)


def _rounded(value: float, digits: int) -> str:
    """Django's own formatting cuts off."""
    return number_format(round(value, digits), digits)
