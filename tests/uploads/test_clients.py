"""The clients that people use: cut off in the middle, they resume, and the file is whole."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from tests.conftest import skip_or_fail
from tests.services import ROOT, wait_until

pytestmark = [pytest.mark.slow]
MIB = 2**20


def tuspy_uploader(server, root: str, file: Path, **options):
    client = TusClient(f"{root}/api/v1/tus/", headers={"Authorization": f"Token {server.token}"})
    facts = {"survey": "ruaha", "filename": file.name, "path": "card/DCIM"}
    return client.uploader(str(file), chunk_size=4 * MIB, metadata=facts, **options)


@pytest.mark.parametrize("upload_checksum", [False, True])
def test_tuspy_is_cut_off_and_resumes(server, cutter, big_file, upload_checksum):
    line = cutter.to(server.stack.port, after=3 * MIB)
    broken = tuspy_uploader(server, line.url, big_file, upload_checksum=upload_checksum)
    with pytest.raises(TusCommunicationError):
        broken.upload()
    path = broken.url.removeprefix(line.url)
    wait_until(lambda: server.offset(path) >= 2 * MIB, timeout_s=10, what="what came before the cut")
    line.heal()
    carried = line.carried
    tuspy_uploader(server, line.url, big_file, url=broken.url, upload_checksum=upload_checksum).upload()
    assert line.carried - carried < 4.5 * MIB
    assert server.stored() == [big_file.read_bytes()]
    assert server.stack.sql("SELECT file_name, path FROM surveys_image") == [("DSC_7.JPG", "card/DCIM")]


def test_tus_js_client_is_cut_off_and_resumes(server, cutter, big_file):
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules/tus-js-client").is_dir():
        skip_or_fail("Node or node_modules/tus-js-client is absent: install nodejs and run npm ci")
    line = cutter.to(server.stack.port, after=2_500_000)
    script = Path(__file__).with_name("tus_js_client.mjs")
    command = [node, str(script), f"{line.url}/api/v1/tus/", server.token, str(big_file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{line.url}/api/v1/tus/")
    assert line.breaks >= 2
    assert line.carried < 2 * big_file.stat().st_size
    assert server.stored() == [big_file.read_bytes()]
