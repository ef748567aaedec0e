"""Reeds, channels, open water with glint, mud, islands."""

import numpy as np

from training.render.fields import smooth
from training.render.ground import Mask, Material, Texture, tone
from training.render.lines import Pen
from training.render.props import Look
from training.render.terrain import Site, Strewn, Terrain, blend, paths, somewhere, worn

PALETTES = (  # mud, reeds, sedge, water
    ((112, 98, 80), (104, 108, 68), (146, 140, 96), (64, 72, 66)),
    ((126, 112, 94), (92, 102, 64), (130, 130, 86), (84, 88, 78)),
    ((98, 88, 76), (122, 116, 70), (162, 150, 100), (50, 60, 62)),
    ((140, 128, 110), (100, 110, 74), (140, 142, 102), (98, 108, 104)),
)


def build(site: Site) -> Terrain:
    rng, fields = site.rng, site.fields
    mud, reeds, sedge, water = (site.varied(c) for c in PALETTES[int(rng.integers(len(PALETTES)))])
    height = _height(site)
    depth = smooth(-height, -0.02, 0.4)
    wet = np.clip(0.5 - height * 3.2, 0, 1)
    marsh = np.clip(0.5 + (height - 0.16) * 1.4 + 0.16 * fields.noise(160), 0, 1)
    beds = np.clip(0.42 + 0.3 * fields.noise(330) - 1.1 * np.abs(height - 0.05), 0, 1)
    pen = Pen(site.camera)
    paths(site, pen, somewhere(site), int(rng.integers(4, 10)))
    edge = ((tone("grain", 1), 0.06), (tone("clumps", 1), 0.06))
    leafy = ((tone("canopy", 1), 0.12), (tone("clumps", 1), 0.12))
    materials = [
        Material(
            blend(0.5 + 0.3 * fields.noise(200), mud, site.varied(mud, 0.15)), (tone("grain", 10), tone("cracks", 5))
        ),
        Material(
            blend(0.45 + 0.3 * fields.noise(600) + 0.25 * fields.noise(110), sedge, reeds),
            _sward(),
            Mask(marsh, leafy, 2.2),
        ),
        worn(site, pen, tuple(0.9 * c for c in mud), 0.7),
        Material(tuple(0.7 * c for c in mud), (tone("grain", 6),), Mask(wet + 0.10, edge, 2.0)),
        _water(site, water, mud, (wet, depth)),
        Material(
            blend(0.5 + 0.4 * fields.noise(120), reeds, tuple(0.8 * c for c in reeds)), _reeds(), Mask(beds, leafy, 3.0)
        ),
    ]
    shore = np.exp(-(((height - 0.02) / 0.2) ** 2))
    dry = smooth(height, 0.0, 0.15)
    return Terrain(
        materials,
        _looks(site, mud, reeds),
        [
            Strewn("reed", 110, (8, 40), shore + 0.05),
            Strewn("tuft", 160, (4, 12), dry),
            Strewn("bush", 6, (20, 56), dry),
            Strewn("tree", 1.6, (60, 130), dry),
            Strewn("mound", 5, (12, 40), dry),
            Strewn("rock", 4, (7, 34), shore + 0.1),
            Strewn("log", 6, (16, 60), shore + 0.15),
            Strewn("weed", 26, (6, 36), smooth(-height, 0.0, 0.2)),
            Strewn("foam", 5, (7, 24), smooth(-height, 0.0, 0.2)),
        ],
        depth * (1 - smooth(beds, 0.5, 0.6)),
        np.clip(dry + 0.35 * smooth(height, -0.5, 0.0), 0, 1) + 0.02,
        cover=("reed", "tree"),
        water_colour=water,
        hills=0.25,
    )


def _height(site: Site) -> np.ndarray:
    """Height over the water: flats cut by channels."""
    fields, rng = site.fields, site.rng
    flats = 0.42 * fields.noise(1300) + 0.2 * fields.noise(380) + 0.06 * fields.noise(80)
    channels = np.zeros(fields.shape, np.float32)
    for broad, narrow in ((1600, rng.uniform(3, 6)), (800, rng.uniform(8, 14))):
        winding = fields.noise(broad) + 0.22 * fields.noise(broad / 4)
        channels = np.maximum(channels, np.exp(-((winding * narrow) ** 2)))
    return flats - channels * rng.uniform(0.5, 1.2) + rng.uniform(0.0, 0.5)


def _water(site: Site, water: tuple, mud: tuple, levels: tuple[np.ndarray, np.ndarray]) -> Material:
    wet, depth = levels
    glint = smooth(site.fields.noise(3000) + 0.06 * site.fields.noise(400), -1.0, 2.2) * site.rng.uniform(0, 0.7)
    shallow = tuple(0.5 * w + 0.4 * m for w, m in zip(water, mud, strict=True))
    colours = blend(depth, shallow, water)
    sky = np.array(site.varied((190, 198, 202)), np.float32) / 255
    colours += (sky - colours) * glint[:, :, None] * 0.7
    turn = int(site.rng.integers(16))
    waves = (
        tone("stripes", site.rng.uniform(2, 6), wavelength=8, turn=turn, spread=0.5),
        tone("stripes", site.rng.uniform(1, 4), wavelength=20, turn=(turn + 2) % 16, spread=0.7),
        tone("grain", 3),
    )
    return Material(colours, waves, Mask(wet, ((tone("grain", 1), 0.03), (tone("clumps", 1), 0.03)), 7))


def _sward() -> tuple[Texture, ...]:
    return (Texture("clumps", 14, 13, 8), tone("canopy", 9, lit=1), tone("grain", 8))


def _reeds() -> tuple[Texture, ...]:
    return (Texture("canopy", 10, 10, 6), tone("canopy", 17, lit=1), tone("grain", 10))


def _looks(site: Site, mud: tuple, reeds: tuple) -> dict[str, Look]:
    return {
        "reed": Look(
            tuple(0.35 * c for c in reeds), tuple(min(1.3 * c, 240) for c in reeds), site.varied((168, 152, 104))
        ),
        "tuft": Look(tuple(0.5 * c for c in reeds), tuple(min(1.35 * c, 240) for c in reeds)),
        "bush": Look(site.varied((34, 40, 24)), site.varied((96, 108, 58))),
        "tree": Look(site.varied((32, 38, 22)), site.varied((92, 104, 56)), site.varied((116, 112, 70))),
        "mound": Look(tuple(0.5 * c for c in mud), tuple(min(1.3 * c, 250) for c in mud)),
        "rock": Look(site.varied((54, 52, 48)), site.varied((160, 154, 144))),
        "log": Look(site.varied((48, 44, 38)), site.varied((140, 132, 116))),
        "weed": Look(site.varied((34, 44, 26)), site.varied((92, 104, 62)), site.varied((116, 112, 74))),
        "foam": Look(site.varied((130, 134, 120)), site.varied((196, 200, 188))),
    }
