"""Writes figures to files, also where there is no display."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import matplotlib

from .._files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure


def save_figure(path: Path, draw: Callable[[], Figure]) -> None:
    """Draw a figure and put it in place whole, in a folder that is made where it is missing."""
    matplotlib.use("Agg")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        draw().savefig(part, format="png", dpi=150)
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
