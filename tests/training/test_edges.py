"""Where the edges of a box lie."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
import torch

from training.edges import N_CELLS, N_PARTS, PULL, Edges, boxes_of, edge_loss, in_cells

pytestmark = pytest.mark.usefixtures("one_thread")
FINE, DEEP = 8, 6


def features(number: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.rand(number, FINE, N_CELLS, N_CELLS), torch.rand(number, DEEP, N_CELLS // 2, N_CELLS // 2)


def edges() -> Edges:
    torch.manual_seed(1)
    made = Edges(FINE, DEEP).eval()
    torch.nn.init.normal_(made.edge.weight)
    return made


def test_before_it_has_learnt_an_edge_is_likeliest_where_the_first_look_saw_it():
    boxes = torch.tensor([[0.2, 0.3, 0.7, 0.9]])
    with torch.no_grad():
        logits = Edges(FINE, DEEP)(*features(1), boxes)
    assert logits.argmax(dim=-1)[0].tolist() == (boxes[0] * N_PARTS).int().tolist()
    assert (logits.amax() - logits.amin()).item() < PULL


def test_a_cell_has_two_parts_for_first_edges_and_two_for_last_ones():
    made = Edges(FINE, DEEP).eval()
    with torch.no_grad():
        made.edge.bias.copy_(torch.tensor([3.0, 0, 0, 3.0]))  # first edges early in their cell, last ones late
        logits = made(*features(1), torch.full((1, 4), 0.5))[0] + PULL * (torch.arange(N_PARTS) / N_PARTS - 0.479).abs()
    early, late = logits[:2, 0::2] - logits[:2, 1::2], logits[2:, 1::2] - logits[2:, 0::2]
    assert early.min() > 2
    assert late.min() > 2


def test_what_is_turned_over_its_diagonal_has_its_edges_turned_alike():
    made, (fine, deep) = edges(), features(3)
    boxes = torch.tensor([[0.2, 0.3, 0.7, 0.9], [0.1, 0.1, 0.5, 0.4], [0.4, 0.2, 0.6, 0.8]])
    for layer in (made.boxed, made.mix[0]):
        weight = layer.weight.data
        weight.copy_((weight + weight.transpose(2, 3)) / 2)
    with torch.no_grad():
        upright = made(fine, deep, boxes)
        over = made(fine.transpose(2, 3), deep.transpose(2, 3), boxes[:, [1, 0, 3, 2]])
    assert upright.std() > 0.1
    assert torch.allclose(over, upright[:, [1, 0, 3, 2]], atol=1e-4)


def test_windows_do_not_hear_each_other():
    made, (fine, deep) = edges(), features(2)
    boxes = torch.tensor([[0.2, 0.3, 0.7, 0.9], [0.1, 0.1, 0.5, 0.4]])
    with torch.no_grad():
        assert torch.allclose(made(fine, deep, boxes)[1:], made(fine[1:], deep[1:], boxes[1:]), atol=1e-5)


def test_a_box_covers_cells_in_part():
    covered = in_cells(torch.tensor([[0.5 / 12, 0, 2 / 12, 1 / 12], [-1.0, 11 / 12, 2.0, 3.0]]))
    assert covered.shape == (2, 1, N_CELLS, N_CELLS)
    assert covered[0, 0, 0, :3].tolist() == pytest.approx([0.5, 1, 0], abs=1e-5)
    assert covered[0].sum().item() == pytest.approx(1.5, abs=1e-5)
    assert covered[1, 0, -1].tolist() == pytest.approx([1.0] * N_CELLS, abs=1e-5)
    assert covered[1].sum().item() == pytest.approx(N_CELLS, abs=1e-4)


def test_a_box_is_the_mean_of_what_is_likely():
    logits = torch.full((1, 4, N_PARTS), -50.0)
    for edge, (first, second) in enumerate(((2, 3), (5, 5), (10, 12), (20, 23))):
        logits[0, edge, [first, second]] = 0.0
    wanted = [(first + second + 1) / 2 / N_PARTS for first, second in ((2, 3), (5, 5), (10, 12), (20, 23))]
    assert boxes_of(logits)[0].tolist() == pytest.approx(wanted)


def test_an_edge_costs_least_where_it_lies():
    true = torch.tensor([[0.21, 0.34, 0.71, 0.9]])
    costs = []
    for moved in (0.0, 0.1, 0.2):
        logits = -((torch.arange(N_PARTS) + 0.5) / N_PARTS - (true + moved)[:, :, None]).abs() * 40
        costs.append(edge_loss(logits, true).item())
    assert costs == sorted(costs)
    assert costs[0] < 2 < costs[2]


def test_an_edge_beyond_the_window_is_looked_for_in_its_last_part():
    logits = torch.zeros(1, 4, N_PARTS)
    logits[0, :2, 0] = logits[0, 2:, -1] = 9.0
    assert edge_loss(logits, torch.tensor([[-0.3, -2.0, 1.0, 4.0]])).item() < 0.01
