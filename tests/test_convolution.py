"""Promises of how chapter 2 shows arrays: their numbers, their colours, the windows on them."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import qdtools as qd
from qdtools.show.style import part_of

VALUES = np.array([[0, 0.25, -1], [2, np.nan, -0.001]])


def pixels(html: str) -> np.ndarray:
    """The painted cells of an array's HTML, red, green, blue, opacity."""
    data = re.search(r"base64,([\w+/=]+)", html)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))


def parse(html: str) -> ElementTree.Element:
    """The elements of an array's HTML, which is well-formed XML."""
    return ElementTree.fromstring(html)  # noqa: S314 - we wrote it ourselves


def texts(html: str) -> dict[tuple[float, float], str]:
    """The numbers of an array's HTML by the place of their middle."""
    numbers = parse(html).iter("text")
    return {(float(t.get("y")), float(t.get("x"))): t.text for t in numbers}


def test_every_number_stands_in_its_cell_written_briefly_and_nothing_in_an_empty_one():
    assert texts(qd.array_html(VALUES, "values", digits=2)) == {
        (0.5, 0.5): "0",
        (0.5, 1.5): "0.25",
        (0.5, 2.5): "\N{MINUS SIGN}1",
        (1.5, 0.5): "2",
        (1.5, 2.5): "0",
    }


def test_whole_tens_keep_their_zeros():
    assert set(texts(qd.array_html(np.array([[10, 20.0]]), "tens", digits=0)).values()) == {
        "10",
        "20",
    }


def test_a_screen_reader_hears_the_numbers_in_their_rows():
    html = qd.array_html(VALUES[:, :1], "two <rows>", digits=1)
    assert parse(html).find("svg").get("aria-label") == "two <rows>: 0; 2"


def test_signs_have_two_colours_and_what_is_zero_or_empty_none():
    (zero, above, below), (most, empty, _) = pixels(qd.array_html(VALUES, "values"))
    assert zero[3] == empty[3] == 0
    assert tuple(above[:3]) == tuple(most[:3]) == (0x00, 0x72, 0xB2)
    assert tuple(below[:3]) == (0xD5, 0x5E, 0x00)
    assert most[3] == 255
    assert below[3] == pytest.approx(255 / 2, abs=1)


def test_one_limit_makes_two_maps_comparable():
    strong, weak = (
        pixels(qd.array_html(np.array([[value]]), "one", limit=4))[0, 0, 3] for value in (4, 1)
    )
    assert (strong, weak) == (255, 64)


def test_under_numbers_the_paint_is_paler():
    assert pixels(qd.array_html(np.ones((1, 1)), "one", digits=0))[0, 0, 3] < 130


def test_nothing_but_zeros_is_shown_as_nothing():
    assert not pixels(qd.array_html(np.zeros((2, 2)), "zeros"))[..., 3].any()


def test_ink_is_painted_as_in_a_drawing(drawings):
    image = drawings.images[0, :, :, 0]
    shown = pixels(qd.array_html(image, "drawing", paint="ink"))
    assert (shown[..., 0] == np.rint(255 * image)).all()
    assert (shown[..., 3] == 255).all()


@pytest.mark.parametrize("paint", ["signed", "ink"])
def test_dark_pages_brighten_what_is_signed_and_leave_ink(paint):
    (painted,) = parse(qd.array_html(VALUES, "values", paint=paint)).iter("image")
    rule = r"\[data-theme=\"dark\"\][^{]*\." + painted.get("class") + r" \{\s*filter: brightness"
    assert bool(re.search(rule, part_of("panel.css"))) == (paint == "signed")


def contrast(first: float, second: float) -> float:
    """The ratio that WCAG compares, of two greys in [0, 1]."""
    light, dark = sorted(
        (g / 12.92 if g <= 0.04045 else ((g + 0.055) / 1.055) ** 2.4 for g in (first, second)),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("grey", np.linspace(0, 1, 21))
def test_numbers_on_ink_can_be_read_on_every_grey(grey):
    html = qd.array_html(np.array([[grey]]), "one", paint="ink", digits=2)
    fill = parse(html).find(".//text").get("fill")
    assert contrast(grey, {"#fff": 1, "#000": 0}[fill]) >= 4.5


def test_windows_are_outlined_where_they_lie_each_in_its_colour():
    html = qd.array_html(VALUES, "values", windows=[(0, 1, 2, 1), (-1, 0, 3, 3)])
    outlines = [r for r in parse(html).iter("rect") if r.get("x")]
    places = [tuple(r.get(k) for k in ("y", "x", "height", "width")) for r in outlines]
    assert places == [("0", "1", "2", "1"), ("-1", "0", "3", "3")]
    assert len({r.get("stroke") for r in outlines}) == 2


def test_windows_that_stand_for_nothing_else_share_one_colour():
    windows = [(0, 0, 1, 1), (1, 1, 1, 1), (1, 0, 1, 1)]
    html = qd.array_html(VALUES, "values", windows=windows, alike=True)
    outlines = [r for r in parse(html).iter("rect") if r.get("x")]
    assert len(outlines) == 3
    assert len({r.get("stroke") for r in outlines}) == 1


def test_a_row_keeps_its_order_and_takes_words_for_what_they_are():
    array = qd.array_html(VALUES, "values")
    row = parse(qd.array_row(array, "× <b>", array, "= 1"))
    # A sign goes to the next line with what follows it.
    assert [[child.tag, *(part.tag for part in child)][:2] for child in row] == [
        ["div", "svg"],
        ["div", "span"],
        ["span"],
    ]
    assert [element.tag for element in row[1]] == ["span", "div"]
    assert [row[1][0].text, row[2].text] == ["× <b>", "= 1"]


@pytest.mark.parametrize("values", [np.zeros(3), np.zeros((28, 28, 1))])
def test_what_has_not_rows_and_columns_is_refused(values):
    with pytest.raises(qd.SettingError, match="rows and columns"):
        qd.array_html(values, "values")


def test_an_unknown_paint_is_refused():
    with pytest.raises(qd.SettingError, match="'signed' or 'ink'"):
        qd.array_html(VALUES, "values", paint="oil")
