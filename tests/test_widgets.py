"""Promises of the controls and the figures."""

from __future__ import annotations

import base64
import io
import re

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from matplotlib.figure import Figure
from PIL import Image

import qdtools as qd


def _leaves(widget):
    if isinstance(widget, ipywidgets.HTML):
        return [widget.value]
    return [leaf for child in widget.children for leaf in _leaves(child)]


def test_an_explorer_draws_every_state_beforehand_in_order():
    box = qd.explorer(lambda kind, level: f"{kind} {level}", kind=["a", "b"], level=[0, 1])
    assert _leaves(box.children[-1]) == ["a 0", "a 1", "b 0", "b 1"]


def test_moving_a_control_changes_the_visible_state_by_a_link_in_the_browser():
    box = qd.explorer(lambda x: str(x), start={"x": 2}, x=[1, 2, 3])
    control, stack = box.children
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
    drop_down, slider, _ = box.children
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
        pixels = np.asarray(picture)
    assert pixels[3, 4] == 255
    assert pixels.sum() == 255


def test_figures_are_returned_once_and_not_left_open(drawings, shipped):
    images = drawings.images[:10]
    denoised, probabilities = shipped(images)
    figures = [
        qd.grid({"a": images[:4], "b": images[4:8]}, titles=list("wxyz")),
        qd.answer(images, denoised, probabilities, drawings.categories, ["cat"] * 10),
        qd.learning_curve({"loss": [2, 1], "val_loss": [2, 1.5]}, "loss"),
        qd.confusion({"one": np.eye(5, dtype=int)}, drawings.categories),
        qd.accuracy_by_level(qd.evaluate(shipped, drawings[::50], [0, 1])),
    ]
    assert all(isinstance(figure, Figure) for figure in figures)
    assert all(figure.get_figwidth() <= 8 for figure in figures)
    assert plt.get_fignums() == []


def test_the_answer_names_each_drawing_and_marks_the_wrong_ones():
    images = np.zeros((2, 28, 28, 1))
    figure = qd.answer(images, images, np.eye(2), ["cat", "cup"], ["cat", "fish"])
    labels = [ax.get_xlabel() for ax in figure.axes if ax.get_xlabel()]
    assert labels == ["cat\n100%", "cup 100%\nnot fish"]


@pytest.mark.parametrize("categories", [list(qd.DEFAULT_CATEGORIES), ["cat"]])
def test_each_category_has_one_colour(categories):
    colours = qd.category_colours(categories)
    assert list(colours) == categories
    assert len(set(colours.values())) == len(categories)
