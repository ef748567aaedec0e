"""In company: each place of a picture is judged once more, with what the second look saw at the places around it.

Animals stand in herds: what is doubtful alone is a sheep among sheep, and a rock among rocks. So every place listens to
the others of its picture, the more the nearer they are and the more they are of its size, and the network learns to
what: attention (arXiv 1706.03762) in which geometry speaks too, as between the boxes of arXiv 1711.11575.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

N_ROUNDS, EAR, INNER = 2, 24, 192
NEAR_PX = 24.0  # where the logarithm of a distance begins to tell
NEARNESS, LIKENESS = (-2.0, -1.0, -0.5, 0.0), -0.5  # what each ear begins with: from neighbours alone to the whole herd
N_EARS = len(NEARNESS)
DROPPED = 0.1


@dataclass(frozen=True, eq=False)
class Ties:
    """How the places of a picture lie to each other, each (k, k): the logarithm of the distance from one to the other,
    how much larger the one is than the other (logarithm, without its sign), the share of its box inside the other's."""

    distance: Tensor
    unlikeness: Tensor
    inside: Tensor


def ties(boxes: Tensor) -> Ties:
    """Of boxes (k, 4) in px."""
    start, end = boxes[:, :2], boxes[:, 2:]
    sides = (end - start).clamp(min=1)
    middle = (start + end) / 2
    apart = (middle[:, None] - middle[None]).square().sum(dim=-1).sqrt()
    size = sides.prod(dim=1).log() / 2
    shared = torch.minimum(end[:, None], end[None]) - torch.maximum(start[:, None], start[None])
    return Ties(
        torch.log(1 + apart / NEAR_PX),
        (size[:, None] - size[None]).abs(),
        shared.clamp(min=0).prod(dim=-1) / sides.prod(dim=1)[:, None],
    )


class Round(nn.Module):
    """Places (k, n) listen to each other with several ears, then each thinks it over."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before = nn.LayerNorm(width)
        self.ask, self.offer, self.tell = (nn.Linear(width, N_EARS * EAR) for _ in range(3))
        self.near = nn.Parameter(torch.tensor(NEARNESS))
        self.like = nn.Parameter(torch.full((N_EARS,), LIKENESS))
        self.within, self.around = (nn.Parameter(torch.zeros(N_EARS)) for _ in range(2))
        self.heard = nn.Linear(N_EARS * EAR, width)
        self.then = nn.LayerNorm(width)
        self.think, self.thought = nn.Linear(width, INNER), nn.Linear(INNER, width)
        self.drop = nn.Dropout(DROPPED)
        for layer in (self.heard, self.thought):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, places: Tensor, ties: Ties, silence: Tensor) -> Tensor:
        """`silence` (k, k): minus infinity, or nearly, between places of different pictures, else 0."""
        at_hand = self.before(places)
        asked, offered, told = (
            layer(at_hand).reshape(len(places), N_EARS, EAR).transpose(0, 1)
            for layer in (self.ask, self.offer, self.tell)
        )
        pull = asked @ offered.transpose(1, 2) / EAR**0.5 + silence
        for strength, tie in self.pulls(ties):
            pull = pull + strength[:, None, None] * tie
        heard = (pull.softmax(dim=-1) @ told).transpose(0, 1).reshape(len(places), -1)
        places = places + self.drop(self.heard(heard))
        return places + self.drop(self.thought(functional.relu(self.think(self.then(places)))))

    def pulls(self, ties: Ties) -> list[tuple[Tensor, Tensor]]:
        """How strongly each ear is pulled (ears), and by what (k, k)."""
        return [
            (self.near, ties.distance), (self.like, ties.unlikeness),
            (self.within, ties.inside), (self.around, ties.inside.T),
        ]  # fmt: skip


class Company(nn.Module):
    """What the second look knows of places (k, n), and their boxes (k, 4) in px, to (k, answers)."""

    def __init__(self, width: int, n_answers: int) -> None:
        super().__init__()
        self.drop = nn.Dropout(DROPPED)
        self.rounds = nn.ModuleList(Round(width) for _ in range(N_ROUNDS))
        self.answer = nn.Linear(width, n_answers)
        nn.init.zeros_(self.answer.weight)
        nn.init.zeros_(self.answer.bias)

    def forward(self, places: Tensor, boxes: Tensor, pictures: Tensor) -> Tensor:
        """Places of different `pictures` (k) do not hear each other."""
        between, places = ties(boxes), self.drop(places)
        silence = (pictures[:, None] != pictures[None]).float() * -1e9
        for each in self.rounds:
            places = each(places, between, silence)
        answer: Tensor = self.answer(places)
        return answer
