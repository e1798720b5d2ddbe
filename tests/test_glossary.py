"""Promises of the glossary in the pages: its entries show at the word, for pointer, keyboard or finger."""

from __future__ import annotations

import pytest
from browsing import AXE, CONTRASTS, DESK, LEAST_CONTRAST, PHONE, Visit
from built_pages import SITE
from test_exercises import CHAPTERS

LINK = 'article a[href*="glossary.html#"]'
TIP = ".glossary-tip"


@pytest.fixture(params=["file", "http"])
def chapter(request, browser, origins):
    with Visit(browser, origins[request.param], CHAPTERS[0]) as visit:
        yield visit
        assert not visit.complaints
        assert not visit.outside


def description(page, link):
    return page.locator(f"#{link.get_attribute('aria-describedby')}").text_content()


def shown(page, number):
    page.wait_for_function(f"document.querySelectorAll('{TIP}.show').length === {number}")
    return page.locator(TIP).inner_text() if number else ""


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_link_to_the_glossary_is_described_by_its_entry(browser, origins, name):
    glossary = (SITE / "book" / "glossary.html").read_text(encoding="utf-8")
    with Visit(browser, origins["file"], name) as visit:
        links = visit.page.locator(LINK).all()
        assert links
        for link in links:
            anchor = link.get_attribute("href").partition("#")[2]
            assert f'id="{anchor}"' in glossary
            assert len(description(visit.page, link)) > 20


def test_an_entry_shows_to_the_pointer_which_may_move_over_it(chapter):
    page = chapter.page
    link = page.locator(LINK).first
    link.hover()
    assert shown(page, 1) == description(page, link)
    page.locator(TIP).hover()
    page.wait_for_timeout(500)
    assert shown(page, 1)
    page.mouse.move(0, 0)
    shown(page, 0)


def test_an_entry_shows_to_the_keyboard_until_it_moves_on_or_escapes(chapter):
    page = chapter.page
    link = page.locator(LINK).first
    link.focus()
    assert shown(page, 1) == description(page, link)
    page.keyboard.press("Escape")
    shown(page, 0)
    assert link.evaluate("(link) => link === document.activeElement")
    assert description(page, link)
    # Back at once, it shows for as long as the reader stays.
    link.blur()
    link.focus()
    page.wait_for_timeout(500)
    assert shown(page, 1)
    page.keyboard.press("Tab")
    page.wait_for_function(f"document.querySelectorAll('{TIP}.show').length < 2")
    assert link.evaluate("(link) => link !== document.activeElement")


def test_a_finger_sees_the_entry_first_then_goes_there(browser, origins):
    context = browser.new_context(viewport=PHONE, has_touch=True)
    page = context.new_page()
    page.goto(f"{origins['file']}/{CHAPTERS[0]}")
    link = page.locator(LINK).first
    link.scroll_into_view_if_needed()
    link.tap()
    assert shown(page, 1)
    assert "glossary.html" not in page.url
    box = page.locator(TIP).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    link.tap()
    page.wait_for_url("**/glossary.html#*")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_shown_entry_can_be_read_by_everyone(chapter, scheme):
    page = chapter.page
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    page.locator(LINK).first.focus()
    said = shown(page, 1)
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    # The contrasts are measured within the article, to which the entry does not belong.
    contrasts = page.evaluate(CONTRASTS.replace("article *", f"{TIP} *"))
    assert [contrast >= LEAST_CONTRAST for text, contrast in contrasts if text[:20] in said] == [
        True
    ]
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        f"axe.run({{ include: ['{TIP}', '{LINK}'] }}, {{ resultTypes: ['violations'], preload: false }})"
    )
    serious = [one["id"] for one in found["violations"] if one["impact"] in {"serious", "critical"}]
    assert serious == []


def test_pages_that_link_to_no_entry_carry_none(origins):
    assert "glossary-entries" not in (SITE / "book" / "troubleshooting.html").read_text("utf-8")


@pytest.mark.parametrize("word", ["receptive field", "overfitting", "learning rate"])
@pytest.mark.parametrize("by", ["file", "http"])
def test_the_search_finds_a_word_of_the_glossary(browser, origins, by, word):
    with Visit(browser, origins[by], f"search.html?q={word.replace(' ', '+')}") as visit:
        results = visit.page.locator("#search-results a[href*='glossary.html']")
        results.first.wait_for(timeout=10_000)
        assert not visit.complaints
