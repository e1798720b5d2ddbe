"""Figures of a chapter: what is shown, above its number with a caption."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import HTML
from matplotlib.figure import Figure

from ..errors import SettingError
from .numbers import set_numbers, set_numbers_in
from .style import style_of
from .svg import described, svg_of


def figure(shown: Any, number: str, caption: str, *, alt: str) -> HTML | ipywidgets.VBox:
    """Show a figure with its number and caption, legible by day and by night (chapter 1).

    Parameters
    ----------
    shown : Figure, str, object with ``_repr_html_`` or Widget
        A Matplotlib figure becomes SVG whose pure black is the page's colour of text (what must stay
        dark, on a pale cell, is ``"0.1"``), drawn a second time for a phone if it is wide; it is
        closed. Markup is shown as it is, controls stay controls.
    number : str
        Chapter and figure: ``"3.2"``.
    caption : str
        One or a few sentences of plain text.
    alt : str
        What one who cannot see the figure needs.

    Returns
    -------
    IPython.display.HTML or ipywidgets.VBox
        To be the last expression of a cell.

    Raises
    ------
    SettingError
        If `shown` is none of these, or `alt` says nothing.
    """
    if not alt.strip():
        raise SettingError(f"Figure {number} has no alt text; say what it shows in alt='...'.")
    name = f"figure-{number.replace('.', '-')}"
    says = escape(set_numbers(caption))
    words = f"<span class='qd-number'>Figure {escape(number)}</span> · {says}"
    if isinstance(shown, ipywidgets.Widget):
        below = f"<p class='qd-caption' id='{name}'>{words} <span class='qd-spoken'>{escape(alt)}</span></p>"
        return ipywidgets.VBox([shown, ipywidgets.HTML(style_of("figure") + below)])
    if isinstance(shown, Figure):
        body = svg_of(shown, name, alt)
        plt.close(shown)
    elif isinstance(shown, str):
        body = style_of("panel") + described(set_numbers_in(shown), alt)
    elif callable(getattr(shown, "_repr_html_", None)):
        body = described(set_numbers_in(shown._repr_html_()), alt)
    else:
        raise SettingError(
            f"Figure {number} cannot be a {type(shown).__name__}; hand in a Matplotlib figure, "
            "HTML or a widget."
        )
    return HTML(
        f'{style_of("figure")}<figure class="qd-figure" id="{name}">{body}'
        f"<figcaption class='qd-caption'>{words}</figcaption></figure>"
    )
