"""Finds the ink of a picture: how far each pixel stands out from the paper."""

from __future__ import annotations

import numpy as np

# Whole, since their parts load on first use: an image of 28 x 28 pixels needs none of them.
import scipy
import skimage
from numpy.polynomial.legendre import legvander

from .filters import grown, lengths, median_around, outermost, resized
from .opening import LUMINANCE
from .sheets import box_within

#: On a picture with fewer pixels a side ink may cover more than half; its outermost pixels tell the paper.
_SMALL = 64
#: Share of the outermost pixels that are paper for certain, how far apart their colours may be, and how far
#: a surface must be from them to be that of the ink.
_PAPER, _ALIKE, _APART = 0.7, 0.1, 0.2
#: A shadow reaches from the border deeper than this part of the shorter side.
_DEEP = 5
#: Part of the longer side over which the local paper is a median, first with the ink, then without.
_PART, _BARE_PART = 4, 5
#: Share of a place that must be bare for its colour to be the paper's.
_BARE = 0.3
#: Where half of all pixels lie farther from the paper, they are no grain but ink, unless a quarter do, too.
_NO_GRAIN = 0.15
#: Shares of the strongest ink that are ink for certain, or perhaps; pale places are no soft edges from this
#: half width on, in pixels, and coloured in where so much of their border is along ink rather than paper.
_STRONG, _WEAK, _NARROW, _ENCLOSED = 0.5, 0.25, 3, 0.6


def find_ink(picture: np.ndarray, sheet: np.ndarray | None = None) -> tuple[np.ndarray, bool]:
    """Find how far each pixel of a picture departs from its paper (chapter 5).

    Parameters
    ----------
    picture : ndarray of float, (h, w, 3)
        Colours in [0, 1].
    sheet : ndarray of bool, (h, w), optional
        Where the paper is; everywhere by default. Beyond it there is no ink.

    Returns
    -------
    ink : ndarray of float, (h, w)
        0 is paper, 1 the ink of a line; zeros where nothing stands out.
    dark : bool
        Whether the ink is darker than the paper.
    """
    smooth_paper = _smooth_paper(picture, sheet)
    if max(picture.shape) < _SMALL:
        smooth_paper = _paper_around(picture, smooth_paper)
    if sheet is not None:
        picture = np.where(sheet[..., None], picture, smooth_paper)
    blur = 0.7 * min(1, max(picture.shape) / 400)  # a small picture has no grain to lose
    seen = scipy.ndimage.gaussian_filter(picture, (blur, blur, 0))
    smooth, is_dark = depart(seen - smooth_paper)
    if not smooth.any():  # what stands out from the paper around it alone is a blank sheet's grain
        return smooth, is_dark
    # The local paper follows a shadow's edge, but also swallows what is shaded lightly; so it must be
    # clearly better at leaving two groups of pixels, ink and paper, or at leaving paper along the border.
    paper = _local_paper(picture)
    local, is_locally_dark = depart(seen - paper)
    # Where that went under wide strokes, it took them for paper; in a small picture all strokes are wide.
    if local.any() and max(picture.shape) >= _SMALL:
        paper = _local_paper(picture, _is_bare(seen, paper, local))
        local, is_locally_dark = depart(seen - paper)
    better = _two_groups(local) > _two_groups(smooth) + 0.02
    # Along the sheet's own border, where that is not the picture's.
    on_paper = np.s_[:, :] if sheet is None else box_within(sheet)
    along, locally_along = (_along_the_border(one[on_paper]) for one in (smooth, local))
    lit = along > 0.1 and local.any() and locally_along < along / 3 and _is_wide(smooth[on_paper])
    return (local, is_locally_dark) if better or lit else (smooth, is_dark)


def without_fills(ink: np.ndarray) -> np.ndarray:
    """Leave out a paler colour that outlines enclose, broader than they are (chapter 5).

    Parameters
    ----------
    ink : ndarray of float, (h, w)
        As `find_ink` gives it.

    Returns
    -------
    ndarray of float, (h, w)
        Zeros where something was coloured in.
    """
    strong, seen = ink > _STRONG * ink.max(), ink > _WEAK * ink.max()
    weak = seen & ~strong
    if max(ink.shape) < _SMALL or grown(~weak, _NARROW).all():  # nothing pale is that broad
        return ink
    # Half the width of a stroke is twice the mean distance of its pixels from its edge.
    pen = 2 * float(scipy.ndimage.distance_transform_edt(strong)[strong].mean())
    broad = max(_NARROW, pen / 2)
    core = scipy.ndimage.distance_transform_edt(weak) > broad
    if not core.any():
        return ink
    fills = weak & (scipy.ndimage.distance_transform_edt(~core) <= broad + 1.5)
    numbers: np.ndarray = scipy.ndimage.label(fills)[0]
    by_ink, by_paper = (
        np.bincount(numbers[grown(one, 2)], minlength=numbers.max() + 1) for one in (strong, ~seen)
    )
    enclosed = by_ink > _ENCLOSED * (by_ink + by_paper)
    enclosed[0] = False
    left: np.ndarray = np.where(enclosed[numbers], 0, ink)
    return left


def depart(away: np.ndarray) -> tuple[np.ndarray, bool]:
    """Find how strong ink is by how far colours depart from the paper, one way alone (chapter 5).

    Parameters
    ----------
    away : ndarray of float, (h, w, 3)
        How far each pixel's colour is from the paper's.

    Returns
    -------
    ink : ndarray of float, (h, w)
        In [0, 1], along the direction that the strongest ink takes: darker, lighter, another hue.
    dark : bool
        Whether that is darker.
    """
    nothing = np.zeros(away.shape[:2]), False
    distance = lengths(away)
    noise = np.median(distance)
    if max(distance.shape) < _SMALL:
        noise = min(noise, np.median(outermost(distance)))
    if noise > _NO_GRAIN:
        noise = min(noise, 2.2 * np.quantile(distance, 0.25))
    if distance.max() < max(0.04, 8 * noise):
        return nothing
    direction = away[distance >= distance.max() / 2].mean(axis=0)
    ink = away @ direction
    if ink.max() <= 0:  # as much one way as the other
        return nothing
    ink /= ink.max()
    floor = 3 * noise / distance.max()
    level = np.median(ink[ink > 0.5])
    clipped: np.ndarray = np.clip((ink - floor) / max(level - floor, 0.1), 0, 1)
    if distance.max() < 12 * noise and _is_strewn(clipped > 0.5):
        return nothing
    return clipped, bool(direction @ LUMINANCE < 0)


def _is_strewn(mask: np.ndarray) -> bool:
    """Whether what stands out from the grain by little is grain itself: in several spots, none long."""
    spots = scipy.ndimage.find_objects(skimage.measure.label(mask, connectivity=2))
    longest = max((max(y.stop - y.start, x.stop - x.start) for y, x in spots), default=0)
    return len(spots) > 2 and longest < 0.17 * max(mask.shape)


def _two_groups(ink: np.ndarray) -> float:
    """Share of the variance that lies between ink and paper (Otsu's criterion)."""
    is_ink = ink > 0.5
    share = is_ink.mean()
    if not 0 < share < 1:
        return 0
    between = share * (1 - share) * (ink[is_ink].mean() - ink[~is_ink].mean()) ** 2
    share_between: float = between / ink.var()
    return share_between


def _along_the_border(ink: np.ndarray) -> float:
    """Share of the picture's outermost pixels that are inked."""
    return float(np.mean(outermost(ink) > 0.5))


def _is_wide(ink: np.ndarray) -> bool:
    """Whether what is inked along the border goes deep, as no frame does, nor strokes that touch one."""
    wide = grown(~grown(ink <= 0.5, max(1, min(ink.shape) // _DEEP)), 1)
    return bool(outermost(wide).mean() > 0.02)


def _paper_around(picture: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Take a picture's outermost colour for its paper where the surface fitted to most of it is the ink."""
    border = outermost(picture)
    colour = np.median(border, axis=0)
    alike = lengths(border - colour) < _ALIKE
    away = np.median(lengths(outermost(paper) - colour))
    if alike.mean() < _PAPER or away < _APART:
        return paper
    return np.broadcast_to(colour, picture.shape)


def _smooth_paper(picture: np.ndarray, sheet: np.ndarray | None = None) -> np.ndarray:
    """Fit the polynomial surface that most pixels of a picture (h, w, 3) lie on."""
    y, x = (legvander(np.linspace(-1, 1, length), 4) for length in picture.shape[:2])
    some = [np.linspace(0, length - 1, min(length, 48)).astype(int) for length in picture.shape[:2]]
    seen = picture[np.ix_(*some)].reshape(-1, 3)
    basis = np.einsum("yi,xj->yxij", y[some[0]], x[some[1]]).reshape(len(seen), 5, 5)
    if sheet is not None:
        on_sheet = sheet[np.ix_(*some)].ravel()
        seen, basis = seen[on_sheet], basis[on_sheet]
    surface = np.zeros((5, 5, 3))
    weight = np.ones(len(seen))
    # Least squares in which what stands out counts less each time. The surface is flat at first and
    # may bend only later, or it would bend to a thick drawing.
    for bend in np.repeat(range(5), 5):
        free = np.add.outer(range(5), range(5)) <= bend
        terms = basis[:, free]
        weighted = (terms * weight[:, None]).T
        normal = weighted @ terms + 1e-6 * np.eye(free.sum())
        surface[free] = np.linalg.solve(normal, weighted @ seen)
        distance = lengths(seen - np.tensordot(basis, surface, 2))
        weight = 1 / (1 + (distance / max(np.median(distance), 0.004)) ** 2) ** 2
    paper: np.ndarray = np.einsum("yi,xj,ijc->yxc", y, x, surface, optimize=True)
    return paper


def _is_bare(seen: np.ndarray, paper: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Which pixels, (h, w), are nearer, by the ink's hue, to the paper beside it than to what is inked."""
    found = ink > 0.5
    direction = (seen[found] - paper[found]).mean(axis=0)
    inked, beside = np.median(seen[found] @ direction), np.quantile(paper[found] @ direction, 0.9)
    bare: np.ndarray = ~grown(seen @ direction > (inked + beside) / 2, max(ink.shape) // 200)
    return bare


def _local_paper(picture: np.ndarray, bare: np.ndarray | None = None) -> np.ndarray:
    """Take the median around each pixel of a picture (h, w, 3), over a part of its longer side.

    Where it is not bare, the paper goes on as it is around.
    """
    height, width = picture.shape[:2]
    scale = min(1, 80 / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    around = max(size) // (_PART if bare is None else _BARE_PART) | 1
    if bare is None or bare.all():
        small = resized(picture, size)
    else:
        share = resized(1.0 * bare, size)
        sums = resized(picture * bare[..., None], size)
        small = _filled(sums / np.maximum(share, _BARE)[..., None], share > _BARE)
    paper = np.stack([median_around(small[..., c], around) for c in range(3)], -1)
    return resized(paper, (height, width))


def _filled(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fill unknown pixels of a picture (h, w, 3), ring by ring, with the mean of those beside them."""
    values = np.where(known[..., None], values, 0)
    while known.any() and not known.all():
        near = _sums(1.0 * known)
        new = ~known & (near > 0.5)
        sums = np.stack([_sums(values[..., c]) for c in range(3)], -1)
        values[new] = sums[new] / near[new][:, None]
        known = known | new
    return values


def _sums(values: np.ndarray) -> np.ndarray:
    """Sum the three by three pixels around each, (h, w); beyond the border is nothing."""
    padded = np.pad(values, 1)
    height, width = values.shape
    places = [(y, x) for y in range(3) for x in range(3)]
    sums: np.ndarray = np.sum([padded[y : y + height, x : x + width] for y, x in places], axis=0)
    return sums
