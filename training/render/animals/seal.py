"""Seals and sea lions: a spindle that rests on the ground, with flippers."""

from math import cos, pi, sin

import numpy as np

from training.render.animals.cloud import Cloud, Zone, assemble, loft

POSTURES = ("lying", "curled", "upright", "swimming")
WEIGHTS = (0.34, 0.38, 0.2, 0.08)

# Along the body: half width and half height, tail to nose
WIDE = ((0.0, 0.045, 0.03), (0.1, 0.085, 0.06), (0.26, 0.13, 0.11), (0.46, 0.16, 0.14), (0.63, 0.165, 0.15),
        (0.77, 0.13, 0.125), (0.88, 0.09, 0.095), (0.95, 0.075, 0.07), (1.0, 0.035, 0.035))  # fmt: skip


def pose(posture: str, rng: np.random.Generator, spacing: float, is_young: bool) -> Cloud:
    """A posed body; `spacing` in body lengths."""
    fat = rng.uniform(0.85, 1.25) * (0.95 if is_young else 1.0)
    bend = {"lying": 0.7, "curled": 2.3, "upright": 1.0, "swimming": 0.4}[posture] * rng.uniform(0.45, 1.0)
    bend *= rng.choice((-1, 1))
    twist = rng.uniform(-1.5, 1.5) * bend
    rear = rng.uniform(0.12, 0.3) if posture == "upright" else rng.uniform(0, 0.05)
    spine = _spine(bend, twist, rear, fat, 1.3 if is_young else 1.0)
    spacing *= 0.85 if posture == "curled" else 0.95
    parts = [loft(spine, Zone.BODY, spacing, 0.03)]
    parts.append(loft(spine[-3:], Zone.HEAD, spacing, 0.05))
    return assemble(parts + _flippers(spine, posture, rng, spacing))


def _spine(bend: float, twist: float, rear: float, fat: float, head: float) -> list[tuple[float, ...]]:
    """Stations along a curve that turns by `bend` radians over the body, its front raised by `rear`."""
    x = y = turn = 0.0
    before, spine = 0.0, []
    for s, w, h in WIDE:
        step = s - before
        turn = bend * (s - 0.5) + twist * (s - 0.5) ** 2
        x, y, before = x + step * cos(turn), y + step * sin(turn), s
        lift = rear * max(0.0, (s - 0.5) / 0.5) ** 1.3
        grow = head if s > 0.85 else 1.0
        spine.append((x, y, fat * h * grow + lift, fat * w * grow, fat * h * grow))
    return spine


def _flippers(spine: list[tuple[float, ...]], posture: str, rng: np.random.Generator, spacing: float) -> list[Cloud]:
    parts = []
    for sign in (-1, 1):
        x, y, z, w, _ = spine[5]
        ahead = float(np.arctan2(spine[6][1] - y, spine[6][0] - x))
        start = (x - 0.75 * w * sign * sin(ahead), y + 0.75 * w * sign * cos(ahead))
        way = ahead + sign * (pi - rng.uniform(0.5, 1.7))
        low = 0.5 * z if posture == "swimming" else 0.02
        fore = _paddle(start, way, 0.2 * rng.uniform(0.75, 1.15), 0.045, (max(0.4 * z, 0.03), low))
        x, y = spine[0][:2]
        away = float(np.arctan2(y - spine[1][1], x - spine[1][0])) + sign * rng.uniform(0.1, 0.7)
        hind = _paddle((x, y), away, 0.11, 0.03, (0.03, 0.02))
        parts += [loft(stations, Zone.FLIPPER, spacing, 0.15) for stations in (fore, hind)]
    return parts


def _paddle(
    start: tuple[float, float], way: float, long: float, wide: float, heights: tuple[float, float]
) -> list[tuple[float, ...]]:
    (x, y), (high, low) = start, heights
    dx, dy = long * cos(way), long * sin(way)
    root = (x, y, high, wide, wide / 2)
    return [root, (x + dx / 2, y + dy / 2, low, 0.9 * wide, wide / 3), (x + dx, y + dy, low, wide / 2, wide / 5)]
