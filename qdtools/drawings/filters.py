"""Filters on planes of numbers that libraries do not have, or that take long there."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy
import skimage


def grown(mask: np.ndarray, by: int) -> np.ndarray:
    """Grow a mask, (h, w), by squares of so many pixels to each side; beyond the border is nothing."""
    if not by:
        return mask
    grown: np.ndarray = scipy.ndimage.maximum_filter(
        mask.astype(np.uint8), 2 * by + 1, mode="constant"
    ).astype(bool)
    return grown


def closed(values: np.ndarray, by: int) -> np.ndarray:
    """Close what is darker than all around it and thin: the least of the greatest around each place.

    Around it are so many pixels to each side.
    """
    closed: np.ndarray = scipy.ndimage.grey_closing(values, (2 * by + 1,) * 2, mode="nearest")
    return closed


def lengths(colours: np.ndarray) -> np.ndarray:
    """Say how long vectors of three numbers are, (..., 3), as `numpy.linalg.norm` does.

    That sums along an axis, pixel by pixel; here are whole planes to add.
    """
    red, green, blue = np.moveaxis(colours, -1, 0)
    long: np.ndarray = np.sqrt(red**2 + green**2 + blue**2)
    return long


def median_around(values: np.ndarray, around: int) -> np.ndarray:
    """Take the median of the odd number of pixels around each, (h, w), a square of so many a side.

    Beyond the border all goes on as it is there. It is that of `scipy.ndimage.median_filter`, which
    selects square by square; of a small plane all fit into memory, where numpy selects several at a time.
    """
    padded = np.pad(values, around // 2, mode="edge")
    squares = np.lib.stride_tricks.sliding_window_view(padded, (around, around))
    among = squares.copy().reshape(*values.shape, -1)
    middle = among.shape[-1] // 2
    among.partition(middle)
    return among[..., middle].copy()


def resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a plane or a picture, (h, w) or (h, w, c), as `skimage.transform.resize` does.

    If it becomes smaller it is smoothed. Each pixel that comes of it is a weighted sum of a few along a
    column, then along a row; the smoothing alone would visit every pixel of the larger picture.
    """
    resized = values
    # First along the side that leaves the fewer pixels for the other.
    for axis in (0, 1) if size[0] <= len(values) else (1, 0):
        lines = np.moveaxis(resized, axis, 0)
        weighted = _weights(len(lines), size[axis]) @ lines.reshape(len(lines), -1)
        resized = np.moveaxis(weighted.reshape(size[axis], *lines.shape[1:]), 0, axis)
    return np.ascontiguousarray(resized)


@lru_cache(maxsize=16)
def _weights(length: int, to: int) -> scipy.sparse.csr_array:
    """How much each pixel of a line counts in each that it is resized to, (to, length)."""
    return scipy.sparse.csr_array(
        skimage.transform.resize(np.eye(length), (to, length), order=1, anti_aliasing=True)
    )


def sides_of(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Give the top, bottom, left, right side of a picture, (h, w, ...): its outermost pixels."""
    return values[0], values[-1], values[:, 0], values[:, -1]


def outermost(values: np.ndarray) -> np.ndarray:
    """Give a picture's outermost pixels, (n, ...), the corners twice."""
    return np.concatenate(sides_of(values))
