"""A cloud of points made into pixels: projected, hidden where hidden, lit, with its shadow on the ground."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.render.animals.cloud import Cloud
from training.render.animals.coats import Skin
from training.render.light import Sun

SKY = np.array([0.96, 1.0, 1.06], np.float32)
SUNLIGHT = np.array([1.02, 1.0, 0.96], np.float32)
FUR = 1 + 0.06 * np.random.default_rng(1).standard_normal(4099).astype(np.float32)


@dataclass(frozen=True)
class Placed:
    """How a body stands before the camera; lengths in pixels, places relative to the body's middle."""

    length_px: float
    heading_rad: float
    eye: np.ndarray  # (3, 3): ground (right, down, up) to image (right, down, towards the camera)
    sun: Sun
    altitude_px: float = 0.0  # above the ground

    @cached_property
    def turn(self) -> np.ndarray:
        """Body frame (ahead, aside, up) to ground frame: (3, 3)."""
        c, s = np.cos(self.heading_rad), np.sin(self.heading_rad)
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)

    @cached_property
    def image(self) -> np.ndarray:
        """Body lengths to the image: (3, 3)."""
        return self.length_px * (self.eye @ self.turn)

    @cached_property
    def floor(self) -> np.ndarray:
        """Body lengths to the ground straight below, in the image: (2, 3)."""
        flat = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)
        return self.length_px * (self.eye[:2] @ flat @ self.turn)

    @cached_property
    def cast(self) -> tuple[np.ndarray, np.ndarray]:
        """Body lengths to the shadow in the image: a matrix (2, 3) and a shift (2, 1)."""
        right, down = self.sun.shadow_per_height
        along_light = np.array([[1, 0, right], [0, 1, down], [0, 0, 0]], np.float32)
        foot = self.altitude_px * (self.eye[:2] @ np.array([[right], [down], [-1.0]], np.float32))
        return self.length_px * (self.eye[:2] @ along_light @ self.turn), foot


def nadir_eye(lean: tuple[float, float]) -> np.ndarray:
    """Seen from above; `lean` is how far a point moves right and down for each pixel of height."""
    lx, ly = lean
    return np.array([[1, 0, lx], [0, 1, ly], [-lx, -ly, 1]], np.float32)


def oblique_eye(tilt_rad: float) -> np.ndarray:
    """Seen from beyond the image's lower edge, the camera tilted up from nadir."""
    c, s = np.cos(tilt_rad), np.sin(tilt_rad)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]], np.float32)


def fill_gaps(index: np.ndarray, depth: np.ndarray) -> None:
    """Pixels that no point hit, or one far below both its neighbours, take a neighbour's point (in place).

    `index` (h, w) is -1 where there is none; `depth` (n,) of the points, in pixels towards the camera.
    """
    near = np.append(depth, np.float32(-1e6))[index]
    inner, level = index[1:-1, 1:-1], near[1:-1, 1:-1] + 1.5
    for one, two in (((1, 0), (1, 2)), ((0, 1), (2, 1))):
        sides = [np.s_[i : index.shape[0] - 2 + i, j : index.shape[1] - 2 + j] for i, j in (one, two)]
        gap = (level < near[sides[0]]) & (level < near[sides[1]])
        inner[gap] = index[sides[0]][gap]


def box_blur(image: np.ndarray) -> np.ndarray:
    """Mean over 3 x 3; the edge itself stays."""
    image = image.copy()
    image[1:-1] = (image[:-2] + image[1:-1] + image[2:]) / 3
    image[:, 1:-1] = (image[:, :-2] + image[:, 1:-1] + image[:, 2:]) / 3
    return image


def shrink(image: np.ndarray, by: int) -> np.ndarray:
    """Box mean of (h * by, w * by)."""
    rows = sum(image[i::by] for i in range(1, by)) + image[::by]
    return (sum(rows[:, i::by] for i in range(1, by)) + rows[:, ::by]) / np.float32(by * by)


def lit(normals: np.ndarray, sun: Sun, view: np.ndarray, shine: float) -> tuple[np.ndarray, np.ndarray]:
    """Light on surfaces relative to open flat ground (3, n) and their gloss (n,); normals (3, n), ground frame."""
    el = max(sun.elevation_rad, 0.15)
    towards = np.array([np.sin(sun.azimuth_rad) * np.cos(el), -np.cos(sun.azimuth_rad) * np.cos(el), np.sin(el)])
    towards = towards.astype(np.float32)
    direct = np.minimum(np.maximum(towards @ normals, 0) / np.float32(max(np.sin(el), 0.5)), 1.5)
    ambient = 0.66 + 0.34 * normals[2]
    light = 0.3 * SKY[:, None] * ambient + 0.7 * SUNLIGHT[:, None] * direct
    gloss = np.zeros(normals.shape[1], np.float32)
    if shine:
        half = towards + view
        gloss = shine * np.maximum((half / np.linalg.norm(half)) @ normals, 0) ** 16
    return np.exp(0.68 * np.log(light)), gloss


def draw(
    cloud: Cloud, skin: Skin, placed: Placed, *, fineness: int, contact: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[float, float]]:
    """Colour (h, w, 3), cover, shadow and the place of the body's middle, all on one canvas of pixels."""
    image = placed.image @ cloud.points
    matrix, shift = placed.cast
    cast = matrix @ cloud.points[:, :: 2 if fineness > 2 else 1] + shift
    low = np.floor(np.minimum(image[:2].min(axis=1), cast.min(axis=1))) - 2
    high = np.ceil(np.maximum(image[:2].max(axis=1), cast.max(axis=1))) + 3
    width, height = (int(size) for size in high - low)
    index = _visible(image, low, cloud, placed, (height * fineness, width * fineness), fineness)
    cover, colour = _painted(index, cloud, skin, placed, fineness)
    shadow = _shadow(cast - low[:, None], (height, width), contact, placed, cloud, low)
    return colour, cover, shadow, (float(-low[0]), float(-low[1]))


def _visible(
    image: np.ndarray, low: np.ndarray, cloud: Cloud, placed: Placed, shape: tuple[int, int], fineness: int
) -> np.ndarray:
    """The number of the foremost point in each fine pixel, -1 where there is none."""
    front = np.flatnonzero((placed.image[2] @ cloud.normals) > 0)
    depth = image[2, front]
    nearest = ((depth - depth.min()) * (65535 / max(float(np.ptp(depth)), 1e-6))).astype(np.uint16)
    front = front[np.argsort(nearest, kind="stable")]
    at = (image[:2, front] - low[:, None]) * fineness
    index = np.full(shape[0] * shape[1], -1, np.int32)
    twice = np.empty((len(front), 2), np.int32)  # every point covers two pixels, so that no gap shows what lies below
    for i, shift in enumerate((-0.3, 0.3)):
        place = (at + np.float32(shift)).astype(np.int32)
        twice[:, i] = place[1] * shape[1] + place[0]
    index[twice.reshape(-1)] = np.repeat(front, 2)
    index = index.reshape(shape)
    fill_gaps(index, image[2])
    return index


def _painted(
    index: np.ndarray, cloud: Cloud, skin: Skin, placed: Placed, fineness: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cover (h, w) and colour (h, w, 3) of the visible points."""
    hit = np.flatnonzero(index.reshape(-1) >= 0)
    seen = index.reshape(-1)[hit]
    normals = cloud.normals[:, seen]
    albedo = skin.albedo(cloud.points[:, seen], normals, cloud.zone[seen], cloud.along[seen])
    light, gloss = lit(placed.turn @ normals, placed.sun, placed.eye[2], skin.coat.shine)
    fine = np.zeros((4, index.size), np.float32)
    fine[:3, hit] = np.minimum(albedo * light * FUR[seen % len(FUR)] + gloss, 1.0)
    fine[3, hit] = 1.0
    planes = [shrink(plane.reshape(index.shape), fineness) for plane in fine]
    return planes[3], np.stack(planes[:3], axis=-1) / np.maximum(planes[3], 1e-3)[..., None]


def _scattered(at: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """1 in every pixel that a point (2, n) falls on."""
    place = at.astype(np.int32)
    inside = ((place >= 0) & (place < np.array(shape[::-1])[:, None])).all(axis=0)
    hit = np.zeros(shape[0] * shape[1], np.float32)
    hit[(place[1] * shape[1] + place[0])[inside]] = 1.0
    return hit.reshape(shape)


def _shadow(
    cast: np.ndarray, shape: tuple[int, int], contact: float, placed: Placed, cloud: Cloud, low: np.ndarray
) -> np.ndarray:
    fine = _scattered(2 * cast, (2 * shape[0], 2 * shape[1]))
    soft = shrink(np.minimum(3.0 * box_blur(fine), 1.0), 2)
    if placed.altitude_px:
        return 0.9 * box_blur(soft)
    feet = cloud.points[:, cloud.points[2] < 0.1]
    touch = _scattered(placed.floor @ feet - low[:, None], shape)
    return np.maximum(soft, contact * np.minimum(1.6 * box_blur(box_blur(touch)), 1.0))
