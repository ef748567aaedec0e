"""Checkpoints that would run something, or fill the memory."""

import json
import os
import socket
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import pytest
import torch

from inference.engine import ModelFileError
from inference.engine.backends.rcnn.conversion.checkpoint import MAX_BYTES, read_checkpoint
from tests.inference.engine.rcnn.conversion.pickled import command, pickled
from tests.services import ROOT

TEN_GB = 10 << 30
CODE = {
    "unsafe": "asks for posix.system, a piece of a program, and Kopje runs nothing that a weights file contains",
    "damaged": "cannot be read as a Detectron2 checkpoint, or it is damaged",
    "memory": "holds far more than a checkpoint of its size should",
    "tensor": "is damaged: a is no array of numbers",
    "none": "holds no weights",
}


class Runs:
    """What a pickle of it does when it is read."""

    def __init__(self, shell: str) -> None:
        self.shell = shell

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, (self.shell,)


def refusal(path: Path) -> str:
    with pytest.raises(ModelFileError) as refused:
        read_checkpoint(path)
    return str(refused.value)


def malicious_pth(path: Path, shell: str) -> None:
    torch.save({"model": {"a": torch.zeros(1), "b": Runs(shell)}}, path)


def malicious_old_pth(path: Path, shell: str) -> None:
    torch.save({"model": {"b": Runs(shell)}}, path, _use_new_zipfile_serialization=False)


def malicious_pkl(path: Path, shell: str) -> None:
    path.write_bytes(command("posix", "system", shell))


def malicious_inside_pkl(path: Path, shell: str) -> None:
    path.write_bytes(pickled({"model": {"a": np.zeros(1)}, "b": Runs(shell), "__author__": "us"}))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("write", "name"),
    [
        (malicious_pth, "model_final.pth"),
        (malicious_old_pth, "model_final.pth"),
        (malicious_pkl, "model_final.pkl"),
        (malicious_inside_pkl, "model_final.pkl"),
    ],
)
def test_nothing_in_a_checkpoint_is_run(write, name: str, tmp_path: Path) -> None:
    canary, path = tmp_path / "canary", tmp_path / name
    write(path, f"touch {canary}")
    assert CODE["unsafe"] in refusal(path)
    assert not canary.exists()
    # The file is one that runs: readers that trust it do what it says.
    if name.endswith(".pth"):
        torch.load(path, weights_only=False)
    else:
        np.load(path, allow_pickle=True)
    assert canary.exists()


PROBE = """
import socket, sys
from inference.engine.backends.rcnn.conversion import reader

def reach(path, max_bytes):
    with socket.socket() as probe:
        raise reader.ReadingError("reached" if probe.connect_ex(("127.0.0.1", int(sys.argv[1]))) == 0 else "cut off")

reader.read = reach
reader.main(sys.argv[2], "nowhere", 1)
"""


@pytest.mark.slow
def test_who_reads_a_checkpoint_has_no_network_where_the_kernel_allows_that(tmp_path: Path) -> None:
    """Elsewhere reading goes on all the same."""
    (tmp_path / "model.pth").write_bytes(b"")
    own = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--user"]), "true"]
    is_allowed = subprocess.run(own, capture_output=True).returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as listening:
        asked = [sys.executable, "-c", PROBE, str(listening.getsockname()[1]), str(tmp_path / "model.pth")]
        done = subprocess.run(asked, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True)
    assert json.loads(done.stdout)["problem"] == ("cut off" if is_allowed else "reached"), done.stderr


def test_what_is_read_lies_where_whoever_asked_clears_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is killed meanwhile leaves gigabytes."""
    scratch, told = tmp_path / "scratch", tmp_path / "told"
    scratch.mkdir()
    (tmp_path / "python").write_text(f'#!/bin/sh\nprintf %s "$4" > {told}\n')
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "model.pth").write_bytes(b"x")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ModelFileError):
        read_checkpoint(tmp_path / "model.pth", scratch)
    assert Path(told.read_text()).is_relative_to(scratch)
    assert list(scratch.iterdir()) == []


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(TEN_GB)


def test_a_file_of_ten_gigabytes_is_not_even_opened(tmp_path: Path) -> None:
    sparse(tmp_path / "model.pth")
    assert f"model.pth is larger than {MAX_BYTES >> 20} MB, which no detector is" in refusal(tmp_path / "model.pth")


def repeated(path: Path) -> None:
    """One number, repeated by a stride of 0 until it counts for ten gigabytes."""
    torch.save({"model": {"a": torch.zeros(1).expand(TEN_GB // 4)}}, path)


def short_array(path: Path) -> None:
    """An array of ten gigabytes by its shape, of eight bytes by its numbers."""
    few = pickled({"a": np.zeros((1, 2), np.float32)}, 2)
    assert few.count(b"K\x01K\x02\x86") == 1
    path.write_bytes(few.replace(b"K\x01K\x02\x86", b"J\x00\x00\x00\x50K\x02\x86"))


def long_bytes(path: Path) -> None:
    """Bytes that say they are ten gigabytes long."""
    path.write_bytes(b"\x80\x04\x8e" + struct.pack("<Q", TEN_GB) + b"few.")


def far_memo(path: Path) -> None:
    """A value kept under the number 4 294 967 295, for which a table of that length is made."""
    path.write_bytes(b"\x80\x02}r\xff\xff\xff\xff.")


def bomb(path: Path) -> None:
    """Zeros of three gigabytes that compress to almost nothing."""
    torch.save({"model": {"a": torch.zeros(1)}}, path)
    with zipfile.ZipFile(path) as before:
        parts = {info.filename: before.read(info) for info in before.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as after:
        for name, content in parts.items():
            with after.open(name, "w", force_zip64=True) as part:
                for piece in [content] if not name.endswith("data/0") else [bytes(1 << 26)] * 48:
                    part.write(piece)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("write", "name", "problem"),
    [
        (repeated, "a.pth", "memory"),
        (short_array, "a.pkl", "tensor"),
        (long_bytes, "a.pkl", "memory"),
        (far_memo, "a.pkl", "memory"),
        (bomb, "a.pth", "memory"),
        (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(100)), "a.pth", "damaged"),
        (lambda path: path.write_bytes(b"\x80\x04."), "a.pkl", "damaged"),
        (lambda path: torch.save([torch.zeros(1)], path), "a.pth", "none"),
        (lambda path: path.write_bytes(pickled({"model": {"a": 1}})), "a.pkl", "none"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(write, name: str, problem: str, tmp_path: Path) -> None:
    write(tmp_path / name)
    assert CODE[problem] in refusal(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("none.pth", "There is no readable weights file none.pth."),
        ("model.onnx", "must be a Detectron2 checkpoint: a file that ends in .pth, .pt, .pkl"),
    ],
)
def test_a_file_of_another_kind_is_refused(name: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in refusal(tmp_path / name)
