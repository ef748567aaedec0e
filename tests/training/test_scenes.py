"""Rendered scenes: the same from the same seed, true about every animal, hard enough to learn from."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.render import KINDS, LANDSCAPES, VIEWS, Scene, render_scene
from training.render.banks import texture
from training.render.camera import Camera
from training.render.fields import Enlarged
from training.render.scene import set_stage

SIZE = (360, 280)
LOW_CONTRAST = 0.1
CONFUSERS = {"rock", "mound", "bush", "shrub", "log", "weed", "foam", "reed"}


def small(seed: int, landscape: str | None = None, view: str | None = None, n_animals: int | None = None) -> Scene:
    return render_scene(seed, *SIZE, landscape=landscape, view=view, n_animals=n_animals)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    """Small scenes of every landscape and view with animals in them."""
    return [
        small(100 * i + j, landscape, view, n_animals=9)
        for i, landscape in enumerate(LANDSCAPES)
        for j, view in enumerate(VIEWS * 2)
    ]


@pytest.mark.slow
def test_one_seed_gives_one_scene() -> None:
    first, again = small(7), small(7)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.animals == again.animals


@pytest.mark.slow
def test_another_seed_gives_another_scene() -> None:
    assert not np.array_equal(small(7, "steppe", "nadir").pixels, small(8, "steppe", "nadir").pixels)


@pytest.mark.slow
@pytest.mark.parametrize("landscape", LANDSCAPES)
@pytest.mark.parametrize("view", VIEWS)
def test_every_landscape_is_drawn_from_both_views(landscape: str, view: str) -> None:
    scene = small(11, landscape, view)
    assert (scene.landscape, scene.view) == (landscape, view)
    assert scene.pixels.std() > 5


@pytest.mark.slow
def test_landscapes_look_different() -> None:
    colours = [
        np.mean([small(seed, name, "nadir", 0).pixels.mean((0, 1)) for seed in range(4)], 0) for name in LANDSCAPES
    ]
    apart = [np.abs(a - b).max() for i, a in enumerate(colours) for b in colours[:i]]
    assert min(apart) > 2


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(333, 517), (64, 64), (1025, 17), (16, 400)])
def test_any_size_works(width: int, height: int) -> None:
    for view in VIEWS:
        assert render_scene(3, width, height, view=view).pixels.shape == (height, width, 3)


def test_a_scene_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 px"):
        render_scene(1, 8, 400)


@pytest.mark.slow
def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(ValueError, match="no such view"):
        small(1, view="sideways")


@pytest.mark.slow
def test_an_empty_scene_holds_no_animal() -> None:
    assert all(small(seed, n_animals=0).animals == () for seed in range(5))


@pytest.mark.slow
def test_the_number_asked_for_stands_there(scenes: list[Scene]) -> None:
    assert np.mean([len(scene.animals) for scene in scenes]) > 7
    assert max(len(scene.animals) for scene in scenes) == 9


@pytest.mark.slow
def test_boxes_lie_inside_the_picture(scenes: list[Scene]) -> None:
    for animal in (animal for scene in scenes for animal in scene.animals):
        left, top, right, bottom = animal.box
        assert 0 <= left < right <= SIZE[0]
        assert 0 <= top < bottom <= SIZE[1]
        assert animal.label in KINDS


@pytest.mark.slow
def test_no_animal_is_nearly_hidden(scenes: list[Scene]) -> None:
    shares = [animal.visible for scene in scenes for animal in scene.animals]
    assert min(shares) >= 0.4
    assert max(shares) <= 1


@pytest.mark.slow
def test_a_third_of_the_animals_is_hard_to_see(scenes: list[Scene]) -> None:
    animals = [animal for scene in scenes for animal in scene.animals]
    hard = [animal.visible < 0.85 or animal.contrast < LOW_CONTRAST for animal in animals]
    assert 0.3 <= np.mean(hard) <= 0.85
    assert np.mean([animal.visible < 0.85 for animal in animals]) > 0.1


@pytest.mark.slow
def test_bodies_are_as_long_as_the_detector_expects(scenes: list[Scene]) -> None:
    sides = [max(a.box[2] - a.box[0], a.box[3] - a.box[1]) for s in scenes for a in s.animals if a.visible > 0.95]
    assert min(sides) >= 9
    assert max(sides) <= 75
    assert 14 <= np.median(sides) <= 45


@pytest.mark.slow
@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_every_landscape_has_things_to_take_for_animals(landscape: str) -> None:
    for seed in range(3):
        stage, *_ = set_stage(seed, (1000, 1000), (landscape, None), 4)
        names = [prop.stamp.name for prop in stage.low + stage.tall]
        assert len([name for name in names if name in CONFUSERS]) >= 10
        assert len(set(names) & CONFUSERS) >= 3


@pytest.mark.slow
def test_what_an_animal_changes_lies_in_its_box() -> None:
    """Bodies are painted in their boxes alone: outside of them only shadows differ, and those are never brighter."""
    empty, full = _ground_with_and_without(21)
    boxes = np.zeros(full.shape[:2], bool)
    stage, *_ = set_stage(21, (400, 400), ("steppe", "nadir"), 6)
    for number, actor in enumerate(stage.actors, start=1):
        rows, columns = stage.window_of(actor)[0]
        boxes[rows, columns] |= stage.owner[rows, columns] == number
    brighter = (full.astype(int) - empty).max(-1) > 40
    changed = np.abs(full.astype(int) - empty).max(-1) > 12
    assert changed[boxes].mean() > 0.6
    assert brighter[~boxes].mean() < 0.002


def _ground_with_and_without(seed: int) -> tuple[np.ndarray, np.ndarray]:
    from training.render.scene import painted

    stage, terrain, _, _ = set_stage(seed, (400, 400), ("steppe", "nadir"), 6)
    full = painted(stage, terrain, np.random.default_rng(1))
    stage.actors.clear()
    return painted(stage, terrain, np.random.default_rng(1)), full


@pytest.mark.slow
def test_the_truth_s_box_holds_what_can_be_seen() -> None:
    scene = small(5, "desert", "nadir", 6)
    stage, *_ = set_stage(5, SIZE, ("desert", "nadir"), 6)
    for number, animal in enumerate(scene.animals, start=1):
        rows, columns = np.nonzero(stage.owner == number)
        assert animal.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_the_landscape_alone_does_not_name_the_kind() -> None:
    from training.render.herds import choose_kinds

    for landscape in LANDSCAPES:
        drawn = [kind for seed in range(250) for kind in choose_kinds(np.random.default_rng(seed), landscape)]
        assert set(drawn) == set(KINDS)


def test_things_are_smaller_towards_the_top_of_a_slanted_picture() -> None:
    camera = Camera(600, 400, 10.0, top_scale=0.7, squash=0.7)
    assert camera.scale(0) == pytest.approx(0.7)
    assert camera.scale(400) == pytest.approx(1.0)


@pytest.mark.parametrize("camera", [Camera(600, 400, 10.0), Camera(600, 400, 10.0, 0.7, 0.7)])
def test_the_ground_seen_at_a_point_is_drawn_at_that_point(camera: Camera) -> None:
    x, y = np.array([0.0, 100.0, 599.0]), np.array([0.0, 250.0, 399.0])
    there = camera.picture(*camera.ground(x, y))
    assert np.allclose(there, (x, y))


def test_a_field_is_enlarged_between_its_points() -> None:
    field = np.random.default_rng(0).random((30, 40)).astype(np.float32)
    whole = np.asarray(Image.fromarray(field * 255).resize((320, 240), Image.Resampling.BILINEAR))
    bands = [Enlarged(field, 315, 236).rows(top, min(top + 24, 236), slice(37, 201)) for top in range(0, 236, 24)]
    assert np.abs(np.concatenate(bands) - whole[:236, 37:201]).max() < 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["grain", "clumps", "stones", "pebbles", "foam"])
def test_textures_meet_at_their_edges(name: str) -> None:
    tile = texture(name).astype(int)
    inside = np.abs(np.diff(tile, axis=1)).mean()
    assert np.abs(tile[:, 0] - tile[:, -1]).mean() < inside * 1.5


@pytest.mark.slow
def test_the_command_writes_pictures_with_their_truth(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.render", "--first-seed", "3", "--count", "2", "--width", "320"]
    subprocess.run([*command, "--height", "200", "--landscape", "coast", "--out", str(tmp_path)], check=True)
    truths = sorted(tmp_path.glob("coast_*.json"))
    assert len(truths) == len(list(tmp_path.glob("coast_*.jpg"))) == 2
    assert json.loads(truths[0].read_text())["seed"] == 3
