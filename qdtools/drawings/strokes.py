"""Turns Google's simplified strokes, ``.ndjson`` files, into bitmaps by the dataset's published recipe."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from ..errors import DataError
from .canvas import BOX, CANVAS, MARGIN, PEN_RADIUS, SIDE
from .categories import category_of, resolve_categories

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

#: Longest line and most points of a drawing; Google's have at most a few thousand bytes and points.
MAX_LINE_BYTES, MAX_POINTS = 1 << 20, 10_000
#: Cairo, which drew Google's bitmaps, looks at 15 lines a pixel and makes a round pen of 12 corners.
_LINES = 15


def _snap(length: np.ndarray) -> np.ndarray:
    """Round to 256ths of a pixel, as cairo does."""
    snapped: np.ndarray = np.rint(length * 256) / 256
    return snapped


_CORNERS = _snap(PEN_RADIUS * np.exp(1j * np.pi * np.arange(4) / 6))


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
        Coordinates from 0 to 255, x to the right, y downwards, as in Google's simplified files.

    Returns
    -------
    ndarray of uint8, (28, 28)
        White ink on black.

    References
    ----------
    https://github.com/googlecreativelab/quickdraw-dataset/issues/19#issuecomment-402247262
    """
    lines = [np.asarray(stroke, float).T for stroke in strokes]
    shift = MARGIN + (BOX - np.concatenate(lines).max(axis=0)) / 2
    paper = np.ones((SIDE, SIDE))
    for line in lines:
        coverage = _coverage(_snap((line + shift) * SIDE / CANVAS))
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


def read_strokes(path: str | os.PathLike[str]) -> Iterator[list[np.ndarray]]:
    """Read the drawings of a file of simplified strokes, one at a time (chapter 1).

    Parameters
    ----------
    path : path
        A ``.ndjson`` file: one JSON object a line with the key ``drawing``, a list of strokes, each
        a list of x and a list of y coordinates from 0 to 255, and perhaps ``word``, the category.

    Yields
    ------
    list of ndarray of float, (2, n)
        The strokes of a drawing.

    Raises
    ------
    DataError
        If the file is missing, or a line of it is too long, no JSON, or no such drawing, or is one
        of another category than the file's name says.
    """
    path = Path(path)
    category = category_of(path)
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                where = f"{path.name}, line {number},"
                if len(line) > MAX_LINE_BYTES:
                    raise DataError(
                        f"{where} is longer than a megabyte; give Google's simplified drawings."
                    )
                if line.strip():
                    yield _parse(line, category, where)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read ({error.strerror}).") from error


def _parse(line: bytes, category: str, where: str) -> list[np.ndarray]:
    try:
        entry = json.loads(line)
        drawing, word = entry["drawing"], entry.get("word", category)
        strokes = [np.asarray(stroke) for stroke in drawing]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{where} holds no drawing ({type(error).__name__}); fetch the file again."
        ) from error
    if not strokes:
        raise DataError(f"{where} is an empty drawing; remove the line.")
    for stroke in strokes:
        if (
            stroke.dtype.kind not in "iuf"
            or stroke.ndim != 2
            or len(stroke) != 2
            or not stroke.size
        ):
            raise DataError(
                f"{where} has a stroke that is not two equally long lists of numbers, x and y; give "
                "Google's simplified drawings, not the raw ones."
            )
        if not ((stroke >= 0) & (stroke < BOX)).all():
            raise DataError(f"{where} has coordinates outside 0 to 255; give simplified drawings.")
    if sum(stroke.shape[1] for stroke in strokes) > MAX_POINTS:
        raise DataError(f"{where} has more than {MAX_POINTS} points; give simplified drawings.")
    if not _same_category(word, category):
        raise DataError(f"{where} is a drawing of {word!r}, not of {category!r}; rename the file.")
    return strokes


def _same_category(word: object, category: str) -> bool:
    if word == category:
        return True
    try:
        return bool(resolve_categories(str(word), (category,)))
    except DataError:
        return False


def draw_file(path: str | os.PathLike[str], limit: int | None = None) -> np.ndarray:
    """Draw the first drawings of a file of simplified strokes (chapter 1).

    Parameters
    ----------
    path : path
        A ``.ndjson`` file of simplified strokes.
    limit : int, optional
        How many drawings at most; all by default. A thousand take some ten seconds.

    Returns
    -------
    ndarray of uint8, (n, 28, 28)
        White ink on black, in the order of the file.

    Raises
    ------
    DataError
        If the file is not what `read_strokes` takes, or holds no drawing.
    """
    path = Path(path)
    drawings = islice(read_strokes(path), limit)
    bar = tqdm(drawings, f"drawing {path.name}", total=limit, disable=None, delay=2)
    bitmaps = [draw_strokes(strokes) for strokes in bar]
    if not bitmaps:
        raise DataError(f"{path.name} holds no drawing; fetch it again.")
    return np.stack(bitmaps)
