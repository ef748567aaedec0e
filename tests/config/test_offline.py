"""The page for when the server is away, and the service worker that keeps it and nothing else."""

import re

from config import offline
from config.offline import FILES


def test_the_page_is_the_same_for_everybody(cast, as_user):
    nobodys, owners = (as_user(who).get("/offline/") for who in (None, cast.owner))
    assert nobodys.content == owners.content
    assert not nobodys.cookies


def test_the_service_worker_keeps_that_page_and_what_it_is_made_of(cast, as_user):
    answer = as_user(cast.owner).get("/service-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "private, no-cache"  # a new version is seen at once
    [kept] = re.findall(r"const KEPT = \[(.*)\]", answer.content.decode())
    assert len(re.findall(r'"([^"]+)"', kept)) == 1 + len(FILES)
    # of all that can keep something, one call, at the installation
    assert re.findall(r"\b(put|add|addAll)\(", answer.content.decode()) == ["addAll"]


def test_when_the_page_says_something_else_browsers_fetch_it_anew(client, monkeypatch):
    before = cache_name(client)
    assert cache_name(client) == before
    monkeypatch.setattr(offline, "render_to_string", lambda template: "<p>Other words</p>")
    assert cache_name(client) != before


def cache_name(client) -> str:
    [name] = re.findall(r'const CACHE = "([^"]+)"', client.get("/service-worker.js").content.decode())
    return name


def test_the_page_needs_no_file_that_is_not_kept(client):
    page = client.get("/offline/").content.decode()
    needed = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
    assert set(needed) <= set(FILES)
