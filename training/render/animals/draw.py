"""A cloud of points made into pixels: projected, hidden where hidden, lit, with its shadow on the ground."""

from dataclasses import dataclass

import numpy as np

from training.render.animals.cloud import Cloud
from training.render.animals.coats import Skin
from training.render.light import Sun

SKY = np.array([0.96, 1.0, 1.06], np.float32)
SUNLIGHT = np.array([1.02, 1.0, 0.96], np.float32)


@dataclass(frozen=True)
class Placed:
    """Where and how a body stands: to pixels (3, 3: right, down, towards the camera), heights in pixels."""

    length_px: float
    heading_rad: float
    eye: np.ndarray  # ground frame (right, down, up) to (u, v, depth)
    altitude: float = 0.0  # body lengths above the ground

    @property
    def turn(self) -> np.ndarray:
        """Body frame to ground frame, in pixels."""
        c, s = np.cos(self.heading_rad), np.sin(self.heading_rad)
        return self.length_px * np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]], np.float32)


def nadir_eye(lean: tuple[float, float]) -> np.ndarray:
    """Seen from above; `lean` is how far a point moves right and down for each pixel of height."""
    lx, ly = lean
    return np.array([[1, 0, lx], [0, 1, ly], [-lx, -ly, 1]], np.float32)


def oblique_eye(tilt_rad: float) -> np.ndarray:
    """Seen from the bottom edge's side, the camera tilted up from nadir."""
    c, s = np.cos(tilt_rad), np.sin(tilt_rad)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]], np.float32)


def fill_holes(index: np.ndarray) -> np.ndarray:
    """Single pixels that no point hit, between two that one did, take their neighbour's point."""
    inner = index[1:-1, 1:-1]
    left, right, above, below = index[1:-1, :-2], index[1:-1, 2:], index[:-2, 1:-1], index[2:, 1:-1]
    hole = inner < 0
    inner[hole & (left >= 0) & (right >= 0)] = left[hole & (left >= 0) & (right >= 0)]
    hole = inner < 0
    inner[hole & (above >= 0) & (below >= 0)] = above[hole & (above >= 0) & (below >= 0)]
    return index


def box_blur(image: np.ndarray) -> np.ndarray:
    """Mean over 3 x 3; the edge is taken as 0."""
    image = image.copy()
    image[1:-1] = (image[:-2] + image[1:-1] + image[2:]) / 3
    image[:, 1:-1] = (image[:, :-2] + image[:, 1:-1] + image[:, 2:]) / 3
    return image


def shrink(image: np.ndarray, by: int) -> np.ndarray:
    """Box mean of (h * by, w * by, ...)."""
    h, w = image.shape[0] // by, image.shape[1] // by
    return image.reshape(h, by, w, by, *image.shape[2:]).mean(axis=(1, 3), dtype=np.float32)


def lit(normals: np.ndarray, sun: Sun, view: np.ndarray, shine: float) -> tuple[np.ndarray, np.ndarray]:
    """Light on surfaces, relative to open flat ground (n, 3), and their highlights (n,); normals in the ground frame."""
    el = max(sun.elevation_rad, 0.15)
    towards = np.array([np.sin(sun.azimuth_rad) * np.cos(el), -np.cos(sun.azimuth_rad) * np.cos(el), np.sin(el)])
    towards = towards.astype(np.float32)
    direct = np.maximum(normals @ towards, 0) / max(np.sin(el), 0.5)
    ambient = 0.42 + 0.58 * (0.5 + 0.5 * normals[:, 2])
    light = 0.36 * ambient[:, None] * SKY + 0.64 * np.minimum(direct, 1.5)[:, None] * SUNLIGHT
    gloss = np.zeros(len(normals), np.float32)
    if shine:
        half = towards + view
        half /= np.linalg.norm(half)
        gloss = shine * np.maximum(normals @ half, 0) ** 24
    return light**0.6, gloss


def draw(
    cloud: Cloud, skin: Skin, placed: Placed, sun: Sun, *, fineness: int, contact: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[float, float]]:
    """Colour (h, w, 3), cover, shadow and the place of the body's middle, all on one canvas of pixels."""
    ground = cloud.points @ placed.turn
    image = ground @ placed.eye.T
    cast = _cast(ground, placed, sun)
    low = np.floor(np.minimum(image[:, :2].min(axis=0), cast.min(axis=0))) - 2
    size = np.ceil(np.maximum(image[:, :2].max(axis=0), cast.max(axis=0))).astype(int) + 3 - low.astype(int)
    width, height = int(size[0]), int(size[1])

    turned = cloud.normals @ (placed.turn / placed.length_px)
    front = np.flatnonzero(turned @ placed.eye[2] > 0)
    depth = image[front, 2]
    key = ((depth - depth.min()) * (65535 / max(float(np.ptp(depth)), 1e-6))).astype(np.uint16)
    front = front[np.argsort(key, kind="stable")]
    at = ((image[front, :2] - low) * fineness).astype(np.int32)
    index = np.full((height * fineness, width * fineness), -1, np.int32)
    index[at[:, 1], at[:, 0]] = front
    index = fill_holes(index)

    hit = index >= 0
    seen = index[hit]
    fine = np.zeros((*index.shape, 3), np.float32)
    albedo = skin.albedo(cloud.points[seen], cloud.normals[seen], cloud.zone[seen], cloud.along[seen])
    light, gloss = lit(turned[seen], sun, placed.eye[2], skin.coat.shine)
    fine[hit] = np.minimum(albedo * light + gloss[:, None], 1.0)
    cover = shrink(hit.astype(np.float32), fineness)
    colour = shrink(fine, fineness) / np.maximum(cover, 1e-3)[..., None]
    shadow = _shadow(cast - low, (height, width), placed, contact, ground, low)
    return colour, cover, shadow, (float(-low[0]), float(-low[1]))


def _flat(ground: np.ndarray, placed: Placed) -> np.ndarray:
    """Points of the ground plane, given relative to the body's middle, in the image: (n, 2)."""
    drop = placed.altitude * placed.length_px
    return ground[:, :2] @ placed.eye[:2, :2].T - drop * placed.eye[:2, 2]


def _cast(ground: np.ndarray, placed: Placed, sun: Sun) -> np.ndarray:
    reach = np.array(sun.shadow_per_height, np.float32)
    height = ground[:, 2:] + placed.altitude * placed.length_px
    return _flat(ground[:, :2] + height * reach, placed)


def _shadow(
    cast: np.ndarray, shape: tuple[int, int], placed: Placed, contact: float, ground: np.ndarray, low: np.ndarray
) -> np.ndarray:
    height, width = shape
    fine = np.zeros((height * 2, width * 2), np.float32)
    at = (cast * 2).astype(np.int32)
    fine[at[:, 1], at[:, 0]] = 1.0
    soft = shrink(np.minimum(2.2 * box_blur(fine), 1.0), 2)
    if placed.altitude:
        soft = 0.9 * box_blur(soft)
    if contact:
        feet = ground[ground[:, 2] < 0.1 * placed.length_px]
        at = (_flat(feet, placed) - low).astype(np.int32)
        inside = (at[:, 0] >= 0) & (at[:, 1] >= 0) & (at[:, 0] < width) & (at[:, 1] < height)
        touch = np.zeros(shape, np.float32)
        touch[at[inside, 1], at[inside, 0]] = 1.0
        soft = np.maximum(soft, contact * np.minimum(1.6 * box_blur(box_blur(touch)), 1.0))
    return soft
