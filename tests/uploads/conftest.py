"""A real web process, and the means to treat it badly."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.services import Stack
from tests.uploads.tus_client import BODY, ROOT, metadata

MAKE_PEOPLE = """
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token
from surveys.models import Survey, Membership
user = get_user_model().objects.create_user("ana", password="tree-on-the-plain")
survey = Survey.objects.create(slug="ruaha", name="Ruaha", created_by=user)
Membership.objects.create(survey=survey, user=user, role="owner")
print(Token.objects.create(user=user).key)
"""


class Server:
    """The web process, spoken to over bare sockets by the owner of the survey ruaha."""

    def __init__(self, stack: Stack, token: str) -> None:
        self.stack, self.token = stack, token
        self.url, self.endpoint = stack.url, stack.url + ROOT

    @property
    def headers(self) -> dict[str, str]:
        return {"Tus-Resumable": "1.0.0", "Authorization": f"Token {self.token}"}

    def ask(self, method: str, path: str, body: bytes = b"", **more: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=30)
        headers = {**self.headers, **{name.replace("_", "-"): value for name, value in more.items()}}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def create(self, size: int, name: str = "DSC_1.JPG") -> str:
        facts = metadata(survey="ruaha", filename=name)
        answer = self.ask("POST", ROOT, Upload_Length=str(size), Upload_Metadata=facts)
        assert answer.status == 201, answer.body
        return answer.headers["Location"]

    def patch(self, path: str, offset: int, body: bytes) -> http.client.HTTPResponse:
        return self.ask("PATCH", path, body, Upload_Offset=str(offset), Content_Type=BODY)

    def offset(self, path: str) -> int:
        return int(self.ask("HEAD", path).headers["Upload-Offset"])

    def resume(self, path: str, content: bytes) -> bool:
        """One try at sending the rest, as any client does it: ask where it stands, send from there."""
        offset = self.offset(path)
        return self.patch(path, offset, content[offset:]).status == 204

    def begin_patch(self, path: str, offset: int, length: int) -> socket.socket:
        """The head of a PATCH has been sent; the body is the caller's."""
        about_body = {"Upload-Offset": offset, "Content-Type": BODY, "Content-Length": length}
        headers = {"Host": "127.0.0.1", **self.headers, **about_body}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line = socket.create_connection(("127.0.0.1", self.stack.port))
        line.sendall(f"PATCH {path} HTTP/1.1\r\n{head}\r\n".encode())
        return line

    def stored(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.stack.folder / "data" / "store" / "originals").glob("*/*"))]


@pytest.fixture
def make_server(make_stack: Callable[..., Stack]) -> Callable[..., Server]:
    """`make_server("--threads", "4", WEB_IDLE_S="3")`: arguments of the web command, settings of the environment."""

    def make(*arguments: str, on: str = "sqlite", **environment: str) -> Server:
        stack = make_stack(on=on, **environment)
        token = stack.shell(MAKE_PEOPLE).strip()
        stack.start_web(*arguments)
        return Server(stack, token)

    return make


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    return make_server()


class Cutter:
    """`cutter.to(port, after)`: a line to that port that breaks after so many bytes, each time, until it heals."""

    def __init__(self) -> None:
        self.lines: list[BreakingLine] = []

    def to(self, port: int, after: int = 2**60) -> "BreakingLine":
        self.lines.append(BreakingLine(port, after))
        return self.lines[-1]


@pytest.fixture
def cutter() -> Iterator[Cutter]:
    cutter = Cutter()
    yield cutter
    for line in cutter.lines:
        line.close()


class BreakingLine:
    """Carries bytes to the server and back, slowly if asked to, and breaks after so many towards it."""

    bytes_per_second: int | None = None

    def __init__(self, port: int, after: int) -> None:
        self.port, self.after, self.breaks, self.carried = port, after, 0, 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._pool = ThreadPoolExecutor(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def heal(self) -> None:
        self.after = 2**60

    def close(self) -> None:
        self._door.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._door.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.port))
            self._pool.submit(self._carry, near, far)
            self._pool.submit(self._carry_back, far, near)

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        sent = 0
        while piece := _receive(near):
            far.sendall(piece)
            sent += len(piece)
            self.carried += len(piece)
            if self.bytes_per_second:
                time.sleep(len(piece) / self.bytes_per_second)
            if sent > self.after:
                self.breaks += 1
                break
        for line in (near, far):
            _hang_up(line)

    def _carry_back(self, far: socket.socket, near: socket.socket) -> None:
        while piece := _receive(far):
            try:
                near.sendall(piece)
            except OSError:
                break


def _receive(line: socket.socket) -> bytes:
    try:
        return line.recv(65536)
    except OSError:
        return b""


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


@pytest.fixture
def big_file(tmp_path: Path) -> Path:
    """Six MiB that compress badly and repeat nowhere."""
    import random

    path = tmp_path / "DSC_7.JPG"
    path.write_bytes(random.Random(7).randbytes(6 * 2**20))
    return path
