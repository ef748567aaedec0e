"""Animals of the renderer: what is drawn is as long, as turned, as lit and as young as was asked."""

import itertools
import math

import numpy as np
import pytest

from training.render.animals import Sprite, make_animal
from training.render.kinds import KINDS, TABLE
from training.render.light import Sun

NOON = Sun(0.6, 1.1)
EVENING = Sun(2.0, 0.6)
N = 5
FIRST = ("elephant", "zebra", "bird")  # unlike each other; the others are looked at among the slow tests
EACH_KIND = [pytest.param(kind, marks=[] if kind in FIRST else pytest.mark.slow) for kind in KINDS]


def drawn(
    kind: str,
    seed: int,
    length_px: float = 30,
    heading: float = 0.0,
    view: str = "nadir",
    sun: Sun = NOON,
    **other: bool,
) -> Sprite:
    return make_animal(kind, np.random.default_rng(seed), length_px, heading, view, sun, **other)


def spread(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean place (x, y) and covariance of a map of weights."""
    y, x = np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5
    place = np.array([x.ravel(), y.ravel()])
    return np.average(place, axis=1, weights=weight.ravel()), np.cov(place, aweights=weight.ravel())


def long_axis_px(sprite: Sprite) -> float:
    """The greatest extent of the cover over all directions."""
    y, x = np.nonzero(sprite.cover > 0.4)
    turns = np.linspace(0, math.pi, 24, endpoint=False)
    return max(float(np.ptp(x * math.cos(turn) + y * math.sin(turn))) + 1 for turn in turns)


@pytest.mark.parametrize("kind", EACH_KIND)
@pytest.mark.parametrize("view", ["nadir", "oblique"])
def test_the_body_lies_inside_its_canvas(kind: str, view: str) -> None:
    for seed in range(N):
        sprite = drawn(kind, seed, view=view, heading=seed)
        assert sprite.cover.shape == sprite.shadow.shape == sprite.colour.shape[:2]
        assert sprite.cover.max() == 1
        edge = np.concatenate([sprite.cover[[0, -1]].ravel(), sprite.cover[:, [0, -1]].ravel()])
        assert edge.max() == 0
        for plane in (sprite.cover, sprite.shadow, sprite.colour):
            assert plane.dtype == np.float32
            assert 0 <= plane.min() <= plane.max() <= 1.0001


@pytest.mark.parametrize("kind", EACH_KIND)
@pytest.mark.parametrize("length_px", [14, 30, 58])
def test_the_body_is_as_long_as_asked(kind: str, length_px: int) -> None:
    lengths = [long_axis_px(drawn(kind, seed, length_px, heading=seed)) for seed in range(N)]
    assert np.median(lengths) == pytest.approx(length_px, rel=0.15)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bird"])  # wings lie across the heading
@pytest.mark.parametrize("heading", [1.0, -2.0])
def test_the_body_points_where_it_heads(kind: str, heading: float) -> None:
    off = []
    for seed in range(N):
        _, covariance = spread(drawn(kind, seed, heading=heading).cover)
        axis = np.linalg.eigh(covariance)[1][:, -1]
        off.append(math.degrees(math.acos(min(1.0, abs(axis @ [math.cos(heading), math.sin(heading)])))))
    assert np.median(off) < 15


def test_the_nose_and_not_the_tail_leads() -> None:
    lead = []
    for seed in range(N):  # the neck is thin, the rump is not
        sprite = drawn("camel", seed, 40, heading=0.0)
        middle = int(sprite.origin[0])
        lead.append(sprite.cover[:, : middle - 10].sum() - sprite.cover[:, middle + 10 :].sum())
    assert np.median(lead) > 0


@pytest.mark.parametrize("kind", EACH_KIND)
def test_the_same_seed_gives_the_same_pixels(kind: str) -> None:
    one, two = drawn(kind, 3, view="oblique"), drawn(kind, 3, view="oblique")
    other = drawn(kind, 4, view="oblique")
    assert all(np.array_equal(getattr(one, plane), getattr(two, plane)) for plane in ("colour", "cover", "shadow"))
    assert one.origin == two.origin
    assert one.cover.shape != other.cover.shape or not np.array_equal(one.colour, other.colour)


@pytest.mark.parametrize("kind", EACH_KIND)
@pytest.mark.parametrize("sun", [NOON, EVENING, Sun(4.5, 0.5)])
def test_shadows_fall_away_from_the_sun(kind: str, sun: Sun) -> None:
    away = np.array([-math.sin(sun.azimuth_rad), math.cos(sun.azimuth_rad)])
    for seed in range(N):
        sprite = drawn(kind, seed, heading=seed, sun=sun)
        (body, _), (shadow, _) = spread(sprite.cover), spread(sprite.shadow)
        assert (shadow - body) @ away > 0


def test_a_lower_sun_casts_a_longer_shadow() -> None:
    for kind in KINDS:
        high, low = (drawn(kind, 5, sun=Sun(1.0, elevation)).shadow.sum() for elevation in (1.3, 0.4))
        assert low > high


@pytest.mark.parametrize("kind", EACH_KIND)
def test_the_lit_side_is_brighter(kind: str) -> None:
    gain = []
    for seed in range(N):
        east, west = (drawn(kind, seed, sun=Sun(azimuth, 0.5)) for azimuth in (math.pi / 2, -math.pi / 2))
        tone = []
        for sprite in (east, west):
            weight = sprite.cover * sprite.colour.mean(axis=2)
            tone.append(spread(weight)[0][0] - sprite.origin[0])
        gain.append(tone[0] - tone[1])
    assert np.mean(gain) > 0


@pytest.mark.parametrize("kind", EACH_KIND)
def test_the_young_are_smaller(kind: str) -> None:
    adult, young = (
        np.median([drawn(kind, seed, 40, is_young=is_young).cover.sum() for seed in range(N)])
        for is_young in (False, True)
    )
    assert young < 0.8 * adult


@pytest.mark.parametrize("kind", EACH_KIND)
def test_the_young_stay_large_enough_to_be_counted(kind: str) -> None:
    lengths = [long_axis_px(drawn(kind, seed, 15, is_young=True)) for seed in range(N)]
    assert np.median(lengths) >= 10


def test_obliquely_legs_show_and_bodies_foreshorten() -> None:
    across = [drawn("buffalo", seed, 40, heading=0.0, view="oblique") for seed in range(N)]
    above = [drawn("buffalo", seed, 40, heading=0.0) for seed in range(N)]
    towards = [drawn("buffalo", seed, 40, heading=math.pi / 2, view="oblique") for seed in range(N)]
    height = [np.mean([np.ptp(np.nonzero(s.cover > 0.4)[0]) for s in group]) for group in (across, above, towards)]
    assert height[0] > 1.2 * height[1]
    assert height[2] < 1.1 * np.mean([np.ptp(np.nonzero(s.cover > 0.4)[1]) for s in across])


def features(kind: str, seed: int) -> np.ndarray:
    """What tells kinds apart at one scale: length, breadth, colour, unevenness."""
    metres_to_px = 12.0
    facts = TABLE[kind]
    sprite = drawn(kind, seed, facts.length_m * metres_to_px)
    _, covariance = spread(sprite.cover)
    across, along = np.sqrt(np.linalg.eigvalsh(covariance))
    colours = sprite.colour[sprite.cover > 0.5]
    return np.array([2 * np.log(along), 2 * np.log(across), *(4 * colours.mean(axis=0)), 4 * colours.std()])


@pytest.mark.slow
def test_kinds_are_told_apart_by_size_and_colour() -> None:
    """A nearest-neighbour rule on six numbers, which sees no shape, names most of them."""
    known = [(kind, features(kind, seed)) for kind in KINDS for seed in range(16)]
    asked = [(kind, features(kind, seed)) for kind in KINDS for seed in range(100, 106)]
    right = [kind == min(known, key=lambda row: np.linalg.norm(row[1] - seen))[0] for kind, seen in asked]
    assert np.mean(right) > 0.7


@pytest.mark.slow
def test_coats_vary_within_a_kind() -> None:
    for kind in KINDS:
        tones = []
        for seed in range(20):
            sprite = drawn(kind, seed)
            tones.append(sprite.colour[sprite.cover > 0.9].mean())
        assert np.std(tones) > 0.03


def test_true_sizes_keep_their_order() -> None:
    lengths = [TABLE[kind].length_m for kind in ("elephant", "camel", "buffalo", "zebra", "sheep", "bird")]
    assert all(a > b for a, b in itertools.pairwise(lengths))
    assert set(TABLE) == set(KINDS)
