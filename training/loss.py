"""How far the network's answer is from what is wanted."""

import torch
from torch import Tensor
from torch.nn import functional

from inference.engine.evaluation import IOU as MATCH_IOU
from training.edges import edge_loss
from training.network import corners
from training.second import SAME_IOU, in_picture, said

BOX_SHARE = 2.0
LABEL_SHARE, EDGE_SHARE, ALONE_SHARE = 0.5, 0.25, 0.5
ONE_ANIMAL = 0.98  # overlap of two places' animals that are one: their boxes went through numbers of 32 bits
Targets = tuple[Tensor, ...]


def loss_of(raw: Tensor, targets: Targets) -> Tensor:
    """Score loss and box loss of a batch, each for one animal on average. `targets`: heat (n, labels, h, w), boxes
    (n, 4, h, w) in px, weight (n, h, w), counts (n, h, w)."""
    heat, boxes, weight, counts = targets
    return score_loss(raw[:, :-4], heat, counts) + BOX_SHARE * box_loss(raw[:, -4:], boxes, weight)


def second_loss_of(raw: Tensor, targets: Targets) -> Tensor:
    """The loss of what the second look says (`second.said`). `targets`: is it an animal (k: 1, 0, or -1 where that is
    left open), label (k, or -1), the box looked at and the animal's (k, 4) in window sides, trust in it (k), the
    squares that the windows show (k, 4) in px, the number of each one's picture (k)."""
    answer = said(raw)
    is_animal, label, _, animals, trust, _, _ = targets
    boxes, animal = answer.boxes, is_animal == 1
    counts = counts_as_animal(boxes, targets)
    loss = ALONE_SHARE * _score_loss(answer.alone, is_animal) + _score_loss(answer.together, counts)
    if animal.any():
        # Label and box are learnt where there is an animal, whatever is wanted of the score: a bad box is to be moved.
        for said_of_it, share in ((answer.alone, ALONE_SHARE), (answer.together, 1.0)):
            kinds = functional.cross_entropy(said_of_it[animal, 1:], label[animal].long())
            loss = loss + share * LABEL_SHARE * kinds
        off = 1 - giou(boxes[animal], animals[animal]) + EDGE_SHARE * edge_loss(answer.edges[animal], animals[animal])
        loss = loss + (off * trust[animal]).sum() / trust[animal].sum()
    return loss


@torch.no_grad()
def counts_as_animal(boxes: Tensor, targets: Targets) -> Tensor:
    """What the score in company is to say (k: 1, 0, -1), the boxes (k, 4) being found to lie there, in window sides:
    as `targets` of `second_loss_of` say, but a box that lies badly on its animal counts for nothing, nor does a second
    one on it that the first does not overlap enough to be left out for (`second.SAME_IOU`). The first is the one that
    lies best."""
    is_animal, _, _, animals, trust, squares, pictures = targets
    known = (is_animal == 1) & (trust == 1)
    lies = iou(boxes, animals) * known
    placed, whole = in_picture(boxes, squares), in_picture(animals, squares)
    of_one = (
        known[:, None]
        & known[None]
        & (pictures[:, None] == pictures[None])
        & (iou(whole[:, None], whole[None]) > ONE_ANIMAL)
    )
    is_second = of_one & (iou(placed[:, None], placed[None]) < SAME_IOU) & (lies[None] > lies[:, None])
    counts_not = known & ((lies < MATCH_IOU) | is_second.any(dim=1))
    return torch.where(counts_not, torch.zeros_like(is_animal), is_animal)


def _score_loss(answer: Tensor, wanted: Tensor) -> Tensor:
    """Of an answer (k, 1 + labels), of which `wanted` (k: 1, 0, -1) is what the score is to say."""
    known = wanted >= 0
    return functional.binary_cross_entropy_with_logits(answer[known, 0], wanted[known].float())


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
    inside, union = _shared(first, second)
    hull = _area(torch.minimum(first[:, :2], second[:, :2]), torch.maximum(first[:, 2:], second[:, 2:]))
    return inside / union - (hull - union) / hull.clamp(min=1e-6)


def iou(first: Tensor, second: Tensor) -> Tensor:
    """(...) intersection over union of boxes (..., 4)."""
    inside, union = _shared(first, second)
    return inside / union


def _shared(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    inside = _area(torch.maximum(first[..., :2], second[..., :2]), torch.minimum(first[..., 2:], second[..., 2:]))
    union = _area(first[..., :2], first[..., 2:]) + _area(second[..., :2], second[..., 2:]) - inside
    return inside, union.clamp(min=1e-6)


def _area(start: Tensor, end: Tensor) -> Tensor:
    return (end - start).clamp(min=0).prod(dim=-1)
