"""Animals seen from above: one body at a time, with its cover and its shadow."""

from dataclasses import dataclass
from functools import lru_cache
from math import pi
from zlib import crc32

import numpy as np

from training.render.animals import bird, quadruped, seal
from training.render.animals.cloud import Cloud
from training.render.animals.coats import Skin
from training.render.animals.draw import Placed, draw, nadir_eye, oblique_eye
from training.render.kinds import TABLE
from training.render.light import Sun

N_BODIES = 14  # modelled for each species and size; bend, breadth, hand and coat differ for every animal
SIZES = (16, 24, 36, 50, 72)  # px: a body is modelled as finely as the next of these needs
RESTING = ("lying", "curled", "upright", "sitting")


@dataclass(frozen=True)
class Sprite:
    """One animal on its own small canvas of pixels.

    `colour` is float32 (h, w, 3), sRGB 0-1 as lit and meaningful where `cover` is above 0; `cover` the body's share of
    each pixel and `shadow` the ground's loss of sunlight, both float32 (h, w) 0-1; `origin` the (x, y) of the body's
    middle on the canvas.
    """

    colour: np.ndarray
    cover: np.ndarray
    shadow: np.ndarray
    origin: tuple[float, float]


def fineness(length_px: float) -> int:
    """Samples along each side of a pixel."""
    return 4 if length_px <= 16 else 3 if length_px <= 36 else 2


@lru_cache(maxsize=256)
def body(species: str, number: int, size: int, is_young: bool) -> tuple[Cloud, str]:
    """One of the modelled bodies, and its posture."""
    rng = np.random.default_rng([crc32(species.encode()), number, size, is_young])
    spacing = 1.0 / (size * fineness(size))
    if species in ("seal", "bird"):
        plan = seal if species == "seal" else bird
        posture = str(rng.choice(plan.POSTURES, p=plan.WEIGHTS))
        return plan.pose(posture, rng, spacing, is_young), posture
    build = quadruped.BUILDS[species]
    posture = str(rng.choice(quadruped.POSTURES, p=np.array(build.postures) / sum(build.postures)))
    return quadruped.pose(quadruped.young_build(build) if is_young else build, posture, rng, spacing), posture


def _species(kind: str, coat: str, rng: np.random.Generator) -> str:
    if kind == "zebra":
        return "zebra" if coat == "stripes" else "antelope"
    if kind == "sheep":
        return "goat" if rng.random() < 0.35 else "sheep"
    return kind


def _bent(cloud: Cloud, rng: np.random.Generator) -> Cloud:
    """The same pose with this animal's own breadth and slight turn of the spine."""
    bend, breadth, hand = rng.normal(0, 0.12), rng.uniform(0.92, 1.1), rng.choice((-1, 1))
    points = cloud.points * np.array([[1], [hand * breadth], [rng.uniform(0.95, 1.05)]], np.float32)
    points[1] += np.float32(bend) * (points[0] ** 2 - np.float32(0.06))
    return Cloud(points, cloud.normals * np.array([[1], [hand], [1]], np.float32), cloud.zone, cloud.along)


def make_animal(  # noqa: PLR0913 (the face that scenes and tests hold to)
    kind: str,
    rng: np.random.Generator,
    length_px: float,
    heading_rad: float,
    view: str,
    sun: Sun,
    is_young: bool = False,
    tilt_rad: float | None = None,
) -> Sprite:
    """Draw one animal of a kind.

    `length_px` is the length of an adult's body on the ground (birds on the wing: the span); a young one comes out
    smaller by its kind's `young_share`. `heading_rad` is the direction of the nose on the ground, clockwise from the
    right of the image. `view` is "nadir" or "oblique"; `tilt_rad` the oblique camera's angle from straight down, drawn
    between 30 and 50 degrees when not given. The same arguments and state of `rng` give the same pixels.
    """
    facts = TABLE[kind]
    coats = tuple(facts.coats)
    coat = str(rng.choice(coats, p=np.array(list(facts.coats.values())) / sum(facts.coats.values())))
    species = _species(kind, coat, rng)
    if is_young:
        length_px = max(length_px * rng.uniform(*facts.young_share), min(12.0, 0.85 * length_px))
        coat = "pup" if kind == "seal" and rng.random() < 0.7 else coat
    skin = Skin.of(species if species != "goat" else "sheep", coat, rng)
    size = next((size for size in SIZES if size >= length_px), SIZES[-1])
    cloud, posture = body(species, int(rng.integers(N_BODIES)), size, is_young)
    lean = np.clip(rng.normal(0, 0.11, 2), -0.25, 0.25)
    tilt = rng.uniform(pi / 6, pi / 3.6) if tilt_rad is None else tilt_rad
    eye = nadir_eye((float(lean[0]), float(lean[1]))) if view == "nadir" else oblique_eye(tilt)
    altitude = rng.uniform(0.4, 2.5) if posture == "flying" else 0.0
    placed = Placed(length_px, heading_rad, eye, sun, altitude * length_px)
    contact = 0.55 if posture in RESTING else 0.2
    return Sprite(*draw(_bent(cloud, rng), skin, placed, fineness=fineness(size), contact=contact))
