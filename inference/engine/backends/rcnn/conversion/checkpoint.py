"""The weights of a checkpoint, read by a process of its own, so that nothing in it can reach this one."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from imaging.wording import gettext as _
from imaging.wording import gettext_noop
from inference.engine.backends.rcnn.tensorfile import read_tensors
from inference.engine.errors import ModelFileError

ROOT = Path(__file__).parents[5]
READER = "inference.engine.backends.rcnn.conversion.reader"
SUFFIXES = (".pth", ".pt", ".pkl")
MAX_BYTES = 4 << 30
PATIENCE_S = 600
# All that the process is told of its surroundings: no password, no key, no address.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
SENTENCES = {
    "unsafe": gettext_noop(
        "%(file)s asks for %(what)s, a piece of a program, and Kopje runs nothing that a weights file contains: it was "
        "not run. If the file is yours, save the weights alone: torch.save({'model': model.state_dict()}, 'FILE.pth')."
    ),
    "damaged": gettext_noop("%(file)s cannot be read as a Detectron2 checkpoint, or it is damaged. Copy it again."),
    "memory": gettext_noop(
        "%(file)s holds far more than a checkpoint of its size should, or than %(most)d MB: it was not unpacked."
    ),
    "no_weights": gettext_noop("%(file)s holds no weights. Give the checkpoint that training wrote: model_final.pth."),
    "tensor": gettext_noop("%(file)s is damaged: %(what)s is no array of numbers whose shape and length agree."),
    "stopped": gettext_noop("Reading %(file)s took too long or too much memory, and was stopped."),
}


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Weights under the names that the file has, Caffe2's where `is_caffe2`."""

    weights: dict[str, Tensor]
    is_caffe2: bool


def read_checkpoint(path: Path, scratch: Path | None = None) -> Checkpoint:
    """The weights of a .pth or .pkl file. They lie in `scratch` meanwhile, where whoever asks clears up behind a
    process that was killed; else where the system keeps such files. Raises ModelFileError with what to do."""
    _check_file(path)
    with tempfile.TemporaryDirectory(prefix="kopje-", dir=scratch) as folder:
        target = Path(folder) / "weights.safetensors"
        answer = _answer(path, target)
        if problem := answer.get("problem"):
            sentence = _(SENTENCES.get(problem, SENTENCES["stopped"]))
            what = str(answer.get("what", ""))[:200]
            raise ModelFileError(sentence % {"file": path.name, "what": what, "most": MAX_BYTES >> 20})
        return Checkpoint(read_tensors(target.read_bytes()), bool(answer.get("is_caffe2")))


def _check_file(path: Path) -> None:
    if path.suffix not in SUFFIXES:
        sentence = _("%(file)s must be a Detectron2 checkpoint: a file that ends in %(allowed)s.")
        raise ModelFileError(sentence % {"file": path.name, "allowed": ", ".join(SUFFIXES)})
    try:
        n_bytes = path.stat().st_size
    except OSError as problem:
        sentence = _("There is no readable weights file %(file)s.")
        raise ModelFileError(sentence % {"file": path.name}) from problem
    if n_bytes > MAX_BYTES:
        sentence = _(
            "%(file)s is larger than %(most)d MB, which no detector is. Save the weights without the optimizer."
        )
        raise ModelFileError(sentence % {"file": path.name, "most": MAX_BYTES >> 20})


def _answer(path: Path, target: Path) -> dict[str, Any]:
    """What the process says, or that it was stopped."""
    command = [sys.executable, "-m", READER, str(path.resolve()), str(target.resolve()), str(MAX_BYTES)]
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=kept | {"OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"problem": "stopped"}
    return answer if isinstance(answer, dict) and done.returncode == 0 else {"problem": "stopped"}
