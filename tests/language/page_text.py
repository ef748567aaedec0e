"""What a page says to people: its text, and the attributes that are shown or read out."""

import re
from html.parser import HTMLParser

NO_TEXT = {"script", "style", "svg", "code", "pre"}
SAID = {"title", "alt", "placeholder", "aria-label", "aria-description"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in NO_TEXT or values.get("name") == "time_zone":  # these names are nobody's language
            self._inside.append(tag)
        self.texts += [value for name in SAID if (value := values.get(name))]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and tag == self._inside[-1]:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.texts.append(data)


def texts_of(page: str) -> list[str]:
    reader = _Reader()
    reader.feed(page)
    return [" ".join(text.split()) for text in reader.texts if text.strip()]


def outside_of_brackets(page: str) -> str:
    """What no translation brought; one translation may stand inside another."""
    text = "\n".join(texts_of(page))
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    return text


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", text))
