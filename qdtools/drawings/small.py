"""Redraws small pictures' ink as the recipe would have drawn its lines.

Where a drawing is some twenty pixels large, its lines are as wide as the gaps between them: enlarged and
thinned, what lies close together runs into one. How much of a pixel is inked still tells where in it a
line lies. So each pixel of the image is predicted from the ink around the place it comes from, by a small
regression network whose weights ``tools/fit_small.py`` fits to strokes drawn small in many ways.
"""

from __future__ import annotations

import json
from base64 import b64decode
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

# Whole, since their parts load on first use: an image of 28 x 28 pixels needs none of them.
import scipy
import skimage

from .canvas import BOX, CANVAS, SIDE
from .sheets import grown
from .surroundings import ink_mask

#: Longer side of a drawing, in pixels, up to which it is redrawn so; beyond, thinning keeps as much.
LARGEST = 30
#: Places across a pixel of the image at which the ink is looked at.
DENSE = 2
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


class Redrawn(NamedTuple):
    """A small picture's ink, redrawn.

    Attributes
    ----------
    box : ndarray of float, (56, 56)
        The ink, brought to the recipe's place and size.
    image : ndarray of float, (28, 28)
        How the recipe would have drawn it, in [0, 1].
    doubt : str
        That what tells its name may be lost, in words.
    """

    box: np.ndarray
    image: np.ndarray
    doubt: str


def redraw_small(ink: np.ndarray) -> Redrawn:
    """Redraw a small picture's ink as the recipe would have drawn its lines (chapter 5).

    Parameters
    ----------
    ink : ndarray of float, (h, w)
        0 is paper, 1 the ink of a line.

    Returns
    -------
    Redrawn
        The image, with what is said of it.
    """
    box, step, pen = _on_the_canvas(ink)
    large = round((_FIT + pen) * step)
    doubt = f"the drawing is only {large} pixels large, so another name may be read in it"
    return Redrawn(box, _predict(_with_facts(box, step, pen)), doubt)


def looked_at(ink: np.ndarray) -> np.ndarray:
    """Give what the network takes of ink, (28, 28, 6): that around each pixel, with its sizes (chapter 5)."""
    return _with_facts(*_on_the_canvas(ink))


def _with_facts(box: np.ndarray, step: float, pen: float) -> np.ndarray:
    seen = box.reshape(SIDE, DENSE, SIDE, DENSE).transpose(0, 2, 1, 3).reshape(SIDE, SIDE, -1)
    facts = np.broadcast_to(np.minimum([step / _STEP, pen / _PEN], 1), (SIDE, SIDE, 2))
    return np.concatenate([seen, facts], axis=-1).astype(np.float32)


def _on_the_canvas(ink: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Bring ink to the recipe's canvas; gives pixels to one of the image, and the pen in these, besides."""
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
    """Load the kernels and biases of the regression, made by ``tools/fit_small.py``, once (chapter 5)."""
    text = files(__package__).joinpath("small.json").read_text(encoding="utf-8")
    layers = []
    for layer in json.loads(text)["layers"]:
        values = np.frombuffer(b64decode(layer["weights"]), "<f2").astype(np.float32)
        kernel, bias = np.split(values, [-layer["out"]])
        layers.append((kernel.reshape(-1, layer["out"]), bias))
    return layers


def _predict(maps: np.ndarray) -> np.ndarray:
    """Predict the image: convolutions of 3 x 3 pixels with ReLU between them, a sigmoid at the end."""
    layers = fitted()
    for number, (kernel, bias) in enumerate(layers):
        around = np.pad(maps, ((1, 1), (1, 1), (0, 0)))
        windows = [around[y : y + SIDE, x : x + SIDE] for y in range(3) for x in range(3)]
        maps = np.concatenate(windows, axis=-1).reshape(SIDE * SIDE, -1) @ kernel + bias
        if number < len(layers) - 1:
            maps = np.maximum(maps, 0).reshape(SIDE, SIDE, -1)
    image: np.ndarray = 1 / (1 + np.exp(-maps.reshape(SIDE, SIDE)))
    return image
