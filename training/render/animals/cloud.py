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


SIDE, UP = np.array([0.0, 0.05, 0.0]), np.array([0.0, 0.0, 1.0])


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
    t = _rings(span, spacing, cap, float(np.sqrt(table[[0, -1], 3:].max() * table[[0, -1], 3:].mean())))
    rings = smooth(table, t)
    centre, radii = rings[:, :3], np.maximum(rings[:, 3:], 1e-4)
    edge = np.clip(1 - np.minimum(t, 1 - t) / max(cap, 1e-6), 0, 1)
    radii = radii * np.sqrt(np.clip(1 - edge**2, 0.0004, 1))[:, None]
    return _skin(centre, radii, max(5, int(np.ceil(girth / spacing))), zone, shag)


def _rings(span: float, spacing: float, cap: float, end_radius: float) -> np.ndarray:
    """Places 0-1 of the rings: even along the tube, denser where its ends close."""
    n_closing = max(3, int(np.ceil(1.2 * max(end_radius, cap * span) / spacing)))
    closing = cap * (1 - np.cos(np.linspace(0, np.pi / 2, n_closing)))
    even = np.linspace(cap, 1 - cap, max(4, int(np.ceil((1 - 2 * cap) * span / spacing))))
    return np.concatenate([closing[:-1], even, 1 - closing[-2::-1]])


def _skin(centre: np.ndarray, radii: np.ndarray, around: int, zone: Zone, shag: float) -> Cloud:
    m = len(centre)
    steps = np.gradient(centre, axis=0)
    length = np.maximum(np.linalg.norm(steps, axis=1), 1e-6)
    tangent = steps / length[:, None]
    side = unit(np.cross(UP, tangent) + SIDE)  # never 0, whichever way the tube runs
    up = np.cross(tangent, side)
    slope = np.clip(np.gradient(radii.mean(axis=1)) / length, -4, 4)
    turn = np.arange(around) * (2 * np.pi / around) + (np.pi / around) * (np.arange(m)[:, None] % 2)
    cos, sin = np.cos(turn).astype(np.float32), np.sin(turn).astype(np.float32)
    rows = [np.ascontiguousarray(part.T[..., None], np.float32) for part in (centre, tangent, side, up)]
    width, height = (radii.T[..., None]).astype(np.float32)
    across, above = width * cos, height * sin
    if shag:
        s = np.arange(m)[:, None] / m
        lumps = (1 + shag * np.sin(5 * turn + 21 * s) * np.sin(33 * s + 2 * turn)).astype(np.float32)
        across, above = across * lumps, above * lumps
    points = rows[0] + rows[2] * across + rows[3] * above
    east, north = cos / width, sin / height
    size = np.sqrt(east**2 + north**2)
    normals = rows[2] * (east / size) + rows[3] * (north / size) - rows[1] * np.float32(slope)[:, None]
    normals /= np.float32(np.sqrt(1 + slope**2))[:, None]
    along = np.repeat(np.linspace(0, 1, m, dtype=np.float32), around)
    return Cloud(points.reshape(3, -1), normals.reshape(3, -1), np.full(m * around, zone, np.uint8), along)


def assemble(parts: list[Cloud]) -> Cloud:
    """One cloud of the parts, centred, its long axis (horns apart) of length 1."""
    points = np.concatenate([part.points for part in parts], axis=1)
    measured = [part.points[:2] for part in parts if part.zone[0] != Zone.HORN]
    low = np.min([plane.min(axis=1) for plane in measured], axis=0)
    high = np.max([plane.max(axis=1) for plane in measured], axis=0)
    points[:2] -= ((low + high) / 2)[:, None]
    points /= (high - low).max()
    normals = np.concatenate([part.normals for part in parts], axis=1)
    zone = np.concatenate([part.zone for part in parts])
    return Cloud(points, normals, zone, np.concatenate([part.along for part in parts]))
