"""Sand with ripples, gravel plains, a wadi, rocks, single acacias."""

import numpy as np

from training.render.fields import smooth
from training.render.ground import Mask, Material, Texture, tone
from training.render.lines import Pen, beside, wander
from training.render.props import Look
from training.render.terrain import Site, Strewn, Terrain, blend, paths, somewhere, track, worn

PALETTES = (  # sand, gravel, wadi bed
    ((204, 166, 122), (150, 122, 98), (216, 188, 150)),
    ((196, 176, 146), (140, 126, 112), (208, 194, 170)),
    ((188, 140, 98), (122, 94, 76), (204, 166, 128)),
    ((178, 160, 136), (120, 108, 98), (194, 182, 160)),
)


def build(site: Site) -> Terrain:
    rng, fields = site.rng, site.fields
    sand, gravel, bed = (site.varied(c) for c in PALETTES[int(rng.integers(len(PALETTES)))])
    turn = int(rng.integers(16))
    stony = 0.5 + 0.24 * fields.noise(900) + 0.14 * fields.noise(160) + rng.uniform(-0.3, 0.2)
    wadi = _wadi(site)
    dunes = 0.5 + 0.3 * fields.noise(500, 2.0, turn * np.pi / 16) + 0.1 * fields.noise(140)
    pen = Pen(site.camera)
    track(site, pen, rng.uniform(0.7, 1.0))
    if rng.random() < 0.5:
        paths(site, pen, somewhere(site), int(rng.integers(2, 6)))
    sands = blend(dunes, tuple(0.86 * c for c in sand), tuple(min(1.06 * c, 250) for c in sand))
    rippled = 0.5 + 0.35 * fields.noise(900) + 0.15 * fields.noise(200)
    edge = ((tone("grain", 1), 0.10), (tone("pebbles", 1), 0.05))
    materials = [
        Material(sands, (tone("grain", 7), tone("fractal", 5, lit=2), tone("speckle", 3))),
        Material(sands, _ripples(site, turn), Mask(rippled, ((tone("grain", 1), 0.08),), 1.2)),
        Material(gravel, _gravel(), Mask(stony, edge, 2.2)),
        Material(
            bed, (tone("grain", 9), Texture("fractal", 8, 8, 8, lit=3), tone("speckle", 5)), Mask(wadi, edge, 2.4)
        ),
        worn(site, pen, tuple(min(c * 1.08, 248) for c in sand), 0.6),
    ]
    banks_of_wadi = smooth(wadi, 0.15, 0.45) * (1 - 0.6 * smooth(wadi, 0.6, 0.9)) + 0.06
    everywhere = np.ones(fields.shape, np.float32)
    return Terrain(
        materials,
        _looks(site, gravel),
        [
            Strewn("tuft", 40, (5, 12), banks_of_wadi),
            Strewn("shrub", 40, (7, 24), banks_of_wadi),
            Strewn("bush", 7, (18, 50), banks_of_wadi),
            Strewn("tree", 3.0, (60, 150), banks_of_wadi),
            Strewn("rock", 45, (5, 50), smooth(stony, 0.35, 0.7) + 0.04),
            Strewn("mound", 2, (12, 40), everywhere),
            Strewn("log", 2, (14, 45), banks_of_wadi),
        ],
        np.zeros(fields.shape, np.float32),
        everywhere,
        cover=("tree", "bush"),
        shade=(0.40, 0.45, 0.52),
        hills=0.8,
    )


def _ripples(site: Site, turn: int) -> tuple[Texture, ...]:
    long, short = (int(site.rng.integers(*span)) for span in ((22, 34), (7, 11)))
    return (
        tone("stripes", site.rng.uniform(4, 9), wavelength=short, turn=turn, spread=0.16),
        tone("stripes", site.rng.uniform(2, 6), wavelength=long, turn=(turn + 1) % 16, spread=0.3),
        tone("grain", 5),
    )


def _gravel() -> tuple[Texture, ...]:
    return (tone("pebbles", 12, lit=1), tone("speckle", 10), tone("grain", 9))


def _wadi(site: Site) -> np.ndarray:
    """A dry river bed: strands that part and meet again."""
    rng, pen = site.rng, Pen(site.camera)
    if rng.random() > 0.7:
        return np.zeros(site.fields.shape, np.float32)
    heading, near = rng.uniform(0, 2 * np.pi), somewhere(site)
    reach = max(site.camera.width, site.camera.height) / site.camera.top_scale / site.camera.squash * 1.7
    start = near[0] - np.cos(heading) * reach / 2, near[1] - np.sin(heading) * reach / 2
    u, v = wander(rng, start, heading, reach, 0.10)
    length = np.arange(len(u)) * 12.0
    for _ in range(int(rng.integers(2, 6))):
        swing = rng.uniform(40, 160) * np.sin(length / rng.uniform(150, 500) + rng.uniform(0, 6.3))
        pen.line(*beside(u, v, swing), rng.uniform(25, 90) * (1 + 0.3 * np.sin(length / rng.uniform(90, 260))))
    bed = pen.softened(site.fields.shape, 50)
    return np.clip(bed * 1.2 + 0.06 * site.fields.noise(160) * (bed > 0.05), 0, 1)


def _looks(site: Site, gravel: tuple) -> dict[str, Look]:
    return {
        "tuft": Look(site.varied((96, 84, 60)), site.varied((170, 152, 108))),
        "shrub": Look(site.varied((64, 60, 46)), site.varied((138, 130, 100)), site.varied((158, 136, 104))),
        "bush": Look(site.varied((48, 48, 34)), site.varied((118, 116, 78)), site.varied((146, 128, 98))),
        "tree": Look(site.varied((42, 44, 30)), site.varied((108, 108, 70)), site.varied((128, 116, 86))),
        "rock": Look(tuple(0.45 * c for c in gravel), tuple(min(1.35 * c, 250) for c in gravel)),
        "mound": Look(site.varied((120, 96, 72)), site.varied((216, 186, 148))),
        "log": Look(site.varied((70, 60, 50)), site.varied((180, 166, 146))),
    }
