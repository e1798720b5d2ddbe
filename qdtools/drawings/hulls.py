"""Measures convex regions of a picture: their rows, their corners, what shows in each direction.

A region is given by its rows, (h, 2): the first and the last column in each, 1 and 0 where it has none.
"""

from __future__ import annotations

import numpy as np

from .polygons import area_of, bends, fewer_sides

#: A sheet fills the least rectangle around it up to this share, or is seen slantwise.
RECTANGLE = 0.84
#: A sheet seen slantwise fills four sides up to this share; a round or a three-cornered thing does not.
_FOUR_SIDES = 0.94
#: The shortest of its four sides is at least this part of the longest.
_SHORTEST = 0.25
#: In so many directions from its middle a region is looked at.
SECTORS = 16


def hull_rows(mask: np.ndarray) -> np.ndarray:
    """Rows, (h, 2), of a mask's convex hull."""
    rows = np.full((len(mask), 2), [1.0, 0.0])
    inked = np.nonzero(mask.any(axis=1))[0]
    first = mask.argmax(axis=1)[inked]
    last = (mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1))[inked]
    for side, ends, sign in ((0, first, 1), (1, last, -1)):
        chain: list[tuple[int, int]] = []
        for y, x in zip(inked.tolist(), (sign * ends).tolist(), strict=True):
            while len(chain) > 1:
                (y0, x0), (y1, x1) = chain[-2:]
                if (x1 - x0) * (y - y0) < (x - x0) * (y1 - y0):
                    break
                chain.pop()
            chain.append((y, x))
        at = np.arange(inked[0], inked[-1] + 1)
        known_y, known_x = zip(*chain, strict=True)
        rows[at, side] = sign * np.interp(at, known_y, known_x)
    return rows


def hull_area(rows: np.ndarray) -> float:
    """How many pixels a convex region covers."""
    return float(np.maximum(rows[:, 1] - rows[:, 0] + 1, 0).sum())


def corners(rows: np.ndarray) -> np.ndarray:
    """Points (n, 2) of y and x along both sides of a convex region."""
    y = np.nonzero(rows[:, 1] >= rows[:, 0])[0]
    return np.concatenate([np.stack([y, rows[y, side]], -1) for side in (0, 1)])


def points_around(rows: np.ndarray) -> np.ndarray:
    """Points (n, 2) of x and y around a convex region, clockwise."""
    y = np.nonzero(rows[:, 1] >= rows[:, 0])[0]
    right, left = (np.stack([rows[y, side], y], -1) for side in (1, 0))
    around: np.ndarray = np.concatenate([right, left[::-1]])
    return around


def is_slanted(rows: np.ndarray) -> bool:
    """Whether a sheet is seen so slantwise that it hardly is a rectangle."""
    return hull_area(rows) < RECTANGLE * least_box(rows)


def has_four_sides(rows: np.ndarray) -> bool:
    """Whether a convex region has four sides, as a sheet seen slantwise has."""
    outline = bends([(float(x), float(y)) for x, y in points_around(rows)])
    area = area_of(outline)
    found = fewer_sides(outline, area)
    if len(found) != 4 or area < _FOUR_SIDES * area_of(found):
        return False
    sides = np.hypot(*np.transpose(found - np.roll(found, 1, axis=0)))
    return bool(sides.min() >= _SHORTEST * sides.max())


def least_box(rows: np.ndarray) -> float:
    """Area of the least of the rectangles, turned by whole degrees, around a convex region."""
    points = corners(rows)
    least = np.inf
    for degrees in range(90):
        angle = np.radians(degrees)
        along = points @ [np.sin(angle), np.cos(angle)]
        across = points @ [np.cos(angle), -np.sin(angle)]
        least = min(least, float((np.ptp(along) + 1) * (np.ptp(across) + 1)))
    return least


def hull_of(rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Mask (h, w) of a convex region of a picture, (h, w, ...)."""
    columns = np.arange(like.shape[1])
    hull: np.ndarray = (columns >= rows[:, :1]) & (columns <= rows[:, 1:])
    return hull


def sectors_of(hull: np.ndarray) -> np.ndarray:
    """In which direction from the middle of a region, (h, w), each pixel lies: whole numbers, (h, w)."""
    middle = np.argwhere(hull).mean(axis=0)
    y, x = (np.arange(length) - at for length, at in zip(hull.shape, middle, strict=True))
    at = np.arctan2(y[:, None], x)
    sectors: np.ndarray = np.floor((at / np.pi + 1) * (SECTORS / 2)).astype(int) % SECTORS
    return sectors


def shown_around(hull: np.ndarray, ring: np.ndarray, shown: np.ndarray) -> list[np.ndarray]:
    """List what a ring, (h, w), around a region shows in each direction, where that is enough."""
    at = sectors_of(hull)
    seen = [shown[ring & (at == number)] for number in range(SECTORS)]
    return [one for one in seen if len(one) >= 20]
