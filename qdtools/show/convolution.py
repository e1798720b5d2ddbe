"""Arrays as chapter 2 shows them: cells with their numbers, windows around some, signs between."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SettingError
from .figures import COLOURS
from .pixels import png_address

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Red, green, blue of what is below zero, then of what is above.
SIGNS = tuple(tuple(bytes.fromhex(colour[1:])) for colour in COLOURS[:2])
#: Windows are outlined in these, in turn: neither is a sign's colour.
OUTLINES = (COLOURS[3], COLOURS[2], COLOURS[4])
#: Numbers are read on paint of this strength, in daylight as at night.
PALE = 0.5
#: The lightest grey that carries white numbers.
DARK = 0.46


def _ink(values: np.ndarray) -> np.ndarray:
    greys = np.clip(np.nan_to_num(values), 0, 1)
    return np.stack([greys, greys, greys, ~np.isnan(values)], axis=-1)


def _signed(values: np.ndarray, limit: float, strength: float) -> np.ndarray:
    known = np.nan_to_num(values)
    colours = np.where((known > 0)[..., None], SIGNS[1], SIGNS[0]) / 255
    shares = np.clip(np.abs(known) / limit, 0, 1) * strength
    return np.concatenate([colours, shares[..., None]], axis=-1)


def painted(
    values: np.ndarray, paint: str = "signed", limit: float | None = None, strength: float = 1
) -> str:
    """Paint each value as one pixel, at an address that carries the picture (chapter 2).

    Parameters
    ----------
    values : ndarray of float, (rows, columns)
        One that is NaN is left empty.
    paint, limit
        As `array_html` takes them.
    strength : float
        How opaque the full colour is, in [0, 1].
    """
    if paint == "ink":
        colours = _ink(values)
    else:
        known = np.abs(values[~np.isnan(values)])
        colours = _signed(values, limit or max(known, default=0) or 1, strength)
    return png_address(np.rint(colours * 255).astype(np.uint8))


def _number(value: float, digits: int) -> str:
    """Write a number as briefly as it can be read: no zeros behind, a true minus."""
    if np.isnan(value):
        return ""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "\N{MINUS SIGN}")


def _numbers(values: np.ndarray, paint: str, digits: int) -> str:
    """Write each value into its cell."""
    size = 0.36 if digits < 2 else 0.3
    texts = []
    for (row, column), value in np.ndenumerate(values):
        if said := _number(value, digits):
            # Ink is its own paper; on paint, numbers have the colour of the page's text.
            fill = "#fff" if value < DARK else "#000"
            colour = f' fill="{fill}"' if paint == "ink" else ""
            texts.append(f'<text x="{column + 0.5:g}" y="{row + 0.5:g}"{colour}>{said}</text>')
    return (
        f'<g font-size="{size}" fill="currentColor" text-anchor="middle" '
        f'dominant-baseline="central">{"".join(texts)}</g>'
    )


def array_html(
    values: np.ndarray,
    name: str,
    *,
    paint: str = "signed",
    digits: int | None = None,
    windows: Sequence[tuple[int, int, int, int]] = (),
    limit: float | None = None,
    cell: float | None = None,
    alike: bool = False,
) -> str:
    """Show an array as cells: painted, with their numbers if wanted, windows outlined (chapter 2).

    Parameters
    ----------
    values : ndarray, (rows, columns)
        What the cells hold; a cell that is NaN is left empty.
    name : str
        What stands below.
    paint : {"signed", "ink"}
        Ink is white for 1, on black for 0. Signed is blue above zero, orange below, the page's own
        colour for zero: it suits maps, filters, products.
    digits : int, optional
        Digits behind the point of the numbers; no numbers by default.
    windows : sequence of (row, column, height, width)
        What to outline, in cells: first cell, then size. It may lie partly outside. Each has a colour
        of its own, by which a window of another array is found again.
    limit : float, optional
        The signed value with the full colour; the largest by default.
    cell : float, optional
        Side of a cell in CSS pixels, where the page has the room; by default 6 without numbers,
        with them what they need.
    alike : bool, default False
        Whether all windows have one colour, where none stands for another.

    Returns
    -------
    str
        HTML that follows light and dark pages; put several beside each other by `array_row`.

    Raises
    ------
    SettingError
        If `values` has not two axes, or `paint` is neither of both.
    """
    values = np.asarray(values, float)
    if values.ndim != 2:
        raise SettingError(
            f"An array is shown by its rows and columns, and this one has shape {values.shape}; "
            "choose one image and one channel of it."
        )
    if paint not in ("signed", "ink"):
        raise SettingError(f"There is no paint {paint!r}; choose 'signed' or 'ink'.")
    rows, columns = values.shape
    strength = 1 if digits is None else PALE
    numbers = "" if digits is None else _numbers(values, paint, digits)
    lines = [" ".join(_number(value, digits or 0) for value in row) for row in values]
    said = name if digits is None else f"{name}: {'; '.join(lines)}"
    outlines = "".join(
        f'<rect x="{column}" y="{row}" width="{width}" height="{height}" fill="none" '
        f'stroke="{OUTLINES[0 if alike else number % len(OUTLINES)]}" stroke-width="3" '
        'vector-effect="non-scaling-stroke"/>'
        for number, (row, column, height, width) in enumerate(windows)
    )
    side = cell or (6 if digits is None else 34 if digits < 2 else 40)
    return (
        f'<div style="width:{columns * side:g}px;max-width:100%">'
        f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 {columns} {rows}" '
        'style="display:block;width:100%;overflow:visible">'
        f'<image class="qd-{paint}" href="{painted(values, paint, limit, strength)}" '
        f'width="{columns}" height="{rows}" preserveAspectRatio="none" '
        'style="image-rendering:pixelated"/>'
        f'<rect width="{columns}" height="{rows}" fill="none" stroke="currentColor" '
        f'stroke-opacity="0.4" vector-effect="non-scaling-stroke"/>{numbers}{outlines}</svg>'
        '<div style="margin-top:2px;font-size:0.85em;line-height:1.25;text-align:center">'
        f"{escape(name)}</div></div>"
    )


def array_row(*parts: str, wraps: bool = True) -> str:
    """Put arrays beside each other, with signs between, as a formula is read (chapter 2).

    Parameters
    ----------
    *parts : str
        What `array_html` returned; anything else, such as ``"×"`` or ``"stamps"``, is set as text.
    wraps : bool, default True
        Whether what a narrow page has no room for stands below; else all becomes smaller.

    Returns
    -------
    str
        HTML in which a sign stays with what follows it.
    """
    laid, sign = [], ""
    for part in parts:
        if not part.startswith("<"):
            sign += _sign(part)
        elif sign:
            beside = "display:flex;align-items:center;gap:14px;max-width:100%"
            laid.append(f'<div style="{beside}">{sign}{part}</div>')
            sign = ""
        else:
            laid.append(part)
    # Columns that may become narrower than what lies in them make a page no wider.
    flow = (
        "flex;flex-wrap:wrap;align-items:center"
        if wraps
        else "grid;grid-auto-flow:column;grid-auto-columns:minmax(0,max-content)"
    )
    return f'<div style="display:{flow};gap:10px 14px;margin:6px 0">{"".join(laid)}{sign}</div>'


def _sign(text: str) -> str:
    """Set what stands between arrays at the height of their middle: a sign larger than words."""
    size = 1.5 if len(text) == 1 else 1
    return f'<span style="font-size:{size:g}em;padding-bottom:1em">{escape(text)}</span>'
