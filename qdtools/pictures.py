"""Reads picture files into images that look like the data, and writes images as files."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy.ndimage import distance_transform_edt
from skimage.filters import threshold_otsu
from skimage.morphology import skeletonize
from skimage.transform import resize

from .errors import ImageError
from .restyle import CANVAS, SIDE

#: A picture of more pixels is refused before it is unpacked.
MAX_PIXELS = 50_000_000
_ZOOM = 8


def read_image(path: str | os.PathLike) -> np.ndarray:
    """Read a PNG or JPEG as an image for the pipeline (chapter 4).

    A picture of exactly 28 x 28 pixels is taken as it is, white ink on black, noisy or not. A larger
    or smaller one is taken for a drawing: its lines are found whichever is darker, ink or paper,
    thinned, centred as in Google's recipe and drawn again with the data's pen of 1.47 pixels.

    Parameters
    ----------
    path : path
        A PNG or JPEG file, grey, colour or transparent.

    Returns
    -------
    ndarray of float32, (28, 28, 1)
        In [0, 1], white ink = 1.

    Raises
    ------
    ImageError
        If the file is missing, torn, no picture, larger than 50 million pixels, or shows no ink.
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a picture that would fill the memory; the size is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise ImageError(
                        f"{path.name} has {picture.width} x {picture.height} pixels; give one of at "
                        f"most {MAX_PIXELS // 1_000_000} million."
                    )
                grey = _grey(ImageOps.exif_transpose(picture))
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {str(path)!r}; check the name.") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{path.name} is no PNG or JPEG picture; convert it to one.") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path.name} cannot be read ({error}); save it again as PNG.") from error
    image = grey if grey.shape == (SIDE, SIDE) else _redraw(grey, path.name)
    return image[..., None].astype(np.float32)


def _grey(picture: Image.Image) -> np.ndarray:
    """Grey values in [0, 1]; what is transparent becomes whichever paper the ink stands out from."""
    if picture.mode.startswith(("I", "F")):  # 16 and 32 bits a pixel
        values = np.asarray(picture, np.float64)
        top = 65535 if values.max() > 255 else 255
        return np.clip(values / top, 0, 1)
    rgba = np.asarray(picture.convert("RGBA"), np.float64) / 255
    luminance = rgba[..., :3] @ [0.299, 0.587, 0.114]
    alpha = rgba[..., 3]
    if alpha.min() == 1:
        return luminance
    ink = np.average(luminance, weights=alpha) if alpha.any() else 0.0
    return luminance * alpha + (0.0 if ink > 0.5 else 1.0) * (1 - alpha)


def _redraw(grey: np.ndarray, name: str) -> np.ndarray:
    """Thin the ink of a picture to its middle lines and draw them by Google's recipe at 28 x 28."""
    scale = 400 / max(grey.shape)
    size = [max(3, round(length * scale)) for length in grey.shape]
    grey = resize(grey, size, anti_aliasing=scale < 1)
    if np.ptp(grey) < 0.1:
        raise ImageError(f"{name} shows no ink that stands out from its paper; give more contrast.")
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    threshold = threshold_otsu(grey)
    mask = grey < threshold if np.median(border) > threshold else grey > threshold
    rows, columns = np.nonzero(skeletonize(mask))
    if len(rows) == 0:
        raise ImageError(f"{name} shows no line; give a drawing of lines.")

    points = np.stack([rows, columns], axis=1).astype(float)
    low, high = points.min(axis=0), points.max(axis=0)
    side = SIDE * _ZOOM
    fit = 255 / CANVAS * side / max((high - low).max(), 1)
    places = np.rint((points - (low + high) / 2) * fit + (side - 1) / 2).astype(int)
    paper = np.ones((side, side), bool)
    paper[tuple(np.clip(places, 0, side - 1).T)] = False
    if fit > 1:  # a tiny picture's points would lie apart
        paper = distance_transform_edt(paper) > fit
    pen = 16 / CANVAS * side
    drawn = np.clip(pen / 2 - distance_transform_edt(paper) + 0.5, 0, 1)
    return drawn.reshape(SIDE, _ZOOM, SIDE, _ZOOM).mean(axis=(1, 3))


def write_image(path: str | os.PathLike, image: np.ndarray) -> None:
    """Write an image as an 8-bit grey PNG of 28 x 28 pixels (chapter 4).

    Parameters
    ----------
    path : path
        Ends in ``.png``; its folder must exist.
    image : ndarray, (28, 28, 1)
        In [0, 1], white ink = 1.
    """
    pixels = np.rint(np.clip(image[..., 0], 0, 1) * 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, format="PNG")
