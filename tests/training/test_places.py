"""The places that the second look learns from, and how they are seen otherwise in every batch."""

from tests.training.pytorch import need_pytorch

need_pytorch()

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.test_network import LABELS
from tests.training.test_second import second_look
from training import glances, learn_second
from training import places as places_module
from training.glances import HARD_SHARE, MOST, Glances, Tiles, seen_otherwise
from training.learn_second import wrong_by
from training.network import STRIDE, Starter
from training.places import SIDE, TILE_PX, Judged, gather_photos, gather_scenes, judged, scene_of, stored_places
from training.second import N_AT16, N_HEAD, N_SIDES, WINDOW_PX, SecondLook
from training.truth import Truth

pytestmark = pytest.mark.usefixtures("one_thread")
PICTURE_PX = 128


class Seer(Starter):
    """Sees an animal of 16 px around each of some places, whatever it is shown."""

    def __init__(self, *middles: tuple[int, int]) -> None:
        super().__init__(LABELS)
        self.middles = middles

    def see(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        height, width = images.shape[2:]
        raw = torch.full((1, LABELS + 4, height // STRIDE, width // STRIDE), -20.0)
        raw[:, LABELS:] = 0.0  # 8 px to every side
        for x, y in self.middles:
            raw[0, 2, y // STRIDE, x // STRIDE] = 3.0
        return raw, torch.zeros(1, N_HEAD, height // 8, width // 8), torch.zeros(1, N_AT16, height // 16, width // 16)


def picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (PICTURE_PX, PICTURE_PX, 3), dtype=np.uint8)


def test_a_part_of_an_animal_is_none() -> None:
    seer = Seer((60, 60), (72, 68))  # the second place lies better on the animal
    found = judged(seer, picture(), Truth.of([[62, 62, 78, 78]], [1]))
    assert sorted(found.is_animal.tolist()) == [0, 1]
    assert found.animals[found.is_animal == 0].tolist() == [[0, 0, 0, 0]]


def test_a_part_that_is_all_that_was_seen_of_an_animal_is_that_animal() -> None:
    found = judged(Seer((60, 60)), picture(), Truth.of([[62, 62, 78, 78]], [1]))
    assert found.is_animal.tolist() == [1]
    assert found.labels.tolist() == [1]


def test_a_place_is_an_animal_is_none_or_is_left_open() -> None:
    middles = (20, 20), (60, 60), (100, 100)
    animals = Truth.of([[14, 14, 30, 30], [62, 62, 78, 78]], [4, 1], [1.0, 0.5])  # on the first, at an edge of the next
    found = judged(Seer(*middles), picture(), animals)
    assert sorted(found.is_animal.tolist()) == [-1, 0, 1]
    animal = found.take(np.flatnonzero(found.is_animal == 1))
    assert animal.labels.tolist() == [4]
    assert animal.trust.tolist() == [1.0]
    side = 30.4  # 16 px with its surroundings
    assert (animal.boxes * side)[0].tolist() == pytest.approx([7.2, 7.2, 23.2, 23.2])
    assert animal.animals[0].tolist() == pytest.approx(animal.boxes[0].tolist(), abs=1e-6)


def test_a_window_shows_the_picture_around_the_place() -> None:
    pixels = np.full((PICTURE_PX, PICTURE_PX, 3), 40, np.uint8)
    pixels[52:68, 52:68] = 250
    found = judged(Seer((60, 60)), pixels, Truth.of([], []))
    middle = WINDOW_PX // 2
    assert found.windows[0, middle, middle].tolist() == [250] * 3
    assert found.windows[0, 0, 0].tolist() == [40] * 3


def test_places_are_looked_for_tile_by_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places_module, "TILE_PX", 64)
    found = judged(Seer((20, 20)), picture(), Truth.of([], []))
    assert found.tiles.tolist() == [0, 1, 2, 3]
    middle = (found.squares[:, :2] + found.squares[:, 2:]) / 2
    assert middle == pytest.approx(np.full((4, 2), 22.0))  # of the cell, in px of its tile


def test_places_are_stored_and_read_again(tmp_path: Path) -> None:
    found = judged(Seer((20, 20), (60, 60)), picture(), Truth.of([[14, 14, 30, 30]], [4]))
    found.save(tmp_path / "one.npz")
    [read] = stored_places(tmp_path)
    assert (read.windows == found.windows).all()
    assert (read.animals == found.animals).all()
    assert [path.name for path in tmp_path.iterdir()] == ["one.npz"]


def test_scenes_are_drawn_until_the_time_is_up_each_process_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    def small(seed: int) -> object:
        drawn.append(seed)
        return type("Scene", (), {"pixels": picture(), "animals": ()})()

    monkeypatch.setattr(places_module, "scene_of", small)
    clock = iter(range(100))
    monkeypatch.setattr(places_module.time, "monotonic", lambda: next(clock))
    gather_scenes(Seer((20, 20)), tmp_path, (1, 2), seconds=4)
    assert drawn == [500_001, 500_003, 500_005]
    gather_scenes(Seer((20, 20)), tmp_path, (1, 2), seconds=4)
    assert len(drawn) == 3  # what is there is not drawn again


def test_photos_are_looked_at_in_several_sizes(tmp_path: Path) -> None:
    class Photo:
        path = Path("one.jpg")

        def pixels(self) -> np.ndarray:
            return picture()

        def truth(self) -> Truth:
            return Truth.of([[40, 40, 56, 56]], [5], [0.15])

    gather_photos(Seer((20, 20)), [Photo()], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one-0.55.npz", "one-0.75.npz", "one-1.0.npz"]


@pytest.mark.slow
def test_some_of_the_scenes_are_empty_and_some_are_crowded() -> None:
    numbers = [len(scene_of(seed).animals) for seed in range(500_000, 500_028, 7)]
    assert min(numbers) == 0
    assert max(numbers) > 10
    assert scene_of(500_000).pixels.shape == (SIDE, SIDE, 3)


def marked(x: int, y: int) -> Judged:
    """One place: a window with one bright spot, the box around that, and what the first look felt of its sides."""
    window = np.zeros((1, WINDOW_PX, WINDOW_PX, 3), np.uint8)
    window[0, y : y + 8, x : x + 8] = 255
    box = np.array([[x, y, x + 8, y + 8]], np.float32) / WINDOW_PX
    square = np.array([[100, 200, 100 + WINDOW_PX, 200 + WINDOW_PX]], np.float32)
    return replace(some(1, 0), windows=window, boxes=box, animals=box, squares=square, felt=felt_of(box))


def felt_of(box: np.ndarray) -> np.ndarray:
    """The sides, from the middle of the window, in window sides; then five more numbers."""
    sides = np.array([-1, -1, 1, 1], np.float32) * (box - 0.5)
    return np.concatenate([sides, np.arange(5, dtype=np.float32)[None]], axis=1)


@pytest.mark.parametrize("seed", range(12))
def test_a_place_seen_otherwise_takes_its_boxes_and_sides_along(seed: int) -> None:
    tile = marked(28, 14)
    now = seen_otherwise(tile, np.random.default_rng(seed))
    shown = now.windows[0].mean(axis=2)
    bright = np.argwhere(shown > shown.max() * 0.6)
    (top, left), (bottom, right) = bright.min(axis=0), bright.max(axis=0) + 1
    np.testing.assert_allclose(now.boxes[0] * WINDOW_PX, [left, top, right, bottom], atol=1.5)
    assert (now.boxes == now.animals).all()
    assert now.felt[0, N_SIDES:].tolist() == tile.felt[0, N_SIDES:].tolist()
    assert sorted(now.felt[0, :N_SIDES].tolist()) == sorted(tile.felt[0, :N_SIDES].tolist())
    if (now.squares[0, 2] - now.squares[0, 0]) == WINDOW_PX:  # not enlarged
        np.testing.assert_allclose(now.felt, felt_of(now.boxes), atol=1e-6)


def on_tile(places: Judged) -> np.ndarray:
    side = places.squares[:, 2:3] - places.squares[:, :1]
    return np.tile(places.squares[:, :2], 2) + places.boxes * side


def direction(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return (end - start) / np.linalg.norm(end - start)


@pytest.mark.parametrize("seed", range(12))
def test_a_tile_seen_otherwise_is_turned_as_a_whole(seed: int) -> None:
    tile = marked(40, 20)  # the spot lies to the right of the window's middle
    tile = Judged.together([tile, replace(tile, squares=tile.squares + np.float32([300, 0, 300, 0]))])
    tile = replace(tile, tiles=np.zeros(2, np.int32))
    now = seen_otherwise(tile, np.random.default_rng(seed))
    first, second = (on_tile(now).reshape(2, 2, 2)).mean(axis=1)
    turned = direction(first, second)  # of what lay to the right
    assert np.linalg.norm(second - first) == pytest.approx(300, rel=1e-4)
    own_middle = now.squares.reshape(2, 2, 2).mean(axis=1)[0]
    if (now.squares[0, 2] - now.squares[0, 0]) == WINDOW_PX:  # not enlarged: the window's middle is where it was
        np.testing.assert_allclose(direction(own_middle, first), turned, atol=1e-3)
    before, after = ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (on_tile(tile), on_tile(now)))
    assert before == pytest.approx(after, rel=1e-3)


def test_turns_and_mirrors_take_the_tile_along() -> None:
    tile = marked(28, 14)
    left, top, right, bottom = on_tile(tile)[0]
    assert on_tile(glances.turned(tile))[0].tolist() == pytest.approx([top, TILE_PX - right, bottom, TILE_PX - left])
    assert on_tile(glances.mirrored(tile))[0].tolist() == pytest.approx([TILE_PX - right, top, TILE_PX - left, bottom])


def some(number: int, level: int, a_tile: int = 1) -> Judged:
    n_felt = N_SIDES + LABELS + N_HEAD + N_AT16
    boxes = np.tile(np.array([0.3, 0.3, 0.7, 0.7], np.float32), (number, 1))
    corner = np.arange(number, dtype=np.float32)[:, None] * 5
    return Judged(
        np.full((number, WINDOW_PX, WINDOW_PX, 3), level, np.uint8),
        np.zeros((number, n_felt), np.float32),
        boxes,
        boxes.copy(),
        np.ones(number, np.int8),
        np.zeros(number, np.int8),
        np.ones(number, np.float32),
        np.concatenate([corner, corner, corner + 40, corner + 40], axis=1),
        (np.arange(number) // a_tile).astype(np.int32),
    )


def n_bright(shown: torch.Tensor) -> int:
    return int((shown.float().mean(dim=(1, 2, 3)) > 120).sum())


def test_some_batches_have_places_of_photos() -> None:
    batches = iter(Glances(Tiles(some(50, 30)), Tiles(some(5, 220, 5)), batch=20, photo_share=0.25, seed=3))
    some_batches = [next(batches) for _ in range(200)]
    (shown, *others), wanted = some_batches[0]
    assert shown.shape == (20, 3, WINDOW_PX, WINDOW_PX)
    assert shown.dtype == torch.uint8
    assert [len(each) for each in (*others, *wanted)] == [20] * 11
    bright = sum(n_bright(inputs[0]) for inputs, _ in some_batches)
    # A batch of 20 is to have five more on average; these tiles have five and not the most there may be.
    assert bright / 200 == pytest.approx(5 * 0.25 * 20 / MOST * np.ceil(MOST / 5), rel=0.25)


def test_hard_places_are_seen_more_often() -> None:
    scenes = Tiles(Judged.together([some(50, 30), some(1, 220)]))
    wrong = np.array([0.0] * 50 + [0.5], np.float32)
    (shown, *_), _ = next(iter(Glances(scenes, None, batch=200, photo_share=0.0, seed=3, wrong=wrong)))
    assert n_bright(shown) >= 200 * HARD_SHARE


def test_of_a_tile_with_very_many_places_the_nearest_to_one_of_them_are_seen() -> None:
    tiles = Tiles(some(MOST * 3, 30, MOST * 3))
    random = np.random.default_rng(3)
    for _ in range(5):
        [drawn] = tiles.draw(1, random)
        assert len(drawn) <= MOST
        assert np.ptp(drawn.squares[:, 0]) <= MOST * 5
    assert max(len(tiles.draw(1, random)[0]) for _ in range(20)) == MOST


def test_places_of_a_tile_come_together_and_keep_apart_from_other_tiles() -> None:
    tiles = Judged.together([some(4, 30, 2), some(3, 30, 3)])
    assert tiles.tiles.tolist() == [0, 0, 1, 1, 2, 2, 2]
    (_, _, _, _, pictures), _ = next(iter(Glances(Tiles(tiles), None, batch=30, photo_share=0.0, seed=1)))
    assert (np.diff(pictures.numpy()) >= 0).all()
    assert np.bincount(pictures.numpy()).max() <= 3


def test_a_place_is_hard_by_how_far_off_its_score_is() -> None:
    second, places = SecondLook(LABELS).eval(), some(3, 30)
    places.is_animal[:] = 1, 0, -1
    torch.nn.init.constant_(second.company.answer.bias[:1], 2.0)
    off = wrong_by(second, places, np.array([1, 2, 0]), torch.device("cpu"))
    assert off.tolist() == pytest.approx([0.8808, 0.0, 1 - 0.8808], abs=1e-3)


def test_a_place_is_hard_only_if_its_box_lies_well() -> None:
    second, places = SecondLook(LABELS).eval(), some(2, 30)
    places.animals[0] = [0.3, 0.3, 0.32, 0.32]
    torch.nn.init.constant_(second.company.answer.bias[:1], -2.0)
    off = wrong_by(second, places, np.array([0, 1]), torch.device("cpu"))
    assert off.tolist() == pytest.approx([0.1192, 0.8808], abs=1e-3)


def test_hard_places_are_looked_for_among_all_their_company(monkeypatch: pytest.MonkeyPatch) -> None:
    second, places = second_look(), some(7, 30, 3)
    places.felt[:] = np.random.default_rng(1).normal(size=places.felt.shape)
    whole = wrong_by(second, places, np.arange(7), torch.device("cpu"))
    monkeypatch.setattr(learn_second, "N_TILES_AT_ONCE", 1)
    assert wrong_by(second, places, np.arange(7), torch.device("cpu")).tolist() == pytest.approx(
        whole.tolist(), abs=1e-4
    )
    alone = wrong_by(second, some_with(places, tiles=np.arange(7)), np.arange(7), torch.device("cpu"))
    assert np.abs(alone - whole).max() > 1e-3  # company matters


def some_with(places: Judged, tiles: np.ndarray) -> Judged:
    return replace(places, tiles=tiles.astype(np.int32))


def test_of_two_animals_side_by_side_each_has_its_place() -> None:
    seer = Seer((60, 60), (84, 60))  # the second lies on the second animal, and on a part of the first
    animals = Truth.of([[64, 50, 80, 66], [76, 52, 92, 68]], [1, 2])
    found = judged(seer, picture(), animals)
    assert sorted(found.labels.tolist()) == [1, 2]


def test_without_photos_all_are_of_scenes() -> None:
    (shown, *_), _ = next(iter(Glances(Tiles(some(50, 30)), None, batch=20, photo_share=0.25, seed=3)))
    assert len(shown) == 20
    assert shown.float().mean() < 60
