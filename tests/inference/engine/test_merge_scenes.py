"""Merging made-up herds whose truth is known: nothing lost, nothing counted twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine import Boxes, SearchSettings, merge, pairs, plan_patches
from inference.engine.nms import suppress
from tests.factories.scenes import compare, make_crowd, mean_neighbour_distance, search_scene, wobbly_views

CUTS = [(400, 100), (416, 128), (256, 64), (300, 40)]


def scene_size(patch, overlap):
    """Three patches across and two down, the last of each shifted in."""
    return 2 * patch - overlap + 50, 2 * patch - overlap


@pytest.mark.slow
@pytest.mark.parametrize(("patch", "overlap"), CUTS)
@pytest.mark.parametrize("share", [0.15, 0.4, 0.7, 1.0, 1.5])
@pytest.mark.parametrize("min_visible", [0.0, 0.3])
def test_in_dense_crowds_no_animal_is_lost_or_doubled(patch, overlap, share, min_visible):
    """Bodies from a few px to half as large again as the overlap, closer to each other than they are long."""
    size, body = scene_size(patch, overlap), max(8.0, share * overlap)
    cut = SearchSettings(patch, patch, overlap)
    for seed in range(1 if share < 0.4 else 3):
        animals = make_crowd(size, (0.7 * body, body), 0.75 * body, seed=seed, labels=1 + seed)
        outcome = compare(animals, search_scene(animals, size, cut, min_visible=min_visible))
        assert (outcome.lost, outcome.doubled) == (0, 0)
        assert mean_neighbour_distance(animals) < body


@pytest.mark.parametrize(("patch", "overlap"), CUTS)
@pytest.mark.parametrize("body", [16, 24, 36])
def test_detectors_that_are_two_pixels_off_lose_and_double_nothing(patch, overlap, body):
    size, cut = scene_size(patch, overlap), SearchSettings(patch, patch, overlap)
    for seed in range(3):
        animals = make_crowd(size, (0.7 * body, body), 0.9 * body, seed=seed)
        outcome = compare(animals, search_scene(animals, size, cut, jitter=2, seed=seed), tolerance=2.01)
        assert (outcome.lost, outcome.doubled) == (0, 0)


def test_tiny_animals_two_pixels_off_are_doubled_less_than_once_in_a_thousand():
    """Bodies of 8 to 12 px whose neighbours stand 10 px away: the error is as large as the differences."""
    lost = doubled = animals = 0
    for patch, overlap in CUTS:
        size, cut = scene_size(patch, overlap), SearchSettings(patch, patch, overlap)
        crowd = make_crowd(size, (8, 12), 14, seed=3)
        outcome = compare(crowd, search_scene(crowd, size, cut, jitter=2, seed=4), tolerance=2.01)
        lost, doubled, animals = lost + outcome.lost, doubled + outcome.doubled, animals + outcome.animals
    assert lost == 0
    assert doubled < 0.001 * animals


@pytest.mark.parametrize(("patch", "overlap"), CUTS)
def test_an_animal_at_every_position_of_the_borders_is_one(patch, overlap):
    size, cut = scene_size(patch, overlap), SearchSettings(patch, patch, overlap)
    for width, height in ((8, 8), (overlap, 12), (12, overlap), (overlap, overlap)):
        for at in range(patch - overlap - width - 2, patch + 3, 7):
            animal = Boxes.of([[at, at, at + width, at + height]], [0.9], [0])
            outcome = compare(animal, search_scene(animal, size, cut))
            assert (outcome.lost, outcome.doubled) == (0, 0)


@given(data=st.data(), overlap=st.integers(0, 150), patch=st.integers(200, 400))
@settings(max_examples=60, deadline=None)
@pytest.mark.slow
def test_any_lone_animal_is_found_once_however_it_is_cut(data, overlap, patch):
    """Also when it is larger than the overlap, or than the patch."""
    size = (900, 700)
    width, height = data.draw(st.integers(8, 450)), data.draw(st.integers(8, 450))
    left, top = data.draw(st.integers(0, 900 - width)), data.draw(st.integers(0, 700 - height))
    animal = Boxes.of([[left, top, left + width, top + height]], [0.9], [0])
    outcome = compare(animal, search_scene(animal, size, SearchSettings(patch, patch, overlap)))
    assert (outcome.lost, outcome.doubled) == (0, 0)


@pytest.mark.parametrize(("patch", "overlap"), CUTS)
def test_animals_half_as_large_again_as_the_overlap_are_found_once_in_a_loose_herd(patch, overlap):
    size, cut, body = scene_size(patch, overlap), SearchSettings(patch, patch, overlap), 1.5 * overlap
    for seed in range(5):
        animals = make_crowd(size, (0.8 * body, body), 1.6 * body, seed=seed)
        outcome = compare(animals, search_scene(animals, size, cut))
        assert (outcome.lost, outcome.doubled) == (0, 0)


def test_a_crowd_defeats_plain_suppression():
    size, cut = (750, 700), SearchSettings(400, 400, 100)
    animals = make_crowd(size, (30, 40), 24, seed=0)
    patches = plan_patches(*size, patch_width=400, patch_height=400, overlap=100)
    views = [animals.shifted(-p.left, -p.top).clipped(400, 400) for p in patches]
    everything = Boxes.join([view.shifted(p.left, p.top) for view, p in zip(views, patches, strict=True)])
    plain = compare(animals, suppress(everything, iou=0.5))
    assert plain.lost > 20
    assert plain.doubled > 20
    ours = compare(animals, search_scene(animals, size, cut))
    assert (ours.lost, ours.doubled) == (0, 0)


def test_an_ordinary_detector_doubles_less_than_a_tenth_of_what_plain_suppression_does():
    size, ours, plain = (1100, 1000), np.zeros(2, int), np.zeros(2, int)
    patches = plan_patches(*size, patch_width=416, patch_height=416, overlap=128)
    for seed in range(4):
        animals = make_crowd(size, (30, 50), 45, seed=seed)
        views = wobbly_views(animals, patches, seed=seed)
        everything = Boxes.join([view.shifted(p.left, p.top) for view, p in zip(views, patches, strict=True)])
        for total, found in ((ours, merge(views, patches)), (plain, suppress(everything, iou=0.5))):
            outcome = compare(animals, found, tolerance=20)
            total += outcome.lost, outcome.doubled
    assert ours[1] < plain[1] / 10
    assert ours[0] <= 1.1 * plain[0]


@pytest.mark.slow
def test_the_work_grows_as_fast_as_the_number_of_boxes(monkeypatch):
    small, large = _pairs_looked_at(2000, 1500, monkeypatch), _pairs_looked_at(8000, 6000, monkeypatch)
    assert 0 < large < 24 * small  # 16 times the boxes; comparing all with all looks at 256 times as many


def _pairs_looked_at(width, height, monkeypatch):
    looked_at = []
    meeting = pairs._meeting

    def counted(*args):
        found = meeting(*args)
        looked_at.append(len(found[0]))
        return found

    monkeypatch.setattr(pairs, "_meeting", counted)
    animals = make_crowd((width, height), (20, 60), 45, seed=0)
    patches = plan_patches(width, height, patch_width=800, patch_height=800, overlap=200)
    views = [animals.shifted(-p.left, -p.top).clipped(800, 800) for p in patches]
    assert len(merge(views, patches)) == len(animals)
    monkeypatch.undo()
    return sum(looked_at)
