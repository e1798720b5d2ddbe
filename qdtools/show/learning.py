"""Figures of what a classifier weighs, doubts or learns by heart."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .convolution import painted
from .figures import COLOURS
from .numbers import percent
from .style import style_of
from .svg import svg_of
from .widgets import image_html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..statistics import Share

ORANGE, BLUE = COLOURS[:2]
GREY = "0.5"


def filters_and_maps(filters: np.ndarray, maps: np.ndarray) -> str:
    """Lay out a layer's filters, each above the map that it makes of one drawing, as HTML (chapter 4).

    Parameters
    ----------
    filters : ndarray of float, (k, height, width)
        Weights: blue above zero, orange below, the paler the nearer to it.
    maps : ndarray of float, (height, width, k)
        What each filter gives at every place, after its ReLU; white is the largest of all.

    Returns
    -------
    str
        Pairs that wrap on a narrow page.
    """
    largest = max(float(maps.max()), 1e-9)
    pairs = []
    for number, weights in enumerate(filters, 1):
        alt = escape(f"filter {number}: {_in_words(weights)}")
        above = f'<img src="{painted(np.asarray(weights, float))}" alt="{alt}">'
        below = image_html(maps[..., [number - 1]] / largest, f"map of filter {number}")
        pairs.append(f"<figure>{above}{below}<figcaption>{number}</figcaption></figure>")
    return f'{style_of("panel", "filters")}<div class="qd-filters">{"".join(pairs)}</div>'


def _in_words(weights: np.ndarray) -> str:
    """Say a filter's weights row by row."""
    return "; ".join(" ".join(f"{weight:+.1f}" for weight in row) for row in weights)


def layer_bars(shares: Mapping[str, Mapping[str, float]]) -> Figure:
    """Draw how a network's whole is shared out among its layers, a group of bars a layer (chapter 4).

    Parameters
    ----------
    shares : dict of str to dict of str to float
        By what is shared out: the share in [0, 1] of each layer, by its name, in order.

    Returns
    -------
    Figure
        Bars in percent, each with its number.
    """
    names = list(next(iter(shares.values())))
    figure, ax = plt.subplots(figsize=(5.2, 0.55 * len(names) + 1.1), layout="constrained")
    height = 0.8 / len(shares)
    for index, (what, own) in enumerate(shares.items()):
        places = np.arange(len(names)) + (index - (len(shares) - 1) / 2) * height
        bars = ax.barh(places, list(own.values()), height * 0.9, color=COLOURS[index], label=what)
        labels = [f"{own[name]:.1%}" for name in names]
        ax.bar_label(bars, labels, padding=3, fontsize=9)
    ax.set_yticks(np.arange(len(names)), names)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.15), xticks=[0, 0.5, 1])
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    _bare(ax)
    figure.legend(loc="outside upper left", ncols=2, fontsize=9, frameon=False)
    plt.close(figure)
    return figure


def _bare(ax: Axes) -> None:
    """Take away the frame, which says nothing beside bars or marks."""
    ax.spines[["top", "right"]].set_visible(False)


def softmax_bars(logits: np.ndarray, categories: Sequence[str]) -> Figure:
    """Draw the three steps of softmax: logits, their exponentials, each one's part of the sum (chapter 4).

    Parameters
    ----------
    logits : ndarray of float, (k,)
        One a category.
    categories : sequence of str
        The k names.

    Returns
    -------
    Figure
        Three panels of k bars, each with its number.
    """
    exponentials = np.exp(logits)
    panels: dict[str, tuple[np.ndarray, Callable[[float], str]]] = {
        "logit z": (logits, "{:.1f}".format),
        "exp(z)": (exponentials, "{:.2f}".format),
        "part of the sum": (exponentials / exponentials.sum(), partial(percent, decimals=1)),
    }
    figure, axes = plt.subplots(
        1, 3, figsize=(5.4, 0.32 * len(logits) + 0.8), sharey=True, layout="constrained"
    )
    for ax, (title, (values, word)) in zip(axes, panels.items(), strict=True):
        colours = [BLUE if value >= 0 else ORANGE for value in values]
        bars = ax.barh(range(len(values)), values, color=colours, height=0.7)
        ax.bar_label(bars, [word(v) for v in values], padding=2, fontsize=9)
        room = 0.55 * max(float(np.ptp(values)), float(values.max()), 1e-9)
        ax.set(xlim=(min(0, float(values.min()) - room), values.max() + room), xticks=[])
        ax.set_title(title, fontsize=10)
        ax.axvline(0, color=GREY, linewidth=1)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    axes[0].set_yticks(range(len(logits)), categories)
    axes[0].invert_yaxis()
    plt.close(figure)
    return figure


def cross_entropy_curve(marks: Mapping[str, float]) -> Figure:
    """Draw minus the logarithm of a probability, with some probabilities marked on it (chapter 4).

    Parameters
    ----------
    marks : dict of str to float
        Probabilities of the right name in (0, 1], by what is written beside each.

    Returns
    -------
    Figure
        The curve from the smallest mark, or 0.005, to 1.
    """
    figure, ax = plt.subplots(figsize=(5.2, 3.0), layout="constrained")
    p = np.linspace(min(0.005, *marks.values()), 1, 400)
    ax.plot(p, -np.log(p), color=BLUE)
    for index, (words, value) in enumerate(marks.items()):
        height = -np.log(value)
        colour = COLOURS[(index + 2) % 6]
        ax.plot(value, height, "o", color=colour, clip_on=False)
        # To the right of a mark there is room above the curve, except at its end, whose words reach
        # far back below the others'.
        offset, side = ((8, 8 + 30 * value), "left") if value < 0.7 else ((0, 20), "right")
        ax.annotate(
            words, (value, height), offset, textcoords="offset points", ha=side, color=colour
        )
    ax.set(xlabel="probability given to the right name", ylabel="cross-entropy", ylim=(0, None))
    _bare(ax)
    plt.close(figure)
    return figure


def overfitting_curves(histories: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Draw training and validation loss of several trainings, the gap between them shaded (chapter 4).

    Parameters
    ----------
    histories : dict of str to dict
        By what was trained on: ``loss`` and ``val_loss`` by epoch, as Keras' `fit` returns them.

    Returns
    -------
    Figure
        A panel a training, one below the other on equal axes; a ring marks the least validation loss.
    """
    figure, axes = plt.subplots(
        len(histories),
        1,
        figsize=(5.2, 1.75 * len(histories) + 0.6),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax, (title, history) in zip(axes[:, 0], histories.items(), strict=True):
        loss, unseen = (np.asarray(history[name], float) for name in ("loss", "val_loss"))
        epochs = np.arange(1, len(loss) + 1)
        ax.fill_between(epochs, loss, unseen, unseen > loss, color=GREY, alpha=0.25, label="gap")
        ax.plot(epochs, loss, color=BLUE, label="training")
        ax.plot(epochs, unseen, color=ORANGE, linestyle="--", label="validation")
        best = int(unseen.argmin())
        ax.plot(epochs[best], unseen[best], "o", color=ORANGE, markerfacecolor="none", markersize=9)
        ax.set_title(title, fontsize=10, loc="left")
        ax.set_ylim(0, None)
        _bare(ax)
    axes[-1, 0].set_xlabel("epoch")
    axes[-1, 0].xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.supylabel("cross-entropy", fontsize=10)
    handles, labels = axes[-1, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    plt.close(figure)
    return figure


#: Of a panel of two losses: where its axes meet, how far they reach, how tall it is with its title.
_LEFT, _BELOW, _WIDE, _HIGH, _TALL = 24, 84, 288, 62, 96


def overfitting_until(histories: Mapping[str, Mapping[str, Sequence[float]]], epoch: int) -> str:
    """Draw both losses of several trainings up to an epoch, the gap shaded, in little HTML (chapter 4).

    Parameters
    ----------
    histories : dict of str to dict
        By what was trained on: ``loss`` and ``val_loss`` by epoch, as Keras' `fit` returns them.
    epoch : int
        The last one drawn, from 1; the axes are those of all epochs.

    Returns
    -------
    str
        HTML for a state of an `explorer`: a panel a training, one below the other on equal axes, with
        the gap at that epoch; a ring marks the least validation loss so far.
    """
    curves = {
        title: np.array([history["loss"], history["val_loss"]], float)
        for title, history in histories.items()
    }
    highest = max(float(both.max()) for both in curves.values())
    longest = max(both.shape[1] for both in curves.values())
    panels, told = [], []
    for number, (title, both) in enumerate(curves.items()):
        loss, unseen = both[:, :epoch]
        gap = f"gap {unseen[-1] - loss[-1]:.2f}"
        told.append(f"{title}: training {loss[-1]:.2f}, validation {unseen[-1]:.2f}, {gap}")
        panels.append(
            f'<g transform="translate(0 {_TALL * number})">'
            f'<text x="{_LEFT}" y="13">{escape(title)} · {gap}</text>'
            f'<text x="{_LEFT - 4}" y="{_BELOW}" text-anchor="end">0</text>'
            f'<text x="{_LEFT - 4}" y="{_BELOW - _HIGH + 8}" text-anchor="end">{highest:.1f}</text>'
            f"{_two_losses(loss, unseen, longest, highest)}</g>"
        )
    foot = _TALL * len(curves) + 4
    key = (
        f'<text x="{_LEFT}" y="{foot}">1</text>'
        f'<text x="{_LEFT + _WIDE}" y="{foot}" text-anchor="end">epoch {longest}</text>'
        f'<g transform="translate({_LEFT} {foot + 18})"><path d="M0 0h20" stroke="{BLUE}"/>'
        '<text x="25" y="4">training</text>'
        f'<path d="M84 0h20" stroke="{ORANGE}" stroke-dasharray="6 3"/>'
        '<text x="109" y="4">validation</text><path d="M180-5h20V5h-20z" opacity=".25"/>'
        '<text x="205" y="4">gap</text></g>'
    )
    alt = f"Cross-entropy after epoch {epoch}. {'; '.join(told)}."
    return (
        f'<div class="qd-panel"><p>cross-entropy</p><svg viewBox="0 0 320 {foot + 26}" role="img" '
        f'aria-label="{escape(alt)}" style="width:100%;max-width:460px" font-size="12" '
        f'fill="currentColor" stroke-width="1.6">{"".join(panels)}{key}</svg></div>'
    )


def _two_losses(loss: np.ndarray, unseen: np.ndarray, longest: int, highest: float) -> str:
    """Draw one panel's axes, curves, gap, ring."""

    def points(epochs: np.ndarray, values: np.ndarray) -> list[str]:
        across = _LEFT + _WIDE * (epochs - 1) / max(longest - 1, 1)
        up = _BELOW - _HIGH * values / max(highest, 1e-9)
        return [f"{x:.0f} {y:.1f}" for x, y in zip(across, up, strict=True)]

    epochs = np.arange(1, len(loss) + 1)
    # Where the curves cross between two epochs the gap begins or ends.
    ahead = unseen - loss
    crossed = np.flatnonzero(ahead[:-1] * ahead[1:] < 0)
    corners = np.sort(
        np.append(epochs, epochs[crossed] + ahead[crossed] / (ahead[crossed] - ahead[crossed + 1]))
    )
    below = np.interp(corners, epochs, loss)
    above = np.maximum(below, np.interp(corners, epochs, unseen))
    rim = points(corners, above) + points(corners, below)[::-1]
    best = int(unseen.argmin())
    x, y = points(epochs[[best]], unseen[[best]])[0].split()
    return (
        f'<path d="M{_LEFT} {_BELOW - _HIGH}V{_BELOW}h{_WIDE}" fill="none" stroke="currentColor" '
        f'opacity=".6"/><path d="M{"L".join(rim)}z" opacity=".25"/>'
        f'<path d="M{"L".join(points(epochs, loss))}" fill="none" stroke="{BLUE}"/>'
        f'<path d="M{"L".join(points(epochs, unseen))}" fill="none" stroke="{ORANGE}" '
        f'stroke-dasharray="6 3"/><circle cx="{x}" cy="{y}" r="4.5" fill="none" stroke="{ORANGE}"/>'
    )


def remedy_dots(measured: Mapping[str, Mapping[str, Sequence[float]]], reference: str) -> Figure:
    """Draw what each remedy gave on every split, a dot a split, its mean a line (chapter 4).

    Parameters
    ----------
    measured : dict of str to dict of str to sequence of float
        By quantity, by remedy: one value a split.
    reference : str
        The remedy whose mean runs on as a dotted line.

    Returns
    -------
    Figure
        A panel a quantity, its axis only as long as the dots are spread.
    """
    figure, axes = plt.subplots(
        len(measured), 1, figsize=(4.2, 2.1 * len(measured)), squeeze=False, layout="constrained"
    )
    for ax, (quantity, rows) in zip(axes[:, 0], measured.items(), strict=True):
        ax.axvline(float(np.mean(rows[reference])), color=GREY, linestyle=":")
        for place, values in enumerate(rows.values()):
            colour = COLOURS[place % 6]
            spread = place + np.linspace(-0.25, 0.25, len(values))
            ax.plot(values, spread, ".", color=colour)
            mean = float(np.mean(values))
            ax.plot([mean, mean], [place - 0.38, place + 0.38], color=colour, linewidth=2.5)
        ax.set_yticks(range(len(rows)), list(rows))
        ax.invert_yaxis()
        ax.set_xlabel(quantity)
        _bare(ax)
    plt.close(figure)
    return figure


def jumping_accuracies(accuracies: np.ndarray, share: Share, lowest: float = 0) -> str:
    """Draw how an accuracy jumps from test set to test set, an interval over it (chapter 4).

    Parameters
    ----------
    accuracies : ndarray of float, (k,)
        Of k test sets of `share.n` drawings each, in [0, 1].
    share : Share
        Whose interval is drawn above the bars.
    lowest : float
        Where the axis begins, in [0, 1).

    Returns
    -------
    str
        HTML for a state of an `explorer`: a bar for each accuracy that so many drawings can give, but
        none narrower than half a point; those outside of the middle 95% are pale.
    """
    figure = _jumps(accuracies, share, lowest)
    low, high = np.quantile(accuracies, [0.025, 0.975])
    alt = (
        f"Test sets of {share.n} drawings: the middle 95% have accuracies from {low:.0%} to "
        f"{high:.0%}; the interval goes from {share.low:.0%} to {share.high:.0%}."
    )
    return style_of("figure") + svg_of(figure, f"jumps-{share.n}", alt)


def _jumps(accuracies: np.ndarray, share: Share, lowest: float) -> Figure:
    figure, ax = plt.subplots(figsize=(4.2, 2.2), layout="constrained")
    step = max(1, round(share.n / 200)) * 100 / share.n
    centres = np.arange(0, 100 + step / 2, step)
    edges = np.append(centres, centres[-1] + step) - step / 2
    percent = 100 * accuracies
    heights = 100 * np.histogram(percent, edges)[0] / len(percent)
    low, high = np.quantile(percent, [0.025, 0.975])
    middle = (centres > low - step / 2) & (centres < high + step / 2)
    for part, alpha in ((middle, 1.0), (~middle, 0.35)):
        ax.bar(centres[part], heights[part], 0.9 * step, color=BLUE, alpha=alpha)
    top, ends = 1.15 * float(heights.max()), 100 * np.array([share.low, share.value, share.high])
    ax.errorbar(ends[1], top, xerr=np.diff(ends)[:, None], color=ORANGE, marker="o", capsize=4)
    ax.set(xlim=(100 * lowest, 101), ylim=(0, 1.2 * top))
    ax.set(xlabel="accuracy (%)", ylabel="% of the test sets")
    _bare(ax)
    plt.close(figure)
    return figure


def interval_lines(shares: Sequence[Share], truth: float) -> Figure:
    """Draw the intervals of many test sets, those that miss the truth apart by colour (chapter 4).

    Parameters
    ----------
    shares : sequence of Share
        One a test set.
    truth : float
        The accuracy on all drawings there are, in [0, 1].

    Returns
    -------
    Figure
        A line a test set, across an upright one at the truth.
    """
    figure, ax = plt.subplots(figsize=(5.2, 5.6), layout="constrained")
    for place, share in enumerate(shares):
        holds = share.low <= truth <= share.high
        ax.plot(
            [100 * share.low, 100 * share.high],
            [place, place],
            color=BLUE if holds else ORANGE,
            linewidth=1 if holds else 2.5,
        )
        # In the page's colour of text: a hundred lines are too dense for dots of their own colour.
        ax.plot(100 * share.value, place, "k.", markersize=4, zorder=3)
    ax.axvline(100 * truth, color=GREY)
    ax.set(xlabel="accuracy (%)", ylabel="test set", yticks=[])
    _bare(ax)
    plt.close(figure)
    return figure
