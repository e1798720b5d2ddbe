"""Refuses what several functions take where it is not what it may be."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from errno import EFBIG, EINVAL
from numbers import Integral
from stat import S_ISREG
from typing import TYPE_CHECKING

import numpy as np

from .errors import JOINERS, SettingError, is_printable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike


_NOT_SHOWN = dict.fromkeys(map(ord, JOINERS))


def check_per_category(number: int) -> None:
    """Refuse a number of drawings of each category that is no whole number of at least 1 (chapter 1).

    Raises
    ------
    SettingError
        If it is not.
    """
    if not isinstance(number, Integral) or isinstance(number, bool) or number < 1:
        raise SettingError(f"per_category is {number!r}; give a whole number of at least 1.")


def is_name(name: object) -> bool:
    """Tell whether something may be a category's name: a text that shows something (chapter 1)."""
    return isinstance(name, str) and is_printable(name) and bool(name.translate(_NOT_SHOWN).strip())


def check_seed(seed: int | str) -> int:
    """Return a seed as an int, or refuse what is no whole number of 0 or more (chapter 1).

    Raises
    ------
    SettingError
        If it is not.
    """
    try:
        number = int(seed)
        whole = isinstance(seed, str) or number == seed
    except (TypeError, ValueError, OverflowError):
        number, whole = -1, False
    if not whole or number < 0:
        raise SettingError(f"{seed!r} is no seed; give a whole number of 0 or more.")
    return number


def check_shares(validation: float, test: float) -> None:
    """Refuse shares of drawings that leave none to train on (chapter 1).

    Raises
    ------
    SettingError
        If one is negative, or together they are not less than 1.
    """
    if not (validation >= 0 and test >= 0 and validation + test < 1):
        raise SettingError(
            f"Shares of {validation} for validation and {test} for test leave nothing to train "
            "on; choose two that are not negative and sum to less than 1."
        )


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
        If they are no numbers, hold NaN, or reach outside [0, 1]; it says how to bring them there.
    """
    try:
        values = np.asarray(images)
        if values.dtype.kind not in "buifO" or (values.dtype == object and None in values.ravel()):
            raise ValueError(_no_greys(values))
        values = np.asarray(values, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingError(
            f"{what} are no array of numbers ({_first(error)}); give one in [0, 1], white ink = 1."
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
    from .drawings.canvas import SIDE  # of a room whose modules import this one

    sides = [side for side in shape if side != 1]
    return 0 not in shape and (sides[-1:] == [SIDE**2] or sides[-2:] == [SIDE, SIDE])


def check_regular(path: Path, most: int) -> int:
    """Refuse a pipe or a device, which may never end, and a file of more than `most` bytes (chapter 5).

    Returns
    -------
    int
        How many bytes it has.

    Raises
    ------
    OSError
        If it is one of these, or is not there.
    """
    state = path.stat()
    if not S_ISREG(state.st_mode):
        raise OSError(EINVAL, "it is no regular file")
    if state.st_size > most:
        raise OSError(EFBIG, f"it has {state.st_size:,} bytes, more than {most:,}")
    return state.st_size


def read_regular(path: Path, most: int) -> bytes:
    """Read a file, but no pipe or device, which may never end, and none of more than `most` bytes.

    Raises
    ------
    OSError
        If it is one of these, or cannot be read.
    """
    size = check_regular(path, most)
    with path.open("rb") as file:
        return file.read(size + 1)  # room for as many is made at once


def read_arrays(content: bytes, most: int) -> dict[str, np.ndarray]:
    """Read the arrays of an .npz archive, unpacking no more than `most` bytes (chapter 7).

    Parameters
    ----------
    content : bytes
        Of the archive, whose headers are trusted no further than its content bears them out.
    most : int
        Bytes of all arrays together.

    Returns
    -------
    dict of str to ndarray
        By their names, in the order of the archive.

    Raises
    ------
    Exception
        Of whatever kind, where it is no such archive: of torn bytes each layer raises errors of its own.
    """
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > most:
            raise ValueError(f"it would unpack to more than {most:,} bytes")
        for name in archive.namelist():
            file = io.BytesIO(archive.read(name))
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError(f"{name} is of version {version}")
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            if math.prod(shape) * dtype.itemsize != len(file.getbuffer()) - file.tell():
                raise ValueError(f"{name} is not as long as it says")
            file.seek(0)
            found[name.removesuffix(".npy")] = np.load(file, allow_pickle=False)
    return found
