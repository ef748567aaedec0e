"""nginx with the project's own files, put together as its image does it, in front of a web process of the tests."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from tests.services import ROOT, find_binary, free_port, wait_until

NOBODY = "192.0.2.1"  # an address that is kept for examples
FRAME = """
{user}
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {tls_proxy}
  {site}
}}
"""


def write_configuration(folder: Path, *, web_port: int, port: int, tls_proxy: str = NOBODY) -> Path:
    """Into the folder, where the access log will be too."""
    site = (ROOT / "deploy/nginx/kopje.conf").read_text()
    for there, here in {
        "server web:8000;": f"server 127.0.0.1:{web_port};",
        "listen 80;": f"listen 127.0.0.1:{port};",
        "/var/log/nginx/": f"{folder}/",
    }.items():
        assert there in site
        site = site.replace(there, here)
    template = Template((ROOT / "deploy/nginx/tls_proxy.conf.template").read_text())
    user = "user root;" if os.geteuid() == 0 else ""
    path = folder / "nginx.conf"
    path.write_text(
        FRAME.format(user=user, folder=folder, site=site, tls_proxy=template.substitute(TLS_PROXY=tls_proxy))
    )
    return path


@contextmanager
def nginx_before(web_port: int, folder: Path, *, tls_proxy: str = NOBODY) -> Iterator[int]:
    """The port on which it answers."""
    nginx, port = find_binary("nginx"), free_port()
    configuration = write_configuration(folder, web_port=web_port, port=port, tls_proxy=tls_proxy)
    process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(configuration)])
    try:
        wait_until(lambda: _listens(port), timeout_s=10, what="nginx")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
