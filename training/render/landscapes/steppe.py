"""Short grass, cushion shrubs, erosion lines, sheep tracks along the slopes."""

import numpy as np

from training.render.fields import smooth
from training.render.ground import Mask, Material, Texture, tone
from training.render.lines import Pen
from training.render.props import Look
from training.render.terrain import Site, Strewn, Terrain, blend, paths, road, somewhere, track, worn

PALETTES = (  # earth, pale grass, green grass
    ((140, 122, 98), (164, 152, 112), (118, 126, 80)),
    ((146, 130, 112), (152, 146, 122), (104, 114, 84)),
    ((122, 106, 86), (146, 134, 92), (96, 106, 62)),
    ((158, 142, 120), (176, 164, 130), (136, 138, 98)),
)


def build(site: Site) -> Terrain:
    rng, fields = site.rng, site.fields
    earth, pale, green = (site.varied(c) for c in PALETTES[int(rng.integers(len(PALETTES)))])
    lush = 0.4 + 0.3 * fields.noise(800) + 0.25 * fields.noise(180) + rng.uniform(-0.3, 0.3)
    slope = rng.uniform(0, np.pi)
    grass = 0.5 + 0.15 * fields.noise(420, 2.5, slope) + 0.13 * fields.noise(70) + rng.uniform(0.0, 0.25)
    gully = _gullies(site, slope)
    pen = Pen(site.camera)
    for _ in range(int(rng.integers(1, 3))):
        track(site, pen, rng.uniform(0.7, 1.0))
    if rng.random() < 0.2:
        road(site, pen)
    if rng.random() < 0.7:
        paths(site, pen, somewhere(site), int(rng.integers(3, 8)))
    tussocks = ((tone("clumps", 1), 0.10), (tone("grain", 1), 0.14))
    materials = [
        Material(earth, (tone("grain", 12), tone("pebbles", 7, lit=1), tone("speckle", 6))),
        Material(blend(lush, pale, green), _grass(), Mask(grass, tussocks, 2.6)),
        Material(site.varied(earth, 0.1), (tone("fractal", 10, lit=2), tone("grain", 10)), _cut(gully)),
        worn(site, pen, tuple(c * 1.1 for c in earth)),
    ]
    everywhere = np.ones(fields.shape, np.float32)
    thick = np.clip(0.4 + 0.5 * fields.noise(400), 0.05, 1)
    return Terrain(
        materials,
        _looks(site, earth),
        [
            Strewn("tuft", 420, (4, 11), smooth(grass, 0.35, 0.6)),
            Strewn("shrub", 130, (7, 28), thick),
            Strewn("bush", 10, (20, 48), thick),
            Strewn("rock", 16, (6, 42), np.clip(0.3 + 0.6 * fields.noise(300), 0.02, 1)),
            Strewn("mound", 3, (12, 36), everywhere),
            Strewn("log", 2, (14, 40), everywhere),
        ],
        np.zeros(fields.shape, np.float32),
        everywhere,
        cover=("bush",),
    )


def _grass() -> tuple[Texture, ...]:
    return (Texture("clumps", 10, 9, 6), tone("grain", 10), tone("speckle", 5))


def _gullies(site: Site, slope: float) -> np.ndarray:
    """Branching lines where water runs off: the creases of a noise, stretched down the slope."""
    noise = site.fields.noise(260, 3.5, slope + np.pi / 2) + 0.35 * site.fields.noise(120)
    broad = smooth(site.fields.noise(900), -0.2, 0.9)
    return np.clip(1 - np.abs(noise) * 7, 0, 1) * broad


def _cut(gully: np.ndarray) -> Mask:
    return Mask(gully, ((tone("grain", 1), 0.10), (tone("clumps", 1), 0.08)), 2.5)


def _looks(site: Site, earth: tuple) -> dict[str, Look]:
    return {
        "tuft": Look(tuple(0.5 * c for c in earth), site.varied((172, 162, 112)), site.varied((126, 132, 84))),
        "shrub": Look(site.varied((50, 50, 36)), site.varied((124, 124, 88)), site.varied((140, 124, 96))),
        "bush": Look(site.varied((40, 44, 28)), site.varied((106, 112, 66)), site.varied((130, 116, 84))),
        "rock": Look(site.varied((62, 58, 54)), site.varied((190, 184, 172)), site.varied((150, 132, 112))),
        "mound": Look(tuple(0.5 * c for c in earth), tuple(min(1.2 * c, 250) for c in earth)),
        "log": Look(site.varied((60, 54, 48)), site.varied((160, 150, 136))),
    }
