"""What deploy/nginx passes on, seen by a web server that says what it was sent."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings

from config.multipart import MOST_BYTES
from tests.nginx import NOBODY, nginx_before

pytestmark = pytest.mark.slow
HERE = "127.0.0.1"
LIE = {"X-Forwarded-For": "203.0.113.9"}
FORWARDED = {**LIE, "X-Forwarded-Proto": "https", "Host": "kopje.example"}


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        n_bytes = len(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({**self.headers, "n_bytes": n_bytes}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def through_nginx(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """`through_nginx(tls_proxy)`: the port of an nginx that believes whoever comes from there."""
    server = ThreadingHTTPServer((HERE, 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with ExitStack() as running:
        yield lambda tls_proxy: running.enter_context(nginx_before(server.server_port, tmp_path, tls_proxy=tls_proxy))
    server.shutdown()
    server.server_close()


def post(port: int, path: str = "/", body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(HERE, port, timeout=30)) as line:
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        return answer.status, answer.read()


def test_the_port_stays_with_the_name(through_nginx):
    """Of both are the links made that people pass on, and by both a form knows its own page."""
    _, seen = post(through_nginx(NOBODY), Host="kopje.example:8080")
    assert json.loads(seen)["Host"] == "kopje.example:8080"


def test_a_client_cannot_say_that_it_is_somebody_else(through_nginx):
    _, seen = post(through_nginx(NOBODY), **LIE)
    assert json.loads(seen)["X-Forwarded-For"] == HERE


def test_a_tls_proxy_is_believed_for_whom_it_asks_and_that_they_came_by_https(through_nginx):
    _, seen = post(through_nginx(f"{HERE}/32"), **FORWARDED)
    assert {name: json.loads(seen)[name] for name in FORWARDED} == FORWARDED


def test_without_one_people_came_by_http(through_nginx):
    _, seen = post(through_nginx(NOBODY))
    assert json.loads(seen)["X-Forwarded-Proto"] == "http"


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/v1/surveys/", settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        ("/surveys/ruaha/transects/table/", MOST_BYTES),
    ],
)
def test_what_the_server_itself_would_refuse_for_its_size_does_not_reach_it(through_nginx, path, most):
    port = through_nginx(NOBODY)
    assert post(port, path, bytes(most))[0] == 200
    assert post(port, path, bytes(most + 1))[0] == 413
