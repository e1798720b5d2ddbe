"""Turns Matplotlib's figures into SVG that takes colours, font or width from the page around it."""

from __future__ import annotations

import io
import math
import re
from contextlib import contextmanager
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import matplotlib.pyplot as plt
from matplotlib.gridspec import GridSpec
from matplotlib.image import AxesImage
from matplotlib.legend import Legend

from .numbers import set_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The width of a phone's column in inches of 96 CSS pixels.
PHONE = 3.7
#: Figures up to this width are legible on a phone as they are.
NARROW = 4.2
#: Least width of a panel with axes, of one that is a picture.
LEAST_PLOT, LEAST_PICTURE = 2.6, 1.15

#: Parts of a colour that are its own, in text, in lines; the rest is the page's colour of text.
TEXT, LINE = 60, 80

#: What a group's style says for all within; the rest, as opacity, is another thing on a group.
_INHERITED = {
    *("fill", "font", "font-size", "font-style", "font-weight", "text-anchor"),
    *("stroke", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin"),
    *("stroke-width", "fill-opacity", "stroke-opacity"),
}

_WHITE = (1.0, 1.0, 1.0, 1.0)
_NUMBER = re.compile(r"-?\d+\.\d+")
_COMMAND = re.compile(r" ?([A-Za-z]) ?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def svg_of(figure: Figure, name: str, alt: str) -> str:
    """Draw a figure for a wide column, and where it is wider than a phone once more for that.

    Parameters
    ----------
    figure : Figure
        Black becomes the page's colour of text, white behind axes becomes nothing; coloured text
        or lines become as dark by day, as light by night, as they must be to be legible.
    name : str
        What ids begin with, unlike those of other figures on the page.
    alt : str
        What a screen reader says.

    Returns
    -------
    str
        One or two ``<svg>`` elements, of which the style shows one.
    """
    _make_neutral(figure)
    if figure.get_figwidth() <= NARROW:
        return _draw(figure, name, alt, "")
    wide = _draw(figure, f"{name}-wide", alt, "qd-wide")
    with _fitted(figure, PHONE):
        return wide + _draw(figure, f"{name}-narrow", alt, "qd-narrow")


def _make_neutral(figure: Figure) -> None:
    """Take away what is made for white paper, and keep the pixels of pictures as they are."""
    if figure.get_layout_engine() is None:
        figure.set_layout_engine("constrained")
    patches = [figure.patch, *(ax.patch for ax in figure.axes)]
    legends: list[Legend] = figure.findobj(Legend)
    patches += [legend.get_frame() for legend in legends]
    for patch in patches:
        if patch.get_facecolor()[:3] == _WHITE[:3]:
            patch.set_facecolor("none")
    images: list[AxesImage] = figure.findobj(AxesImage)
    for image in images:
        if image.get_interpolation() in {"nearest", "auto", "antialiased"}:
            image.set_interpolation("none")


@contextmanager
def _fitted(figure: Figure, width: float) -> Iterator[None]:
    """Lay a figure out for a width in inches: what lay beside each other lies below, if need be."""
    size = tuple(figure.get_size_inches())
    axes = [ax for ax in figure.axes if ax.get_subplotspec() is not None]
    places = {ax: ax.get_subplotspec() for ax in axes}
    labels = {ax: ax.yaxis.get_tick_params().get("labelleft", True) for ax in axes}
    height = size[1] * width / size[0]
    pictures = [
        ax for ax in axes if not ax.axison or not (len(ax.get_xticks()) + len(ax.get_yticks()))
    ]
    if len(axes) == 1 and not pictures and axes[0].get_aspect() == "auto":
        height = min(size[1], 0.85 * width)
    elif _is_one_row(axes):
        least = LEAST_PICTURE if len(pictures) == len(axes) else LEAST_PLOT
        beside = min(len(axes), max(1, int(width // least)))
        rows = math.ceil(len(axes) / beside)
        height = rows * size[1] * min(1, (width / beside) / (size[0] / len(axes)))
        grid = GridSpec(rows, beside, figure=figure)
        for number, ax in enumerate(axes):
            ax.set_subplotspec(grid[divmod(number, beside)])
            if number % beside == 0 and ax not in pictures:
                ax.tick_params(labelleft=True)
    figure.set_size_inches(width, height)
    try:
        yield
    finally:
        figure.set_size_inches(*size)
        for ax, place in places.items():
            ax.set_subplotspec(place)  # type: ignore[arg-type]
            ax.tick_params(labelleft=labels[ax])


def _is_one_row(axes: list[Axes]) -> bool:
    grids = {spec.get_gridspec() for ax in axes if (spec := ax.get_subplotspec())}
    return len(grids) == 1 and {(grid.nrows, grid.ncols) for grid in grids} == {(1, len(axes))}


def _draw(figure: Figure, name: str, alt: str, kind: str) -> str:
    file = io.StringIO()
    # Text stays text, each picture keeps its own pixels.
    with plt.rc_context({"svg.fonttype": "none", "image.composite_image": False}):
        figure.savefig(file, format="svg")
    return _of_the_page(file.getvalue(), name, alt, kind)


def _of_the_page(text: str, name: str, alt: str, kind: str) -> str:
    """Rewrite Matplotlib's SVG: no colour, font or id of its own, nothing that changes by the day."""
    root = ET.fromstring(text)  # noqa: S314 (Matplotlib wrote it a moment ago)
    for parent in list(root.iter()):
        parent.tag = parent.tag.rpartition("}")[2]
        for key in [key for key in parent.attrib if key.startswith("{")]:
            parent.attrib[key.rpartition("}")[2]] = parent.attrib.pop(key)
    for parent in list(root.iter()):
        for child in list(parent):
            # The style within would hold for the whole page.
            if child.tag in {"metadata", "style"}:
                parent.remove(child)
    _rename(root, name)
    for element in root.iter():
        _tidy(element)
    _say_once(root)
    _lighten(root)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    root.attrib = {
        "class": f"qd-svg {kind}".strip(),
        "viewBox": f"0 0 {width:g} {height:g}",
        "role": "img",
        "aria-label": alt,
        # Points into the pixels of CSS.
        "style": f"width:{width * 96 / 72:.0f}px",
    }
    return ET.tostring(root, encoding="unicode")


def _rename(root: ET.Element, name: str) -> None:
    """Keep the ids that something points to, each under a new one; drop the others."""
    pointed = {
        target
        for element in root.iter()
        for value in element.attrib.values()
        for target in [*_REFERENCE.findall(value), *re.findall(r"^#(.+)", value)]
    }
    new: dict[str, str] = {}
    for element in root.iter():
        old = element.attrib.pop("id", None)
        if old and old in pointed:
            new[old] = element.attrib["id"] = f"{name}-{len(new)}"
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" and value[1:] in new:
                element.attrib[key] = f"#{new[value[1:]]}"
            elif "url(#" in value:
                element.attrib[key] = _REFERENCE.sub(lambda at: f"url(#{new[at[1]]})", value)


def _tidy(element: ET.Element) -> None:
    """Leave black to the page's colour, the font to the page; round what no eye can tell apart."""
    style = {key: value.strip() for key, value in _parts(element.attrib.pop("style", "")).items()}
    for key in ("font-family", "image-rendering"):  # figure.css says both
        style.pop(key, None)
    if "font" in style:
        style["font"] = re.sub(r"(\d(?:px)?) [^;]*$", r"\1 inherit", style["font"])
    is_line = style.get("stroke", "none") != "none"
    # Formulas stand in a group that has the colour.
    is_text = element.tag in {"text", "tspan"} or element.find(".//text") is not None
    own = TEXT if is_text else LINE if is_line else 100
    for key in ("fill", "stroke"):
        if key in style:
            style[key] = _legible(style[key], own)
    if style:
        element.attrib["style"] = _joined(style)
    if element.attrib.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    for key in ("d", "x", "y"):
        if key in element.attrib:
            rounded = _NUMBER.sub(
                lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."),
                " ".join(element.attrib[key].split()),
            )
            element.attrib[key] = _COMMAND.sub(r"\1", rounded)
    element.tail = None
    if element.text:
        element.text = set_numbers(element.text) if element.text.strip() else None


def _say_once(root: ET.Element) -> None:
    """Let a mark that is used many times say alone how it is drawn."""
    marks = {
        f"#{element.attrib['id']}": element for element in root.iter() if "id" in element.attrib
    }
    for use in root.iter("use"):
        mark = marks.get(use.attrib.get("href", ""))
        if mark is not None and use.attrib.get("style") == mark.attrib.get("style"):
            use.attrib.pop("style", None)


def _lighten(parent: ET.Element) -> None:
    """Leave out what shows nothing, and say once what neighbours have in common."""
    children: list[ET.Element] = []
    for child in parent:
        _lighten(child)
        shows = len(child) or child.tag not in {"g", "defs"}
        if child.tag == "path" and parent.tag != "clipPath" and "id" not in child.attrib:
            shows = child.attrib.get("style") != "fill:none"
        if child.tag == "g" and not child.attrib:
            children += child
        elif shows:
            children.append(child)
    parent[:] = []
    for shared, run in groupby(children, _shared):
        members = list(run)
        if shared and len(members) > 1:
            place = ET.SubElement(parent, "g", dict(shared))
            for member in members:
                style = _parts(member.attrib.pop("style", ""))
                own = {key: value for key, value in style.items() if key not in _INHERITED}
                if own:
                    member.attrib["style"] = _joined(own)
                member.attrib.pop("clip-path", None)
            place.extend(members)
        else:
            parent.extend(members)


def _shared(element: ET.Element) -> tuple[tuple[str, str], ...]:
    """Give the attributes of an element that would look the same on a group around it."""
    if element.tag == "tspan" or element.attrib.keys() & {"transform", "id"}:
        return ()
    style = _parts(element.attrib.get("style", ""))
    inherited = {key: value for key, value in style.items() if key in _INHERITED}
    shared = {"clip-path": element.attrib.get("clip-path"), "style": _joined(inherited)}
    return tuple((key, value) for key, value in shared.items() if value)


def _parts(style: str) -> dict[str, str]:
    return dict(part.strip().split(":", 1) for part in style.split(";") if ":" in part)


def _joined(parts: dict[str, str]) -> str:
    return ";".join(f"{key}:{value}" for key, value in parts.items())


def _legible(colour: str, own: int) -> str:
    """Mix a colour with the page's colour of text, so that it stands out by day as by night.

    Areas are large enough as they are; thin lines, and still more so letters, are not.
    """
    if colour in {"#000000", "#000", "black"}:
        return "currentColor"
    if own == 100 or colour in {"none", "#ffffff"} or not colour.startswith("#"):
        return colour
    return f"color-mix(in srgb,{colour} {own}%,currentColor)"


def described(markup: str, alt: str) -> str:
    """Put what one who cannot see it needs around markup that holds more than one picture."""
    return f'<div role="group" aria-label="{escape(alt)}">{markup}</div>'
