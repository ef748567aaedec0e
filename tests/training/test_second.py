"""The second look: what it is shown, how it and the first one answer together, their file."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import onnxruntime
import pytest
import torch

from inference.engine.backends.onnxfile import refuse_unsafe
from tests.training.test_network import LABELS, network
from training.export import export
from training.loss import second_loss_of
from training.network import N_BEST, Starter
from training.second import (
    CONTEXT,
    LEAST_SIDE_PX,
    LOOK_FROM,
    N_SIDES,
    WINDOW_PX,
    Places,
    SecondLook,
    apart,
    frames,
    look_twice,
    places,
    windows,
)
from training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("one_thread")


def second_look(seed: int = 0) -> SecondLook:
    """A network whose layers are all different, as after training."""
    torch.manual_seed(seed)
    made = SecondLook(LABELS).eval()
    torch.nn.init.normal_(made.answer.weight[:-4], std=10.0)
    torch.nn.init.normal_(made.answer.weight[-4:], std=0.3)  # boxes move a little
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
    return made


def restless() -> Starter:
    """A first look that sees something small in many places."""
    made = network()
    torch.nn.init.zeros_(made.answer.bias)
    torch.nn.init.constant_(made.answer.bias[-16:], -0.5)
    torch.nn.init.normal_(made.answer.weight[-16:], std=0.02)  # the sides of the four quarters of a cell
    return made


def noise(side: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, 3, side, side), dtype=np.uint8)


def in_file(first: Starter, second: SecondLook, image: np.ndarray) -> list[np.ndarray]:
    content = export(first, second, image.shape[3], image.shape[2])
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(["boxes", "scores", "labels"], {"image": image})


def test_both_looks_have_at_most_two_million_parameters():
    looks = (Starter(LABELS), SecondLook(LABELS))
    assert sum(weight.numel() for look in looks for weight in look.parameters()) <= 2_000_000


def test_a_file_of_them_is_at_most_eight_megabytes_and_carries_all_their_weights():
    content = export(Starter(LABELS).eval(), SecondLook(LABELS).eval(), 64, 64)
    assert len(content) <= 8_000_000
    refuse_unsafe(content)


def test_the_exported_file_answers_what_the_two_looks_answer():
    image, first, second = noise(160), restless(), second_look()
    boxes, scores, labels = in_file(first, second, image)
    with torch.no_grad():
        wanted = [part.numpy() for part in look_twice(first, second, torch.from_numpy(image).float())]
    assert scores.shape[1] > 30  # otherwise this compares little
    np.testing.assert_allclose(scores, wanted[1], atol=1e-4)
    np.testing.assert_allclose(boxes, wanted[0], rtol=1e-3, atol=1e-2)
    assert (labels == wanted[2]).all()
    assert scores.std() > 0.01


def test_of_boxes_that_overlap_the_best_is_kept_whatever_the_label():
    boxes = torch.tensor([[0.0, 0, 10, 10], [50, 0, 60, 10], [1, 0, 11, 10], [8, 0, 18, 10]])
    assert apart(boxes, torch.tensor([0.6, 0.2, 0.9, 0.5])).tolist() == [2, 3, 1]


def test_where_nothing_is_likely_the_one_best_place_is_looked_at():
    image, first, second = noise(96), network(), second_look()
    torch.nn.init.constant_(first.answer.bias, -9.0)
    boxes, scores, labels = in_file(first, second, image)
    assert (boxes.shape, scores.shape, labels.shape) == ((1, 1, 4), (1, 1), (1, 1))


def scores(seen: Places) -> torch.Tensor:
    return seen.felt[:, N_SIDES : N_SIDES + LABELS].amax(dim=1).sigmoid()


def test_of_very_many_places_the_best_are_looked_at():
    image, first = torch.from_numpy(noise(512)).float(), restless()
    torch.nn.init.constant_(first.answer.bias, 5.0)
    with torch.no_grad():
        seen = places(first, image)
    assert len(seen.boxes) == len(seen.felt) == N_BEST
    assert scores(seen).tolist() == sorted(scores(seen).tolist(), reverse=True)


def test_places_are_those_the_first_look_finds_likely():
    with torch.no_grad():
        seen = places(restless(), torch.from_numpy(noise(160)).float())
    assert scores(seen).min() >= LOOK_FROM


def test_a_window_shows_the_box_in_its_middle_with_its_surroundings():
    squares = frames(torch.tensor([[10.0, 20.0, 50.0, 40.0], [7.0, 7.0, 9.0, 9.0]]))
    half = 40 * CONTEXT / 2
    assert squares[0].tolist() == pytest.approx([30 - half, 30 - half, 30 + half, 30 + half])
    assert (squares[1, 2] - squares[1, 0]).item() == pytest.approx(LEAST_SIDE_PX)


def test_a_window_of_its_own_size_is_the_picture_itself_and_black_beyond_it():
    image = torch.from_numpy(noise(64)).float()
    side = float(WINDOW_PX)
    squares = torch.tensor([[4.0, 8.0, 4 + side, 8 + side], [40.0, 8.0, 40 + side, 8 + side]])
    inside, across = windows(image, squares)
    smooth = torch.nn.functional.avg_pool2d(image, 3, 1, 1)[0, :, 9:55, 5:51]
    assert (inside[:, 1:-1, 1:-1] - image[0, :, 9:55, 5:51]).abs().mean() < (
        smooth - image[0, :, 9:55, 5:51]
    ).abs().mean()
    assert across[:, :, 26:].abs().max() == 0
    assert across[:, :, :23].min() > 0


def test_an_answer_that_is_right_costs_less_than_one_that_is_not():
    boxes, animals = torch.tensor([[0.3, 0.3, 0.7, 0.7]] * 3), torch.tensor([[0.4, 0.3, 0.8, 0.7]] * 3)
    targets = (torch.tensor([1, 0, -1]), torch.tensor([2, -1, -1]), boxes, animals, torch.ones(3))
    right = torch.zeros(3, 1 + LABELS + 4)
    right[0, 0], right[0, 3], right[1, 0] = 6.0, 6.0, -6.0
    right[0, -4], right[0, -2] = 0.1, 0.1
    assert second_loss_of(right, targets) < 0.05 < 1 < second_loss_of(-right, targets)
    open_one = right.clone()
    open_one[2] = 9.0  # what is left open costs nothing
    assert second_loss_of(open_one, targets) == second_loss_of(right, targets)


def test_a_batch_without_animals_has_a_loss():
    targets = (torch.zeros(2), torch.full((2,), -1), torch.zeros(2, 4), torch.zeros(2, 4), torch.zeros(2))
    assert torch.isfinite(second_loss_of(torch.zeros(2, 1 + LABELS + 4), targets))


@pytest.mark.slow
def test_it_learns_in_a_few_steps_which_windows_are_bright():
    torch.manual_seed(0)
    trainer = Trainer(SecondLook(LABELS), second_loss_of, torch.device("cpu"), seconds=100, spent=10)
    shown = torch.cat([torch.full((4, 3, WINDOW_PX, WINDOW_PX), level, dtype=torch.uint8) for level in (60, 220)])
    felt = torch.zeros(8, trainer.network.level.num_features)
    boxes = torch.tensor([[0.3, 0.3, 0.7, 0.7]] * 8)
    is_bright = torch.tensor([0] * 4 + [1] * 4)
    targets = (is_bright, is_bright * 3 - 1, boxes, boxes, torch.ones(8))
    losses = [trainer.step((shown, felt), targets).item() for _ in range(15)]
    assert losses[-1] < losses[0] / 3
