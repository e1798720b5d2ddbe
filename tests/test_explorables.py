"""Promises that every explorable keeps, whichever page shows it; a further one joins by being shown.

An explorable is what a page of book/ shows by ``{explorable} NAME``: the tests find it there. Its markup
is one element of the class ``explorable`` whose ``data-state`` becomes ``ready``, with the ids
PREFIX-tool, PREFIX-message for what is said to the reader, PREFIX-spoken for what is read out. Its state
stands in the address as ``#name=value&name=value``.
"""

from __future__ import annotations

import html
import json
import re

import pytest
from browsing import (
    AXE,
    CONTRASTS,
    DESK,
    EXPLORABLES,
    KEEPERS,
    LEAST_CONTRAST,
    NO_STORAGE,
    PHONE,
    ROOT,
    SHOWN,
    SITE,
    Explorable,
    Visit,
)

#: A finger's target, in pixels each way.
FINGER = 44
CONTROLS = "button, select, input, summary, textarea, canvas[tabindex], a[href]"
#: What a hostile address may put in the place of each value.
HOSTILE = [
    "",
    "-1e999",
    "NaN,NaN",
    "toString",
    "__proto__",
    "..//..",
    "%00%FF",
    "<img src=x onerror=alert(1)>",
    "A" * 100_000,
]
NO_WEBASSEMBLY = "delete globalThis.WebAssembly;"


@pytest.fixture(params=EXPLORABLES)
def name(request):
    return request.param


@pytest.fixture
def explorable(browser, origins, name):
    """Each explorable in turn, opened as a file, all that it complains about held against it."""
    with Explorable(browser, origins["file"], name) as explorable:
        yield explorable
        assert not explorable.complaints
        assert not explorable.outside


def change_something(page):
    """Move the first slider or switch of an explorable by the keyboard; else press its first button."""
    for kind in ("input[type=range]", "input[type=checkbox]", "button:enabled"):
        control = page.locator(f".explorable {kind}").first
        if control.count():
            control.press("ArrowRight" if "range" in kind else "Space")
            return


def test_every_explorable_is_shown_by_a_page():
    folders = {path.parent.name for path in (ROOT / "web").glob("*/*.html")}
    assert set(EXPLORABLES) == folders


def test_other_pages_load_nothing_of_explorables_nor_of_their_data():
    texts = {
        path.relative_to(SITE).as_posix(): path.read_text(encoding="utf-8")
        for path in SITE.rglob("*.html")
        if "_static" not in path.parts and "_sources" not in path.parts
    }
    data = {
        name
        for page in EXPLORABLES.values()
        for name in re.findall(r"_static/data/(\w+)\.js", texts[page])
    }
    assert {"drawings", "networks"} <= data
    for page, text in texts.items():
        for name, own in EXPLORABLES.items():
            assert (f"_static/{name}/" in text) == (page == own), (page, name)
        if page not in EXPLORABLES.values():
            assert not [name for name in data if f"_static/data/{name}.js" in text], page


@pytest.mark.parametrize("by", ["file", "http"])
def test_it_opens_from_a_file_or_a_server_without_a_message_or_a_request_elsewhere(
    browser, origins, name, by
):
    with Explorable(browser, origins[by], name) as explorable:
        before = explorable.shown()
        change_something(explorable.page)
        explorable.rest()
        assert explorable.shown() != before
        assert not explorable.outside
        assert not explorable.complaints


@pytest.mark.parametrize("script", [NO_STORAGE, NO_WEBASSEMBLY], ids=["storage", "WebAssembly"])
def test_it_does_without(browser, origins, name, script):
    with Explorable(browser, origins["file"], name) as usual:
        expected = usual.shown()
    with Explorable(browser, origins["file"], name, script=script) as explorable:
        assert explorable.shown() == expected
        change_something(explorable.page)
        explorable.rest()
        assert explorable.shown() != expected
        if script == NO_STORAGE:
            asked = explorable.page.evaluate("window.asked")
            assert asked
            # Who keeps something asks, and does without; no other has a reason to.
            own = [stack for stack in asked if f"_static/{name}/" in stack]
            assert bool(own) == (name in KEEPERS)
        else:
            assert not explorable.complaints


def test_its_address_brings_back_what_is_shown(browser, origins, name):
    with Explorable(browser, origins["http"], name) as one:
        start = one.fragment()
        change_something(one.page)
        fragment, shown = one.fragment(), one.shown()
        assert fragment != start
        one.page.reload()
        one.page.wait_for_selector(".explorable[data-state=ready]")
        assert one.shown() == shown
        one.ask("() => { location.hash = ''; }")
        assert one.fragment() == start
    with Explorable(browser, origins["file"], name, f"#{fragment}") as other:
        assert other.shown() == shown
        assert other.said() == ""
        assert other.fragment() == fragment


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: value[:12] or "nothing")
def test_a_hostile_address_does_nothing_but_is_said_to_make_no_sense(explorable, value):
    start, shown = explorable.fragment(), explorable.shown()
    names = [part.partition("=")[0] for part in start.split("&")]
    assert all(re.fullmatch(r"[a-z-]+", name) for name in names), start
    hostile = "&".join(f"{name}={value}" for name in [*names, "unknown", "__proto__"])
    explorable.page.on("dialog", lambda dialog: explorable.complaints.append(dialog.message))
    explorable.ask(f"() => {{ location.hash = {json.dumps(hostile)}; }}")
    explorable.page.wait_for_function("document.querySelector('.explorable .ex-message').innerText")
    assert "makes no sense" in explorable.said()
    assert explorable.shown() == shown
    assert explorable.fragment() == start


def test_a_place_on_the_page_is_no_hostile_address(explorable):
    place = explorable.page.evaluate("document.querySelector('article section[id]').id")
    explorable.page.evaluate("(place) => { location.hash = place; }", place)
    explorable.rest()
    assert explorable.said() == ""


def test_the_keyboard_reaches_every_control_in_turn_and_is_seen_there(explorable):
    wanted = explorable.ask(
        f"""(tool) => [...tool.querySelectorAll({json.dumps(CONTROLS)})]
          .filter((control) => control.checkVisibility() && !control.disabled)
          .filter((control) => control.type !== 'radio' || control.checked)
          .filter((control) => control.tabIndex >= 0)
          .map((control) => {{
            control.dataset.number = document.querySelectorAll('[data-number]').length;
            return control.dataset.number; }})"""
    )
    explorable.ask("(tool) => { tool.tabIndex = -1; tool.focus(); }")
    reached = []
    for _ in wanted:
        explorable.page.keyboard.press("Tab")
        number, called, ring = explorable.page.evaluate(
            """() => { const at = document.activeElement;
              const shown = at.type === 'file' ? at.nextElementSibling : at;
              return [at.dataset.number, at.outerHTML.slice(0, 90),
                getComputedStyle(shown).outlineStyle]; }"""
        )
        assert ring != "none", f"the focus is not seen on {called}"
        reached.append(number)
    assert reached == wanted


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_serious_and_text_is_legible(explorable, scheme, viewport):
    page = explorable.page
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    page.locator(".explorable details").evaluate_all(
        "(all) => all.forEach((one) => (one.open = true))"
    )
    page.wait_for_timeout(500)
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "axe.run('.explorable', { preload: false }).then(({ violations }) => violations)"
    )
    serious = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
    assert not serious, json.dumps(serious, indent=1)
    contrasts = page.evaluate(CONTRASTS)
    assert not [text for text, contrast in contrasts if contrast < LEAST_CONTRAST]


def test_a_phone_needs_no_sideways_scroll_and_a_finger_meets_every_control(explorable):
    page = explorable.page
    page.set_viewport_size(PHONE)
    explorable.rest()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = explorable.ask(
        f"""(tool) => [...tool.querySelectorAll({json.dumps(CONTROLS)})]
          .filter((control) => control.checkVisibility() && !control.matches('p a'))
          .map((control) => [control.outerHTML.slice(0, 90), (control.type === 'checkbox'
            || control.type === 'radio' ? control.closest('label') : control).getBoundingClientRect()])
          .filter(([, box]) => box.height < {FINGER} || box.width < {FINGER}).map(([tag]) => tag)"""
    )
    assert not small


def test_without_scripts_it_says_what_is_missed(browser, origins, name):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origins['file']}/{EXPLORABLES[name]}")
    assert "JavaScript" in page.locator(".explorable noscript").inner_text()
    context.close()


def test_one_line_embeds_it_as_it_is_shown_in_another_page(browser, origins, name, tmp_path):
    with Explorable(browser, origins["http"], name) as explorable:
        change_something(explorable.page)
        explorable.rest()
        shown = explorable.shown()
        explorable.page.get_by_text("Embed this").click()
        field = explorable.page.locator(".ex-embed textarea")
        field.focus()
        line = field.input_value()
    assert re.fullmatch(r"<iframe [^<>]+></iframe>", line)
    assert html.unescape(line).count(origins["http"]) == 1
    other = SITE / "_static" / f"embeds-{name}.html"
    other.write_text(f"<!doctype html><title>A course</title><h1>A course</h1>{line}", "utf-8")
    try:
        with Visit(browser, origins["http"], f"_static/{other.name}") as visit:
            (_, frame) = visit.page.frames
            frame.wait_for_selector(".explorable[data-state=ready]")
            assert frame.locator(".explorable").evaluate(SHOWN) == shown
            words = frame.locator("body").inner_text()
            assert "CC BY 4.0" in words
            for around in ("nav", "header", "footer", "h1"):
                assert not any(one.is_visible() for one in frame.locator(around).all()), around
            assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
            frame.goto(frame.url.replace("?embed", "?embed=dark"))
            frame.wait_for_selector(".ex-alone[data-theme=dark]")
            assert not visit.complaints
            assert not visit.outside
    finally:
        other.unlink()
