import os
import socket
from importlib import import_module
from types import SimpleNamespace

import granian
import pytest
from django.core.management import CommandError, call_command

import config.celery
from config.concurrency import default_concurrency
from config.doctor import machine
from tests.services import free_port


@pytest.fixture
def started(monkeypatch):
    """What a worker or a web server would have been started with."""
    starts = []
    monkeypatch.setattr(config.celery.app, "worker_main", starts.append)
    monkeypatch.setattr(granian, "Granian", lambda *_, **options: SimpleNamespace(serve=lambda: starts.append(options)))
    monkeypatch.setattr(os, "chdir", lambda folder: None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return starts


def test_a_worker_of_an_unknown_queue_is_refused(started):
    with pytest.raises(CommandError, match="No such queue: paint"):
        call_command("worker", "--queues", "io,paint")
    assert started == []


def test_a_worker_works_on_the_queues_it_is_given(started):
    call_command("worker", "--queues", "io,tiles", "--concurrency", "3")
    [line] = started
    assert line[line.index("--queues") + 1] == "io,tiles"
    assert line[line.index("--concurrency") + 1] == "3"


def test_a_worker_that_searches_does_not_start_without_the_card_that_was_asked_for(started, settings, monkeypatch):
    settings.DEVICE = "cuda"
    monkeypatch.setitem(os.environ, "DEVICE", "cuda")
    monkeypatch.setattr(machine, "GPU_SIGNS", ("/proc/nothing",))
    with pytest.raises(CommandError, match=r"no NVIDIA graphics card.*or set DEVICE=cpu\.$"):
        call_command("worker", "--queues", "io,detect")
    assert started == []
    call_command("worker", "--queues", "io,tiles")  # it searches nothing
    assert len(started) == 1


@pytest.mark.parametrize("command", ["up", pytest.param("serve", marks=pytest.mark.slow)])
def test_nothing_starts_without_the_card_that_was_asked_for(settings, monkeypatch, command):
    settings.DEVICE = "cuda"
    monkeypatch.setitem(os.environ, "DEVICE", "cuda")
    monkeypatch.setattr(machine, "GPU_SIGNS", ("/proc/nothing",))
    module = import_module(f"config.management.commands.{command}")
    monkeypatch.setattr(module, "call_command", lambda *_, **__: pytest.fail("it began to prepare the data"))
    with pytest.raises(CommandError, match=r"no NVIDIA graphics card.*or set DEVICE=cpu\.$"):
        call_command(command, "--host", "127.0.0.1", "--port", str(free_port()))


def test_by_default_there_are_no_more_jobs_at_once_than_processors():
    assert 1 <= default_concurrency() <= (os.cpu_count() or 1)


@pytest.mark.parametrize("command", ["web", "up"])
def test_a_port_that_is_taken_is_refused_in_a_sentence(started, command):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=rf"port {port} \(Address already in use\). Stop what listens there"):
            call_command(command, "--port", str(port))
    assert started == []


def test_the_web_server_serves_where_it_is_told(started):
    port = free_port()
    call_command("web", "--host", "0.0.0.0", "--port", str(port))
    [options] = started
    assert (options["address"], options["port"]) == ("0.0.0.0", port)
