"""The part of a large style sheet that the pages use.

Kept are the rules without classes (variables, element defaults) and those whose every class belongs to a kept family;
a family is the part of a class name before the first hyphen, or a whole name.
"""

import re
from collections.abc import Iterator

_CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)")
_NESTING = ("@media", "@supports", "@layer", "@container")


def subset(css: str, families: frozenset[str], colours: frozenset[str]) -> str:
    """`css` without the rules of other families, and without the variants named after one of `colours`."""
    return "".join(_kept(css, families, colours))


def _kept(css: str, families: frozenset[str], colours: frozenset[str]) -> Iterator[str]:
    for prelude, body in _blocks(css):
        if body is None:
            yield prelude
        elif prelude.startswith(_NESTING):
            inner = subset(body, families, colours)
            yield f"{prelude}{{{inner}}}" if inner else ""
        elif prelude.startswith("@"):
            yield f"{prelude}{{{body}}}"
        else:
            selectors = [s for s in _selectors(prelude) if _is_used(s, families, colours)]
            yield f"{','.join(selectors)}{{{body}}}" if selectors else ""


def _is_used(selector: str, families: frozenset[str], colours: frozenset[str]) -> bool:
    if "[data-vc" in selector:  # a calendar's own markup
        return False
    return all(_is_kept_name(name, families, colours) for name in _CLASS.findall(selector))


def _is_kept_name(name: str, families: frozenset[str], colours: frozenset[str]) -> bool:
    words = name.split("-")
    return (name in families or words[0] in families) and not colours.intersection(words[1:])


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """(prelude, body) of each rule at this depth; body is None for a comment or a statement such as @charset."""
    start = at = 0
    while at < len(css):
        if css.startswith("/*", at):
            at = css.index("*/", at) + 2
            yield css[start:at], None
            start = at
        elif css[at] == ";":
            at += 1
            yield css[start:at], None
            start = at
        elif css[at] == "{":
            end = _closing(css, at)
            yield css[start:at], css[at + 1 : end]
            start = at = end + 1
        else:
            at += 1


def _closing(css: str, opening: int) -> int:
    """The index of the brace that closes the one at `opening`; braces inside strings do not count."""
    depth, quote = 0, ""
    for at in range(opening, len(css)):
        char = css[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return at
    raise ValueError("the style sheet ends inside a rule")


def _selectors(prelude: str) -> list[str]:
    """The selectors of a list; a comma inside :is(…) or :not(…) does not part them."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(prelude):
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append(prelude[start:at])
            start = at + 1
    return [*parts, prelude[start:]]
