"""Promises of the built pages, kept in a real browser: what `make book` left in _build/html."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product

import pytest
from browsing import AXE, CONTRASTS, DESK, LEAST_CONTRAST, PHONE, ROOT, Visit, assert_fits
from built_pages import SITE
from chromium import chromium_of_npm, how_to_get_one
from fontTools.ttLib import TTFont
from playwright.sync_api import expect

PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if "_static" not in path.parts and "_sources" not in path.parts
) or ["index.html"]
# A page with all that it loads, pictures further down included, and the widgets' states in it.
MOST_BYTES = 1_500_000
MOST_STATE = 1_000_000
# The networks that these run in the page have a budget of their own.
HEAVY = ("book/playground.html", "book/look-inside.html")

# What a person without a mouse must be able to reach, as the browser sees it, and what the focus has
# come to since.
CONTROLS = """() => {
  // Of a group of choices one alone is in the way of the Tab key; arrow keys go on from there.
  const isEntry = (element) => {
    const group = element.type === 'radio' ? [...document.getElementsByName(element.name)] : [element];
    return element === (group.find(({ checked }) => checked) ?? group[0]);
  };
  const isReachable = (element) =>
    element.tabIndex >= 0 && !element.disabled && !element.closest('[inert]') && isEntry(element)
    && element.checkVisibility({ visibilityProperty: true });
  const kinds = 'a[href], button, input, select, summary, textarea, [tabindex], [role="slider"]';
  window.controls = [...document.querySelectorAll(kinds)].filter(isReachable);
  window.reached = new Set();
  document.addEventListener('focusin', ({ target }) => window.reached.add(target));
  document.activeElement.blur();
  window.getSelection().removeAllRanges();
  window.scrollTo(0, 0);
  return window.controls.length;
}"""
MISSED = """() => window.controls.filter((control) => !window.reached.has(control))
  .map((control) => control.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module", params=PAGES)
def opened(request, browser, origins):
    """Each page of the site in turn, opened as a file; a test leaves it as it was."""
    with Visit(browser, origins["file"], request.param) as visit:
        yield visit


@pytest.fixture(scope="module", params=PAGES)
def served(request, browser, origins):
    """Each page of the site in turn, as a server gives it; tests only look."""
    with Visit(browser, origins["http"], request.param) as visit:
        yield visit


def test_no_page_shows_what_only_a_program_reads():
    for name in PAGES:
        text = (SITE / name).read_text(encoding="utf-8")
        for stray in ("IPython.core.display", "Project name not set", "&lt;Figure size"):
            assert stray not in text, (name, stray)


def test_no_output_of_a_page_is_a_warning():
    for name in PAGES:
        assert not re.search(r"[a-z]Warning:", (SITE / name).read_text(encoding="utf-8")), name


def test_no_page_requests_anything_outside_the_site(opened):
    assert not opened.outside
    assert not opened.complaints


# Before others change the window's size: some time after that, the theme looks anew for what scrolls.
def test_the_tab_key_reaches_every_control(opened):
    page = opened.page
    page.wait_for_function("performance.now() > 1000")
    number = page.evaluate(CONTROLS)
    # Some appear only once another has the focus.
    for _ in range(number + 20):
        page.keyboard.press("Tab")
    assert number > 3
    assert not page.evaluate(MISSED)


def test_what_no_longer_scrolls_is_left_out_and_listened_to_once(browser, origins):
    """A phone that is turned, a window that is dragged: the boxes fit again, hundreds of times."""
    listened = """
      window.listeners = new Map();
      const add = EventTarget.prototype.addEventListener;
      EventTarget.prototype.addEventListener = function (type, act, ...rest) {
        if (type === 'scroll' && this instanceof Element)
          listeners.set(this, (listeners.get(this) ?? new Set()).add(act));
        return add.call(this, type, act, ...rest);
      };"""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.add_init_script(listened)
    page.goto(f"{origins['file']}/book/2-convolution.html")
    page.wait_for_timeout(1500)
    page.evaluate(
        """() => {
          const box = document.createElement('div');
          Object.assign(box, { className: 'comparison', id: 'box', innerHTML: '<p></p>' });
          document.querySelector('article').append(box); }"""
    )
    box = page.locator("#box")
    for width, is_reached in (("3000px", True), ("20px", False), ("3000px", True), ("20px", False)):
        box.evaluate("(box, width) => { box.firstChild.style.width = width; }", width)
        page.evaluate("dispatchEvent(new Event('resize'))")
        page.wait_for_timeout(1200)
        assert (box.evaluate("(box) => box.tabIndex") == 0) == is_reached, width
    assert page.evaluate("Math.max(...[...listeners.values()].map((acts) => acts.size))") == 1
    context.close()


def test_no_served_page_requests_anything_outside_the_site(served):
    assert not served.outside
    assert not served.complaints


def test_images_keep_their_place_and_those_below_wait(served):
    images = served.page.evaluate(
        """() => [...document.querySelectorAll('article img[src*="_images/"]')].map((image) => ({
          waits: image.getAttribute('loading') === 'lazy',
          hasSize: image.hasAttribute('width') && image.hasAttribute('height'),
          source: image.src,
        }))"""
    )
    for number, image in enumerate(images):
        assert image["hasSize"], image
        assert image["waits"] == bool(number), image


def test_a_page_with_all_that_it_loads_is_light(served):
    if served.name in HEAVY:
        return
    page = served.page
    page.evaluate("document.querySelectorAll('img').forEach((image) => image.loading = 'eager')")
    page.wait_for_load_state("networkidle")
    sizes = {response.url: len(response.body()) for response in served.responses}
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_images_load_and_say_what_they_show(opened):
    images = opened.page.evaluate(
        """() => Promise.all([...document.images].map(async (image) => {
          image.loading = 'eager';
          await image.decode().catch(() => {});
          return [image.src.slice(0, 80), image.naturalWidth, image.alt];
        }))"""
    )
    for source, width, alternative in images:
        assert width > 0, f"{source} does not load"
        assert alternative.strip(), f"{source} has no alternative text"
        is_path = "/" in alternative and alternative.endswith((".png", ".svg", ".jpg"))
        assert not is_path, f"{source} has its path for alternative text"


def test_formulas_are_set(opened):
    unset = opened.page.evaluate(
        """() => [...document.querySelectorAll('.math')]
          .filter((formula) => !formula.querySelector('mjx-container')
                               || formula.querySelector('mjx-merror, [data-mjx-error]'))
          .map((formula) => formula.textContent)"""
    )
    assert not unset


def test_a_letters_outline_is_written_once_a_page_and_found_by_every_formula(opened):
    lost = opened.page.evaluate(
        """() => [...document.querySelectorAll('mjx-container use')]
          .map((use) => use.getAttribute('xlink:href'))
          .filter((name) => document.querySelectorAll(name).length !== 1)"""
    )
    assert not lost
    shapes = opened.page.evaluate(
        "() => [...document.querySelectorAll('path[id^=MJX]')].map((path) => path.id)"
    )
    assert len(shapes) == len(set(shapes))
    height = "(formula) => formula.querySelector('use')?.getBoundingClientRect().height ?? 1"
    for formula in opened.page.locator("mjx-container:visible").all()[:3]:
        assert formula.evaluate(height) > 0


def test_on_a_wide_screen_no_command_or_output_or_table_is_cut(opened):
    page = opened.page
    folds = page.locator("article details:not([open])").element_handles()
    for fold in folds:
        fold.evaluate("(fold) => { fold.open = true; }")
    cut = page.evaluate(
        """() => [...document.querySelectorAll(
          'article :is(pre, .comparison, .cell_output, div.math, .pst-scrollable-table-container)')]
          .filter((box) => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
          .map((box) => `${box.clientWidth} of ${box.scrollWidth}: ${box.innerText.slice(0, 60)}`)"""
    )
    for fold in folds:
        fold.evaluate("(fold) => { fold.open = false; }")
    assert not cut


def test_no_page_scrolls_sideways_on_a_phone(opened):
    opened.page.set_viewport_size(PHONE)
    assert_fits(opened.page)
    scrolling = opened.page.evaluate(
        """() => [...document.querySelectorAll('.pst-scrollable-table-container, mjx-container')]
          .filter((box) => box.clientWidth > 200 && box.scrollWidth > box.clientWidth + 1)
          .map((box) => `${box.clientWidth} of ${box.scrollWidth}: ${box.innerText.slice(0, 40)}`)"""
    )
    opened.page.set_viewport_size(DESK)
    # In a chapter, neither does a table nor a formula, nor in what it sends its readers to.
    assert not scrolling or not re.match(r"book/(\d|comparisons)", opened.name)


#: Words of a page that hold a number set badly: no code, no formula.
ILL_SET = r"""(pattern) => {
  const walker = document.createTreeWalker(
    document.querySelector('article') ?? document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    // Signs that a drawing sets one by one, each at a place of its own, are no number.
    const isCode = parentElement.closest(
      'code, pre, script, noscript, style, textarea, mjx-container, .quiz, text[x*=" "]');
    if (!isCode && new RegExp(pattern, 'u').test(data)) found.push(data.trim().slice(0, 80));
  }
  return found;
}"""


def test_numbers_in_words_are_written_as_the_field_writes_them(opened):
    in_code_notation = r"\b[0-9]+(?:\.[0-9]+)?e[-+]?[0-9]+\b"
    assert not opened.page.evaluate(ILL_SET, in_code_notation)
    if re.match(r"index|book/(\d|comparisons|models)", opened.name):
        # But for years.
        without_comma = r"(?<![\d.,\w#/:-])(?!(?:19|20)\d\d\b)[0-9]{4,}(?![\w:])"
        assert not opened.page.evaluate(ILL_SET, without_comma)


def test_numbers_have_a_true_minus_and_the_per_cent_sign_at_their_side(opened):
    hyphens = r"(?:^|[\s(\[+:=≤≥<>≈±·|/])-\.?[0-9]"
    assert not opened.page.evaluate(ILL_SET, hyphens)
    assert not opened.page.evaluate(ILL_SET, r"[0-9]\s%")


@pytest.mark.parametrize(
    "opened",
    [name for name in PAGES if re.match(r"index|book/(\d|comparisons|models|glossary)", name)],
    indirect=True,
)
def test_no_line_of_a_chapter_ends_between_a_number_and_its_unit(opened):
    assert not opened.page.evaluate(
        ILL_SET, r"[0-9] (?:dB|px|[kMG]B|ms|minutes)(?!\w)|[0-9] × ?[0-9]"
    )
    assert not opened.page.evaluate(ILL_SET, r"\b[pn] [=<>≥]|\b[pn].[=<>≥] [0-9]")
    assert opened.page.evaluate(ILL_SET, "[0-9]"), "no number was looked at"


def test_the_two_losses_have_parted_where_their_slider_opens(browser, origins):
    with Visit(browser, origins["file"], "book/4-cnn.html") as visit:
        told = visit.page.locator("svg text:visible", has_text="· gap").all_text_contents()
        fewest = float(told[0].split("gap ")[1])
        visit.page.locator(".widget-slider:has-text('epoch') [role='slider']").press("End")
        last = visit.page.locator("svg text:visible", has_text="· gap").first.text_content()
        assert float(last.split("gap ")[1]) / 2 < fewest < float(last.split("gap ")[1])


def test_the_interval_over_the_smallest_test_sets_is_seen_to_both_its_ends(browser, origins):
    with Visit(browser, origins["file"], "book/4-cnn.html") as visit:
        page = visit.page
        page.locator(".widget-slider:has-text('drawings in') [role='slider']").press("Home")
        svg = page.locator("svg:visible", has_text="% of the test sets")
        expect(svg).to_have_count(1)
        ends = svg.evaluate(
            """(svg) => {
              const { a, e } = svg.getScreenCTM();
              return [...svg.querySelectorAll('[clip-path] use, use[clip-path]')].map((mark) => {
                const clip = mark.closest('[clip-path]').getAttribute('clip-path');
                const frame = svg.querySelector(clip.slice(4, -1));
                const left = Number(frame.firstElementChild.getAttribute('x'));
                const { x, width } = mark.getBoundingClientRect();
                return (x + width / 2 - e) / a - left;
              });
            }"""
        )
        assert len(ends) == 3  # both ends and the middle
        assert min(ends) > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible_by_day_and_by_night(opened, scheme):
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    contrasts = opened.page.evaluate(CONTRASTS)
    opened.page.emulate_media(color_scheme="light")
    assert not [text for text, contrast in contrasts if contrast < LEAST_CONTRAST]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_the_pointer_is_on_is_legible(browser, origins, scheme):
    with Visit(browser, origins["file"], "book/status.html") as visit:
        page = visit.page
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        whole = CONTRASTS.replace("'article *:not(", "'body :hover:not(")
        assert whole != CONTRASTS
        for place in (".bd-sidebar-primary li", "article", ".prev-next-footer"):
            page.locator(f"{place} a[href]:visible").last.hover()
            contrasts = dict(page.evaluate(whole))
            assert contrasts, place
            assert min(contrasts.values()) >= LEAST_CONTRAST, (place, contrasts)


def test_sliders_tell_their_names_and_move_what_is_seen(opened):
    sliders = opened.page.locator('.widget-subarea [role="slider"]')
    for slider in sliders.all():
        assert slider.is_visible()
        assert slider.get_attribute("aria-label"), "a slider has no name"
        area = slider.locator('xpath=ancestor::div[contains(@class, "widget-subarea")]')
        before, said = area.screenshot(), slider.get_attribute("aria-valuetext")
        slider.focus()
        at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
        opened.page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
        expect(slider).not_to_have_attribute("aria-valuetext", said)
        for _ in range(50):  # until it is painted
            if area.screenshot() != before:
                break
            opened.page.wait_for_timeout(200)
        else:
            pytest.fail(f"{said}: the slider changes nothing that is seen")
    assert not opened.complaints


def test_on_a_phone_the_words_of_a_figure_lie_within_it(opened):
    page = opened.page
    page.set_viewport_size(PHONE)
    folds = page.locator("article details:not([open])").element_handles()
    for fold in folds:
        fold.evaluate("(fold) => { fold.open = true; }")
    assert_fits(page)
    outside = page.evaluate(
        """() => [...document.querySelectorAll('.qd-svg')].flatMap((svg) => {
          const of = svg.getBoundingClientRect();
          return [...svg.querySelectorAll('text')]
            .filter((words) => {
              const box = words.getBoundingClientRect();
              return of.width && box.width && (box.left < of.left - 5 || box.right > of.right + 5);
            })
            .map((words) => `${svg.closest('figure')?.id}: ${words.textContent}`);
        })"""
    )
    for fold in folds:
        fold.evaluate("(fold) => { fold.open = false; }")
    page.set_viewport_size(DESK)
    assert not outside


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_sliders_handle_is_seen_and_dragged_along_its_track(opened, viewport):
    page = opened.page
    page.set_viewport_size(viewport)
    for slider in page.locator('.widget-subarea [role="slider"]').all():
        slider.hover()  # when it has come to rest
        handle, track = slider.bounding_box(), slider.locator("xpath=../../..").bounding_box()
        assert min(handle["width"], handle["height"]) >= 12
        assert track["width"] >= 100
        assert track["height"] > 0
        ends = set()
        for end in (track["x"] + 1, track["x"] + track["width"] - 1):
            slider.hover()
            page.mouse.down()
            page.mouse.move(end, track["y"], steps=3)
            page.mouse.up()
            ends.add(slider.get_attribute("aria-valuenow"))
        low, high = (slider.get_attribute(f"aria-value{end}") for end in ("min", "max"))
        assert ends == {low, high}
    page.mouse.move(0, 0)
    page.set_viewport_size(DESK)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_controls_fit_a_phone(browser, origins, scheme):
    with Visit(browser, origins["file"], "book/1-data-and-noise.html") as visit:
        visit.page.set_viewport_size(PHONE)
        visit.page.emulate_media(color_scheme=scheme)
        area = visit.page.locator(".widget-subarea:has(.widget-dropdown)").first
        frame = area.bounding_box()
        controls = area.locator(".widget-dropdown, .widget-slider").all()
        assert len(controls) == 3
        for control in controls:
            box = control.bounding_box()
            assert box["x"] >= frame["x"]
            assert box["x"] + box["width"] <= frame["x"] + frame["width"]


def test_a_list_to_choose_from_stands_beside_its_name(browser, origins):
    with Visit(browser, origins["file"], "book/1-data-and-noise.html") as visit:
        for control in visit.page.locator(".widget-dropdown").all():
            name, choice = (control.locator(of).bounding_box() for of in ("label", "select"))
            assert 4 <= choice["x"] - (name["x"] + name["width"]) <= 16
            middles = [box["y"] + box["height"] / 2 for box in (name, choice)]
            assert abs(middles[0] - middles[1]) <= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_at_most_five_drawings_of_a_panel_stand_side_by_side_on_a_phone(browser, origins, scheme):
    with Visit(browser, origins["file"], "book/3-autoencoder.html") as visit:
        visit.page.set_viewport_size(PHONE)
        visit.page.emulate_media(color_scheme=scheme)
        pictures = visit.page.locator(".qd-pictures img:visible")
        boxes = [image.bounding_box() for image in pictures.all()]
        rows = {box["y"]: 0 for box in boxes}
        for box in boxes:
            rows[box["y"]] += 1
            assert box["x"] + box["width"] <= PHONE["width"]
        assert max(rows.values()) == 5


@pytest.mark.parametrize(
    ("name", "place"), [("index.html", "dialog"), ("search.html", ".bd-search-container")]
)
def test_the_search_fields_icon_stands_beside_its_words(browser, origins, name, place):
    with Visit(browser, origins["file"], name) as visit:
        if place == "dialog":
            visit.page.locator(".search-button-field:visible").first.click()
        icon = visit.page.locator(f"{place} .fa-magnifying-glass").bounding_box()
        words = visit.page.locator(f"{place} input[type=search]").bounding_box()
        assert icon["x"] + icon["width"] <= words["x"]


def test_the_contents_close_when_one_is_chosen_on_a_phone(browser, origins):
    with Visit(browser, origins["file"], "book/5-pipeline.html") as visit:
        page = visit.page
        page.set_viewport_size(PHONE)
        page.locator(".secondary-toggle:visible").first.click()
        page.locator('dialog[open] a[href="#summary"]').click()
        page.wait_for_function("!document.querySelector('dialog[open]')")
        page.wait_for_function(
            "Math.abs(document.querySelector('#summary').getBoundingClientRect().y) < 150"
        )


@pytest.mark.parametrize("name", ["book/comparisons.html", "book/models.html"])
def test_what_a_row_of_a_wide_table_is_about_stays_in_view_on_a_phone(browser, origins, name):
    with Visit(browser, origins["file"], name) as visit:
        visit.page.set_viewport_size(PHONE)
        scrolled = 0
        tables = visit.page.locator(
            ".comparison, .pst-scrollable-table-container:has(th + th + th + th)"
        )
        for frame in tables.all():
            if frame.evaluate("({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1"):
                expect(frame).to_have_attribute("data-more", "")
            gone = frame.evaluate("(frame) => frame.scrollLeft = frame.scrollWidth")
            expect(frame).not_to_have_attribute("data-more", "")
            first = frame.locator("tbody tr > :first-child").first.bounding_box()
            assert first["x"] >= 0
            assert first["x"] + first["width"] <= PHONE["width"]
            scrolled += gone > 0
        assert scrolled


@pytest.mark.parametrize(
    "name", ["book/1-data-and-noise.html", "book/5-pipeline.html", "book/comparisons.html"]
)
def test_on_paper_nothing_is_cut_off_and_colours_are_those_of_the_day(browser, origins, name):
    with Visit(browser, origins["file"], name) as visit:
        page = visit.page
        page.emulate_media(media="print", color_scheme="dark")
        page.set_viewport_size({"width": 718, "height": 1000})  # A4 without its margins
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        over = page.evaluate(
            """() => [...document.querySelectorAll('article :is(pre, td, th, img)')]
              .filter((part) => part.checkVisibility()
                && part.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
              .map((part) => part.textContent.slice(0, 60))"""
        )
        assert not over
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_without_scripts_code_is_legible_by_night(browser, origins):
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{origins['file']}/book/1-data-and-noise.html")
    assert not [text for text, contrast in page.evaluate(CONTRASTS) if contrast < LEAST_CONTRAST]
    context.close()


@pytest.mark.parametrize("by", ["file", "http"])
class TestTheSearch:
    """It is the same from disk as from a server: nothing is fetched for it."""

    def test_finds_autoencoder(self, browser, origins, by):
        with Visit(browser, origins[by], "search.html?q=autoencoder") as visit:
            results = visit.page.locator("#search-results li a")
            results.first.wait_for(timeout=10_000)
            found = [link.get_attribute("href") for link in results.all()]
            assert any("3-autoencoder" in address for address in found)
            visit.page.wait_for_timeout(300)
            assert not visit.outside
            assert not visit.complaints
            assert not [one.url for one in visit.responses if "/book/3-" in one.url]

    def test_says_in_which_sections_the_words_stand_with_an_excerpt(self, browser, origins, by):
        with Visit(browser, origins[by], "search.html?q=noisy+drawings") as visit:
            page = visit.page
            sections = page.locator("#search-results .search-sections a")
            sections.first.wait_for(timeout=10_000)
            for excerpt in page.locator(".search-excerpt").all():
                assert 10 < len(excerpt.inner_text()) < 250
            marked = page.locator(".search-excerpt mark").all_inner_texts()
            assert {"drawings", "noisy"} <= {word.lower() for word in marked}
            address = sections.first.get_attribute("href")
            title = sections.first.inner_text()
            page.goto(f"{visit.origin}/{address}")
            heading = page.locator(f"[id='{address.partition('#')[2]}'] :is(h2, h3)").first
            assert title in heading.inner_text()
            assert not visit.complaints

    def test_a_part_of_a_word_has_excerpts_like_the_whole(self, browser, origins, by):
        for part in ("backprop", "propagation"):
            with Visit(browser, origins[by], f"search.html?q={part}") as visit:
                page = visit.page
                page.locator("#search-results li").first.wait_for(timeout=10_000)
                page.wait_for_timeout(500)
                found = page.locator("#search-results ul.search > li").all()
                assert len(found) >= 3
                links = [one.locator("a").first for one in found]
                addresses = [link.get_attribute("href") for link in links]
                for result, link, address in zip(found, links, addresses, strict=True):
                    marked = result.locator("mark").all_inner_texts()
                    assert all(part in word.lower() for word in marked)
                    # What is found by its title need not say it again; a page may be told by its
                    # sections, which are results of their own.
                    is_title = part in link.inner_text().lower()
                    sections = [one for one in addresses if one.startswith(f"{address}#")]
                    assert marked or is_title or sections, result.inner_text()
                assert not visit.complaints


def test_a_word_that_scripts_know_is_sought_like_any_other(browser, origins):
    with Visit(browser, origins["file"], "index.html") as visit:
        for word in ("constructor", "__proto__", "hasOwnProperty", "__proto__ drawings"):
            visit.page.goto(f"{origins['file']}/search.html?q={word}")
            summary = visit.page.locator("#search-results .search-summary, #search-results p").first
            summary.wait_for(timeout=10_000)
            visit.page.wait_for_timeout(500)
            assert "undefined" not in visit.page.locator("#search-results").inner_text()
            assert not visit.page.locator("#search-results li").count()
        assert not visit.complaints


def test_every_page_names_its_icon_which_lies_in_the_site(built_site):
    pages = [path for path in built_site.rglob("*.html") if "_static" not in path.parts]
    for path in pages:
        text = path.read_text(encoding="utf-8")
        if "http-equiv" in text and len(text) < 1000:  # leads on to another
            continue
        icon = re.search(r'<link rel="(?:shortcut )?icon" href="([^"]+)"', text)[1]
        assert (path.parent / icon.partition("?")[0]).is_file(), path


def test_no_inline_script_in_a_page_is_ours(built_site):
    """So that a server may forbid them all: what is left are a few lines of the theme's."""
    theirs = re.compile(
        r"document\.documentElement\.dataset|toggle(?:Hint|Open|button)|DOCUMENTATION_OPTIONS"
        r"|const thebe|Activate the search field"
    )
    for path in built_site.rglob("*.html"):
        if "_static" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        inline = re.findall(r"<script(?![^>]*\b(?:src|type)=)[^>]*>(.+?)</script>", text, re.DOTALL)
        assert not [script for script in inline if not theirs.search(script[:200])], path


@pytest.mark.parametrize("policy", [None, "default-src 'self'"], ids=["no policy", "strict"])
def test_a_script_that_unpacks_itself_runs_once_whatever_a_server_allows(
    browser, extension, tmp_path, policy
):
    (tmp_path / "a.js").write_text(
        "document.title += ' runs from ' + document.currentScript.dataset.home.split('/').pop();"
    )
    (tmp_path / "a.html").write_text(
        '<!doctype html><title>It</title><script defer src="a.js?v=1"></script>'
    )
    extension("light_pages").pack(tmp_path / "a.js")

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_arguments):
            pass

        def end_headers(self):
            if policy:
                self.send_header("Content-Security-Policy", policy)
            super().end_headers()

    handler = partial(Handler, directory=tmp_path)
    context = browser.new_context()
    page = context.new_page()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/a.html")
        page.locator("head > script[data-home]").wait_for(state="attached")
        expect(page).to_have_title("It runs from a.js?v=1")
        page.wait_for_timeout(300)  # in which it might run once more
        assert page.title() == "It runs from a.js?v=1"
        server.shutdown()
    context.close()


def test_the_contents_mark_the_section_that_is_read(browser, origins):
    with Visit(browser, origins["file"], "book/4-cnn.html") as visit:
        page = visit.page
        links = page.locator("#pst-page-toc-nav > ul > li > a").all()
        anchors = [link.get_attribute("href") for link in links]
        assert len(anchors) > 4
        marked = """() => [...document.querySelectorAll('#pst-page-toc-nav a[aria-current]')]
          .map((link) => link.closest('.toc-h2').querySelector('a').hash)"""
        to_middle = """(anchor) => {
          const heading = document.querySelector(`[id="${anchor.slice(1)}"] :is(h2)`);
          window.scrollTo({ top: window.scrollY + heading.getBoundingClientRect().top + %d,
                            behavior: 'instant' });
        }"""
        # Down the page, then up again: the heading of a section may lie far above what is read.
        for beyond, order in ((-100, anchors[:-3]), (60, anchors[-4::-1])):
            for anchor in order:
                page.evaluate(to_middle % beyond, anchor)
                page.wait_for_function(f"({marked})()[0] === '{anchor}'", timeout=3000)
                assert page.evaluate(marked) == [anchor]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_no_serious_violation(opened, scheme, viewport):
    page = opened.page
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    # It would fetch the styles to look for locked orientation; a file may not fetch. By night only
    # colours are others.
    options = {"resultTypes": ["violations"], "preload": False}
    options |= {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
    found = page.evaluate(
        "(options) => axe.run(document, options).then((found) => found.violations)", options
    )
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESK)
    serious = [
        (violation["id"], node["target"], node["failureSummary"])
        for violation in found
        for node in violation["nodes"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert not serious


def press_all_keys_of(page, control):
    """Work a widget by the keyboard alone, through every value that it has."""
    control.focus()
    if control.get_attribute("role") == "slider":
        page.keyboard.press("Home")
        for _ in range(int(float(control.get_attribute("aria-valuemax")))):
            yield
            page.keyboard.press("ArrowRight")
        yield
    else:
        for number in range(control.locator("option").count()):
            if number:
                page.keyboard.press("ArrowDown")
            else:
                page.keyboard.press("Home")
            yield


# All that an explorer shows at the moment, be it bitmaps or drawings of lines.
PICTURES = """(area) => [...area.querySelectorAll('img, svg')]
  .filter((picture) => picture.checkVisibility()).map((picture) => picture.outerHTML).join()"""


def test_the_keyboard_alone_changes_what_an_explorer_shows(opened):
    page = opened.page
    for area in page.locator(".widget-subarea").all():
        for control in area.locator('[role="slider"], select').all():
            seen = set()
            values = 0
            for _ in press_all_keys_of(page, control):
                page.wait_for_timeout(100)
                seen.add(area.evaluate(PICTURES))
                values += 1
            assert values > 1
            # Strips may miss the ink at some levels.
            assert len(seen) > values / 2, "most values of this control change nothing"
    assert not opened.complaints


def test_the_keyboard_alone_works_what_the_page_is_read_with(browser, origins):
    with Visit(browser, origins["file"], "book/5-pipeline.html") as visit:
        page = visit.page
        theme = "document.documentElement.dataset.mode"
        before = page.evaluate(theme)
        page.locator(".theme-switch-button:visible").first.focus()
        page.keyboard.press("Enter")
        assert page.evaluate(theme) != before

        page.locator(".search-button-field:visible").first.focus()
        page.keyboard.press("Enter")
        page.locator(
            "dialog input[type=search], .search-button__search-container input"
        ).first.wait_for()
        page.keyboard.press("Escape")

        solution = page.locator("article details.hide").last
        assert solution.get_attribute("open") is None
        solution.locator("summary").focus()
        page.keyboard.press("Enter")
        assert solution.get_attribute("open") is not None
        assert not visit.complaints


def state_of(name):
    """Read the widgets' state that a page carries, as text and by model."""
    found = re.search(
        r'<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>',
        (SITE / name).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    return (found[1], json.loads(found[1])["state"]) if found else ("", {})


@pytest.mark.parametrize("name", PAGES)
def test_the_state_on_a_page_is_at_most_a_megabyte(browser, name):
    assert len(state_of(name)[0].encode()) <= MOST_STATE


@pytest.mark.parametrize(
    ("name", "n_levels"), [("book/1-data-and-noise.html", 9), ("book/5-pipeline.html", 5)]
)
def test_an_explorer_holds_every_combination_of_drawing_kind_and_level(browser, name, n_levels):
    _, models = state_of(name)
    model = {
        f"IPY_MODEL_{key}": {"kind": value["model_name"], **value["state"]}
        for key, value in models.items()
    }
    wanted = ["drawing", "kind", "noise level"]
    boxes = [state["children"] for state in model.values() if state["kind"] == "VBoxModel"]
    inside = [[key for key in keys if model[key].get("description")] for keys in boxes]
    ((box, keys),) = [
        (keys, named)
        for keys, named in zip(boxes, inside, strict=True)
        if [model[key]["description"] for key in named] == wanted
    ]
    controls = [model[key] for key in keys]
    options = [control["_options_labels"] for control in controls]
    assert [len(labels) for labels in options] == [5, 4, n_levels]
    links = [state for state in model.values() if state["kind"] == "LinkModel"]
    moved = {tuple(link["target"]): link["source"] for link in links}

    def leaves(key, depth=0):
        if model[key]["kind"] == "HTMLModel":
            return [model[key]["value"]]
        assert moved[(key, "selected_index")] == [keys[depth], "index"]
        return [leaf for child in model[key]["children"] for leaf in leaves(child, depth + 1)]

    states = leaves(box[-1])
    assert len(states) == 5 * 4 * n_levels
    for (drawing, kind, level), html in zip(product(*options), states, strict=True):
        assert f"{kind}, level {level}: {drawing}" in html
    # Strips may miss the ink; under Gaussian noise no state is like another.
    pictures = [
        re.search('base64,([^"]+)', html)[1]
        for (_, kind, _), html in zip(product(*options), states, strict=True)
        if kind == "gaussian"
    ]
    assert len(set(pictures)) == 5 * n_levels


def test_every_icon_is_in_the_font_of_those_in_use(opened):
    shown = opened.page.evaluate(
        """() => [...document.querySelectorAll('*')]
          .flatMap((element) => ['::before', '::after'].map((part) => [element, part]))
          .map(([element, part]) => [element.className, getComputedStyle(element, part)])
          .filter(([, style]) => style.fontFamily.includes('Font Awesome'))
          .map(([name, style]) => [String(name), style.content.replaceAll('"', '')])
          .filter(([, content]) => /^[\\uf000-\\uf8ff]$/.test(content))"""
    )
    assert shown
    drawn = TTFont(SITE / "_static/icons.woff").getBestCmap()
    assert not {name: hex(ord(icon)) for name, icon in shown if ord(icon) not in drawn}


def test_icons_are_drawn_from_the_font_of_those_in_use(browser, origins):
    with Visit(browser, origins["http"], "book/1-data-and-noise.html") as visit:
        loaded = visit.page.evaluate(
            "performance.getEntriesByType('resource').map((entry) => entry.name)"
        )
        assert any(name.endswith("/icons.woff") for name in loaded)
        assert not [name for name in loaded if "/webfonts/" in name]
        icons = visit.page.evaluate(
            """() => [...document.querySelectorAll('i.fa-solid')]
              .filter((icon) => icon.checkVisibility())
              .map((icon) => [icon.className, getComputedStyle(icon, '::before').content])"""
        )
        assert icons
        assert not [name for name, content in icons if content in {"none", "normal"}]


def test_the_chromium_that_npm_brings_runs_the_playground(browser, origins):
    """So that pages are tested on a machine without a Chromium, too."""
    chromium = chromium_of_npm()
    if chromium is None:
        pytest.skip("the Chromium that an npm package brings runs on Linux on x86-64 alone")
    brought = chromium.launch(browser.browser_type)
    try:
        with Visit(brought, origins["file"], HEAVY[0]) as visit:
            visit.page.wait_for_selector("#pg-tool[data-state=ready]")
            assert not visit.complaints
    finally:
        brought.close()


@pytest.mark.parametrize("strict", [False, True], ids=["here", "in CI"])
def test_without_chromium_the_pages_are_skipped_with_a_reason_but_not_in_ci(tmp_path, strict):
    # A built site on a machine without Chromium, without the npm package that brings one.
    shutil.copytree(
        ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "_build/html").mkdir(parents=True)
    (tmp_path / "_build/html/index.html").write_text("")
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PATH": "", "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    environment |= {"CI": "true"} if strict else {}
    promise = "tests/test_site.py::test_icons_are_drawn_from_the_font_of_those_in_use"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("--junitxml=reports/python.xml", promise),
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == int(strict), done.stdout
    reason = f"this machine has no Chromium: `{how_to_get_one()}` brings it"
    assert reason in done.stdout
    closing = subprocess.run(
        [sys.executable, ROOT / "tools/closing_lines.py", "reports"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    ).stdout
    if not strict:
        assert closing.splitlines()[-3:] == [
            "0 passed, 0 failed, 1 skipped",
            f"    1 skipped: {reason}",
            f"To run those too: {how_to_get_one()} && make test",
        ]


CHAPTERS = [name for name in PAGES if re.match(r"book/[0-9]-", name)]


@pytest.mark.parametrize("name", [*CHAPTERS, "index.html", "book/comparisons.html"])
def test_code_that_is_folded_cell_after_cell_stands_under_one_bar(browser, origins, name):
    with Visit(browser, origins["file"], name) as visit:
        stacked = visit.page.evaluate(
            """() => [...document.querySelectorAll('.cell.tag_hide-input:not(:has(.cell_output))')]
              .filter((cell) => cell.nextElementSibling?.matches('.cell.tag_hide-input'))
              .map((cell) => cell.textContent.slice(0, 80))"""
        )
        assert not stacked
        # What was folded together is all there, in its order.
        code = visit.page.evaluate(
            "() => [...document.querySelectorAll('article pre')].map((one) => one.textContent).join('')"
        )
        chapter = json.loads((ROOT / name).with_suffix(".ipynb").read_text(encoding="utf-8"))
        folded = [
            "".join(cell["source"]).strip()
            for cell in chapter["cells"]
            if "hide-input" in cell["metadata"].get("tags", [])
        ]
        places = [code.find(source) for source in folded]
        assert -1 not in places
        assert places == sorted(places)


def test_each_kind_of_picture_shows_what_is_read_named_and_said_of_it(browser, origins):
    with Visit(browser, origins["file"], "book/troubleshooting.html") as visit:
        page = visit.page
        for width in (PHONE["width"], DESK["width"]):
            page.set_viewport_size({"width": width, "height": 900})
            cards = page.locator(".picture-kind")
            assert cards.count() >= 30
            for card in cards.all():
                said = card.inner_text()
                pictures = card.locator("img").evaluate_all(
                    "(all) => all.map(({ alt, clientWidth }) => [alt, clientWidth])"
                )
                answered = re.search(r" · .+,\s(>\s)?\d+%\. Taken for a .+\.$", said)
                # A picture that is refused has a sentence, and nothing beside it.
                assert len(pictures) == (2 if answered else 1), said
                assert all(alt and shown >= 20 for alt, shown in pictures), said
                assert answered or re.search(r" · The picture shows .+\.$", said), said
        words = page.locator(".picture-kinds").all_inner_texts()
        assert sum("Taken for" not in some for some in words) == 1, "the refused stand together"


def test_every_figure_that_a_page_speaks_of_is_there(built_site):
    there, told = set(), {}
    for path in sorted(built_site.glob("book/*.html")):
        page = path.read_text(encoding="utf-8")
        there |= set(re.findall(r'id=\\?["\']figure-([\d-]+)', page))
        page = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
        for name in re.findall(r"\bFigures? (\d+\.\d+)", re.sub(r"<[^>]+>", "", page)):
            told.setdefault(name.replace(".", "-"), set()).add(path.name)
    assert len(told) > 50
    assert {name: pages for name, pages in told.items() if name not in there} == {}


#: The figures whose captions are seen, each with whether there is a picture in it.
STANDING = """() => [...document.querySelectorAll('article .qd-number')]
  .filter((number) => number.checkVisibility())
  .map((number) => [number.textContent.trim(), [...number.closest('.qd-figure, noscript, .widget-subarea')
    .querySelectorAll('svg, img, canvas')].some((picture) => picture.checkVisibility())])"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_without_scripts_what_moves_stands_as_it_opens(browser, origins, name):
    with Visit(browser, origins["file"], name) as visit:
        moving = dict(visit.page.evaluate(STANDING))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origins['file']}/{name}")
    standing = dict(page.evaluate(STANDING))
    torn = page.evaluate("""async () => {
      const pictures = [...document.querySelectorAll('article noscript img')];
      for (const picture of pictures) picture.loading = 'eager';
      await Promise.allSettled(pictures.map((picture) => picture.decode()));
      return pictures.filter((picture) => !picture.naturalWidth).map((picture) => picture.src);
    }""")
    context.close()
    assert torn == []
    assert standing.keys() == moving.keys()
    assert all(standing.values()), standing
