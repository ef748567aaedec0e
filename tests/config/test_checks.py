from pathlib import Path

import pytest
from django.dispatch import Signal

import surveys.signals
from config import checks


def ids(messages):
    return [message.id for message in messages]


def test_every_fact_of_the_house_has_a_receiver():
    assert checks.every_fact_has_a_receiver() == []


def test_a_fact_that_nothing_receives_is_an_error(monkeypatch):
    monkeypatch.setattr(surveys.signals, "image_painted", Signal(), raising=False)
    [message] = checks.every_fact_has_a_receiver()
    assert (message.id, message.hint) == ("kopje.E001", "Connect a receiver in config/pipeline.py.")
    assert "image_painted" in message.msg


@pytest.mark.parametrize(("kind", "expected"), [("nfs4", ["kopje.W003"]), ("ext4", [])])
def test_sqlite_on_a_network_file_system_is_warned_of(kind, expected, monkeypatch):
    monkeypatch.setattr(checks, "file_system_of", lambda path: kind)
    assert ids(checks.sqlite_is_on_a_local_disk()) == expected


def test_the_file_system_of_a_path_is_that_of_its_nearest_mount():
    assert checks.file_system_of(Path("/proc/self")) == "proc"
