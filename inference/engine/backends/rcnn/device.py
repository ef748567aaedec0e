"""Where the network runs."""

import torch

from imaging.wording import gettext as _
from inference.engine.errors import DetectorError


def choose_device(name: str) -> torch.device:
    """ "cpu", "cuda", or "auto": CUDA where there is one. Raises DetectorError where "cuda" is asked for and absent."""
    has_cuda = torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise DetectorError(
            _(
                "PyTorch finds no CUDA on this machine: install NVIDIA's driver and a build of PyTorch with CUDA, or "
                "set DEVICE=cpu."
            )
        )
    if not has_cuda or name == "cpu":
        return torch.device("cpu")
    # Detectron2's boxes come from float32; by default convolutions on a graphics card round to ten bits first.
    torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda")
