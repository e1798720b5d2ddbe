"""Draws strokes as bitmaps by the recipe that Google published for its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError
from .canvas import BOX, CANVAS, MARGIN, PEN_RADIUS, SIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Most points of a drawing; Google's simplified ones have at most a few thousand.
MAX_POINTS = 10_000
#: Units of the box within which Google's simplified lines keep to those that were drawn.
TOLERANCE = 2.0
#: Drawings that begin within so many units of the box's corner lie where Google's do, whose simplified
#: ones begin at 0 save for a few units; Google centred them by where they end alone.
CORNER = 16
#: Beyond this no coordinate is computed with; a raw one has four digits.
_FAR = 1e9
#: Cairo, which drew Google's bitmaps, looks at 15 lines a pixel and makes a round pen of 12 corners.
_LINES = 15


def _snap(length: np.ndarray) -> np.ndarray:
    """Round to 256ths of a pixel, as cairo does."""
    snapped: np.ndarray = np.rint(length * 256) / 256
    return snapped


_CORNERS = _snap(PEN_RADIUS * np.exp(1j * np.pi * np.arange(4) / 6))


def check_strokes(strokes: object, where: str = "What was given") -> list[np.ndarray]:
    """Refuse what are no strokes, such as a list without any or numbers that are not finite (chapter 1).

    Parameters
    ----------
    strokes : object
        A list of strokes, each a list of x and a list of y, perhaps one of times, which are left out.
    where : str
        What to call the drawing in a refusal.

    Returns
    -------
    list of ndarray of float, (2, n)
        The x and the y of each stroke, in the units that were given.

    Raises
    ------
    DataError
        If it is anything else, or has too many points.
    """
    if isinstance(strokes, (str, bytes, dict)):
        way = (
            "its 'drawing' is"
            if isinstance(strokes, dict)
            else "json.loads gives them where it is JSON"
        )
        raise DataError(
            f"{where} is a {type(strokes).__name__}, no list of strokes, each of two equally long lists, x "
            f"and y; {way}."
        )
    try:
        lines = [np.asarray(stroke) for stroke in strokes]  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{where} holds no drawing, a list of strokes, each of two equally long lists, x and y "
            f"({error})."
        ) from error
    if not lines:
        raise DataError(f"{where} is an empty drawing; leave it out.")
    if isinstance(strokes, np.ndarray) and strokes.ndim == 2 and strokes.shape[1] == 3:
        raise DataError(
            f"{where} is an array (n, 3), such as sketch-rnn's steps of the pen; strokes are lists of two "
            "equally long lists, x and y: sum the steps up, and begin a stroke where the pen was lifted."
        )
    for line in lines:
        if line.ndim == 2 and len(line) in (2, 3) and not line.size:
            raise DataError(
                f"{where} has a stroke without a point, where two equally long lists are due; leave it out."
            )
        if (
            line.dtype.kind not in "iuf"
            or line.ndim != 2
            or len(line) not in (2, 3)
            or not line.size
        ):
            raise DataError(
                f"{where} has a stroke that is not two equally long lists of numbers, x and y, nor "
                f"three with the times; it has the shape {line.shape} of {line.dtype}{_way_to_stroke(line)}."
            )
        if not (np.abs(line[:2]) < _FAR).all():  # nor where they are no numbers
            far = np.isfinite(line[:2]).all()
            raise DataError(
                f"{where} has coordinates that are {f'beyond {_FAR:,.0f}' if far else 'no finite numbers'}; "
                f"{'scale them down' if far else 'leave it out'}."
            )
    if sum(line.shape[1] for line in lines) > MAX_POINTS:
        raise DataError(f"{where} has more than {MAX_POINTS} points; leave some out.")
    return [line[:2].astype(float) for line in lines]


def _way_to_stroke(line: np.ndarray) -> str:
    """Say how what was given becomes a stroke, as the end of a sentence."""
    if line.dtype.kind in "iuf" and line.ndim == 2 and line.shape[1] in (2, 3) and line.size:
        return "; where these are points, list(zip(*points)) gives both lists"
    if line.dtype.kind in "iuf" and line.ndim == 3:
        return "; it lies one list deeper than a stroke: give drawing[0], for one"
    if line.dtype.kind == "U":
        return "; turn its text into numbers by float"
    return ""


def _extent(lines: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """Where the box around lines begins, (2, 1), and how long its longer side is."""
    low = np.min([line.min(axis=1) for line in lines], axis=0)
    high = np.max([line.max(axis=1) for line in lines], axis=0)
    return low[:, None], float((high / 2 - low / 2).max() * 2)


def fits_box(strokes: Sequence[np.ndarray]) -> bool:
    """Tell whether strokes (2, n) keep to the coordinates of Google's simplified files (chapter 1)."""
    return all(((line >= 0) & (line < BOX)).all() for line in strokes)


def simplify(strokes: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Bring raw strokes to the box as Google's simplified files were brought (chapter 1).

    The drawing begins at 0 both ways, its longer side is 255, and points closer than 2 units to the
    line between those around them are left out.

    Parameters
    ----------
    strokes : sequence of ndarray of float, (2, n)
        In any units.

    Returns
    -------
    list of ndarray of float, (2, m)
        Whole numbers from 0 to 255.

    References
    ----------
    https://github.com/googlecreativelab/quickdraw-dataset#preprocessed-dataset
    """
    from skimage.measure import approximate_polygon

    low, extent = _extent(strokes)
    scale = (BOX - 1) / extent if extent else 0.0
    lines = [((line - low) * scale).T for line in strokes]
    return [np.rint(approximate_polygon(line, TOLERANCE)).T for line in lines]


def draw_strokes(strokes: Sequence[Sequence[Sequence[float]]]) -> np.ndarray:
    """Draw strokes by the recipe of Google's bitmaps (chapter 1).

    The drawing's box is centred on a canvas of 304 units, each stroke drawn with a round pen of 16
    units straight at 28 x 28 pixels and laid over those before it. Cairo did this for Google; here
    each of cairo's 15 scan lines a pixel is intersected with the stroke's straight pieces and its
    pen at every corner, in numpy alone: the rasteriser at hand, matplotlib's, differs by ten times
    as much (tests/test_strokes.py measures both, beside cairo's own drawings). What is left
    of a difference, 0.05 grey levels of 255 on average, comes from cairo's integer steps along an
    edge and from the inner side of sharp bends.

    Parameters
    ----------
    strokes : sequence of (xs, ys)
        Coordinates, x to the right, y downwards, from 0 to 255 in Google's simplified files, where
        drawings begin at 0, and are centred by where they end. One that begins elsewhere is moved
        there first, one that is longer than 255 units shrunk to them; one no longer than 2, as
        where coordinates go from 0 to 1 or from -1 to 1, is enlarged to them. A third list, the
        times of raw strokes, is left out.

    Returns
    -------
    ndarray of uint8, (28, 28)
        White ink on black.

    Raises
    ------
    DataError
        If there is no stroke, or one that is not two equally long lists of finite numbers.

    References
    ----------
    Google, issue 19 of the repository ``quickdraw-dataset``; ``drawings/canvas.py`` has the address.
    """
    lines = check_strokes(strokes)
    low, extent = _extent(lines)
    scale = (BOX - 1) / extent if extent > BOX - 1 or 0 < extent <= 2 else 1
    away = (scale != 1) | (low < 0) | (low > CORNER)
    lines = [(line - np.where(away, low, 0)) * scale for line in lines]
    shift = MARGIN + (BOX - np.concatenate(lines, axis=1).max(axis=1)) / 2
    paper = np.ones((SIDE, SIDE))
    for line in lines:
        coverage = _coverage(_snap((line.T + shift) * SIDE / CANVAS))
        paper *= 1 - np.rint(255 * coverage) / 255
    return np.rint(255 * (1 - paper)).astype(np.uint8)


def _coverage(points: np.ndarray) -> np.ndarray:
    """Share of each pixel that a stroke's pen covers; points (n, 2) in pixels, result (28, 28)."""
    top, bottom = points[:, 1].min() - PEN_RADIUS, points[:, 1].max() + PEN_RADIUS
    rows = np.arange(max(int(top * _LINES), 0), min(int(bottom * _LINES) + 1, SIDE * _LINES))
    y = (rows + 0.5) / _LINES

    # Where each line enters and leaves the pen at every point of the stroke ...
    away = np.abs(y - points[:, 1:])
    half = np.interp(away, _CORNERS.imag, _CORNERS.real, right=-np.inf)
    enter, leave = [points[:, :1] - half], [points[:, :1] + half]

    # ... and the rectangle between each point and the next.
    ahead = np.diff(points, axis=0)
    length = np.hypot(*ahead.T)
    start, ahead = points[:-1][length > 0], ahead[length > 0]
    if len(start):
        side = _snap(ahead[:, ::-1] * [-PEN_RADIUS, PEN_RADIUS] / length[length > 0, None])
        corners = np.stack([start + side, start + ahead + side, start + ahead - side, start - side])
        x0, y0 = corners[..., None, 0], corners[..., None, 1]
        x1, y1 = np.roll(x0, -1, axis=0), np.roll(y0, -1, axis=0)
        crossed = (np.minimum(y0, y1) <= y) & (y < np.maximum(y0, y1))
        slope = np.divide(x1 - x0, y1 - y0, out=np.zeros_like(x0), where=y1 != y0)
        x = x0 + (y - y0) * slope
        enter.append(np.where(crossed, x, np.inf).min(axis=0))
        leave.append(np.where(crossed, x, -np.inf).max(axis=0))

    # On each line, cut from every interval what those that began before it cover already.
    order = np.argsort(np.concatenate(enter), axis=0)
    begin, end = (
        np.take_along_axis(np.concatenate(edge), order, axis=0) for edge in (enter, leave)
    )
    begin[1:] = np.maximum(begin[1:], np.maximum.accumulate(end, axis=0)[:-1])
    inked = end > begin
    row = np.broadcast_to(rows // _LINES, inked.shape)[inked]

    # An edge at x covers all of the pixels to its right, and of its own the part beyond x.
    area = np.zeros(SIDE * (SIDE + 1))
    for x, sign in ((begin[inked], 1), (end[inked], -1)):
        x = np.clip(x, 0, SIDE - 1e-9)
        cell = x.astype(int)
        place, beyond = row * (SIDE + 1) + cell, cell + 1 - x
        area += sign * np.bincount(place, beyond, area.size)
        area[1:] += sign * np.bincount(place, 1 - beyond, area.size)[:-1]
    return np.cumsum(area.reshape(SIDE, -1), axis=1)[:, :SIDE] / _LINES
