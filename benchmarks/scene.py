"""A made-up camera image: structure of all sizes and sensor noise, so that it costs a codec what a real one does."""

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image


def scene(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    image = np.full((height, width), 110, np.float32)
    for grain, strength in ((512, 40), (128, 22), (32, 14), (8, 9)):
        small = random.normal(0, strength, (height // grain + 2, width // grain + 2)).astype(np.float32)
        image += np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
    tint = random.normal(0, 12, (height // 256 + 2, width // 256 + 2, 3)).astype(np.float32)
    pixels = np.empty((height, width, 3), np.uint8)
    noise = random.normal(0, 4.5, (height, width)).astype(np.float32)
    for band in range(3):
        colour = np.asarray(Image.fromarray(tint[..., band]).resize((width, height), Image.Resampling.BICUBIC))
        pixels[..., band] = (image + colour + noise).clip(0, 255)
    return pixels


def camera_jpeg(width: int, height: int, seed: int = 0) -> bytes:
    """About a third of a byte a pixel, as cameras write them."""
    return bytes(simplejpeg.encode_jpeg(scene(width, height, seed), quality=93, colorsubsampling="420"))
