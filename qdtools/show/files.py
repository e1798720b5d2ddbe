"""Writes figures to files, also where there is no display."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import matplotlib
from PIL import Image

from .._files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure


#: What a picture's own words name as its program, by which a later figure knows what it may replace.
_PROGRAM = {"Software": "qdtools"}


def is_saved_figure(path: Path) -> bool:
    """Tell whether a regular file is a picture that `save_figure` wrote."""
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            return _PROGRAM.items() <= picture.info.items()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False


def save_figure(path: Path, draw: Callable[[], Figure]) -> None:
    """Draw a figure and put it in place whole, in a folder that is made where it is missing."""
    matplotlib.use("Agg")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        draw().savefig(part, format="png", dpi=150, metadata=_PROGRAM)
    lacking = [one for one in said if "missing from font" in str(one.message)]
    for one in said:
        if one not in lacking:
            warnings.warn(one.message, stacklevel=2)
    if lacking:
        warnings.warn(
            f"{path.name} shows boxes for letters that the font of its figures lacks; names in Latin, "
            "Greek, Cyrillic or Arabic letters are shown.",
            stacklevel=2,
        )
