"""Bodies as clouds of points on lofted tubes: every limb, horn and wing is one tube."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class Zone(IntEnum):
    """The part of a body a point belongs to: a coat has a colour for each."""

    BODY = 0
    HEAD = 1
    LEG = 2
    MANE = 3
    HORN = 4
    EAR = 5
    TAIL = 6
    BILL = 7
    WING = 8
    FLIPPER = 9


@dataclass(frozen=True)
class Cloud:
    """Points (3, n), outward unit normals (3, n), zone (n,), place along its tube 0-1 (n,); x ahead, y aside, z up."""

    points: np.ndarray
    normals: np.ndarray
    zone: np.ndarray
    along: np.ndarray


def smooth(stations: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Catmull-Rom through the stations (k, c) at places t 0-1 (m,): (m, c)."""
    k = len(stations)
    padded = np.vstack([2 * stations[0] - stations[1], stations, 2 * stations[-1] - stations[-2]])
    place = np.clip(t * (k - 1), 0, k - 1 - 1e-9)
    i = place.astype(int)
    f = (place - i)[:, None]
    a, b, c, d = padded[i], padded[i + 1], padded[i + 2], padded[i + 3]
    return b + 0.5 * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)))


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def loft(stations: list[tuple[float, ...]], zone: Zone, spacing: float, cap: float = 0.15, shag: float = 0.0) -> Cloud:
    """A tube through stations (x, y, z, half width, half height), rounded over `cap` of its length at both ends.

    `spacing` is the distance between points in the unit of the stations, `shag` the relative lumpiness of the surface.
    """
    table = np.asarray(stations, dtype=float)
    span = float(np.linalg.norm(np.diff(table[:, :3], axis=0), axis=1).sum())
    girth = 2 * np.pi * float(np.sqrt((table[:, 3] ** 2 + table[:, 4] ** 2).mean() / 2))
    t = np.linspace(0, 1, max(5, int(np.ceil(span / spacing))))
    rings = smooth(table, t)
    centre, radii = rings[:, :3], np.maximum(rings[:, 3:], 1e-4)
    edge = np.clip(1 - np.minimum(t, 1 - t) / max(cap, 1e-6), 0, 1)
    radii = radii * np.sqrt(np.clip(1 - edge**2, 0.0004, 1))[:, None]
    return _skin(centre, radii, max(5, int(np.ceil(girth / spacing))), zone, shag)


def _skin(centre: np.ndarray, radii: np.ndarray, around: int, zone: Zone, shag: float) -> Cloud:
    tangent = unit(np.gradient(centre, axis=0))
    side = unit(np.cross((0.0, 0.0, 1.0), tangent) + (0.0, 0.05, 0.0))
    up = np.cross(tangent, side)
    m = len(centre)
    turn = (np.arange(around)[None, :] + 0.5 * (np.arange(m) % 2)[:, None]) * (2 * np.pi / around)
    cos, sin = np.cos(turn)[..., None], np.sin(turn)[..., None]
    width, height = radii[:, None, :1], radii[:, None, 1:]
    lumps = 1.0
    if shag:
        s = np.arange(m)[:, None] / m
        lumps = (1 + shag * np.sin(5 * turn + 21 * s) * np.sin(33 * s + 2 * turn))[..., None]
    points = centre[:, None] + lumps * (side[:, None] * cos * width + up[:, None] * sin * height)
    length = np.maximum(np.linalg.norm(np.gradient(centre, axis=0), axis=1), 1e-6)
    slope = (np.gradient(radii.mean(axis=1)) / length)[:, None, None]
    radial = unit(side[:, None] * cos / width + up[:, None] * sin / height)
    normals = unit(radial - tangent[:, None] * np.clip(slope, -4, 4))
    along = np.broadcast_to(np.linspace(0, 1, m)[:, None], (m, around))
    return Cloud(points.reshape(-1, 3).T, normals.reshape(-1, 3).T, np.full(m * around, zone, np.uint8), along.reshape(-1))


def assemble(parts: list[Cloud], tail_counts: bool = False) -> Cloud:
    """One cloud of the parts, lowest point first, centred, its long axis (tail and horns apart) of length 1."""
    points = np.concatenate([part.points for part in parts], axis=1)
    zone = np.concatenate([part.zone for part in parts])
    measured = points if tail_counts else points[:, ~np.isin(zone, (Zone.TAIL, Zone.HORN))]
    low, high = measured[:2].min(axis=1, keepdims=True), measured[:2].max(axis=1, keepdims=True)
    points[:2] -= (low + high) / 2
    points /= (high - low).max()
    order = np.argsort(points[2], kind="stable")
    return Cloud(
        points[:, order].astype(np.float32),
        np.concatenate([part.normals for part in parts], axis=1)[:, order].astype(np.float32),
        zone[order],
        np.concatenate([part.along for part in parts])[order].astype(np.float32),
    )
