"""Controls that move a picture without a kernel: every state is drawn beforehand, the browser chooses."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from html import escape
from itertools import count
from typing import Any

import ipywidgets
import numpy as np
from PIL import Image


def image_html(image: np.ndarray, alt: str, side: int = 84) -> str:
    """Turn an image into an HTML element that carries its own pixels (chapter 1).

    Parameters
    ----------
    image : ndarray, (28, 28, 1)
        In [0, 1], white ink = 1.
    alt : str
        What a screen reader says.
    side : int
        Width and height on the page in CSS pixels, less on a phone; pixels stay squares.

    Returns
    -------
    str
        An ``<img>`` element.
    """
    pixels = np.rint(np.clip(image[..., 0], 0, 1) * 255).astype(np.uint8)
    file = io.BytesIO()
    # 32 greys look the same at this size and halve the page's bytes.
    Image.fromarray(pixels // 8 * 8 + pixels // 32).save(file, format="PNG", optimize=True)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    # On a phone five of them fit beside each other.
    size = f"width:min({side}px,13vw);aspect-ratio:1"
    style = f"{size};image-rendering:pixelated;display:block;margin:0"
    return f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}" style="{style}">'


def panel_html(
    rows: dict[str, np.ndarray], captions: dict[str, Sequence[str]] | None = None
) -> str:
    """Lay out named rows of images, each with a caption if given, as HTML (chapter 1).

    Parameters
    ----------
    rows : dict of str to ndarray, (k, 28, 28, 1)
        Images in [0, 1] by the name of their row.
    captions : dict of str to sequence of str, optional
        A caption for each image of a row, by the name of the row.

    Returns
    -------
    str
        HTML for a state of an `explorer`.
    """
    parts = []
    for name, images in rows.items():
        words = (captions or {}).get(name, [""] * len(images))
        cells = "".join(
            '<figure style="margin:0 6px 6px 0">'
            + image_html(image, f"{name}{': ' + word if word else f' drawing {number}'}")
            + (
                f'<figcaption style="font-size:.9em;color:inherit">{escape(word)}</figcaption>'
                if word
                else ""
            )
            + "</figure>"
            for number, image, word in zip(count(1), images, words, strict=False)
        )
        parts.append(
            f'<div style="line-height:1.3;margin-top:4px">{escape(name)}</div>'
            f'<div style="display:flex;flex-wrap:wrap;line-height:1.3">{cells}</div>'
        )
    return "".join(parts)


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
        labelled by the name, with spaces for underscores.

    Returns
    -------
    ipywidgets.VBox
        The controls above the picture.

    Examples
    --------
    >>> explorer(lambda level: f"<p>{level}</p>", level=[0, 0.5, 1]).children[0].description
    'level'
    """
    controls = {}
    for name, values in axes.items():
        numeric = all(isinstance(value, int | float) for value in values)
        kind = ipywidgets.SelectionSlider if numeric else ipywidgets.Dropdown
        controls[name] = kind(
            options=[
                (f"{value:g}" if numeric else str(value).replace("_", " "), index)
                for index, value in enumerate(values)
            ],
            index=list(values).index((start or {}).get(name, values[0])),
            description=name.replace("_", " "),
            style={"description_width": "initial"},
            layout={"max_width": "100%"},
        )

    def build(chosen: dict[str, Any], rest: list[str]) -> ipywidgets.Widget:
        if not rest:
            return ipywidgets.HTML(panel(**chosen))
        name, *others = rest
        stack = ipywidgets.Stack(
            [build({**chosen, name: value}, others) for value in axes[name]],
            selected_index=controls[name].index,
        )
        # Linked by position: a drop-down's value cannot be linked in a page without a kernel.
        ipywidgets.jslink((controls[name], "index"), (stack, "selected_index"))
        return stack

    return ipywidgets.VBox([*controls.values(), build({}, list(axes))])
