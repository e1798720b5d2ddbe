"""Figures of losses, of accuracies, of answers, drawn by Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ..evaluation import METHODS, Scores
from ..statistics import Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


#: Okabe and Ito's colours, which colour-blind readers tell apart; one a category, in order.
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

#: A name of a method so long that no two stand beside each other on a phone.
LONG_NAME = 16


def category_colours(categories: Sequence[str]) -> dict[str, str]:
    """Give each category its colour, the same in every chapter (chapter 1).

    Parameters
    ----------
    categories : sequence of str
        Category names.

    Returns
    -------
    dict of str to str
        Colours as ``#rrggbb``; from the eighth category on they repeat.
    """
    return {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(categories)}


def answer_figure(
    noisy: np.ndarray,
    denoised: np.ndarray,
    probabilities: np.ndarray,
    categories: Sequence[str],
    rows: tuple[str, str],
) -> Figure:
    """Draw for a file what `qdtools.answer` shows in a chapter (chapter 5).

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
        words = f"{categories[int(row.argmax())]}\n{row.max():.0%}"
        below = band * tall + 2 * (side + 3) + 1
        ax.text(left + side / 2, below, words, ha="center", va="top", fontsize=10)
    for band in range(bands):
        for number, name in enumerate(rows):
            middle = band * tall + 2 + number * (side + 3) + side / 2
            ax.text(-2, middle, name, ha="center", va="center", rotation=90, fontsize=10)
    # An axis a drawing took a hundred times as long to lay out as the drawing, and one picture for all
    # of a page ten times the memory of one for each band.
    for top in range(0, len(paper), tall):
        ax.imshow(
            paper[top : top + tall],
            extent=(-0.5, columns * step - 0.5, top + tall - 0.5, top - 0.5),
            **{"cmap": "gray", "vmin": 0, "vmax": 1, "interpolation": "nearest", "aspect": "auto"},
        )
    ax.set(xlim=(-0.5, columns * step - 0.5), ylim=(len(paper) - 0.5, -0.5))
    ax.axis("off")
    return figure


def accuracy_curves(shares: Mapping[str, Sequence[Share]], x: Sequence[Any], xlabel: str) -> Figure:
    """Draw accuracies with their 95 % intervals, a line a method (chapter 4).

    Parameters
    ----------
    shares : dict of str to sequence of Share
        The share named right at each place, by the name of the method.
    x : sequence
        The places: numbers such as noise levels, or names.
    xlabel : str
        What the places are.

    Returns
    -------
    Figure
        With the same colour and marker for a method's name in every chapter.
    """
    figure, ax = plt.subplots(figsize=(6.2, 3.6), layout="constrained")
    for index, (name, line) in enumerate(shares.items()):
        colour, marker = COLOURS[index % len(COLOURS)], "osv^"[index % 4]
        values = 100 * np.array([share.value for share in line])
        bounds = 100 * np.array([(share.low, share.high) for share in line]).T
        errors = np.abs(bounds - values)
        ax.errorbar(x, values, errors, color=colour, marker=marker, capsize=3, label=name)
    ax.set(xlabel=xlabel, ylabel="top-1 accuracy (%)")
    # Above 100 there is nothing, below the least there was nothing measured.
    ax.set_ylim(None, min(ax.get_ylim()[1], 101))
    # Below, since lines of accuracy may cross any corner of the axes.
    columns = 1 if max(map(len, shares), default=0) > LONG_NAME else 2
    figure.legend(loc="outside lower center", ncols=columns, fontsize=9, frameon=False)
    plt.close(figure)
    return figure


def accuracy_by_level(scores: Scores) -> Figure:
    """Draw accuracy against noise level, each point with its 95 % interval (chapter 5's appendix).

    Parameters
    ----------
    scores : Scores
        What `qdtools.evaluate` returns.

    Returns
    -------
    Figure
        One line a method.
    """
    shares: dict[str, list[Share]] = {}
    for row in scores["rows"]:
        name = METHODS[row["method"]].name
        shares.setdefault(name, []).append(Share(row["top1"] * scores["n"], scores["n"]))
    levels = sorted({row["level"] for row in scores["rows"]})
    noise = scores["rows"][0]["noise"].replace("_", " ").capitalize()
    return accuracy_curves(shares, levels, f"{noise} noise, level")


def training_curves(rows: Sequence[dict[str, Any]]) -> Figure:
    """Draw the losses of every stage of a training run against its CPU time, for `qdtools train`.

    Parameters
    ----------
    rows : sequence of dict
        One an epoch, with ``stage``, ``cpu_seconds``, ``loss`` and ``val_loss``, as the manifest of
        saved weights keeps them under ``curves``.

    Returns
    -------
    Figure
        A panel a stage.
    """
    stages = list(dict.fromkeys(row["stage"] for row in rows))
    figure, axes = plt.subplots(
        1, len(stages), figsize=(3.2 * len(stages), 2.8), layout="constrained", squeeze=False
    )
    for ax, stage in zip(axes[0], stages, strict=True):
        own = [row for row in rows if row["stage"] == stage]
        minutes = np.cumsum([row["cpu_seconds"] for row in own]) / 60
        ax.plot(minutes, [row["loss"] for row in own], color=COLOURS[1], label="training")
        losses = [row["val_loss"] for row in own]
        ax.plot(minutes, losses, color=COLOURS[0], linestyle="--", label="validation")
        ax.set(title=stage, xlabel="CPU minutes", ylabel="loss")
        # The first epochs fall too far for the later ones to be told apart.
        top = max(losses[1:4] or losses)
        ax.set_ylim(None, top + 0.02 * abs(top))
    axes[0][0].legend(frameon=False)
    plt.close(figure)
    return figure


def confusion(matrices: dict[str, np.ndarray], categories: Sequence[str]) -> Figure:
    """Draw confusion matrices side by side (chapter 6).

    Parameters
    ----------
    matrices : dict of str to ndarray of int, (k, k)
        Counts by title; rows are the true category, columns the one named.
    categories : sequence of str
        The k names.

    Returns
    -------
    Figure
        A panel a matrix, each cell with its count.
    """
    figure, axes = plt.subplots(
        1, len(matrices), figsize=(3.9 * len(matrices), 3.9), squeeze=False, layout="constrained"
    )
    for ax, (title, counts) in zip(axes[0], matrices.items(), strict=True):
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        # Transparent where there is nothing, so that the page's own colours show the rest.
        ax.imshow([[(*to_rgb(COLOURS[1]), cell) for cell in row] for row in share])
        for (row, column), count in np.ndenumerate(counts):
            colour = "white" if share[row, column] > 0.5 else "black"
            ax.text(column, row, count, ha="center", va="center", color=colour)
        ticks = range(len(categories))
        ax.set_xticks(ticks, categories, rotation=45, ha="right")
        ax.set_yticks(ticks, categories)
        ax.set(title=title, xlabel="named", ylabel="drawn")
    plt.close(figure)
    return figure
