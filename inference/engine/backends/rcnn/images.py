"""Images as the network's input: resized, in its channel order, normalised, filled up to one size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from inference.engine.backends.rcnn.config import InputConfig
from inference.engine.detector import Pixels


@dataclass(frozen=True, eq=False)
class Batch:
    """`images` (n, 3, height, width) float32; `sizes` and `originals` (n, 2) height and width in px of each image
    within it and as it came."""

    images: Tensor
    sizes: Tensor
    originals: Tensor


def make_batch(images: Sequence[Pixels], config: InputConfig, multiple: int, device: torch.device) -> Batch:
    """A batch of (height, width, 3) uint8 RGB images.

    Each lies in the top left corner; the rest, up to the largest sides rounded up to `multiple` px, is 0 after
    normalising. Images of one size are computed as each alone would be; of several sizes they are not quite.
    """
    resized = [resize(image, config) for image in images]
    height, width = (-(-max(image.shape[axis] for image in resized) // multiple) * multiple for axis in (0, 1))
    batch = torch.zeros(len(images), height, width, 3, device=device)
    mean, std = (torch.tensor(values, device=device) for values in (config.mean, config.std))
    for slot, image in zip(batch, resized, strict=True):
        ordered = np.ascontiguousarray(image[..., ::-1] if config.channel_order == "BGR" else image)
        slot[: image.shape[0], : image.shape[1]] = (torch.from_numpy(ordered).to(device).float() - mean) / std
    sizes, originals = (torch.tensor([each.shape[:2] for each in group], device=device) for group in (resized, images))
    return Batch(batch.permute(0, 3, 1, 2), sizes, originals)


def resize(image: Pixels, config: InputConfig) -> Pixels:
    """The image with its shorter side `config.shortest` px long, or its longer one `config.longest`, if that is less:
    Detectron2's ResizeShortestEdge, bilinear as Pillow has it."""
    height, width = resized_size(image.shape[0], image.shape[1], config)
    if image.shape[:2] == (height, width):
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def resized_size(height: int, width: int, config: InputConfig) -> tuple[int, int]:
    """Height and width in px after resizing."""
    if not config.shortest:
        return height, width
    scale = config.shortest / min(height, width)
    sides = [config.shortest if side == min(height, width) else scale * side for side in (height, width)]
    if max(sides) > config.longest:
        scale = config.longest / max(sides)
        sides = [side * scale for side in sides]
    return max(1, int(sides[0] + 0.5)), max(1, int(sides[1] + 0.5))
