"""Uploads through nginx as it is deployed."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.services import ROOT, find_binary, free_port, wait_until
from tests.uploads.conftest import Server

pytestmark = [pytest.mark.slow]
FRAME = """
{user}
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {site}
}}
"""


@pytest.fixture
def through_nginx(server: Server, tmp_path: Path) -> Iterator[Server]:
    """The same server, spoken to through nginx."""
    nginx, port = find_binary("nginx"), free_port()
    site = (ROOT / "deploy/nginx/kopje.conf").read_text()
    site = site.replace("web:8000", f"127.0.0.1:{server.stack.port}").replace("listen 80;", f"listen 127.0.0.1:{port};")
    user = "user root;" if os.geteuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(FRAME.format(user=user, folder=tmp_path, site=site))
    process = subprocess.Popen([nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")])
    front = Server(SimpleNamespace(port=port, url=f"http://127.0.0.1:{port}", folder=server.stack.folder), server.token)
    wait_until(lambda: _answers(front), timeout_s=10, what="nginx")
    yield front
    process.terminate()
    process.wait(10)


def _answers(front: Server) -> bool:
    try:
        return front.ask("OPTIONS", "/api/v1/tus/").status == 204
    except OSError:
        return False


def test_a_broken_line_keeps_what_had_come_through_nginx(through_nginx):
    content = os.urandom(3_000_000)
    url = through_nginx.create(len(content))
    line = through_nginx.begin_patch(url, 0, len(content))
    line.sendall(content[:1_500_000])
    time.sleep(0.5)
    line.close()
    wait_until(lambda: through_nginx.offset(url) > 1_400_000, timeout_s=10, what="what came before the break")
    wait_until(lambda: through_nginx.resume(url, content), timeout_s=10, what="the rest")
    assert through_nginx.stored() == [content]


def test_a_client_that_sends_all_in_one_piece_is_let_through(through_nginx):
    content = bytes(100 * 2**20)
    url = through_nginx.create(len(content))
    assert through_nginx.patch(url, 0, content).status == 204


def test_locations_lead_through_nginx_again(through_nginx):
    assert through_nginx.create(10).startswith("/api/v1/tus/")
