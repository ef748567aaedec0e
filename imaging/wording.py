"""Sentences for people out of rooms that know no Django: marked here for translation, translated by whoever says how.

In a notebook nobody does, and they are English.
"""

from collections.abc import Callable

_how: list[Callable[[str], str]] = []


def translate_by(translate: Callable[[str], str]) -> None:
    """Every sentence of this process goes through `translate` from now on, each time it is said."""
    _how[:] = [translate]


def gettext(sentence: str) -> str:
    """The sentence in the language of its reader. Imported as _, by which `makemessages` finds it."""
    return _how[0](sentence) if _how else sentence


def gettext_noop(sentence: str) -> str:
    """Marks a sentence that is said later."""
    return sentence
