"""Draws answers to many pictures for files, on pages of bounded size."""

from __future__ import annotations

import gc
import re
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from ..errors import SettingError
from .files import is_saved_figure, save_figure
from .numbers import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

#: Drawings of a page.
PAGE = 50


def answer_figure(
    noisy: np.ndarray,
    denoised: np.ndarray,
    probabilities: np.ndarray,
    categories: Sequence[str],
    rows: tuple[str, str],
) -> Figure:
    """Draw for a file what `qdtools.answer_grid` shows in a chapter (chapter 5).

    Parameters
    ----------
    noisy, denoised : ndarray, (n, 28, 28, 1)
        Images in [0, 1].
    probabilities : ndarray, (n, len(categories))
        Each row sums to 1.
    categories : sequence of str
        The name of each column.
    rows : tuple of two str
        What the upper and the lower images are.

    Returns
    -------
    Figure
        Five drawings to a row.
    """
    columns, side = min(5, len(noisy)), noisy.shape[1]
    bands = -(-len(noisy) // columns)
    # In pixels of the drawings: a frame of one around each, some paper between, below two lines of words.
    step, tall = side + 6, 2 * (side + 3) + 14
    paper = np.ones((bands * tall, columns * step))
    width = 1.45 * columns + 0.4
    figure = Figure(figsize=(width, 3.2 * bands), layout=None)
    ax = figure.add_axes((0.4 / width, 0, 1 - 0.4 / width, 1))
    for index, row in enumerate(probabilities):
        band, column = divmod(index, columns)
        left = column * step + 2
        for number, image in enumerate((noisy[index], denoised[index])):
            top = band * tall + 2 + number * (side + 3)
            paper[top - 1 : top + side + 1, left - 1 : left + side + 1] = 0.5
            paper[top : top + side, left : left + side] = image[..., 0]
        words = f"{categories[int(row.argmax())]}\n{percent(row.max())}"
        below = band * tall + 2 * (side + 3) + 1
        seen = ax.text(left + side / 2, below, words, ha="center", va="top", fontsize=10)
        seen.set_parse_math(False)  # a name may hold dollar signs, and is no formula
    for band in range(bands):
        for number, name in enumerate(rows):
            middle = band * tall + 2 + number * (side + 3) + side / 2
            ax.text(-2, middle, name, ha="center", va="center", rotation=90, fontsize=10)
    # An axis a drawing took a hundred times as long to lay out as the drawing, and one picture for all
    # of a page ten times the memory of one for each band.
    for top in range(0, len(paper), tall):
        ax.imshow(
            paper[top : top + tall],
            cmap="gray",
            vmin=0,
            vmax=1,
            interpolation="nearest",
            aspect="auto",
            extent=(-0.5, columns * step - 0.5, top + tall - 0.5, top - 0.5),
        )
    ax.set(xlim=(-0.5, columns * step - 0.5), ylim=(len(paper) - 0.5, -0.5))
    ax.axis("off")
    return figure


class AnswerPages:
    """Pages of answers in a folder, in place of an earlier answer there (chapter 5).

    Parameters
    ----------
    folder : Path
        Is made where it is missing.
    expected : int
        About how many drawings there will be: those of up to 50 are ``answer.png``, of more
        ``answer-1.png`` and so on.

    Raises
    ------
    SettingError
        If a file of such a name is there that is no earlier answer.
    """

    def __init__(self, folder: Path, expected: int) -> None:
        self._folder = folder
        self._width = 0 if expected <= PAGE else len(str(-(-expected // PAGE)))
        self._paths: list[Path] = []
        for there in self._earlier():
            if not is_saved_figure(there):
                raise SettingError(
                    f"{str(there)!r} is no answer of qdtools, which would take its place; move it, or "
                    "name another folder."
                )

    def add(
        self,
        noisy: np.ndarray,
        denoised: np.ndarray,
        probabilities: np.ndarray,
        categories: Sequence[str],
        rows: tuple[str, str],
    ) -> None:
        """Save further pages; the parameters are those of `answer_figure`."""
        for start in range(0, len(noisy), PAGE):
            part = slice(start, start + PAGE)
            number = len(self._paths) + 1
            own = f"-{number:0{self._width}d}" if self._width or number > 1 else ""
            path = self._folder / f"answer{own}.png"
            shown = noisy[part], denoised[part], probabilities[part]
            save_figure(path, partial(answer_figure, *shown, categories, rows))
            gc.collect()  # a figure and its canvas hold each other, twenty megabytes a page
            self._paths.append(path)

    def finish(self) -> None:
        """Remove pages of an earlier answer, which would pass for this one's."""
        for old in self._earlier():
            if old not in self._paths:
                old.unlink()

    def _earlier(self) -> Iterator[Path]:
        """Give the files there that are named as pages of answers are."""
        if self._folder.is_dir():
            for path in sorted(self._folder.iterdir()):
                if path.is_file() and re.fullmatch(r"answer(-\d+)?\.png", path.name):
                    yield path
