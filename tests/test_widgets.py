"""Promises of what a chapter shows: controls, figures."""

from __future__ import annotations

import base64
import io
import json
import re
from itertools import product
from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from browsing import assert_fits
from ipywidgets.embed import dependency_state, embed_data
from ipywidgets.widgets.widget import _instances
from matplotlib.figure import Figure
from PIL import Image

import qdtools as qd
from qdtools.drawings.categories import DEFAULT_CATEGORIES
from qdtools.show.answers import answer_figure
from qdtools.show.figures import COLOURS
from qdtools.show.numbers import set_numbers, set_numbers_in

ROOT = Path(__file__).resolve().parents[1]


def _leaves(widget):
    if isinstance(widget, ipywidgets.HTML):
        return [widget.value]
    return [leaf for child in widget.children for leaf in _leaves(child)]


def test_an_explorer_draws_every_state_beforehand_in_order():
    box = qd.explorer(lambda kind, level: f"{kind} {level}", kind=["a", "b"], level=[0, 1])
    assert _leaves(box.children[-1]) == ["a 0", "a 1", "b 0", "b 1"]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("at -1.5", "at \N{MINUS SIGN}1.5"),
        ("-.5 (-1.1 to +0.3)", "\N{MINUS SIGN}.5 (\N{MINUS SIGN}1.1 to +0.3)"),
        ("query-01, 2026-11-27, a 3-1 win", "query-01, 2026-11-27, a 3-1 win"),
        ("within 3e-17, 2.5e+06", "within 3\xa0×\xa010⁻¹⁷, 2.5\xa0×\xa010⁶"),
        ("the hash 3e5f, 1e5.2 or x1e5", "the hash 3e5f, 1e5.2 or x1e5"),
        ("p < 0.001, n = 200, > 99%", "p\xa0<\xa00.001, n\xa0=\xa0200, >\xa099%"),
        ("Then:\n> 3 things", "Then:\n> 3 things"),
        ("9.9 dB of 26 kB in 3 s", "9.9\xa0dB of 26\xa0kB in 3\xa0s"),
        ("in 15 minutes", "in 15\xa0minutes"),
        ("5 sheets, 3 msg, 20 minutely", "5 sheets, 3 msg, 20 minutely"),
        ("28 × 28 × 1", "28\xa0×\xa028\xa0×\xa01"),
        ("| --- | -3 |", "| --- | \N{MINUS SIGN}3 |"),
    ],
)
def test_numbers_in_words_get_a_true_minus_and_keep_their_unit(words, meant):
    assert set_numbers(words) == set_numbers_in(words) == meant
    assert qd.say(words).data == meant


@pytest.mark.parametrize(
    "markup",
    [
        "`x[-1]`",
        "$-1$",
        "$$\n-1 dB\n$$",
        "[a](page.md#a=-1)",
        '<a style="margin:-1px" title="-1">a</a>',
        "<pre>f( -1)</pre>",
        "```\nf( -1)\n```",
        "<style>a { top: -1px }</style>",
    ],
)
def test_code_formulas_addresses_and_tags_stay_as_they_are(markup):
    assert set_numbers_in(f"{markup} -1") == f"{markup} \N{MINUS SIGN}1"


def test_a_control_shows_large_numbers_as_the_text_does():
    box = qd.explorer(lambda step: f"<p>{step}</p>", step=[0.5, 4124, 1_000_000])
    assert [label for label, _ in box.children[1].options] == ["0.5", "4,124", "1,000,000"]


@pytest.mark.parametrize(
    ("pictures", "columns"), [(3, 3), (5, 5), (7, 4), (8, 4), (10, 5), (16, 4)]
)
def test_pictures_of_a_panel_lie_in_lines_as_even_as_can_be(pictures, columns):
    html = qd.panel_html({"worker 0": np.zeros((pictures, 28, 28, 1))})
    assert f"--columns:{columns};" in html


def test_figures_and_controls_show_a_true_minus():
    box = qd.explorer(lambda bias: f"<p>bias {bias}</p>", bias=[-1.5, 0])
    assert [label for label, _ in box.children[1].options] == ["\N{MINUS SIGN}1.5", "0"]
    assert _leaves(box.children[-1]) == ["<p>bias \N{MINUS SIGN}1.5</p>", "<p>bias 0</p>"]
    figure, ax = plt.subplots()
    ax.text(0, 0, "-3.2 dB")
    shown = qd.figure(figure, "1.1", "At -2.", alt="A text.").data
    assert "\N{MINUS SIGN}3.2\xa0dB" in shown
    assert "At \N{MINUS SIGN}2." in shown


def test_what_is_nearly_certain_is_not_called_certain():
    # As tests/js/words.test.js has it of the page.
    shares = {0: "0%", 0.004: "0%", 0.5: "50%", 0.994: "99%", 0.995: "> 99%", 1: "100%"}
    assert {share: qd.percent(share) for share in shares} == shares
    assert qd.percent(np.float32(0.995)) == "> 99%"
    assert [qd.percent(share, 1) for share in (0.9994, 0.9996, 1)] == ["99.9%", "> 99.9%", "100.0%"]


def test_a_share_is_worded_by_the_tenth_that_is_nearest():
    words = {
        0: "no drawing",
        0.003: "about one drawing in 333",
        0.17: "about one drawing in 6",
        0.26: "about three drawings in ten",
        0.5: "about half of all drawings",
        0.603: "about three drawings in five",
        0.721: "about seven drawings in ten",
        0.809: "about four drawings in five",
        0.9: "about nine drawings in ten",
        0.98: "nearly all drawings",
        1: "all drawings",
    }
    assert {share: qd.rough_share(share) for share in words} == words


def test_every_share_of_a_thousand_has_words():
    worded = {qd.rough_share(right / 1000) for right in range(250, 1001)}
    assert len(worded) == 10


def test_three_axes_hold_every_combination_and_a_state_costs_little_beyond_its_picture():
    axes = {"drawing": ["cat", "cup"], "kind": ["a", "b", "c"], "level": [0, 0.5, 1, 2]}
    box = qd.explorer(lambda **chosen: " ".join(map(str, chosen.values())), **axes)
    states = _leaves(box.children[-1])
    assert states == [" ".join(map(str, chosen)) for chosen in product(*axes.values())]
    embedded = embed_data([box], state=dependency_state([box]))
    models = embedded["manager_state"]["state"].values()
    # Two thirds of a page's state would be looks of their own, all alike.
    assert len(json.dumps([model for model in models if "HTML" in model["model_name"]])) < (
        700 * len(states)
    )
    assert sum(model["model_name"] == "LayoutModel" for model in models) < len(states)


def test_moving_a_control_changes_the_visible_state_by_a_link_in_the_browser():
    box = qd.explorer(lambda x: str(x), start={"x": 2}, x=[1, 2, 3])
    _, control, stack = box.children
    assert isinstance(control, ipywidgets.SelectionSlider)
    assert control.index == stack.selected_index == 1
    (link,) = [
        widget
        for widget in _instances.values()
        if isinstance(widget, ipywidgets.widgets.widget_link.Link)
        and widget.source == (control, "index")
    ]
    assert link.target == (stack, "selected_index")


def test_numbers_get_a_slider_and_words_a_list_each_labelled_by_its_name():
    box = qd.explorer(lambda noise_level, kind: "", kind=["salt_and_pepper"], noise_level=[0, 0.5])
    _, drop_down, slider, _ = box.children
    assert isinstance(drop_down, ipywidgets.Dropdown)
    assert drop_down.options[0][0] == "salt and pepper"
    assert slider.description == "noise level"


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float32, np.float64])
def test_numbers_of_numpy_get_a_slider_too_truths_and_words_of_it_a_list(kind):
    def control(values):
        return qd.explorer(lambda one: "", one=values).children[1]

    slider = control(np.arange(1, 5).astype(kind))
    assert isinstance(slider, ipywidgets.SelectionSlider)
    assert [word for word, _ in slider.options] == ["1", "2", "3", "4"]
    for words in (np.array([False, True]), [False, True], np.array(["cat", "fish"])):
        assert isinstance(control(words), ipywidgets.Dropdown)
        assert [word for word, _ in control(words).options] == [str(word) for word in words]


def test_a_panel_carries_its_pixels_and_says_in_words_what_they_show():
    image = np.zeros((1, 28, 28, 1))
    image[0, 3, 4] = 1
    html = qd.panel_html({"noisy <b>": image}, {"noisy <b>": ["cat & fish"]})
    assert 'alt="noisy &lt;b&gt;: cat &amp; fish"' in html
    assert "<figcaption" in html
    data = re.search(r"base64,([^\"]+)", html).group(1)
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert pixels[3, 4] == 255
    assert pixels.sum() == 255


def test_a_level_slider_carries_every_state_and_lets_no_words_become_markup():
    images = np.zeros((2, 28, 28, 1))
    images[1] = 1
    words = ["cat, 9%", "</script>"]
    html = qd.level_slider([0, 0.5], {"noisy": images}, {"noisy": words}, 0.5, "MORE @START@").data
    data = re.search(r"base64,([^\"]+)", html).group(1)
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (28, 56)
    assert pixels[:, :28].max() == 0
    assert pixels[:, 28:].min() == 255
    assert html.count("</script>") == 1
    assert 'max="1" value="1"' in html
    assert "MORE @START@" in html


def test_figures_are_returned_once_and_not_left_open(drawings, shipped):
    images = drawings.images[:10]
    denoised, probabilities = shipped(images)
    figures = [
        answer_figure(images, denoised, probabilities, drawings.categories, ("a", "b")),
        qd.confusion({"one": np.eye(5, dtype=int)}, drawings.categories),
        qd.accuracy_by_level(qd.evaluate(shipped, drawings[::50], [0, 1])),
    ]
    assert all(isinstance(figure, Figure) for figure in figures)
    assert all(figure.get_figwidth() <= 8 for figure in figures)
    assert plt.get_fignums() == []


def test_every_accuracy_is_drawn_with_its_interval():
    shares = {
        "one": [qd.Share(9, 10), qd.Share(5, 10)],
        "other": [qd.Share(4.5, 9), qd.Share(0, 9)],
    }
    figure = qd.accuracy_curves(shares, [0, 1], "level")
    lines = figure.axes[0].containers
    assert [line.get_label() for line in lines] == list(shares)
    for line, own in zip(lines, shares.values(), strict=True):
        points, _, (bars,) = line
        assert points.get_ydata() == pytest.approx([100 * share.value for share in own])
        ends = [[y for _, y in segment] for segment in bars.get_segments()]
        assert np.array(ends) == pytest.approx(
            np.array([(100 * share.low, 100 * share.high) for share in own])
        )


def test_the_answer_names_each_drawing_and_marks_the_wrong_ones():
    images = np.zeros((2, 28, 28, 1))
    probabilities = np.array([[0.996, 0.004], [0, 1]])
    html = qd.answer_grid(images, images, probabilities, ["cat", "cup"], ["cat", "fish"]).data
    titles = re.findall(r'class="(qd-title[^"]*)"[^>]*>(.*?)</div>', html)
    assert titles[0] == ("qd-title", "cat &gt; 99%")
    assert titles[1][0] == "qd-title qd-wrong"
    assert re.sub("<[^>]+>", " ", titles[1][1]).split() == ["✗", "cup", "100%", "not", "fish"]


@pytest.mark.parametrize("categories", [list(DEFAULT_CATEGORIES), ["cat"]])
def test_each_category_has_one_colour(categories):
    colours = qd.category_colours(categories)
    assert list(colours) == categories
    assert len(set(colours.values())) == len(categories)


def test_said_markdown_loses_its_indentation_but_not_that_of_a_table_put_in():
    table = "| a | b |\n| --- | --- |\n| 1 | 2 |"
    said = qd.say(f"""
        Of {2 + 3} drawings:

        {table}
          - deeper
    """)
    assert said.data == f"Of 5 drawings:\n\n{table}\n  - deeper"


def plot(width=6.2, panels=1):
    figure, axes = plt.subplots(1, panels, figsize=(width, 3), squeeze=False)
    for ax in axes[0]:
        ax.plot([0, 1], [0, 1], label="line")
        ax.fill_between([0, 1], [0, 1], color="black", alpha=0.3)
        ax.set(title="title", xlabel="x", ylabel="$x^2$")
        ax.legend()
    return figure


def svgs(html):
    return re.findall(r"<svg.*?</svg>", html, re.DOTALL)


def test_a_figure_holds_no_black_no_white_card_no_font_of_its_own():
    html = qd.figure(plot(), "3.2", "A plot.", alt="a rising line").data
    for svg in svgs(html):
        assert not re.search(r"#000|#fff|black|white|DejaVu|font-family", svg)
        assert "currentColor" in svg
        # What names no colour at all takes the page's, by the style.
        assert svg.count("<text") > 5
    assert re.search(r"\.qd-svg \{[^}]*fill: currentColor", html)


def test_a_figure_says_its_number_its_caption_and_what_it_shows():
    html = qd.figure(plot(), "3.2", "Loss < 1 & falling.", alt='a "line"').data
    assert 'id="figure-3-2"' in html
    caption = re.search(r"<figcaption[^>]*>(.*?)</figcaption>", html)[1]
    assert re.sub("<[^>]+>", "", caption) == "Figure 3.2 · Loss &lt;\xa01 &amp; falling."
    assert len(svgs(html)) == 2
    for svg in svgs(html):
        assert 'role="img"' in svg
        assert 'aria-label="a &quot;line&quot;"' in svg


def test_ids_of_figures_are_unlike_and_the_same_in_each_build():
    once, again = (qd.figure(plot(), "3.2", "A plot.", alt="x").data for _ in range(2))
    other = qd.figure(plot(), "3.3", "A plot.", alt="x").data
    ids = re.findall(r'id="([^"]+)"', once) + re.findall(r'id="([^"]+)"', other)
    assert once == again
    assert len(ids) > 10
    assert len(set(ids)) == len(ids)
    pointed = re.findall(r'(?:href="|url\()#([^")]+)', once)
    assert pointed
    assert set(pointed) < set(ids)


def test_figures_as_states_share_no_ids_and_leave_their_style_to_the_one_around_them():
    states = [qd.figure_html(plot(4), f"state {number}") for number in range(2)]
    ids = [found for state in states for found in re.findall(r'id="([^"]+)"', state)]
    assert ids
    assert len(set(ids)) == len(ids)
    assert 'aria-label="state 1"' in states[1]
    assert "<style" not in "".join(states)
    shown = qd.figure(
        qd.explorer(lambda number: states[number], number=[0, 1]), "3.2", "A plot.", alt="a line"
    )
    assert ".qd-svg" in shown.children[1].value
    assert not plt.get_fignums()


def test_a_wide_figure_is_laid_out_once_more_for_a_phone_panels_below_each_other():
    figure = plot(7, panels=3)
    size = tuple(figure.get_size_inches())
    wide, narrow = svgs(qd.figure(figure, "1.1", "Three.", alt="x").data)
    boxes = [
        list(map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()))
        for svg in (wide, narrow)
    ]
    assert boxes[0][0] > boxes[0][1]
    assert boxes[1][0] < boxes[1][1] / 1.5
    assert boxes[1][0] * 96 / 72 <= 390 - 2 * 16
    assert tuple(figure.get_size_inches()) == size
    assert len(svgs(qd.figure(plot(3.7), "1.2", "One.", alt="x").data)) == 1


def test_a_figure_keeps_the_pixels_of_a_picture():
    figure, ax = plt.subplots(figsize=(3, 3))
    image = np.zeros((28, 28))
    image[3, 4] = 1
    ax.imshow(image, cmap="gray", vmin=0, vmax=1)
    html = qd.figure(figure, "1.1", "A drawing.", alt="a dot").data
    data = re.search(r"base64,\s*([^\"]+)", html).group(1)
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert pixels.shape == (28, 28)
    assert pixels.sum() == 255
    assert "image-rendering: pixelated" in html


def test_a_figure_is_shown_once_though_plots_are_shown_when_a_cell_ends():
    qd.figure(plot(), "1.1", "A plot.", alt="x")
    assert plt.get_fignums() == []


def test_markup_with_controls_gets_a_number_too_and_nothing_is_shown_without_words():
    images = np.zeros((2, 28, 28, 1))
    html = qd.figure(qd.panel_html({"clean": images}), "1.1", "Two.", alt="two drawings").data
    assert 'role="group" aria-label="two drawings"' in html
    assert "qd-grid" in qd.figure(qd.grid({"a": images}), "1.2", "Two.", alt="two drawings").data
    box = qd.figure(qd.explorer(lambda x: str(x), x=[1, 2]), "1.3", "Two.", alt="a number")
    assert isinstance(box, ipywidgets.VBox)
    below = box.children[-1].value
    assert "Figure 1.3" in below
    assert "a number" in below
    with pytest.raises(qd.SettingError, match="alt"):
        qd.figure(plot(), "1.4", "A plot.", alt=" ")
    with pytest.raises(qd.SettingError, match="int"):
        qd.figure(3, "1.5", "Three.", alt="x")
    plt.close("all")


def test_a_grid_names_rows_and_columns_and_refuses_what_does_not_fit():
    images = np.zeros((7, 28, 28, 1))
    html = qd.grid({"noisy <b>": images}, ["one\ntwo", *"bcdefg"]).data
    assert "one<br>two" in html
    assert 'alt="noisy &lt;b&gt;: one, two"' in html
    assert [int(n) for n in re.findall(r'"qd-band" style="--columns:(\d)', html)] == [4, 3]
    with pytest.raises(qd.SettingError, match="'b' has 2 columns, the first row 7"):
        qd.grid({"a": images, "b": images[:2]})
    with pytest.raises(qd.SettingError, match="'titles' has 1 columns"):
        qd.grid({"a": images}, ["x"])


SIZES = """() => [...document.querySelectorAll('.qd-cell img')].map((image) => {
  const { x, y, width, height } = image.getBoundingClientRect();
  return [x, y, width, height];
})"""


@pytest.mark.parametrize(("width", "beside"), [(390, 5), (800, 10)])
def test_ten_drawings_in_rows_can_be_told_apart_on_a_phone(browser, drawings, width, beside):
    page = browser.new_page(viewport={"width": width, "height": 800})
    images = drawings.images[:10]
    titles = ["pineapple\nnot jacket"] * 10
    markup = qd.grid({"noisy": images, "augmented": images}, titles, [True] * 10).data
    page.set_content(f'<body style="margin:0 16px">{markup}</body>')
    boxes = page.evaluate(SIZES)
    rows = {}
    for x, y, wide, high in boxes:
        rows.setdefault(y, []).append(x)
        assert wide == pytest.approx(high, abs=1)
        assert wide >= 50
        assert x + wide <= width
    assert {len(row) for row in rows.values()} == {beside}
    names = page.locator(".qd-row").all()
    assert sum(name.is_visible() for name in names) == 2 * 10 // beside
    # Not a letter of a row's name is cut off.
    assert all(name.evaluate("(name) => name.scrollWidth <= name.clientWidth") for name in names)
    page.close()


def test_what_is_to_be_compared_shrinks_beside_each_other_where_a_page_is_narrow(browser):
    array = qd.array_html(np.eye(50), "fifty", cell=6)
    tops = {}
    for wraps in (True, False):
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.set_content(f"<body>{qd.array_row(array, array, wraps=wraps)}</body>")
        boxes = [picture.bounding_box() for picture in page.locator("svg").all()]
        tops[wraps] = {round(box["y"]) for box in boxes}
        assert_fits(page)
        page.close()
    assert [len(tops[wraps]) for wraps in (True, False)] == [2, 1]


@pytest.mark.parametrize("background", ["#ffffff", "#121212"])
def test_a_plot_is_legible_by_day_and_by_night_wide_and_on_a_phone(browser, background):
    ink = "#222832" if background == "#ffffff" else "#ced6dd"
    markup = qd.figure(plot(7, panels=3), "1.1", "Three panels.", alt="x").data
    for width in (390, 1000):
        page = browser.new_page(viewport={"width": width, "height": 900})
        style = f"margin:0 16px;background:{background};color:{ink};font-family:sans-serif"
        page.set_content(f'<body style="{style}">{markup}</body>')
        texts = page.evaluate(
            """() => [...document.querySelectorAll('.qd-svg text')]
              .filter((text) => text.checkVisibility() && text.textContent.trim())
              .map((text) => [getComputedStyle(text).fill, text.getBoundingClientRect().height,
                              text.getBoundingClientRect().right])"""
        )
        assert len(texts) > 15
        for fill, height, right in texts:
            assert (
                "#{:02x}{:02x}{:02x}".format(*tuple(map(int, re.findall(r"\d+", fill)[:3]))) == ink
            )
            assert height >= 11
            assert right <= width
        assert_fits(page)
        page.close()


def busy():
    """Figures of what charts are made of: many lines, bars that shine through, marks, areas, a formula."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(4, 3))
    for place in range(40):
        left.plot([0, 1 + place / 40], [place, place], color=COLOURS[place % 7 == 0])
    left.axvline(0.5, color="black", linestyle=":")
    right.bar(range(30), range(30), width=1.2, alpha=0.4)
    right.errorbar([4, 9], [20, 25], yerr=3, fmt="o")
    right.fill_between([0, 20], [5, 6], color="red", alpha=0.2)
    right.set_title("$x^2$ and y")
    pixels, ax = plt.subplots(figsize=(3, 3))
    ax.imshow(np.eye(5))
    ax.annotate("here", (1, 1), (3, 0), color="white", arrowprops={"arrowstyle": "->"})
    return [figure, pixels]


def test_what_is_said_once_of_many_lines_is_light_and_looks_as_it_did(browser, monkeypatch):
    drawn, looks = [], []
    for lightens in (True, False):
        if not lightens:
            for name in ("_say_once", "_lighten"):
                monkeypatch.setattr(f"qdtools.show.svg.{name}", lambda _root: None)
        drawn.append("".join(qd.figure_html(figure, "x") for figure in busy()))
        page = browser.new_page()
        page.set_content(f"<style>.qd-svg {{ fill: currentColor }}</style><body>{drawn[-1]}</body>")
        # The ids count on from figure to figure, nothing else may differ.
        looks.append(page.screenshot(full_page=True))
        page.close()
    assert looks[0] == looks[1]
    assert len(drawn[0]) < 0.6 * len(drawn[1])


# Of each text and of each line: its colour as it is painted, with how opaque it is.
PAINTED = """() => {
  const of = (element, key) => {
    const style = getComputedStyle(element);
    return [key, style[key], Number(style[key + 'Opacity']) * Number(style.opacity)];
  };
  const texts = [...document.querySelectorAll('.qd-svg text')].map((text) => of(text, 'fill'));
  const lines = [...document.querySelectorAll('.qd-svg :is(path, use)')]
    .filter((line) => !line.closest('clipPath') && getComputedStyle(line).stroke !== 'none')
    .map((line) => of(line, 'stroke'));
  return [...texts, ...lines];
}"""


def _channels(colour):
    """A colour as Chromium says it, by whole numbers or by parts of 1, in [0, 1]."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", colour.partition("(")[2])][:3]
    return np.array(numbers) / (1 if colour.startswith("color(") else 255)


def _luminance(colour):
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def coloured():
    """Figures with text and lines in each colour of the book."""
    figure, ax = plt.subplots(figsize=(4, 3))
    for place, colour in enumerate([*COLOURS, "0.5"]):
        ax.plot([0, 1], [place, place], color=colour, linewidth=1)
        ax.text(0, place, "name", color=colour)
        ax.text(1, place, "$x^2$", color=colour)
        ax.annotate("", (1, 1), (0, place), arrowprops={"arrowstyle": "->", "color": colour})
    intervals = qd.interval_lines([qd.Share(9, 10), qd.Share(2, 10)], 0.9)
    dots = qd.remedy_dots({"accuracy": {str(k): [0.5, 0.6] for k in range(6)}}, "0")
    return [figure, intervals, dots]


@pytest.mark.parametrize(
    ("background", "ink"),
    # Pages by day, by night, a solution by night, JupyterLab.
    [
        ("#ffffff", "#222832"),
        ("#121212", "#ced6dd"),
        ("#222832", "#ced6dd"),
        ("#ffffff", "#000000"),
    ],
)
def test_coloured_text_and_thin_lines_stand_out_by_day_and_by_night(browser, background, ink):
    page = browser.new_page()
    drawn = "".join(qd.figure_html(figure, "x") for figure in coloured())
    look = f".qd-svg {{ fill: currentColor }} body {{ background: {background}; color: {ink} }}"
    page.set_content(f"<style>{look}</style><body>{drawn}</body>")
    painted = page.evaluate(PAINTED)
    page.close()
    behind = _channels(f"({','.join(str(int(background[i : i + 2], 16)) for i in (1, 3, 5))})")
    kinds = {kind: 0 for kind, _, _ in painted}
    for kind, colour, opaque in painted:
        kinds[kind] += 1
        seen = opaque * _channels(colour) + (1 - opaque) * behind
        low, high = sorted(map(_luminance, (seen, behind)))
        assert (high + 0.05) / (low + 0.05) >= {"fill": 4.5, "stroke": 3}[kind], (kind, colour)
    assert kinds["fill"] > 20
    assert kinds["stroke"] > 30


def test_each_look_of_an_output_is_part_of_the_pages_own_style_and_leaves_the_page(built_site):
    parts = sorted(path.name for path in (ROOT / "qdtools/show").glob("*.css"))
    style = (ROOT / "web/book/book.css").read_text(encoding="utf-8")
    assert sorted(re.findall(r'@import "../../qdtools/show/(.+)"', style)) == parts
    pages = list(built_site.glob("book/*.html"))
    assert any("qd-figure" in page.read_text(encoding="utf-8") for page in pages)
    assert not [page.name for page in pages if "qd-style" in page.read_text(encoding="utf-8")]


def test_sentences_said_in_outputs_have_links_and_formulas_in_the_page(built_site):
    said = 0
    for path in built_site.glob("book/*.html"):
        text = path.read_text(encoding="utf-8")
        outputs = re.findall(
            r'<div class="cell_output docutils container">\n<p>.*?</div>', text, re.S
        )
        said += len(outputs)
        assert not [one for one in outputs if re.search(r'href="[^"]*\.(?:md|ipynb)\b|\$\w', one)]
    assert said


def test_accuracies_fill_their_axes_instead_of_starting_at_nothing():
    figure = qd.accuracy_curves({"one": [qd.Share(90, 100), qd.Share(98, 100)]}, [0, 1], "level")
    low, high = figure.axes[0].get_ylim()
    assert 75 < low < 83
    assert 98 < high <= 101


def test_a_network_draws_itself_with_skips_and_residual_blocks():
    html = qd.draw_network(qd.load_network("denoiser")).data
    label = re.search(r'aria-label="Network: ([^"]+)"', html)[1].split("; ")
    assert len(label) == 8
    assert label[0] == "1 input, 28×28×1"
    assert label[2] == "3 residual 2 conv 3 × 3 × 2, 14×14×48"
    assert label[5].endswith("14×14×48, with the output of block 3")
    assert len(svgs(html)) == 2
    wide, narrow = svgs(html)
    for svg in (wide, narrow):
        assert svg.count("<rect") == 8
        assert svg.count('class="qd-skip"') == 1
    n_parameters = sum(
        int(n.replace(",", "")) for n in re.findall(r'qd-count" [^>]*>([\d,]+)<', wide)
    )
    assert n_parameters == qd.load_network("denoiser").count_params()


def test_a_network_is_drawn_from_a_list_of_blocks_and_what_is_none_is_refused():
    blocks = [
        ("input", (28, 28, 1), "input"),
        ("conv 3 × 3\nReLU", (28, 28, 8), "conv"),
        ("pool", (14, 14, 8), "pool"),
        ("grow", (28, 28, 8), "up", [1]),
    ]
    html = qd.draw_network(blocks).data
    assert "4 grow, 28×28×8, with the output of block 2" in html
    with pytest.raises(qd.SettingError, match="cannot be drawn"):
        qd.draw_network(3)
    with pytest.raises(qd.SettingError, match="no kind of block 'magic'"):
        qd.draw_network([("x", (1,), "magic")])
    with pytest.raises(qd.SettingError, match="must come before"):
        qd.draw_network([("x", (5,), "dense", [0])])
