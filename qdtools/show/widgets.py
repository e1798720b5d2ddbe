"""Controls beside pictures, which the browser answers by itself wherever that is possible."""

from __future__ import annotations

import json
import re
from html import escape
from itertools import count
from math import ceil
from typing import TYPE_CHECKING, Any

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML

from .numbers import set_numbers, set_numbers_in
from .pixels import png_address
from .style import part_of, style_of
from .svg import svg_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

#: Tells the ids of figures apart that are states of sliders on one page.
_drawn = count(1)


def image_html(image: np.ndarray, alt: str, width: str | None = None) -> str:
    """Turn an image into an HTML element that carries its own pixels (chapter 1).

    Parameters
    ----------
    image : ndarray, (height, width, 1)
        In [0, 1], white ink = 1.
    alt : str
        What a screen reader says.
    width : str, optional
        Width on the page as CSS has it; pixels stay squares. Without it the page's style decides.

    Returns
    -------
    str
        An ``<img>`` element.
    """
    # 16 greys look the same at this size and take far fewer bytes.
    greys = np.rint(np.clip(image[..., 0], 0, 1) * 15).astype(np.uint8)
    style = f' style="width:{width};image-rendering:pixelated"' if width else ""
    return f'<img src="{png_address(17 * greys)}" alt="{escape(alt)}"{style}>'


def panel_html(
    rows: dict[str, np.ndarray],
    captions: dict[str, Sequence[str]] | None = None,
    side: int = 84,
) -> str:
    """Lay out named rows of images, one below the other, with captions if given, as HTML (chapter 1).

    Parameters
    ----------
    rows : dict of str to ndarray, (k, 28, 28, 1)
        Images in [0, 1] by the name of their row.
    captions : dict of str to sequence of str, optional
        A caption for each image of a row, by the name of the row.
    side : int
        Most width of an image in CSS pixels. Five stand side by side, on a phone too.

    Returns
    -------
    str
        HTML for a state of an `explorer`.
    """
    longest = max(map(len, rows.values()), default=1)
    most = ceil(longest / ceil(longest / 5)) or 1  # in lines of the same length where that goes
    parts = []
    for name, images in rows.items():
        words = (captions or {}).get(name, [""] * len(images))
        cells = "".join(
            "<figure>"
            + image_html(image, f"{name}{': ' + word if word else f' drawing {number}'}")
            + (f"<figcaption>{escape(word)}</figcaption>" if word else "")
            + "</figure>"
            for number, image, word in zip(count(1), images, words, strict=False)
        )
        parts.append(f'<p>{escape(name)}</p><div class="qd-pictures">{cells}</div>')
    measures = f"--columns:{most};--side:{side}px"
    return f'<div class="qd-panel" style="{measures}">{"".join(parts)}</div>'


def figure_html(figure: Figure, alt: str) -> str:
    """Draw a Matplotlib figure as HTML (chapter 6).

    Parameters
    ----------
    figure : Figure
        At most 4.2 inches wide, so that a phone shows it as it is; it is closed. Its pure black
        becomes the page's colour of text.
    alt : str
        What one who cannot see this state needs.

    Returns
    -------
    str
        HTML for a state of an `explorer`, which brings the style once for all of them.
    """
    drawn = svg_of(figure, f"state-{next(_drawn)}", alt)
    plt.close(figure)
    return drawn


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _said(value: object) -> str:
    if not _is_number(value):
        return str(value).replace("_", " ")
    return f"{value:g}" if isinstance(value, float | np.floating) else f"{value:,}"


def explorer(
    panel: Callable[..., str], start: dict[str, Any] | None = None, **axes: Sequence[Any]
) -> ipywidgets.VBox:
    """Put controls over states drawn beforehand (chapter 1).

    They work with a kernel and in the built page alike.

    Parameters
    ----------
    panel : callable
        Takes one value of each axis by name and returns the HTML of that state.
    start : dict, optional
        The value of an axis to begin with, by its name; the first by default.
    **axes : sequences
        Values by the name of the axis. Numbers get a slider, words a drop-down list. The control is
        labelled by the name, with spaces for underscores. Every combination is drawn, so a page
        carries as many states as the product of their numbers.

    Returns
    -------
    ipywidgets.VBox
        The controls above the picture.

    Examples
    --------
    >>> explorer(lambda level: f"<p>{level}</p>", level=[0, 0.5, 1]).children[1].description
    'level'
    """
    # Of one look, so that a page of many states holds it once.
    layout, style = ipywidgets.Layout(), ipywidgets.widgets.widget_string.HTMLStyle()
    controls = {}
    for name, values in axes.items():
        numeric = all(map(_is_number, values))
        kind = ipywidgets.SelectionSlider if numeric else ipywidgets.Dropdown
        controls[name] = kind(
            options=[(set_numbers(_said(value)), index) for index, value in enumerate(values)],
            index=list(values).index((start or {}).get(name, values[0])),
            description=name.replace("_", " "),
            style={"description_width": "initial"},
            layout={"width": "30rem", "max_width": "calc(100% - 4px)"},  # less its own margins
        )

    def build(chosen: dict[str, Any], rest: list[str]) -> ipywidgets.Widget:
        if not rest:
            shown = set_numbers_in(panel(**chosen))
            return ipywidgets.HTML(shown, layout=layout, style=style)
        name, *others = rest
        stack = ipywidgets.Stack(
            [build({**chosen, name: value}, others) for value in axes[name]],
            selected_index=controls[name].index,
            layout=layout,
        )
        # Linked by position: a drop-down's value cannot be linked in a page without a kernel.
        ipywidgets.jslink((controls[name], "index"), (stack, "selected_index"))
        return stack

    look = ipywidgets.HTML(style_of("panel", "figure"))  # once, not in each state
    return ipywidgets.VBox([look, *controls.values(), build({}, list(axes))])


def level_slider(
    levels: Sequence[float],
    rows: dict[str, np.ndarray],
    captions: dict[str, Sequence[str]],
    start: float,
    more: str = "",
) -> HTML:
    """Put one slider over one drawing at many noise levels (the first page; chapter 5).

    Every state is drawn beforehand and lies in the element itself, so that it shows at once, works
    with a kernel and without, and loads nothing.

    Parameters
    ----------
    levels : sequence of float
        The noise level of each state.
    rows : dict of str to ndarray, (len(levels), 28, 28, 1)
        Images in [0, 1] by their name, shown beside each other.
    captions : dict of str to sequence of str
        What is said below each image, by the same names.
    start : float
        The level to begin with.
    more : str, optional
        HTML below the pictures. In the address of its first link, ``level=`` follows the slider.

    Returns
    -------
    IPython.display.HTML
        The slider above the pictures; one on a page.
    """
    said = [f"{level:g}" for level in levels]
    states = [
        {"level": level, "words": [captions[name][number] for name in rows]}
        for number, level in enumerate(said)
    ]
    first = list(levels).index(start)
    pictures = "".join(
        f'<div><div class="frame">{_strip(images, name)}</div><p>{escape(name)}</p>'
        f'<p class="says">{escape(captions[name][first])}</p></div>'
        for name, images in rows.items()
    )
    fills = {
        "STYLE": style_of("level_slider"),
        "SCRIPT": part_of("level_slider.js"),
        "STATES": escape(json.dumps(states)),
        "NUMBER": str(len(states)),
        "START": str(first),
        "LEVEL": said[first],
        "LAST": str(len(states) - 1),
        "PICTURES": pictures,
        "MORE": more,
    }
    return HTML(re.sub("@([A-Z_]+)@", lambda place: fills[place[1]], part_of("level_slider.html")))


def _strip(images: np.ndarray, alt: str) -> str:
    """Lay images side by side in one picture, of which a frame shows one."""
    return image_html(np.concatenate(list(images), axis=1), f"{alt}, at the chosen level")
