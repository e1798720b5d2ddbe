"""Redraws small pictures' ink as the recipe would have drawn its lines.

Where a drawing is some twenty pixels large, its lines are as wide as the gaps between them: enlarged and
thinned, what lies close together runs into one. How much of a pixel is inked still tells where in it a
line lies. So the image is predicted from the ink, by a small residual network whose weights
``tools/fit_small.py`` fits to strokes drawn small in many ways.
"""

from __future__ import annotations

import json
from base64 import b64decode
from functools import cache
from importlib.resources import files

import numpy as np

# Whole, since their parts load on first use: an image of 28 x 28 pixels needs none of them.
import scipy
import skimage

from .canvas import BOX, CANVAS, SIDE
from .filters import grown
from .surroundings import ink_mask

#: Longer side of a drawing, in pixels, up to which it is redrawn so; beyond, thinning keeps as much.
LARGEST = 30
#: Pixels across a cell of the image, of which the network takes one for a place; places across a pixel at
#: which the ink is looked at.
CELL, DENSE = 2, 2
#: Pixels of the picture to one of the image, pen in pixels of the image: what the network takes as 1.
_STEP, _PEN = 3, 6
#: Share of a drawing from which on what is wide is no line, but a dot or filled.
_BLOT = 0.4
#: Pixels of the image that the box of the pen's middle fills.
_FIT = (BOX - 1) * SIDE / CANVAS


def is_small(ink: np.ndarray) -> bool:
    """Tell whether ink (h, w) is lines so close to each other that thinning would lose some (chapter 5)."""
    mask = ink_mask(ink)
    large = max(np.ptp(places) for places in np.nonzero(mask)) + 1
    return bool(large <= LARGEST and _pen(ink * mask) < _BLOT * large)


def redraw_small(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Redraw a small picture's ink as the recipe would have drawn its lines (chapter 5).

    Parameters
    ----------
    ink : ndarray of float, (h, w)
        0 is paper, 1 the ink of a line.

    Returns
    -------
    box : ndarray of float, (56, 56)
        The ink, brought to the recipe's place and size.
    image : ndarray of float, (28, 28)
        How the recipe would have drawn it, in [0, 1].
    """
    box, step, pen = on_the_canvas(ink)
    return box, _predict(looked_at(box, step, pen))


def looked_at(box: np.ndarray, step: float, pen: float) -> np.ndarray:
    """Give what the network takes of ink on the canvas: each of 14 x 14 cells, with sizes (chapter 5)."""
    cells, wide = SIDE // CELL, CELL * DENSE
    seen = box.reshape(cells, wide, cells, wide).transpose(0, 2, 1, 3).reshape(cells, cells, -1)
    facts = np.broadcast_to(np.minimum([step / _STEP, pen / _PEN], 1), (cells, cells, 2))
    return np.concatenate([seen, facts], axis=-1).astype(np.float32)


def on_the_canvas(ink: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Bring ink to the recipe's canvas, so that its lines lie where the recipe draws them (chapter 5).

    Parameters
    ----------
    ink : ndarray of float, (h, w)
        0 is paper, 1 the ink of a line.

    Returns
    -------
    box : ndarray of float, (56, 56)
        The ink there.
    step : float
        Pixels of the picture to one of the image.
    pen : float
        How wide its lines are, in pixels of the image.
    """
    mask = ink_mask(ink)
    ink = ink * grown(mask, 1)
    ends = np.array([_ends(ink, mask, axis) for axis in (0, 1)])
    extent = np.ptp(ends, axis=1).max()
    pen = min(_pen(ink), 0.6 * extent)
    step = (extent - pen) / _FIT
    away = ((np.arange(SIDE * DENSE) + 0.5) / DENSE - SIDE / 2) * step - 0.5
    places = np.meshgrid(*(ends.mean(axis=1)[:, None] + away), indexing="ij")
    box: np.ndarray = scipy.ndimage.map_coordinates(ink, places, order=1, mode="grid-constant")
    return box, float(step), float(pen / step)


def _pen(ink: np.ndarray) -> float:
    """Estimate how wide lines are, in pixels: how much ink there is to a pixel of their length."""
    return float(ink.sum() / max(skimage.morphology.skeletonize(ink > 0.5).sum(), 1))


def _ends(ink: np.ndarray, mask: np.ndarray, axis: int) -> tuple[float, float]:
    """Where ink begins and ends along an axis: its outermost pixels count as much as they are inked."""
    most = np.pad(ink.max(axis=1 - axis), 1)
    inked = np.flatnonzero(mask.any(axis=1 - axis))
    first, last = inked[0], inked[-1]
    begin = first + 1 - min(1, most[first + 1]) - most[first]
    end = last + min(1, most[last + 1]) + most[last + 2]
    return float(begin), float(end)


@cache
def fitted() -> list[tuple[np.ndarray, np.ndarray]]:
    """Load the kernels and biases of the network, made by ``tools/fit_small.py``, once (chapter 5)."""
    return unpacked(files(__package__).joinpath("small.json").read_text(encoding="utf-8"))


def unpacked(text: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Unpack kernels and biases from the text that ``tools/fit_small.py`` writes (chapter 5)."""
    layers = []
    for layer in json.loads(text)["layers"]:
        values = np.frombuffer(b64decode(layer["weights"]), "<f2").astype(np.float32)
        kernel, bias = np.split(values, [-layer["out"]])
        layers.append((kernel.reshape(-1, layer["out"]), bias))
    return layers


def _predict(maps: np.ndarray) -> np.ndarray:
    """Predict the image: a convolution, residual pairs, a convolution that gives each cell its pixels."""
    first, *pairs, last = fitted()
    maps = np.maximum(_convolved(maps, *first), 0)
    for one, other in zip(pairs[::2], pairs[1::2], strict=True):
        maps = maps + _convolved(np.maximum(_convolved(maps, *one), 0), *other)
    cells = _convolved(maps, *last).reshape(SIDE // CELL, SIDE // CELL, CELL, CELL)
    image: np.ndarray = 1 / (1 + np.exp(-cells.transpose(0, 2, 1, 3).reshape(SIDE, SIDE)))
    return image


def _convolved(maps: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Convolve maps (h, w, channels) with 3 x 3 windows."""
    height, width = maps.shape[:2]
    around = np.pad(maps, ((1, 1), (1, 1), (0, 0)))
    windows = [around[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    sums: np.ndarray = np.concatenate(windows, axis=-1).reshape(height * width, -1) @ kernel + bias
    return sums.reshape(height, width, -1)
