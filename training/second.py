"""The second look: every place where the first one sees something is looked at again, closer and on its own.

The first look (`training.network`) answers for every cell of a picture at once, so it can afford little for each. The
places where it sees anything at all are few. Each is cut out of the picture with some of
its surroundings, brought to one size, and judged by a network that knows nothing but such places; what the first look
felt there comes along. Then the places of a picture hear of each other (`training.company`). Costs nothing where
nothing is seen.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.engine.nms import keep_apart
from training.company import Company
from training.edges import N_PARTS, Edges, boxes_of
from training.network import N_BEST, Residual, Starter, convolution, corners, peaks

WINDOW_PX = 48  # side of what is looked at, after it was brought to size
CONTEXT = 1.9  # side of the window over the longer side of the box
LEAST_SIDE_PX = 30.0
SAME_IOU = 0.3  # F1 of validation scenes: 0.874 at 0.35, 0.876 at 0.3, 0.879 at 0.2; but herds may stand closer
LOOK_FROM = 0.12  # places with a lower first score are not looked at again
SAMPLES = 2  # of the picture, along each axis, for a pixel of the window
N_SIDES, N_HEAD, N_AT16 = 4, 64, 96  # what comes along besides the first look's label scores
N_FINE = 4  # layers of `SecondLook.look` whose features have 12 x 12 cells
N_KNOWN = 128  # numbers that stand for a place: its window and what was felt, joined


@dataclass(frozen=True, eq=False)
class Places:
    """Where one picture is to be looked at again, the likeliest first: `boxes` (k, 4) in px, and what the first look
    `felt` (k, N_SIDES + labels + N_HEAD + N_AT16): the logarithms of the sides, its label logits, its features."""

    boxes: Tensor
    felt: Tensor


@dataclass(frozen=True, eq=False)
class Said:
    """What the second look answers: `alone` and `together` (k, 1 + labels), `edges` (k, 4, 24) and the `boxes` (k, 4),
    in sides of the window, that they stand for."""

    alone: Tensor
    together: Tensor
    edges: Tensor

    @property
    def boxes(self) -> Tensor:
        return boxes_of(self.edges)


class SecondLook(nn.Module):
    """Windows (k, 3, 48, 48) RGB 0-255, what the first look felt (k, n), the squares (k, 4) that the windows show, the
    boxes in them (k, 4) in sides of the square from its corner, and the number of each one's picture (k), to what
    `said` takes apart, side by side: an answer to each place by itself, one in company (k, 1 + labels), the logit of
    being an animal and those of its label; and where the edges of its box lie (k, 4 * 24)."""

    def __init__(self, n_labels: int) -> None:
        super().__init__()
        self.n_labels = n_labels
        self.look = nn.Sequential(
            convolution(3, 24, 2), Residual(24), convolution(24, 64, 2), Residual(64), convolution(64, 128, 2),
            Residual(128), convolution(128, 48),
        )  # fmt: skip
        self.level = nn.BatchNorm1d(N_SIDES + n_labels + N_HEAD + N_AT16)
        self.feel = nn.Linear(N_SIDES + n_labels + N_HEAD + N_AT16, 96)
        self.weigh = nn.Linear(48 * (WINDOW_PX // 8) ** 2, 160)
        self.join = nn.Linear(96 + 160, N_KNOWN)
        self.edges = Edges(64, 128)
        self.answer = nn.Linear(N_KNOWN, 1 + n_labels)
        nn.init.zeros_(self.answer.weight)
        nn.init.zeros_(self.answer.bias)
        self.company = Company(N_KNOWN, 1 + n_labels)

    def forward(self, windows: Tensor, felt: Tensor, squares: Tensor, boxes: Tensor, pictures: Tensor) -> Tensor:
        fine = self.look[:N_FINE](windows / 255)
        deep = self.look[N_FINE:-1](fine)
        edges = self.edges(fine, deep, boxes)
        seen = functional.relu(self.weigh(self.look[-1](deep).flatten(1)))
        felt = functional.relu(self.feel(self.level(felt)))
        known = functional.relu(self.join(torch.cat([seen, felt], dim=1)))
        placed = in_picture(boxes_of(edges).detach(), squares)
        return torch.cat([self.answer(known), self.company(known, placed, pictures), edges.flatten(1)], dim=1)


def places(first: Starter, image: Tensor) -> Places:
    """Where one image (1, 3, h, w), RGB 0-255, is to be looked at again: the best place at least, `N_BEST` at most."""
    raw, head, at16 = first.see(image)
    ranked = peaks(raw[:, :-4].amax(dim=1)).flatten()
    n_likely = int((ranked.sigmoid() >= LOOK_FROM).sum())
    _, index = ranked.topk(max(1, min(n_likely, N_BEST)))
    column, row = index % raw.shape[-1], index // raw.shape[-1]
    logits, sides = raw[0, :-4, row, column].T, raw[0, -4:, row, column].T
    felt = [sides, logits, head[0, :, row // 2, column // 2].T, at16[0, :, row // 4, column // 4].T]
    return Places(corners(sides, column, row), torch.cat(felt, dim=1))


def frames(boxes: Tensor) -> Tensor:
    """The squares (k, 4) around boxes (k, 4) that a window shows."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    side = ((boxes[:, 2:] - boxes[:, :2]).amax(dim=1, keepdim=True) * CONTEXT).clamp(min=LEAST_SIDE_PX)
    return torch.cat([middle - side / 2, middle + side / 2], dim=1)


def windows(image: Tensor, squares: Tensor) -> Tensor:
    """What the squares (k, 4) show of one image (1, 3, h, w), (k, 3, 48, 48): what RoiAlign of ONNX answers with
    half-pixel coordinates; black beyond the image."""
    height, width = image.shape[-2:]
    steps = (torch.arange(WINDOW_PX * SAMPLES, device=image.device) + 0.5) / (WINDOW_PX * SAMPLES)
    x = squares[:, :1] + (squares[:, 2:3] - squares[:, :1]) * steps - 0.5
    y = squares[:, 1:2] + (squares[:, 3:] - squares[:, 1:2]) * steps - 0.5
    inside = ((y >= -1) & (y <= height))[:, :, None] & ((x >= -1) & (x <= width))[:, None, :]
    grid_x = x.clamp(0, width - 1) / max(width - 1, 1) * 2 - 1
    grid_y = y.clamp(0, height - 1) / max(height - 1, 1) * 2 - 1
    count, n_steps = x.shape
    grid = torch.stack(
        [grid_x[:, None, :].expand(count, n_steps, n_steps), grid_y[:, :, None].expand(count, n_steps, n_steps)], dim=-1
    )
    # One tall row of windows: grid_sample takes one grid a picture.
    tall = functional.grid_sample(image, grid.reshape(1, count * n_steps, n_steps, 2), align_corners=True)
    samples = tall.reshape(3, count, n_steps, n_steps).transpose(0, 1) * inside[:, None]
    return functional.avg_pool2d(samples, SAMPLES)


def in_picture(boxes: Tensor, squares: Tensor) -> Tensor:
    """Boxes (k, 4) given in sides of their squares (k, 4) from its corner, in px."""
    return squares[:, :2].repeat(1, 2) + boxes * (squares[:, 2:3] - squares[:, :1])


def in_squares(boxes: Tensor, squares: Tensor) -> Tensor:
    """Boxes (k, 4) in px, in sides of their squares (k, 4) from its corner."""
    return (boxes - squares[:, :2].repeat(1, 2)) / (squares[:, 2:3] - squares[:, :1])


def said(raw: Tensor) -> Said:
    """What stands side by side in the answer of `SecondLook`."""
    alone, together = raw[:, : -4 * N_PARTS].chunk(2, dim=1)
    return Said(alone, together, raw[:, -4 * N_PARTS :].unflatten(1, (4, N_PARTS)))


def look_twice(first: Starter, second: SecondLook, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What both looks find in one image (1, 3, h, w), RGB 0-255: corners (1, k, 4), scores (1, k), labels (1, k)."""
    seen = places(first, image)
    squares = frames(seen.boxes)
    one_picture = torch.zeros(len(squares), device=image.device)
    boxes = in_squares(seen.boxes, squares)
    answer = said(second(windows(image, squares), seen.felt, squares, boxes, one_picture))
    found, scores = in_picture(answer.boxes, squares), answer.together[:, 0].sigmoid()
    kept = apart(found, scores)
    return found[kept][None], scores[kept][None], answer.together[kept, 1:].argmax(dim=1)[None]


def apart(boxes: Tensor, scores: Tensor) -> Tensor:
    """Indices of the boxes (k, 4) that no better one, whatever its label, overlaps by more than `SAME_IOU`, best first:
    what NonMaxSuppression of ONNX answers. An animal is one thing, if the first look saw two in it."""
    order = scores.argsort(descending=True, stable=True)
    kept = keep_apart(boxes[order].float().cpu().numpy(), SAME_IOU)
    return order[torch.from_numpy(kept).to(order.device)]
