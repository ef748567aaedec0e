"""A language begun as locale/README.md says reaches the pages. It is made up: every text in brackets of its own."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from imaging.errors import SENTENCES, UnreadableImageError
from imaging.wording import gettext
from inference.registry import register_model
from inference.runs import start_run
from jobs.enqueue import enqueue
from tests.access.routes import close, routes
from tests.access.scene import make_scene
from tests.access.test_table import address
from tests.factories.inference import make_model_folder
from tests.factories.jobs import run_jobs
from tests.factories.pictures import make_stored_image
from tests.language.page_text import outside_of_brackets, words
from tests.language.test_marked import MARKS, pure_modules
from tests.services import ROOT, find_binary
from tests.surveys.ingesting import make_uploaded
from tests.test_house import tracked

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
CODE = "eo"  # one that Django knows, and nobody has begun
NO_TEXT = {"api-docs", "api-schema"}  # for those who write programs: in English, like the names in them
DATA = re.compile(
    r"Malnova pasvorto|bitokoj|"  # these Django says by itself
    r"[a-z_]+\.(csv|xlsx|geojson)|North block|known\.(jpg|json)|DSC_\d+\.JPG|\d+ \w+ \d{4}"
    r"|\b(Kopje|Ruaha|UTC|px|Esc|Excel|GeoJSON|[Bb]uffalo|zebra|eland|fake|cpu|owner|analyst|reviewer|viewer|outsider)\b"
    r"|\b(OW|AN|RE|VI)\b"
)


@pytest.fixture(scope="module")
def locale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of languages of a copy of the product, in which this one was begun and finished."""
    copy = tmp_path_factory.mktemp("copy")
    for path in [*tracked("*.py"), *tracked("templates"), *tracked("locale")]:
        if "tests" not in path.parts[len(ROOT.parts) :]:
            target = copy / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    manage(copy, "makemessages")
    translate_all(copy / f"locale/{CODE}/LC_MESSAGES/django.po")
    manage(copy, "compilemessages")
    return copy / "locale"


def manage(copy: Path, command: str) -> None:
    find_binary("xgettext")
    environment = os.environ | {"DATA_DIR": str(copy / "data"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", command, "--locale", CODE],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def translate_all(catalogue: Path) -> None:
    subprocess.run([find_binary("msgen"), catalogue, "-o", catalogue], check=True)
    brackets = ["sed", "-e", "1s/^/⟦/", "-e", "$s/$/⟧/"]
    subprocess.run([find_binary("msgfilter"), "--keep-header", "-i", catalogue, "-o", catalogue, *brackets], check=True)


@pytest.fixture
def spoken(locale: Path, settings: SimpleNamespace) -> None:
    """Everybody's language, and the workers'."""
    settings.LOCALE_PATHS = [locale]
    settings.LANGUAGES = [(CODE, "Made up")]
    settings.LANGUAGE_CODE = CODE


def marked_sentences() -> list[str]:
    calls = [node for path in pure_modules() for node in ast.walk(ast.parse(path.read_text()))]
    return [
        call.args[0].value
        for call in calls
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in MARKS
        and isinstance(call.args[0], ast.Constant)
    ]


def test_every_sentence_of_the_pure_rooms_is_collected_and_translated(spoken: None) -> None:
    sentences = marked_sentences()
    assert len(sentences) > 50
    assert [sentence for sentence in sentences if gettext(sentence) != f"⟦{sentence}⟧"] == []


@pytest.mark.parametrize("code", SENTENCES)
def test_a_file_is_refused_in_the_readers_language(code: str, spoken: None) -> None:
    facts = {"name": "X", "megapixels": 1.0, "limit": 1.0, "remedy": "Cut it.", "kind": "k", "side": 1}
    assert re.fullmatch("⟦.*⟧", str(UnreadableImageError(code, **facts)))


def test_a_file_that_cannot_be_read_says_so_on_the_page(
    spoken: None, cast: Any, as_user: Callable[..., Client]
) -> None:
    image = make_uploaded(cast.survey, b"")
    enqueue("ingest", image.pk, group=cast.survey.pk)
    run_jobs()
    for page in ("/surveys/ruaha/jobs/", f"/images/{image.pk}/"):
        assert "⟦This file is empty: copy it again from the card.⟧" in as_user(cast.owner).get(page).content.decode()


def test_a_search_that_fails_says_so_on_the_page(
    spoken: None, cast: Any, as_user: Callable[..., Client], tmp_path: Path
) -> None:
    make_stored_image(cast.survey)
    folder = make_model_folder(tmp_path / "m", settings={"fail_sizes": [[1024, 512]]})
    start_run(cast.survey, register_model(folder, for_tests=True)[0], cast.owner)
    run_jobs()
    page = as_user(cast.owner).get("/surveys/ruaha/jobs/").content.decode()
    assert "⟦The fake detector was told to fail on images of 1024 x 512 px.⟧" in page


def test_a_model_card_is_refused_in_that_language(spoken: None, tmp_path: Path) -> None:
    folder = make_model_folder(tmp_path / "m", lables=[])
    with pytest.raises(CommandError, match="⟦Model card key 'lables' is not known; did you mean 'labels'\\?⟧"):
        call_command("register_model", str(folder))


def test_no_page_says_anything_in_another_language(spoken: None, cast: Any, as_user: Callable[..., Client]) -> None:
    client, scene, found = as_user(cast.owner), make_scene(cast), {}
    for route in routes():
        response = client.get(address(route, scene))
        if route.name not in NO_TEXT and "html" in response.headers.get("Content-Type", ""):
            found[route.name] = words(DATA.sub("", outside_of_brackets(response.content.decode())))
        close(response)
    assert len(found) > 20
    assert {name: said for name, said in found.items() if said} == {}
