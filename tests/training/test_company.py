"""In company: places hear of each other, those of one picture, the nearer the more."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
import torch

from training.company import NEAR_PX, Company, Round, ties

pytestmark = pytest.mark.usefixtures("one_thread")
WIDTH, ANSWERS, NUMBER = 16, 3, 6


def company() -> Company:
    """A network in which everything counts, as after training."""
    torch.manual_seed(0)
    made = Company(WIDTH, ANSWERS).eval()
    for layer in [made.answer] + [part for each in made.rounds for part in (each.heard, each.thought)]:
        torch.nn.init.normal_(layer.weight, std=0.3)
    return made


def herd() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    start = torch.rand(NUMBER, 2) * 200
    return torch.randn(NUMBER, WIDTH), torch.cat([start, start + 10 + torch.rand(NUMBER, 2) * 20], dim=1)


def heard(
    made: Company, known: torch.Tensor, boxes: torch.Tensor, pictures: torch.Tensor | None = None
) -> torch.Tensor:
    with torch.no_grad():
        return made(known, boxes, torch.zeros(len(known)) if pictures is None else pictures)


def test_a_place_is_judged_by_what_stands_around_it():
    made, (known, boxes) = company(), herd()
    before = heard(made, known, boxes)
    known = known.clone()
    known[-1] *= -1
    assert (heard(made, known, boxes)[:-1] - before[:-1]).abs().min() > 1e-5


def test_places_of_different_pictures_do_not_hear_each_other():
    made, (known, boxes) = company(), herd()
    pictures = torch.tensor([0, 0, 0, 1, 1, 1])
    together = heard(made, known, boxes, pictures)
    apart = torch.cat([heard(made, known[:3], boxes[:3]), heard(made, known[3:], boxes[3:])])
    assert torch.allclose(together, apart, atol=1e-6)
    assert not torch.allclose(together, heard(made, known, boxes), atol=1e-3)


def test_it_does_not_matter_in_which_order_places_come_nor_where_the_picture_begins():
    made, (known, boxes) = company(), herd()
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    moved = heard(made, known[order], boxes[order] + torch.tensor([500.0, 70, 500, 70]))
    assert torch.allclose(moved, heard(made, known, boxes)[order], atol=1e-4)


HERE, NEAR, FAR = [100.0, 100, 120, 120], [80.0, 100, 100, 120], [300.0, 100, 320, 120]
NEAR_BUT_LARGE = [50.0, 70, 130, 150]


def listening(first: list[float], second: list[float]) -> float:
    """How much more of the first than of the second place a third hears that stands `HERE`."""
    torch.manual_seed(0)
    made, known = Round(WIDTH).eval(), torch.ones(3, WIDTH)
    for part in (made.ask.weight, made.ask.bias):
        torch.nn.init.zeros_(part)  # geometry alone counts
    torch.nn.init.normal_(made.heard.weight)
    known[0, 0], known[1, 0] = 9, -9

    def heard(*boxes: list[float]) -> torch.Tensor:
        known_now = known if len(boxes) == 3 else known[[0, 2] if boxes[0] == first else [1, 2]]
        with torch.no_grad():
            return made(known_now, ties(torch.tensor(boxes)), torch.zeros(len(boxes), len(boxes)))[-1]

    only_first, only_second = heard(first, HERE), heard(second, HERE)
    both = heard(first, second, HERE)
    return ((both - only_second).norm() - (both - only_first).norm()).item()


def test_the_nearer_the_louder():
    assert listening(NEAR, FAR) > 0 > listening(FAR, NEAR)


def test_the_more_alike_the_louder():
    assert listening(NEAR, NEAR_BUT_LARGE) > 0 > listening(NEAR_BUT_LARGE, NEAR)


def test_ties_are_distance_size_and_what_lies_inside():
    boxes = torch.tensor([[0.0, 0, 40, 40], [10.0, 10, 20, 20], [100.0, 0, 140, 40]])
    found = ties(boxes)
    assert found.inside[1].tolist() == [1.0, 1.0, 0.0]
    assert found.inside[0].tolist() == pytest.approx([1.0, 1 / 16, 0.0])
    assert found.distance[0, 2].item() == pytest.approx(torch.log(torch.tensor(1 + 100 / NEAR_PX)).item())
    assert found.unlikeness[0].tolist() == pytest.approx([0.0, torch.log(torch.tensor(4.0)).item(), 0.0])


def test_boxes_without_any_size_are_no_trouble():
    found = ties(torch.zeros(2, 4))
    assert all(torch.isfinite(part).all() for part in (found.distance, found.unlikeness, found.inside))
