"""A tile over HTTP from the web server, authorised, against nginx serving the same bytes as files."""

import os
import random
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

from benchmarks.report import Measured, alternate_by
from benchmarks.running import Server, free_port, running
from benchmarks.scene import scene

WIDTH, HEIGHT = 8256, 5504
IMAGE = UUID("01a1fcf0-e5cf-71fe-8f9f-135e56d85710")
CONNECTIONS, REQUESTS, ROUNDS = 16, 12_000, 5

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 128; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000; default_type image/jpeg;
  client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
  uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


def measure() -> Measured | None:
    """Median CPU microseconds a request, ours and nginx's; None where there is no nginx."""
    nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if nginx is None:
        return None
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        folder.chmod(0o755)  # started by root, nginx works as nobody
        cookie, paths = _prepare(folder)
        ours = running.enter_context(_web(folder))
        theirs = running.enter_context(_nginx(nginx, folder))
        asked = [_request(path, cookie) for path in paths]
        return alternate_by(lambda: _load(ours, asked), lambda: _load(theirs, asked), rounds=ROUNDS)


def _prepare(folder: Path) -> tuple[str, list[str]]:
    """The pyramid where the web server looks for it, its tiles as files, a pass, and the addresses to ask for."""
    os.environ.update(DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR")
    os.environ.pop("STORAGE_URL", None)
    import django

    django.setup()
    from imaging.pyramid import write_pyramid
    from surveys.files import pyramid_path
    from viewer import grants

    write_pyramid(scene(WIDTH, HEIGHT), pyramid_path(IMAGE))
    an_hour_on = time.time() + 3600  # the measurement takes longer than a pass lives
    signed = grants.sign(IMAGE, grants.Grant(WIDTH, HEIGHT, is_shown_as_is=False), now=an_hour_on)
    return f"{grants.COOKIE}={signed}", _write_files(folder / "files", pyramid_path(IMAGE))


def _write_files(root: Path, pyramid: Path) -> list[str]:
    from imaging.tiles import TileFile

    file, paths = TileFile.open(pyramid), []
    for number, level in enumerate(file.levels):
        z = len(file.levels) - 1 - number
        for x, y in ((x, y) for x in range(level.columns) for y in range(level.rows)):
            path = f"/api/v1/images/{IMAGE}/tiles/{z}/{x}/{y}.jpg"
            (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            (root / path[1:]).write_bytes(file.read(number, x, y) or b"")
            paths.append(path)
    return random.Random(1).choices(paths, k=REQUESTS)


def _request(path: str, cookie: str) -> bytes:
    return f"GET {path}?v=1a HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()


@contextmanager
def _web(folder: Path) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "manage.py", "web", "--port", str(port), "--workers", "1"]
    with running(command, port, {**os.environ, "DATA_DIR": str(folder)}) as server:
        yield server


@contextmanager
def _nginx(program: str, folder: Path) -> Iterator[Server]:
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    with running([program, "-p", str(folder), "-c", "nginx.conf"], port, dict(os.environ)) as server:
        yield server


def _load(server: Server, requests: list[bytes]) -> float:
    """CPU microseconds of the server a request, with CONNECTIONS requests under way at a time."""
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(CONNECTIONS)]
    files = [connection.makefile("rb", buffering=1 << 16) for connection in connections]
    before = server.cpu_seconds()
    for start in range(0, len(requests), CONNECTIONS):
        batch = requests[start : start + CONNECTIONS]
        for connection, request in zip(connections, batch, strict=False):
            connection.sendall(request)
        for file, _ in zip(files, batch, strict=False):
            _read_answer(file)
    spent = server.cpu_seconds() - before
    for connection in connections:
        connection.close()
    return spent / len(requests) * 1e6


def _read_answer(file: "socket.SocketIO") -> None:
    status = file.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"the server answered {status!r}")
    length = 0
    while (line := file.readline()) not in (b"\r\n", b""):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if len(file.read(length)) != length or not length:
        raise RuntimeError("an answer was cut short")


if __name__ == "__main__":
    print("CPU us a request, ours and nginx:", measure())
