"""Large birds: standing waders and storks, sitting gulls, pelicans on the wing."""

from math import cos, sin

import numpy as np

from training.render.animals.cloud import Cloud, Zone, assemble, loft

POSTURES = ("standing", "sitting", "swimming", "flying")
WEIGHTS = (0.4, 0.15, 0.2, 0.25)


def pose(posture: str, rng: np.random.Generator, spacing: float, is_young: bool) -> Cloud:
    """A posed body; `spacing` in body lengths."""
    leg = rng.uniform(0.25, 0.9) if posture == "standing" else 0.0
    base = {"standing": leg + 0.14, "sitting": 0.14, "swimming": 0.08, "flying": 0.12}[posture]
    step = spacing * (1.45 if posture == "flying" else 1.0)
    fat = rng.uniform(0.85, 1.15)
    body = [(0.0, 0, base, 0.05, 0.03), (0.16, 0, base, 0.1 * fat, 0.07), (0.4, 0, base, 0.16 * fat, 0.13),
            (0.62, 0, base + 0.02, 0.15 * fat, 0.14), (0.8, 0, base + 0.03, 0.08, 0.09)]  # fmt: skip
    parts = [loft(body, Zone.BODY, step, 0.08)]
    parts += _neck(posture, base, rng, step, 0.7 if is_young else 1.0)
    if posture == "standing":
        for sign in (-1, 1):
            shift = rng.uniform(-0.1, 0.1)
            parts.append(loft([(0.42, 0.05 * sign, base, 0.02, 0.02), (0.42 + shift, 0.05 * sign, 0, 0.016, 0.016)],
                              Zone.LEG, step, 0.05))  # fmt: skip
    parts += _spread(base, rng, step) if posture == "flying" else _closed(base, fat, step)
    return assemble(parts)


def _neck(posture: str, base: float, rng: np.random.Generator, step: float, long: float) -> list[Cloud]:
    reach = {"flying": 0.36, "sitting": 0.1}.get(posture, rng.uniform(0.08, 0.3)) * long
    rise = 0.02 if posture == "flying" else rng.uniform(0.12, 0.4) * long
    yaw = 0.0 if posture == "flying" else rng.normal(0, 0.5)
    if posture == "standing" and rng.random() < 0.3:
        rise = -0.8 * base + 0.05
    head = np.array([0.76 + reach * cos(yaw), reach * sin(yaw), base + rise])
    neck = [(0.72, 0, base + 0.04, 0.07, 0.07), (0.76 + 0.4 * reach, 0.3 * head[1], base + 0.55 * rise, 0.04, 0.04),
            (*head, 0.04, 0.04)]  # fmt: skip
    aim = np.array([cos(1.4 * yaw), sin(1.4 * yaw), 0.0])
    crown = [(*(head + ahead * aim), r, r) for ahead, r in ((-0.04, 0.04), (0.03, 0.052), (0.08, 0.03))]
    tip = head + (0.06 + rng.uniform(0.12, 0.28)) * aim - [0, 0, 0.05]
    bill = [(*(head + 0.05 * aim), 0.026, 0.026), (*tip, 0.012, 0.012)]
    return [loft(neck, Zone.BODY, step), loft(crown, Zone.HEAD, step, 0.3), loft(bill, Zone.BILL, step)]


def _closed(base: float, fat: float, step: float) -> list[Cloud]:
    parts = []
    for sign in (-1, 1):
        y = sign * fat
        hind = [(-0.03, 0.05 * sign, base + 0.02, 0.03, 0.02), (0.2, 0.085 * y, base + 0.05, 0.06, 0.05)]
        fore = [(0.5, 0.115 * y, base + 0.05, 0.06, 0.07), (0.66, 0.1 * y, base + 0.05, 0.04, 0.05)]
        parts.append(loft((hind + fore)[::-1], Zone.WING, step, 0.12))
    return parts


def _spread(base: float, rng: np.random.Generator, step: float) -> list[Cloud]:
    """Wings out: arm a little forward, hand swept back, up or down in the beat; and the tail."""
    span, chord = rng.uniform(0.75, 1.0), rng.uniform(0.1, 0.15)
    beat, back = rng.uniform(-0.25, 0.4), rng.uniform(0.0, 0.3)
    parts = [loft([(0.12, 0, base, 0.09, 0.02), (-0.12, 0, base, 0.1, 0.012)], Zone.TAIL, step, 0.1)]
    for sign in (-1, 1):
        y, z = sign * span, base + 0.06
        arm = [(0.55, 0.06 * sign, base + 0.04, chord, 0.03), (0.58, 0.4 * y, z + 0.3 * beat, chord, 0.02)]
        hand = [(0.54 - 0.4 * back, 0.75 * y, z + 0.7 * beat, 0.8 * chord, 0.016)]
        parts.append(loft([*arm, *hand, (0.45 - back, y, z + beat, 0.3 * chord, 0.012)], Zone.WING, step, 0.1))
    return parts
