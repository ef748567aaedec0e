"""Uploads through nginx as it is deployed."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.nginx import nginx_before
from tests.services import wait_until
from tests.uploads.conftest import Server

pytestmark = [pytest.mark.slow]


@pytest.fixture
def through_nginx(server: Server, tmp_path: Path) -> Iterator[Server]:
    """The same server, spoken to through nginx."""
    with nginx_before(server.stack.port, tmp_path) as port:
        stack = SimpleNamespace(port=port, url=f"http://127.0.0.1:{port}", folder=server.stack.folder)
        yield Server(stack, server.token)


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
