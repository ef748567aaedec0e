"""From a clean drawing to a photograph: uneven light, haze, blur, noise, JPEG."""

from dataclasses import dataclass

import numpy as np
import simplejpeg
from PIL import Image

from training.render import banks
from training.render.camera import Camera
from training.render.fields import Fields, enlarged
from training.render.ground import bands


@dataclass(frozen=True)
class Weather:
    """How the air and the camera change the picture of one scene."""

    light: tuple[float, float, float]  # gain of each channel: brightness and warmth
    haze: float  # share of the light that is haze, at the bottom row
    haze_top: float
    haze_colour: tuple[float, float, float]
    blur: int  # weight of the neighbours, of 64: 0 sharp, 24 soft
    motion: int  # px the camera moved along the picture while it was open
    noise: float  # of 255
    vignette: float
    clouds: float  # how dark the shadows of clouds are
    quality: int


def draw_weather(rng: np.random.Generator, is_oblique: bool) -> Weather:
    warm = rng.normal(0, 0.04)
    bright = float(np.exp(rng.normal(0.0, 0.12)))
    haze = float(rng.beta(1.2, 9) * 0.7)
    tint = rng.uniform(0.85, 1.0)
    return Weather(
        (bright * (1 + warm), bright, bright * (1 - warm)),
        haze,
        min(haze + (rng.uniform(0.03, 0.25) if is_oblique else 0.0), 0.5),
        (200 * tint, 206 * tint, 214 * tint),
        int(rng.choice([0, 4, 8, 12, 18], p=[0.2, 0.25, 0.25, 0.2, 0.1])),
        int(rng.choice([0, 1, 2], p=[0.8, 0.12, 0.08])),
        float(rng.uniform(1.0, 5.5)),
        float(rng.uniform(0, 0.28)),
        float(rng.uniform(0.25, 0.5)) if rng.random() < 0.3 else 0.0,
        int(rng.integers(75, 96)),
    )


def photograph(canvas: np.ndarray, camera: Camera, weather: Weather, fields: Fields, rng: np.random.Generator) -> np.ndarray:
    """The picture as the camera's JPEG holds it; uint8 (height, width, 3). The canvas is spent."""
    gain = Image.fromarray(np.clip(_gain(weather, fields) * 128, 0, 255).astype(np.uint8))
    noise = _noise(weather, rng)
    offsets = rng.integers(0, noise.shape[1], 2)
    above = canvas[:1].copy()
    for top, bottom in bands(camera):
        below = canvas[bottom : bottom + 1]
        rows = np.concatenate([above, canvas[top:bottom], below if len(below) else canvas[bottom - 1 : bottom]])
        above = canvas[bottom - 1 : bottom].copy()
        light = enlarged(gain, camera, top, bottom).astype(np.uint16)
        here = _noise_rows(noise, offsets, camera.width, (top, bottom))
        haze = np.linspace(weather.haze_top, weather.haze, camera.height)[top:bottom, None]
        for channel in range(3):
            plane = _soft(rows[:, :, channel].astype(np.int16), weather)
            canvas[top:bottom, :, channel] = _exposed(plane, light, haze, weather, channel, here)
    data = simplejpeg.encode_jpeg(canvas, quality=weather.quality, colorsubsampling="420")
    return simplejpeg.decode_jpeg(data)


def _gain(weather: Weather, fields: Fields) -> np.ndarray:
    height, width = fields.shape
    across, down = np.linspace(-1, 1, width)[None, :], np.linspace(-1, 1, height)[:, None]
    gain = 1.0 - weather.vignette * (across**2 + down**2) / 2
    if weather.clouds:
        cover = fields.noise(2600) + 0.25 * fields.noise(600)
        gain = gain * (1 - weather.clouds * np.clip(cover * 2.2 - 0.8, 0, 1))
    return gain


def _noise(weather: Weather, rng: np.random.Generator) -> np.ndarray:
    """Sensor noise, int8 (3, side, side): mostly the same in all channels, a little coloured."""
    grain = banks.white().astype(np.float32) / banks.SPREAD
    coloured = np.stack([np.roll(grain, int(rng.integers(grain.shape[0])), 0) for _ in range(3)])
    tile = (0.75 * grain + 0.55 * coloured) * weather.noise
    return np.clip(np.round(tile), -127, 127).astype(np.int8)


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


def _exposed(
    plane: np.ndarray, light: np.ndarray, haze: np.ndarray, weather: Weather, channel: int, noise: np.ndarray
) -> np.ndarray:
    bright = np.uint16(round(min(weather.light[channel], 1.9) * 128))
    seen = ((plane.astype(np.uint16) * light) >> 7).astype(np.uint16)
    np.minimum(seen, 320, out=seen)
    keep = (bright * (1 - haze)).astype(np.uint16)
    seen *= keep
    seen >>= 7
    out = seen.astype(np.int16)
    out += (haze * weather.haze_colour[channel]).astype(np.int16)
    out += noise[channel]
    return np.clip(out, 0, 255, out=out).astype(np.uint8)
