"""What a landscape hands to the scene: materials for the ground, props to strew, where animals go."""

from dataclasses import dataclass, field

import numpy as np

from training.render.camera import Camera
from training.render.fields import Fields
from training.render.ground import Mask, Material, Texture, tone
from training.render.light import Sun
from training.render.lines import Pen, beside, wander
from training.render.props import Look

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Site:
    """The place a landscape is built on."""

    camera: Camera
    sun: Sun
    rng: np.random.Generator
    fields: Fields

    @property
    def reach(self) -> float:
        """The picture's smaller side in ground px: how far broad forms may stretch."""
        return float(min(self.camera.width, self.camera.height) / (1 + self.camera.top_scale) * 2)

    def varied(self, colour: Colour, spread: float = 0.06) -> Colour:
        """The colour, a little lighter or darker and a little off in hue, for this scene."""
        grey = float(np.mean(colour))
        muted = grey + (np.array(colour) - grey) * self.rng.uniform(0.5, 0.85)
        warm = self.rng.normal(0, spread / 6)
        hue = np.array([1 + warm, 1 + self.rng.normal(0, spread / 12), 1 - warm])
        factor = np.exp(self.rng.normal(0, spread)) * hue
        return tuple(float(part) for part in np.clip(muted * factor, 2, 253))  # type: ignore[return-value]


@dataclass(frozen=True)
class Strewn:
    """Props of one sort: how many on a million pixels, sizes in px, and where (a weight field, or everywhere)."""

    name: str
    per_megapixel: float
    sizes: tuple[float, float]
    where: np.ndarray | None = None


@dataclass
class Terrain:
    """A landscape as built for one scene. Fields are float32 at an eighth of the size, 0..1."""

    materials: list[Material]
    looks: dict[str, Look]
    strewn: list[Strewn]
    water: np.ndarray
    habitat: np.ndarray
    cover: tuple[str, ...] = ("tree", "bush")  # what hides animals here
    shade: Colour = (0.44, 0.47, 0.54)
    water_colour: Colour = (80, 95, 95)
    rings: list[tuple[float, float, float]] = field(default_factory=list)  # bomas: ground point and radius
    hills: float = 0.5  # how much the lie of the land shows in the light


def blend(field_: np.ndarray, low: Colour, high: Colour) -> np.ndarray:
    """Colours between two, as a field says (0 low, 1 high); float32 0..1."""
    part = np.clip(field_, 0, 1)[:, :, None]
    return ((np.array(low) * (1 - part) + np.array(high) * part) / 255).astype(np.float32)


def worn(site: Site, pen: Pen, colour: Colour, strength: float = 0.8) -> Material:
    """Bare earth along the lines of a pen."""
    rough = ((Texture("grain", 1, 1, 1), 0.10), (Texture("clumps", 1, 1, 1), 0.06))
    textures = (tone("grain", 9), tone("speckle", 5))
    return Material(site.varied(colour), textures, Mask(pen.field, rough, 3.0), strength)


def track(site: Site, pen: Pen, strength: float = 1.0) -> None:
    """Two wheel lines across the picture."""
    camera = site.camera
    heading = site.rng.uniform(0, 2 * np.pi)
    reach = max(camera.width, camera.height) / camera.top_scale / camera.squash * 1.6
    side = site.rng.uniform(-0.3, 0.3) * site.reach
    middle = site.fields.v[site.fields.shape[0] // 2, 0]
    start = (
        -np.cos(heading) * reach / 2 - np.sin(heading) * side,
        middle - np.sin(heading) * reach / 2 + np.cos(heading) * side,
    )
    u, v = wander(site.rng, start, heading, reach, 0.12)
    gauge = float(np.clip(camera.px_per_m * 0.85, 5, 20))
    fade = strength * (0.72 + 0.2 * np.sin(np.arange(len(u)) / site.rng.uniform(8, 25)))
    for distance in (-gauge, gauge):
        pen.line(*beside(u, v, distance), gauge * site.rng.uniform(0.4, 0.7), fade)


def paths(site: Site, pen: Pen, towards: tuple[float, float], count: int) -> None:
    """Cattle paths that run together at one place."""
    reach = max(site.camera.width, site.camera.height) / site.camera.top_scale
    for _ in range(count):
        heading = site.rng.uniform(0, 2 * np.pi)
        u, v = wander(site.rng, towards, heading, reach * site.rng.uniform(0.3, 1.0), 0.17)
        fade = np.linspace(0.85, 0.45, len(u))
        pen.line(u, v, max(site.camera.px_per_m * site.rng.uniform(0.25, 0.5), 2.5), fade)


def somewhere(site: Site) -> tuple[float, float]:
    """A ground point seen in the picture, not quite at its edge."""
    row, column = (int(site.rng.uniform(0.12, 0.88) * side) for side in site.fields.shape)
    return float(site.fields.u[row, column]), float(site.fields.v[row, column])


def road(site: Site, pen: Pen) -> None:
    """A graded road, broad and pale."""
    heading = site.rng.uniform(0, 2 * np.pi)
    reach = max(site.camera.width, site.camera.height) / site.camera.top_scale / site.camera.squash * 1.6
    near = somewhere(site)
    u, v = wander(
        site.rng, (near[0] - np.cos(heading) * reach / 2, near[1] - np.sin(heading) * reach / 2), heading, reach, 0.04
    )
    pen.line(u, v, float(np.clip(site.camera.px_per_m * site.rng.uniform(2.5, 4.0), 14, 70)), 0.6)
    for side in (-0.7, 0.7):
        pen.line(*beside(u, v, side * site.camera.px_per_m), max(0.45 * site.camera.px_per_m, 4), 0.95)


def around(site: Site, point: tuple[float, float]) -> np.ndarray:
    """Distance in ground px of every place from a point."""
    return np.hypot(site.fields.u - np.float32(point[0]), site.fields.v - np.float32(point[1]))
