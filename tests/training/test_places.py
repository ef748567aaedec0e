"""The places that the second look learns from, and how they are seen otherwise in every batch."""

from tests.training.pytorch import need_pytorch

need_pytorch()

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.test_network import LABELS
from training import places as places_module
from training.glances import HARD_SHARE, Glances, glance
from training.learn_second import wrong_by
from training.network import STRIDE, Starter
from training.places import SIDE, Judged, gather_photos, gather_scenes, judged, scene_of, stored_places
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
    found = judged(Seer((60, 60)), picture(), Truth.of([[62, 62, 78, 78]], [1]))
    assert found.is_animal.tolist() == [0]


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
    assert len(judged(Seer((20, 20)), picture(), Truth.of([], []))) == 4


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


def marked(x: int, y: int) -> tuple[np.ndarray, np.ndarray]:
    """A window with one bright spot, and the box around that."""
    window = np.zeros((WINDOW_PX, WINDOW_PX, 3), np.uint8)
    window[y : y + 8, x : x + 8] = 255
    return window, np.array([x, y, x + 8, y + 8], np.float32) / WINDOW_PX


@pytest.mark.parametrize("seed", range(12))
def test_a_place_seen_otherwise_takes_its_boxes_and_sides_along(seed: int) -> None:
    window, box = marked(28, 14)
    # The sides, from the middle of the window, in window sides.
    middle = np.array([-1, -1, 1, 1], np.float32) * (box - 0.5)
    felt = np.concatenate([middle, np.arange(5, dtype=np.float32)])
    shown, now, seen, animal = glance(window, felt, box, box, np.random.default_rng(seed))
    bright = np.argwhere(shown.mean(axis=2) > shown.mean(axis=2).max() * 0.6)
    (top, left), (bottom, right) = bright.min(axis=0), bright.max(axis=0) + 1
    np.testing.assert_allclose(seen * WINDOW_PX, [left, top, right, bottom], atol=1.5)
    assert (seen == animal).all()
    assert now[N_SIDES:].tolist() == felt[N_SIDES:].tolist()
    assert sorted(now[:N_SIDES].tolist()) == sorted(felt[:N_SIDES].tolist())
    if shown.max() == shown[shown.mean(axis=2) > 0].min():  # not enlarged
        np.testing.assert_allclose(now[:N_SIDES], np.array([-1, -1, 1, 1]) * (seen - 0.5), atol=1e-6)


def some(number: int, level: int) -> Judged:
    n_felt = N_SIDES + LABELS + N_HEAD + N_AT16
    boxes = np.tile(np.array([0.3, 0.3, 0.7, 0.7], np.float32), (number, 1))
    return Judged(
        np.full((number, WINDOW_PX, WINDOW_PX, 3), level, np.uint8),
        np.zeros((number, n_felt), np.float32),
        boxes,
        boxes,
        np.ones(number, np.int8),
        np.zeros(number, np.int8),
        np.ones(number, np.float32),
    )


def test_a_share_of_every_batch_is_of_photos() -> None:
    (shown, felt), wanted = next(iter(Glances(some(50, 30), some(5, 220), batch=20, photo_share=0.25, seed=3)))
    assert shown.shape == (20, 3, WINDOW_PX, WINDOW_PX)
    assert shown.dtype == torch.uint8
    assert int((shown.float().mean(dim=(1, 2, 3)) > 120).sum()) == 5
    assert [len(each) for each in (felt, *wanted)] == [20] * 6


def test_hard_places_are_seen_more_often() -> None:
    scenes = Judged.together([some(50, 30), some(1, 220)])
    glances = Glances(scenes, None, batch=200, photo_share=0.0, seed=3, wrong=np.array([0.0] * 50 + [0.5], np.float32))
    (shown, _), _ = next(iter(glances))
    assert int((shown.float().mean(dim=(1, 2, 3)) > 120).sum()) >= 200 * HARD_SHARE


def test_a_place_is_hard_by_how_far_off_its_score_is() -> None:
    second, places = SecondLook(LABELS).eval(), some(3, 30)
    places.is_animal[:] = 1, 0, -1
    torch.nn.init.constant_(second.answer.bias, 2.0)
    off = wrong_by(second, places, np.array([1, 2, 0]), torch.device("cpu"))
    assert off.tolist() == pytest.approx([0.8808, 0.0, 1 - 0.8808], abs=1e-3)


def test_without_photos_all_are_of_scenes() -> None:
    (shown, _), _ = next(iter(Glances(some(50, 30), None, batch=20, photo_share=0.25, seed=3)))
    assert len(shown) == 20
    assert shown.float().mean() < 60
