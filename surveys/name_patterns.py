"""File names read by a pattern such as `RKE_T{transect}_*_{camera}.JPG`. Pure.

A pattern is matched by following all its readings at once through the name, as bits of one number: no reading is ever
tried again, so there is no pattern and no name for which it takes long. Regular expressions give no such promise. What
it takes grows with the steps of the pattern alone; of these there is a limit, for a survey may have 100,000 names.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MAX_PATTERN = 200
MAX_STEPS = 30  # fields, * and ? and the texts between them
MOST = {"transect": 1, "camera": 1, "number": 8}  # of each field in a pattern
FIELDS = tuple(MOST)
PIECE = re.compile(r"\{([^{}]*)\}|(\*+)|(\?)|([{}])|([^{}*?]+)")


class PatternError(ValueError):
    """A pattern that says nothing. Its text is for people."""


@dataclass(frozen=True)
class Token:
    """One step of a pattern: `text` to be met as it is, or a field, or `*` (any characters), or `?` (any one)."""

    kind: str  # text, transect, camera, number, *, ?
    text: str = ""


@dataclass(frozen=True)
class Pattern:
    """The pattern by folders: the last part is matched against the file name, those before against its folders."""

    text: str
    parts: tuple[tuple[Token, ...], ...]
    has_ending: bool  # else the pattern is matched against the name without its ending

    @classmethod
    def parse(cls, text: str) -> "Pattern":
        """Raises PatternError, which says what is wrong."""
        seen = "".join(char for char in text if unicodedata.category(char)[0] != "C")
        text = unicodedata.normalize("NFC", seen).strip().replace("\\", "/").strip("/")
        if len(text) > MAX_PATTERN:
            raise PatternError(_("A pattern may have %(limit)d characters.") % {"limit": MAX_PATTERN})
        parts = tuple(_tokens(part) for part in text.split("/"))
        _check([token.kind for part in parts for token in part])
        last = parts[-1]
        has_ending = bool(last) and (last[-1].kind == "*" or any("." in token.text for token in last))
        return cls(text, parts, has_ending)

    def read(self, path: str, file_name: str) -> dict[str, str] | None:
        """What stands where the pattern has its fields; None where the name does not fit. Capitals are all the same."""
        name = file_name if self.has_ending else file_name.rpartition(".")[0] or file_name
        folders = path.split("/") if len(self.parts) > 1 else []
        if len(folders) < len(self.parts) - 1:
            return None
        found: dict[str, str] = {}
        names = [*folders[len(folders) - len(self.parts) + 1 :], name]
        for tokens, part in zip(reversed(self.parts), reversed(names), strict=True):
            fields = match(tokens, part)
            if fields is None:
                return None
            found |= fields
        return found


def _check(kinds: list[str]) -> None:
    for field, most in MOST.items():
        if kinds.count(field) > most:
            said = ngettext(
                "{%(field)s} may stand in a pattern once. Use * for the other.",
                "{%(field)s} may stand in a pattern %(most)d times. Use * for the others.",
                most,
            )
            raise PatternError(said % {"field": field, "most": most})
    if len(kinds) > MAX_STEPS:
        said = _("A pattern may have %(limit)d parts: fields, signs, texts between them. Use one * for several.")
        raise PatternError(said % {"limit": MAX_STEPS})
    if "transect" not in kinds and "camera" not in kinds:
        raise PatternError(_("Write {transect} or {camera} where the file names have them."))


def _tokens(part: str) -> tuple[Token, ...]:
    return tuple(_token(*piece) for piece in PIECE.findall(part))


def _token(field: str, stars: str, one: str, brace: str, text: str) -> Token:
    if stars or one:
        return Token(stars[:1] or one)
    if text:
        return Token("text", _folded(text))
    if brace or field.strip().lower() not in FIELDS:
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise PatternError(_("Known are %(known)s; * stands for anything, ? for one character.") % {"known": known})
    return Token(field.strip().lower())


def _folded(text: str) -> str:
    """In small letters, unless that would make it longer: then places would not be those of the name any more."""
    small = text.lower()
    return small if len(small) == len(text) else text


class _Kind(dict):
    """For `str.translate`: 1 for the characters of a kind, 0 for all others."""

    def __init__(self, is_of_kind: Callable[[str], bool]) -> None:
        self.is_of_kind = is_of_kind

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, "01"[self.is_of_kind(chr(code))])


ALNUM, DECIMAL = _Kind(str.isalnum), _Kind(str.isdecimal)
KINDS = {"transect": ALNUM, "camera": ALNUM, "number": DECIMAL}


class _Masks(dict):
    """Where a name has a character, or the characters that a field takes: bit n for place n. Worked out when asked."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __missing__(self, char: str) -> int:
        kind = KINDS.get(char)
        if kind is not None:
            mask = int(self.name[::-1].translate(kind) or "0", 2)
        else:
            mask, at = 0, self.name.find(char)
            while at >= 0:
                mask |= 1 << at
                at = self.name.find(char, at + 1)
        self[char] = mask
        return mask


def match(tokens: tuple[Token, ...], name: str) -> dict[str, str] | None:
    """The fields of one name. A field holds letters and digits and takes as many as it can; `*` takes what is left."""
    masks, reached = _Masks(_folded(name)), [1]  # bit n: a reading stands before the name's character n
    for token in tokens:
        reached.append(_step(token, reached[-1], masks))
        if not reached[-1]:
            return None
    if not reached[-1] >> len(name) & 1:
        return None
    return _trace(tokens, reached, masks, name)


def _step(token: Token, reached: int, masks: _Masks) -> int:
    """Where readings stand after the token."""
    if token.kind == "text":
        return _after_text(token.text, reached, masks)
    length = len(masks.name)
    everywhere = (1 << length + 1) - 1
    if token.kind == "*":
        return everywhere & -(reached & -reached)
    if token.kind == "?":
        return reached << 1 & everywhere
    return _flood(reached & masks[token.kind], masks[token.kind], length) << 1


def _after_text(text: str, reached: int, masks: _Masks) -> int:
    if not reached & reached - 1:  # one reading, as nearly always
        at = reached.bit_length() - 1
        return 1 << at + len(text) if masks.name.startswith(text, at) else 0
    for char in text:
        reached = (reached & masks[char]) << 1
    return reached


def _flood(seeds: int, within: int, length: int) -> int:
    """The seeds and what follows them without a gap; in steps that double."""
    shift = 1
    while shift < length:
        seeds |= within & seeds << shift
        within &= within << shift
        shift *= 2
    return seeds


def _trace(tokens: tuple[Token, ...], reached: list[int], masks: _Masks, name: str) -> dict[str, str]:
    """Back from the end: where each field began. Every place in `reached` is one from which the beginning is met."""
    fields, end = {}, len(name)
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        starts = reached[at] & (1 << end + 1) - 1
        if token.kind == "text":
            start = end - len(token.text)
        elif token.kind == "?":
            start = end - 1
        elif token.kind == "*":
            start = starts.bit_length() - 1
        else:
            before = tokens[at - 1].kind if at else ""
            start = _field_start(token.kind, before, starts, masks, name, end)
            if token.kind != "number":
                fields[token.kind] = name[start:end]
        end = start
    return fields


def _field_start(kind: str, before: str, starts: int, masks: _Masks, name: str, end: int) -> int:
    """Of the places where the field may begin the first; right behind another field, the last that parts letters from
    digits, so that `{transect}{camera}` reads 12L as 12 and L."""
    run = end
    while run and masks[kind] >> run - 1 & 1:
        run -= 1
    allowed = [place for place in range(run, end) if starts >> place & 1]
    if kind != "number" and before in FIELDS:
        parting = [place for place in allowed if place and name[place].isdigit() != name[place - 1].isdigit()]
        return parting[-1] if parting else allowed[-1]
    return allowed[0]
