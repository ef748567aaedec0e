"""What the benchmarks of a Detectron2 network share: the network, the patch, the reference and the machine.

TridentNet-Fast R50-C4 on a patch of 800 x 800 px with Detectron2's own settings, so that 1,000 proposals are looked at.
The weights are made of names, as those of the golden cases. The reference is the same network as it would be written
down: one patch at a time, channels first, every bin of 14 x 14 pooled, every product computed.
"""

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

if not find_spec("torch"):
    sys.exit("PyTorch is not installed (the extra: torch).")

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.report import alternate
from benchmarks.scene import scene
from inference.engine.backends.rcnn.config import NetworkConfig
from inference.engine.backends.rcnn.engines import planned_pipeline, this_machine
from inference.engine.backends.rcnn.pipeline import Pipeline, torch_pipeline
from inference.engine.backends.rcnn.reading import read_config
from inference.engine.backends.rcnn.results import Found
from inference.engine.backends.rcnn.state import build_network, checkpoint_shapes, empty_network
from inference.engine.detector import Pixels
from inference.engine.modes import BFLOAT16, Plan, choose_plan
from inference.golden.weights import state_dict

CPU = torch.device("cpu")
SIDE, PROPOSALS, SEED, ROUNDS = 800, 1000, 3, 3
SETTINGS = {
    "MODEL": {
        "BACKBONE": {"NAME": "build_trident_resnet_backbone"},
        "PROPOSAL_GENERATOR": {"NAME": "TridentRPN"},
        "ROI_HEADS": {"NAME": "TridentRes5ROIHeads", "NUM_CLASSES": 4},
    }
}


def measured(mode: str, n_patches: int) -> tuple[float, float, Plan]:
    """CPU seconds a patch in this mode, asked for so many at once, and of the reference."""
    config, stored = network()
    plan = choose_plan(mode, this_machine(CPU))
    ours, reference = planned_pipeline(config, stored, plan, CPU), plain(config, stored)
    patches = [patch(at) for at in range(n_patches)]
    looked_at(reference, patches[0], PROPOSALS)
    looked_at(ours, patches[0], plan.proposals or PROPOSALS)
    taken, plainly = alternate(
        lambda: ours.find(ours.batch(patches)), lambda: reference.find(reference.batch(patches[:1])), ROUNDS
    )
    return taken / n_patches, plainly, plan


def network() -> tuple[NetworkConfig, dict[str, Tensor]]:
    config = read_config(SETTINGS)
    made = state_dict(checkpoint_shapes(empty_network(config)), SEED)
    return config, {name: torch.from_numpy(value) for name, value in made.items()}


def plain(config: NetworkConfig, stored: dict[str, Tensor]) -> Pipeline:
    """The reference."""
    made = build_network(config, stored).to(memory_format=torch.contiguous_format)
    pipeline = torch_pipeline(config, made, CPU)
    first = pipeline.head.res5[0]
    first.conv1.stride = first.shortcut.stride = (2, 2)
    pipeline.head.ahead = made.dense.ahead = None
    return replace(
        pipeline,
        dense=lambda images: made.dense(images.contiguous()),
        head=lambda pooled: made.roi_heads(pooled.contiguous()),
        pool_step=1,
    )


def looked_at(pipeline: Pipeline, image: Pixels, wanted: int) -> Found:
    """Its boxes; ends the benchmark where the head does not see as many proposals as it should."""
    batch = pipeline.batch([image])
    with torch.inference_mode():
        _, logits, deltas = pipeline.dense(batch.images)
        found = len(pipeline.proposals(logits, deltas, batch.sizes).boxes)
    if found != wanted:
        sys.exit(f"{found} proposals are looked at, not {wanted}.")
    return pipeline.find(batch)


def patch(number: int) -> Pixels:
    """Another part of a scene each time."""
    return np.asarray(Image.fromarray(scene(SIDE, SIDE)).rotate(90 * number))


def has_bfloat16() -> bool:
    """Prints what was found of it, and of the processor's name."""
    features = this_machine(CPU).features
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    print(f"{names[0].partition(':')[2].strip() if names else 'processor'}: {', '.join(sorted(features))}")
    return bool(features & BFLOAT16)
