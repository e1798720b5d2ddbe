"""Reads picture files into images that look like the data."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

# Whole, since their parts load on first use: an image of 28 x 28 pixels needs none of them.
import scipy
import skimage
from numpy.polynomial.legendre import legvander
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import ImageError
from .canvas import BOX, CANVAS, PEN_RADIUS, SIDE

if TYPE_CHECKING:
    import os

#: A picture of more pixels is refused before it is unpacked.
MAX_PIXELS = 50_000_000
#: Longest side at which ink is looked for, and pixels a side of an image's pixel when it is drawn.
_LONGEST, _ZOOM = 800, 10
#: The recipe's pen radius and box on that enlarged image.
_PEN_RADIUS, _FIT = PEN_RADIUS * _ZOOM, (BOX - 1) * SIDE * _ZOOM / CANVAS
_LUMINANCE = np.array([0.299, 0.587, 0.114])


def read_image(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a PNG, JPEG or WebP as an image for the networks (chapter 5).

    A picture of exactly 28 x 28 pixels is taken as it is, white ink on black, noisy or not. One of
    another size is taken for a drawing and prepared as `picture_steps` shows.

    Parameters
    ----------
    path : path
        A picture file: grey, colour or transparent, of any size.

    Returns
    -------
    ndarray of float32, (28, 28, 1)
        In [0, 1], white ink = 1.

    Raises
    ------
    ImageError
        If the file is missing, torn, no picture, larger than 50 million pixels, or shows no ink.
    """
    *_, image = picture_steps(path).values()
    return image[..., None].astype(np.float32)


def read_noisy(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a picture of a noisy bitmap of any size as it is, white ink on black (chapter 5).

    Parameters
    ----------
    path : path
        A PNG, JPEG or WebP file; what is not 28 x 28 is squeezed to it.

    Returns
    -------
    ndarray of float32, (28, 28, 1)
        In [0, 1], white ink = 1.

    Raises
    ------
    ImageError
        If the file is missing, torn, no picture or larger than 50 million pixels.
    """
    grey = _open(Path(path)) @ _LUMINANCE
    if grey.shape != (SIDE, SIDE):
        grey = skimage.transform.resize_local_mean(grey, (SIDE, SIDE))
    image: np.ndarray = np.clip(grey, 0, 1)[..., None].astype(np.float32)
    return image


def picture_steps(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Bring a picture of a drawing to the look of the data, step by step (chapter 5).

    Parameters
    ----------
    path : path
        A PNG, JPEG or WebP file of any size; ink and paper of any two colours.

    Returns
    -------
    dict of str to ndarray, (height, width) or (28, 28)
        The picture after each step, in [0, 1]:

        ``grey``
            As the file shows it, at most 800 pixels a side.
        ``ink``
            How far each pixel stands out from the paper, which is a smooth surface fitted to most
            of the picture or, where a shadow has an edge, the median around each pixel: ink is
            bright now, whichever was darker, and shadows are gone.
        ``box``
            The ink's box, cut out and brought to the recipe's size, ten times enlarged.
        ``mask``
            What is ink there: strong spots, and what hangs together with them.
        ``lines``
            The ink thinned to its middle lines, and what is left of filled regions.
        ``image``
            The lines centred and drawn with the data's pen of 1.47 pixels, 28 x 28.

        A picture of 28 x 28 pixels has the one step ``as it is``.

    Raises
    ------
    ImageError
        If the file is missing, torn, no picture, larger than 50 million pixels, or shows no ink.
    """
    path = Path(path)
    picture = _open(path)
    steps = {"grey": picture @ _LUMINANCE}
    if steps["grey"].shape == (SIDE, SIDE):
        return {"as it is": steps["grey"]}
    steps["ink"] = _find_ink(picture)
    if not steps["ink"].any():
        raise ImageError(
            f"{path.name!r} shows no ink that stands out from its paper; give more contrast."
        )
    steps["box"] = _cut_box(steps["ink"])
    steps["mask"] = _mask(steps["box"])
    steps["lines"] = _thin(steps["mask"])
    steps["image"] = _draw_lines(steps["lines"])
    return {name: step.astype(float) for name, step in steps.items()}


def _open(path: Path) -> np.ndarray:
    """Open a picture as RGB in [0, 1], at most 800 pixels a side; what is transparent is paper."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise ImageError(f"{path.name!r} is no file; name the pictures themselves.")
        with warnings.catch_warnings():
            # Pillow warns of pictures that would fill the memory, whose size is checked below, and of
            # torn metadata, which nothing here looks at.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise ImageError(
                        f"{path.name!r} has {picture.width} x {picture.height} pixels; give one of at "
                        f"most {MAX_PIXELS // 1_000_000} million."
                    )
                # A large JPEG is unpacked at half its size or less.
                picture.draft(None, (_LONGEST, _LONGEST))
                ImageOps.exif_transpose(picture, in_place=True)
                return _rgb(picture)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {str(path)!r}; check the name.") from error
    except UnidentifiedImageError as error:
        raise ImageError(
            f"{path.name!r} is no PNG, JPEG or WebP picture; convert it to one."
        ) from error
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"{path.name!r} would unpack to too many pixels; scale it down."
        ) from error
    except Exception as error:  # on torn bytes Pillow's decoders raise nearly anything
        raise ImageError(
            f"{path.name!r} cannot be read ({type(error).__name__}); save it again as PNG."
        ) from error


def _rgb(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip instead of scaling
        values = np.asarray(picture)
        picture = Image.fromarray((values >> 8 if values.max() > 255 else values).astype(np.uint8))
    transparent = picture.has_transparency_data
    mode = "RGBA" if transparent else "RGB"
    picture = picture if picture.mode == mode else picture.convert(mode)
    if max(picture.size) > _LONGEST:
        scale = _LONGEST / max(picture.size)
        size = [max(1, round(length * scale)) for length in picture.size]
        picture = picture.resize(size, Image.Resampling.BOX)
    values = np.asarray(picture, np.float64) / 255
    if not transparent:
        return values
    colour, alpha = values[..., :3], values[..., 3:]
    opaque = colour[alpha[..., 0] > 0.5]
    if len(opaque) > alpha.size / 2:  # a cut-out: its own paper is what there is most of
        paper: np.ndarray | float = np.median(opaque, axis=0)
    else:  # lines on nothing: whichever paper they stand out from
        paper = float(len(opaque) == 0 or (opaque @ _LUMINANCE).mean() < 0.5)
    return colour * alpha + paper * (1 - alpha)


def _find_ink(picture: np.ndarray) -> np.ndarray:
    """How far each pixel of (h, w, 3) departs from the paper, in [0, 1]."""
    smooth, local = (_depart(picture - paper(picture)) for paper in (_smooth_paper, _local_paper))
    # The local paper follows a shadow's edge, but also swallows what is filled; so it must be clearly
    # better at leaving two groups of pixels, ink and paper.
    return local if _two_groups(local) > _two_groups(smooth) + 0.02 else smooth


def _depart(away: np.ndarray) -> np.ndarray:
    """Departures (h, w, 3) along the one direction that ink takes: darker, lighter, another hue."""
    blur = 0.7 * min(1, max(away.shape) / 400)  # a small picture has no grain to lose
    away = scipy.ndimage.gaussian_filter(away, (blur, blur, 0))
    distance = np.linalg.norm(away, axis=2)
    noise = np.median(distance)
    if distance.max() < max(0.04, 8 * noise):
        return np.zeros(away.shape[:2])
    ink = away @ away[distance >= distance.max() / 2].mean(axis=0)
    if ink.max() <= 0:  # as much one way as the other
        return np.zeros(away.shape[:2])
    ink /= ink.max()
    floor = 3 * noise / distance.max()
    level = np.median(ink[ink > 0.5])
    clipped: np.ndarray = np.clip((ink - floor) / max(level - floor, 0.1), 0, 1)
    return clipped


def _two_groups(ink: np.ndarray) -> float:
    """Share of the variance that lies between ink and paper (Otsu's criterion)."""
    is_ink = ink > 0.5
    share = is_ink.mean()
    if not 0 < share < 1:
        return 0
    between = share * (1 - share) * (ink[is_ink].mean() - ink[~is_ink].mean()) ** 2
    share_between: float = between / ink.var()
    return share_between


def _smooth_paper(picture: np.ndarray) -> np.ndarray:
    """Fit the polynomial surface that most pixels of a picture (h, w, 3) lie on."""
    y, x = (legvander(np.linspace(-1, 1, length), 4) for length in picture.shape[:2])
    some = [np.linspace(0, length - 1, min(length, 48)).astype(int) for length in picture.shape[:2]]
    seen = picture[np.ix_(*some)].reshape(-1, 3)
    basis = np.einsum("yi,xj->yxij", y[some[0]], x[some[1]]).reshape(len(seen), 5, 5)
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
        distance = np.linalg.norm(seen - np.tensordot(basis, surface, 2), axis=1)
        weight = 1 / (1 + (distance / max(np.median(distance), 0.004)) ** 2) ** 2
    paper: np.ndarray = np.einsum("yi,xj,ijc->yxc", y, x, surface, optimize=True)
    return paper


def _local_paper(picture: np.ndarray) -> np.ndarray:
    """Take the median around each pixel of a picture (h, w, 3), over a quarter of its longer side."""
    scale = min(1, 100 / max(picture.shape))
    size = [max(1, round(length * scale)) for length in picture.shape[:2]]
    around = max(size) // 4 | 1
    small = skimage.transform.resize(picture, size, anti_aliasing=True)
    paper = np.stack(
        [scipy.ndimage.median_filter(small[..., c], around, mode="nearest") for c in range(3)], -1
    )
    large: np.ndarray = skimage.transform.resize(paper, picture.shape[:2], order=1)
    return large


def _mask(ink: np.ndarray) -> np.ndarray:
    """Strong ink and the weak ink that it hangs together with, but no speck."""
    mask = skimage.filters.apply_hysteresis_threshold(ink, 0.25 * ink.max(), 0.5 * ink.max())
    regions = skimage.measure.label(mask, connectivity=2)
    area = np.bincount(regions.ravel())
    area[0] = 0
    kept: np.ndarray = (area > area.max() / 500)[regions]
    return kept


def _cut_box(ink: np.ndarray) -> np.ndarray:
    """Cut out the ink's box, some paper around it, and enlarge it tenfold over the recipe's size."""
    rows, columns = np.nonzero(_mask(ink))
    height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    edge = max(2, max(height, width) // 20)
    top, left = rows.min(), columns.min()
    cut = np.pad(ink, edge)[top : top + height + 2 * edge, left : left + width + 2 * edge]
    scale = (_FIT + 2 * _PEN_RADIUS) / max(height, width)
    enlarged: np.ndarray = skimage.transform.resize(
        cut, [round(length * scale) for length in cut.shape], anti_aliasing=True
    )
    return enlarged


def _thin(mask: np.ndarray) -> np.ndarray:
    """Thin ink to its middle lines; where it is wider than the pen, to what the pen leaves inside."""
    pen = np.median(
        scipy.ndimage.distance_transform_edt(mask)[skimage.morphology.skeletonize(mask)]
    )
    # On a ragged edge each tooth would grow a spur.
    smooth = scipy.ndimage.gaussian_filter(mask.astype(float), min(pen / 3, 2)) > 0.5
    lines: np.ndarray = skimage.morphology.skeletonize(smooth) | (
        scipy.ndimage.distance_transform_edt(smooth) > pen
    )
    return lines


def _draw_lines(lines: np.ndarray) -> np.ndarray:
    """Centre lines as the recipe does and draw them with its pen; (28, 28)."""
    points = np.argwhere(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    side = SIDE * _ZOOM
    # A dot stays a dot.
    fit = _FIT / max(*(high - low), _FIT / 4)
    places = np.rint((points - (low + high) / 2) * fit + (side - 1) / 2).astype(int)
    paper = np.ones((side, side), bool)
    paper[tuple(places.T)] = False
    drawn = np.clip(_PEN_RADIUS - scipy.ndimage.distance_transform_edt(paper) + 0.5, 0, 1)
    image: np.ndarray = drawn.reshape(SIDE, _ZOOM, SIDE, _ZOOM).mean(axis=(1, 3))
    return image
