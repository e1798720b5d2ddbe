"""Tells what lies on a sheet, a pen or a finger, from the drawing beside it."""

from __future__ import annotations

import numpy as np
import scipy
import skimage

from .pieces import MANY, Piece, pieces_of, without
from .sheets import grown, hull_rows

#: A thing is thicker than the strokes by this factor at least.
_THICKER = 2.5
#: Share of its convex hull that it fills.
_COMPACT = 0.7
#: A pen that ends on the sheet at both ends is longer than wide by this factor.
_LONG = 5
#: Share of a side of the picture that a thing takes at most where it comes in.
_WIDEST = 0.25


def without_objects(mask: np.ndarray, sheet: np.ndarray | None = None) -> np.ndarray | None:
    """Take off what is far thicker than the strokes, where it comes in over the edge or is a rod (chapter 5).

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
    depth = scipy.ndimage.distance_transform_edt(mask)
    area = np.bincount(regions.ravel())
    depths = np.bincount(regions.ravel(), depth.ravel())
    edge = np.ones_like(mask)
    edge[2:-2, 2:-2] = False
    if sheet is not None:
        edge |= grown(~sheet, 2)
    gone: set[int] = set()
    for one in sorted(pieces_of(mask, regions), key=lambda one: (-one.area, one.number)):
        # The mean depth of a line is half of its greatest.
        own = 2 * depths[one.number] / one.area
        left = [number for number in range(1, len(area)) if number not in {one.number, *gone}]
        if not left or area[left].sum() < 30:
            continue
        strokes = 2 * depths[left].sum() / area[left].sum()
        if own >= _THICKER * strokes and _is_object(mask, regions == one.number, one, own, edge):
            gone.add(one.number)
    return without(mask, regions, gone)


def _is_object(
    mask: np.ndarray, piece: np.ndarray, one: Piece, half: float, edge: np.ndarray
) -> bool:
    """Whether a piece of some half thickness is solid and comes in over the edge, or is a rod apart."""
    rows = hull_rows(piece)
    hull = np.maximum(rows[:, 1] - rows[:, 0] + 1, 0).sum()
    if one.area < max(_COMPACT * hull, 0.95 * one.filled):
        return False
    at_edge = piece & edge
    if at_edge.any():
        across = max(int(np.ptp(places)) for places in np.nonzero(at_edge))
        return bool(half <= across <= _WIDEST * min(mask.shape))
    is_apart = not (mask & ~piece & grown(piece, round(half))).any()
    return is_apart and one.area >= _LONG * (2 * half) ** 2
