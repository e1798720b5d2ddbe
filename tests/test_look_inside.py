"""Promises of the page that opens the networks: what it shows is what they compute, whole or operated on."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from browsing import DESK, EXPLORABLES, PHONE, ROOT, Explorable, assert_fits
from built_pages import SITE
from PIL import Image
from playwright.sync_api import expect

NAME = "look-inside"
LARGEST_PAGE = 4_000_000
MINUS = "\N{MINUS SIGN}"
CAT = "#pick=cat.3&level=0.5&seed=1"
LINKS = re.findall(
    rf"\[([^]]+)\]\({NAME}\.md#([^)]+)\)", (ROOT / f"book/{NAME}.md").read_text("utf-8")
)


class LookInside(Explorable):
    """The page, with what it says."""

    def __init__(self, browser, origin, fragment=""):
        super().__init__(browser, origin, NAME, fragment)

    def text(self, name):
        self.frame()
        return self.page.locator(f"#li-{name}").inner_text()

    def decibels(self):
        """Of the denoised picture now, then of what the whole network would give."""
        words = re.search(
            r"denoised ([\d.]+) dB(?: \(whole: ([\d.]+) dB\))?", self.text("decibels")
        )
        return float(words[1]), float(words[2] or words[1])

    def named(self):
        return re.match(r"Named (.*?), ", self.text("names"))[1]

    def pictures(self, selector):
        self.frame()
        return self.page.locator(selector).evaluate_all(
            "(all) => all.map((canvas) => canvas.toDataURL())"
        )

    def choose(self, label):
        self.page.get_by_role("radio", name=label, exact=True).check()
        self.frame()

    def fix(self, part):
        """Switch the one switch that is called so, wherever in the list it lies."""
        self.page.locator(".li-joins label", has_text=re.compile(f"^{part}$")).click()
        self.frame()

    def numbers(self):
        """The value that is said to stand there, then the sum that is said to make it."""
        value = number(re.search(r"stands (\S+?)\.$", self.text("value"))[1])
        total = re.search(r"= (\S+?)\.(?: \S+ makes (\S+) of it\.)?$", self.text("sum"))
        return value, number(total[2] or total[1])


def number(text):
    return float(text.replace(MINUS, "-"))


@pytest.fixture
def look(browser, origins):
    with LookInside(browser, origins["file"], CAT) as look:
        yield look
        assert not look.complaints
        assert not look.outside


# ---- What stands there is what the network computes.


def test_a_click_on_a_layer_a_map_a_pixel_shows_the_sum_that_makes_its_number(look):
    look.page.locator(".li-layer", has_text="Convolution 6").click()
    look.frame()
    assert "Convolution 6" in look.text("layer-title")
    look.page.locator(".li-mapbox").nth(11).click()
    canvas = look.page.locator("#li-map")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for share in (0.1, 0.5, 0.8):
        canvas.click(position={"x": share * box["width"], "y": 0.3 * box["height"]})
        value, total = look.numbers()
        assert value == pytest.approx(total, abs=2e-3)
        assert f"map 11, row {int(0.3 * 7)}, column {int(share * 7)} stands" in look.text("value")
    assert "pixel=2,5" in look.fragment()


def test_the_products_shown_are_those_of_the_numbers_and_the_weights(look):
    look.choose(re.compile("^Convolution 2 "))
    rows = look.page.locator(".li-grid").evaluate_all(
        "(all) => all.map((table) => [...table.querySelectorAll('td')].map((cell) => cell.innerText))"
    )
    numbers, weights, products = (np.array([number(text) for text in row]) for row in rows)
    assert len(numbers) == 9
    np.testing.assert_allclose(numbers * weights, products, atol=2e-3)
    first = look.page.locator(".li-part").first.inner_text()
    assert number(first.split(": ")[1]) == pytest.approx(products.sum(), abs=0.02)


def test_a_pixel_sees_more_the_deeper_it_lies(look):
    seen = []
    for layer in ("Convolution 1", "Convolution 2", "Convolution 6"):
        look.choose(re.compile(f"^{layer} "))
        seen.append(int(re.search(r"can see (\d+) ×", look.text("sees"))[1]))
    assert seen == sorted(seen)
    assert seen[0] == 4


def test_every_layer_shows_other_maps_when_the_noise_or_the_drawing_changes(look):
    before = look.pictures(".li-strip")
    assert len(before) == 1 + look.ask("() => lookInside.page.bench.of('denoiser').layers.length")
    look.page.locator("#li-level").fill("1.5")
    noisier = look.pictures(".li-strip")
    assert all(one != other for one, other in zip(before, noisier, strict=True))
    surface = look.page.locator("#li-surface")
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    look.page.mouse.move(box["x"] + 40, box["y"] + 40)
    look.page.mouse.down()
    look.page.mouse.move(box["x"] + 150, box["y"] + 150, steps=5)
    look.page.mouse.up()
    drawn = look.pictures(".li-strip")
    assert all(one != other for one, other in zip(noisier, drawn, strict=True))


def test_on_a_phone_the_level_is_at_hand_while_one_looks_at_maps(look):
    page = look.page
    page.set_viewport_size(PHONE)
    slider = page.locator("#li-drown")
    for place in ("#li-layers", "#li-maps"):
        page.locator(place).evaluate("(it) => it.scrollIntoView({ behavior: 'instant' })")
        expect(slider).to_be_in_viewport(ratio=1)
        expect(page.locator(f"{place} canvas").first).to_be_in_viewport()
        before = look.pictures(f"{place} canvas")
        slider.focus()
        page.keyboard.press("ArrowRight")
        after = look.pictures(f"{place} canvas")
        # Some filters give nothing, whatever the noise.
        changed = [one != other for one, other in zip(before, after, strict=True)]
        assert np.mean(changed) > 0.8
    assert page.locator("#li-level").input_value() == slider.input_value() == "0.6"
    assert "level=0.6" in look.fragment()
    page.locator("#li-level").fill("1")
    look.frame()
    assert slider.input_value() == "1"
    # The bar leaves the larger part of the window to what one looks at.
    assert page.locator("#li-result").bounding_box()["height"] < PHONE["height"] / 4


def test_a_slider_that_runs_ahead_of_the_networks_has_them_run_once_a_frame(look):
    runs = look.ask(
        """async () => {
          const { bench } = lookInside.page;
          const run = bench.run.bind(bench);
          let runs = 0;
          bench.run = (...given) => { runs += 1; return run(...given); };
          const slider = document.getElementById('li-level');
          await new Promise((shown) => requestAnimationFrame(shown));
          for (let i = 0; i <= 20; i += 1) {
            slider.value = String(i / 20);
            slider.dispatchEvent(new Event('input', { bubbles: true }));
          }
          await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
          return runs;
        }"""
    )
    assert runs == 1
    assert "level=1&" in look.fragment()


def test_beside_another_denoiser_stands_what_the_shipped_one_gives(look):
    shipped = look.page.locator("#li-shipped")
    assert not shipped.is_visible()
    (picture,) = look.pictures("#li-denoised")
    best, _ = look.decibels()
    look.choose("Chapter 3’s plain autoencoder")
    assert look.decibels()[0] != best
    for is_whole in (True, False):
        if not is_whole:
            look.page.locator(".li-layer", has_text="Convolution 1").click()
            look.frame()
            look.page.locator("#li-map-on").uncheck()
        assert look.text("decibels").endswith(f", by the shipped denoiser {best} dB")
        assert look.pictures("#li-shipped") == [picture]
        assert shipped.is_visible()
    for viewport in (DESK, PHONE):
        look.page.set_viewport_size(viewport)
        assert_fits(look.page)
    look.choose("Denoiser")
    look.frame()
    assert not shipped.is_visible()


def test_the_maps_of_a_drawn_layer_are_what_python_computes(look, shipped):
    """The denoised picture, as the last layer's only map."""
    noisy, denoised = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))[..., 0]
        for address in look.pictures("#li-noisy, #li-denoised")
    )
    expected, _ = shipped(noisy.reshape(1, 28, 28, 1).astype(np.float32) / 255)
    # The page's noisy picture is rounded to grey levels only to be shown.
    assert abs(denoised / 255 - expected.reshape(28, 28)).max() < 0.03


# ---- Surgery.


def test_switching_off_a_block_costs_decibels_and_switching_on_brings_them_back(look):
    whole = look.shown()
    before, _ = look.decibels()
    assert look.named() == "cat"
    look.fix("block 1")
    now, told = look.decibels()
    assert now < before - 3
    assert told == before
    assert "off=denoiser.add1.long" in look.fragment()
    look.page.locator("#li-restore").click()
    look.rest()
    # The reader stays at the layer; nothing else is left of it.
    assert look.shown() == whole


def test_the_legend_of_a_map_shows_its_colours_that_of_the_answer_shows_ink(look):
    colours = look.page.locator("#li-map-colours")
    painted = "(one) => getComputedStyle(one).backgroundImage"
    assert "rgb(230, 159, 0)" in colours.evaluate(painted)
    assert re.fullmatch(rf"{MINUS}(\S+) to \1", look.text("map-scale"))
    look.page.locator(".li-layer").last.click()
    look.frame()
    black, white = re.findall(r"rgb\([^)]*\)", colours.evaluate(painted))
    assert (black, white) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
    assert re.fullmatch(r"0 to [\d.]+", look.text("map-scale"))


def test_a_map_that_is_switched_off_is_black_and_said_to_be_off(look):
    look.choose("map 4")
    look.page.locator("#li-map-on").uncheck()
    assert "stands 0.000" in look.text("value")
    assert "switched off" in look.text("sum")
    assert "1 switched off" in look.page.locator(".li-row .li-off").first.inner_text()
    assert look.decibels()[0] < look.decibels()[1]
    look.page.locator("#li-map-on").check()
    assert look.decibels()[0] == look.decibels()[1]


def test_the_answer_itself_cannot_be_switched_off(look):
    look.page.locator(".li-layer").last.click()
    expect(look.page.locator("#li-map-on")).to_be_disabled()


def test_a_classifier_is_operated_on_in_both_of_its_runs(look):
    look.choose("Classifier, without denoising")
    without = look.text("names")
    look.fix("block 1")
    after, direct = re.findall(r"(?:Named|denoising:) (.*?), ", look.text("names"))
    assert "cat" not in {after, direct}
    assert "cat" in without


# ---- Why this name.


def test_a_blanked_patch_changes_the_name_as_much_as_python_says(look, shipped):
    picture, found, side = look.ask(
        """() => {
          const { shown } = lookInside.page.why;
          const names = lookInside.page.inspection.chosen;
          return [
            [...shown.question.picture],
            shown.found.map(({ top, left, answer }) => [top, left, names.map((i) => answer[i])]),
            shown.question.side,
          ];
        }"""
    )
    assert len(found) == (28 // side) ** 2
    order = look.ask(
        "() => lookInside.page.inspection.chosen.map((i) => lookInside.page.categories[i])"
    )
    columns = [shipped.categories.index(name) for name in order]
    images = np.repeat(np.array(picture, np.float32).reshape(1, 28, 28, 1), len(found), axis=0)
    for image, (top, left, _) in zip(images, found, strict=True):
        image[top : top + side, left : left + side] = 0
    logits = np.array([row[2] for row in found])
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, shipped.classify(images)[:, columns], rtol=0, atol=1e-3)


def test_reasons_are_asked_for_any_name_and_told_in_numbers(look):
    assert "logit of cat is" in look.text("why-most")
    before = look.pictures("#li-why-map")
    look.page.locator("#li-why").select_option("fish")
    assert "logit of fish is" in look.text("why-most")
    assert look.pictures("#li-why-map") != before
    look.page.locator("#li-patch").select_option("14")
    look.page.wait_for_function("() => lookInside.page.why.shown.found.length === 4")
    told = [look.text("why-patch")]
    look.page.locator("#li-why-map").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"):
        look.page.keyboard.press(key)
        told.append(look.text("why-patch"))
    assert len(set(told)) == 4
    assert all(
        re.search(rf": {MINUS}?[\d.]+ \([+{MINUS}][\d.]+\)\. The name would be", words)
        for words in told
    )
    assert "why=fish" in look.fragment()
    assert "patch=14" in look.fragment()


# ---- Everyone, everywhere.


def test_the_keyboard_alone_chooses_a_layer_a_map_a_pixel(look):
    page = look.page
    page.get_by_role("radio", name=re.compile("^Convolution 1 ")).focus()
    page.keyboard.press("ArrowDown")
    assert "Convolution 2" in look.text("layer-title")
    page.locator(".li-mapbox input:checked").focus()
    before = look.text("value")
    page.keyboard.press("ArrowRight")
    assert look.text("value") != before
    page.locator("#li-map").focus()
    before = look.text("value")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert look.text("value") != before
    page.locator("#li-map-on").focus()
    page.keyboard.press("Space")
    assert "switched off" in look.text("off-count")


def test_switching_everything_on_leaves_the_focus_with_the_layer(look):
    look.page.locator("#li-map-on").uncheck()
    look.page.locator("#li-restore").focus()
    look.page.keyboard.press("Enter")
    expect(look.page.locator("#li-restore")).to_be_disabled()
    focused = look.page.evaluate("[document.activeElement.name, document.activeElement.checked]")
    assert focused == ["li-layer", True]


def test_a_finger_chooses_a_pixel(browser, origins):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{origins['file']}/{EXPLORABLES[NAME]}{CAT}")
    page.wait_for_selector(".explorable[data-state=ready]")
    canvas = page.locator("#li-map")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    canvas.tap(position={"x": box["width"] * 0.99, "y": box["height"] * 0.01})
    expect(page.locator("#li-value")).to_contain_text("row 0, column 13 stands")
    context.close()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_what_comes_out_stays_in_view_during_surgery(look, viewport):
    look.page.set_viewport_size(viewport)
    look.page.locator("#li-layers").scroll_into_view_if_needed()
    box = look.page.locator("#li-result").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= viewport["height"]


def test_on_a_phone_held_sideways_nothing_lies_over_what_is_drawn(look):
    page = look.page
    page.set_viewport_size({"width": PHONE["height"], "height": PHONE["width"]})
    look.frame()
    # At once after the scrolling: what is drawn anew above it may move it.
    assert page.locator("#li-surface").evaluate(
        """(one) => {
          scrollBy({ top: one.getBoundingClientRect().bottom - innerHeight, behavior: 'instant' });
          const { left, bottom, width } = one.getBoundingClientRect();
          return document.elementFromPoint(left + width / 2, bottom - 8) === one;
        }"""
    )


def test_a_layer_and_a_map_that_an_address_names_are_in_view_in_their_lists(browser, origins):
    with LookInside(browser, origins["file"], f"{CAT}&layer=add3&map=59") as look:
        for chosen, scroller in ((".li-layer", ".li-scroll"), (".li-mapbox", ".li-maps")):
            row = look.page.locator(f"{chosen}:has(input:checked)").bounding_box()
            frame = look.page.locator(scroller).bounding_box()
            assert frame["y"] <= row["y"]
            assert row["y"] + row["height"] <= frame["y"] + frame["height"]


def test_going_to_a_heading_leaves_what_is_shown(look):
    look.choose("map 4")
    shown = look.shown()
    look.page.evaluate("location.hash = 'why-this-name'")
    look.rest()
    assert look.shown() == shown


def test_an_empty_surface_has_no_answer_and_no_message(look):
    look.page.locator("#li-clear").click()
    assert "empty" in look.text("decibels")
    assert look.text("why-most") == ""
    look.rest()


# ---- The page's own links, its weight.


@pytest.mark.parametrize(("words", "state"), LINKS, ids=[words for words, _ in LINKS])
def test_each_link_of_the_page_shows_what_it_says(browser, origins, words, state):
    with LookInside(browser, origins["file"]) as look:
        link = look.page.locator("article a", has_text=words)
        assert link.get_attribute("href") == f"#{state}"
        link.click()
        look.rest()
        assert look.said() == ""
        parts = dict(part.split("=") for part in state.split("&"))
        assert look.page.locator(f'input[value="{parts.get("network", "denoiser")}"]').is_checked()
        if "pineapple" in words:
            assert look.named() == "pineapple"
            assert "whole: cat" in look.text("names")
        if "off" in parts:
            now, whole = look.decibels()
            assert now < whole - 3
        if "what makes this" in words:
            assert "logit of cat is" in look.text("why-most")


def test_there_are_links_to_try():
    assert len(LINKS) >= 5
    assert any("pineapple" in words for words, _ in LINKS)


def test_the_page_stays_within_four_megabytes(browser, origins):
    context = browser.new_context()
    page = context.new_page()
    sizes = {}
    page.on("response", lambda response: sizes.update({response.url: len(response.body())}))
    page.goto(f"{origins['http']}/{EXPLORABLES[NAME]}")
    page.wait_for_load_state("networkidle")
    context.close()
    assert sum(sizes.values()) <= LARGEST_PAGE, sizes


def test_the_page_says_whose_drawings_they_are():
    assert "CC BY 4.0" in (SITE / EXPLORABLES[NAME]).read_text(encoding="utf-8")
