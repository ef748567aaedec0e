"""Seals and sea lions: a spindle that rests on the ground, with flippers."""

from math import cos, pi, sin

import numpy as np

from training.render.animals.cloud import Cloud, Zone, assemble, loft

POSTURES = ("lying", "curled", "upright", "swimming")
WEIGHTS = (0.4, 0.3, 0.22, 0.08)

# Along the body: half width and half height, tail to nose
WIDE = ((0.0, 0.025, 0.02), (0.12, 0.055, 0.05), (0.3, 0.115, 0.1), (0.5, 0.155, 0.135), (0.66, 0.16, 0.145),
        (0.78, 0.115, 0.115), (0.88, 0.075, 0.08), (0.95, 0.06, 0.058), (1.0, 0.03, 0.03))  # fmt: skip


def seal(posture: str, rng: np.random.Generator, spacing: float, is_young: bool) -> Cloud:
    """A posed body; `spacing` in body lengths."""
    fat = rng.uniform(0.85, 1.2) * (0.95 if is_young else 1.0)
    bend = {"lying": 0.35, "curled": 1.5, "upright": 0.5, "swimming": 0.3}[posture] * rng.uniform(0.3, 1.0)
    bend *= rng.choice((-1, 1))
    twist = rng.uniform(-1, 1) * bend
    rear = rng.uniform(0.12, 0.3) if posture == "upright" else rng.uniform(0, 0.05)
    spine = _spine(bend, twist, rear, fat, 1.3 if is_young else 1.0)
    parts = [loft(spine, Zone.BODY, spacing, 0.02)]
    parts.append(loft(spine[-3:], Zone.HEAD, spacing, 0.05))
    return assemble(parts + _flippers(spine, posture, rng, spacing), tail_counts=True)


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
    spread = rng.uniform(0.7, 1.3)
    for sign in (-1, 1):
        x, y, z, w, _ = spine[5]
        ahead = np.arctan2(spine[6][1] - y, spine[6][0] - x)
        angle = ahead + sign * (pi - rng.uniform(0.5, 1.7))
        long = 0.2 * rng.uniform(0.75, 1.15)
        base = ahead + sign * pi / 2
        bx, by = x + 0.75 * w * cos(base), y + 0.75 * w * sin(base)
        low = 0.5 * z if posture == "swimming" else 0.02
        parts.append(loft([(bx, by, max(0.4 * z, 0.03), 0.045, 0.022),
                           (bx + 0.5 * long * cos(angle), by + 0.5 * long * sin(angle), low, 0.04, 0.015),
                           (bx + long * cos(angle), by + long * sin(angle), low, 0.02, 0.01)],
                          Zone.FLIPPER, spacing, 0.15))  # fmt: skip
        x, y = spine[0][:2]
        away = np.arctan2(y - spine[1][1], x - spine[1][0]) + sign * rng.uniform(0.15, 0.6) * spread
        parts.append(loft([(x, y, 0.03, 0.025, 0.018), (x + 0.06 * cos(away), y + 0.06 * sin(away), 0.02, 0.03, 0.012),
                           (x + 0.11 * cos(away), y + 0.11 * sin(away), 0.015, 0.02, 0.008)],
                          Zone.FLIPPER, spacing, 0.15))  # fmt: skip
    return parts
