"""Turns pictures in colours of CIELAB into those of a screen."""

from __future__ import annotations

import numpy as np
from PIL import Image

#: White by daylight of 5000 K, which printers look at.
_WHITE = np.array([0.9642, 1, 0.8249])
#: From there to red, green, blue of a screen, whose white is daylight of 6500 K.
_TO_SCREEN = np.array(
    [
        [3.1341359, -1.6173863, -0.4906619],
        [-0.978796, 1.9162544, 0.0334427],
        [0.0719571, -0.2289768, 1.4053861],
    ]
)
_KNEE = 6 / 29
#: Pixels that are turned at once, which bounds the memory.
_AT_ONCE = 250_000


def from_lab(picture: Image.Image) -> Image.Image:
    """Turn a picture of mode LAB into RGB (chapter 5).

    Parameters
    ----------
    picture : Pillow image
        Of mode LAB, with 8 bits a number.

    Returns
    -------
    Pillow image
        Of mode RGB: what no screen shows is brought to the nearest level, number by number, where
        Pillow reads between the entries of a table, up to 23 levels away.
    """
    colours = Image.new("RGB", picture.size)
    rows = max(1, _AT_ONCE // picture.width)
    for top in range(0, picture.height, rows):
        part = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        values = np.asarray(part)
        lightness, (a, b) = values[..., 0], np.moveaxis(values[..., 1:].view(np.int8), -1, 0)
        height = (lightness * (100 / 255) + 16) / 116
        bent = np.stack([height + a / 500, height, height - b / 200], -1)
        light = _WHITE * np.where(bent > _KNEE, bent**3, 3 * _KNEE**2 * (bent - 4 / 29))
        light = np.clip(light @ _TO_SCREEN.T, 0, 1)
        level = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        colours.paste(Image.fromarray(np.floor(255 * level + 0.5).astype(np.uint8)), (0, top))
    return colours
