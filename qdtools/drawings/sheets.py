"""Finds the sheet in a picture that shows more: a table around it, bars beside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
import skimage

#: Longest side at which a sheet is looked for, in pixels.
_LONGEST = 200
#: Colours in [0, 1] that lie closer than this are alike.
_ALIKE = 0.13


class Sheet(NamedTuple):
    """Where a picture's sheet lies.

    Attributes
    ----------
    mask : ndarray of bool, (h, w)
        Its inside, a little away from its edges.
    what : str
        What lies around it, in words.
    """

    mask: np.ndarray
    what: str


def find_sheet(picture: np.ndarray) -> Sheet | None:
    """Find the sheet of a picture whose edges belong to something else (chapter 5).

    A sheet is the large, convex, four-sided region of one colour that holds the ink, with hardly a
    pixel of its colour around it. The inside of an outline that somebody drew is none: the paper
    goes on beyond it.

    Parameters
    ----------
    picture : ndarray of float, (h, w, 3)
        Colours in [0, 1].

    Returns
    -------
    Sheet or None
        None where the whole picture is the sheet, as far as can be told.
    """
    scale = min(1, _LONGEST / max(picture.shape))
    size = [max(1, round(length * scale)) for length in picture.shape[:2]]
    if min(size) < 20:
        return None
    small = skimage.transform.resize(picture, size, anti_aliasing=True)
    regions = _smooth_regions(small)
    area = np.bincount(regions.ravel())
    area[0] = 0
    found = None
    for seed in np.argsort(-area, kind="stable")[:6]:
        if found is None and area[seed] >= 0.015 * regions.size:
            found = _sheet_around(small, regions, seed)
    if found is None:
        return None
    rows, what = found
    edge = 1.5 / scale
    to_row = np.clip((np.arange(len(picture)) + 0.5) * scale - 0.5, 0, size[0] - 1)
    left, right = (
        np.interp(to_row, np.arange(size[0]), side) / scale for side in (rows[:, 0], rows[:, 1])
    )
    x = np.arange(picture.shape[1])
    mask = (x >= (left + edge)[:, None]) & (x <= (right + 1 / scale - 1 - edge)[:, None])
    inside = np.nonzero(mask.any(axis=1))[0]
    if len(inside) < 3 * edge + 10:
        return None
    thick = int(np.ceil(edge))
    if inside[0] > 0:
        mask[: inside[0] + thick] = False
    if inside[-1] < len(mask) - 1:
        mask[inside[-1] + 1 - thick :] = False
    return Sheet(mask, what)


def _smooth_regions(small: np.ndarray) -> np.ndarray:
    """Give the regions (h, w) within which colours change but gently numbers from 1; edges are 0."""
    step = np.zeros(small.shape[:2])
    for axis in (0, 1):
        change = np.linalg.norm(np.diff(small, axis=axis), axis=2)
        for part in (np.s_[:-1], np.s_[1:]):
            at = (part,) if axis == 0 else (slice(None), part)
            step[at] = np.maximum(step[at], change)
    gentle = step <= min(max(0.03, 3 * np.median(step)), 0.08)
    labels: np.ndarray = scipy.ndimage.label(gentle)[0]
    return labels


def _sheet_around(
    small: np.ndarray, regions: np.ndarray, seed: int
) -> tuple[np.ndarray, str] | None:
    """Left and right end of the sheet in each row, (h, 2), where one grows around a region."""
    height, width = regions.shape
    colour = np.median(small[regions == seed], axis=0)
    alike = np.linalg.norm(small - colour, axis=2) < _ALIKE
    sums = [np.bincount(regions.ravel(), small[..., c].ravel()) for c in range(3)]
    means = np.stack(sums, -1) / np.maximum(np.bincount(regions.ravel()), 1)[:, None]
    same = np.linalg.norm(means - colour, axis=1) < _ALIKE
    same[[0, seed]] = False, True
    # Lines that cross the sheet part it; what is left is closed over them.
    paper = same[regions] | (alike & (regions == 0))
    closed = ~grown(~grown(paper, 2), 2)
    numbers, count = scipy.ndimage.label(closed)
    if not count:
        return None
    at_seed = np.bincount(numbers[regions == seed], minlength=count + 1)
    at_seed[0] = 0
    one = numbers == at_seed.argmax()
    filled = scipy.ndimage.binary_fill_holes(one)
    share = filled.mean()
    if not 0.1 <= share <= 0.985:
        return None
    if alike[filled].mean() < 0.5:
        return None  # an outline, which encloses what has another colour
    outside = ~grown(filled, 1)
    if not outside.any() or alike[outside].mean() > 0.25:
        return None
    rows = hull_rows(filled)
    hull_area = np.maximum(rows[:, 1] - rows[:, 0] + 1, 0).sum()
    box_area = _least_box(rows)
    if box_area >= 0.985 * height * width or filled.sum() < 0.93 * hull_area:
        return None
    # Where next to nothing lies around it, only what is exact is no outline that somebody drew.
    is_wide = (~grown(~outside, 4)).mean() > 0.01
    if hull_area < (0.84 if is_wide else 0.985) * box_area:
        return None
    hull = (np.arange(width) >= rows[:, :1]) & (np.arange(width) <= rows[:, 1:])
    inside = ~grown(~hull, 3)
    if not inside.any() or (~alike & inside).sum() < 0.003 * inside.sum():
        return None  # nothing is on it
    if _is_shadow(small, colour, hull, outside):
        return None
    bars = share > 0.3 and hull_area > 0.985 * np.prod(np.ptp(_corners(rows), axis=0) + 1)
    return rows, "bars or a table around the sheet" if bars else "the table around the sheet"


def grown(mask: np.ndarray, by: int) -> np.ndarray:
    """Grow a mask by squares of so many pixels to each side; beyond the border is nothing."""
    if not by:
        return mask
    grown: np.ndarray = scipy.ndimage.maximum_filter(
        mask.astype(np.uint8), 2 * by + 1, mode="constant"
    ).astype(bool)
    return grown


def _is_shadow(
    small: np.ndarray,
    colour: np.ndarray,
    hull: np.ndarray,
    outside: np.ndarray,
) -> bool:
    """Whether what lies around is the same paper in the shade, or in the light: ink crosses the edge."""
    pair = [np.maximum(one, 0.02) for one in (np.median(small[outside], axis=0), colour)]
    shade, light = sorted(pair, key=lambda one: float(one.sum()))
    ratio = shade / light
    if ratio.min() < 0.4 or np.ptp(ratio) > 0.12:
        return False
    framed = np.zeros_like(hull)
    framed[4:-4, 4:-4] = True
    ring = ~grown(~hull, 3) & grown(~hull, 5) & framed
    dips = ring & ((small @ np.ones(3)) < 0.75 * colour.sum())
    return bool(dips.sum() >= 2)


def hull_rows(mask: np.ndarray) -> np.ndarray:
    """First and last column of a mask's convex hull in each row, (h, 2); 1, 0 where it has none."""
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


def _corners(rows: np.ndarray) -> np.ndarray:
    """Points (n, 2) of y and x along both sides of a convex region that is given by its rows."""
    y = np.nonzero(rows[:, 1] >= rows[:, 0])[0]
    return np.concatenate([np.stack([y, rows[y, side]], -1) for side in (0, 1)])


def _least_box(rows: np.ndarray) -> float:
    """Area of the least of the rectangles, turned by whole degrees, around a convex region."""
    points = _corners(rows)
    least = np.inf
    for degrees in range(90):
        angle = np.radians(degrees)
        along = points @ [np.sin(angle), np.cos(angle)]
        across = points @ [np.cos(angle), -np.sin(angle)]
        least = min(least, float((np.ptp(along) + 1) * (np.ptp(across) + 1)))
    return least
