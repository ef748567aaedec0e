"""Detectors in ONNX files, run by ONNX Runtime."""

import io
import os
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imaging.wording import gettext as _
from inference.engine.backends.fitting import Batch, Fit
from inference.engine.backends.heads import HEADS, Asked, Head, Outputs
from inference.engine.backends.onnxfile import refuse_unsafe
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard
from inference.engine.classes import HEAD as CLASSES_HEAD
from inference.engine.detector import Pixels, Window
from inference.engine.errors import CardError, DetectorError, DetectorMemoryError, ModelFileError
from inference.engine.nms import suppress
from inference.engine.weights import read_weights

if TYPE_CHECKING:
    import onnxruntime

NUMBER_TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}
# Told before it is loaded, or the runtime keeps a number for this machine and writes down for its maker what it does.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
MEMORY_WORDS = ("alloc", "out of memory", "bad_alloc")
INPUT_MULTIPLE = 32
FARTHEST_LABEL = 1_000_000


@dataclass(frozen=True)
class InputShape:
    """The input of a model file: name, number type, and its axes, None where the file leaves them open."""

    name: str
    kind: type[np.generic]
    batch: int | None
    height: int | None
    width: int | None


@dataclass(frozen=True)
class OnnxDetector:
    """A session with what the card says about it. Not to be shared between processes: build it after a fork."""

    card: ModelCard
    session: "onnxruntime.InferenceSession"
    input: InputShape
    fit: Fit
    head: Head

    @property
    def labels(self) -> tuple[str, ...]:
        return self.card.labels

    @property
    def device(self) -> str:
        """Where the session really runs, which "auto" leaves open."""
        return "cuda" if self.session.get_providers()[0].startswith("CUDA") else "cpu"

    @property
    def engine(self) -> str:
        return "ONNX Runtime"

    def detect(self, windows: Sequence[Window]) -> list[Boxes]:
        """Boxes of each window in its patch's pixels, after suppression within the patch."""
        step = self.input.batch or len(windows)
        return [boxes for at in range(0, len(windows), step) for boxes in self._run(windows[at : at + step])]

    def _run(self, windows: Sequence[Window]) -> list[Boxes]:
        patches = [window.pixels for window in windows]
        found = self.head(self.answer(patches), self._asked())[: len(patches)]
        if len(found) != len(patches):
            sentence = _("The model answered %(found)d patches when asked for %(asked)d.")
            raise DetectorError(sentence % {"found": len(found), "asked": len(patches)})
        kept = (suppress(boxes, iou=self.card.nms_threshold) for boxes in found)
        return [self.fit.back(boxes, patch) for boxes, patch in zip(kept, patches, strict=True)]

    def answer(self, patches: Sequence[Pixels]) -> Outputs:
        """What the network says of these patches, and of empty ones behind them that fill a batch of fixed size."""
        return self._outputs(self._padded(self.fit.batch(patches, self.input.kind)))

    def _padded(self, batch: Batch) -> Batch:
        """A model of fixed batch size is fed empty patches in the last batch."""
        missing = (self.input.batch or len(batch)) - len(batch)
        return np.concatenate([batch, np.zeros_like(batch[:1]).repeat(missing, axis=0)]) if missing else batch

    def _outputs(self, batch: Batch) -> Outputs:
        names = [output.name for output in self.session.get_outputs()]
        try:
            answers = self.session.run(names, {self.input.name: batch})
        except Exception as problem:  # the runtime's exceptions have no common base
            raise _run_error(problem) from problem
        outputs = {name: _plain(answer) for name, answer in zip(names, answers, strict=True)}
        if not all(np.isfinite(output).all() for output in outputs.values()):
            raise DetectorError(
                _(
                    "The model answered with values that are no numbers (NaN or infinite): the weights are damaged, or "
                    "'pixel_mean', 'pixel_std' or 'pixel_scale' in the card are wrong."
                )
            )
        return outputs

    def _asked(self) -> Asked:
        first, threshold = self.card.settings.get("first_label", 0), self.card.score_threshold
        return Asked(len(self.labels), self.fit.width, self.fit.height, threshold, first)


def load(folder: Path, card: ModelCard, device: str, threads: int | None) -> OnnxDetector:
    """The detector of an ONNX model folder. Raises CardError, ModelFileError, or DetectorError without the device."""
    if card.head == CLASSES_HEAD:
        raise CardError(
            _("This model says what is in a patch, not where: it can be a pre-filter, but it finds no boxes.")
        )
    if card.head not in HEADS:
        sentence = _("Model card key 'head' must be one of %(heads)s, but is %(found)r.")
        raise CardError(sentence % {"heads": ", ".join(HEADS), "found": card.head})
    first = card.settings.get("first_label", 0)
    if not isinstance(first, int) or abs(first) > FARTHEST_LABEL:
        raise CardError(_("Model card key 'settings.first_label' must be a whole number."))
    return open_network(folder, card, device, threads, HEADS[card.head])


def open_network(folder: Path, card: ModelCard, device: str, threads: int | None, head: Head) -> OnnxDetector:
    """The network of an ONNX model folder, whose answers `head` makes boxes of."""
    content = read_weights(folder, card)
    refuse_unsafe(content)
    session = open_session(content, device, threads)
    shape = _input_shape(session)
    width = _side("width", shape.width, card.input.width, card.patch.width)
    height = _side("height", shape.height, card.input.height, card.patch.height)
    return OnnxDetector(card, session, shape, Fit(card, width, height), head)


def open_session(content: bytes, device: str, threads: int | None) -> "onnxruntime.InferenceSession":
    """A network of ONNX Runtime. Raises ModelFileError, or DetectorError without the device."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Threads that spin while they wait take the cores of the other workers.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = _providers(device, onnxruntime.get_available_providers())
    if "CUDAExecutionProvider" in providers:
        with redirect_stdout(io.StringIO()):  # it prints what it does not find; the session says it better
            onnxruntime.preload_dlls()  # CUDA's libraries, where they were installed as packages
    try:
        session = onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as problem:  # the runtime's exceptions have no common base
        sentence = _("ONNX Runtime cannot load the weights file: %(problem)s")
        raise ModelFileError(sentence % {"problem": _first_line(problem)}) from problem
    # Where CUDA's libraries or the driver are missing, the runtime quietly takes the processor instead.
    if device == "cuda" and "CUDAExecutionProvider" not in session.get_providers():
        sentence = _("CUDA could not be started: check NVIDIA's driver and CUDA libraries, or set DEVICE=cpu.")
        raise DetectorError(sentence)
    return session


def _providers(device: str, available: Sequence[str]) -> list[str]:
    has_cuda = "CUDAExecutionProvider" in available
    if device == "cuda" and not has_cuda:
        raise DetectorError(
            _(
                "This installation of ONNX Runtime has no CUDA: install the package onnxruntime-gpu and NVIDIA's "
                "driver, or set DEVICE=cpu."
            )
        )
    wanted = ["CUDAExecutionProvider"] if has_cuda and device != "cpu" else []
    return [*wanted, "CPUExecutionProvider"]


def _input_shape(session: "onnxruntime.InferenceSession") -> InputShape:
    inputs = session.get_inputs()
    axes = inputs[0].shape if len(inputs) == 1 else []
    if len(axes) != 4 or axes[1] != 3 or inputs[0].type not in NUMBER_TYPES:
        found = ", ".join(f"{item.type} {item.shape}" for item in inputs)
        sentence = _(
            "The model must have one input (batch, 3, height, width) of float, float16 or uint8 numbers, but it has "
            "%(found)s."
        )
        raise ModelFileError(sentence % {"found": found or _("none")})
    batch, height, width = (axis if isinstance(axis, int) and axis > 0 else None for axis in (axes[0], *axes[2:]))
    if any(len(output.shape) < 3 and "box" in output.name.lower() for output in session.get_outputs()):
        batch = 1  # boxes without a batch axis are those of one patch
    return InputShape(inputs[0].name, NUMBER_TYPES[inputs[0].type], batch, height, width)


def _side(name: str, of_file: int | None, of_card: int | None, patch: int) -> int:
    """One side of the input in px: fixed by the file, else chosen by the card, else the patch's, rounded up."""
    if of_file and of_card and of_file != of_card:
        sentence = _("Model card key 'input.%(side)s' is %(of_card)d, but the model file takes only %(of_file)d px.")
        raise CardError(sentence % {"side": name, "of_card": of_card, "of_file": of_file})
    return of_file or of_card or -(-patch // INPUT_MULTIPLE) * INPUT_MULTIPLE


def _plain(answer: Any) -> Any:
    array = np.asarray(answer)
    if array.dtype.kind not in "fiu":
        raise DetectorError(_("The model answers with %(kind)s where numbers are expected.") % {"kind": array.dtype})
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array


def _run_error(problem: Exception) -> DetectorError:
    text = _first_line(problem)
    if isinstance(problem, MemoryError) or any(word in text.lower() for word in MEMORY_WORDS):
        return DetectorMemoryError(_("The batch of patches does not fit into memory."))
    return DetectorError(_("The model failed on a patch: %(problem)s") % {"problem": text})


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0][:300]
