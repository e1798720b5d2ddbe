"""Promises of the softmax page: its bars, its loss are what numpy makes of the logits."""

from __future__ import annotations

import re

import numpy as np
import pytest
from browsing import Explorable
from scipy.special import log_softmax, softmax

import qdtools as qd

MINUS = "\N{MINUS SIGN}"
START = [0.5, 2, 1, -1, -2]


class Doubt(Explorable):
    def __init__(self, browser, origin, fragment=""):
        super().__init__(browser, origin, "softmax", fragment)

    def press(self, label):
        self.page.get_by_role("button", name=label, exact=True).click()

    def percents(self):
        return self.page.locator(".sm-bar").all_inner_texts()

    def shares(self):
        """The bars' lengths."""
        return self.page.locator(".sm-bar").evaluate_all(
            "(bars) => bars.map((bar) => Number(bar.style.getPropertyValue('--share')))"
        )

    def logits(self):
        return [
            float(one.input_value()) for one in self.page.locator("#sm-rows [type=range]").all()
        ]

    def loss(self):
        return float(re.findall(r"[\d.]+$", self.page.locator("#sm-loss-formula").inner_text())[0])

    def right(self):
        return self.page.locator("#sm-rows [type=radio]:checked").get_attribute("value")


@pytest.fixture
def doubt(browser, origins):
    with Doubt(browser, origins["file"]) as doubt:
        yield doubt
        assert not doubt.complaints
        assert not doubt.outside


def test_the_logarithm_has_one_name_that_of_the_chapters(doubt):
    words = [doubt.tool.inner_text(), doubt.page.locator("#sm-curve").get_attribute("aria-label")]
    for text in [*words, doubt.page.locator("article").inner_text()]:
        assert f"{MINUS}ln" in text
        assert not re.search(r"\blog\b", text)
    assert f"ln 5 = {np.log(5):.2f}" in words[0]


def agrees(doubt, logits, right, temperature=1.0):
    scaled = np.array(logits) / temperature
    np.testing.assert_allclose(doubt.logits(), logits)
    np.testing.assert_allclose(doubt.shares(), softmax(scaled), atol=1e-9)
    assert doubt.loss() == pytest.approx(-log_softmax(scaled)[right], abs=0.006)
    label = doubt.page.locator("#sm-curve").get_attribute("aria-label")
    assert label.endswith(f"it is {doubt.loss():g}")


def test_bars_with_the_loss_follow_the_keyboard_on_a_slider(doubt):
    agrees(doubt, START, 1)
    slider = doubt.page.get_by_label("Logit of fish")
    for _ in range(8):
        slider.press("ArrowRight")
    agrees(doubt, [0.5, 2, 1.8, -1, -2], 1)
    assert doubt.percents()[1] == f"{round(100 * softmax([0.5, 2, 1.8, -1, -2])[1])}%"


def test_the_mouse_drags_a_slider(doubt):
    box = doubt.page.get_by_label("Logit of cup").bounding_box()
    middle = box["y"] + box["height"] / 2
    doubt.page.mouse.move(box["x"] + 0.48 * box["width"], middle)
    doubt.page.mouse.down()
    doubt.page.mouse.move(box["x"] + 0.9 * box["width"], middle, steps=4)
    doubt.page.mouse.up()
    logits = doubt.logits()
    assert logits[3] > 15
    agrees(doubt, logits, 1)
    assert doubt.percents()[3] == "> 99%"
    assert "↑" in doubt.page.locator(".sm-label").text_content()


def test_adding_to_all_logits_moves_no_bar_up_to_the_sliders_end(doubt):
    before = doubt.shares()
    doubt.press("Add 1 to all")
    agrees(doubt, [logit + 1 for logit in START], 1)
    np.testing.assert_allclose(doubt.shares(), before)
    for _ in range(2):
        doubt.press("Take 1 from all")
    agrees(doubt, [logit - 1 for logit in START], 1)
    doubt.page.get_by_label("Logit of fish").press("End")
    doubt.press("Add 1 to all")
    assert "sliders" in doubt.said()
    assert doubt.logits()[2] == 25


def test_another_right_name_changes_the_loss_alone(doubt):
    before = doubt.shares()
    doubt.page.get_by_label("cup", exact=True).check()
    assert doubt.shares() == before
    agrees(doubt, START, 3)
    doubt.page.keyboard.press("ArrowDown")
    assert doubt.right() == "jacket"
    agrees(doubt, START, 4)


def test_temperature_divides_the_logits(doubt):
    slider = doubt.page.get_by_label("Temperature T")
    for value in ("0.1", "2.5", "5"):
        slider.fill(value)
        agrees(doubt, START, 1, float(value))


def test_sureness_costs_little_when_right_much_when_wrong_doubt_between(doubt):
    losses = {}
    for label in ("Sure and right", "Sure and wrong", "Undecided"):
        doubt.press(label)
        losses[label] = doubt.loss()
        assert doubt.page.get_by_role("button", name=label).get_attribute("aria-pressed") == "true"
    assert losses["Sure and right"] < losses["Undecided"] < losses["Sure and wrong"]
    assert losses["Undecided"] == pytest.approx(np.log(5), abs=0.005)


def test_a_picture_brings_what_the_classifier_says_of_it(doubt, drawings, shipped):
    doubt.press("cup, drawing 3, noise 1.5")
    assert doubt.right() == "cup"
    noisy = qd.gaussian(drawings.only("cup").images[3:4], 1.5, seed=1)
    expected = shipped.classify(noisy)[0]
    assert drawings.categories == shipped.categories
    # Logits are given to the tenth.
    np.testing.assert_allclose(doubt.shares(), expected, atol=0.03)
    agrees(doubt, doubt.logits(), 3)


def test_what_it_comes_to_is_spoken_when_the_slider_rests(doubt):
    doubt.rest()
    spoken = doubt.page.locator("#sm-spoken")
    before = spoken.text_content()
    for _ in range(5):
        doubt.page.get_by_label("Logit of cat").press("ArrowLeft")
    assert spoken.text_content() == before
    doubt.rest()
    assert f"{doubt.loss():g}" in spoken.text_content()
