"""Filters on planes of numbers, beyond those that scipy.ndimage has."""

from __future__ import annotations

import numpy as np
import scipy


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


def sides_of(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Give the top, bottom, left, right side of a picture, (h, w, ...): its outermost pixels."""
    return values[0], values[-1], values[:, 0], values[:, -1]


def outermost(values: np.ndarray) -> np.ndarray:
    """Give a picture's outermost pixels, (n, ...), the corners twice."""
    return np.concatenate(sides_of(values))
