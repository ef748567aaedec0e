"""Which engine computes a network in which mode, on which machine.

`exact` is float32 with the model's own settings. `fast` is half precision where the device has it. `turbo` is that with
a budget of proposals. Both change boxes somewhat, but for `fast` where there is no half precision: nothing measured
was quicker than what `exact` does, and so it is the same there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from imaging.wording import gettext as _

MODES = ("exact", "fast", "turbo")
TURBO_PROPOSALS = 100
PACKAGES = ("torch", "onnxruntime", "openvino")
CPU_FEATURES = ("amx_bf16", "avx512_bf16")
BFLOAT16 = frozenset(CPU_FEATURES)


@dataclass(frozen=True)
class Machine:
    """`device`: "cpu" or "cuda". `features` of a processor: those of CPU_FEATURES, and "onednn" where PyTorch has its
    quick convolutions; of a graphics card: "bf16". `packages`: the installed ones of PACKAGES."""

    device: str
    features: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset({"torch"})


@dataclass(frozen=True)
class Plan:
    """How a network is computed: `engine` is one of PACKAGES, `precision` "float32", "bfloat16" or "float16";
    `proposals`: at most so many are looked at in a patch (None: as many as the model's settings say)."""

    engine: str = "torch"
    precision: str = "float32"
    proposals: int | None = None

    def __str__(self) -> str:
        names = {"torch": "PyTorch", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}
        parts = [names[self.engine], self.precision]
        if self.proposals is not None:
            parts.append(_("%(n)d proposals") % {"n": self.proposals})
        return ", ".join(parts)


def choose_plan(mode: str, machine: Machine) -> Plan:
    """The quickest engine of the machine in this mode. Raises ValueError for a mode that is none of MODES."""
    if mode not in MODES:
        raise ValueError(f"The mode must be one of {', '.join(MODES)}, not {mode!r}.")
    if mode == "exact":
        return Plan()
    return Plan(*_quickest(machine), TURBO_PROPOSALS if mode == "turbo" else None)


def _quickest(machine: Machine) -> tuple[str, str]:
    """Engine and precision."""
    if machine.device == "cuda":
        return "torch", "bfloat16" if "bf16" in machine.features else "float16"
    if machine.features & BFLOAT16:
        return "openvino" if "openvino" in machine.packages else "torch", "bfloat16"
    # In float32 PyTorch's products are as quick as any engine's, and it is asked for fewer of them (see winograd). But
    # without oneDNN its convolutions are not: one of R50's heads took 1.6 s where ONNX Runtime took 0.6 s.
    has_better = "onednn" not in machine.features and "onnxruntime" in machine.packages
    return "onnxruntime" if has_better else "torch", "float32"


def installed_packages() -> frozenset[str]:
    """Those of PACKAGES that can be imported here."""
    return frozenset(name for name in PACKAGES if find_spec(name))


def cpu_features(file: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Those of CPU_FEATURES that this machine's processor has; none where it cannot be asked."""
    try:
        told: Iterable[str] = re.findall(r"^flags\s*:(.*)$", file.read_text(), re.M)
    except OSError:
        return frozenset()
    flags = {flag for line in told for flag in line.split()}
    return frozenset(flags & set(CPU_FEATURES))
