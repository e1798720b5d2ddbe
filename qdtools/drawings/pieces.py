"""Takes a mask of ink apart, piece by piece."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
import skimage

#: More pieces than this are grain or hatching, no writing, no drawings apart.
MANY = 300


class Piece(NamedTuple):
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
        """Pixels down (chapter 5)."""
        return self.bottom - self.top + 1

    @property
    def width(self) -> int:
        """Pixels across (chapter 5)."""
        return self.right - self.left + 1

    @property
    def is_outline(self) -> bool:
        """Whether it is the outline of a box, or a filled one (chapter 5)."""
        return self.filled >= 0.9 * self.height * self.width


def pieces_of(mask: np.ndarray, regions: np.ndarray | None = None) -> list[Piece]:
    """Find the pieces of a mask, (h, w), in the order of their labels, if there are some (chapter 5)."""
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
            Piece(
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


def mask_of(regions: np.ndarray, one: Piece) -> np.ndarray:
    """Cut a piece, by the numbers, (h, w), of all, out as a mask of its box, (height, width) (chapter 5)."""
    own: np.ndarray = regions[one.top : one.bottom + 1, one.left : one.right + 1] == one.number
    return own


def largest_box(pieces: list[Piece]) -> Piece:
    """Take the piece with the largest box of some (chapter 5)."""
    return max(pieces, key=lambda one: one.height * one.width)


def pieces_inside(pieces: list[Piece], box: Piece) -> list[Piece]:
    """Take those of some pieces that lie within the box of one and reach none of its sides (chapter 5)."""
    return [
        one
        for one in pieces
        if one.top > box.top
        and one.bottom < box.bottom
        and one.left > box.left
        and one.right < box.right
    ]


def pens_of(mask: np.ndarray, regions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the middle lines of a mask, (h, w): of each of their pixels the piece, half the width (chapter 5).

    By their median, what is drawn is as wide as its pen, even where much of it is filled.
    """
    middle = np.nonzero(skimage.morphology.skeletonize(mask))
    depth = scipy.ndimage.distance_transform_edt(mask)
    return regions[middle], depth[middle]


def without(mask: np.ndarray, regions: np.ndarray, gone: set[int]) -> np.ndarray | None:
    """Take pieces off a mask, (h, w), by their numbers; None where none is to go (chapter 5)."""
    if not gone:
        return None
    rest: np.ndarray = mask & ~np.isin(regions, list(gone))
    return rest
