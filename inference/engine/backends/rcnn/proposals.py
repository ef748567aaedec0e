"""From the region proposal network's answers to the proposals that the head looks at."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inference.engine.backends.rcnn.config import RpnConfig
from inference.engine.backends.rcnn.deltas import clip, decode
from inference.engine.backends.rcnn.suppression import suppress


@dataclass(frozen=True, eq=False)
class Proposals:
    """Of all images, image by image, best first: `boxes` (r, 4) in px of the input, `logits` (r,), `image` (r,)."""

    boxes: Tensor
    logits: Tensor
    image: Tensor


def propose(
    logits: Sequence[Tensor], deltas: Sequence[Tensor], anchors: Sequence[Tensor], sizes: Tensor, config: RpnConfig
) -> Proposals:
    """The proposals of n images.

    For each level `logits` (n, a, h, w), `deltas` (n, 4a, h, w), `anchors` (h * w * a, 4) px; `sizes` (n, 2) height and
    width of each image in px, to which boxes are cut.
    """
    levels = [_best(logit, delta, anchor, config) for logit, delta, anchor in zip(logits, deltas, anchors, strict=True)]
    scores = torch.cat([score for score, _ in levels], dim=1)
    boxes = clip(torch.cat([boxes for _, boxes in levels], dim=1), sizes[:, None])
    level = torch.cat([torch.full_like(score[0], at, dtype=torch.long) for at, (score, _) in enumerate(levels)])
    side = boxes[..., 2:] - boxes[..., :2]
    good = torch.isfinite(boxes).all(-1) & torch.isfinite(scores) & (side > config.min_size).all(-1)
    image, place = good.nonzero(as_tuple=True)
    boxes, scores = boxes[image, place], scores[image, place]
    kept = suppress(boxes, scores, image, level[place], iou=config.nms_iou, limit=config.post_nms)
    return Proposals(boxes[kept], scores[kept], image[kept])


def _best(logits: Tensor, deltas: Tensor, anchors: Tensor, config: RpnConfig) -> tuple[Tensor, Tensor]:
    """Logits (n, k) and boxes (n, k, 4) of a level's best anchors."""
    n_images = len(logits)
    scores = logits.permute(0, 2, 3, 1).reshape(n_images, -1)
    scores, place = scores.topk(min(config.pre_nms, scores.shape[1]), dim=1)
    shifts = deltas.permute(0, 2, 3, 1).reshape(n_images, -1, 4)
    chosen = shifts.gather(1, place[..., None].expand(-1, -1, 4))
    return scores.float(), decode(chosen.float(), anchors[place], config.weights)
