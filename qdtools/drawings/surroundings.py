"""Tells the drawing from what else is inked around it: frames, rulings, axes, captions, holes."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy
import skimage

from .filters import sides_of
from .frames import (
    Box,
    are_evenly_spaced,
    runs,
    to_the_top,
    within_frames,
    without_axes,
    without_box,
    without_frames,
)
from .objects import without_objects
from .pieces import (
    MANY,
    Piece,
    largest_box,
    mask_of,
    pens_of,
    pieces_inside,
    pieces_of,
    without,
)

#: More pieces than this are no page of print.
_LETTERS = 3000
#: So many lines, of so many letters together, are a column of print.
_LINES, _COLUMN = 3, 20
#: Dots, accents, commas reach so many pixels beyond their line.
_DOTS = 8
#: What another pen drew is thinner than the drawing's lines by this factor at least.
_THIN = 0.4
#: Of lines whose half width is less, in pixels, no other can be told to be thinner.
_MEASURED = 3.5


#: What is smaller than this part of the largest drawing is none of its own.
_OWN = 0.45
#: What is small is far from a drawing by this part of its size, and with it the drawing would be so much
#: longer, or its box so much larger, hence read so much smaller.
_FAR, _LONGER, _LARGER = 0.45, 1.25, 1.8
#: What stands beside a drawing, by this part of its size at least, may be drawings from this size on.
_BESIDE, _SIZE, _BESIDES = 0.05, 0.25, 1.4
#: A frame's sides lie along this part of its box at most, on three of them nearly through, not on the fourth.
_ALONG, _THROUGH, _OPEN = 0.1, 0.9, 0.3


class Parts(NamedTuple):
    """What stands on a sheet, apart.

    Attributes
    ----------
    drawing : ndarray of bool, (h, w)
        What is inked of the drawing.
    left_out : tuple of str
        What else was found, hence left out, in words.
    doubts : tuple of str
        What may be no drawing, but was kept.
    """

    drawing: np.ndarray
    left_out: tuple[str, ...]
    doubts: tuple[str, ...]


def ink_mask(ink: np.ndarray) -> np.ndarray:
    """Strong ink with the weak ink that it hangs together with, but no speck (chapter 5)."""
    mask = skimage.filters.apply_hysteresis_threshold(ink, 0.25 * ink.max(), 0.5 * ink.max())
    return _without_specks(mask, 500)


def _without_specks(mask: np.ndarray, parts: float) -> np.ndarray:
    """Leave out what is smaller than so many parts of the largest piece."""
    regions = skimage.measure.label(mask, connectivity=2)
    area = np.bincount(regions.ravel())
    area[0] = 0
    kept: np.ndarray = (area > area.max() / parts)[regions]
    return kept


def take_apart(mask: np.ndarray, sheet: np.ndarray | None = None) -> Parts:
    """Tell the drawing from what stands around it (chapter 5).

    Parameters
    ----------
    mask : ndarray of bool, (h, w)
        What is inked of a sheet.
    sheet : ndarray of bool, (h, w), optional
        Where the sheet is; everywhere by default.

    Returns
    -------
    Parts
        The drawing, with what was left out, in words.
    """
    left_out: list[str] = []
    mask, frame = within_frames(mask)
    if frame is not None:
        left_out.append("a frame")
    for find, what in (
        (partial(without_objects, sheet=sheet), "a pen, a finger or what else lies on the sheet"),
        (without_box, "a frame"),
        (without_axes, "axes"),
        # Where there is a frame, such as that of a plot with a grid, lines end at it.
        (partial(_without_rulings, frame=frame), "ruled lines"),
        (without_frames, "a frame"),
        (_without_holes, "punched holes"),
        (_without_margins, "writing or signs at the edge"),
        (_without_dots, "a grid of dots"),
    ):
        rest = find(mask)
        if rest is None or not rest.any():
            continue
        mask = rest
        if what not in left_out:
            left_out.append(what)
    return Parts(mask, tuple(left_out), tuple(_doubts(mask)))


# ---- Ruled or squared paper.


def is_ruling_alone(mask: np.ndarray) -> bool:
    """Tell whether a sheet shows its ruled or squared lines and nothing else (chapter 5).

    Parameters
    ----------
    mask : ndarray of bool, (h, w)
        What is inked of it.

    Returns
    -------
    bool
        Only where that is certain: where six lines or more run off both of two sides, and what is left
        without them are crumbs where they cross, or the one line of a margin.
    """
    if max(_ends_of(mask), _ends_of(mask.T)) < 6:
        return False
    thickest = max(6, max(mask.shape) // 50)
    rest = _without_rulings(mask, thickest=thickest)
    if rest is None:
        return False
    crumb = thickest + 2
    for one in pieces_of(rest):
        short, long = sorted((one.height, one.width))
        along = mask.shape[int(one.width > one.height)]
        if long > crumb and not (long >= 0.9 * along and short <= 0.06 * along):
            return False
    return True


def _ends_of(mask: np.ndarray) -> int:
    """How many lines run off the left side, off the right side, whichever are fewer."""
    if mask.shape[1] <= 16:
        return 0
    # A line along the border hides the others that end there.
    return max(
        min(len(runs(column[None], 1)) for column in (mask[:, at], mask[:, -1 - at]))
        for at in (1, 7)
    )


def _without_rulings(
    mask: np.ndarray, frame: Box | None = None, thickest: int | None = None
) -> np.ndarray | None:
    """Take off lines that run through from side to side, at least three of them evenly spaced.

    As thick as is said they may be, or else as most of them are.
    """
    rest, found = mask.copy(), False
    part = rest if frame is None else rest[frame]
    for lines in (part, part.T):
        ruled = _rulings(lines, thickest)
        lines &= ~ruled
        found = found or bool(ruled.any())
    if not found:
        return None
    cleaned: np.ndarray = _without_specks(rest, 60) if rest.any() else rest
    return cleaned


def _rulings(mask: np.ndarray, most: int | None = None) -> np.ndarray:
    """Which pixels of a mask belong to lines along the rows, tilted by some degrees at most."""
    height, width = mask.shape
    nothing = np.zeros_like(mask)
    thickest = max(3, max(height, width) // 100) if most is None else most
    columns, start, stop = runs(mask.T, 1).T
    thin = stop - start < thickest
    columns, start, stop = columns[thin], start[thin], stop[thin]
    if len(columns) < width:
        return nothing
    middle = (start + stop) / 2
    best: tuple[float, float, np.ndarray] = (0, 0, np.zeros(0))
    slopes = np.arange(-24, 25) * (0.08 / 24)
    pad = int(0.08 * width) + 4
    for slope in slopes:
        at = np.rint(middle - slope * (columns - width / 2)).astype(int) + pad
        counts = np.bincount(at, minlength=height + 2 * pad).astype(float)
        counts = counts + np.pad(counts, 1)[2:] + np.pad(counts, 1)[:-2]
        score = float((counts**2).sum())
        if score > best[0]:
            best = score, slope, counts
    _, slope, counts = best
    # How many columns of the picture each such line would have.
    full = _columns_of(slope, np.arange(len(counts)) - pad, height, width)
    neighbours = scipy.ndimage.maximum_filter1d(counts, 7)
    # What is drawn across them may hide the larger part of some, but not of all.
    seen, plain = (
        places[np.diff(places, prepend=-99) > 3]
        for share in (0.25, 0.5)
        for places in np.nonzero(
            (counts > share * np.maximum(full, 0.4 * width)) & (counts == neighbours)
        )
    )
    if len(seen) > 3 and len(plain) > 1 and are_evenly_spaced(seen):
        places = seen
    elif len(plain) > 2 and are_evenly_spaced(plain):
        places = plain
    else:
        return nothing
    at = middle - slope * (columns - width / 2) + pad
    nearest = places[np.abs(at[:, None] - places).argmin(axis=1)]
    near = np.abs(at - nearest) <= 2
    length = stop - start + 1
    usual = np.median(length[near])
    going = near & (length <= (1.5 * usual + 1 if most is None else most))
    ruled = nothing
    for column, first, last in zip(columns[going], start[going], stop[going], strict=True):
        ruled[first : last + 1, column] = True
    return ruled


def _columns_of(slope: float, at: np.ndarray, height: int, width: int) -> np.ndarray:
    """How many columns of a picture lines of one slope cross."""
    if slope == 0:
        return np.where((at >= 0) & (at < height), width, 0).astype(float)
    x = np.sort(np.stack([-at / slope, (height - 1 - at) / slope]) + width / 2, axis=0)
    crossed: np.ndarray = np.clip(x[1], 0, width) - np.clip(x[0], 0, width)
    return crossed


# ---- Small pieces that stand apart.


def _without_dots(mask: np.ndarray) -> np.ndarray | None:
    """Take off the dots of dotted paper: many, small, of one size."""
    regions = skimage.measure.label(mask, connectivity=2)
    area = np.bincount(regions.ravel())[1:]
    if len(area) < 30:
        return None
    small = area < area.max() / 40
    if small.sum() < 30:
        return None
    usual = np.median(area[small])
    dots = small & (area <= 3 * usual)
    if dots.sum() < 0.8 * small.sum():
        return None
    return without(mask, regions, set((np.nonzero(dots)[0] + 1).tolist()))


def _without_holes(mask: np.ndarray) -> np.ndarray | None:
    """Take off round discs of one size in a row along an edge, with nothing beside them."""
    regions = skimage.measure.label(mask, connectivity=2)
    if regions.max() > MANY:
        return None
    pieces = pieces_of(mask, regions)
    longest = max(mask.shape)
    round_ = [
        one
        for one in pieces
        if longest / 100 <= max(one.height, one.width) <= longest / 8
        and abs(one.height - one.width) <= 2 + 0.15 * one.width
        and abs(one.filled / (one.height * one.width) - np.pi / 4) < 0.08
    ]
    if len(round_) < 2:
        return None
    rows, columns = np.nonzero(mask)
    for one in round_:
        row = [
            other
            for other in round_
            if abs(other.left - one.left) <= 0.3 * one.width
            and abs(other.width - one.width) <= 2 + 0.2 * one.width
        ]
        column = [
            other
            for other in round_
            if abs(other.top - one.top) <= 0.3 * one.height
            and abs(other.width - one.width) <= 2 + 0.2 * one.width
        ]
        for line, low, high, length, places in (
            (row, one.left, one.right, mask.shape[1], columns),
            (column, one.top, one.bottom, mask.shape[0], rows),
        ):
            if len(line) < 2:
                continue
            at_edge = high < 0.15 * length or low > 0.85 * length
            numbers = [other.number for other in line]
            others = ~np.isin(regions[rows, columns], numbers)
            beside = others & (places >= low - 1) & (places <= high + 1)
            spread = max(o.bottom for o in line) - min(o.top for o in line)
            spread = max(spread, max(o.right for o in line) - min(o.left for o in line))
            if at_edge and not beside.any() and spread > 0.15 * longest:
                return without(mask, regions, set(numbers))
    return None


def _without_margins(mask: np.ndarray) -> np.ndarray | None:
    """Take off lines of writing around the drawing, with what is small, or of another pen, at the edges."""
    regions = skimage.measure.label(mask, connectivity=2)
    if regions.max() > _LETTERS:
        return None
    pieces = pieces_of(mask, regions)
    longest = max(mask.shape)
    # Where there is print, a level line by itself is one to write on.
    is_print = bool(_lines_of_writing([one for one in pieces if one.height <= 0.1 * longest]))
    rules = {one.number for one in pieces if is_print and _is_rule(one, longest)}
    large = [
        one for one in pieces if one.number not in rules and not _is_flat_at_edge(one, mask.shape)
    ]
    if len(pieces) < 2 or not large:
        return None
    thin = _of_another_pen(mask, regions, _largest_of(large))
    top, bottom, left, right = _main_box([one for one in large if one.number not in thin])
    size = max(bottom - top, right - left)
    beyond = [
        one
        for one in pieces
        if one.bottom < top or one.top > bottom or one.right < left or one.left > right
    ]
    small = [one for one in beyond if one.height <= min(0.1 * longest, 0.22 * size)]
    gone: set[int] = set()
    bands: list[tuple[int, int]] = []
    lines = _lines_of_writing(small)
    for line in lines:
        low, high = min(one.top for one in line), max(one.bottom for one in line)
        gap = max(top - high, low - bottom)
        if gap >= 0.25 * (high - low + 1):
            gone |= {one.number for one in line}
            bands.append((low, high))
    for one in small:
        beside = any(one.top >= low - _DOTS and one.bottom <= high + _DOTS for low, high in bands)
        gap = max(top - one.bottom, one.top - bottom, left - one.right, one.left - right)
        at_edge = _is_flat_at_edge(one, mask.shape) and gap > 0.06 * longest
        if beside or at_edge or (bands and one.number in rules):
            gone.add(one.number)
    gone |= _printed_beside(small, lines, left, right)
    for one in beyond:
        is_small = max(one.height, one.width) <= 0.35 * size
        at_edge = is_small and _from_the_edge(one, mask.shape) < 0.06 * longest
        if one.number in thin and (one.height <= 0.1 * size or at_edge):
            # With a stamp goes what it encloses.
            gone |= {other.number for other in beyond if _is_within(other, one)}
    return without(mask, regions, gone)


def _printed_beside(
    small: list[Piece], lines: list[list[Piece]], left: int, right: int
) -> set[int]:
    """Numbers of the pieces of a column of print: several lines, wholly on one side of the drawing."""
    gone: set[int] = set()
    for is_beside in (
        lambda one: one.right + one.height < left,
        lambda one: one.left - one.height > right,
    ):
        column = [line for line in lines if all(map(is_beside, line))]
        letters = [one for line in column for one in line]
        if len(column) < _LINES or len(letters) < _COLUMN:
            continue
        top = min(one.top for one in letters) - _DOTS
        bottom = max(one.bottom for one in letters) + _DOTS
        first, last = min(one.left for one in letters), max(one.right for one in letters)
        gone |= {
            one.number
            for one in small
            if one.top >= top and one.bottom <= bottom and one.left >= first and one.right <= last
        }
    return gone


def _of_another_pen(mask: np.ndarray, regions: np.ndarray, largest: Piece) -> set[int]:
    """Numbers of the pieces that are far thinner than the largest, as letters or a stamp are."""
    owner, depth = pens_of(mask, regions)
    pens = scipy.ndimage.median(depth, owner, np.arange(regions.max() + 1))
    pen = pens[largest.number]
    return set(np.nonzero(pens <= _THIN * pen)[0].tolist()) if pen >= _MEASURED else set()


def _is_within(one: Piece, other: Piece) -> bool:
    """Whether the box of a piece lies within another's, or is that."""
    return (
        one.top >= other.top
        and one.bottom <= other.bottom
        and one.left >= other.left
        and one.right <= other.right
    )


def _is_rule(one: Piece, longest: int) -> bool:
    """Whether a piece is a level line that a machine drew, as those that a name is written on."""
    is_long = one.width >= 0.05 * longest and one.height <= max(4, longest / 100)
    return is_long and one.area >= 0.95 * one.height * one.width


def _is_flat_at_edge(one: Piece, shape: tuple[int, ...]) -> bool:
    """Whether a piece is small or flat and lies close to an edge of the picture."""
    longest = max(shape)
    is_flat = min(one.height, one.width) <= 0.04 * longest
    return is_flat and _from_the_edge(one, shape) < 0.05 * longest


def _from_the_edge(one: Piece, shape: tuple[int, ...]) -> int:
    """How many pixels lie between a piece and the nearest edge of the picture."""
    height, width = shape
    return min(one.top, height - 1 - one.bottom, one.left, width - 1 - one.right)


def _largest_of(pieces: list[Piece]) -> Piece:
    """Take the longest of some pieces; of those as long, the one of most ink."""
    return max(pieces, key=lambda one: (max(one.height, one.width), one.area))


def _main_box(pieces: list[Piece]) -> tuple[int, int, int, int]:
    """Find the box of the largest piece with those that are large, too."""
    largest = _largest_of(pieces)
    top, bottom, left, right = largest.top, largest.bottom, largest.left, largest.right
    size = max(largest.height, largest.width)
    for one in pieces:
        if max(one.height, one.width) > 0.3 * size:
            top, bottom = min(top, one.top), max(bottom, one.bottom)
            left, right = min(left, one.left), max(right, one.right)
    return top, bottom, left, right


def _lines_of_writing(pieces: list[Piece]) -> list[list[Piece]]:
    """Group small pieces to lines of letters: at one height, close beside each other, three or more."""
    lines: list[list[Piece]] = []
    for one in sorted(pieces, key=lambda one: one.left):
        for line in lines:
            low, high = min(p.top for p in line), max(p.bottom for p in line)
            overlap = min(high, one.bottom) - max(low, one.top) + 1
            tall = max(high - low + 1, one.height)
            gap = one.left - max(p.right for p in line)
            if overlap >= 0.5 * min(high - low + 1, one.height) and gap <= 1.2 * tall:
                line.append(one)
                break
        else:
            lines.append([one])
    writing = []
    for line in lines:
        tall = max(p.bottom for p in line) - min(p.top for p in line) + 1
        gaps = [max(0, after.left - before.right) for before, after in pairwise(line)]
        if (
            len(line) >= 3
            and tall <= 2.2 * np.median([p.height for p in line]) + 4
            and np.median(gaps) <= 0.5 * tall
        ):
            writing.append(line)
    return writing


# ---- What is said.


def _doubts(mask: np.ndarray) -> list[str]:
    """Say what may be no drawing, but cannot be told for certain."""
    regions = skimage.measure.label(mask, connectivity=2)
    if not 0 < regions.max() <= MANY:
        return []
    pieces = pieces_of(mask, regions)
    said = []
    largest = largest_box(pieces)
    if len(pieces_inside(pieces, largest)) == len(pieces) - 1 > 0 and (
        largest.filled > 0.9 * largest.height * largest.width
        or _is_open_frame(mask_of(regions, largest))
    ):
        said.append(
            "a box around everything is kept as a part of the drawing; crop it off if it is a frame"
        )
    if _is_enlarged(pieces):
        said.append(
            "small things apart from the drawing make it smaller; crop to the drawing, or give each by itself"
        )
    touching = [side.any() for side in sides_of(mask)]
    if sum(touching) >= 2:
        said.append(
            "ink runs off the picture at several sides; crop to the drawing if it is no part of it"
        )
    return said


def _is_open_frame(own: np.ndarray) -> bool:
    """Whether a piece is the three sides of a box and nothing else."""
    edge = round(_ALONG * max(own.shape))
    if min(own.shape) <= 2 * edge or own[edge:-edge, edge:-edge].any():
        return False
    through = sorted(float(side[:edge].any(axis=0).mean()) for side in to_the_top(own))
    return through[0] < _OPEN and through[1] > _THROUGH


def _is_enlarged(pieces: list[Piece]) -> bool:
    """Whether small things far from a drawing, or several beside it, make its box a lot larger."""
    _, boxes, large = _apart_from_each_other(pieces)
    own = _box_around([boxes[i] for i in large])
    size = max(_lengths(own))
    small = [box for i, box in enumerate(boxes) if i not in large]
    gaps = [min(_apart(box, boxes[i]) for i in large) for box in small]
    far = [box for box, gap in zip(small, gaps, strict=True) if gap >= _FAR * size]
    if far:
        all_, rest = (
            _lengths(_box_around(some))
            for some in (boxes, [box for box in boxes if box not in far])
        )
        if max(all_) >= _LONGER * max(rest) or np.prod(all_) >= _LARGER * np.prod(rest):
            return True
    beside = [
        box
        for box, gap in zip(small, gaps, strict=True)
        if gap >= _BESIDE * size and max(_lengths(box)) >= _SIZE * size
    ]
    whole, alone = (float(np.prod(_lengths(box))) for box in (_box_around([own, *beside]), own))
    return len(beside) > 1 and whole >= _BESIDES * alone


def drawings_of(mask: np.ndarray) -> list[np.ndarray]:
    """Part a mask into the drawings that stand apart from each other, in the order of reading (chapter 5).

    Parameters
    ----------
    mask : ndarray of bool, (h, w)
        What is inked.

    Returns
    -------
    list of ndarray of bool, (h, w)
        A mask a drawing, from top to bottom, each row from left to right; one where there is but one.
    """
    regions = skimage.measure.label(mask, connectivity=2)
    if not 1 < regions.max() <= MANY:
        return [mask]
    groups, boxes, large = _apart_from_each_other(pieces_of(mask, regions))
    if len(large) < 2:
        return [mask]
    # What is small belongs to the nearest that is large.
    members: dict[int, list[int]] = {i: [] for i in large}
    for i, group in enumerate(groups):
        owner = i if i in members else min(large, key=lambda j: _apart(boxes[i], boxes[j]))
        members[owner] += [p.number for p in group]
    order = sorted(large, key=lambda i: boxes[i][0])
    lines: list[list[int]] = []
    for i in order:
        centre = (boxes[i][0] + boxes[i][1]) / 2
        if lines and centre <= boxes[lines[-1][0]][1]:
            lines[-1].append(i)
        else:
            lines.append([i])
    read = [i for line in lines for i in sorted(line, key=lambda i: boxes[i][2])]
    return [mask & np.isin(regions, members[i]) for i in read]


def _apart_from_each_other(
    pieces: list[Piece],
) -> tuple[list[list[Piece]], list[tuple[int, ...]], list[int]]:
    """Group pieces that lie close to each other: the groups, their boxes, which are drawings of their own."""
    size = sorted(max(one.height, one.width) for one in pieces)[-min(len(pieces), 2)]
    groups = _groups(pieces, max(3, round(0.12 * size)))
    boxes = [_box_around([one[1:5] for one in group]) for group in groups]
    sides = [max(b[1] - b[0], b[3] - b[2]) for b in boxes]
    return groups, boxes, [i for i, side in enumerate(sides) if side >= _OWN * max(sides)]


def _box_around(boxes: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Box (top, bottom, left, right) around several."""
    top, bottom, left, right = zip(*boxes, strict=True)
    return min(top), max(bottom), min(left), max(right)


def _lengths(box: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of a box."""
    return box[1] - box[0] + 1, box[3] - box[2] + 1


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """How many pixels lie between two boxes (top, bottom, left, right)."""
    down = max(0, one[0] - other[1], other[0] - one[1])
    across = max(0, one[2] - other[3], other[2] - one[3])
    return float(np.hypot(down, across))


def _groups(pieces: list[Piece], reach: float) -> list[list[Piece]]:
    """Join pieces whose boxes lie within reach of each other."""
    groups: list[list[Piece]] = []
    for one in pieces:
        box = one[1:5]
        near = [g for g in groups if any(_apart(box, p[1:5]) <= reach for p in g)]
        joined = [one, *(p for g in near for p in g)]
        groups = [g for g in groups if not any(g is n for n in near)] + [joined]
    return groups
