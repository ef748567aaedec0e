"""A bundle installs Kopje where there is no network."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import skip_or_fail
from tests.services import ROOT, free_port

pytestmark = pytest.mark.slow
# What pip might be told on this machine, and a way out that leads nowhere.
OFFLINE = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The bundle, and what it unpacks to in an empty folder."""
    folder = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, str(ROOT / "deploy/bundle.py"), "--out", str(folder / "dist")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if "could not be fetched" in done.stderr:
        skip_or_fail("the packages cannot be fetched here")
    assert done.returncode == 0, done.stderr
    [file] = (folder / "dist").glob("*.tar")
    with tarfile.open(file) as tar:
        tar.extractall(folder / "there")
    [unpacked] = (folder / "there").iterdir()
    return SimpleNamespace(file=file, folder=unpacked, said=done.stdout)


def offline(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs in a network of its own, in which there is nothing; where that is not permitted, with a proxy to nowhere."""
    alone = (
        ["unshare", "--net"]
        if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0
        else []
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    environment = {**kept, **OFFLINE, "DATA_DIR": str(cwd / "data"), "DISK_FLOOR_MB": "0", "PYTHON": sys.executable}
    return subprocess.run([*alone, *command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)


def test_it_says_its_name_and_size_and_lays_its_checksum_beside(bundle):
    assert re.search(rf"{bundle.file}: \d+ MiB", bundle.said)
    told = bundle.file.with_suffix(".tar.sha256").read_text().split()
    assert told == [hashlib.sha256(bundle.file.read_bytes()).hexdigest(), bundle.file.name]


def test_it_holds_every_package_with_its_hash(bundle):
    requirements = (bundle.folder / "wheels/runtime.txt").read_text().splitlines()
    wheels = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (bundle.folder / "wheels").glob("*.whl")}
    assert {line.rpartition("sha256:")[2] for line in requirements} == wheels
    assert {"django", "onnxruntime", "pyvips"} <= {line.partition("==")[0] for line in requirements}


def test_it_names_nothing_of_the_machine_that_packed_it(bundle):
    """Neither folders, nor where packages came from, nor who packed it."""
    added = [bundle.folder / name for name in ("install.sh", "SHA256SUMS", "wheels/runtime.txt")]
    text = "".join(path.read_text() for path in added)
    assert not re.search(r"https?://|file://|index-url|find-links [^w]", text)
    assert str(ROOT) not in text
    with tarfile.open(bundle.file) as tar:
        assert {(member.uname, member.gname, member.uid) for member in tar} == {("", "", 0)}


def test_a_damaged_bundle_is_refused(bundle):
    victim = bundle.folder / "manage.py"
    content = victim.read_bytes()
    victim.write_bytes(content + b"#")
    done = offline("./install.sh", cwd=bundle.folder)
    victim.write_bytes(content)
    assert done.returncode == 1
    assert "The bundle is damaged: copy it again." in done.stdout
    assert not (bundle.folder / ".venv").exists()


def test_another_python_than_the_bundles_is_refused_by_name(bundle, tmp_path):
    installer = (bundle.folder / "install.sh").read_text()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    (tmp_path / "install.sh").write_text(installer.replace(version, "3.99"))
    done = offline("sh", "install.sh", cwd=tmp_path)
    assert done.returncode == 1
    assert f"This bundle is for Python 3.99 on {os.uname().machine}; here is Python {version}" in done.stderr


def test_it_installs_without_network_and_the_doctor_is_content(bundle):
    installed = offline("./install.sh", cwd=bundle.folder)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert "make serve" in installed.stdout
    doctor = offline(".venv/bin/python", "manage.py", "doctor", "--port", str(free_port()), cwd=bundle.folder)
    assert doctor.returncode == 0, doctor.stdout
    assert "Everything is well." in doctor.stdout
    steps = offline("make", "-n", "serve", cwd=bundle.folder).stdout
    assert "pip install" not in steps, "make serve finds everything installed"
