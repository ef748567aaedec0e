"""The first look: its answers, its loss, what it learns in a few steps."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
import torch

from training.loss import giou, loss_of, score_loss
from training.network import Starter, corners, decode
from training.targets import make_target
from training.trainer import PEAK_RATE, Trainer, at_shares, rate_at
from training.truth import Truth

pytestmark = pytest.mark.usefixtures("one_thread")
LABELS = 7


def network(seed: int = 0) -> Starter:
    """A network whose layers are all different, as after training."""
    torch.manual_seed(seed)
    made = Starter(LABELS).eval()
    torch.nn.init.normal_(made.answer.weight, std=0.2)
    torch.nn.init.normal_(made.detail.weight, std=0.1)
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
    return made


def batch(truth: Truth, side: int = 64):
    """One crop, bright where its animals are, and its targets."""
    images = torch.full((1, 3, side, side), 60, dtype=torch.uint8)
    for left, top, right, bottom in truth.boxes.astype(int):
        images[:, :, top:bottom, left:right] = 220
    target = make_target(truth, side, LABELS)
    parts = (target.heat, target.boxes, target.weight, target.counts)
    return (images,), tuple(torch.from_numpy(part)[None] for part in parts)


def test_there_is_an_answer_for_every_cell_of_four_pixels():
    assert network()(torch.zeros(2, 3, 64, 96)).shape == (2, LABELS + 4, 16, 24)


def test_a_cell_says_how_far_its_box_reaches_to_each_side():
    sides = torch.log(torch.tensor([[1.0, 0.5, 2.0, 1.5]]))  # in units of 8 px, from the middle of the cell
    assert corners(sides, torch.tensor([2]), torch.tensor([3])).tolist() == [[2.0, 10.0, 26.0, 26.0]]


def test_of_neighbouring_cells_only_the_best_is_an_animal():
    raw = torch.full((1, LABELS + 4, 8, 8), -9.0)
    raw[0, 2, 3, 3], raw[0, 2, 3, 4], raw[0, 5, 6, 6] = 2.0, 1.0, 0.0
    _, scores, labels = decode(raw, n_best=3)
    assert scores[0, :2].tolist() == pytest.approx([0.8808, 0.5], abs=1e-4)
    assert labels[0, :2].tolist() == [2, 5]
    assert scores[0, 2] < 1e-3


def test_boxes_that_agree_cost_nothing_and_boxes_apart_more_the_farther_they_are():
    box = torch.tensor([[0.0, 0.0, 10.0, 10.0]])
    agree, near, far = (giou(box, box + shift).item() for shift in (0, 12, 40))
    assert agree == 1
    assert far < near < 0


def test_an_answer_that_is_right_costs_less_than_one_that_is_not():
    _, targets = batch(Truth.of([[8, 8, 40, 32]], [3]))
    right = torch.full((1, LABELS + 4, 16, 16), -8.0)
    right[:, 3][targets[0][:, 3] == 1] = 8.0
    wrong = right.flip(1)
    assert score_loss(right[:, :-4], targets[0], targets[3]) < 0.1 < score_loss(wrong[:, :-4], targets[0], targets[3])


@pytest.mark.slow
def test_the_loss_falls_in_a_few_steps():
    torch.manual_seed(0)
    trainer = Trainer(Starter(LABELS), loss_of, torch.device("cpu"), seconds=100, spent=10)
    inputs, targets = batch(Truth.of([[8, 8, 40, 32], [44, 44, 60, 60]], [3, 5]))
    losses = [trainer.step(inputs, targets).item() for _ in range(12)]
    assert losses[-1] < losses[0] / 2


@pytest.mark.slow
def test_training_goes_on_where_it_was_saved(tmp_path):
    torch.manual_seed(0)
    inputs, targets = batch(Truth.of([[8, 8, 40, 32]], [3]))
    first = Trainer(Starter(LABELS), loss_of, torch.device("cpu"), seconds=100, spent=10)
    first.step(inputs, targets)
    first.save(tmp_path / "checkpoint.pt")
    second = Trainer(Starter(LABELS), loss_of, torch.device("cpu"), seconds=100)
    second.resume(tmp_path / "checkpoint.pt")
    assert (second.spent, second.steps) == (10, 1)
    assert second.step(inputs, targets).item() == pytest.approx(first.step(inputs, targets).item())


def test_the_learning_rate_rises_shortly_and_then_falls_to_the_end():
    rates = [rate_at(step / 100) for step in range(101)]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(PEAK_RATE)
    assert 1 <= peak <= 10
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert 0 < rates[-1] < PEAK_RATE / 50


def test_something_is_done_once_at_each_share_of_the_training() -> None:
    trainer, done = Trainer(Starter(LABELS), loss_of, torch.device("cpu"), seconds=100), []
    step = at_shares((0.25, 0.5, 0.75), lambda trainer: done.append(trainer.spent))
    for spent in (10, 30, 40, 60, 90):
        trainer.spent = spent
        step(trainer)
    assert done == [30, 60, 90]


def test_after_an_interruption_it_is_done_once_for_all_that_lies_behind() -> None:
    trainer, done = Trainer(Starter(LABELS), loss_of, torch.device("cpu"), seconds=100, spent=60), []
    step = at_shares((0.25, 0.5, 0.75), lambda trainer: done.append(trainer.spent))
    step(trainer)
    step(trainer)
    assert done == [60]
