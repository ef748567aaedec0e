"""A whole scene from a seed: ground, props, animals, and the exact truth about every animal."""

from dataclasses import dataclass, field

import numpy as np
import simplejpeg
from PIL import Image

from training.render import herds
from training.render.camera import Camera
from training.render.fields import Fields
from training.render.finish import draw_weather, photograph
from training.render.ground import Weave, lay
from training.render.landscapes import BUILDERS, LANDSCAPES
from training.render.light import Sun
from training.render.stage import Actor, Prop, Stage, clipped
from training.render.terrain import Site, Terrain

VIEWS = ("nadir", "oblique")


@dataclass(frozen=True)
class Animal:
    """The truth about one animal. `box` is left, top, right, bottom in px, tight around what of the body can be seen.

    `visible` is the share of the body's pixels that neither crowns, water, other animals nor the picture's edge hide;
    `contrast` how far the seen body differs from its surroundings in the finished picture (0-1).
    """

    label: str
    box: tuple[float, float, float, float]
    visible: float
    contrast: float


@dataclass(frozen=True)
class Scene:
    """A rendered picture, uint8 (h, w, 3) RGB as decoded from its JPEG, which is there too, with its animals."""

    pixels: np.ndarray
    animals: tuple[Animal, ...]
    landscape: str
    view: str
    seed: int
    jpeg: bytes = field(repr=False)


def render_scene(
    seed: int,
    width: int = 6000,
    height: int = 4000,
    landscape: str | None = None,
    view: str | None = None,
    n_animals: int | None = None,
) -> Scene:
    """Draw the scene of this seed; the same arguments give the same pixels.

    What is None is drawn from the seed. `n_animals` is the number asked for; fewer stand there when the picture has no
    room for more. Raises KeyError for an unknown landscape, ValueError for an unknown view or an empty picture.
    """
    if width < 16 or height < 16:
        raise ValueError(f"a scene is at least 16 px each way, not {width} x {height}")
    stage, terrain, fields, chosen = set_stage(seed, (width, height), (landscape, view), n_animals)
    rng = np.random.default_rng([seed, 2])
    canvas = painted(stage, terrain, rng)
    weather = draw_weather(rng, stage.camera.is_oblique)
    jpeg = photograph(canvas, weather, fields, hillshade(fields, terrain, stage.sun), rng)
    pixels = simplejpeg.decode_jpeg(jpeg)
    return Scene(pixels, truth(stage, pixels), *chosen, seed, jpeg)


def set_stage(
    seed: int, size: tuple[int, int], wanted: tuple[str | None, str | None], n_animals: int | None
) -> tuple[Stage, Terrain, Fields, tuple[str, str]]:
    """Everything about a scene that is decided before it is painted."""
    rng = np.random.default_rng([seed, 1])
    drawn = str(rng.choice(LANDSCAPES)), str(rng.choice(VIEWS, p=[0.7, 0.3]))
    landscape, view = wanted[0] or drawn[0], wanted[1] or drawn[1]
    if view not in VIEWS:
        raise ValueError(f"no such view: {view}")
    sun = Sun(float(rng.uniform(0, 2 * np.pi)), float(np.radians(rng.uniform(28, 74))))
    slant = (float(rng.uniform(0.62, 0.85)), float(rng.uniform(0.62, 0.85)))
    top_scale, squash = slant if view == "oblique" else (1.0, 1.0)
    kinds, px_per_m = herds.choose_scale(rng, herds.choose_kinds(rng, landscape), top_scale)
    number = herds.choose_number(rng, *size)
    camera = Camera(*size, px_per_m, top_scale, squash)
    fields = Fields(camera, rng)
    terrain = BUILDERS[landscape](Site(camera, sun, rng, fields))
    stage = Stage(camera, sun, terrain, rng)
    _populate(stage, kinds, number if n_animals is None else n_animals, view)
    return stage, terrain, fields, (landscape, view)


def _populate(stage: Stage, kinds: tuple[str, ...], count: int, view: str) -> None:
    animals, props = (np.random.default_rng(stage.rng.integers(2**63)) for _ in range(2))
    stage.rng = animals
    places = herds.Herder(stage.camera, animals, stage.terrain).fill(kinds, count) if count else []
    for place in sorted(places, key=lambda place: place.y):
        stage.enter(place, view)
    for actor in list(stage.actors):
        if actor.place.hidden and actor.emerged.min() == 1 and stage.share_seen(actor) > 0.85:
            stage.hide(actor)
    stage.rng = stage.shop.rng = props
    for strewn in stage.terrain.strewn:
        stage.strew(strewn)
    for ring in stage.terrain.rings:
        stage.ring(*ring)


def painted(stage: Stage, terrain: Terrain, rng: np.random.Generator) -> np.ndarray:
    """The scene as painted, before air and camera; uint8 (height, width, 3)."""
    shadow = np.zeros(stage.owner.shape, np.uint8)
    for prop in stage.low + stage.tall:
        _darken(shadow, prop.stamp.shadow, (prop.x - prop.stamp.shadow_foot[0], prop.y - prop.stamp.shadow_foot[1]))
    for actor in stage.actors:
        cast = (actor.sprite.shadow * (255 * float(actor.emerged.mean()))).astype(np.uint8)
        _darken(shadow, cast, (actor.left, actor.top))
    canvas = lay(
        terrain.materials,
        Weave(stage.camera, stage.sun, rng, grit=float(rng.uniform(0.75, 1.4))),
        shadow,
        terrain.shade,
    )
    for prop in sorted(stage.low, key=lambda prop: prop.y):
        _stamp(canvas, prop)
    for actor in stage.actors:
        _embody(canvas, actor, terrain)
    for prop in sorted(stage.tall, key=lambda prop: prop.y):
        _stamp(canvas, prop)
    return canvas


def hillshade(fields: Fields, terrain: Terrain, sun: Sun) -> np.ndarray:
    """How much more light slopes towards the sun get than level ground; water lies level."""
    height = fields.noise(2400, 1.4)
    rows, columns = height.shape
    broad = Image.fromarray(height).resize((columns // 12 + 2, rows // 12 + 2), Image.Resampling.BOX)
    height = np.asarray(broad.resize((columns, rows), Image.Resampling.BICUBIC)) * (terrain.hills * 16)
    down, across = np.gradient(height)
    slope = -(across * np.sin(sun.azimuth_rad) - down * np.cos(sun.azimuth_rad))
    return np.clip(slope * 0.10, -0.13, 0.13) * (1 - np.clip(terrain.water * 3, 0, 1))


def _darken(shadow: np.ndarray, cast: np.ndarray, corner: tuple[float, float]) -> None:
    window, part = clipped(shadow.shape, (round(corner[0]), round(corner[1])), cast.shape)
    if window is not None:
        np.maximum(shadow[window], cast[part], out=shadow[window])


def _stamp(canvas: np.ndarray, prop: Prop) -> None:
    stamp = prop.stamp
    window, part = clipped(
        canvas.shape, (round(prop.x - stamp.foot[0]), round(prop.y - stamp.foot[1])), stamp.cover.shape
    )
    if window is None:
        return
    under = canvas[window]
    change = stamp.colour[part].astype(np.int16) - under
    change *= stamp.cover[part][:, :, None].astype(np.int16)
    change >>= 7
    under += change.astype(np.uint8)


def _embody(canvas: np.ndarray, actor: Actor, terrain: Terrain) -> None:
    window, part = clipped(canvas.shape, (actor.left, actor.top), actor.sprite.cover.shape)
    if window is None:
        return
    under = canvas[window].astype(np.float32)
    cover = actor.sprite.cover[part][:, :, None]
    colour = actor.sprite.colour[part] * 255
    if actor.place.dust and cover.sum() > 1:
        ground = under.mean((0, 1))
        own = (colour * cover).sum((0, 1)) / cover.sum()
        colour = colour + (ground - own) * actor.place.dust
    emerged = actor.emerged[part][:, :, None]
    if emerged.min() < 1:
        colour = colour * emerged + (0.45 * colour + 0.4 * np.array(terrain.water_colour, np.float32)) * (1 - emerged)
    cover = cover * (0.35 + 0.65 * emerged) if emerged.min() < 1 else cover
    canvas[window] = np.clip(under + (colour - under) * cover, 0, 255).astype(np.uint8)


def truth(stage: Stage, pixels: np.ndarray) -> tuple[Animal, ...]:
    """What can be seen of each animal in the finished picture."""
    return tuple(_animal(stage, number + 1, actor, pixels) for number, actor in enumerate(stage.actors))


def _animal(stage: Stage, number: int, actor: Actor, pixels: np.ndarray) -> Animal:
    (rows, columns), _ = stage.window_of(actor)
    seen = stage.owner[rows, columns] == number
    down, across = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    left, top = columns.start + across[0], rows.start + down[0]
    right, bottom = columns.start + across[-1] + 1, rows.start + down[-1] + 1
    visible = min(float(seen.sum()) / max(actor.body, 1), 1.0)
    contrast = _contrast(stage.owner, pixels, number, (left, top, right, bottom))
    return Animal(actor.place.kind, (float(left), float(top), float(right), float(bottom)), visible, contrast)


def _contrast(owner: np.ndarray, pixels: np.ndarray, number: int, box: tuple[int, int, int, int]) -> float:
    """How far the body's pixels lie from the mean colour around it, beyond how far the surroundings do."""
    margin = max(box[2] - box[0], box[3] - box[1]) // 3 + 2
    rows = slice(max(box[1] - margin, 0), box[3] + margin)
    columns = slice(max(box[0] - margin, 0), box[2] + margin)
    owners = owner[rows, columns]
    patch = pixels[rows, columns].astype(np.float32)
    around = patch[owners == 0]
    if len(around) == 0:
        return 0.0
    mean = around.mean(0)
    body = np.abs(patch[owners == number] - mean).mean()
    return float(np.clip(body / 255, 0, 1))
