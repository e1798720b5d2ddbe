"""Tells what lies on a sheet, a pen or a finger, from the drawing beside it."""

from __future__ import annotations

import numpy as np
import skimage

from .filters import grown
from .hulls import hull_area, hull_rows
from .pieces import MANY, Piece, pens_of, pieces_of, without

#: A thing is thicker than the strokes by this factor at least.
_THICKER = 2.5
#: A straight rod that lies apart is a pen where it is thicker than the strokes by this factor and this many
#: pixels: by hand no stroke of a drawing is so much bolder than its others, and straight all along.
_BOLDER, _PIXELS = 1.25, 1
#: Share of its convex hull that a thing fills, that a straight rod does.
_COMPACT, _STRAIGHT = 0.7, 0.95
#: A thing that lies on the sheet with both ends is longer than wide by this factor, a rod by that.
_LONG, _ROD = 5, 7
#: What comes in over the edge is longer than wide by this factor; less is a blot of the drawing.
_IN = 1.75
#: Share of a side of the picture that a thing takes at most where it comes in.
_WIDEST = 0.25


def without_objects(mask: np.ndarray, sheet: np.ndarray | None = None) -> np.ndarray | None:
    """Take off what is thicker than the strokes, where it comes in over the edge or is a rod (chapter 5).

    Parameters
    ----------
    mask : ndarray of bool, (h, w)
        What is inked of a sheet.
    sheet : ndarray of bool, (h, w), optional
        Where the sheet is; everywhere by default.

    Returns
    -------
    ndarray of bool, (h, w), or None
        The mask without them; None where none is certain.
    """
    regions = skimage.measure.label(mask, connectivity=2)
    if not 1 < regions.max() <= MANY:
        return None
    owner, depth = pens_of(mask, regions)
    area = np.bincount(regions.ravel())
    edge = np.ones_like(mask)
    edge[2:-2, 2:-2] = False
    if sheet is not None:
        edge |= grown(~sheet, 2)
    gone: set[int] = set()
    for one in sorted(pieces_of(mask, regions), key=lambda one: (-one.area, one.number)):
        left = ~np.isin(owner, [one.number, *gone])
        if area[np.unique(owner[left])].sum() < 30:
            continue
        own, strokes = np.median(depth[owner == one.number]), np.median(depth[left])
        if own < max(_BOLDER * strokes, strokes + _PIXELS):
            continue
        if _is_object(mask, regions == one.number, one, own, edge, own >= _THICKER * strokes):
            gone.add(one.number)
    return without(mask, regions, gone)


def _is_object(
    mask: np.ndarray,
    piece: np.ndarray,
    one: Piece,
    half: float,
    edge: np.ndarray,
    is_far_thicker: bool,
) -> bool:
    """Whether a piece of some half thickness is solid and comes in over the edge, or is a rod apart."""
    hull = hull_area(hull_rows(piece))
    if one.area < max(_COMPACT * hull, 0.95 * one.filled):
        return False
    long = one.area / (2 * half) ** 2
    is_straight = one.area >= max(_STRAIGHT * hull, 0.98 * one.filled) and long >= _ROD
    at_edge = np.nonzero(piece & edge)
    if len(at_edge[0]):
        across = max(int(np.ptp(places)) for places in at_edge)
        if not half <= across <= _WIDEST * min(mask.shape):
            return False
        if is_far_thicker:
            return bool(long >= _IN)
    # What is densely filled has a middle line, and is thick, without being long.
    if one.height**2 + one.width**2 < _LONG * one.area:
        return False
    is_rod = is_straight or (is_far_thicker and long >= _LONG and not len(at_edge[0]))
    return is_rod and not (mask & ~piece & grown(piece, round(half))).any()
