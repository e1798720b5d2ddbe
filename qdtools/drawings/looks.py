"""Finds out how a bitmap of 28 x 28 pixels looks: light or dark paper, noisy or clean, blank."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import skimage

from .canvas import SIDE
from .filters import outermost, sides_of
from .opening import LONGEST, LUMINANCE

#: Paper on which values differ by more than this, as a rule, is noisy.
_CALM = 0.02
#: A large picture's grain survives being squeezed to 28 x 28 only where it is a bitmap's noise.
_NOISY = 0.06
#: Pixels that differ so much from both neighbours on average are more than the edges of lines.
_ROUGH = 0.13
_BLANK = 0.04
#: What of all that changes from pixel to pixel may lie within the boxes of an enlarged bitmap; packing
#: as JPEG leaves a twelfth at most, of what was drawn a third or more lies there.
_WITHIN = 0.15

#: Where more of all pixels are wholly black or white, these are no noise's.
_EXTREME = 0.85


class Look(NamedTuple):
    """How a bitmap of 28 x 28 pixels looks.

    Attributes
    ----------
    image : ndarray of float, (28, 28)
        In [0, 1], light ink on dark paper now.
    noisy : bool
        Whether its paper is noisy.
    dark : bool
        Whether the ink was darker than the paper.
    """

    image: np.ndarray
    noisy: bool
    dark: bool


def look_of(picture: np.ndarray, noisy: bool | None = None) -> Look | None:
    """Bring a bitmap to light ink on dark paper, whichever it is (chapter 5).

    The outermost two pixels of each side are paper in nearly every drawing; within a frame of one
    colour, its outermost two. What is inked within is lighter or darker; where the noise is strong,
    what it clips more often tells besides, since the book's noise brightens. Where clean ink reaches
    the edge, paper is what there is most of.

    Parameters
    ----------
    picture : ndarray of float, (28, 28, 3)
        Colours in [0, 1].
    noisy : bool, optional
        Whether it is noisy, where that is known.

    Returns
    -------
    Look or None
        None where it is blank.
    """
    values = picture @ LUMINANCE
    if np.ptp(picture, axis=2).max() > 0.1:  # a colour map, along which brightness may turn around
        values = _along_the_colours(picture)
    if np.ptp(values) < _BLANK or np.ptp(values - _shade(values)) < _BLANK:
        return None
    edge = _frame_width(values)
    part = values[edge : SIDE - edge, edge : SIDE - edge]
    ring, inside = _ring_of(part, 2), part[2:-2, 2:-2]
    if noisy is None:
        usual, mean = _roughness(values)
        noisy = bool((usual > _CALM / 2 and _away(_ring_of(values, 2)) > _CALM) or mean > _ROUGH)
        if edge and not noisy:
            noisy = bool(_roughness(part)[0] > _NOISY / 2 and _away(ring) > _NOISY)
    if noisy and np.isin(part, (0, 1)).mean() < _EXTREME:
        spread = max(ring.std() * np.sqrt(1 / ring.size + 1 / inside.size), 1e-6)
        lighter = (inside.mean() - ring.mean()) / spread
        black, white = ((abs(ring - end) < 0.005).mean() for end in (0, 1))
        if black + white < 0.75:
            lighter += 10 * (white - black)
        if edge and min(black, white) < 0.06:  # within a frame there is little paper around the ink
            lighter += 60 * (part.mean() - np.median(part))
        dark = bool(lighter < 0)
        paper = np.median(ring)
    else:
        light = values > (values.min() + values.max()) / 2
        around = _ring_of(light, 2)
        is_paper = edge != 1 and around.all() == around.any()
        # Ink that reaches the edge, or goes all along it, leaves paper most of the room.
        dark = bool(around[0] if is_paper else light.mean() > 0.5)
        paper = np.median(_ring_of(values, 2) if is_paper else values[light == dark])
    if dark:
        values, paper = 1 - values, 1 - paper
    if not noisy:
        ink = values.max()
        # As the data are: paper is 0, ink 1. What is so already stays as it is.
        if paper > 0.02 or ink < 0.98:
            values = np.clip((values - paper) / max(ink - paper, _BLANK), 0, 1)
    return Look(values, noisy, dark)


def is_noisy_bitmap(grey: np.ndarray) -> bool:
    """Whether a larger picture (h, w) is a bitmap of 28 x 28 noisy pixels, enlarged (chapter 5)."""
    height, width = grey.shape
    if min(height, width) < SIDE or not 0.8 < height / width < 1.25:
        return False
    small = squeezed(grey)
    usual, mean = _roughness(small)
    calm = _away(_ring_of(small, 2)) <= _NOISY and mean <= _ROUGH
    return bool(not calm and (usual > _NOISY / 2 or mean > _ROUGH))


def bitmap_within(colours: np.ndarray) -> np.ndarray:
    """Cut a noisy bitmap of 28 x 28 pixels out of the even page (h, w, 3) around it (chapter 5).

    Its four sides are straight, which a drawing's box has not; plots have figures beside it, too.

    Returns
    -------
    ndarray of float, (h, w, 3)
        The whole picture where it holds none.
    """
    rim = outermost(colours)
    page = np.median(rim, axis=0)
    if (abs(rim - page).max(axis=1) > _CALM).mean() > 0.1:
        return colours
    apart = abs(colours - page).max(axis=2) > _CALM
    rows, columns = _longest_run(apart.sum(axis=1)), slice(0, apart.shape[1])
    for _ in range(2):
        columns = _longest_run(apart[rows].sum(axis=0))
        rows = _longest_run(apart[:, columns].sum(axis=1))
    part = apart[rows, columns]
    if part.size == 0 or part.shape == apart.shape or part.mean() < 0.4:
        return colours
    if min(side.mean() for side in sides_of(part)) < 1 / 4:
        return colours
    cut = colours[rows, columns]
    return cut if is_noisy_bitmap(cut @ LUMINANCE) else colours


def _longest_run(counts: np.ndarray) -> slice:
    """Where the longest run of lines with marks lies, of its ends what has few of them cut off."""
    marked = np.pad(counts > counts.max() / 50, 1).astype(np.int8)
    starts, stops = (np.flatnonzero(np.diff(marked) == step) for step in (1, -1))
    if not len(starts):
        return slice(0, 0)
    most = int((stops - starts).argmax())
    start, stop = int(starts[most]), int(stops[most])
    full = start + np.flatnonzero(counts[start:stop] > counts.max() / 3)
    return slice(int(full[0]), int(full[-1]) + 1) if len(full) else slice(0, 0)


def is_enlarged_bitmap(grey: np.ndarray) -> bool:
    """Whether a larger picture (h, w) is a bitmap of 28 x 28 pixels, each of them a box (chapter 5).

    Nothing changes there but from box to box. In one that was shrunk since, edges are soft.
    """
    height, width = grey.shape
    if min(height, width) < 2 * SIDE or not 0.8 < height / width < 1.25:
        return False
    changed = within = 0.0
    for lines in (grey, grey.T):
        boxes = ((np.arange(len(lines)) + 0.5) * SIDE / len(lines)).astype(int)
        between = np.diff(boxes) > 0
        if max(height, width) >= LONGEST:
            between = np.convolve(between, [True] * 3, "same") > 0
        steps = (np.diff(lines, axis=0) ** 2).sum(axis=1)
        changed += float(steps.sum())
        within += float(steps[~between].sum())
    return within < _WITHIN * changed


def squeezed(grey: np.ndarray) -> np.ndarray:
    """Squeeze a picture (h, w) to 28 x 28 by averaging."""
    if grey.shape == (SIDE, SIDE):
        return grey
    small: np.ndarray = skimage.transform.resize_local_mean(grey, (SIDE, SIDE))
    return small


def _ring_of(values: np.ndarray, width: int) -> np.ndarray:
    """List the outermost pixels of a square."""
    ring = np.ones(values.shape, bool)
    ring[width:-width, width:-width] = False
    outer: np.ndarray = values[ring]
    return outer


def _away(ring: np.ndarray) -> float:
    """How far pixels lie from their median, as a rule."""
    return float(np.median(abs(ring - np.median(ring))))


def _frame_width(values: np.ndarray) -> int:
    """How many pixels wide a frame of one colour goes around a bitmap; 0 where what follows is like it."""
    for width in range(1, 5):
        frame = _ring_of(values, width)
        if np.ptp(frame) > _CALM:
            return 0
        within = _ring_of(values[width : SIDE - width, width : SIDE - width], 1)
        if np.median(abs(within - np.median(frame))) > _CALM:
            return width
    return 0


def _shade(values: np.ndarray) -> np.ndarray:
    """Fit the surface of second degree to a bitmap: the light on a blank sheet."""
    at = np.linspace(-1, 1, SIDE)
    terms = [np.ones(SIDE), at, at**2 - (at**2).mean()]
    shade = np.zeros_like(values)
    for i, j in ((0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (2, 0)):
        term = np.outer(terms[i], terms[j])
        shade += term * ((values * term).sum() / (term**2).sum())
    return shade


def _roughness(values: np.ndarray) -> tuple[float, float]:
    """How far pixels differ from their right and their lower neighbour, whichever is nearer: median, mean.

    Along a line, or on paper, one of both is alike; in noise neither is.
    """
    across = abs(values[:-1, 1:] - values[:-1, :-1])
    down = abs(values[1:, :-1] - values[:-1, :-1])
    least = np.minimum(across, down)
    return float(np.median(least)), float(least.mean())


def _along_the_colours(picture: np.ndarray) -> np.ndarray:
    """Where each colour lies on the curve that the picture's colours form, from 0 to 1.

    Paths of steps between colours, long steps dear, follow the curve. Its ends are the two colours
    that lie farthest apart so.
    """
    colours, places = np.unique(np.rint(picture.reshape(-1, 3) * 255), axis=0, return_inverse=True)
    step = np.linalg.norm(colours[:, None] - colours, axis=2)
    end = int(_path_lengths(step, 0).argmax())
    length = _path_lengths(step, end)
    if colours[end] @ LUMINANCE > colours[length.argmax()] @ LUMINANCE:
        length = length.max() - length
    along: np.ndarray = (length / max(length.max(), 1e-9))[places.ravel()]
    return along.reshape(picture.shape[:2])


def _path_lengths(step: np.ndarray, start: int) -> np.ndarray:
    """Length of the path from one colour to each, where a step costs its length squared (Dijkstra)."""
    count = len(step)
    cost, length = np.full(count, np.inf), np.zeros(count)
    cost[start] = 0
    left = np.ones(count, bool)
    for _ in range(count):
        at = int(np.where(left, cost, np.inf).argmin())
        left[at] = False
        through = cost[at] + step[at] ** 2
        shorter = left & (through < cost)
        cost[shorter] = through[shorter]
        length[shorter] = length[at] + step[at][shorter]
    return length
