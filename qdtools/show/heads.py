"""What a learned head makes of drawings, while its examples grow in number."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SettingError
from .figures import COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..statistics import Share

#: Where the corners of the triangle lie: above, right, left; its middle is their mean.
_CORNERS = np.array([[160, 26], [298, 265], [22, 265]], float)
#: Where each corner's name stands, with the side from which it is set.
_NAMES = ((160, 18, "middle"), (318, 284, "end"), (2, 284, "start"))
#: Of the curve: where its axes meet, how far they reach.
_LEFT, _BELOW, _WIDE, _HIGH = 40, 118, 246, 92


def chance_triangle(
    chances: np.ndarray, labels: np.ndarray, names: Sequence[str], signs: str
) -> str:
    """Place each drawing in a triangle by what it has of three names' probabilities (chapter 7).

    The nearer to a corner, the surer the corner's name. From the middle, where all three are alike,
    run the lines along which two names are equal, hence the borders of what is named how.

    Parameters
    ----------
    chances : ndarray of float, (n, 3)
        Probabilities of the three names; each row sums to 1.
    labels : ndarray of int, (n,)
        Which of the names is right.
    names : sequence of str
        The three, at the upper, the right, the left corner.
    signs : str
        A letter a name, by which its drawings are marked.

    Returns
    -------
    str
        HTML that stands beside other such parts in an `array_row`, in the page's colours; what is named
        wrong is shaded.

    Raises
    ------
    SettingError
        If there are not three names, each with a letter and a column.
    """
    if not len(names) == len(signs) == chances.shape[1] == len(_CORNERS):
        raise SettingError(
            f"A triangle has three corners, and there are {len(names)} names, {len(signs)} letters, "
            f"{chances.shape[1]} columns; give three of each."
        )
    places, wrong = chances @ _CORNERS, chances.argmax(axis=1) != labels
    middle, halves = _CORNERS.mean(axis=0), (_CORNERS + np.roll(_CORNERS, -1, axis=0)) / 2
    regions = "".join(
        f'<path d="M{_path([corner, halves[k], middle, halves[k - 1]])}z" fill="{COLOURS[k]}" '
        'fill-opacity="0.16" stroke="currentColor" stroke-opacity="0.45"/>'
        for k, corner in enumerate(_CORNERS)
    )
    rings = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in places[wrong])
    marks = "".join(
        f'<text x="{_row(own[:, 0])}" y="{_row(own[:, 1] + 3.5)}">{escape(sign) * len(own)}</text>'
        for k, sign in enumerate(signs)
        if len(own := places[labels == k])
    )
    words = "".join(
        f'<text x="{x}" y="{y}" text-anchor="{side}" font-size="14">{escape(name)}</text>'
        for name, (x, y, side) in zip(names, _NAMES, strict=True)
    )
    alt = (
        f"Of {len(labels)} drawings in a triangle with the corners {', '.join(names)}, "
        f"{int(wrong.sum())} lie in another name's field; the likeliest name has "
        f"{chances.max(axis=1).mean():.0%} on average."
    )
    return _svg(
        f'{regions}<path d="{rings}" stroke="currentColor" stroke-width="14" stroke-linecap="round" '
        f'opacity="0.28"/><g font-size="13" text-anchor="middle">{marks}</g>{words}',
        (320, 290),
        alt,
    )


def marked_curve(shares: Sequence[Share], counts: Sequence[int], at: int, of: str) -> str:
    """Draw a share against a number of examples, with one of its points marked (chapter 7).

    Parameters
    ----------
    shares : sequence of Share
        What was named right, by each number of examples.
    counts : sequence of int
        These numbers; the axis is of logarithms.
    at : int
        The number whose point is marked and worded.
    of : str
        What the shares are of, above the curve.

    Returns
    -------
    str
        HTML that stands beside other such parts in an `array_row`, in the page's colours, with the
        interval of the point.
    """
    least = min(50, 10 * int(10 * min(share.low for share in shares)))
    spread = np.log(counts) - np.log(counts[0])
    x = _LEFT + _WIDE * spread / max(spread[-1], 1e-9)

    def up(values: Sequence[float]) -> np.ndarray:
        return _BELOW - _HIGH * (100 * np.asarray(values) - least) / (100 - least)

    y = up([share.value for share in shares])
    here, share = x[list(counts).index(at)], shares[list(counts).index(at)]
    low, high = up([share.low, share.high])
    ticks = "".join(
        f'<text x="{_LEFT - 5}" y="{up([tick / 100])[0] + 4:.0f}" text-anchor="end">{tick}%</text>'
        for tick in (least, 100)
    ) + "".join(
        f'<text x="{place:.0f}" y="{_BELOW + 15}" text-anchor="middle">{count}</text>'
        for place, count in zip(x, counts, strict=True)
    )
    line = _path(np.column_stack([x, y]))
    value = f"{share.value:.1%}"
    return _svg(
        f'<text x="0" y="13">{escape(of)}: <tspan font-weight="bold">{value}</tspan></text>{ticks}'
        f'<path d="M{_LEFT} {_BELOW - _HIGH}V{_BELOW}h{_WIDE}" fill="none" stroke="currentColor" '
        f'stroke-opacity="0.5"/><path d="M{line}" fill="none" stroke="{COLOURS[1]}" stroke-width="2"/>'
        f'<path d="M{here:.0f} {low:.0f}V{high:.0f}" stroke="{COLOURS[0]}" stroke-width="2"/>'
        f'<circle cx="{here:.0f}" cy="{y[list(counts).index(at)]:.1f}" r="5" fill="{COLOURS[0]}"/>'
        f'<text x="{_LEFT + _WIDE}" y="{_BELOW + 31}" text-anchor="end">examples of each</text>',
        (300, _BELOW + 36),
        f"{of}: {value} with {at} of each, between {share.low:.0%} and {share.high:.0%}.",
    )


def _path(points: Sequence[np.ndarray] | np.ndarray) -> str:
    return "L".join(f"{x:.0f} {y:.0f}" for x, y in points)


def _row(values: np.ndarray) -> str:
    """List places of letters, of which SVG takes one each."""
    return " ".join(f"{value:.0f}" for value in values)


def _svg(content: str, size: tuple[int, int], alt: str) -> str:
    width, height = size
    return (
        f'<div style="flex:1 1 15rem;max-width:{width}px"><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(alt)}" fill="currentColor" font-size="13" '
        f'style="display:block;width:100%">{content}</svg></div>'
    )
