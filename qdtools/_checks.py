"""Refuses what several functions take where it is not what it may be."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable
from errno import EFBIG, EINVAL
from numbers import Integral
from stat import S_ISREG
from typing import TYPE_CHECKING

import numpy as np

from .errors import JOINERS, DataError, SettingError, called, is_printable

if TYPE_CHECKING:
    from pathlib import Path

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


def names_in(names: str | Iterable[str]) -> list[str]:
    """Give what is to be the name of a category, or several, as a list (chapter 1).

    Raises
    ------
    DataError
        If it is neither.
    """
    if isinstance(names, str):
        return [names]
    remedy = "give a text, or several in a list"
    if hasattr(names, "labels"):  # drawings
        remedy = "give its categories"
    elif isinstance(names, Iterable) and not isinstance(names, bytes):
        return list(names)
    what = repr(names) if isinstance(names, (int, float, bytes)) else called(names)
    raise DataError(f"{what} is no name of a category; {remedy}.")


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
