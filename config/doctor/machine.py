"""The machine: Python, libraries, the port, the disk, the graphics card. Uses the standard library only."""

import errno
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from config.doctor.finding import Finding
from config.doctor.wheels import ROOT, Probe

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 31)
GPU_SIGNS = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg")  # the last is Windows' card inside WSL
LISTENING = "0A"
PROBE_BYTES = 1 << 20
ANSWER_S = 1.5
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy leads out of the network


def versions(probe: Probe) -> Finding:
    told = {"Python": sys.version.split()[0], "SQLite": sqlite3.sqlite_version, **probe.versions}
    says = ", ".join(f"{name} {version}" for name, version in told.items())
    if sys.version_info < OLDEST_PYTHON:
        return Finding("versions", says, "Kopje needs Python 3.11 or newer: make serve PYTHON=python3.12, say")
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return Finding("versions", says, "Kopje needs SQLite 3.31 or newer: use a Python that brings a newer one")
    return Finding("versions", says)


# --- the port ---------------------------------------------------------------------------------------------------------
def port(host: str, number: int) -> Finding:
    reason = _why_not_free(host, number)
    if reason is None:
        return Finding("port", f"{number} is free")
    if reason != errno.EADDRINUSE:
        says = f"{host}, port {number} cannot be listened on ({os.strerror(reason)})."
        return Finding("port", says, "Choose another: make serve HOST=0.0.0.0 PORT=8000")
    if is_kopje(host, number):
        return Finding("port", f"{number}: Kopje answers on it")
    who = next(_listeners(number), "another program")
    return Finding(
        "port", f"{number} is taken by {who}.", f"Stop that, or choose another: make serve PORT={number + 1}"
    )


def is_kopje(host: str, number: int) -> bool:
    asked = urllib.request.Request(f"http://{_near(host)}:{number}/healthz", headers={"Host": "localhost"})
    with suppress(OSError, ValueError), DIRECT.open(asked, timeout=ANSWER_S) as answer:
        return answer.read(10) == b"ok\n"
    return False


def _near(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104


def _why_not_free(host: str, number: int) -> int | None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            return error.errno or errno.EADDRINUSE
    return None


def _listeners(number: int) -> Iterator[str]:
    """The programs that listen on a port, as far as this user may see them."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(number)}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(os.readlink(link) in wanted for link in (folder / "fd").iterdir()):
                yield f"{(folder / 'comm').read_text().strip()} (process {folder.name})"


def _inodes(number: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == number:
                    yield fields[9]


# --- the disk ---------------------------------------------------------------------------------------------------------
def data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or ROOT / "data").expanduser().resolve()


def storage_dir() -> Path:
    parts = urlsplit(os.environ.get("STORAGE_URL") or (data_dir() / "store").as_uri())
    return Path(unquote(parts.path))


def disk() -> Finding:
    folders = dict.fromkeys((data_dir(), storage_dir()))
    findings = [_room(folder) for folder in folders]
    return next((finding for finding in findings if not finding.is_well), findings[0])


def _room(folder: Path) -> Finding:
    return writing(folder) or _floor(folder, shutil.disk_usage(_there(folder)).free)


def _there(folder: Path) -> Path:
    """What is not made yet is judged by the folder it will be made in."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def writing(folder: Path) -> Finding | None:
    """What is wrong where nothing can be written there."""
    elsewhere = "or keep the data elsewhere: DATA_DIR=/another/folder"
    try:
        with tempfile.TemporaryFile(dir=_there(folder)) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return Finding("disk", f"The disk of {folder} is full.", f"Make room there, {elsewhere}")
        says = f"{_there(folder)} cannot be written to ({error.strerror})."
        return Finding("disk", says, f"Give its owner the right to (chown, chmod), {elsewhere}")
    return None


def _floor(folder: Path, free: int) -> Finding:
    floor_mb = _number("DISK_FLOOR_MB", 2048)
    says = f"{free / 2**30:,.1f} GiB free in {folder}"
    if free >= floor_mb * 2**20:
        return Finding("disk", says)
    remedy = "Make room there, or lower DISK_FLOOR_MB"
    return Finding("disk", f"{says}: uploads are refused under {floor_mb:g} MB.", remedy)


def _number(name: str, default: float) -> float:
    try:
        return float(os.environ.get(name, default))
    except ValueError:  # the settings will say so
        return default


# --- the graphics card ------------------------------------------------------------------------------------------------
def device(providers: list[str]) -> Finding:
    wanted, has_cuda = os.environ.get("DEVICE", "auto"), "CUDAExecutionProvider" in providers
    if wanted == "cuda" and not has_gpu():
        says = "DEVICE=cuda, but this machine shows no NVIDIA graphics card, or its driver is not installed."
        return Finding("device", says, "Install NVIDIA's driver until nvidia-smi lists the card, or set DEVICE=cpu")
    if wanted == "cuda" and not has_cuda:
        says = "DEVICE=cuda, but ONNX Runtime is installed without CUDA."
        return Finding("device", says, "Run: make serve DEVICE=cuda (it installs that), or set DEVICE=cpu")
    where = "the graphics card" if wanted != "cpu" and has_cuda and has_gpu() else "the processor"
    return Finding("device", f"DEVICE={wanted}: searches run on {where}, {os.cpu_count()} cores")


def has_gpu() -> bool:
    return any(Path(sign).exists() for sign in GPU_SIGNS)


def clock() -> Finding:
    """The year of the code is the least that a clock can say."""
    made_at = (ROOT / "manage.py").stat().st_mtime
    if time.time() < made_at - 24 * 3600:
        says = f"The clock says {time.strftime('%Y-%m-%d')}, which is before this program was installed."
        return Finding("clock", says, "Set it: timedatectl set-ntp true")
    return Finding("clock", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))
