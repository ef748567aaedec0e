"""From a clean drawing to a photograph: uneven light, haze, blur, noise, JPEG."""

from dataclasses import dataclass

import numpy as np
import simplejpeg

from training.render import banks
from training.render.fields import Enlarged, Fields, smooth
from training.render.ground import bands


@dataclass(frozen=True)
class Weather:
    """How the air and the camera change the picture of one scene."""

    brightness: float  # mean tone the exposure aims at, of 255
    warmth: float  # gain of red over that of green; blue the other way
    haze: float  # share of the light that is haze, at the bottom row
    haze_top: float
    haze_colour: tuple[float, float, float]
    blur: int  # weight of the neighbours, of 64: 0 sharp, 24 soft
    motion: int  # px the camera moved along the picture while it was open
    noise: int  # the sensor's, in halves of a tone of 255
    contrast: float
    vignette: float
    clouds: float  # how dark the shadows of clouds are
    quality: int


def draw_weather(rng: np.random.Generator, is_oblique: bool) -> Weather:
    haze = float(rng.beta(1.2, 9) * 0.7)
    tint = rng.uniform(0.85, 1.0)
    return Weather(
        float(np.clip(rng.normal(132, 16), 85, 170)),
        float(rng.normal(0.01, 0.03)),
        haze,
        min(haze + (rng.uniform(0.03, 0.25) if is_oblique else 0.0), 0.5),
        (200 * tint, 206 * tint, 214 * tint),
        int(rng.choice([0, 6, 10, 14, 20], p=[0.08, 0.27, 0.3, 0.23, 0.12])),
        int(rng.choice([0, 1, 2], p=[0.8, 0.12, 0.08])),
        int(rng.integers(2, 9)),
        float(rng.uniform(1.0, 1.28)),
        float(rng.uniform(0, 0.28)),
        float(rng.uniform(0.15, 0.36)) if rng.random() < 0.2 else 0.0,
        int(rng.integers(75, 96)),
    )


def photograph(
    canvas: np.ndarray, weather: Weather, fields: Fields, relief: np.ndarray, rng: np.random.Generator
) -> bytes:
    """The camera's JPEG. The canvas is spent.

    `relief` is how much more light each place gets from the lie of the land, about -0.2..0.2, a field.
    """
    camera = fields.camera
    gain = Enlarged(_gain(weather, fields, relief) / 2, camera.width, camera.height)
    light_of = exposure(canvas, weather)
    black = (weather.contrast - 1) * weather.brightness
    noise = banks.sensor(weather.noise)
    offsets = rng.integers(0, noise.shape[1], 2)
    above = canvas[:1].copy()
    for top, bottom in bands(camera):
        below = canvas[bottom : bottom + 1]
        rows = np.concatenate([above, canvas[top:bottom], below if len(below) else canvas[bottom - 1 : bottom]])
        above = canvas[bottom - 1 : bottom].copy()
        light = gain.rows(top, bottom, slice(0, camera.width)).view(np.uint16)
        here = _noise_rows(noise, offsets, camera.width, (top, bottom))
        haze = np.linspace(weather.haze_top, weather.haze, camera.height)[top:bottom, None]
        for channel in range(3):
            plane = _soft(rows[:, :, channel].astype(np.int16), weather)
            canvas[top:bottom, :, channel] = _exposed(
                plane, light, haze, (light_of[channel], weather.haze_colour[channel], black), here[channel]
            )
    return simplejpeg.encode_jpeg(canvas, quality=weather.quality, colorsubsampling="420")


def _gain(weather: Weather, fields: Fields, relief: np.ndarray) -> np.ndarray:
    height, width = fields.shape
    across, down = np.linspace(-1, 1, width)[None, :], np.linspace(-1, 1, height)[:, None]
    gain = 1.0 - weather.vignette * (across**2 + down**2) / 2
    if weather.clouds:
        cover = fields.noise(4200)
        gain = gain * (1 - weather.clouds * smooth(cover, -0.3, 1.5))
    return gain * (1 + relief)


def _noise_rows(noise: np.ndarray, offsets: np.ndarray, width: int, rows: tuple[int, int]) -> np.ndarray:
    side = noise.shape[1]
    lines = (np.arange(*rows) + offsets[0]) % side
    columns = (np.arange(width) + offsets[1]) % side
    return noise[:, lines][:, :, columns]


def _soft(rows: np.ndarray, weather: Weather) -> np.ndarray:
    """Blurred rows without the one above and the one below; int16."""
    if weather.blur:
        part, keep = np.int16(weather.blur), np.int16(64 - 2 * weather.blur)
        rows = (rows[:-2] * part + rows[1:-1] * keep + rows[2:] * part) >> 6
        middle = rows[:, 1:-1] * keep + (rows[:, :-2] + rows[:, 2:]) * part
        rows[:, 1:-1] = middle >> 6
    else:
        rows = rows[1:-1]
    if weather.motion:
        rows[:, weather.motion :] = (rows[:, weather.motion :] + rows[:, : -weather.motion]) >> 1
    return rows


def exposure(canvas: np.ndarray, weather: Weather) -> tuple[float, float, float]:
    """The gain of each channel that an exposure meter chooses, most of the way to the brightness aimed at."""
    mean = float(canvas[8::16, 8::16].mean()) + 1
    gain = float(np.clip((weather.brightness / mean) ** 0.85, 0.6, 1.8))
    gain *= weather.contrast
    return gain * (1 + weather.warmth), gain, gain * (1 - weather.warmth)


def _exposed(
    plane: np.ndarray, light: np.ndarray, haze: np.ndarray, tones: tuple[float, float, float], noise: np.ndarray
) -> np.ndarray:
    bright = np.uint16(round(min(tones[0], 1.95) * 128))
    seen = ((plane.astype(np.uint16) * light) >> 7).astype(np.uint16)
    np.minimum(seen, 320, out=seen)
    keep = (bright * (1 - haze)).astype(np.uint16)
    seen *= keep
    seen >>= 7
    out = seen.astype(np.int16)
    out += (haze * tones[1]).astype(np.int16)
    out -= np.int16(tones[2])
    glare = np.maximum(out, 196) - np.int16(196)  # bright places keep some of their drawing
    out -= (glare * np.int16(3)) >> 3
    out += noise
    return np.clip(out, 0, 255, out=out).astype(np.uint8)
