"""The four-legged: elephant, buffalo, zebra, antelope, sheep, goat, camel."""

from dataclasses import dataclass, replace
from math import cos, pi, sin

import numpy as np

from training.render.animals.cloud import Cloud, Zone, assemble, loft
from training.render.animals.headgear import HEADGEAR, Skull, up

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

    @property
    def extent(self) -> float:
        """About the whole length, in lengths of the trunk; large smooth bodies are modelled a little coarser."""
        return 1.0 + 0.8 * self.neck[0] + (1.2 if "trunk" in self.extras else 0.5) * self.head[0]


ROUND = ((-0.02, 0.67, 0.11, 0.14), (0.08, 0.66, 0.205, 0.22), (0.32, 0.63, 0.25, 0.26), (0.58, 0.62, 0.255, 0.27),
         (0.82, 0.66, 0.22, 0.27), (0.96, 0.67, 0.15, 0.2), (1.03, 0.67, 0.08, 0.1))  # fmt: skip
SLIM = ((0.0, 0.76, 0.08, 0.11), (0.1, 0.77, 0.145, 0.18), (0.35, 0.74, 0.15, 0.19), (0.6, 0.73, 0.155, 0.2),
        (0.84, 0.75, 0.14, 0.2), (0.97, 0.77, 0.09, 0.15), (1.02, 0.78, 0.05, 0.09))  # fmt: skip
HORSE = ((0.0, 0.78, 0.1, 0.13), (0.1, 0.78, 0.19, 0.2), (0.35, 0.74, 0.185, 0.21), (0.6, 0.73, 0.19, 0.22),
         (0.84, 0.76, 0.165, 0.22), (0.97, 0.78, 0.1, 0.17), (1.03, 0.79, 0.06, 0.1))  # fmt: skip
GIANT = ((-0.03, 0.7, 0.1, 0.16), (0.07, 0.7, 0.205, 0.26), (0.28, 0.71, 0.275, 0.32), (0.52, 0.73, 0.305, 0.33),
         (0.78, 0.76, 0.27, 0.3), (0.97, 0.78, 0.19, 0.24), (1.05, 0.78, 0.12, 0.14))  # fmt: skip
WOOL = ((-0.03, 0.55, 0.09, 0.12), (0.06, 0.55, 0.185, 0.23), (0.25, 0.54, 0.24, 0.27), (0.5, 0.54, 0.26, 0.28),
        (0.75, 0.55, 0.235, 0.26), (0.94, 0.57, 0.16, 0.2), (1.03, 0.58, 0.09, 0.1))  # fmt: skip
HUMPED = ((0.0, 0.82, 0.1, 0.12), (0.1, 0.82, 0.16, 0.17), (0.35, 0.83, 0.195, 0.2), (0.6, 0.82, 0.2, 0.21),
          (0.84, 0.8, 0.16, 0.2), (0.98, 0.78, 0.1, 0.15), (1.04, 0.77, 0.07, 0.1))  # fmt: skip

BUILDS: dict[str, Build] = {
    "elephant": Build(GIANT, (0.16, 0.15, 0.17), (0.36, 0.175, 0.75), 0.085, ("trunk", "fans", "tusks", "tail"),
                      (0.45, 0.4, 0.15, 0.0, 0.0)),
    "buffalo": Build(ROUND, (0.28, -0.1, 0.15), (0.33, 0.095, 0.7), 0.05, ("boss", "ears", "tail"),
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


def pose(build: Build, posture: str, rng: np.random.Generator, spacing: float) -> Cloud:
    """A posed body; `spacing` in body lengths, nose to rump."""
    step = spacing * build.extent * (0.88 if posture == "grazing" else 1.0)
    drop = 0.0
    if posture == "lying":
        drop = min(z - h for _, z, _, h in build.trunk) - 0.02
    trunk = [(x, 0.0, z - drop, w * (1.08 if drop else 1.0), h) for x, z, w, h in build.trunk]
    parts = [loft(trunk, Zone.BODY, step, 0.09, build.shag)]
    parts += _legs(build, posture, rng, step)
    parts += _front(build, posture, rng, step, drop)
    if "hump" in build.extras:
        parts += _humps(rng, step, drop)
    if "tail" in build.extras:
        sway = rng.uniform(-0.12, 0.12)
        top = build.trunk[0][1] - drop + 0.06
        tail = [(0.02, 0, top, 0.02, 0.02), (-0.045, sway / 2, 0.85 * top, 0.016, 0.016)]
        parts.append(loft([*tail, (-0.055, sway, max(0.45 * top, 0.03), 0.022, 0.022)], Zone.TAIL, step))
    return assemble(parts)


def _legs(build: Build, posture: str, rng: np.random.Generator, step: float) -> list[Cloud]:
    if posture == "lying":
        return _folded(build, rng, step)
    stride = {"standing": 0.03, "grazing": 0.06, "walking": 0.15, "running": 0.3}[posture]
    phase = rng.uniform(0, 2 * pi)
    parts = []
    for hip, shift, index in ((0.15, 0.0, 1), (0.85, 0.5, -2)):
        for sign in (-1, 1):
            beat = phase + (0 if sign < 0 else pi) + shift * pi
            lead, lift = stride * sin(beat), max(0.0, 0.5 * stride * cos(beat))
            parts.append(_leg(build, build.trunk[index], hip, sign, (lead, lift), step))
    return parts


def _leg(
    build: Build, girdle: tuple[float, ...], hip: float, sign: int, swing: tuple[float, float], step: float
) -> Cloud:
    _, z, w, h = girdle
    (lead, lift), r = swing, build.leg
    y = sign * 0.55 * max(w, 0.13)
    stations = [
        (hip, y, z - 0.3 * h, 1.4 * r, 1.9 * r),
        (hip + 0.45 * lead, y, 0.45 * z, 1.1 * r, 1.2 * r),
        (hip + 0.85 * lead, 0.95 * y, 0.16 * z + lift, 0.85 * r, 0.85 * r),
        (hip + lead, 0.95 * y, lift, r, 1.2 * r),
    ]
    return loft(stations, Zone.LEG, step, 0.04)


def _folded(build: Build, rng: np.random.Generator, step: float) -> list[Cloud]:
    r, w = build.leg, max(w for _, _, w, _ in build.trunk)
    parts = []
    for sign in (-1, 1):
        out = sign * w * rng.uniform(0.75, 1.1)
        hind = [(0.12, 0.6 * out, 0.12, 2.2 * r, 2.2 * r), (0.3, out, 0.06, 1.5 * r, 1.3 * r)]
        fore = [(0.86, 0.5 * out, 0.12, 1.6 * r, 1.6 * r), (1.05, 0.7 * out, 0.05, 1.2 * r, r)]
        parts.append(loft([*hind, (0.16, 1.15 * out, 0.03, r, r)], Zone.LEG, step))
        parts.append(loft([*fore, (0.93, 0.85 * out, 0.03, r, r)], Zone.LEG, step))
    return parts


def _humps(rng: np.random.Generator, step: float, drop: float) -> list[Cloud]:
    places = (0.5,) if rng.random() < 0.8 else (0.33, 0.72)
    wide = 0.3 if len(places) == 1 else 0.2
    lean = rng.uniform(-0.04, 0.04)
    parts = []
    for x in places:
        foot, top = (0.0, 0.96 - drop, 0.1, 0.08), (x, lean, 1.06 - drop, 0.115, 0.17)
        parts.append(loft([(x - wide / 2 - 0.06, *foot), top, (x + wide / 2 + 0.06, *foot)], Zone.MANE, step, 0.5))
    return parts


@dataclass(frozen=True)
class Carriage:
    """How a neck is held: the shoulder it rises from, its rise and the head's dip (rad), the turn to the side (rad)."""

    root: np.ndarray
    rise: float
    dip: float
    yaw: float


def _carriage(build: Build, posture: str, rng: np.random.Generator, drop: float) -> Carriage:
    _, z, _, h = build.trunk[-2]
    root = np.array([0.9, 0.0, z - drop + 0.3 * h])
    rise, dip = build.neck[1] + rng.uniform(-0.15, 0.15), build.head[2] + rng.uniform(-0.15, 0.15)
    if posture == "grazing":
        rise, dip = -min(1.15, (root[2] - 0.12) / max(build.neck[0] + 0.75 * build.head[0], 0.2)), 1.0
    elif posture == "lying" and rng.random() < 0.4:
        rise -= 0.5
    yaw = rng.normal(0, 0.12) if rng.random() < 0.7 else rng.choice((-1, 1)) * rng.uniform(0.4, 1.2)
    return Carriage(root, rise, min(dip, 1.25), yaw)


def _front(build: Build, posture: str, rng: np.random.Generator, step: float, drop: float) -> list[Cloud]:
    """Neck, head and what grows on it."""
    held = _carriage(build, posture, rng, drop)
    length, _, thick = build.neck
    _, _, w, h = build.trunk[-2]
    ahead = np.array([cos(held.yaw), sin(held.yaw), 0.0])
    half = np.array([cos(0.5 * held.yaw), sin(0.5 * held.yaw), 0.0])
    sag = 0.28 * length if "hump" in build.extras and posture != "grazing" else 0.0
    middle = held.root + 0.5 * length * (half * cos(held.rise) + up(sin(held.rise))) - up(sag)
    poll = held.root + length * ((half + ahead) / 2 * cos(held.rise) + up(sin(held.rise)))
    poll[2] = max(poll[2], 0.16)
    neck = [
        (*(held.root - 0.25 * half - up(0.3 * h)), min(0.85 * w, 1.6 * thick), min(0.8 * h, 1.8 * thick)),
        (*middle, 1.1 * thick, 1.35 * thick),
        (*poll, 0.85 * thick, thick),
    ]
    parts = [loft(neck, Zone.BODY, step, 0.25, build.shag)]
    if "mane" in build.extras:
        crest = 1.45 * thick * np.array([-sin(held.rise) * ahead[0], 0, cos(held.rise)])
        along = [(*(held.root + crest), 0.02, 0.03), (*(middle + crest), 0.025, 0.045)]
        parts.append(loft([*along, (*(poll + 0.8 * crest), 0.02, 0.03)], Zone.MANE, step))
    return parts + _head(build, poll, ahead, held.dip, rng, step)


def _head(
    build: Build, poll: np.ndarray, ahead: np.ndarray, dip: float, rng: np.random.Generator, step: float
) -> list[Cloud]:
    length, wide, _ = build.head
    nose = ahead * cos(dip) - up(sin(dip))
    muzzle = poll + length * nose
    muzzle[2] = max(muzzle[2], 0.04)
    deep = 1.3 if "trunk" in build.extras else 1.15
    stations = [
        (*(poll - 0.12 * length * nose), 0.8 * wide, 0.8 * wide * deep),
        (*(poll + 0.3 * length * nose), wide, wide * deep),
        (*(poll + 0.75 * length * nose), 0.66 * wide, 0.75 * wide),
        (*muzzle, 0.55 * wide, 0.6 * wide),
    ]
    parts = [loft(stations, Zone.HEAD, step, 0.12)]
    skull = Skull(poll, muzzle, ahead, np.array([-ahead[1], ahead[0], 0.0]), wide)
    for extra in build.extras:
        if extra in HEADGEAR:
            parts += HEADGEAR[extra](skull, rng, step)
    return parts
