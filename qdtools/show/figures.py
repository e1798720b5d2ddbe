"""Figures of losses, of accuracies, of answers, drawn by Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb

from ..evaluation import METHODS, Scores
from ..statistics import Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure


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


def accuracy_curves(shares: Mapping[str, Sequence[Share]], x: Sequence[Any], xlabel: str) -> Figure:
    """Draw accuracies with their 95% intervals, a line a method (chapter 4).

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
    ax.set(xlabel=xlabel, ylabel="accuracy (%)")
    # Above 100 there is nothing, below the least there was nothing measured.
    ax.set_ylim(None, min(ax.get_ylim()[1], 101))
    # Below, since lines of accuracy may cross any corner of the axes.
    columns = 1 if max(map(len, shares), default=0) > LONG_NAME else 2
    figure.legend(loc="outside lower center", ncols=columns, fontsize=9, frameon=False)
    plt.close(figure)
    return figure


def accuracy_by_level(scores: Scores) -> Figure:
    """Draw accuracy against noise level, each point with its 95% interval (chapter 5's appendix).

    Parameters
    ----------
    scores : Scores
        What `qdtools.evaluate` returns, its levels in any order.

    Returns
    -------
    Figure
        One line a method.
    """
    levels = sorted({row["level"] for row in scores["rows"]})
    # Of a level that was given twice both rows say the same.
    top1 = {(row["method"], row["level"]): row["top1"] for row in scores["rows"]}
    shares = {
        METHODS[method].name: [
            Share(top1[method, level] * scores["n"], scores["n"]) for level in levels
        ]
        for method in dict.fromkeys(row["method"] for row in scores["rows"])
    }
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
        ax.set_xticks(ticks, categories, rotation=45, ha="right", parse_math=False)
        ax.set_yticks(ticks, categories, parse_math=False)  # names, no formulas
        ax.set(title=title, xlabel="named", ylabel="drawn")
    plt.close(figure)
    return figure
