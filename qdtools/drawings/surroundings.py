"""Tells the drawing from what else is inked around it: frames, rulings, axes, captions, holes."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy
import skimage

from .sheets import grown

#: More pieces than this are grain or hatching, no writing, no drawings apart.
_MANY = 300


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


class _Line(NamedTuple):
    """An exact line along an axis: its place across (both ends included), then along."""

    low: int
    high: int
    start: int
    stop: int


#: The rows, then the columns, of a part of a picture.
_Box = tuple[slice, slice]


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


def take_apart(mask: np.ndarray) -> Parts:
    """Tell the drawing from what stands around it (chapter 5).

    Parameters
    ----------
    mask : ndarray of bool, (h, w)
        What is inked of a sheet.

    Returns
    -------
    Parts
        The drawing, with what was left out, in words.
    """
    left_out: list[str] = []
    mask, frame = _framed(mask)
    if frame is not None:
        left_out.append("a frame")
    for find, what in (
        (_without_box, "a frame"),
        (_without_axes, "axes"),
        # Where there is a frame, such as that of a plot with a grid, lines end at it.
        (partial(_without_rulings, frame=frame), "ruled lines"),
        (_without_dots, "a grid of dots"),
        (_without_frames, "a frame"),
        (_without_holes, "punched holes"),
        (_without_margins, "writing or signs at the edge"),
    ):
        rest = find(mask)
        if rest is None or not rest.any():
            continue
        mask = rest
        if what not in left_out:
            left_out.append(what)
    return Parts(mask, tuple(left_out), tuple(_doubts(mask)))


# ---- Lines that a machine drew along an axis.


def _runs(rows: np.ndarray, shortest: int) -> np.ndarray:
    """Row, first place, last place of each run of a mask's rows that is long enough, (n, 3)."""
    padded = np.pad(rows, ((0, 0), (1, 1))).astype(np.int8)
    change = np.diff(padded, axis=1)
    row, start = np.nonzero(change == 1)
    stop = np.nonzero(change == -1)[1] - 1
    long = stop - start + 1 >= shortest
    return np.stack([row, start, stop], -1)[long]


def _exact_lines(mask: np.ndarray, shortest: int) -> list[_Line]:
    """Lines along the rows that end alike in each of their rows, as no hand and no round pen draws."""
    thickest = max(4, max(mask.shape) // 50)
    found: list[_Line] = []
    for row, start, stop in _runs(mask, shortest).tolist():
        for i, line in enumerate(found):
            same = abs(line.start - start) <= 2 and abs(line.stop - stop) <= 2
            if line.high == row - 1 and same:
                found[i] = _Line(line.low, row, min(line.start, start), max(line.stop, stop))
                break
        else:
            found.append(_Line(row, row, start, stop))
    lines = [line for line in found if line.high - line.low < thickest]
    # A long slanted stroke leaves runs, too, above or below each of which goes another.
    return [line for line in lines if _stands_alone(mask, line)]


def _longest(lines: list[_Line]) -> list[_Line]:
    """Take the thirty longest of some lines, in order; a frame's are among them."""
    return sorted(sorted(lines, key=lambda line: line.start - line.stop)[:30])


def _stands_alone(mask: np.ndarray, line: _Line) -> bool:
    """Whether there is paper above and below most of a line."""
    sides = [row for row in (line.low - 2, line.high + 2) if 0 <= row < len(mask)]
    return all(mask[row, line.start : line.stop + 1].mean() < 0.35 for row in sides)


def _without_frames(mask: np.ndarray) -> np.ndarray | None:
    """Cut off exact rectangles around ink, with all that stands beyond them."""
    rest, frame = _framed(mask)
    return None if frame is None else rest


def _framed(mask: np.ndarray) -> tuple[np.ndarray, _Box | None]:
    """Cut off each exact rectangle around ink; the box within the innermost, too."""
    frame = None
    while True:
        inner = _in_frame(mask)
        rest = None if inner is None else _inside(mask, inner)
        if inner is None or rest is None:
            border = _in_border(mask)
            if border is None:
                return mask, frame
            rest, inner = border
        frame, mask = inner, rest


def _inside(mask: np.ndarray, box: _Box) -> np.ndarray:
    """Leave out what lies beyond a box."""
    rest = np.zeros_like(mask)
    rest[box] = mask[box]
    return rest


def _near(one: _Line, other: _Line) -> int:
    """How far apart, in pixels, the ends of two sides of a frame lie at most."""
    return 3 + 2 * max(one.high - one.low, other.high - other.low)


def _without_grid(lines: list[_Line]) -> list[_Line]:
    """Leave out lines between others of the same ends, evenly spaced: no side of a frame is among them."""
    kept = []
    for line in lines:
        alike = [
            other
            for other in lines
            if max(abs(other.start - line.start), abs(other.stop - line.stop)) <= _near(line, other)
        ]
        inner = np.array([other.low for other in alike[1:-1]])
        is_grid = len(inner) > 2 and _evenly_spaced(inner)
        if not is_grid or line in (alike[0], alike[-1]):
            kept.append(line)
    return kept


def _in_frame(mask: np.ndarray) -> _Box | None:
    shortest = max(24, max(mask.shape) // 8)
    across, down = (
        _without_grid(_longest(_exact_lines(turned, shortest))) for turned in (mask, mask.T)
    )
    best: tuple[int, tuple[int, int, int, int]] | None = None
    for i, top in enumerate(across):
        for bottom in across[i + 1 :]:
            near = _near(top, bottom)
            if abs(top.start - bottom.start) > near or abs(top.stop - bottom.stop) > near:
                continue
            sides = [
                [
                    line
                    for line in down
                    if min(abs(line.low - end), abs(line.high - end)) <= near
                    and line.start <= top.high + near
                    and line.stop >= bottom.low - near
                ]
                for end in (top.start, top.stop)
            ]
            if not all(sides):
                continue
            # Of a double line's two, the inner one.
            left, right = sides[0][-1], sides[1][0]
            box = (top.high + 1, bottom.low - 1, left.high + 1, right.low - 1)
            area = (box[1] - box[0]) * (box[3] - box[2])
            if area > 0 and (best is None or area < best[0]) and _holds_the_drawing(mask, box):
                best = area, box
    if best is None:
        return None
    first, last, west, east = best[1]
    # The line's own soft edge goes with it.
    inner = (slice(first + 1, last), slice(west + 1, east))
    return inner if mask[inner].any() else None


def _holds_the_drawing(mask: np.ndarray, box: tuple[int, int, int, int]) -> bool:
    """Whether ink of some size stands inside a box and nothing but small signs beyond it."""
    top, bottom, left, right = box
    height, width = bottom - top + 1, right - left + 1
    inside = mask[top + 1 : bottom, left + 1 : right]
    rows, columns = np.nonzero(inside)
    if not len(rows) or max(np.ptp(rows) / height, np.ptp(columns) / width) < 0.2:
        return False
    far = 3 + max(mask.shape) // 60
    beyond = mask.copy()
    beyond[max(0, top - far) : bottom + far + 1, max(0, left - far) : right + far + 1] = False
    for piece in _pieces(beyond):
        exact = piece.area >= 0.9 * piece.height * piece.width or piece.is_outline
        if max(piece.height, piece.width) > 0.4 * max(height, width) and not exact:
            return False
    return True


def _in_border(mask: np.ndarray) -> tuple[np.ndarray, _Box] | None:
    """Cut off a border that hangs together with the drawing, perhaps with round corners.

    Its outer edge tells it: that runs along an axis to the pixel, whatever touches the border from
    within or crosses it. Sides may be missing where the picture is cut off: there, others run off it.
    """
    regions = skimage.measure.label(mask, connectivity=2)
    if not 0 < regions.max() <= _MANY:
        return None
    piece = max(_pieces(mask, regions), key=lambda one: one.height * one.width)
    found = _inside_border(mask, regions == piece.number)
    # What touches a lone side need not be the largest piece.
    return _inside_border(mask, mask) if found is None and regions.max() > 1 else found


def _inside_border(mask: np.ndarray, ink: np.ndarray) -> tuple[np.ndarray, _Box] | None:
    """Cut off a border that some of a mask's ink begins and ends with."""
    rows, columns = (np.nonzero(ink.any(axis=axis))[0] for axis in (1, 0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    own = ink[top:bottom, left:right]
    is_cut = (top == 0, bottom == len(mask), left == 0, right == mask.shape[1])
    sides = [_side_along(turned) for turned in _to_the_top(own)]
    found = [side for side in sides if side]
    if not found or 2 * sum(side.share >= 0.5 for side in found) < len(found):
        return None
    # What crosses the border ends at it.
    beyond = [side.level if side else 0 for side in sides]
    top, bottom, left, right = (
        place + (far if at_start else -far)
        for place, far, at_start in zip(
            (top, bottom, left, right), beyond, (True, False, True, False), strict=True
        )
    )
    own = ink[top:bottom, left:right]
    thick = min(side.thick for side in found)
    for number, turned in enumerate(_to_the_top(own)):
        first, last = (2, 3) if number < 2 else (0, 1)
        if sides[number]:
            # Where the next side is missing, this one runs off the picture, its end not rounded.
            for is_met, end in ((sides[first], turned[:, :2]), (sides[last], turned[:, -2:])):
                if not is_met and end[: thick + 1].sum(axis=0).min() < thick:
                    return None
        # Beside one that is found, a side is missing only where the picture is cut off.
        elif (sides[first] or sides[last]) and (not is_cut[number] or turned[0].mean() >= 0.35):
            return None
    walls = np.pad(own, 1)
    for side, wall in zip(sides, (walls[0], walls[-1], walls[:, 0], walls[:, -1]), strict=True):
        if not side:
            wall[1:-1] = True
    inside = scipy.ndimage.binary_fill_holes(walls)
    if inside[1:-1, 1:-1].mean() < 0.88:
        return None
    # The line's own soft edge goes with it.
    kept = mask[top:bottom, left:right] & ~grown(~inside, thick + 1)[1:-1, 1:-1]
    rows, columns = np.nonzero(kept)
    if not len(rows) or max(np.ptp(rows) / len(own), np.ptp(columns) / own.shape[1]) < 0.4:
        return None
    if not _holds_the_drawing(mask, (top, bottom - 1, left, right - 1)):
        return None
    rest = np.zeros_like(mask)
    rest[top:bottom, left:right] = kept
    cut = [thick + 1 if side else 0 for side in sides]
    return rest, (slice(top + cut[0], bottom - cut[1]), slice(left + cut[2], right - cut[3]))


def _to_the_top(own: np.ndarray) -> tuple[np.ndarray, ...]:
    """Turn a picture so that its top, bottom, left, right side lies at the top."""
    return own, own[::-1], own.T, own.T[::-1]


class _Side(NamedTuple):
    """A side of a border: how far it lies from the top, how thick it is, at what share of it."""

    level: int
    thick: int
    share: float


def _side_along(own: np.ndarray) -> _Side | None:
    """Find the side of a border along the top of a piece by its middle half, which no corner rounds."""
    corner = own.shape[1] // 4
    middle = own[:, corner : own.shape[1] - corner]
    if middle.shape[1] < 12:
        return None
    first = middle.argmax(axis=0)
    # Where a stroke crosses the side, or lies beyond it, ink begins before.
    inked = middle[: 2 + len(own) // 12].mean(axis=1)
    level = int((inked >= 0.9).argmax())
    within = first >= level - 1
    if inked[level] < 0.9 or within.mean() < 0.5 or (first[within] == level).mean() < 0.9:
        return None
    below = ~middle[level:]
    thick = np.where(below.any(axis=0), below.argmax(axis=0), len(below))
    usual = int(np.sort(thick)[len(thick) // 4])
    if not 0 < usual <= 0.1 * min(own.shape):
        return None
    return _Side(level, usual, float((abs(thick - usual) <= 1).mean()))


def _without_box(mask: np.ndarray) -> np.ndarray | None:
    """Take off a box, perhaps with round corners, whose sides are too straight for a hand."""
    regions = skimage.measure.label(mask, connectivity=2)
    if not 1 < regions.max() <= _MANY:
        return None
    pieces = _pieces(mask, regions)
    box = max(pieces, key=lambda one: one.height * one.width)
    inner = [
        one
        for one in pieces
        if one.top > box.top
        and one.bottom < box.bottom
        and one.left > box.left
        and one.right < box.right
    ]
    size = max((max(one.height / box.height, one.width / box.width) for one in inner), default=0)
    if len(inner) < len(pieces) - 1 or size < 0.4:
        return None
    if box.filled < 0.88 * box.height * box.width:
        return None
    own = regions[box.top : box.bottom + 1, box.left : box.right + 1] == box.number
    for side in (own, own[::-1], own.T, own.T[::-1]):
        eighth = side.shape[1] // 8
        ends = side.argmax(axis=0)[eighth : side.shape[1] - eighth]
        if np.ptp(ends) > 1:
            return None
    return _without(mask, regions, {box.number})


def _without_axes(mask: np.ndarray) -> np.ndarray | None:
    """Cut off two exact lines that meet at the lower left, with small signs beyond them."""
    height, width = mask.shape
    across = [line for line in _exact_lines(mask, width // 3) if line.high - line.low <= 3]
    down = [line for line in _exact_lines(mask.T, height // 3) if line.high - line.low <= 3]
    for bottom in across:
        for left in down:
            if abs(bottom.start - left.low) > 8 or abs(left.stop - bottom.high) > 8:
                continue
            inside = mask.copy()
            inside[bottom.low - 1 :] = False
            inside[:, : left.high + 2] = False
            beyond = mask.copy()
            beyond[: bottom.high + 2, left.low - 1 :] = False
            signs = _pieces(beyond)
            small = max(height, width) / 12
            if (
                inside.any()
                and len(signs) >= 4
                and all(max(one.height, one.width) < small for one in signs)
            ):
                return inside
    return None


# ---- Ruled or squared paper.


def _without_rulings(mask: np.ndarray, frame: _Box | None = None) -> np.ndarray | None:
    """Take off lines that run through from side to side, at least three of them evenly spaced."""
    rest, found = mask.copy(), False
    part = rest if frame is None else rest[frame]
    for lines in (part, part.T):
        ruled = _rulings(lines)
        lines &= ~ruled
        found = found or bool(ruled.any())
    if not found:
        return None
    cleaned: np.ndarray = _without_specks(rest, 60) if rest.any() else rest
    return cleaned


def _rulings(mask: np.ndarray) -> np.ndarray:
    """Which pixels of a mask belong to lines along the rows, tilted by some degrees at most."""
    height, width = mask.shape
    nothing = np.zeros_like(mask)
    thickest = max(3, max(height, width) // 100)
    columns, start, stop = _runs(mask.T, 1).T
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
    peak = counts > 0.5 * np.maximum(full, 0.4 * width)
    neighbours = scipy.ndimage.maximum_filter1d(counts, 7)
    places = np.nonzero(peak & (counts == neighbours))[0]
    places = places[np.diff(places, prepend=-99) > 3]
    if len(places) < 3 or not _evenly_spaced(places):
        return nothing
    at = middle - slope * (columns - width / 2) + pad
    nearest = places[np.abs(at[:, None] - places).argmin(axis=1)]
    near = np.abs(at - nearest) <= 2
    length = stop - start + 1
    usual = np.median(length[near])
    going = near & (length <= 1.5 * usual + 1)
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


def _evenly_spaced(places: np.ndarray) -> bool:
    steps = np.diff(places)
    step = np.median(steps)
    if step < 6:
        return False
    off = np.abs(steps / step - np.rint(steps / step))
    return bool((off < 0.2).mean() >= 0.7)


# ---- Small pieces that stand apart.


class _Piece(NamedTuple):
    """A piece of ink that hangs together: its number, box, area."""

    number: int
    top: int
    bottom: int
    left: int
    right: int
    area: int
    filled: int

    @property
    def height(self) -> int:
        return self.bottom - self.top + 1

    @property
    def width(self) -> int:
        return self.right - self.left + 1

    @property
    def is_outline(self) -> bool:
        """Whether it is the outline of a box, or a filled one."""
        return self.filled >= 0.9 * self.height * self.width


def _pieces(mask: np.ndarray, regions: np.ndarray | None = None) -> list[_Piece]:
    if regions is None:
        regions = skimage.measure.label(mask, connectivity=2)
    found = []
    for i, place in enumerate(scipy.ndimage.find_objects(regions), 1):
        if place is None:
            continue
        own = regions[place] == i
        rows, columns = place
        filled = int(scipy.ndimage.binary_fill_holes(own).sum())
        found.append(
            _Piece(
                i,
                rows.start,
                rows.stop - 1,
                columns.start,
                columns.stop - 1,
                int(own.sum()),
                filled,
            )
        )
    return found


def _without(mask: np.ndarray, regions: np.ndarray, gone: set[int]) -> np.ndarray | None:
    if not gone:
        return None
    rest: np.ndarray = mask & ~np.isin(regions, list(gone))
    return rest


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
    return _without(mask, regions, set((np.nonzero(dots)[0] + 1).tolist()))


def _without_holes(mask: np.ndarray) -> np.ndarray | None:
    """Take off round discs of one size in a row along an edge, with nothing beside them."""
    regions = skimage.measure.label(mask, connectivity=2)
    if regions.max() > _MANY:
        return None
    pieces = _pieces(mask, regions)
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
                return _without(mask, regions, set(numbers))
    return None


def _without_margins(mask: np.ndarray) -> np.ndarray | None:
    """Take off lines of writing above or below the drawing, with what else is small at the edges."""
    regions = skimage.measure.label(mask, connectivity=2)
    if regions.max() > _MANY:
        return None
    pieces = _pieces(mask, regions)
    longest = max(mask.shape)
    main = _main([one for one in pieces if not _is_flat_at_edge(one, mask.shape)])
    if main is None:
        return None
    top, bottom, left, right = main
    size = max(bottom - top, right - left)
    small = [
        one
        for one in pieces
        if one.height <= min(0.1 * longest, 0.22 * size)
        and (one.bottom < top or one.top > bottom or one.right < left or one.left > right)
    ]
    gone: set[int] = set()
    bands: list[tuple[int, int]] = []
    for line in _lines_of_writing(small):
        low, high = min(one.top for one in line), max(one.bottom for one in line)
        gap = max(top - high, low - bottom)
        if gap >= 0.25 * (high - low + 1):
            gone |= {one.number for one in line}
            bands.append((low, high))
    for one in small:
        beside = any(one.top >= low - 8 and one.bottom <= high + 8 for low, high in bands)
        gap = max(top - one.bottom, one.top - bottom, left - one.right, one.left - right)
        at_edge = _is_flat_at_edge(one, mask.shape) and gap > 0.06 * longest
        if beside or at_edge:
            gone.add(one.number)
    return _without(mask, regions, gone)


def _is_flat_at_edge(one: _Piece, shape: tuple[int, ...]) -> bool:
    """Whether a piece is small or flat and lies close to an edge of the picture."""
    (height, width), longest = shape, max(shape)
    edge = min(one.top, height - 1 - one.bottom, one.left, width - 1 - one.right)
    return min(one.height, one.width) <= 0.04 * longest and edge < 0.05 * longest


def _main(pieces: list[_Piece]) -> tuple[int, int, int, int] | None:
    """Find the box of the largest piece with those that lie over or close beside it."""
    if not pieces:
        return None
    largest = max(pieces, key=lambda one: (max(one.height, one.width), one.area))
    top, bottom, left, right = largest.top, largest.bottom, largest.left, largest.right
    size = max(largest.height, largest.width)
    for one in pieces:
        if max(one.height, one.width) > 0.3 * size:
            top, bottom = min(top, one.top), max(bottom, one.bottom)
            left, right = min(left, one.left), max(right, one.right)
    return top, bottom, left, right


def _lines_of_writing(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Group small pieces to lines of letters: at one height, close beside each other, three or more."""
    lines: list[list[_Piece]] = []
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
    if not 0 < regions.max() <= _MANY:
        return []
    pieces = _pieces(mask, regions)
    said = []
    largest = max(pieces, key=lambda one: one.height * one.width)
    others = [one for one in pieces if one.number != largest.number]
    around = [
        one
        for one in others
        if one.top > largest.top
        and one.bottom < largest.bottom
        and one.left > largest.left
        and one.right < largest.right
    ]
    if (
        others
        and len(around) == len(others)
        and largest.filled > 0.9 * largest.height * largest.width
    ):
        said.append(
            "a box around everything is kept as a part of the drawing; crop it off if it is a frame"
        )
    touching = [side.mean() > 0 for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1])]
    if sum(touching) >= 2:
        said.append(
            "ink runs off the picture at several sides; crop to the drawing if it is no part of it"
        )
    return said


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
    if not 1 < regions.max() <= _MANY:
        return [mask]
    pieces = _pieces(mask, regions)
    size = sorted(max(one.height, one.width) for one in pieces)[-min(len(pieces), 2)]
    reach = max(3, round(0.12 * size))
    groups = _groups(pieces, reach)
    boxes = [
        (
            min(p.top for p in g),
            max(p.bottom for p in g),
            min(p.left for p in g),
            max(p.right for p in g),
        )
        for g in groups
    ]
    sides = [max(b[1] - b[0], b[3] - b[2]) for b in boxes]
    large = [i for i, side in enumerate(sides) if side >= 0.45 * max(sides)]
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


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """How many pixels lie between two boxes (top, bottom, left, right)."""
    down = max(0, one[0] - other[1], other[0] - one[1])
    across = max(0, one[2] - other[3], other[2] - one[3])
    return float(np.hypot(down, across))


def _groups(pieces: list[_Piece], reach: float) -> list[list[_Piece]]:
    """Join pieces whose boxes lie within reach of each other."""
    groups: list[list[_Piece]] = []
    for one in pieces:
        box = one[1:5]
        near = [g for g in groups if any(_apart(box, p[1:5]) <= reach for p in g)]
        joined = [one, *(p for g in near for p in g)]
        groups = [g for g in groups if not any(g is n for n in near)] + [joined]
    return groups
