import socket
from collections.abc import Callable

import pytest

from tests.services import Stack

TOKEN = """
from rest_framework.authtoken.models import Token
from surveys.models import Survey
print(Token.objects.create(user=Survey.objects.get().created_by).key)
"""
PATH = "/api/v1/surveys/large/exports/detections.csv"


def ask(stack: Stack, token: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", stack.port), timeout=60)
    head = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {token}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 20), b""))


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_readers_that_leave_in_the_midst_of_an_export_leave_nothing_behind(
    database: str, make_stack: Callable[..., Stack]
) -> None:
    stack = make_stack(database)
    stack.shell("from tests.inference import export_probe; export_probe.fill()")
    token = stack.shell(TOKEN).strip()
    stack.start_web()
    for _ in range(12):
        with ask(stack, token) as connection:
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    stack.sql("DELETE FROM inference_detection")
    for _ in range(12):  # whichever thread answers
        with ask(stack, token) as connection:
            answer = read_all(connection)
        assert b"detection_id" in answer
        assert answer.count(b"species") == 0
