"""How far the network's answer is from what is wanted."""

import torch
from torch import Tensor
from torch.nn import functional

from training.network import corners

BOX_SHARE = 2.0
LABEL_SHARE, SECOND_BOX_SHARE = 0.3, 0.5
Targets = tuple[Tensor, ...]


def loss_of(raw: Tensor, targets: Targets) -> Tensor:
    """Score loss and box loss of a batch, each for one animal on average. `targets`: heat (n, labels, h, w), boxes
    (n, 4, h, w) in px, weight (n, h, w), counts (n, h, w)."""
    heat, boxes, weight, counts = targets
    return score_loss(raw[:, :-4], heat, counts) + BOX_SHARE * box_loss(raw[:, -4:], boxes, weight)


def second_loss_of(raw: Tensor, targets: Targets) -> Tensor:
    """The loss of the second look's answers (k, 1 + labels + 4). `targets`: is it an animal (k: 1, 0, or -1 where that
    is left open), label (k, or -1), the box looked at and the animal's (k, 4) in window sides, trust in it (k)."""
    is_animal, label, boxes, animals, trust = targets
    known, animal = is_animal >= 0, is_animal == 1
    loss = functional.binary_cross_entropy_with_logits(raw[known, 0], is_animal[known].float())
    if animal.any():
        loss = loss + LABEL_SHARE * functional.cross_entropy(raw[animal, 1:-4], label[animal].long())
        apart = 1 - giou(boxes[animal] + raw[animal, -4:], animals[animal])
        loss = loss + SECOND_BOX_SHARE * (apart * trust[animal]).sum() / trust[animal].sum()
    return loss


def score_loss(logits: Tensor, heat: Tensor, counts: Tensor) -> Tensor:
    """The focal loss of CenterNet: cells near an animal's middle are blamed less for answering too high."""
    score = logits.sigmoid()
    wanted = heat == 1
    missed = -functional.logsigmoid(logits) * (1 - score) ** 2 * wanted
    wrong = -functional.logsigmoid(-logits) * score**2 * (1 - heat) ** 4 * ~wanted
    return ((missed + wrong) * counts[:, None]).sum() / wanted.sum().clamp(min=1)


def box_loss(logarithms: Tensor, boxes: Tensor, weight: Tensor) -> Tensor:
    """1 - generalised intersection over union (arXiv 1902.09630), averaged by weight."""
    image, row, column = (weight > 0).nonzero(as_tuple=True)
    share = weight[image, row, column]
    found = corners(logarithms[image, :, row, column], column, row)
    return ((1 - giou(found, boxes[image, :, row, column])) * share).sum() / share.sum().clamp(min=1)


def giou(first: Tensor, second: Tensor) -> Tensor:
    """(n) generalised intersection over union of boxes (n, 4)."""
    inside = _area(torch.maximum(first[:, :2], second[:, :2]), torch.minimum(first[:, 2:], second[:, 2:]))
    hull = _area(torch.minimum(first[:, :2], second[:, :2]), torch.maximum(first[:, 2:], second[:, 2:]))
    union = _area(first[:, :2], first[:, 2:]) + _area(second[:, :2], second[:, 2:]) - inside
    return inside / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)


def _area(start: Tensor, end: Tensor) -> Tensor:
    return (end - start).clamp(min=0).prod(dim=-1)
