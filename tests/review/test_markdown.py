"""What people type becomes a few marks and otherwise text."""

import re
import time

import pytest

from review.markdown import to_html

ALLOWED = re.compile(
    r"</?(?:p|em|strong|code|pre|ul|ol|li)>|<br>|<ol start=\"\d+\">|</a>"
    r"|<a href=\"(?:https?://|mailto:)[^\"<>]+\" rel=\"nofollow noopener\">",
    re.IGNORECASE,
)
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png)",
    "![x](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/png;base64,AAAA)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example)",
    "[x](/account/)",
    '[x](https://a.example/" onmouseover="alert(1))',
    '[x](https://a.example "on\\" onmouseover=alert(1)")',
    "<javascript:alert(1)>",
    "<https://a.example/?<script>>",
    '```"><script>alert(1)</script>\nx\n```',
    "```btn onclick=x\ncode\n```",
    "`<b onclick=x>`",
    "# heading\n***\n> quote\n| a | b |\n|---|---|\n<!-- -->\n<style>*{}</style>",
    "[x]: https://a.example\n[x]",
    "&lt;script&gt; &#60;script&#62; &#0; &#x110000;",
    "*a **b *c** d* `e* f`",
    "<a href='https://x'>x</a> \u202e reversed \x00 \x1b[31m",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_but_a_few_marks_comes_out(text: str) -> None:
    html = to_html(text)
    assert "<" not in ALLOWED.sub("", html)
    assert ">" not in ALLOWED.sub("", html)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("2. a", '<ol start="2">\n<li>a</li>\n</ol>'),
        ("```py\n<a>\n```", "<pre><code>&lt;a&gt;\n</code></pre>"),
        (
            "[a](https://b.example/c?d=1&e=2)",
            '<p><a href="https://b.example/c?d=1&amp;e=2" rel="nofollow noopener">a</a></p>',
        ),
        (
            "<amani@ruaha.example>",
            '<p><a href="mailto:amani@ruaha.example" rel="nofollow noopener">amani@ruaha.example</a></p>',
        ),
        ('3 < 4 & "5"', "<p>3 &lt; 4 &amp; &quot;5&quot;</p>"),
        ("#12 is a calf", "<p>#12 is a calf</p>"),
        ("", ""),
    ],
)
def test_what_is_allowed_is_shown_as_meant(text: str, html: str) -> None:
    assert to_html(text).strip() == html


@pytest.mark.parametrize("piece", ["[", "*a ", "**", "`", "- ", "[a](", "<", "&", "1. ", "_a_", "\n- a\n  "])
def test_the_longest_comment_takes_no_time(piece: str) -> None:
    """Bounded far above what it takes: what grows with the square of the length takes minutes."""
    started = time.process_time()
    to_html((piece * 4000)[:4000])
    assert time.process_time() - started < 2
