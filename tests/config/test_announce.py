"""What the terminal says while Kopje starts."""

import threading

import pytest

from config import announce, sample
from config.announce import Place, how_far, sentences
from config.sample import SampleProgress
from tests.services import free_port


class Scripted(Place):
    """Listens at once; is ready when asked for the second time."""

    asked = 0

    def is_up(self):
        return True

    def is_ready(self):
        Scripted.asked += 1
        return Scripted.asked > 1


@pytest.fixture
def place(monkeypatch):
    monkeypatch.setattr(announce, "EVERY_S", 0.001)
    monkeypatch.setattr(Scripted, "asked", 0)
    return Scripted("127.0.0.1", 8000)


@pytest.fixture
def progress(monkeypatch):
    """`progress(0, 1, 12)`: as many images are done as the numbers say, each time somebody looks."""

    def play(*numbers):
        left = list(numbers)
        monkeypatch.setattr(sample, "progress", lambda: SampleProgress(12, left.pop(0) if len(left) > 1 else left[0]))

    return play


def test_without_a_demonstration_it_is_ready_when_everything_is_at_work(place):
    assert list(sentences(place, threading.Event(), "")) == [
        "Kopje is ready: http://127.0.0.1:8000",
        "Ctrl-C stops it.",
    ]


def test_a_demonstration_is_ready_when_its_last_image_is_searched(place, progress):
    progress(0, 0, 1, 1, 2, 12)
    said = list(sentences(place, threading.Event(), "demo / secret"))
    assert [line.split(" images searched")[0] for line in said if "images searched" in line] == ["1 of 12", "2 of 12"]
    assert said[-3:] == ["Kopje is ready: http://127.0.0.1:8000", "Login: demo / secret", "Ctrl-C stops it."]


def test_while_it_works_it_says_where_to_watch(place, progress):
    progress(0, 0, 12)
    assert "Watch it happen on http://127.0.0.1:8000 (log in as demo / secret)." in sentences(
        place, threading.Event(), "demo / secret"
    )


def test_a_later_start_says_nothing_of_the_sample(place, progress):
    progress(12)
    said = list(sentences(place, threading.Event(), "demo / secret"))
    assert said[0] == "Kopje is ready: http://127.0.0.1:8000"


def test_told_to_stop_it_never_says_that_it_is_ready(place, progress):
    progress(0, 0, 1)
    stop = threading.Event()
    stop.set()
    assert not [line for line in sentences(place, stop, "demo / secret") if "ready" in line]


def test_the_time_left_follows_the_pace_so_far():
    assert how_far(SampleProgress(12, 4), 4, 20.0) == "4 of 12 images searched, about 40 s left"
    assert how_far(SampleProgress(12, 1), 1, 9.0) == "1 of 12 images searched"


def test_what_failed_is_not_said_to_be_searched(place, monkeypatch):
    left = [SampleProgress(12), SampleProgress(12, 9, 2), SampleProgress(12, 9, 3)]
    monkeypatch.setattr(sample, "progress", lambda: left.pop(0) if len(left) > 1 else left[0])
    said = list(sentences(place, threading.Event(), "demo / secret"))
    assert [line.split(", about")[0] for line in said if "searched" in line] == [
        "9 of 12 images searched, 2 failed",
        "9 of 12 images searched, 3 failed: the page Failures of the sample survey says why.",
    ]


def test_where_nobody_listens_it_is_not_up():
    assert not Place("127.0.0.1", free_port()).is_up()
