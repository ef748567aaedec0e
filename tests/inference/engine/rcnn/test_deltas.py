import math

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
import torch

from inference.engine.backends.rcnn.deltas import clip, decode

BOX = torch.tensor([[10.0, 20.0, 50.0, 100.0]])  # 40 wide, 80 high, about (30, 60)


def test_no_deltas_leave_a_box_as_it_is() -> None:
    assert decode(torch.zeros(1, 4), BOX, (10, 10, 5, 5)).tolist() == BOX.tolist()


def test_shifts_count_in_sides_and_growth_in_logarithms() -> None:
    deltas = torch.tensor([[10 * 0.5, 10 * -0.25, 5 * math.log(2), 5 * math.log(0.5)]])
    assert decode(deltas, BOX, (10, 10, 5, 5))[0].tolist() == pytest.approx([10, 20, 90, 60], abs=1e-4)


def test_a_side_grows_sixty_two_and_a_half_fold_at_most() -> None:
    grown = decode(torch.tensor([[0, 0, 100.0, 100.0]]), BOX, (1, 1, 1, 1))[0]
    assert (grown[2] - grown[0]).item() == pytest.approx(40 * 62.5, rel=1e-5)
    assert (grown[3] - grown[1]).item() == pytest.approx(80 * 62.5, rel=1e-5)


def test_boxes_are_cut_to_their_image() -> None:
    boxes = torch.tensor([[-5.0, -5.0, 500.0, 500.0]])
    assert clip(boxes, torch.tensor([[30, 40]])).tolist() == [[0, 0, 40, 30]]  # the size is height, width
