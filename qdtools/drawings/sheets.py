"""Finds the sheet in a picture that shows more: a table around it, bars beside it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy

from .filters import closed, grown, lengths, outermost, resized, sides_of
from .hulls import (
    RECTANGLE,
    SECTORS,
    corners,
    has_four_sides,
    hull_area,
    hull_of,
    hull_rows,
    is_slanted,
    least_box,
    points_around,
    sectors_of,
    shown_around,
)

if TYPE_CHECKING:
    from collections.abc import Callable

#: Longest side at which a sheet is looked for, in pixels.
_LONGEST = 200
#: Colours in [0, 1] that lie closer than this are alike.
_ALIKE = 0.13
#: A sheet is looked for around so many of the largest regions, which have this share of the picture at least.
_SEEDS, _LARGE = 6, 0.015
#: Share of a dark, of a light sheet that may look like what lies around it: ink as dark as the table.
_HOLES = (0.15, 0.3)
#: Share of a dark sheet that may have another colour, whichever.
_ENCLOSED = 0.27
#: Within a region colours change from pixel to pixel by no more than this, or by a little more than usual.
_GENTLE = 0.03
#: By how much a sheet is brighter than a table that is nearly as light, in each direction that is looked in.
_STEP = 0.03
#: A line is darker than both what it encloses and what lies beyond it by this factor.
_LINE = 0.75
#: By how much a box that is filled with a colour is more colourful, or darker, than the paper around it.
_FILLED = 0.04
#: Half the width, at the size at which a sheet is looked for, of lines that rule it, of a cloth's pattern.
_RULING = 2
_PATTERNS = (2, 4, 7)
#: By how much at most what lies beside the sheet in its colour stands out from it.
_BUMP = 9
#: Share of a pattern's pixels that have another colour than the sheet; of how many pieces it is at least.
_OFTEN = 0.1
_MANY = 16

#: What lies in the shade keeps this share of its light at least, in each colour nearly the same share.
_SHADE, _SAME_HUE = 0.35, 0.12
#: Half the width of a line that crosses a sheet's edge, how far it goes on to both sides, how long it may be.
_CROSSING, _ON, _MOST = 3, 4, 24

#: What may be a sheet is so light, lighter by this than all along the border, has this share of the picture
#: at least, of its own convex hull, and lines on it, neither none nor too many.
_LIGHT, _LIGHTER, _WIDE, _SOLID, _INKED, _FULL = 0.6, 0.1, 0.12, 0.7, 0.005, 0.3


#: Rows of a region, (h, 2), that is a sheet; what lies around it, in words.
_Found = tuple[np.ndarray, str]


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
    is_alone : bool
        Whether no other sheet lies beside it.
    """

    mask: np.ndarray
    what: str
    outline: np.ndarray
    step: float
    is_alone: bool


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
    scale, small = _smaller(picture)
    size = small.shape[:2]
    if min(size) < 20:
        return None
    step = _steps_of(small)
    usual = _usual_of(step)
    unruled = np.stack([closed(small[..., c], _RULING) for c in range(3)], -1)
    found = _first_found(
        small,
        (_sheet_around, usual, step),
        (_sheet_by_its_edge, _GENTLE, step),  # a table's grain is none of the sheet's
        (partial(_sheet_by_its_edge, unruled=unruled), _GENTLE, _steps_of(unruled)),
        (_sheet_on_a_pattern, usual, step),
        (_sheet_in_a_shadow, usual, step),
    )
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
    is_alone = not _is_another(small, _regions_of(step, usual), grown(hull_of(rows, small), 2))
    return Sheet(mask, what, (points_around(rows) + 0.5) / scale, edge, is_alone)


def _first_found(
    small: np.ndarray, *ways: tuple[Callable[..., _Found | None], float, np.ndarray]
) -> _Found | None:
    """Find a sheet by the first of some ways that gives one; one seen slantwise only where none does.

    With each way is said by how much colours change within its regions, and where they change so, (h, w).
    """
    slanted = None
    for find, gentle, step in ways:
        regions = _regions_of(step, gentle)
        for seed in _seeds_of(regions):
            found = find(small, regions, seed)
            # The part of a sheet that a shadow leaves lit may have four sides, too.
            if found is not None and (find is _sheet_in_a_shadow or not is_slanted(found[0])):
                return found
            slanted = slanted or found
    return slanted


def is_on_a_table(picture: np.ndarray) -> bool:
    """Tell whether something like a sheet lies on something darker, where no sheet was found (chapter 5).

    Parameters
    ----------
    picture : ndarray of float, (h, w, 3)
        Colours in [0, 1].

    Returns
    -------
    bool
        Whether a large light region has ink on it, and nothing as light lies along the border.
    """
    small = _smaller(picture)[1]
    if min(small.shape[:2]) < 20:
        return False
    step = _steps_of(small)
    regions = _regions_of(step, _usual_of(step))
    bright = _brightness(small)
    lines = bright < _LINE * closed(bright, _CROSSING)
    border = np.sort(outermost(bright))
    lightest = float(border[int(0.95 * len(border))])
    for seed in _seeds_of(regions):
        if float(np.median(bright[regions == seed])) < max(lightest + _LIGHTER, _LIGHT):
            continue
        rows = hull_rows(regions == seed)
        hull = hull_of(rows, small)
        share = float((regions == seed).sum() / hull.sum())
        if hull.mean() >= _WIDE and share >= _SOLID and _INKED <= lines[hull].mean() <= _FULL:
            return True
    return False


def _smaller(picture: np.ndarray) -> tuple[float, np.ndarray]:
    """Scale of the picture in which a sheet is looked for, and that picture, (h, w, 3)."""
    scale = min(1, _LONGEST / max(picture.shape))
    height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
    return scale, resized(picture, (height, width))


def _usual_of(step: np.ndarray) -> float:
    """By how much colours change from pixel to pixel at most within a region."""
    return min(max(_GENTLE, 3 * float(np.median(step))), 0.08)


def _regions_of(step: np.ndarray, gentle: float) -> np.ndarray:
    """Give each region, (h, w), in which colours change by no more than this a number from 1; 0 is none."""
    regions: np.ndarray = scipy.ndimage.label(step <= gentle)[0]
    return regions


def _is_another(small: np.ndarray, regions: np.ndarray, taken: np.ndarray) -> bool:
    """Whether another sheet lies beside one that was found."""
    for seed in _seeds_of(regions):
        own = regions == seed
        if (own & taken).any():
            continue
        colour = np.median(small[own], axis=0)
        paper = _paper_of(small, regions, seed, colour) & ~taken
        filled = _group_at(~grown(~grown(paper, 2), 2), own)
        if filled is None or outermost(filled).any():
            continue
        if _as_a_sheet(small, colour, filled) is not None:
            return True
    return False


def _seeds_of(regions: np.ndarray) -> list[int]:
    """Give the numbers of the largest regions, around which a sheet may be."""
    area = np.bincount(regions.ravel())
    area[0] = 0
    largest = np.argsort(-area, kind="stable")[:_SEEDS]
    return [int(seed) for seed in largest if area[seed] >= _LARGE * regions.size]


def _steps_of(small: np.ndarray) -> np.ndarray:
    """By how much each pixel's colour differs at most from the four beside it, (h, w)."""
    step = np.zeros(small.shape[:2])
    for axis in (0, 1):
        change = lengths(np.diff(small, axis=axis))
        for part in (np.s_[:-1], np.s_[1:]):
            at = (part,) if axis == 0 else (slice(None), part)
            step[at] = np.maximum(step[at], change)
    return step


def _sheet_around(
    small: np.ndarray, regions: np.ndarray, seed: int, shade: np.ndarray | None = None
) -> _Found | None:
    """Left and right end of the sheet in each row, (h, 2), where one grows around a region.

    A part of it may lie in the shade, whose colour is given.
    """
    colour = np.median(small[regions == seed], axis=0)
    alike = _away_from(small, colour, shade) < _ALIKE
    # Lines that cross the sheet part it; what is left is closed over them.
    paper = _paper_of(small, regions, seed, colour, shade)
    filled = _group_at(~grown(~grown(paper, 2), 2), regions == seed)
    if filled is None or alike[filled].mean() < 0.5:
        return None  # an outline, which encloses what has another colour
    outside = ~grown(filled, 1)
    if not outside.any() or alike[outside].mean() > 0.25:
        return None
    beyond = np.median(small[outside], axis=0)
    is_light = colour.sum() > beyond.sum()
    enclosed = filled & ~alike
    seen_through = enclosed & (lengths(small - beyond) < _ALIKE)
    if seen_through.sum() > _HOLES[int(is_light)] * filled.sum():
        return None  # bold lines, between which the paper shows
    if not is_light and enclosed.sum() > _ENCLOSED * filled.sum():
        return None  # bold lines, what they enclose filled with a colour
    found = _as_a_sheet(small, colour, filled, ~alike)
    return None if found is None or _is_drawn(small, hull_of(found[0], small)) else found


def _group_at(mask: np.ndarray, own: np.ndarray) -> np.ndarray | None:
    """Take what of a mask hangs together where most of a region lies, filled; None where it is nowhere."""
    numbers: np.ndarray = scipy.ndimage.label(mask)[0]
    at_own = np.bincount(numbers[own], minlength=1)
    at_own[0] = 0
    if not at_own.any():
        return None
    filled: np.ndarray = scipy.ndimage.binary_fill_holes(numbers == at_own.argmax())
    return filled


def _away_from(
    values: np.ndarray, colour: np.ndarray, shade: np.ndarray | None = None
) -> np.ndarray:
    """How far colours, (..., 3), are from one, or from the nearest of those between it and another."""
    away = values - colour
    if shade is not None:
        along = shade - colour
        share = np.clip(away @ along / max(float(along @ along), 1e-12), 0, 1)
        away = away - share[..., None] * along
    return lengths(away)


def _paper_of(
    small: np.ndarray,
    regions: np.ndarray,
    seed: int,
    colour: np.ndarray,
    shade: np.ndarray | None = None,
) -> np.ndarray:
    """Regions whose mean colour is alike to that of one, with what lies between and is alike."""
    alike = _away_from(small, colour, shade) < _ALIKE
    sums = [np.bincount(regions.ravel(), small[..., c].ravel()) for c in range(3)]
    means = np.stack(sums, -1) / np.maximum(np.bincount(regions.ravel()), 1)[:, None]
    same = _away_from(means, colour, shade) < _ALIKE
    same[[0, seed]] = False, True
    paper: np.ndarray = same[regions] | (alike & (regions == 0))
    return paper


def _sheet_in_a_shadow(small: np.ndarray, regions: np.ndarray, seed: int) -> _Found | None:
    """Find as `_sheet_around` a sheet of which a large part lies in a shadow with an edge."""
    colour = np.median(small[regions == seed], axis=0)
    for other in _seeds_of(regions):
        shade = np.median(small[regions == other], axis=0)
        ratio = shade / np.maximum(colour, 0.02)
        if other == seed or not _SHADE <= ratio.min() <= ratio.max() <= 1:
            continue
        found = _sheet_around(small, regions, seed, shade) if np.ptp(ratio) <= _SAME_HUE else None
        if found is not None:
            return found
    return None


def _sheet_by_its_edge(
    small: np.ndarray, regions: np.ndarray, seed: int, unruled: np.ndarray | None = None
) -> _Found | None:
    """Find as `_sheet_around` a sheet on a table hardly darker than it: an edge goes round it, no line.

    Its regions may be those of the picture without the lines that rule the sheet.
    """
    filled = scipy.ndimage.binary_fill_holes(regions == seed)
    plain = small if unruled is None else unruled
    colour = np.median(plain[regions == seed], axis=0)
    if (regions == seed).sum() < 0.5 * filled.sum():
        return None  # an outline
    inked = None if unruled is None else lengths(unruled - small) > _GENTLE
    found = _as_a_sheet(small, colour, filled, inked)
    return found if found is not None and _has_an_edge(plain, hull_of(found[0], small)) else None


def _has_an_edge(small: np.ndarray, hull: np.ndarray) -> bool:
    """Whether it is lighter inside than outside nearly all around a region, and no line parts the two."""
    bright = _brightness(small)
    inside = ~grown(~hull, 2) & grown(~hull, 6)
    between, outside = grown(hull, 7) & ~hull, grown(hull, 12) & ~grown(hull, 8)
    steps = lines = 0
    sectors = sectors_of(hull)
    for number in range(SECTORS):
        rings = [bright[ring & (sectors == number)] for ring in (inside, between, outside)]
        if min(map(len, rings)) < 5:
            continue
        within, beyond = float(np.median(rings[0])), float(np.median(rings[2]))
        if within - beyond < _STEP:
            return False
        steps += 1
        lines += bool(np.sort(rings[1])[len(rings[1]) // 8] < 0.85 * beyond)
    return steps >= 0.75 * SECTORS and lines <= 0.5 * steps


def _brightness(small: np.ndarray) -> np.ndarray:
    """Mean of a picture's three colours, (h, w)."""
    bright: np.ndarray = small @ np.full(3, 1 / 3)
    return bright


def _is_drawn(small: np.ndarray, hull: np.ndarray) -> bool:
    """Whether a region is a box that somebody drew and filled: a line goes round it, the paper is lighter."""
    outside = ~grown(hull, 8)
    if not outside.any():
        return False
    within, beyond = np.median(small[hull], axis=0), np.median(small[outside], axis=0)
    colourful = float(np.ptp(within) - np.ptp(beyond)) > _FILLED
    if not colourful and float(beyond.mean() - within.mean()) < _FILLED:
        return False
    bright = _brightness(small)
    darker = _LINE * float(min(within.mean(), beyond.mean()))
    # The line's soft outer edge may have the colour within.
    seen = shown_around(hull, grown(hull, 7) & grown(~hull, 5), bright)
    lines = sum(bool(np.sort(one)[len(one) // 8] < darker) for one in seen)
    return lines >= 0.75 * max(len(seen), 1)


def _sheet_on_a_pattern(small: np.ndarray, regions: np.ndarray, seed: int) -> _Found | None:
    """Find as `_sheet_around` a sheet on a cloth in whose pattern its own colour comes again and again.

    The pattern goes round the sheet and on to the picture's border, nowhere as wide as the sheet.
    """
    colour = np.median(small[regions == seed], axis=0)
    paper = _paper_of(small, regions, seed, colour)
    if not _goes_on(paper):
        return None
    for by in _PATTERNS:
        # What the pattern leaves free; ink on it lies apart from the pattern.
        free = _group_at(~grown(~paper, by), regions == seed)
        if free is None:
            return None
        own = grown(free, by)
        # What of the pattern lies beside the sheet in its colour stands out, but not as far as a disc.
        core = scipy.ndimage.distance_transform_edt(own) > _BUMP
        if not core.any():
            continue
        sheet = scipy.ndimage.distance_transform_edt(~core) <= _BUMP
        found = _as_a_sheet(small, colour, sheet, is_in_a_pattern=True)
        if found is not None and _is_in_a_pattern(paper, hull_of(found[0], small)):
            return found
    return None


def _goes_on(paper: np.ndarray) -> bool:
    """Whether a pattern reaches the picture's border: along three sides colours change, and often."""
    sides = sides_of(paper)
    patterned = sum(float(np.mean(~side)) > _OFTEN for side in sides)
    return patterned >= 3 and sum(int((side[1:] != side[:-1]).sum()) for side in sides) >= _MANY


def _is_in_a_pattern(paper: np.ndarray, hull: np.ndarray) -> bool:
    """Whether another colour comes often in all directions around a region, in or between many pieces."""
    beyond = ~grown(hull, 2)
    if max(scipy.ndimage.label(one & beyond)[1] for one in (paper, ~paper)) < _MANY:
        return False
    seen = shown_around(hull, grown(hull, 9) & beyond, paper)
    often = sum(float(np.mean(~one)) > _OFTEN for one in seen)
    return len(seen) >= 0.5 * SECTORS and often >= 0.9 * len(seen)


def _as_a_sheet(
    small: np.ndarray,
    colour: np.ndarray,
    filled: np.ndarray,
    inked: np.ndarray | None = None,
    is_in_a_pattern: bool = False,
) -> _Found | None:
    """Left and right end in each row, (h, 2), of a region that has a sheet's shape with ink on it."""
    height, width = filled.shape
    share = filled.mean()
    outside = ~grown(filled, 1)
    if not 0.1 <= share <= 0.985 or not outside.any():
        return None
    if inked is None:
        inked = lengths(small - colour) >= _ALIKE
    rows = hull_rows(filled)
    area, box_area = hull_area(rows), least_box(rows)
    if box_area >= 0.985 * height * width or filled.sum() < 0.93 * area:
        return None
    # Where next to nothing lies around it, only what is exact is no outline that somebody drew.
    is_wide = (~grown(~outside, 4)).mean() > 0.01
    if area < (RECTANGLE if is_wide else 0.985) * box_area and not (
        is_wide and has_four_sides(rows)
    ):
        return None
    hull = hull_of(rows, small)
    inside = ~grown(~hull, 3)
    if not inside.any() or (inked & inside).sum() < 0.003 * inside.sum():
        return None  # nothing is on it
    if not is_in_a_pattern and (
        _is_shadow(small, colour, hull, outside) or _is_crossed(small, hull)
    ):
        return None
    bars = share > 0.3 and area > 0.985 * np.prod(np.ptp(corners(rows), axis=0) + 1)
    return rows, "bars or a table around the sheet" if bars else "the table around the sheet"


def box_within(sheet: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of a box that lies within a convex mask, (h, w), and a little away from its edges."""
    top, left, (bottom, right) = 0, 0, sheet.shape
    while bottom - top > 1 and right - left > 1:
        part = sheet[top:bottom, left:right]
        within = [float(side.mean()) for side in sides_of(part)]
        least = int(np.argmin(within))
        if within[least] == 1:
            break
        top, bottom = top + (least == 0), bottom - (least == 1)
        left, right = left + (least == 2), right - (least == 3)
    edge = min(bottom - top, right - left) // 50
    return slice(top + edge, bottom - edge), slice(left + edge, right - edge)


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


def _is_crossed(small: np.ndarray, hull: np.ndarray) -> bool:
    """Whether a drawing goes on beyond an edge, as beyond a horizon: two of its lines cross it, or more."""
    bright = _brightness(small)
    valleys, peaks = closed(bright, _CROSSING), -closed(-bright, _CROSSING)
    band = grown(hull, _ON + 1) & grown(~hull, _ON + 1)
    within, beyond = ~grown(~hull, _ON), ~grown(hull, _ON)
    for lines in (bright < _LINE * valleys, peaks < _LINE * bright):
        numbers = scipy.ndimage.label(lines & band, np.ones((3, 3)))[0]
        crossing = set(numbers[within & band].tolist()) & set(numbers[beyond & band].tolist())
        places = scipy.ndimage.find_objects(numbers)
        short = [
            number
            for number in crossing - {0}
            if max(side.stop - side.start for side in places[number - 1]) <= _MOST
        ]
        if len(short) >= 2:
            return True
    return False
