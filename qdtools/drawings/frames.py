"""Tells lines along an axis that a machine drew: of frames, borders, axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy
import skimage

from .filters import grown, sides_of
from .pieces import MANY, largest_box, mask_of, pieces_inside, pieces_of, without

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Line(NamedTuple):
    """An exact line along an axis: its place across (both ends included), then along."""

    low: int
    high: int
    start: int
    stop: int


#: The rows, then the columns, of a part of a picture.
Box = tuple[slice, slice]


def runs(rows: np.ndarray, shortest: int) -> np.ndarray:
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
    for row, start, stop in runs(mask, shortest).tolist():
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


def _longest_of(lines: list[_Line]) -> list[_Line]:
    """Take the thirty longest of some lines, in order; a frame's are among them."""
    return sorted(sorted(lines, key=lambda line: line.start - line.stop)[:30])


def _stands_alone(mask: np.ndarray, line: _Line) -> bool:
    """Whether there is paper above and below most of a line."""
    sides = [row for row in (line.low - 2, line.high + 2) if 0 <= row < len(mask)]
    return all(mask[row, line.start : line.stop + 1].mean() < 0.35 for row in sides)


def without_frames(mask: np.ndarray) -> np.ndarray | None:
    """Cut off exact rectangles around ink, with all that stands beyond them."""
    rest, frame = within_frames(mask)
    return None if frame is None else rest


def within_frames(mask: np.ndarray) -> tuple[np.ndarray, Box | None]:
    """Cut off each exact rectangle around ink; the box within the innermost, too."""
    frame = None
    while True:
        inner = _in_frame(mask)
        if inner is None and frame is not None:
            inner = _in_cell(mask, frame)
        rest = None if inner is None else _inside(mask, inner)
        if inner is None or rest is None:
            border = _in_border(mask)
            if border is None:
                return mask, frame
            rest, inner = border
        frame, mask = inner, rest


def _inside(mask: np.ndarray, box: Box) -> np.ndarray:
    """Leave out what lies beyond a box."""
    rest = np.zeros_like(mask)
    rest[box] = mask[box]
    return rest


def _near_of(one: _Line, other: _Line) -> int:
    """How far apart, in pixels, the ends of two sides of a frame lie at most."""
    return 3 + 2 * max(one.high - one.low, other.high - other.low)


def _without_grid(mask: np.ndarray, lines: list[_Line]) -> list[_Line]:
    """Leave out lines between others of the same ends that are a grid's: no side of a frame is among them.

    A grid's lines are evenly spaced, or a drawing lies across them, which also hides some of them.
    """
    kept = []
    for line in lines:
        alike = [
            other
            for other in lines
            if max(abs(other.start - line.start), abs(other.stop - line.stop))
            <= _near_of(line, other)
        ]
        inner = np.array([other.low for other in alike[1:-1]])
        is_grid = len(inner) > 2 and are_evenly_spaced(inner)
        if line in (alike[0], alike[-1]) or not (is_grid or _is_crossed(mask, line)):
            kept.append(line)
    return kept


def _is_crossed(mask: np.ndarray, line: _Line) -> bool:
    """Whether something broader than another such line goes across a line along the rows."""
    above, below = line.low - 2, line.high + 2
    if above < 0 or below >= len(mask):
        return False
    across = slice(line.start, line.stop + 1)
    both = mask[above : above + 1, across] & mask[below : below + 1, across]
    return len(runs(both, 4 + 2 * (line.high - line.low))) > 0


def _in_frame(mask: np.ndarray) -> Box | None:
    shortest = max(24, max(mask.shape) // 8)
    lines = [_longest_of(_exact_lines(turned, shortest)) for turned in (mask, mask.T)]
    across, down = (
        _without_grid(turned, own) for turned, own in zip((mask, mask.T), lines, strict=True)
    )
    best: tuple[int, tuple[int, int, int, int]] | None = None
    for i, top in enumerate(across):
        for bottom in across[i + 1 :]:
            # A plot's tick may lengthen one of them.
            near = max(_near_of(top, bottom), max(mask.shape) // 80)
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
            if (
                area > 0
                and (best is None or area < best[0])
                and _holds_the_drawing(mask, box, lines)
            ):
                best = area, box
    if best is None:
        return None
    first, last, west, east = best[1]
    # The line's own soft edge goes with it.
    inner = _past_a_second_line(mask, (slice(first + 1, last), slice(west + 1, east)))
    return inner if mask[inner].any() else None


def _in_cell(mask: np.ndarray, frame: Box) -> Box | None:
    """Find the one cell that holds the drawing, where lines through a frame make it a table."""
    part = mask[frame]
    lines = [_lines_through(turned) for turned in (part, part.T)]
    if not any(lines):
        return None
    rest = _without_lines(part, lines, 0, 0)
    best, others = (0, (0, 0, 0, 0)), 0
    for top, bottom in _between(lines[0], part.shape[0]):
        for left, right in _between(lines[1], part.shape[1]):
            inside = pieces_of(rest[top:bottom, left:right])
            size = max((max(one.height, one.width) for one in inside), default=0)
            others = max(others, min(size, best[0]))
            if size > best[0]:
                best = size, (top, bottom, left, right)
    size, (top, bottom, left, right) = best
    inked = rest[top:bottom, left:right]
    edges = [side[:2] for side in to_the_top(inked)]
    is_alone = size > max(0.2 * min(inked.shape), 2.5 * others)
    if not is_alone or any(edge.any() for edge in edges):
        return None
    rows, columns = frame
    return (
        slice(rows.start + top, rows.start + bottom),
        slice(columns.start + left, columns.start + right),
    )


def _lines_through(part: np.ndarray) -> list[_Line]:
    """Exact lines along the rows that go from the one side of a part of a picture to the other."""
    length = part.shape[1]
    if length < 24:
        return []
    found = _exact_lines(part, round(0.9 * length))
    return [line for line in found if line.start <= 4 and line.stop >= length - 5]


def _between(lines: list[_Line], length: int) -> list[tuple[int, int]]:
    """Where the stretches between lines begin and end, without the lines' soft edges."""
    starts = [0, *(line.high + 2 for line in lines)]
    stops = [*(line.low - 1 for line in lines), length]
    return [(start, stop) for start, stop in zip(starts, stops, strict=True) if stop > start]


def _past_a_second_line(mask: np.ndarray, box: Box) -> Box:
    """Go on inwards from each side of a frame over a second line close by, which the drawing touches."""
    far = 3 + max(mask.shape) // 60
    beyond = []
    for side in to_the_top(mask[box]):
        inked = side[:far].mean(axis=1) >= 0.95
        first = int(inked.argmax())
        line = first + int((~inked[first:]).argmax())
        beyond.append(line + 1 if line > first else 0)
    rows, columns = box
    top, bottom, left, right = beyond
    return (
        slice(rows.start + top, rows.stop - bottom),
        slice(columns.start + left, columns.stop - right),
    )


def _holds_the_drawing(
    mask: np.ndarray,
    box: tuple[int, int, int, int],
    lines: Sequence[Sequence[_Line]] = ((), ()),
) -> bool:
    """Whether ink of some size stands inside a box and nothing but small signs beyond it.

    Lines along the rows and along the columns that go through all of the box are no such ink, nor is
    any of them where another box is asked whether it is empty.
    """
    top, bottom, left, right = box
    height, width = bottom - top + 1, right - left + 1
    through = (
        [line for line in lines[0] if line.start <= left + 3 and line.stop >= right - 3],
        [line for line in lines[1] if line.start <= top + 3 and line.stop >= bottom - 3],
    )
    inside = mask[top + 1 : bottom, left + 1 : right]
    inside = _without_lines(inside, through, top + 1, left + 1)
    rows, columns = np.nonzero(inside)
    if not len(rows) or max(np.ptp(rows) / height, np.ptp(columns) / width) < 0.2:
        return False
    far = 3 + max(mask.shape) // 60
    beyond = mask.copy()
    beyond[max(0, top - far) : bottom + far + 1, max(0, left - far) : right + far + 1] = False
    regions = skimage.measure.label(beyond, connectivity=2)
    for piece in pieces_of(beyond, regions):
        if max(piece.height, piece.width) <= 0.4 * max(height, width):
            continue
        own = mask_of(regions, piece)
        if piece.area >= 0.9 * own.size or _is_bar(own):
            continue
        if not piece.is_outline:
            return False
        own = _without_lines(own, lines, piece.top, piece.left)
        if own[far:-far, far:-far].sum() > 0.01 * own.size:
            return False
    return True


def _is_bar(own: np.ndarray) -> bool:
    """Whether a piece is a long box with perhaps ticks, as the bar of a plot's colours."""
    short, long = sorted(own.shape)
    ticks = max(2, short // 3)
    is_long = short <= 0.2 * long
    return is_long and all(side[:ticks].any(axis=0).mean() > 0.95 for side in to_the_top(own))


def _without_lines(
    part: np.ndarray, lines: Sequence[Sequence[_Line]], top: int, left: int
) -> np.ndarray:
    """Take lines along the rows, then along the columns, with their soft edges off a part of a picture."""
    part = part.copy()
    for turned, own, across, along in ((part, lines[0], top, left), (part.T, lines[1], left, top)):
        for line in own:
            rows = slice(max(0, line.low - 1 - across), max(0, line.high + 2 - across))
            turned[rows, max(0, line.start - along) : max(0, line.stop + 1 - along)] = False
    return part


def _in_border(mask: np.ndarray) -> tuple[np.ndarray, Box] | None:
    """Cut off a border that hangs together with the drawing, perhaps with round corners.

    Its outer edge tells it: that runs along an axis to the pixel, whatever touches the border from
    within or crosses it. Sides may be missing where the picture is cut off: there, others run off it.
    """
    regions = skimage.measure.label(mask, connectivity=2)
    if not 0 < regions.max() <= MANY:
        return None
    piece = largest_box(pieces_of(mask, regions))
    found = _inside_border(mask, regions == piece.number)
    # What touches a lone side need not be the largest piece.
    return _inside_border(mask, mask) if found is None and regions.max() > 1 else found


def _inside_border(mask: np.ndarray, ink: np.ndarray) -> tuple[np.ndarray, Box] | None:
    """Cut off a border that some of a mask's ink begins and ends with."""
    rows, columns = (np.nonzero(ink.any(axis=axis))[0] for axis in (1, 0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    own = ink[top:bottom, left:right]
    is_cut = (top == 0, bottom == len(mask), left == 0, right == mask.shape[1])
    sides = [_side_along(turned) for turned in to_the_top(own)]
    found = [side for side in sides if side]
    if not found or not _are_sides(found):
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
    thick = min(side.thick for side in found if side.thick)
    for number, turned in enumerate(to_the_top(own)):
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
    for side, wall in zip(sides, sides_of(walls), strict=True):
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


def _are_sides(found: list[_Side]) -> bool:
    """Whether enough is seen of some sides of a border that the drawing may touch."""
    free = sum(side.share >= 0.5 for side in found)
    whole = [side for side in found if side.thick]
    if len(whole) == len(found) and free and 2 * free >= len(found):
        return True
    # Where it touches most of them, three or more that nothing crosses, all as thick as a machine draws
    # them, are none of a hand.
    seen = sum(side.share >= 0.3 for side in found)
    if len(found) < 3 or 2 * seen < max(len(found), 4) or any(side.level for side in whole):
        return False
    thick = [side.thick for side in whole]
    return max(thick) - min(thick) <= 2


def to_the_top(own: np.ndarray) -> tuple[np.ndarray, ...]:
    """Turn a picture so that its top, bottom, left, right side lies at the top (chapter 5)."""
    return own, own[::-1], own.T, own.T[::-1]


class _Side(NamedTuple):
    """A side of a border: how far it lies from the top, how thick it is, at what share of it.

    Both are 0 where the drawing touches nearly all of it, so that only its outer edge is seen.
    """

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
    below = ~middle[level:]
    thick = np.where(below.any(axis=0), below.argmax(axis=0), len(below))
    usual = int(np.sort(thick)[len(thick) // 4])
    # Where the drawing touches it, the two together are soft a pixel farther out.
    exact = (first == level) | ((first == level - 1) & (thick > usual + 1))
    if inked[level] < 0.9 or within.mean() < 0.5 or exact[within].mean() < 0.9:
        return None
    if usual > 0.1 * min(own.shape):
        return _Side(level, 0, 0)
    return _Side(level, usual, float((abs(thick - usual) <= 1).mean()))


def without_box(mask: np.ndarray) -> np.ndarray | None:
    """Take off a box, perhaps with round corners, whose sides are too straight for a hand."""
    regions = skimage.measure.label(mask, connectivity=2)
    if not 1 < regions.max() <= MANY:
        return None
    pieces = pieces_of(mask, regions)
    box = largest_box(pieces)
    inner = pieces_inside(pieces, box)
    size = max((max(one.height / box.height, one.width / box.width) for one in inner), default=0)
    if len(inner) < len(pieces) - 1 or size < 0.4:
        return None
    slopes = []
    for side, sign in zip(to_the_top(mask_of(regions, box)), (1, -1, -1, 1), strict=True):
        slope = _slope_of(side)
        if slope is None:
            return None
        slopes.append(sign * slope)
    turn = float(np.mean(slopes))
    # A sheet may lie askew; by hand no four sides are drawn that all are by the same angle.
    if max(slopes) - min(slopes) > 0.006 or abs(turn) > 0.12:
        return None
    if box.filled < 0.88 * _turned_area(box.height, box.width, abs(turn)):
        return None
    return without(mask, regions, {box.number})


def _slope_of(own: np.ndarray) -> float | None:
    """By how much the upper side of a piece falls a pixel; None where it is not straight."""
    eighth = own.shape[1] // 8
    ends = own.argmax(axis=0)[eighth : own.shape[1] - eighth]
    along = np.arange(len(ends)) - (len(ends) - 1) / 2
    if np.ptp(ends) <= 1:
        return 0.0
    slope = float(along @ ends / (along @ along))
    away = ends - ends.mean() - slope * along
    return slope if abs(away).max() <= 1 else None


def _turned_area(height: int, width: int, slope: float) -> float:
    """Area of the rectangle that is turned by a slope within a box of some height, some width."""
    long, wide = height - width * slope, width - height * slope
    return long * wide / (1 - slope**2) ** 2 * (1 + slope**2)


def without_axes(mask: np.ndarray) -> np.ndarray | None:
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
            signs = pieces_of(beyond)
            small = max(height, width) / 12
            if (
                inside.any()
                and len(signs) >= 4
                and all(max(one.height, one.width) < small for one in signs)
            ):
                return inside
    return None


def are_evenly_spaced(places: np.ndarray) -> bool:
    """Tell whether lines lie at multiples of a step, by their places, (n,), in pixels (chapter 5)."""
    steps = np.diff(places)
    step = np.median(steps)
    if step < 6:
        return False
    off = np.abs(steps / step - np.rint(steps / step))
    return bool((off < 0.2).mean() >= 0.7)
