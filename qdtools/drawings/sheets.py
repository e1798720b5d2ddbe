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
#: Share of a dark, of a light sheet that may look like what lies around it: ink as dark as the table.
_HOLES = (0.15, 0.3)
#: Within a region colours change from pixel to pixel by no more than this, or by a little more than usual.
_GENTLE = 0.03
#: By how much a sheet is brighter than a table that is nearly as light, in each direction that is looked in.
_STEP = 0.03
_SECTORS = 16


class Sheet(NamedTuple):
    """Where a picture's sheet lies.

    Attributes
    ----------
    mask : ndarray of bool, (h, w)
        Its inside, a little away from its edges.
    what : str
        What lies around it, in words.
    outline : ndarray of float, (n, 2)
        Points of x and y around it, clockwise, in pixels of the picture.
    step : float
        How far from the true edge these lie at most, in pixels.
    """

    mask: np.ndarray
    what: str
    outline: np.ndarray
    step: float


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
    step = _steps(small)
    found = None
    for find, gentle in (
        (_sheet_around, min(max(_GENTLE, 3 * float(np.median(step))), 0.08)),
        (_sheet_by_its_edge, _GENTLE),  # a table's grain is none of the sheet's
    ):
        regions: np.ndarray = scipy.ndimage.label(step <= gentle)[0]
        area = np.bincount(regions.ravel())
        area[0] = 0
        for seed in np.argsort(-area, kind="stable")[:6].tolist():
            if found is None and area[seed] >= 0.015 * regions.size:
                found = find(small, regions, seed)
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
    return Sheet(mask, what, (_around(rows) + 0.5) / scale, edge)


def _steps(small: np.ndarray) -> np.ndarray:
    """By how much each pixel's colour differs at most from the four beside it, (h, w)."""
    step = np.zeros(small.shape[:2])
    for axis in (0, 1):
        change = np.linalg.norm(np.diff(small, axis=axis), axis=2)
        for part in (np.s_[:-1], np.s_[1:]):
            at = (part,) if axis == 0 else (slice(None), part)
            step[at] = np.maximum(step[at], change)
    return step


def _sheet_around(
    small: np.ndarray, regions: np.ndarray, seed: int
) -> tuple[np.ndarray, str] | None:
    """Left and right end of the sheet in each row, (h, 2), where one grows around a region."""
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
    if alike[filled].mean() < 0.5:
        return None  # an outline, which encloses what has another colour
    outside = ~grown(filled, 1)
    if not outside.any() or alike[outside].mean() > 0.25:
        return None
    beyond = np.median(small[outside], axis=0)
    seen_through = filled & ~alike & (np.linalg.norm(small - beyond, axis=2) < _ALIKE)
    if seen_through.sum() > _HOLES[int(colour.sum() > beyond.sum())] * filled.sum():
        return None  # bold lines, between which the paper shows
    return _as_a_sheet(small, colour, filled)


def _sheet_by_its_edge(
    small: np.ndarray, regions: np.ndarray, seed: int
) -> tuple[np.ndarray, str] | None:
    """Find as `_sheet_around` a sheet on a table hardly darker than it: an edge goes round it, no line."""
    filled = scipy.ndimage.binary_fill_holes(regions == seed)
    found = _as_a_sheet(small, np.median(small[regions == seed], axis=0), filled)
    return found if found is not None and _has_an_edge(small, _hull(found[0], small)) else None


def _hull(rows: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Mask (h, w) of a convex region that is given by its rows."""
    columns = np.arange(small.shape[1])
    hull: np.ndarray = (columns >= rows[:, :1]) & (columns <= rows[:, 1:])
    return hull


def _has_an_edge(small: np.ndarray, hull: np.ndarray) -> bool:
    """Whether it is lighter inside than outside nearly all around a region, and no line parts the two."""
    bright = small @ np.full(3, 1 / 3)
    middle = np.argwhere(hull).mean(axis=0)
    y, x = (np.arange(length) - at for length, at in zip(hull.shape, middle, strict=True))
    at = np.arctan2(y[:, None], x)
    sector = np.floor((at / np.pi + 1) * (_SECTORS / 2)).astype(int) % _SECTORS
    inside = ~grown(~hull, 2) & grown(~hull, 6)
    between, outside = grown(hull, 7) & ~hull, grown(hull, 12) & ~grown(hull, 8)
    steps = lines = 0
    for number in range(_SECTORS):
        rings = [bright[ring & (sector == number)] for ring in (inside, between, outside)]
        if min(map(len, rings)) < 5:
            continue
        within, beyond = float(np.median(rings[0])), float(np.median(rings[2]))
        if within - beyond < _STEP:
            return False
        steps += 1
        lines += bool(np.sort(rings[1])[len(rings[1]) // 8] < 0.85 * beyond)
    return steps >= 0.75 * _SECTORS and lines <= 0.5 * steps


def _as_a_sheet(
    small: np.ndarray, colour: np.ndarray, filled: np.ndarray
) -> tuple[np.ndarray, str] | None:
    """Left and right end in each row, (h, 2), of a region that has a sheet's shape with ink on it."""
    height, width = filled.shape
    share = filled.mean()
    outside = ~grown(filled, 1)
    if not 0.1 <= share <= 0.985 or not outside.any():
        return None
    alike = np.linalg.norm(small - colour, axis=2) < _ALIKE
    rows = hull_rows(filled)
    hull_area = np.maximum(rows[:, 1] - rows[:, 0] + 1, 0).sum()
    box_area = _least_box(rows)
    if box_area >= 0.985 * height * width or filled.sum() < 0.93 * hull_area:
        return None
    # Where next to nothing lies around it, only what is exact is no outline that somebody drew.
    is_wide = (~grown(~outside, 4)).mean() > 0.01
    if hull_area < (0.84 if is_wide else 0.985) * box_area:
        return None
    hull = _hull(rows, small)
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


def _around(rows: np.ndarray) -> np.ndarray:
    """Points (n, 2) of x and y around a convex region that is given by its rows, clockwise."""
    y = np.nonzero(rows[:, 1] >= rows[:, 0])[0]
    right, left = (np.stack([rows[y, side], y], -1) for side in (1, 0))
    around: np.ndarray = np.concatenate([right, left[::-1]])
    return around


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
