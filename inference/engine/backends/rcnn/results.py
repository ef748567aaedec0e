"""From the network's last answers to the boxes of each image."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inference.engine.backends.rcnn.config import RetinaConfig, RoiConfig
from inference.engine.backends.rcnn.deltas import clip, decode
from inference.engine.backends.rcnn.proposals import Proposals
from inference.engine.backends.rcnn.suppression import suppress


@dataclass(frozen=True, eq=False)
class Found:
    """Of all images, image by image, best first: `boxes` (n, 4) px, `scores` (n,), `labels` (n,), `image` (n,)."""

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    image: Tensor

    def take(self, chosen: Tensor) -> "Found":
        return Found(self.boxes[chosen], self.scores[chosen], self.labels[chosen], self.image[chosen])

    def best(self, *, iou: float, limit: int) -> "Found":
        """After suppression label by label, at most `limit` an image."""
        return self.take(suppress(self.boxes, self.scores, self.image, self.labels, iou=iou, limit=limit))


def judge(logits: Tensor, deltas: Tensor, proposals: Proposals, sizes: Tensor, config: RoiConfig, limit: int) -> Found:
    """The boxes of an R-CNN: `logits` (r, labels + 1) with the background last, `deltas` (r, 4) or (r, labels * 4) of
    the proposals, `sizes` (n, 2) height and width of each image in px."""
    scores = torch.softmax(logits.float(), dim=-1)[:, :-1]
    row, label = (scores > config.score_threshold).nonzero(as_tuple=True)
    shifts = deltas.float().view(len(deltas), deltas.shape[1] // 4, 4)
    chosen = shifts[row, torch.zeros_like(label) if config.is_agnostic else label]
    image = proposals.image[row]
    boxes = clip(decode(chosen, proposals.boxes[row], config.weights), sizes[image])
    found = Found(boxes, scores[row, label], label, image)
    return found.take(torch.isfinite(boxes).all(-1)).best(iou=config.nms_iou, limit=limit)


def judge_anchors(
    logits: Sequence[Tensor], deltas: Sequence[Tensor], anchors: Sequence[Tensor], config: RetinaConfig, limit: int
) -> Found:
    """The boxes of RetinaNet: for each level `logits` (n, a * labels, h, w), `deltas` (n, 4a, h, w), `anchors`
    (h * w * a, 4) px. They are not cut to the image here."""
    levels = [_candidates(*level, config) for level in zip(logits, deltas, anchors, strict=True)]
    columns = zip(*((each.boxes, each.scores, each.labels, each.image) for each in levels), strict=True)
    return Found(*(torch.cat(column) for column in columns)).best(iou=config.nms_iou, limit=limit)


def _candidates(logits: Tensor, deltas: Tensor, anchors: Tensor, config: RetinaConfig) -> Found:
    """Of one level, the best of each image that are above the threshold."""
    scores = logits.float().permute(0, 2, 3, 1).flatten(1).sigmoid()
    scores, place = scores.topk(min(config.candidates, scores.shape[1]), dim=1)
    image, rank = (scores > config.score_threshold).nonzero(as_tuple=True)
    place = place[image, rank]
    anchor, label = place // config.n_labels, place % config.n_labels
    shifts = deltas.float().permute(0, 2, 3, 1).reshape(len(deltas), -1, 4)
    boxes = decode(shifts[image, anchor], anchors[anchor], config.weights)
    return Found(boxes, scores[image, rank], label, image)


def merge_branches(found: Found, n_images: int, *, iou: float, limit: int) -> Found:
    """TridentNet's branches as one: image number b * n_images + i is image i seen by branch b."""
    merged = Found(found.boxes, found.scores, found.labels, found.image % n_images)
    return merged.best(iou=iou, limit=limit)


def rescale(found: Found, sizes: Tensor, originals: Tensor) -> Found:
    """Boxes in px of the original images, cut to them; what is empty then is dropped. `sizes` and `originals` (n, 2)
    height and width of each image in px, as input and as it came."""
    factor = (originals.double() / sizes.double()).float().flip(-1)[found.image]
    boxes = clip(found.boxes * torch.cat([factor, factor], dim=-1), originals[found.image])
    inside = Found(boxes, found.scores, found.labels, found.image)
    return inside.take((boxes[:, 2:] > boxes[:, :2]).all(-1))
