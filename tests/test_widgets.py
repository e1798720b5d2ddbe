"""Promises of what a chapter shows: controls, figures."""

from __future__ import annotations

import base64
import io
import json
import re
from itertools import product

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets.embed import dependency_state, embed_data
from ipywidgets.widgets.widget import _instances
from matplotlib.figure import Figure
from PIL import Image

import qdtools as qd
from qdtools.drawings.categories import DEFAULT_CATEGORIES
from qdtools.show.figures import answer_figure


def _leaves(widget):
    if isinstance(widget, ipywidgets.HTML):
        return [widget.value]
    return [leaf for child in widget.children for leaf in _leaves(child)]


def test_an_explorer_draws_every_state_beforehand_in_order():
    box = qd.explorer(lambda kind, level: f"{kind} {level}", kind=["a", "b"], level=[0, 1])
    assert _leaves(box.children[-1]) == ["a 0", "a 1", "b 0", "b 1"]


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
        qd.learning_curve({"loss": [2, 1], "val_loss": [2, 1.5]}, "loss"),
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
    html = qd.answer(images, images, np.eye(2), ["cat", "cup"], ["cat", "fish"]).data
    titles = re.findall(r'class="(qd-title[^"]*)"[^>]*>(.*?)</div>', html)
    assert titles[0] == ("qd-title", "cat 100%")
    assert titles[1][0] == "qd-title qd-wrong"
    assert re.sub("<[^>]+>", " ", titles[1][1]).split() == ["✗", "cup", "100%", "not", "fish"]


@pytest.mark.parametrize("categories", [list(DEFAULT_CATEGORIES), ["cat"]])
def test_each_category_has_one_colour(categories):
    colours = qd.category_colours(categories)
    assert list(colours) == categories
    assert len(set(colours.values())) == len(categories)


def test_marks_are_unset_at_first_and_counted_as_they_are_given(drawings):
    board = qd.marking(drawings.images[:3], ["<one>", "two", "three"], ["bad", "good"])
    _, *lines, tally = board.children
    marks = [line.children[1].children[1] for line in lines]
    assert [mark.value for mark in marks] == [None] * 3
    assert "&lt;one&gt;" in lines[0].children[1].children[0].value
    marks[0].value = marks[2].value = "bad"
    assert tally.value == "bad: 2, good: 0"
