"""The second look: what it is shown, how it and the first one answer together, their file."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from inference.engine.backends.onnxfile import refuse_unsafe
from tests.training.test_network import LABELS, network
from training.edges import N_PARTS, middles
from training.export import export
from training.loss import counts_as_animal, iou, second_loss_of
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
    in_squares,
    look_twice,
    places,
    said,
    windows,
)
from training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("one_thread")


def second_look(seed: int = 0) -> SecondLook:
    """A network whose layers are all different, as after training."""
    torch.manual_seed(seed)
    made = SecondLook(LABELS).eval()
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
    for each in made.company.rounds:
        for layer in (each.heard, each.thought):
            torch.nn.init.normal_(layer.weight, std=0.1)
            torch.nn.init.normal_(layer.bias, std=0.1)
        for norm in (each.before, each.then):
            torch.nn.init.uniform_(norm.weight, 0.5, 2.0)
            torch.nn.init.normal_(norm.bias, std=0.3)
        for pull in (each.near, each.like, each.within, each.around):
            torch.nn.init.normal_(pull)
    for answer in (made.answer, made.company.answer, made.edges.edge):
        torch.nn.init.normal_(answer.weight)
    spread(made)
    return made


@torch.no_grad()
def spread(made: SecondLook) -> None:
    """Has scores and labels of noise differ by half a unit."""
    image = torch.from_numpy(blocks(160)).float()
    seen = places(restless(), image)
    squares = frames(seen.boxes)
    raw = made(windows(image, squares), seen.felt, squares, in_squares(seen.boxes, squares), torch.zeros(len(squares)))
    for answer, given in ((made.answer, said(raw).alone), (made.company.answer, said(raw).together)):
        size = 0.5 / given.std(dim=0)
        answer.bias.copy_((answer.bias - given.mean(dim=0)) * size)
        answer.weight.mul_(size[:, None])


def restless() -> Starter:
    """A first look that sees something small in many places."""
    made = network()
    torch.nn.init.zeros_(made.answer.bias)
    torch.nn.init.constant_(made.answer.bias[-16:], -0.5)
    torch.nn.init.normal_(made.answer.weight[-16:], std=0.02)  # the sides of the four quarters of a cell
    return made


def noise(side: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, 3, side, side), dtype=np.uint8)


def blocks(side: int) -> np.ndarray:
    """Noise whose pixels are large enough for windows to differ."""
    return noise(side // 8, seed=1).repeat(8, axis=2).repeat(8, axis=3)


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
    image, first, second = blocks(160), restless(), second_look()
    boxes, scores, labels = in_file(first, second, image)
    with torch.no_grad():
        wanted = [part.numpy() for part in look_twice(first, second, torch.from_numpy(image).float())]
    assert scores.shape[1] > 30  # otherwise this compares little
    assert scores.shape == wanted[1].shape
    assert scores.std() > 0.01
    assert (np.diff(scores[0]) <= 0).all()
    # Scores that are nearly equal may come in either order: boxes are held against their like.
    apart = np.abs(boxes[0][:, None] - wanted[0][0][None]).max(axis=2)
    like = apart.argmin(axis=1)
    assert sorted(like) == list(range(len(like)))
    assert apart.min(axis=1).max() < 0.05
    np.testing.assert_allclose(scores[0], wanted[1][0][like], atol=5e-4)
    assert (labels[0] == wanted[2][0][like]).mean() > 0.99


def test_of_boxes_that_overlap_the_best_is_kept_whatever_the_label():
    boxes = torch.tensor([[0.0, 0, 10, 10], [50, 0, 60, 10], [1, 0, 11, 10], [8, 0, 18, 10]])
    assert apart(boxes, torch.tensor([0.6, 0.2, 0.9, 0.5])).tolist() == [2, 3, 1]


def test_where_nothing_is_likely_the_one_best_place_is_looked_at():
    image, first, second = noise(96), network(), second_look()
    torch.nn.init.constant_(first.answer.bias, -9.0)
    answer = in_file(first, second, image)
    assert [part.shape for part in answer] == [(1, 1, 4), (1, 1), (1, 1)]
    with torch.no_grad():
        for part, wanted in zip(answer, look_twice(first, second, torch.from_numpy(image).float()), strict=True):
            np.testing.assert_allclose(part, wanted.numpy(), rtol=1e-3, atol=1e-3)


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


def edges_at(boxes: torch.Tensor) -> torch.Tensor:
    """Logits (k, 4, 24) of edges that lie exactly where boxes (k, 4) say."""
    apart = (middles(boxes) - boxes[:, :, None]).abs() * N_PARTS
    return (1 - apart).clamp(min=1e-9).log()


def answered(animal: list[float], label: list[int], boxes: torch.Tensor, alone: list[float] | None = None) -> Tensor:
    """What `SecondLook` would answer: logits of being an animal, in company and alone; labels; boxes."""
    labels = torch.nn.functional.one_hot(torch.tensor(label).clamp(min=0), LABELS) * 6.0
    parts = [torch.cat([torch.tensor(each)[:, None], labels], dim=1) for each in (alone or animal, animal)]
    return torch.cat([*parts, edges_at(boxes).flatten(1)], dim=1)


def test_an_answer_that_is_right_costs_less_than_one_that_is_not():
    boxes, animals = torch.tensor([[0.3, 0.3, 0.7, 0.7]] * 3), torch.tensor([[0.4, 0.3, 0.8, 0.7]] * 3)
    squares, pictures = torch.tensor([[0.0, 0, 40, 40]] * 3), torch.zeros(3)
    is_animal, label = torch.tensor([1, 0, -1]), torch.tensor([2, -1, -1])
    targets = (is_animal, label, boxes, animals, torch.ones(3), squares, pictures)
    right = second_loss_of(answered([6, -6, 0], [2, 0, 0], animals), targets)
    assert right < 0.25  # of edges that are not in the middle of a part some doubt remains
    for wrong in (
        answered([-6, -6, 0], [2, 0, 0], animals),
        answered([6, 6, 0], [2, 0, 0], animals),
        answered([6, -6, 0], [1, 0, 0], animals),
        answered([6, -6, 0], [2, 0, 0], boxes),
    ):
        assert second_loss_of(wrong, targets) > right + 0.5
    open_one = answered([6, -6, 9], [2, 0, 1], torch.cat([animals[:2], boxes[:1]]))
    assert second_loss_of(open_one, targets) == right  # what is left open costs nothing


def one_place(alone: float, together: float, trust: float = 1.0) -> float:
    """The loss where a box that lies badly on its animal is given these logits of being one."""
    boxes, animals = torch.tensor([[0.3, 0.3, 0.7, 0.7]]), torch.tensor([[0.6, 0.6, 0.8, 0.8]])
    square, picture = torch.tensor([[0.0, 0, 40, 40]]), torch.zeros(1)
    targets = (torch.tensor([1]), torch.tensor([2]), boxes, animals, torch.tensor([trust]), square, picture)
    return second_loss_of(answered([together], [2], boxes, [alone]), targets).item()


def test_a_box_that_lies_badly_is_to_be_moved_and_is_to_count_for_nothing_in_the_end():
    assert one_place(0, -3) < one_place(0, 3)
    assert one_place(3, 0) < one_place(-3, 0)


def counts(*boxes: list[float], pictures: tuple[int, ...] = (0, 0)) -> list[int]:
    """What counts of two places, with boxes in px, of one long animal at 10, 10, 50, 20."""
    squares = torch.tensor([[0.0, 0, 100, 100], [20.0, 0, 70, 50]])
    animals = in_squares(torch.tensor([[10.0, 10, 50, 20]] * 2), squares)
    given = in_squares(torch.tensor(boxes), squares)
    targets = (torch.ones(2), torch.ones(2), given, animals, torch.ones(2), squares, torch.tensor(pictures))
    return counts_as_animal(given, targets).int().tolist()


def test_of_two_boxes_on_an_animal_that_do_not_overlap_the_better_one_counts():
    assert counts([10, 10, 36, 20], [38, 10, 50, 20]) == [1, 0]  # the second lies badly, too
    assert counts([10, 10, 30, 20], [29, 10, 50, 20]) == [0, 1]
    assert counts([10, 10, 30, 20], [29, 10, 50, 20], pictures=(0, 1)) == [1, 1]


def test_a_box_that_is_left_out_for_a_better_one_anyway_counts_too():
    assert counts([10, 10, 50, 20], [11, 10, 50, 20]) == [1, 1]


def test_where_nobody_knows_how_large_the_animal_is_no_box_lies_badly():
    assert one_place(0, 3, trust=0.5) < one_place(0, -3, trust=0.5)


def test_boxes_agree_by_what_they_share():
    first = torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 2], [0, 0, 1, 1]])
    second = torch.tensor([[1.0, 0, 3, 2], [0, 0, 2, 2], [5, 5, 6, 6]])
    assert iou(first, second).tolist() == pytest.approx([1 / 3, 1, 0])


def test_a_batch_without_animals_has_a_loss():
    targets = (
        torch.zeros(2),
        torch.full((2,), -1),
        *torch.zeros(2, 2, 4),
        *torch.zeros(1, 2),
        torch.zeros(2, 4),
        torch.zeros(2),
    )
    assert torch.isfinite(second_loss_of(torch.zeros(2, 2 * (1 + LABELS) + 4 * N_PARTS), targets))


@pytest.mark.slow
def test_it_learns_in_a_few_steps_which_windows_are_bright():
    torch.manual_seed(0)
    trainer = Trainer(SecondLook(LABELS), second_loss_of, torch.device("cpu"), seconds=100, spent=10)
    shown = torch.cat([torch.full((4, 3, WINDOW_PX, WINDOW_PX), level, dtype=torch.uint8) for level in (60, 220)])
    felt = torch.zeros(8, trainer.network.level.num_features)
    boxes = torch.tensor([[0.3, 0.3, 0.7, 0.7]] * 8)
    is_bright = torch.tensor([0] * 4 + [1] * 4)
    squares, pictures = torch.tensor([[0.0, 0, 40, 40]] * 8), torch.arange(8)
    targets = (is_bright, is_bright * 3 - 1, boxes, boxes, torch.ones(8), squares, pictures)
    losses = [trainer.step((shown, felt, squares, boxes, pictures), targets).item() for _ in range(15)]
    assert losses[-1] < losses[0] / 3
