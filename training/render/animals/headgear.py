"""What grows on the heads of the four-legged: ears, horns, tusks, a trunk."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.render.animals.cloud import Cloud, Zone, loft


@dataclass(frozen=True)
class Skull:
    """Where a head is: its back and its tip, the ways ahead and aside (unit, level), half its width."""

    poll: np.ndarray
    muzzle: np.ndarray
    ahead: np.ndarray
    side: np.ndarray
    wide: float


def up(by: float) -> np.ndarray:
    return np.array([0.0, 0.0, by])


def ears(skull: Skull, rng: np.random.Generator, step: float) -> list[Cloud]:
    parts, wide = [], skull.wide
    perk = rng.uniform(0.2, 0.8)
    for sign in (-1, 1):
        base = skull.poll + 0.7 * sign * wide * skull.side
        way = 1.5 * wide * sign * skull.side - 0.3 * wide * skull.ahead + up(perk * wide)
        stations = [(*base, 0.3 * wide, 0.25 * wide), (*(base + 0.55 * way), 0.45 * wide, 0.2 * wide)]
        parts.append(loft([*stations, (*(base + way), 0.2 * wide, 0.12 * wide)], Zone.EAR, step))
    return parts


def fans(skull: Skull, rng: np.random.Generator, step: float) -> list[Cloud]:
    """An elephant's ears: sheets that hang along the neck, or stand out when it is hot or cross."""
    spread, parts = rng.uniform(0.45, 1.2), []
    for sign in (-1, 1):
        root = skull.poll + sign * 0.8 * skull.wide * skull.side + up(0.06)
        out = sign * spread * skull.side - (1.3 - 0.8 * spread) * skull.ahead
        out = rng.uniform(0.3, 0.36) * out / np.linalg.norm(out)
        drop, back = up(rng.uniform(0.2, 0.32)), 0.05 * skull.ahead
        stations = [(*root, 0.1, 0.035), (*(root + 0.45 * out - 0.25 * drop), 0.17, 0.028)]
        parts.append(loft([*stations, (*(root + out - back - drop), 0.1, 0.02)], Zone.EAR, step, 0.22))
    return parts


def trunk(skull: Skull, rng: np.random.Generator, step: float) -> list[Cloud]:
    swing = rng.uniform(-0.14, 0.14) * skull.side
    reach = rng.uniform(0.04, 0.26) * skull.ahead
    root, low = skull.muzzle, max(0.04, skull.muzzle[2] - 0.42)
    mid, tip = root + 0.5 * reach + 0.3 * swing, root + reach + swing
    mid[2], tip[2] = 0.5 * (root[2] + low), low
    stations = [(*(root - 0.08 * skull.ahead), 0.1, 0.1), (*mid, 0.065, 0.065), (*tip, 0.04, 0.04)]
    return [loft(stations, Zone.HEAD, step, 0.08)]


def tusks(skull: Skull, rng: np.random.Generator, step: float) -> list[Cloud]:
    long, parts = rng.uniform(0.1, 0.22), []
    for sign in (-1, 1):
        base = skull.muzzle - 0.1 * skull.ahead + 0.075 * sign * skull.side + up(0.06)
        mid = base + 0.6 * long * skull.ahead + 0.03 * sign * skull.side - up(0.1)
        tip = base + (long + 0.03) * skull.ahead + 0.04 * sign * skull.side - up(0.06)
        stations = [(*base, 0.022, 0.022), (*mid, 0.018, 0.018), (*tip, 0.01, 0.01)]
        parts.append(loft(stations, Zone.HORN, step / 1.5))
    return parts


def boss(skull: Skull, rng: np.random.Generator, step: float) -> list[Cloud]:
    """A buffalo's horns: out and down from the boss, then up and in."""
    span, r = rng.uniform(0.2, 0.29), rng.uniform(0.026, 0.042)
    top, parts = skull.poll + up(0.09), []
    for sign in (-1, 1):
        out, back = span * sign * skull.side, -skull.ahead
        stations = [
            (*(top + 0.03 * out), 1.6 * r, r),
            (*(top + 0.55 * out + 0.02 * back - up(0.06)), 1.1 * r, r),
            (*(top + out + 0.05 * back - up(0.05)), 0.7 * r, 0.7 * r),
            (*(top + 0.98 * out + 0.1 * back + up(0.09)), 0.5 * r, 0.5 * r),
            (*(top + 0.7 * out + 0.12 * back + up(0.15)), 0.25 * r, 0.25 * r),
        ]
        parts.append(loft(stations, Zone.HORN, step / 1.5, 0.05))
    return parts


def spikes(skull: Skull, rng: np.random.Generator, step: float) -> list[Cloud]:
    """An antelope's horns: up, back and apart."""
    long, gap, parts = rng.uniform(0.1, 0.34), rng.uniform(0.03, 0.14), []
    for sign in (-1, 1):
        base = skull.poll + 0.4 * sign * skull.wide * skull.side + up(skull.wide)
        mid = base + sign * gap * skull.side - 0.4 * long * skull.ahead + up(0.45 * long)
        tip = base + 0.9 * sign * gap * skull.side - 0.7 * long * skull.ahead + up(long)
        parts.append(loft([(*base, 0.017, 0.017), (*mid, 0.014, 0.014), (*tip, 0.007, 0.007)], Zone.HORN, step))
    return parts


def sweep(skull: Skull, rng: np.random.Generator, step: float) -> list[Cloud]:
    """A goat's horns: back over the neck and apart."""
    long, parts = rng.uniform(0.12, 0.3), []
    for sign in (-1, 1):
        base = skull.poll + 0.35 * sign * skull.wide * skull.side + up(0.9 * skull.wide)
        mid = base - 0.5 * long * skull.ahead + 0.3 * sign * long * skull.side + up(0.5 * long)
        tip = base - long * skull.ahead + 0.6 * sign * long * skull.side + up(0.3 * long)
        parts.append(loft([(*base, 0.024, 0.024), (*mid, 0.02, 0.02), (*tip, 0.008, 0.008)], Zone.HORN, step))
    return parts


Grown = Callable[[Skull, np.random.Generator, float], list[Cloud]]
HEADGEAR: dict[str, Grown] = {grow.__name__: grow for grow in (ears, fans, trunk, tusks, boss, spikes, sweep)}
