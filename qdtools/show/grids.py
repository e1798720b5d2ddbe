"""Drawings in named rows, small pictures that wrap where the page is narrow."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from IPython.display import HTML

from ..errors import SettingError
from .numbers import percent
from .style import style_of
from .widgets import image_html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

#: Most drawings beside each other on a phone.
BAND = 5


def grid(
    rows: Mapping[str, np.ndarray],
    titles: Sequence[str] | None = None,
    wrong: Sequence[bool] | None = None,
) -> HTML:
    """Show images in named rows, at most five columns beside each other on a phone (chapter 1).

    Parameters
    ----------
    rows : dict of str to ndarray, (k, 28, 28, 1)
        Images in [0, 1] by the name of their row; as many in each.
    titles : sequence of str, optional
        A title for each of the k columns; a line break in it starts a second line.
    wrong : sequence of bool, optional
        Which titles to mark as wrong, by a cross, in another colour.

    Returns
    -------
    IPython.display.HTML
        Pictures that carry their own pixels.

    Raises
    ------
    SettingError
        If rows, titles or marks are not as many as the columns.
    """
    columns = len(next(iter(rows.values()), ()))
    given = {**rows, "titles": titles, "wrong": wrong}
    for name, items in given.items():
        if items is not None and len(items) != columns:
            raise SettingError(f"{name!r} has {len(items)} columns, the first row {columns}.")
    marks = wrong if wrong is not None else [False] * columns
    bands = max(1, -(-columns // BAND))
    width = -(-columns // bands)
    parts = []
    for start in range(0, columns, width):
        own = range(start, min(start + width, columns))
        cells = []
        if titles is not None:
            cells += [_title(titles[at], at, bool(marks[at])) for at in own]
        for number, (name, images) in enumerate(rows.items(), 2):
            place = f"--row:{number}"
            cells.append(f'<div class="qd-row" style="{place}">{escape(name)}</div>')
            for at in own:
                words = (
                    titles[at].replace("\n", ", ") if titles is not None else f"drawing {at + 1}"
                )
                picture = image_html(images[at], f"{name}: {words}")
                cells.append(
                    f'<div class="qd-cell" style="{place};--column:{at + 2}">{picture}</div>'
                )
        parts.append(f'<div class="qd-band" style="--columns:{len(own)}">{"".join(cells)}</div>')
    body = f'<div class="qd-bands" style="--columns:{columns}">{"".join(parts)}</div>'
    return HTML(f'{style_of("grid")}<div class="qd-grid">{body}</div>')


def _title(title: str, at: int, is_wrong: bool) -> str:
    words = "<br>".join(escape(line) for line in title.split("\n"))
    mark = '<span class="qd-cross">✗ </span>' if is_wrong else ""
    kind = "qd-title qd-wrong" if is_wrong else "qd-title"
    return f'<div class="{kind}" style="--row:1;--column:{at + 2}">{mark}{words}</div>'


def answer_grid(
    noisy: np.ndarray,
    denoised: np.ndarray,
    probabilities: np.ndarray,
    categories: Sequence[str],
    truth: Sequence[str] | None = None,
    rows: tuple[str, str] = ("noisy", "denoised"),
) -> HTML:
    """Show the pipeline's answer: each noisy image above its denoised one, with its name (chapter 5).

    Parameters
    ----------
    noisy, denoised : ndarray, (n, 28, 28, 1)
        Images in [0, 1].
    probabilities : ndarray, (n, len(categories))
        Each row sums to 1.
    categories : sequence of str
        The name of each column.
    truth : sequence of str, optional
        The right names; a wrong answer is then marked and followed by what it should have been.
    rows : tuple of two str
        What the upper and the lower images are.

    Returns
    -------
    IPython.display.HTML
        At most five drawings beside each other on a phone.
    """
    best = probabilities.argmax(axis=1)
    names = [categories[index] for index in best]
    meant = names if truth is None else list(truth)
    wrong = [name != right for name, right in zip(names, meant, strict=True)]
    titles = [
        f"{name} {percent(row.max())}" + (f"\nnot {right}" if is_wrong else "")
        for name, row, right, is_wrong in zip(names, probabilities, meant, wrong, strict=True)
    ]
    return grid({rows[0]: noisy, rows[1]: denoised}, titles, wrong)
