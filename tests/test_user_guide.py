"""The user guide speaks of what is there: its pictures come from the script, its buttons are on the pages."""

import re
from pathlib import Path

from tests.pages import PAGES
from tests.test_glossary import sentences

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs/user-guide.md").read_text()
LOOKS = ("light", "dark", "narrow")


def test_every_word_in_bold_is_on_a_page() -> None:
    said = {sentence.strip() for sentence in sentences()}
    bold = set(re.findall(r"\*\*(.+?)\*\*", GUIDE))
    assert len(bold) > 10
    assert bold - said == set()


def test_every_picture_is_taken_by_the_script() -> None:
    taken = {f"{page.name}-{look}.webp" for page in PAGES for look in LOOKS} | {"uploading.webp", "scanning.webp"}
    shown = set(re.findall(r"\(pictures/(.+?)\)", GUIDE))
    assert shown
    assert shown - taken == set()


def test_links_within_the_guide_lead_to_its_headings() -> None:
    headings = {re.sub(r"\W+", "-", title.lower()).strip("-") for title in re.findall(r"^#+ (.+)$", GUIDE, re.M)}
    assert {target for target in re.findall(r"\]\(#(.+?)\)", GUIDE)} - headings == set()


def test_pictures_stay_small() -> None:
    pictures = list((ROOT / "docs/pictures").glob("*"))
    assert sum(picture.stat().st_size for picture in pictures) <= 4_600_000  # fifty-eight pages, three looks each
