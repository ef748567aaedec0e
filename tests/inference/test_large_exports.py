"""Exports of 200,000 rows, in processes of their own and through a real web process."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.services import Stack, stacks

pytestmark = pytest.mark.slow

TOKEN = """
from rest_framework.authtoken.models import Token
from surveys.models import Survey
print(Token.objects.create(user=Survey.objects.get().created_by).key)
"""
PATH = "/api/v1/surveys/large/exports/detections.csv"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks(tmp_path_factory.mktemp("large"), request) as make:
        stack = make(request.param)
        stack.shell("from tests.inference import export_probe; export_probe.fill()")
        yield stack


def test_rows_stream_through_flat_memory(large: Stack) -> None:
    measured = json.loads(large.shell("from tests.inference import export_probe; export_probe.measure()"))
    print(measured)
    lines = {name: table["lines"] for name, table in measured.items()}
    others = {"observations": 20_001, "observations.geojson": 20_000, "detections.xlsx": 0}
    assert lines == dict.fromkeys(measured, 200_001) | others | {"image_animals_wide": 2501, "transect_counts": 81}
    for name, table in measured.items():
        assert table["grown_mb"] < 20
        # What is summed up has nothing to send before the end; all else begins long before it.
        assert table["first_s"] < table["s"] / 3 or name in ("image_animals_wide", "transect_counts"), name


def test_readers_that_leave_in_the_midst_leave_nothing_behind(large: Stack) -> None:
    """Takes the rows away in the end: the last test of them."""
    token = large.shell(TOKEN).strip()
    large.start_web()
    for _ in range(12):
        with ask(large, token) as connection:
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    large.sql("DELETE FROM inference_detection")
    for _ in range(12):  # whichever thread answers
        with ask(large, token) as connection:
            answer = read_all(connection)
        assert b"detection_id" in answer
        assert answer.count(b"species") == 0


def ask(stack: Stack, token: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", stack.port), timeout=60)
    head = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {token}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 20), b""))
