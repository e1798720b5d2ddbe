"""Promises of pages in another language: their words change, what is drawn or reckoned does not."""

import re

import numpy as np
import pytest
from browsing import DESK, EXPLORABLES, PHONE, Explorable
from scipy.special import softmax

#: Before the page is parsed any further: as a site in Arabic would be.
ARABIC = """new MutationObserver(() => {
  const root = document.documentElement;
  if (root && root.lang !== 'ar') Object.assign(root, { lang: 'ar', dir: 'rtl' });
}).observe(document, { childList: true });"""
#: All that a reader of the explorable sees or hears.
WORDS = """(tool) => {
  const texts = document.createTreeWalker(tool, NodeFilter.SHOW_TEXT);
  const said = [];
  while (texts.nextNode()) {
    const within = texts.currentNode.parentElement;
    if (!within.closest('noscript')) said.push(texts.currentNode.data);
  }
  for (const told of tool.querySelectorAll('[aria-label], [title]')) {
    said.push(told.getAttribute('aria-label') ?? '', told.getAttribute('title') ?? '');
  }
  return said;
}"""
#: English that stays: the function, the language of pages.
KEPT = {"ln", "HTML"}
#: Where each number of a formula stands, from the left.
PLACES = """(tool) => {
  const text = tool.querySelector('#sm-share-formula').firstChild;
  return [...text.data.matchAll(/[\\d.]{4,}/g)].map(({ index, 0: number }) => {
    const range = document.createRange();
    range.setStart(text, index);
    range.setEnd(text, index + number.length);
    return range.getBoundingClientRect().left;
  });
}"""


def words(page):
    return set(re.findall(r"[A-Za-z]{2,}", "\n".join(page.ask(WORDS)))) - KEPT


def test_the_softmax_page_speaks_arabic_from_right_to_left_and_reckons_the_same(browser, origins):
    with Explorable(browser, origins["http"], "softmax", script=ARABIC) as page:
        assert page.tool.evaluate("(tool) => getComputedStyle(tool).direction") == "rtl"
        assert not words(page)
        page.page.get_by_label("لوجيت ⁦سمكة⁩").press("ArrowRight")
        page.page.get_by_role("button", name="نسخ الرابط").click()
        page.page.wait_for_function("document.querySelector('.ex-message').innerText")
        assert "رابط" in page.said() or "عنوان" in page.said()
        fragment = page.fragment()
        assert fragment.startswith("logits=0.5,2,1.1,-1,-2&")
        shares = page.page.locator(".sm-bar").evaluate_all(
            "(bars) => bars.map((bar) => Number(bar.style.getPropertyValue('--share')))"
        )
        np.testing.assert_allclose(shares, softmax([0.5, 2, 1.1, -1, -2]), atol=1e-9)
        # Bars grow from the side where reading begins; the curve's axes stay where they are.
        bar = page.page.locator(".sm-bar").first
        assert "100%" in bar.evaluate("(bar) => getComputedStyle(bar).backgroundPosition")
        assert (
            page.page.locator("#sm-curve").evaluate("(svg) => getComputedStyle(svg).direction")
            == "ltr"
        )
        # A formula is read from left to right though a word in it is not: p = 7.39 / 12.3 = 0.603.
        places = page.ask(PLACES)
        assert len(places) == 3
        assert places == sorted(places)
        for size in (DESK, PHONE):
            page.page.set_viewport_size(size)
            page.page.wait_for_function(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
        assert not page.complaints
    with Explorable(browser, origins["http"], "softmax", f"#{fragment}") as page:
        assert "Sure and right" in page.tool.inner_text()
        assert page.fragment() == fragment


@pytest.mark.parametrize("name", ["slide-a-filter", "playground"])
def test_what_has_no_dictionary_stays_english_and_takes_strokes_where_they_are_drawn(
    browser, origins, name
):
    assert name in EXPLORABLES
    drawn = []
    for script in (None, ARABIC):
        with Explorable(browser, origins["http"], name, script=script) as page:
            assert page.tool.get_attribute("dir") == "ltr"
            assert page.tool.get_attribute("lang") == ("en" if script else None)
            surface = page.page.locator(".ex-surface").first
            surface.scroll_into_view_if_needed()
            box = surface.bounding_box()
            mouse, at = (
                page.page.mouse,
                lambda x, y, box=box: (
                    box["x"] + x * box["width"],
                    box["y"] + y * box["height"],
                ),
            )
            mouse.move(*at(0.25, 0.25))
            mouse.down()
            mouse.move(*at(0.75, 0.5), steps=3)
            mouse.up()
            page.page.wait_for_function("location.hash.includes('strokes=')")
            (strokes,) = re.findall(r"strokes=([^&]*)", page.fragment())
            drawn.append(strokes)
            assert not page.complaints
    assert drawn[0] == drawn[1]
