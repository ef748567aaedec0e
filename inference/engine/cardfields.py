"""Reading values out of a model card; every complaint names the key and what is allowed."""

import difflib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

from imaging.wording import gettext as _
from inference.engine.errors import CardError


@dataclass(frozen=True)
class Fields:
    """The keys of a card, or of one of its sections: `prefix` is then the section's name and a dot."""

    values: Mapping[str, Any]
    prefix: str = ""

    @classmethod
    def of(cls, content: object) -> "Fields":
        if not isinstance(content, dict):
            raise CardError(_("The model card must be a JSON object with keys and values."))
        return cls(content)

    def error(self, key: str, allowed: str) -> CardError:
        """`allowed` stands behind “must be”."""
        found = json.dumps(self.values[key])[:80] if key in self.values else _("nothing")
        sentence = _("Model card key %(key)r must be %(allowed)s, but is %(found)s.")
        return CardError(sentence % {"key": self.prefix + key, "allowed": allowed, "found": found})

    def only(self, known: Sequence[str]) -> None:
        """Refuses keys that nobody would read, since a misspelt key is a silently wrong model."""
        for key in self.values:
            if key not in known:
                raise CardError(self._unknown(key, known))

    def _unknown(self, key: str, known: Sequence[str]) -> str:
        if near := difflib.get_close_matches(key, known, 1):
            sentence = _("Model card key %(key)r is not known; did you mean %(near)r?")
            return sentence % {"key": self.prefix + key, "near": near[0]}
        sentence = _("Model card key %(key)r is not known; allowed are %(known)s.")
        return sentence % {"key": self.prefix + key, "known": ", ".join(known)}

    def require(self, key: str) -> None:
        if self.values.get(key) in (None, ""):
            raise CardError(_("Model card key %(key)r is missing.") % {"key": self.prefix + key})

    def section(self, key: str, *, optional: bool = False) -> "Fields":
        if not optional:
            self.require(key)
        return Fields(self.mapping(key), f"{self.prefix}{key}.")

    def mapping(self, key: str) -> dict[str, Any]:
        value = self.values.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.error(key, _("a JSON object"))
        return value

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > 10_000:
            raise self.error(key, _("a text of at most 10,000 characters"))
        return value

    def matching(self, key: str, pattern: str, allowed: str) -> str:
        """A text of this pattern; a whole number counts as its digits."""
        self.require(key)
        number = self.values[key]
        value = str(number) if type(number) is int else self.text(key)
        if not re.fullmatch(pattern, value):
            raise self.error(key, _("made of %(allowed)s") % {"allowed": allowed})
        return value

    def choice(self, key: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        if default is None:
            self.require(key)
        value = self.values.get(key, default)
        if value not in allowed:
            raise self.error(key, _("one of %(allowed)s") % {"allowed": ", ".join(allowed)})
        return str(value)

    def choices(self, key: str, allowed: Sequence[str]) -> tuple[str, ...]:
        value = self.values.get(key) or []
        chosen = [value] if isinstance(value, str) else value
        if not isinstance(chosen, list) or any(item not in allowed for item in chosen):
            raise self.error(key, _("a list of any of %(allowed)s") % {"allowed": ", ".join(allowed)})
        return tuple(chosen)

    def labels(self, key: str) -> tuple[str, ...]:
        self.require(key)
        value = self.values[key]
        if not isinstance(value, list) or not 1 <= len(value) <= 10_000 or not all(map(_is_label, value)):
            allowed = _("a list of at least one label, each a text of 1 to 100 printable characters")
            raise self.error(key, allowed)
        doubled = {label for label in value if value.count(label) > 1} if len(set(value)) < len(value) else set()
        if doubled:
            sentence = _("Model card key %(key)r names %(label)r more than once.")
            raise CardError(sentence % {"key": self.prefix + key, "label": sorted(doubled)[0]})
        return tuple(value)

    @overload
    def whole(self, key: str, lowest: int, highest: int) -> int: ...
    @overload
    def whole(self, key: str, lowest: int, highest: int, *, default: None) -> int | None: ...
    def whole(self, key: str, lowest: int, highest: int, *, default: object = ...) -> int | None:
        value = self.values.get(key)
        if value is None and default is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            allowed = _("a whole number from %(lowest)d to %(highest)d") % {"lowest": lowest, "highest": highest}
            raise self.error(key, allowed)
        return value

    def number(
        self,
        key: str,
        *,
        lowest: float = -math.inf,
        highest: float = math.inf,
        above: float = -math.inf,
        default: float | None = None,
    ) -> float:
        value: Any = self.values.get(key)
        if value is None and default is not None:
            return default
        if not _is_number(value) or not lowest <= value <= highest or not value > above:
            raise self.error(key, _range(lowest, highest, above))
        return float(value)

    @overload
    def numbers(self, key: str, count: Literal[3], *, default: tuple[float, ...]) -> tuple[float, float, float]: ...
    @overload
    def numbers(
        self, key: str, count: Literal[3], *, default: tuple[float, ...], above: float
    ) -> tuple[float, float, float]: ...
    @overload
    def numbers(self, key: str, count: Literal[2], *, default: None, above: float) -> tuple[float, float] | None: ...
    def numbers(self, key: str, count: int, *, default: tuple[float, ...] | None, above: float = -math.inf) -> Any:
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, list) or len(value) != count:
            raise self.error(key, _("a list of %(n)d numbers") % {"n": count})
        if not all(_is_number(item) and item > above for item in value):
            each = _range(-math.inf, math.inf, above)
            raise self.error(key, _("a list of %(n)d numbers, each %(range)s") % {"n": count, "range": each})
        return tuple(float(item) for item in value)


def _is_number(value: object) -> bool:
    # By comparison: a whole number may be too large to ask whether it is finite.
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def _is_label(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 100 and value.isprintable() and value.strip() == value


def _range(lowest: float, highest: float, above: float) -> str:
    if above > -math.inf:
        return _("a number above %(least)g") % {"least": above}
    if highest < math.inf:
        return _("a number from %(lowest)g to %(highest)g") % {"lowest": lowest, "highest": highest}
    return _("a finite number")
