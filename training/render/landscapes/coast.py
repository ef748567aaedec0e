"""Rock, sand or shingle, wet sand with weed, surf, the sea."""

import numpy as np

from training.render.fields import Fields, smooth
from training.render.ground import Mask, Material, Texture, tone
from training.render.props import Look
from training.render.terrain import Site, Strewn, Terrain, blend

SEAS = ((62, 84, 94), (84, 104, 108), (52, 70, 84), (92, 116, 112))
BEACHES = ((176, 160, 134), (118, 116, 114), (150, 138, 122), (196, 182, 156))
ROCKS = ((132, 116, 102), (104, 98, 92), (146, 124, 104), (88, 84, 80))


def _one(site: Site, colours: tuple) -> tuple:
    return site.varied(colours[int(site.rng.integers(len(colours)))])


def build(site: Site) -> Terrain:
    fields = site.fields
    height = _height(site)
    sea, beach, rock = (_one(site, colours) for colours in (SEAS, BEACHES, ROCKS))
    crag = _crags(site, height)
    dry = smooth(np.maximum(height, (crag - 0.5) * 0.6), 0.0, 0.1)
    return Terrain(
        _materials(site, (sea, beach, rock), height, crag),
        _looks(site, beach, rock),
        _strewn(fields, dry, height),
        smooth(-height, -0.02, 0.25) * (1 - smooth(crag, 0.45, 0.55)),
        dry * (1 - 0.7 * smooth(height, 0.8, 1.4)) * (1 + smooth(crag, 0.4, 0.6)) / 2
        + 0.12 * smooth(height, -0.35, 0.0),
        cover=("weed", "foam"),
        water_colour=sea,
        hills=0.4,
    )


def _materials(site: Site, colours: tuple, height: np.ndarray, crag: np.ndarray) -> list[Material]:
    fields, (sea, beach, rock) = site.fields, colours
    fine, torn = ((tone("grain", 1), 0.05),), ((tone("foam", 1), 0.16), (tone("grain", 1), 0.05))
    land = np.clip(0.5 + height * 6, 0, 1)
    damp = np.clip(0.5 + (0.42 - height + 0.10 * fields.noise(240)) * 1.6, 0, 1)
    wet = np.clip(0.5 + (0.12 - height + 0.05 * fields.noise(140)) * 3, 0, 1)
    green = np.clip(0.5 + (height - 1.3) * 0.8 + 0.22 * fields.noise(420) + 0.10 * fields.noise(90), 0, 1)
    mottled = 0.5 + 0.2 * fields.noise(700) + 0.16 * fields.noise(120)
    tops = 0.55 + 0.25 * fields.noise(260) + 1.3 * (crag - 0.62) + 0.15 * fields.noise(50)
    bands_of_sand = blend(mottled, tuple(0.88 * c for c in beach), site.varied(beach, 0.12))
    soaked = tuple(0.66 * c for c in beach)
    turf = blend(
        0.5 + 0.3 * fields.noise(300) + 0.15 * fields.noise(60),
        site.varied((104, 106, 72)),
        site.varied((140, 132, 96)),
    )
    return [
        _sea(site, sea, height),
        Material(site.varied((188, 200, 200)), _foam(), Mask(_surf(site, height), torn, 2.2), 0.9),
        *_kelp(site, height),
        Material(bands_of_sand, _beach(site), Mask(land, fine, 6)),
        Material(tuple(0.82 * c for c in beach), (tone("grain", 8), tone("speckle", 4)), _meet(damp, land), 0.8),
        Material(soaked, (tone("grain", 6), tone("pebbles", 5, lit=1)), _meet(wet, land)),
        Material(turf, _turf(), Mask(green, ((tone("clumps", 1), 0.13), (tone("grain", 1), 0.06)), 1.8)),
        Material(
            blend(tops, tuple(0.55 * c for c in rock), site.varied((172, 160, 142))), _bedrock(), Mask(*_jagged(crag))
        ),
        Material(site.varied((206, 216, 214)), _foam(), Mask(_wash(site, height, crag), torn, 3.0), 0.92),
    ]


def _height(site: Site) -> np.ndarray:
    """Height over the water line, about -2..2: a shore that runs through the picture, or islands."""
    fields, rng = site.fields, site.rng
    bays = 0.42 * fields.noise(0.4 * site.reach) + 0.12 * fields.noise(0.1 * site.reach) + 0.035 * fields.noise(90)
    if rng.random() < 0.25:
        return 1.1 * fields.noise(0.7 * site.reach) + bays * 0.3 - rng.uniform(0.0, 0.4)
    slope = fields.along(rng.uniform(0, 2 * np.pi)) / (0.33 * site.reach)
    return slope + bays + rng.uniform(-0.1, 0.5)


def _crags(site: Site, height: np.ndarray) -> np.ndarray:
    """Bedrock, most of it about the water line."""
    near = np.exp(-((np.abs(height - 0.15) / 0.6) ** 2))
    knobs = 0.42 * site.fields.noise(600) + 0.2 * site.fields.noise(130)
    return np.clip(0.5 + knobs * near + site.rng.uniform(-0.35, 0.2) * near - 0.32 * (1 - near), 0, 1)


def _jagged(crag: np.ndarray) -> tuple[np.ndarray, tuple, float]:
    return crag, ((tone("stones", 1), 0.07), (tone("grain", 1), 0.03)), 7.0


def _meet(first: np.ndarray, second: np.ndarray) -> Mask:
    return Mask(np.minimum(first, second), ((tone("grain", 1), 0.06), (tone("clumps", 1), 0.04)), 2.2)


def _sea(site: Site, sea: tuple, height: np.ndarray) -> Material:
    shallow = tuple(0.55 * s + 0.45 * b for s, b in zip(sea, (150, 160, 146), strict=True))
    depth = (
        np.clip(1.0 + height * 0.9 + 0.10 * site.fields.noise(300) + 0.12 * site.fields.noise(1800, 3.0), 0.0, 1) ** 1.5
    )
    turn = int(site.rng.integers(16))
    waves = (
        tone("stripes", site.rng.uniform(4, 9), wavelength=int(site.rng.integers(14, 30)), turn=turn, spread=0.55),
        tone("stripes", 3.5, wavelength=6, turn=(turn + 1) % 16, spread=0.9),
        tone("grain", 3),
    )
    return Material(blend(depth, sea, shallow), waves)


def _kelp(site: Site, height: np.ndarray) -> list[Material]:
    """Dark beds under shallow water, their fronds drawn out along the swell."""
    if site.rng.random() < 0.4:
        return []
    belt = np.exp(-(((height + site.rng.uniform(0.25, 0.6)) / 0.3) ** 2))
    beds = np.clip(0.5 * belt + 0.28 * site.fields.noise(320, 2.0) * belt + site.rng.uniform(-0.1, 0.1), 0, 1)
    fronds = ((tone("canopy", 1), 0.10), (tone("clumps", 1), 0.14))
    textures = (tone("canopy", 9, lit=1), Texture("clumps", 8, 7, 4), tone("grain", 5))
    return [Material(site.varied((62, 58, 42)), textures, Mask(beds, fronds, 1.6), 0.8)]


def _surf(site: Site, height: np.ndarray) -> np.ndarray:
    """Rows of breakers before the shore."""
    fields = site.fields
    phase = height * site.rng.uniform(9, 14) + 0.9 * fields.noise(500) + site.rng.uniform(0, 6)
    rows = np.clip(np.cos(phase) - 0.35, 0, 1)
    belt = smooth(height, -0.75, -0.1) * (1 - smooth(height, 0.02, 0.1))
    patchy = np.clip(site.rng.uniform(0.35, 1.1) + 0.5 * fields.noise(350), 0, 1.3)
    edge = np.exp(-((height - 0.01) ** 2) / 0.0016) * 0.55
    return np.clip(rows * belt * patchy * 0.9 + edge * patchy + 0.12 * belt, 0, 1)


def _wash(site: Site, height: np.ndarray, crag: np.ndarray) -> np.ndarray:
    """White water about rocks that stand in the sea."""
    about = np.clip(1 - np.abs(crag - 0.40) * 9, 0, 1) * (height < 0.05) * smooth(site.fields.noise(240), -0.6, 0.9)
    return about * 0.62


def _foam() -> tuple[Texture, ...]:
    return (tone("foam", 16), tone("grain", 8))


def _beach(site: Site) -> tuple[Texture, ...]:
    if site.rng.random() < 0.5:
        return (tone("pebbles", 13, lit=1), tone("speckle", 9), tone("grain", 8))
    return (tone("grain", 7), tone("speckle", 4), tone("fractal", 5, lit=2))


def _bedrock() -> tuple[Texture, ...]:
    return (tone("stones", 20, lit=2), Texture("stones", 8, 7, 6), tone("grain", 13))


def _turf() -> tuple[Texture, ...]:
    return (Texture("clumps", 11, 11, 7), tone("canopy", 9, lit=1), tone("grain", 8))


def _strewn(fields: Fields, dry: np.ndarray, height: np.ndarray) -> list[Strewn]:
    shore = smooth(height, -0.45, -0.1) * (1 - smooth(height, 0.5, 0.9))
    tide = np.exp(-(((height - 0.28) / 0.12) ** 2)) * dry
    sea = 1 - smooth(height, -0.2, 0.0)
    return [
        Strewn("rock", 34, (6, 60), shore * np.clip(0.4 + 0.6 * fields.noise(300), 0, 1) + 0.01),
        Strewn("weed", 26, (8, 60), tide + 0.25 * shore),
        Strewn("log", 5, (14, 60), tide + 0.02 * dry),
        Strewn("foam", 16, (8, 50), sea * smooth(height, -1.2, -0.2) + 0.1 * sea),
        Strewn("tuft", 60, (5, 14), smooth(height, 0.9, 1.3)),
        Strewn("shrub", 20, (8, 30), smooth(height, 1.0, 1.4)),
    ]


def _looks(site: Site, beach: tuple, rock: tuple) -> dict[str, Look]:
    return {
        "rock": Look(
            tuple(0.35 * c for c in rock), tuple(min(1.3 * c, 250) for c in rock), site.varied((176, 142, 106))
        ),
        "weed": Look(site.varied((34, 28, 22)), site.varied((92, 74, 50)), site.varied((120, 92, 58))),
        "log": Look(site.varied((84, 76, 66)), site.varied((190, 180, 164))),
        "foam": Look(site.varied((150, 164, 166)), site.varied((232, 238, 236))),
        "tuft": Look(tuple(0.5 * c for c in beach), site.varied((160, 152, 104))),
        "shrub": Look(site.varied((42, 46, 30)), site.varied((112, 118, 74))),
        "bush": Look(site.varied((42, 46, 30)), site.varied((112, 118, 74))),
    }
