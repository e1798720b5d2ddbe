"""Pictures of drawings as small as icons: in grey levels or two colours alone, by pens of any width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt
from skimage.morphology import skeletonize

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenes import Ink

#: Pixels a side of the picture that a small one is made of, at least.
_LARGE = 240


def ink_of_lines(bitmap: np.ndarray) -> Ink:
    """Thin a bitmap of the data, uint8 (28, 28), enlarged, to lines, to draw them with any pen."""
    large = Image.fromarray(bitmap).resize((560, 560), Image.Resampling.BICUBIC)
    points = np.argwhere(skeletonize(np.asarray(large) > 110)).astype(float)
    points -= points.min(axis=0)
    far = max(points.max(), 1)

    def draw(height: int, width: int, box: tuple[float, float, float], pen: float) -> np.ndarray:
        x, y, side = box
        scale = side / far
        away = np.array([y, x]) + (side - points.max(axis=0) * scale) / 2
        paper = np.ones((height, width), bool)
        places = np.rint(points * scale + away - 0.5).astype(int)
        paper[tuple(places.clip(0, [height - 1, width - 1]).T)] = False
        return np.clip(pen / 2 - distance_transform_edt(paper) + 0.5, 0, 1)

    return draw


def _covered(ink: Ink, side: int, pen: float, size: float) -> np.ndarray:
    """How much ink each pixel of a picture of so many pixels a side holds."""
    zoom = max(4, -(-_LARGE // side))
    long = size * side - pen
    corner = (side - long) / 2 * zoom
    fine = ink(side * zoom, side * zoom, (corner, corner, long * zoom), pen * zoom)
    return fine.reshape(side, zoom, side, zoom).mean(axis=(1, 3))


def grey(ink: Ink, side: int, pen: float, size: float = 0.85) -> np.ndarray:
    """Draw smoothly, as programs do: uint8, dark ink on light paper."""
    return np.uint8(np.rint(255 - 255 * _covered(ink, side, pen, size)))


def two_colours(ink: Ink, side: int, pen: float, size: float = 0.85) -> np.ndarray:
    """Draw in black and white alone."""
    return np.uint8(255 * (_covered(ink, side, pen, size) < 0.5))


def dithered(ink: Ink, side: int, pen: float, size: float = 0.85) -> np.ndarray:
    """Bring grey levels to black and white as Pillow does by itself, by spreading what each lacks."""
    return np.asarray(Image.fromarray(grey(ink, side, pen, size)).convert("1"), np.uint8) * 255


def shrunk(ink: Ink, side: int, pen: float, size: float = 0.85) -> np.ndarray:
    """Shrink a large picture, with a pen of so many of the small one's pixels."""
    large = grey(ink, _LARGE, pen * _LARGE / side, size)
    return np.asarray(Image.fromarray(large).resize((side, side), Image.Resampling.LANCZOS))


#: How a small picture may be made: (ink, side, pen, size) -> uint8, (side, side).
WAYS: dict[str, Callable[..., np.ndarray]] = {
    "grey": grey,
    "two colours": two_colours,
    "dithered": dithered,
    "shrunk": shrunk,
}


def _of_size(how: str, side: int) -> Callable[[Ink, np.random.Generator], np.ndarray]:
    """Make a drawing's picture of so many pixels a side; its pen is as wide as the data's, or a pixel."""
    return lambda ink, _: WAYS[how](ink, side, max(1, side / 20))


#: Pictures of a few sizes, as those of `scenes.SURROUNDINGS`: (ink, rng) -> pixels.
SMALL_SIZES = {
    f"{side} pixels a side, {how}": _of_size(how, side)
    for side in (16, 20, 24, 32, 48)
    for how in ("grey", "two colours")
}
