"""Refuses arguments that several functions take, where they are outside what they may be."""

from __future__ import annotations

from numbers import Integral

from .errors import SettingError


def check_per_category(number: int) -> None:
    """Refuse a number of drawings of each category that is no whole number of at least 1 (chapter 1).

    Raises
    ------
    SettingError
        If it is not.
    """
    if not isinstance(number, Integral) or isinstance(number, bool) or number < 1:
        raise SettingError(f"per_category is {number!r}; give a whole number of at least 1.")


def check_seed(seed: int | str) -> int:
    """Return a seed as an int, or refuse what is no whole number of 0 or more (chapter 1).

    Raises
    ------
    SettingError
        If it is not.
    """
    try:
        number = int(seed)
    except (TypeError, ValueError):
        number = -1
    if number < 0 or number != float(seed):
        raise SettingError(f"{seed!r} is no seed; give a whole number of 0 or more.")
    return number
