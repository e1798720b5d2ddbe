"""Reads pictures into images that look like the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

# Whole, since their parts load on first use: an image of 28 x 28 pixels needs none of them.
import scipy
import skimage

from .canvas import BOX, CANVAS, PEN_RADIUS, SIDE
from .filters import grown
from .ink import find_ink, without_fills
from .looks import bitmap_within, is_enlarged_bitmap, is_noisy_bitmap, look_of, squeezed
from .opening import LUMINANCE, Opened, open_picture, refusal
from .sheets import box_within, find_sheet, is_on_a_table
from .small import LARGEST, is_small, redraw_small
from .surroundings import drawings_of, ink_mask, is_ruling_alone, take_apart
from .upright import set_upright

if TYPE_CHECKING:
    from ..errors import ImageError
    from .opening import PictureSource

#: Pixels a side of an image's pixel when it is drawn.
_ZOOM = 10
#: The recipe's pen radius and box on that enlarged image.
_PEN_RADIUS, _FIT = PEN_RADIUS * _ZOOM, (BOX - 1) * SIDE * _ZOOM / CANVAS
#: Gaps of up to twice as many pixels there are grain, where lines become so many times as broad without them.
_GRAIN, _COARSER = 4, 1.5


@dataclass(frozen=True, eq=False)
class Reading:
    """A picture as it was read, with what was found on the way (chapter 5).

    Attributes
    ----------
    image : ndarray of float32, (28, 28, 1)
        In [0, 1], white ink = 1, as the networks take it.
    kind : str
        ``"bitmap"``, which has 28 x 28 pixels, or ``"drawing"``, whose ink was found and redrawn.
    noisy : bool
        Whether the image is noisy.
    dark : bool
        Whether the ink was darker than the paper.
    left_out : tuple of str
        What the picture shows besides the drawing, hence was left out, in words.
    doubts : tuple of str
        What may be no part of the drawing, or may be lost of a small one, in words.
    drawings : int
        How many drawings stand apart from each other on the picture.
    enlarged : bool
        Whether it is a bitmap of other than 28 x 28 pixels, squeezed to that.
    askew : str
        How the sheet lay that was set upright, in words; empty where it lay straight.
    small : bool
        Whether the drawing has so few pixels that lines which lie close together are read as one.
    steps : dict of str to ndarray
        The way there, as `picture_steps` gives it.
    """

    image: np.ndarray
    kind: str
    noisy: bool
    dark: bool
    left_out: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    drawings: int = 1
    enlarged: bool = False
    askew: str = ""
    small: bool = False
    steps: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        look = "dark ink on light paper" if self.dark else "light ink on dark paper"
        said = [f"a {'noisy' if self.noisy else 'clean'} {self.kind}, {look}"]
        if self.left_out:
            said.append(f"left out: {', '.join(self.left_out)}")
        if self.askew:
            said.append(self.askew)
        if self.drawings > 1:
            said.append(f"{self.drawings} drawings apart from each other, taken for one")
        return "; ".join([*said, *self.doubts])


def read_picture(source: PictureSource, noisy: bool | None = None) -> Reading:
    """Read a picture as an image for the networks, and say what was found on it (chapter 5).

    Whether the paper is light or dark, whether it is noisy, where the sheet lies and what on it is
    the drawing is found from the pixels. A picture of 28 x 28 pixels, or such a bitmap enlarged,
    keeps its pixels; of any other the ink is found and redrawn: thinned to lines or, of a drawing
    of at most 30 pixels, whose lines would run into each other then, by a small network.

    Parameters
    ----------
    source : path, open binary file, bytes, ndarray or Pillow image
        Of any size and any format that Pillow decodes by itself; an array holds bool, whole numbers
        from 0 to 255, or floats from 0 to 1, as (h, w), (h, w, 3) or (h, w, 4).
    noisy : bool, optional
        True takes it for a noisy bitmap of whatever size, False for a clean picture; found from the
        pixels by default.

    Returns
    -------
    Reading
        The image with what was found.

    Raises
    ------
    ImageError
        If the picture is missing, torn, none, larger than 50 million pixels, or shows no ink.
    """
    opened = open_picture(source)
    bitmap = _bitmap(opened, noisy)
    if bitmap is not None:
        return bitmap
    found = _find(opened)
    return _redrawn(opened, found, found.drawings)


def read_drawings(source: PictureSource) -> list[Reading]:
    """Read each of the drawings that stand apart from each other on a picture (chapter 5).

    Parameters
    ----------
    source : path, open binary file, bytes, ndarray or Pillow image
        As `read_picture` takes it.

    Returns
    -------
    list of Reading
        In the order of reading: from top to bottom, from left to right.

    Raises
    ------
    ImageError
        As `read_picture`.
    """
    opened = open_picture(source)
    bitmap = _bitmap(opened, None)
    if bitmap is not None:
        return [bitmap]
    found = _find(opened)
    return [_redrawn(opened, found, [drawing]) for drawing in found.drawings]


def read_image(source: PictureSource) -> np.ndarray:
    """Read a picture as an image for the networks (chapter 5).

    Parameters
    ----------
    source : path, open binary file, bytes, ndarray or Pillow image
        As `read_picture` takes it, which also says what was found.

    Returns
    -------
    ndarray of float32, (28, 28, 1)
        In [0, 1], white ink = 1.

    Raises
    ------
    ImageError
        As `read_picture`.
    """
    return read_picture(source).image


def read_noisy(source: PictureSource) -> np.ndarray:
    """Read a noisy bitmap of any size, its pixels kept (chapter 5).

    Parameters
    ----------
    source : path, open binary file, bytes, ndarray or Pillow image
        As `read_picture` takes it; what is not 28 x 28 is squeezed to it.

    Returns
    -------
    ndarray of float32, (28, 28, 1)
        In [0, 1], white ink = 1; dark ink on light paper is turned around.

    Raises
    ------
    ImageError
        As `read_picture`.
    """
    return read_picture(source, noisy=True).image


def picture_steps(source: PictureSource) -> dict[str, np.ndarray]:
    """Bring a picture of a drawing to the look of the data, step by step (chapter 5).

    Parameters
    ----------
    source : path, open binary file, bytes, ndarray or Pillow image
        As `read_picture` takes it.

    Returns
    -------
    dict of str to ndarray, (height, width) or (28, 28)
        The picture after each step, in [0, 1]:

        ``grey``
            As the file shows it, at most 800 pixels a side.
        ``upright``
            The sheet by its four sides, only where it lay askew or was seen slantwise.
        ``ink``
            How far each pixel stands out from the paper, which is a smooth surface fitted to most
            of the sheet or, where a shadow has an edge, the median of the bare paper around: ink is
            bright now, whichever was darker, and shadows are gone. So is what was told from the
            drawing: the table around the sheet, a frame, ruled lines, a caption.
        ``box``
            The ink's box, cut out and brought to the recipe's size, ten times enlarged.
        ``mask``
            What is ink there: strong spots, and what hangs together with them.
        ``lines``
            The ink thinned to its middle lines, and what is left of filled regions.
        ``image``
            The lines centred and drawn with the data's pen of 1.47 pixels, 28 x 28.

        A bitmap of 28 x 28 pixels, noisy or not, has ``as it is`` and, if that was dark ink on
        light paper or faint, ``turned``. A drawing of at most 30 pixels goes from ``box``, 56 x 56
        there, to ``image`` at once.

    Raises
    ------
    ImageError
        As `read_picture`.
    """
    return read_picture(source).steps


def _bitmap(opened: Opened, noisy: bool | None) -> Reading | None:
    """Read what has an image's size, or is such a bitmap enlarged."""
    colours = opened.colours
    enlarged = colours.shape[:2] != (SIDE, SIDE)
    if enlarged:
        if noisy is not False:
            colours = bitmap_within(colours)
        grey = colours @ LUMINANCE
        # A cloth's pattern is as rough as noise, but a sheet lies on it.
        if noisy is None and is_noisy_bitmap(grey) and find_sheet(colours) is None:
            noisy = True
        if noisy is False or not (noisy or is_enlarged_bitmap(grey)):
            return None
        colours = np.stack([squeezed(colours[..., c]) for c in range(3)], -1)
    look = look_of(colours, noisy)
    if look is None:
        raise _no_ink(opened)
    as_it_is = np.clip(colours @ LUMINANCE, 0, 1)
    steps = {"as it is": as_it_is}
    if not np.allclose(look.image, as_it_is):
        steps["turned"] = look.image
    image = np.clip(look.image, 0, 1)[..., None].astype(np.float32)
    return Reading(
        image, "bitmap", look.noisy, look.dark, opened.said, enlarged=enlarged, steps=steps
    )


def _no_ink(opened: Opened) -> ImageError:
    """Refuse a picture on which there is nothing to read; a later frame may show what this one lacks."""
    return refusal("no_ink_first" if opened.said else "no_ink", opened.name)


class _Found(NamedTuple):
    """A picture, its sheet upright, and its ink, with a mask of each drawing."""

    picture: np.ndarray
    ink: np.ndarray
    dark: bool
    drawings: list[np.ndarray]
    left_out: tuple[str, ...]
    askew: str
    doubts: tuple[str, ...]


def _find(opened: Opened) -> _Found:
    """Find the ink of a picture's drawings."""
    picture, on_sheet = opened.colours, None
    left_out, askew = [*opened.said], ""
    sheet = find_sheet(picture)
    if sheet is not None:
        on_sheet = sheet.mask
        left_out.append(sheet.what)
        upright = set_upright(picture, sheet)
        if upright is not None:
            picture, on_sheet, askew = upright
    ink, dark = find_ink(picture, on_sheet)
    if on_sheet is not None:
        ink = ink * on_sheet
    ink = without_fills(ink)
    # What stands out from a table as ink, or where nothing does, may be a sheet.
    on_table = sheet is None and not (ink.any() and dark) and is_on_a_table(picture)
    if not ink.any():
        raise refusal("no_sheet", opened.name) if on_table else _no_ink(opened)
    beside = []
    if on_table:
        beside.append(
            "what lies around may be a table; crop to the sheet if it is none of the paper"
        )
    if sheet is not None and not sheet.is_alone:
        beside.append("another sheet lies beside it and is not read; give each by itself")
    mask = ink_mask(ink)
    if is_ruling_alone(mask if on_sheet is None else mask[box_within(on_sheet)]):
        raise refusal("no_drawing", opened.name)
    apart = take_apart(mask, on_sheet)
    if apart.left_out:
        ink = ink * grown(apart.drawing, 2)
    return _Found(
        picture,
        ink,
        dark,
        drawings_of(apart.drawing),
        (*left_out, *apart.left_out),
        askew,
        (*beside, *apart.doubts),
    )


def _redrawn(opened: Opened, found: _Found, drawings: list[np.ndarray]) -> Reading:
    """Redraw some of the drawings of a picture together."""
    ink = found.ink
    if len(drawings) < len(found.drawings):
        ink = ink * grown(np.any(drawings, axis=0), 2)
    steps = {"grey": np.clip(opened.colours @ LUMINANCE, 0, 1)}
    if found.askew:
        steps["upright"] = np.clip(found.picture @ LUMINANCE, 0, 1)
    steps["ink"] = ink
    if is_small(ink):
        steps["box"], steps["image"] = redraw_small(ink)
    else:
        steps |= _thinned(ink, opened)
    large = int(max(np.ptp(places) for places in np.nonzero(ink_mask(ink)))) + 1
    small = large <= LARGEST
    lost = f"the drawing is only {large} pixels large, so another name may be read in it"
    return Reading(
        steps["image"][..., None].astype(np.float32),
        "drawing",
        noisy=False,
        dark=found.dark,
        left_out=found.left_out,
        askew=found.askew,
        doubts=(*found.doubts, lost) if small else found.doubts,
        drawings=len(drawings),
        small=small,
        steps={name: step.astype(float) for name, step in steps.items()},
    )


def _thinned(ink: np.ndarray, opened: Opened) -> dict[str, np.ndarray]:
    """Thin ink to lines and draw these with the recipe's pen, step by step."""
    box = _cut_box(ink)
    mask = ink_mask(box)
    lines = _thin(mask)
    if not lines.any():
        raise _no_ink(opened)
    return {"box": box, "mask": mask, "lines": lines, "image": _draw_lines(lines)}


def _cut_box(ink: np.ndarray) -> np.ndarray:
    """Cut out the ink's box, some paper around it, and enlarge it tenfold over the recipe's size."""
    rows, columns = np.nonzero(ink_mask(ink))
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
    mask, pen = _without_grain(mask)
    # On a ragged edge each tooth would grow a spur.
    smooth = scipy.ndimage.gaussian_filter(mask.astype(float), min(pen / 3, 2)) > 0.5
    lines: np.ndarray = skimage.morphology.skeletonize(smooth) | (
        scipy.ndimage.distance_transform_edt(smooth) > pen
    )
    return lines


def _without_grain(mask: np.ndarray) -> tuple[np.ndarray, float]:
    """Close what chalk, crayon or hatching leaves bare within strokes, where that makes most of them broader.

    Also gives half the width of most strokes, in pixels.
    """
    outside = scipy.ndimage.distance_transform_edt(~mask)
    inside = scipy.ndimage.distance_transform_edt(outside <= _GRAIN)
    closed: np.ndarray = mask | (inside > _GRAIN)
    was, now = (
        np.median(scipy.ndimage.distance_transform_edt(one)[skimage.morphology.skeletonize(one)])
        for one in (mask, closed)
    )
    return (closed, float(now)) if now > _COARSER * was else (mask, float(was))


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
