"""Dry grass on red or grey earth, trees with their shadows, bushes, termite mounds, bomas, a waterhole."""

import numpy as np

from training.render.fields import smooth
from training.render.ground import Mask, Material, Texture, tone
from training.render.lines import Pen
from training.render.props import Look
from training.render.terrain import Site, Strewn, Terrain, around, blend, paths, road, somewhere, track, worn

PALETTES = (  # earth, dry grass, fresher grass, dark of bushes, light of bushes
    ((152, 112, 84), (178, 156, 112), (138, 134, 84), (38, 42, 26), (112, 116, 66)),
    ((150, 136, 123), (168, 154, 136), (112, 120, 82), (34, 40, 24), (98, 112, 58)),
    ((128, 104, 82), (150, 132, 98), (106, 112, 66), (32, 36, 22), (92, 100, 54)),
    ((168, 146, 116), (190, 170, 128), (150, 146, 98), (46, 46, 30), (124, 120, 76)),
)


def build(site: Site) -> Terrain:
    rng, fields = site.rng, site.fields
    earth, dry, fresh, dark, light = (site.varied(c) for c in PALETTES[int(rng.integers(len(PALETTES)))])
    wet = 0.35 * fields.noise(900) + 0.45 * fields.noise(260) + rng.uniform(0.1, 0.6)
    grass = 0.5 + 0.16 * fields.noise(500) + 0.14 * fields.noise(110) + rng.uniform(-0.08, 0.22)
    pen = Pen(site.camera)
    water, hole = _waterhole(site)
    rings = _bomas(site, pen, hole)
    if rng.random() < 0.6:
        track(site, pen)
    if rng.random() < 0.15:
        road(site, pen)
    thick = np.clip(0.35 + 0.5 * fields.noise(700), 0.03, 1)
    materials = [
        Material(blend(0.5 + 0.3 * fields.noise(300), earth, site.varied(earth, 0.12)), _earth_textures()),
        Material(blend(wet, dry, fresh), _grass_textures(), Mask(grass, _tussocks(), 3.0)),
        worn(site, pen, tuple(c * 1.08 for c in earth)),
        *_rings_on_ground(site, rings, earth),
        *_water_materials(site, water),
    ]
    dry_land = 1 - smooth(water, 0.4, 0.5)
    return Terrain(
        materials,
        _looks(site, dark, light, earth),
        [
            Strewn("tuft", 260, (4, 12), dry_land),
            Strewn("shrub", 60, (8, 26), thick * dry_land),
            Strewn("bush", 26, (22, 70), thick * dry_land),
            Strewn("tree", 7, (70, 190), thick**1.5 * dry_land),
            Strewn("rock", 5, (8, 45), dry_land),
            Strewn("mound", 4, (14, 55), dry_land),
            Strewn("log", 4, (16, 60), dry_land),
        ],
        water,
        dry_land,
        rings=rings,
    )


def _earth_textures() -> tuple[Texture, ...]:
    return (tone("grain", 12), tone("speckle", 7), tone("pebbles", 4, lit=1))


def _grass_textures() -> tuple[Texture, ...]:
    return (Texture("clumps", 13, 11, 8), tone("grain", 9), tone("canopy", 6, lit=1))


def _tussocks() -> tuple[tuple[Texture, float], ...]:
    return ((tone("clumps", 1), 0.13), (tone("grain", 1), 0.12))


def _waterhole(site: Site) -> tuple[np.ndarray, tuple[float, float] | None]:
    if site.rng.random() > 0.3:
        return np.zeros(site.fields.shape, np.float32), None
    hole = somewhere(site)
    radius = site.rng.uniform(0.06, 0.16) * site.reach
    distance = around(site, hole) / radius + 0.16 * site.fields.noise(radius * 2)
    return np.clip(1 - distance * 0.5, 0, 1), hole


def _water_materials(site: Site, water: np.ndarray) -> list[Material]:
    if not water.any():
        return []
    mud = site.varied((104, 88, 70))
    deep = site.varied((112, 110, 92), 0.15)
    rough = ((tone("grain", 1), 0.03), (tone("clumps", 1), 0.03))
    return [
        Material(mud, (tone("grain", 10), tone("speckle", 8)), Mask(water + 0.16, rough, 2.5)),
        Material(
            deep,
            (
                tone("stripes", 1.2, wavelength=9, turn=3, spread=0.5),
                tone("grain", 2),
            ),
            Mask(water, rough[:1], 9),
        ),
    ]


def _bomas(site: Site, pen: Pen, hole: tuple[float, float] | None) -> list[tuple[float, float, float]]:
    rings = []
    for _ in range(int(site.rng.integers(0, 3)) if site.rng.random() < 0.45 else 0):
        u, v = somewhere(site)
        radius = float(site.rng.uniform(70, 150))
        others = [*rings, (*hole, 0.2 * site.reach)] if hole else rings
        if any(np.hypot(u - x, v - y) < radius + r + 30 for x, y, r in others):
            continue
        rings.append((u, v, radius))
        paths(site, pen, (u, v), int(site.rng.integers(3, 7)))
    if hole is not None:
        paths(site, pen, hole, int(site.rng.integers(6, 12)))
    elif not rings and site.rng.random() < 0.7:
        paths(site, pen, somewhere(site), int(site.rng.integers(3, 7)))
    return rings


def _rings_on_ground(site: Site, rings: list[tuple[float, float, float]], earth: tuple) -> list[Material]:
    """Trodden dung inside, bare earth about."""
    if not rings:
        return []
    inside = np.max([np.clip(1.5 - around(site, (u, v)) / r, 0, 1) for u, v, r in rings], axis=0)
    bare = np.max([np.clip(1.25 - 0.5 * around(site, (u, v)) / r, 0, 1) for u, v, r in rings], axis=0)
    rough = ((tone("grain", 1), 0.08), (tone("clumps", 1), 0.06))
    dung = site.varied((92, 76, 62))
    textures = (tone("grain", 10), tone("speckle", 6))
    return [Material(earth, textures, Mask(bare - 0.1, rough, 1.6)), Material(dung, textures, Mask(inside, rough, 3))]


def _looks(site: Site, dark: tuple, light: tuple, earth: tuple) -> dict[str, Look]:
    dry_leaf = site.varied((134, 116, 84))
    return {
        "tuft": Look(tuple(0.55 * c for c in earth), site.varied((186, 168, 124))),
        "shrub": Look(dark, light, dry_leaf),
        "thorn": Look(site.varied((52, 46, 36)), site.varied((132, 118, 94)), light),
        "bush": Look(dark, light, dry_leaf),
        "tree": Look(dark, light, site.varied((128, 112, 80))),
        "rock": Look(site.varied((58, 52, 48)), site.varied((176, 164, 150))),
        "mound": Look(tuple(0.5 * c for c in earth), tuple(min(1.25 * c, 250) for c in earth)),
        "log": Look(site.varied((60, 54, 48)), site.varied((172, 162, 148))),
    }
