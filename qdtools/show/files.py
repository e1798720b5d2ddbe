"""Writes figures to files, also where there is no display."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure


def save_figure(path: Path, draw: Callable[[], Figure]) -> None:
    """Draw a figure and put it in place whole, in a folder that is made where it is missing."""
    matplotlib.use("Agg")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        draw().savefig(part, format="png", dpi=150)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
