"""Saves answers to many pictures on pages of bounded size."""

from __future__ import annotations

import gc
import re
from functools import partial
from typing import TYPE_CHECKING

from .figures import answer_figure
from .files import save_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

#: Drawings of a page.
PAGE = 50


def save_answers(
    folder: Path,
    noisy: np.ndarray,
    denoised: np.ndarray,
    probabilities: np.ndarray,
    categories: Sequence[str],
    rows: tuple[str, str],
) -> list[Path]:
    """Save what `answer_figure` draws, in place of an earlier answer in that folder (chapter 5).

    Parameters
    ----------
    folder : Path
        Is made where it is missing.
    noisy, denoised, probabilities, categories, rows
        Those of `answer_figure`.

    Returns
    -------
    list of Path
        ``answer.png``, or where there are more than 50 drawings ``answer-1.png`` and so on.
    """
    starts = range(0, len(noisy), PAGE)
    width = len(str(len(starts)))
    names = [f"answer-{number:0{width}d}.png" for number in range(1, len(starts) + 1)]
    paths = [folder / name for name in (names if len(names) > 1 else ["answer.png"])]
    for path, start in zip(paths, starts, strict=True):
        part = slice(start, start + PAGE)
        columns = (side[part] for side in (noisy, denoised, probabilities))
        save_figure(path, partial(answer_figure, *columns, categories, rows))
        gc.collect()  # a figure and its canvas hold each other, twenty megabytes a page
    for old in folder.iterdir():  # pages of an earlier answer, which would pass for this one's
        if old not in paths and re.fullmatch(r"answer(-\d+)?\.png", old.name):
            old.unlink()
    return paths
