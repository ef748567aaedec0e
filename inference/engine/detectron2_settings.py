"""Reading the values of a Detectron2 configuration by their dotted names; every complaint names the setting."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imaging.wording import gettext as _
from inference.engine.errors import CardError

MAX_DEPTH = 12
MAX_VALUES = 10_000
MAX_TEXT = 20_000
Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Settings:
    """What a configuration says, by dotted name ("MODEL.RPN.NMS_THRESH"); what it does not say has a default."""

    values: Mapping[str, Any]

    @classmethod
    def of(cls, content: object) -> "Settings":
        """From parsed YAML or JSON. Raises CardError where that is no configuration."""
        values: dict[str, Any] = {}
        _flatten(content, "", 0, values)
        return cls(values)

    def nested(self) -> dict[str, Any]:
        """The values below their sections, as YAML and JSON have them."""
        nested: dict[str, Any] = {}
        for name, value in self.values.items():
            *sections, key = name.split(".")
            place = nested
            for section in sections:
                place = place.setdefault(section, {})
            place[key] = value
        return nested

    def error(self, key: str, allowed: str) -> CardError:
        """`allowed` stands behind “must be”."""
        sentence = _("The Detectron2 setting %(key)s must be %(allowed)s, but is %(found)s.")
        return CardError(sentence % {"key": key, "allowed": allowed, "found": _shown(self.values.get(key))})

    def flag(self, key: str, default: bool) -> bool:
        value = self.value(key, default)
        if not isinstance(value, bool):
            raise self.error(key, _("True or False"))
        return value

    def whole(self, key: str, default: int, lowest: int = 0, highest: int = 1_000_000) -> int:
        value = self.value(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            allowed = _("a whole number from %(lowest)d to %(highest)d") % {"lowest": lowest, "highest": highest}
            raise self.error(key, allowed)
        return value

    def number(self, key: str, default: float, lowest: float = 0.0, highest: float = 1e6) -> float:
        value = self.value(key, default)
        if not _is_number(value) or not lowest <= value <= highest:
            allowed = _("a number from %(lowest)g to %(highest)g") % {"lowest": lowest, "highest": highest}
            raise self.error(key, allowed)
        return float(value)

    def numbers(self, key: str, default: Sequence[float], *, count: int | None = None) -> tuple[float, ...]:
        value = self.value(key, default)
        is_list = isinstance(value, Sequence) and not isinstance(value, str) and len(value) <= 1000
        if not is_list or not all(map(_is_number, value)) or count not in (None, len(value)):
            allowed = _("a list of %(n)d numbers") % {"n": count} if count else _("a list of numbers")
            raise self.error(key, allowed)
        return tuple(float(item) for item in value)

    def table(self, key: str, default: Sequence[Sequence[float]]) -> Table:
        """A list of lists of numbers; a plain list of numbers is the only row."""
        value = self.value(key, default)
        rows = [value] if isinstance(value, Sequence) and value and all(map(_is_number, value)) else value
        is_table = isinstance(rows, Sequence) and not isinstance(rows, str) and 0 < len(rows) <= 100
        if not is_table or not all(_is_row(row) for row in rows):
            raise self.error(key, _("a list of lists of numbers"))
        return tuple(tuple(float(item) for item in row) for row in rows)

    def text(self, key: str, default: str) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.error(key, _("a text"))
        return value

    def choice(self, key: str, default: str, allowed: Sequence[str]) -> str:
        value = self.text(key, default)
        if value not in allowed:
            raise self.error(key, _("one of %(allowed)s") % {"allowed": ", ".join(name or "''" for name in allowed)})
        return value

    def names(self, key: str, default: Sequence[str]) -> tuple[str, ...]:
        value = self.value(key, default)
        is_list = isinstance(value, Sequence) and not isinstance(value, str) and len(value) <= 100
        if not is_list or not all(isinstance(item, str) for item in value):
            raise self.error(key, _("a list of names"))
        return tuple(value)

    def value(self, key: str, default: Any) -> Any:
        """The value itself; a text is read as a Python literal, as Detectron2 reads "(10.0, 10.0, 5.0, 5.0)"."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            return value
        try:
            return ast.literal_eval(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return value


def _flatten(content: object, prefix: str, depth: int, values: dict[str, Any]) -> None:
    if not isinstance(content, Mapping):
        sentence = _("The Detectron2 configuration must hold settings below %(name)s, but holds a single value there.")
        raise CardError(sentence % {"name": prefix.rstrip(".") or _("its top")})
    for key, value in content.items():
        name = f"{prefix}{key}"
        if not name.isprintable():
            raise CardError(_("The Detectron2 configuration has settings with names that cannot be shown."))
        if isinstance(value, Mapping) and depth < MAX_DEPTH:
            _flatten(value, f"{name}.", depth + 1, values)
        else:
            values[name] = value
        if len(values) > MAX_VALUES or (isinstance(value, Mapping) and depth >= MAX_DEPTH):
            raise CardError(_("The Detectron2 configuration is nested too deeply or holds too many settings."))


def _is_number(value: object) -> bool:
    # By comparison: a whole number may be too large to ask whether it is finite.
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def _shown(value: object) -> str:
    try:
        return repr(value)[:80]
    except ValueError:  # Python writes no number of more than 4300 digits
        return _("a number of very many digits")


def _is_row(row: object) -> bool:
    return isinstance(row, Sequence) and not isinstance(row, str) and 0 < len(row) <= 100 and all(map(_is_number, row))
