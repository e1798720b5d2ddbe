"""Promises of "Slide a filter": the window, its nine products, the map are what numpy makes of them."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from browsing import PHONE, Explorable
from doodles import DOODLES
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

NAME = "slide-a-filter"
#: How many places of the map are painted.
KNOWN = """[...document.getElementById('sf-map').getContext('2d').getImageData(0, 0, 26, 26).data]
  .filter((value, i) => i % 4 === 3 && value > 0).length"""
UPRIGHT = np.array([[-1, 2, -1]] * 3)


def plain(text):
    """Write a true minus as Python reads it."""
    return text.replace("\N{MINUS SIGN}", "-")


def signed(picture):
    """Read a map's colours as numbers from -1 to 1."""
    red, _, blue, alpha = np.moveaxis(picture, 2, 0)
    return np.where(alpha > 0, np.where(blue > 0, blue / 233, -red / 230), np.nan)


class Sliding(Explorable):
    def __init__(self, browser, origin, fragment=""):
        super().__init__(browser, origin, NAME, fragment)

    def press(self, label):
        self.page.get_by_role("button", name=label, exact=True).click()

    def picture(self, name):
        """What a canvas shows: red, green, blue, alpha of each pixel."""
        address = self.page.evaluate(f"document.getElementById('sf-{name}').toDataURL()")
        file = io.BytesIO(base64.b64decode(address.partition(",")[2]))
        return np.asarray(Image.open(file).convert("RGBA")).astype(int)

    def drawing(self):
        return self.picture("input")[..., 0] / 255

    def map(self):
        """The map as it is painted, blue for positive, orange for negative; nan where it is empty."""
        return signed(self.picture("map"))

    def known(self):
        return int((self.picture("map")[..., 3] > 0).sum())

    def total(self):
        (number,) = re.findall(r"[-\d.]+$", plain(self.text("total")))
        return float(number)

    def text(self, name):
        return self.page.locator(f"#sf-{name}").inner_text()

    def settle(self):
        """Wait until what was changed is painted."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def place(self):
        return self.fragment().partition("at=")[2].partition("&")[0]


@pytest.fixture
def sliding(browser, origins):
    with Sliding(browser, origins["file"]) as sliding:
        yield sliding
        assert not sliding.complaints
        assert not sliding.outside


def sums(image, weights):
    return (sliding_window_view(image, (3, 3)) * weights).sum((2, 3))


def test_products_their_sum_with_the_map_are_those_of_the_picked_cat(sliding, drawings):
    image = drawings.only("cat").images[3][..., 0]
    expected = sums(image, UPRIGHT)
    cells = sliding.page.locator("#sf-products .sf-product").all_inner_texts()
    products = (image[11:14, 17:20] * UPRIGHT).ravel()
    np.testing.assert_allclose([float(plain(cell)) for cell in cells], products, atol=0.006)
    assert sliding.total() == pytest.approx(expected[11, 17], abs=0.006)
    known = 11 * 26 + 17 + 1
    assert sliding.known() == known
    shown = sliding.map()
    assert np.isnan(shown).sum() == 26 * 26 - known
    scaled = expected / abs(expected).max()
    np.testing.assert_allclose(shown.ravel()[:known], scaled.ravel()[:known], atol=0.006)
    sliding.press("Whole map")
    sliding.settle()
    np.testing.assert_allclose(sliding.map(), scaled, atol=0.006)


def test_a_drawing_of_ones_own_goes_through_the_identity_unchanged(sliding):
    sliding.press("Clear")
    surface = sliding.page.locator("#sf-surface")
    box = surface.bounding_box()
    for points in DOODLES["fish"][0]:
        places = [
            (box["x"] + x / 255 * box["width"], box["y"] + y / 255 * box["height"])
            for x, y in points
        ]
        sliding.page.mouse.move(*places[0])
        sliding.page.mouse.down()
        for place in places[1:]:
            sliding.page.mouse.move(*place)
        sliding.page.mouse.up()
    sliding.page.locator("#sf-padding").select_option("same")
    sliding.press("Identity")
    sliding.press("Whole map")
    sliding.settle()
    drawing = sliding.drawing()[1:-1, 1:-1]
    assert drawing.max() == 1
    np.testing.assert_allclose(sliding.map(), drawing, atol=0.006)
    assert "strokes=" in sliding.fragment()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", ["none", "same"])
def test_the_formula_gives_the_size_of_the_map_that_is_painted(browser, origins, stride, padding):
    fragment = f"#stride={stride}&padding={padding}&pool=on&map=whole"
    with Sliding(browser, origins["file"], fragment) as sliding:
        formula = plain(sliding.text("size").splitlines()[-1])
        top, by, size = re.fullmatch(r"= ⌊\((.+)\) / (\d)⌋ \+ 1 = (\d+)", formula).groups()
        terms = [int(term.replace(" ", "")) for term in re.findall(r"[+-]? ?\d+", top)]
        assert [int(by), int(size)] == [stride, sum(terms) // stride + 1]
        assert sliding.picture("map").shape[:2] == (int(size), int(size))
        assert sliding.picture("pooled").shape[:2] == (int(size) // 2, int(size) // 2)
        assert sliding.text("pooled-size").endswith(f"⌊{size} / 2⌋ = {int(size) // 2}")


def test_relu_takes_what_is_negative_pooling_the_largest_of_four(sliding, drawings):
    image = drawings.only("cat").images[3][..., 0]
    positive = np.maximum(sums(image, UPRIGHT), 0)
    assert not sliding.page.locator("#sf-pooled").is_visible()
    for label in ("ReLU", "2 × 2 max pooling"):
        sliding.page.get_by_label(label).check()
    sliding.press("Whole map")
    sliding.settle()
    np.testing.assert_allclose(sliding.map(), positive / positive.max(), atol=0.006)
    pooled = positive.reshape(13, 2, 13, 2).max((1, 3)) / positive.max()
    np.testing.assert_allclose(signed(sliding.picture("pooled")), pooled, atol=0.006)
    sliding.page.locator("#sf-input").press("ArrowLeft")
    sliding.settle()
    assert sliding.total() < 0
    assert "= 0" in sliding.text("after")


def test_keys_mouse_and_finger_move_the_window(browser, origins):
    with Sliding(browser, origins["file"]) as sliding:
        page = sliding.page
        page.locator("#sf-input").focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowLeft"):
            page.keyboard.press(key)
        assert sliding.place() == "12,16"
        page.keyboard.press("Home")
        page.keyboard.press("PageDown")
        assert sliding.place() == "25,0"
        known = sliding.known()
        for name, side in (("input", 28), ("map", 26)):
            box = page.locator(f"#sf-{name}").bounding_box()
            at = lambda row, column, box=box, side=side: (  # noqa: E731
                box["x"] + (column + 0.5) / side * box["width"],
                box["y"] + (row + 0.5) / side * box["height"],
            )
            shift = 1 if name == "input" else 0
            page.mouse.move(*at(4 + shift, 4 + shift))
            assert sliding.place() != "4,4"
            page.mouse.down()
            assert sliding.place() == "4,4"
            page.mouse.move(*at(20 + shift, 21 + shift))
            page.mouse.up()
            assert sliding.place() == "20,21"
            page.mouse.move(*at(9, 9))
            assert sliding.place() == "20,21"
        assert sliding.known() > known
        assert not sliding.complaints
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{origins['file']}/book/{NAME}.html")
    page.wait_for_selector(".explorable[data-state=ready]")
    canvas = page.locator("#sf-input")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.touchscreen.tap(box["x"] + 0.5 * box["width"], box["y"] + 0.25 * box["height"])
    page.wait_for_function("location.hash.includes('at=6,1')")
    for name in ("input", "map", "surface"):
        action = page.locator(f"#sf-{name}").evaluate("(one) => getComputedStyle(one).touchAction")
        assert action == "none", name
    context.close()


def test_play_fills_the_map_to_its_end_a_pause_holds_it(browser, origins):
    with Sliding(browser, origins["file"], "#stride=2&at=11,0") as sliding:
        before = sliding.known()
        sliding.press("Play")
        for _ in range(100):  # a busy machine plays late
            if sliding.known() > before:
                break
            sliding.page.wait_for_timeout(200)
        sliding.press("Pause")
        place, known = sliding.place(), sliding.known()
        assert known > before
        assert sliding.place() == place
        sliding.press("Play")
        sliding.page.get_by_role("button", name="Play", exact=True).wait_for(timeout=20_000)
        assert sliding.place() == "12,12"
        assert sliding.known() == 13 * 13
        sliding.press("Empty map")
        sliding.settle()
        assert sliding.known() == 1
        assert not sliding.complaints


def test_keys_pressed_faster_than_the_page_is_painted_all_count(sliding):
    weight = sliding.page.get_by_label("Weight in row 2, column 3")
    weight.fill("1.5")
    shown = weight.evaluate(
        """(field) => {
          for (const key of ['ArrowUp', 'ArrowUp', 'ArrowDown', 'ArrowUp']) {
            field.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
          }
          return field.value;
        }"""
    )
    assert shown == "1.7"
    assert "filter=-1,2,-1,-1,2,1.7,-1,2,-1" in sliding.fragment()


def test_a_weight_is_typed_stepped_by_keys_or_dragged(sliding):
    page = sliding.page
    weight = page.get_by_label("Weight in row 2, column 3")
    weight.fill("1.5")
    assert "filter=-1,2,-1,-1,2,1.5,-1,2,-1" in sliding.fragment()
    weight.press("ArrowUp")
    assert weight.input_value() == "1.6"
    box = weight.bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 20, steps=5)
    page.mouse.up()
    assert weight.input_value() == "2.1"
    for text in ("12", ""):
        weight.fill(text)
        weight.blur()
        assert weight.input_value() == "2.1"
    assert page.locator("#sf-presets [aria-pressed=true]").count() == 0
    sliding.press("Blur")
    sliding.settle()
    assert weight.input_value() == "0.11"
    assert "filter=blur" in sliding.fragment()
    assert page.locator("#sf-presets [aria-pressed=true]").inner_text() == "Blur"


def test_what_is_typed_while_the_window_slides_is_left_to_the_reader(browser, origins):
    with Sliding(browser, origins["file"], "#at=0,0") as sliding:
        page = sliding.page
        weight = page.get_by_label("Weight in row 1, column 1")
        sliding.press("Play")
        weight.focus()
        weight.select_text()
        page.keyboard.press("Delete")
        before = sliding.known()
        page.wait_for_function(f"{KNOWN} > {before}", timeout=20_000)
        assert weight.input_value() == ""
        page.keyboard.type("-3", delay=600)
        assert weight.input_value() == "-3"
        assert "filter=-3,2,-1" in sliding.fragment()
        page.keyboard.press("Delete")
        page.keyboard.press("Backspace")
        page.keyboard.press("Backspace")
        assert weight.input_value() == ""
        weight.blur()
        assert weight.input_value() == "-3"


def test_what_was_said_stays_while_the_window_slides(browser, origins):
    with Sliding(browser, origins["file"], "#at=0,0") as sliding:
        sliding.press("Play")
        sliding.press("Copy link")
        sliding.page.wait_for_function("document.getElementById('sf-message').innerText")
        before = sliding.known()
        sliding.page.wait_for_function(f"{KNOWN} > {before} + 1", timeout=20_000)
        assert "it holds the drawing, the filter" in sliding.said()
        # A reader's own move needs it no more.
        sliding.page.locator("#sf-input").press("ArrowDown")
        assert sliding.said() == ""


def test_the_sum_is_spoken_when_the_window_rests(sliding):
    sliding.rest()
    before = sliding.text("spoken")
    assert f"{sliding.total()}" in before
    for _ in range(3):
        sliding.page.locator("#sf-input").press("ArrowLeft")
    assert sliding.text("spoken") == before
    sliding.rest()
    assert sliding.text("spoken") != before
