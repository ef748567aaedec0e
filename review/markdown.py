"""What people type, as HTML: of Markdown emphasis, code, lists, links and line breaks; everything else stays text. Raw
HTML and pictures are off, and a link leads to a website or an address for mail, or it is none."""

import re
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

RULES = ("newline", "escape", "backticks", "emphasis", "link", "autolink", "entity", "list", "fence")
MAY_LEAD_TO = re.compile(r"(?:https?://|mailto:)[^\s]+", re.IGNORECASE)


def to_html(text: str) -> SafeString:
    """Safe to print: every character of `text` is escaped but for the few marks above."""
    return mark_safe(_markdown.render(text))  # noqa: S308


def is_link(url: str) -> bool:
    return MAY_LEAD_TO.fullmatch(url) is not None


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802, the library's name for it
        return is_link(url)


def _renderer() -> MarkdownIt:
    markdown = _Markdown("zero", {"html": False, "breaks": True}).enable(RULES)
    markdown.add_render_rule("link_open", _open_link)
    markdown.add_render_rule("fence", _fenced)
    return markdown


def _open_link(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    tokens[place].attrSet("rel", "nofollow noopener")
    tokens[place].attrs.pop("title", None)  # what a pointer would be told of a link is where it leads
    return str(renderer.renderToken(tokens, place, options, env))


def _fenced(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    """As indented code: the word after the fence would become a class of the page."""
    return str(renderer.code_block(tokens, place, options, env))


_markdown = _renderer()
