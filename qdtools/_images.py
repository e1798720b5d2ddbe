"""Refuses images that are not as noise, networks or scores take them, each with what brings them there."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

import numpy as np

from .drawings.canvas import SIDE
from .errors import SettingError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: How far beyond [0, 1] rounding may lead.
_ROUNDING = 0.01


def check_images(images: ArrayLike, what: str = "The images") -> np.ndarray:
    """Return images as float32 in [0, 1], or refuse values that are not (chapter 1).

    Parameters
    ----------
    images : array_like, any shape
        Images in [0, 1], white ink = 1.
    what : str
        What to call them in a refusal.

    Returns
    -------
    ndarray of float32
        Those images, not copied where they are float32. What rounding has led out of [0, 1] is brought
        back: nobody who computes with images need expect it.

    Raises
    ------
    SettingError
        If they are no array of numbers, hold NaN, or reach outside [0, 1]; it says how to bring them there.
    """
    way = _way_from(images)
    try:
        if way and not isinstance(images, (str, bytes)):  # which numpy would take for some array
            raise TypeError(f"{type(images).__name__} is none")
        values = np.asarray(images)
        if values.dtype.kind not in "buifO" or (values.dtype == object and None in values.ravel()):
            raise ValueError(_no_greys(values))
        values = np.asarray(values, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingError(
            f"{what} are no array of numbers ({_first(error)}); "
            f"{way or 'give one in [0, 1], white ink = 1'}."
        ) from error
    if not values.size:
        return values
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1:  # neither is true of NaN
        return values
    if low >= -_ROUNDING and high <= 1 + _ROUNDING:
        clipped: np.ndarray = np.clip(values, 0, 1)
        return clipped
    if np.isnan(low):
        remedy = "find where they come from, or blacken them with np.nan_to_num(images)"
        raise SettingError(f"{what} hold NaN, which is no grey; {remedy}.")
    if low >= 0 and high <= 2:
        remedy = "np.clip(images, 0, 1) brings them there"
    elif low >= 0 and 128 < high <= 255:
        remedy = "divide them by 255"
    elif low >= 0 and high <= 128:
        remedy = (
            "divide them by the value of white, 255 where they are of 8 bits, else perhaps their highest, "
            f"{high:.6g}"
        )
    elif low >= -1 and high <= 1:
        remedy = "if -1 stands for black, (images + 1) / 2 brings them there"
    else:
        remedy = "(images - images.min()) / np.ptp(images) brings finite ones there"
    raise SettingError(
        f"{what} go from {low:.4g} to {high:.4g}, and must lie in [0, 1], white ink = 1; {remedy}."
    )


def warn_inverted(images: np.ndarray) -> None:
    """Warn of images (n, 28, 28, 1) that look like dark ink on light paper (chapter 5).

    No noise leaves the edges of most of them white: of the strongest, half of the pixels stay dark.

    Warns
    -----
    UserWarning
        If they do.
    """
    edges = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    light = (edges[..., 0] > 0.98).mean(axis=1) > 0.9
    if light.mean() > 0.5 and images.min() < 0.5:
        warnings.warn(
            "The images look like dark ink on light paper, where the networks take white ink = 1 on black "
            "paper = 0; if so, give 1 - images.",
            stacklevel=4,
        )


def _way_from(given: object) -> str:
    """Say how what is no array, though made of images or for some, gives them; nothing of all else."""
    if isinstance(given, (str, bytes, os.PathLike)) or type(given).__module__.startswith("PIL."):
        # A path may be long, and the pixels of a picture are not as those of drawings.
        return "`qd.read_picture(PICTURE).image[None]` reads those of a picture or of its file"
    if isinstance(given, (list, tuple)) and given and hasattr(given[0], "image"):
        return "np.stack([one.image for one in readings]) are those of readings"
    if hasattr(given, "images") and hasattr(given, "labels"):
        return "drawings.images are those of drawings"
    return "reading.image[None] is that of a reading" if hasattr(given, "image") else ""


def _no_greys(values: np.ndarray) -> str:
    """Say what an array holds in place of numbers."""
    kinds = {"c": "complex numbers", "O": "None", "U": "text", "S": "bytes"}
    return f"{kinds.get(values.dtype.kind, str(values.dtype))} is no grey".replace("s is", "s are")


def _first(error: Exception) -> str:
    """Give the first sentence of what numpy says, which goes on about what it tried."""
    return str(error).partition(". ")[0].rstrip(".")


def check_pixels(images: np.ndarray, what: str = "The images") -> None:
    """Refuse images whose rows, columns, single grey are not their last three axes (chapter 5).

    Raises
    ------
    SettingError
        If they have another shape.
    """
    if images.ndim < 3 or images.shape[-1] != 1 or 0 in images.shape[-3:]:
        raise SettingError(
            f"{what} have the shape {images.shape}; give (n, 28, 28, 1), the last axis for the grey"
            f"{way_to_shape(images.shape)}."
        )


def way_to_shape(shape: tuple[int, ...]) -> str:
    """Say how images of some shape become (n, 28, 28, 1), as the end of a sentence (chapter 5)."""
    if _may_be_grey(shape):
        return "; images.reshape(-1, 28, 28, 1) brings them there"
    if len(shape) == 4 and shape[-1] in (3, 4):
        return "; images[..., :3].mean(axis=-1, keepdims=True) makes greys of colours"
    return "; `read_image` brings a picture of any size there"


def _may_be_grey(shape: tuple[int, ...]) -> bool:
    """Tell whether axes of 784 or of 28 and 28 pixels follow each other, beside others of one grey."""
    sides = [side for side in shape if side != 1]
    return 0 not in shape and (sides[-1:] == [SIDE**2] or sides[-2:] == [SIDE, SIDE])
