"""The four-legged: elephant, buffalo, zebra, antelope, sheep, goat, camel."""

from dataclasses import dataclass, replace
from math import cos, pi, sin

import numpy as np

from training.render.animals.cloud import Cloud, Zone, assemble, loft

POSTURES = ("standing", "walking", "grazing", "lying", "running")


@dataclass(frozen=True)
class Build:
    """Proportions, in lengths of the trunk (chest to rump). `trunk` holds (x, z, half width, half height)."""

    trunk: tuple[tuple[float, float, float, float], ...]
    neck: tuple[float, float, float]  # length, rise when standing (rad), half thickness
    head: tuple[float, float, float]  # length, half width, dip when standing (rad)
    leg: float  # half thickness
    extras: tuple[str, ...] = ()
    postures: tuple[float, ...] = (0.35, 0.25, 0.25, 0.12, 0.03)
    shag: float = 0.0


ROUND = ((0.0, 0.66, 0.10, 0.13), (0.1, 0.66, 0.18, 0.21), (0.32, 0.63, 0.205, 0.24), (0.58, 0.62, 0.21, 0.25),
         (0.82, 0.66, 0.19, 0.26), (0.96, 0.67, 0.13, 0.2), (1.03, 0.67, 0.07, 0.1))  # fmt: skip
SLIM = ((0.0, 0.76, 0.08, 0.11), (0.1, 0.77, 0.145, 0.18), (0.35, 0.74, 0.15, 0.19), (0.6, 0.73, 0.155, 0.2),
        (0.84, 0.75, 0.14, 0.2), (0.97, 0.77, 0.09, 0.15), (1.02, 0.78, 0.05, 0.09))  # fmt: skip
HORSE = ((0.0, 0.78, 0.1, 0.13), (0.1, 0.78, 0.19, 0.2), (0.35, 0.74, 0.185, 0.21), (0.6, 0.73, 0.19, 0.22),
         (0.84, 0.76, 0.165, 0.22), (0.97, 0.78, 0.1, 0.17), (1.03, 0.79, 0.06, 0.1))  # fmt: skip
GIANT = ((-0.02, 0.68, 0.13, 0.2), (0.1, 0.7, 0.25, 0.28), (0.35, 0.72, 0.29, 0.32), (0.6, 0.74, 0.3, 0.32),
         (0.85, 0.76, 0.26, 0.3), (1.0, 0.78, 0.19, 0.24), (1.06, 0.78, 0.12, 0.14))  # fmt: skip
WOOL = ((-0.02, 0.55, 0.14, 0.16), (0.1, 0.55, 0.25, 0.26), (0.35, 0.54, 0.29, 0.28), (0.62, 0.54, 0.29, 0.28),
        (0.86, 0.56, 0.24, 0.26), (1.0, 0.57, 0.14, 0.17), (1.04, 0.58, 0.08, 0.1))  # fmt: skip
HUMPED = ((0.0, 0.82, 0.1, 0.12), (0.1, 0.82, 0.16, 0.17), (0.35, 0.83, 0.195, 0.2), (0.6, 0.82, 0.2, 0.21),
          (0.84, 0.8, 0.16, 0.2), (0.98, 0.78, 0.1, 0.15), (1.04, 0.77, 0.07, 0.1))  # fmt: skip

BUILDS: dict[str, Build] = {
    "elephant": Build(GIANT, (0.16, 0.15, 0.19), (0.34, 0.17, 0.75), 0.085, ("trunk", "fans", "tusks", "tail"),
                      (0.45, 0.4, 0.15, 0.0, 0.0)),
    "buffalo": Build(ROUND, (0.3, -0.1, 0.14), (0.33, 0.085, 0.7), 0.045, ("boss", "ears", "tail"),
                     (0.25, 0.25, 0.25, 0.2, 0.05)),
    "zebra": Build(HORSE, (0.44, 0.55, 0.09), (0.36, 0.065, 0.6), 0.036, ("mane", "ears", "tail")),
    "antelope": Build(SLIM, (0.4, 0.6, 0.065), (0.3, 0.055, 0.55), 0.026, ("spikes", "ears", "tail")),
    "sheep": Build(WOOL, (0.2, 0.35, 0.1), (0.28, 0.07, 0.6), 0.036, ("ears",), (0.3, 0.15, 0.3, 0.23, 0.02), 0.05),
    "goat": Build(SLIM, (0.26, 0.5, 0.08), (0.27, 0.06, 0.55), 0.032, ("sweep", "ears", "tail"), shag=0.03),
    "camel": Build(HUMPED, (0.62, 0.35, 0.075), (0.29, 0.06, 0.25), 0.04, ("hump", "tail"),
                   (0.35, 0.3, 0.1, 0.22, 0.03)),
}  # fmt: skip


def young_build(build: Build) -> Build:
    """Leggier, narrower, with a bigger head and no horns to speak of."""
    trunk = tuple((x, z, 0.88 * w, 0.85 * h) for x, z, w, h in build.trunk)
    length, width, dip = build.head
    kept = tuple(extra for extra in build.extras if extra not in ("tusks", "boss", "spikes", "sweep"))
    return replace(build, trunk=trunk, head=(1.15 * length, 1.25 * width, dip), extras=kept)


def quadruped(build: Build, posture: str, rng: np.random.Generator, spacing: float) -> Cloud:
    """A posed body; `spacing` in body lengths, nose to rump."""
    step = spacing * (1.0 + 0.8 * build.neck[0] + 0.5 * build.head[0])
    drop = 0.0
    if posture == "lying":
        drop = min(z - h for _, z, _, h in build.trunk) - 0.02
    trunk = [(x, 0.0, z - drop, w * (1.08 if drop else 1.0), h) for x, z, w, h in build.trunk]
    parts = [loft(trunk, Zone.BODY, step, 0.06, build.shag)]
    parts += _legs(build, posture, rng, step)
    parts += _front(build, posture, rng, step, drop)
    if "hump" in build.extras:
        parts += _humps(rng, step, drop)
    if "tail" in build.extras:
        sway = rng.uniform(-0.12, 0.12)
        top = build.trunk[0][1] - drop + 0.06
        tail = [(0.02, 0, top, 0.02, 0.02), (-0.07, sway / 2, 0.85 * top, 0.016, 0.016),
                (-0.1, sway, max(0.45 * top, 0.03), 0.022, 0.022)]  # fmt: skip
        parts.append(loft(tail, Zone.TAIL, step))
    return assemble(parts)


def _legs(build: Build, posture: str, rng: np.random.Generator, step: float) -> list[Cloud]:
    if posture == "lying":
        return _folded(build, rng, step)
    stride = {"standing": 0.03, "grazing": 0.06, "walking": 0.15, "running": 0.3}[posture]
    phase = rng.uniform(0, 2 * pi)
    parts = []
    for hip, shift, index in ((0.13, 0.0, 1), (0.86, 0.5, -2)):
        _, z, w, h = build.trunk[index]
        for sign in (-1, 1):
            beat = phase + (0 if sign < 0 else pi) + shift * pi
            lead, lift = stride * sin(beat), max(0.0, 0.5 * stride * cos(beat))
            y, top = sign * 0.6 * max(w, 0.13), z - 0.25 * h
            knee = 0.45 * z
            r = build.leg
            parts.append(loft([(hip, y, top, 1.7 * r, 2.2 * r), (hip + 0.45 * lead, y, knee, 1.1 * r, 1.2 * r),
                               (hip + 0.85 * lead, 0.95 * y, 0.16 * z + lift, 0.85 * r, 0.85 * r),
                               (hip + lead, 0.95 * y, lift, r, 1.2 * r)], Zone.LEG, step, 0.04))  # fmt: skip
    return parts


def _folded(build: Build, rng: np.random.Generator, step: float) -> list[Cloud]:
    r, w = build.leg, max(w for _, _, w, _ in build.trunk)
    parts = []
    for sign in (-1, 1):
        out = sign * w * rng.uniform(0.75, 1.1)
        parts.append(loft([(0.12, 0.6 * out, 0.12, 2.2 * r, 2.2 * r), (0.3, out, 0.06, 1.5 * r, 1.3 * r),
                           (0.16, 1.15 * out, 0.03, r, r)], Zone.LEG, step))  # fmt: skip
        parts.append(loft([(0.86, 0.5 * out, 0.12, 1.6 * r, 1.6 * r), (1.05, 0.7 * out, 0.05, 1.2 * r, r),
                           (0.93, 0.85 * out, 0.03, r, r)], Zone.LEG, step))  # fmt: skip
    return parts


def _humps(rng: np.random.Generator, step: float, drop: float) -> list[Cloud]:
    places = (0.5,) if rng.random() < 0.8 else (0.33, 0.72)
    wide = 0.3 if len(places) == 1 else 0.2
    lean = rng.uniform(-0.04, 0.04)
    return [
        loft(
            [
                (x - wide / 2 - 0.06, 0, 0.96 - drop, 0.1, 0.08),
                (x, lean, 1.06 - drop, 0.115, 0.17),
                (x + wide / 2 + 0.06, 0, 0.96 - drop, 0.1, 0.08),
            ],
            Zone.MANE,
            step,
            0.5,
        )  # fmt: skip
        for x in places
    ]


def _front(build: Build, posture: str, rng: np.random.Generator, step: float, drop: float) -> list[Cloud]:
    """Neck, head and what grows on it."""
    length, rise, thick = build.neck
    _, z, w, h = build.trunk[-2]
    root = np.array([0.9, 0.0, z - drop + 0.3 * h])
    dip = build.head[2] + rng.uniform(-0.15, 0.15)
    rise += rng.uniform(-0.15, 0.15)
    if posture == "grazing":
        rise, dip = -min(1.15, (root[2] - 0.12) / max(length + 0.75 * build.head[0], 0.2)), 1.0
    elif posture == "lying" and rng.random() < 0.4:
        rise -= 0.5
    yaw = rng.normal(0, 0.12) if rng.random() < 0.7 else rng.choice((-1, 1)) * rng.uniform(0.4, 1.2)
    ahead = np.array([cos(yaw), sin(yaw), 0.0])
    half = np.array([cos(0.5 * yaw), sin(0.5 * yaw), 0.0])
    sag = 0.28 * length if "hump" in build.extras and posture != "grazing" else 0.0
    middle = root + 0.5 * length * (half * cos(rise) + [0, 0, sin(rise)]) - [0, 0, sag]
    poll = root + length * ((half + ahead) / 2 * cos(rise) + [0, 0, sin(rise)])
    poll[2] = max(poll[2], 0.16)
    parts = [loft([(*(root - 0.12 * half), min(0.9 * w, 1.7 * thick), min(h, 2.0 * thick)),
                   (*middle, 1.1 * thick, 1.35 * thick), (*poll, 0.85 * thick, thick)],
                  Zone.BODY, step, 0.1, build.shag)]  # fmt: skip
    if "mane" in build.extras:
        crest = 1.45 * thick * np.array([-sin(rise) * ahead[0], 0, cos(rise)])
        parts.append(loft([(*(root + crest), 0.02, 0.03), (*(middle + crest), 0.025, 0.045),
                           (*(poll + 0.8 * crest), 0.02, 0.03)], Zone.MANE, step))  # fmt: skip
    return parts + _head(build, poll, ahead, min(dip, 1.25), rng, step)


def _head(
    build: Build, poll: np.ndarray, ahead: np.ndarray, dip: float, rng: np.random.Generator, step: float
) -> list[Cloud]:
    length, wide, _ = build.head
    nose = ahead * cos(dip) - [0, 0, sin(dip)]
    muzzle = poll + length * nose
    muzzle[2] = max(muzzle[2], 0.04)
    side = np.array([-ahead[1], ahead[0], 0.0])
    back = poll - 0.12 * length * nose
    deep = 1.15 if "trunk" not in build.extras else 1.3
    parts = [loft([(*back, 0.8 * wide, 0.8 * wide * deep), (*(poll + 0.3 * length * nose), wide, wide * deep),
                   (*(poll + 0.75 * length * nose), 0.66 * wide, 0.75 * wide), (*muzzle, 0.55 * wide, 0.6 * wide)],
                  Zone.HEAD, step, 0.12)]  # fmt: skip
    for extra in build.extras:
        if extra in HEADGEAR:
            parts += HEADGEAR[extra](poll, muzzle, ahead, side, wide, rng, step)
    return parts


def _ears(poll, muzzle, ahead, side, wide, rng, step):  # noqa: ANN001, ANN202, PLR0913
    parts = []
    for sign in (-1, 1):
        base = poll + 0.7 * sign * wide * side
        tip = base + sign * 1.5 * wide * side - 0.3 * wide * ahead + [0, 0, 0.6 * wide]
        parts.append(loft([(*base, 0.3 * wide, 0.25 * wide), (*(base + 0.55 * (tip - base)), 0.45 * wide, 0.2 * wide),
                           (*tip, 0.2 * wide, 0.12 * wide)], Zone.EAR, step))  # fmt: skip
    return parts


def _fans(poll, muzzle, ahead, side, wide, rng, step):  # noqa: ANN001, ANN202, PLR0913
    """An elephant's ears: plates that hang along the neck, or stand out when it is hot or cross."""
    spread = rng.uniform(0.35, 1.1)
    parts = []
    for sign in (-1, 1):
        root = poll + sign * 0.95 * wide * side + [0, 0, 0.03]
        out = sign * spread * side - (1.2 - 0.7 * spread) * ahead
        out = 0.33 * out / np.linalg.norm(out)
        parts.append(loft([(*root, 0.11, 0.1), (*(root + 0.5 * out - [0, 0, 0.08]), 0.17, 0.12),
                           (*(root + out - [0, 0, 0.16]), 0.1, 0.09)], Zone.EAR, step, 0.2))  # fmt: skip
    return parts


def _trunk(poll, muzzle, ahead, side, wide, rng, step):  # noqa: ANN001, ANN202, PLR0913
    swing = rng.uniform(-0.14, 0.14) * side
    reach = rng.uniform(0.02, 0.22) * ahead
    low = max(0.04, muzzle[2] - 0.42)
    mid = muzzle + 0.5 * reach + 0.3 * swing
    mid[2] = 0.5 * (muzzle[2] + low)
    tip = muzzle + reach + swing
    tip[2] = low
    return [loft([(*(muzzle - 0.05 * ahead), 0.09, 0.1), (*mid, 0.06, 0.06), (*tip, 0.035, 0.035)],
                 Zone.HEAD, step, 0.08)]  # fmt: skip


def _tusks(poll, muzzle, ahead, side, wide, rng, step):  # noqa: ANN001, ANN202, PLR0913
    long = rng.uniform(0.1, 0.26)
    parts = []
    for sign in (-1, 1):
        base = muzzle + 0.09 * sign * side
        mid = base + 0.6 * long * ahead + 0.03 * sign * side - [0, 0, 0.08]
        tip = base + long * ahead + 0.05 * sign * side - [0, 0, 0.03]
        parts.append(loft([(*base, 0.02, 0.02), (*mid, 0.018, 0.018), (*tip, 0.01, 0.01)], Zone.HORN, step / 1.5))
    return parts


def _boss(poll, muzzle, ahead, side, wide, rng, step):  # noqa: ANN001, ANN202, PLR0913
    """A buffalo's horns: out and down from the boss, then up and in."""
    span = rng.uniform(0.2, 0.29)
    thick = rng.uniform(0.026, 0.042)
    top = poll + [0, 0, 0.09]
    parts = []
    for sign in (-1, 1):
        out = sign * side
        parts.append(loft([(*(top + 0.01 * out), 1.6 * thick, thick),
                           (*(top + 0.55 * span * out - 0.02 * ahead - [0, 0, 0.06]), 1.1 * thick, thick),
                           (*(top + span * out - 0.05 * ahead - [0, 0, 0.05]), 0.7 * thick, 0.7 * thick),
                           (*(top + 0.98 * span * out - 0.1 * ahead + [0, 0, 0.09]), 0.5 * thick, 0.5 * thick),
                           (*(top + 0.7 * span * out - 0.12 * ahead + [0, 0, 0.15]), 0.25 * thick, 0.25 * thick)],
                          Zone.HORN, step / 1.5, 0.05))  # fmt: skip
    return parts


def _spikes(poll, muzzle, ahead, side, wide, rng, step):  # noqa: ANN001, ANN202, PLR0913
    long, open_ = rng.uniform(0.1, 0.34), rng.uniform(0.03, 0.14)
    parts = []
    for sign in (-1, 1):
        base = poll + 0.4 * sign * wide * side + [0, 0, wide]
        mid = base + sign * open_ * side - 0.4 * long * ahead + [0, 0, 0.45 * long]
        tip = base + 0.9 * sign * open_ * side - 0.7 * long * ahead + [0, 0, long]
        parts.append(loft([(*base, 0.017, 0.017), (*mid, 0.014, 0.014), (*tip, 0.007, 0.007)], Zone.HORN, step))
    return parts


def _sweep(poll, muzzle, ahead, side, wide, rng, step):  # noqa: ANN001, ANN202, PLR0913
    """A goat's horns: back over the neck and apart."""
    long = rng.uniform(0.12, 0.3)
    parts = []
    for sign in (-1, 1):
        base = poll + 0.35 * sign * wide * side + [0, 0, 0.9 * wide]
        mid = base - 0.5 * long * ahead + 0.3 * sign * long * side + [0, 0, 0.5 * long]
        tip = base - long * ahead + 0.6 * sign * long * side + [0, 0, 0.3 * long]
        parts.append(loft([(*base, 0.024, 0.024), (*mid, 0.02, 0.02), (*tip, 0.008, 0.008)], Zone.HORN, step))
    return parts


HEADGEAR = {
    "ears": _ears, "fans": _fans, "trunk": _trunk, "tusks": _tusks, "boss": _boss, "spikes": _spikes, "sweep": _sweep,
}  # fmt: skip
