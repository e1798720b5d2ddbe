"""Brings the npm sample's thin, off-centre bitmaps to the look of Google's bitmaps.

The sample draws a 256-unit box onto 28 pixels with lines one pixel wide, top-left aligned. Google's
recipe centres the ink's box in 304 units and draws with a pen of 16. So each of Google's pixels is
predicted from the 6 x 6 thin pixels around the place it comes from, by a small regression network
whose weights ``tools/fit_restyle.py`` fits to strokes drawn both ways.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np

from .canvas import BOX, CANVAS, MARGIN, SIDE

#: Thin pixels on each side of a place that are looked at, and features made of them.
REACH = 3
FEATURES = (2 * REACH) ** 2 + 4
#: Where the box ends in thin pixels: the last unit is 255 of 256.
FULL_EXTENT = (BOX - 1) * SIDE / BOX
#: Drawings whose patches stand in memory together.
_DRAWINGS = 100
#: Rows that go through the layers together: too few for a library to share them out among threads, which
#: are busy with other categories.
_ROWS = 512


def extent_features(thin: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Describe the last inked columns (axis 2) or rows (axis 1) of each thin image.

    Parameters
    ----------
    thin : ndarray of float, (n, 28, 28)
        Thin images in [0, 1].
    axis : int
        2 to look along columns, 1 to look along rows.

    Returns
    -------
    last : ndarray of int, (n,)
        Index of the last column or row that holds ink, -1 + 28 where there is none.
    features : ndarray of float, (n, 7)
        Peaks and sums of the last ones, for a linear estimate of what lies beyond `last`.
    """
    across = 3 - axis
    peak, total = thin.max(axis=across), thin.sum(axis=across, dtype=np.float64)
    last = SIDE - 1 - np.argmax(peak[:, ::-1] > 0.01, axis=1)
    row = np.arange(len(thin))

    def back(profile: np.ndarray, steps: int) -> np.ndarray:
        at: np.ndarray = profile[row, np.maximum(last - steps, 0)]
        return at

    sums = back(total, 0), back(total, 1)
    columns = [back(peak, 0), back(peak, 1), back(peak, 2), np.minimum(sums[0], 4)]
    columns += [np.minimum(sums[1], 6), sums[0] / (sums[0] + sums[1] + 1e-6), np.ones(len(thin))]
    return last, np.stack(columns, axis=1)


def extents(thin: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """Estimate how far each drawing reaches right and down, in thin pixels; ndarray (n, 2)."""
    reach = []
    for axis, name in ((2, "extent_x"), (1, "extent_y")):
        last, features = extent_features(thin, axis)
        reach.append(np.where(last == SIDE - 1, FULL_EXTENT, last + features @ weights[name]))
    result = np.stack(reach, axis=1)
    # The strokes were scaled until the longer side fills the box, so that side's end is known.
    result[np.arange(len(thin)), result.argmax(axis=1)] = FULL_EXTENT
    return result


def patches(thin: np.ndarray, extent: np.ndarray) -> np.ndarray:
    """Gather, for each pixel of Google's image, the thin pixels around the place it comes from.

    Parameters
    ----------
    thin : ndarray of float, (n, 28, 28)
        Thin images in [0, 1].
    extent : ndarray of float, (n, 2)
        How far each reaches right and down, in thin pixels.

    Returns
    -------
    ndarray of float32, (n, 28, 28, 40)
        36 thin pixels, the place's offset inside its pixel (x, y) and its distance to the right
        and lower edge, beyond which the sample lost the ink.
    """
    canvas = (np.arange(SIDE) + 0.5) * CANVAS / SIDE - MARGIN
    place = (canvas - (BOX - extent[:, :, None] * BOX / SIDE) / 2) * SIDE / BOX
    whole = np.floor(place).astype(int)
    inside = place - whole
    edge = np.clip(SIDE - place, -1, 4) / 4

    pad = 8
    padded = np.pad(thin, ((0, 0), (pad, pad), (pad, pad)))
    around = np.arange(1 - REACH, 1 + REACH)
    index = np.clip(whole[..., None] + around + pad, 0, padded.shape[1] - 1)
    pixels = padded[
        np.arange(len(thin))[:, None, None, None, None],
        index[:, 1, :, None, :, None],
        index[:, 0, None, :, None, :],
    ].reshape(len(thin), SIDE, SIDE, -1)
    where = np.broadcast_arrays(
        inside[:, 0, None, :], inside[:, 1, :, None], edge[:, 0, None, :], edge[:, 1, :, None]
    )
    return np.concatenate([pixels, np.stack(where, axis=-1)], axis=-1).astype(np.float32)


@cache
def fitted() -> dict[str, np.ndarray]:
    """Load the weights of the regression, made by ``tools/fit_restyle.py``, once (chapter 1).

    In float64: which order a processor's library sums in shows far behind the comma then, where in float32
    some seventy pixels of the sample came out one grey level apart from machine to machine.
    """
    with (
        files(__package__).joinpath("restyle.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        return {name: values.astype(np.float64) for name, values in stored.items()}


def _greys(rows: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """Run the network on features of some pixels, float64 (n, 40), and give their greys, (n,)."""
    hidden = rows
    for layer in range(2):
        hidden = np.maximum(hidden @ weights[f"kernel_{layer}"] + weights[f"bias_{layer}"], 0)
    greys: np.ndarray = (hidden @ weights["kernel_2"] + weights["bias_2"])[:, 0]
    return greys


def restyle(thin: np.ndarray) -> np.ndarray:
    """Redraw the sample's thin bitmaps as Google's recipe would have drawn them (chapter 1).

    Parameters
    ----------
    thin : ndarray of float, (n, 28, 28)
        Bitmaps of the npm sample in [0, 1].

    Returns
    -------
    ndarray of uint8, (n, 28, 28)
        White ink on black, the ink's box centred, the pen 1.47 pixels wide; the same on every processor.
    """
    weights = fitted()
    thin = np.asarray(thin, np.float32)
    out = np.zeros(thin.shape, np.uint8)
    for start in range(0, len(thin), _DRAWINGS):
        part = slice(start, start + _DRAWINGS)
        features = patches(thin[part], extents(thin[part], weights))
        near_ink = features[..., : (2 * REACH) ** 2].any(axis=-1)
        rows = features[near_ink].astype(np.float64)
        for begin in range(0, len(rows), _ROWS):
            block = slice(begin, begin + _ROWS)
            rows[block, 0] = _greys(rows[block], weights)
        out[part][near_ink] = np.rint(np.clip(rows[:, 0], 0, 1) * 255).astype(np.uint8)
    return out
