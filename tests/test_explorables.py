"""Promises that every explorable keeps, whichever page shows it; a further one joins by being shown.

An explorable is what a page of book/ shows by ``{explorable} NAME``: the tests find it there. Its markup
is one element of the class ``explorable`` whose ``data-state`` becomes ``ready``, with the ids
PREFIX-tool, PREFIX-message for what is said to the reader, PREFIX-spoken for what is read out. Its state
stands in the address as ``#name=value&name=value``.
"""

from __future__ import annotations

import html
import io
import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from browsing import (
    AXE,
    CONTRASTS,
    DESK,
    EXPLORABLES,
    KEEPERS,
    LATE,
    LEAST_CONTRAST,
    NO_STORAGE,
    PHONE,
    REST,
    ROOT,
    SHOWN,
    Explorable,
    Visit,
    assert_fits,
)
from built_pages import SITE
from PIL import Image
from playwright.sync_api import expect

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
#: What a browser does in a frame of another site that is not allowed to.
REFUSED_TO_COPY = "() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }"


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


@pytest.fixture(scope="module")
def strict_origin():
    """The site as a server gives it that allows no script, style or worker but its own files."""

    class Strict(SimpleHTTPRequestHandler):
        def log_message(self, *_arguments):
            pass

        def end_headers(self):
            self.send_header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
            super().end_headers()

    handler = partial(Strict, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_strict_policy_of_the_server_stops_nothing_of_ours(browser, origins, name, strict_origin):
    """What it stops are a few lines that the theme writes into its pages."""
    with Explorable(browser, origins["http"], name) as usual:
        expected = usual.shown()
    context = browser.new_context(viewport=DESK, color_scheme="light")
    page = context.new_page()
    own = tuple(f"{strict_origin}/_static/{folder}/" for folder in (name, "book", "data"))
    complaints = []

    def hear(message):
        if message.type in {"error", "warning"} and message.location["url"].startswith(own):
            complaints.append(message.text)

    page.on("console", hear)
    page.goto(f"{strict_origin}/{EXPLORABLES[name]}")
    # Not by what Playwright compiles from text, which the policy forbids, too.
    page.wait_for_selector(".explorable[data-state=ready]")
    tool = page.locator(".explorable")
    page.wait_for_timeout(REST)
    assert tool.evaluate(SHOWN) == expected
    change_something(page)
    page.wait_for_timeout(REST)
    assert tool.evaluate(SHOWN) != expected
    # WebAssembly may not be compiled either: the same is computed without.
    assert not [text for text in complaints if "WebAssembly" not in text]
    context.close()


@pytest.mark.parametrize("place", ["book/1-data-and-noise.html", "search.html?q=kernel"])
def test_a_strict_policy_stops_nothing_of_ours_in_other_pages(browser, strict_origin, place):
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    complaints = []

    def hear(message):
        url = message.location["url"]
        if message.type == "error" and f"{strict_origin}/_static/book/" in url:
            complaints.append(message.text)

    page.on("console", hear)
    page.goto(f"{strict_origin}/{place}")
    if "search" in place:
        page.locator("#search-results a").first.wait_for(timeout=20_000)
    else:
        page.locator("[data-exercise] input").first.wait_for(state="attached")
    page.wait_for_timeout(REST)
    assert not complaints
    context.close()


def test_it_opens_once_it_shows_all_however_late_frames_and_workers_are(browser, origins, name):
    with Explorable(browser, origins["file"], name, script=LATE) as late:
        shown = late.ask(SHOWN)
        late.rest()
        assert late.ask(SHOWN) == shown


def test_its_address_brings_back_what_is_shown(browser, origins, name):
    with Explorable(browser, origins["http"], name) as one:
        start = one.fragment()
        change_something(one.page)
        fragment, shown = one.fragment(), one.shown()
        assert fragment != start
        one.page.reload()
        one.page.wait_for_selector(".explorable[data-state=ready]")
        assert one.shown() == shown
        one.page.evaluate("(start) => { location.hash = start; }", start)
        assert one.fragment() == start
    with Explorable(browser, origins["file"], name, f"#{fragment}") as other:
        assert other.shown() == shown
        assert other.said() == ""
        assert other.fragment() == fragment


def addresses() -> list[tuple[str, str]]:
    """Every state of an explorable that a page of the site links to."""
    shown = {f"{page.rpartition('/')[2]}": name for name, page in EXPLORABLES.items()}
    found = set()
    for path in (SITE / "index.html", *(SITE / "book").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        for page, state in re.findall(r'href="(?:book/)?([\w-]*\.html)?#(\w+=[^"]+)"', text):
            if not state.endswith("="):  # what a slider completes
                found.add((shown[page or path.name], html.unescape(state)))
    return sorted(found)


def test_every_state_that_the_book_links_to_makes_sense_to_the_page_that_shows_it(browser, origins):
    links = addresses()
    assert len({name for name, _ in links}) >= 4
    for name, state in links:
        with Explorable(browser, origins["file"], name, f"#{state}") as linked:
            assert linked.said() == "", (name, state)
            told = dict(part.split("=", 1) for part in linked.fragment().split("&"))
            wanted = dict(part.split("=", 1) for part in state.split("&"))
            assert {key: told.get(key) for key in wanted} == wanted
            assert not linked.complaints


def test_a_finger_changes_something(browser, origins, name):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{origins['file']}/{EXPLORABLES[name]}")
    page.wait_for_selector(".explorable[data-state=ready]")
    tool = page.locator(".explorable")
    before = tool.evaluate(SHOWN)
    for kind in ("input[type=range]", "input[type=checkbox]", "button:enabled"):
        control = tool.locator(kind).locator("visible=true").first
        if control.count():
            break
    box = control.bounding_box()
    control.tap(position={"x": 0.8 * box["width"], "y": 0.5 * box["height"]})
    page.wait_for_function(
        f"(before) => JSON.stringify(({SHOWN})(document.querySelector('.explorable'))) !== before",
        arg=json.dumps(before, separators=(",", ":"), ensure_ascii=False),
    )
    context.close()


def test_a_hostile_address_does_nothing_but_is_said_to_make_no_sense(explorable):
    start, shown = explorable.fragment(), explorable.shown()
    names = [part.partition("=")[0] for part in start.split("&")]
    assert all(re.fullmatch(r"[a-z-]+", name) for name in names), start
    explorable.page.on("dialog", lambda dialog: explorable.complaints.append(dialog.message))
    for value in HOSTILE:
        explorable.ask(
            "() => { document.querySelector('.explorable .ex-message').innerText = ''; }"
        )
        hostile = "&".join(f"{name}={value}" for name in [*names, "unknown", "__proto__"])
        explorable.ask(f"() => {{ location.hash = {json.dumps(hostile)}; }}")
        explorable.page.wait_for_function(
            "document.querySelector('.explorable .ex-message').innerText"
        )
        assert "makes no sense" in explorable.said(), value[:12]
        assert explorable.shown() == shown, value[:12]
        assert explorable.fragment() == start, value[:12]


#: Links within a page: the skip link, a heading's own, the sidebar's entry of the page, one to nowhere.
WITHIN = ["a[href='#main-content']", ".headerlink", "a[href='#']", None]


def test_links_within_the_page_leave_all_as_it_is(explorable):
    page = explorable.page
    change_something(page)
    changed, shown = explorable.fragment(), explorable.shown()
    for link in WITHIN:
        page.evaluate(
            """(link) => link
              ? document.querySelector(link).click() : (location.hash = 'nowhere')""",
            link,
        )
        hash_ = page.evaluate("location.hash")
        explorable.rest()
        assert explorable.said() == ""
        assert explorable.shown() == shown
        assert page.evaluate("location.hash") == hash_
        page.reload()
        page.wait_for_selector(".explorable[data-state=ready]")
        explorable.rest()
        assert explorable.shown() == shown
    change_something(page)
    page.wait_for_function("location.hash.includes('=')")
    assert explorable.fragment() != changed


# ---- Those that hold a drawing.

DRAWERS = [
    name
    for name in EXPLORABLES
    if "ex-surface" in (ROOT / f"web/{name}/{name}.html").read_text("utf-8")
]
#: What of the address holds a drawing.
DRAWING = r"(?:pick|strokes|image)=[^&]*"


class Drawer:
    """Draws on an explorable's surface, by shares of its sides."""

    def __init__(self, explorable):
        self.explorable, self.page = explorable, explorable.page
        self.surface = self.page.locator(".ex-surface")
        self.surface.scroll_into_view_if_needed()

    def to(self, x, y):
        box = self.surface.bounding_box()
        self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def begin(self, x, y):
        self.to(x, y)
        self.page.mouse.down()

    def end(self, x, y):
        self.to(x, y)
        self.page.mouse.up()

    def stroke(self, *points):
        self.begin(*points[0])
        for point in points[1:-1]:
            self.to(*point)
        self.end(*points[-1])

    def press(self, name):
        self.page.locator(f".explorable button[id$='-{name}']").evaluate("(it) => it.click()")

    def drawing(self):
        return re.search(DRAWING, self.explorable.fragment())[0]

    def strokes(self):
        kind, _, text = self.drawing().partition("=")
        assert kind == "strokes"
        return text.split(".") if text else []


@pytest.fixture(params=DRAWERS)
def drawer(browser, origins, request):
    with Explorable(browser, origins["file"], request.param) as explorable:
        yield Drawer(explorable)
        # Who leaves at once does not wait for the page's icon.
        assert not [one for one in explorable.complaints if not one.endswith("/favicon.svg")]


def test_undo_works_after_links_within_the_page_and_goes_back_before_another_address(drawer):
    first = drawer.drawing()
    drawer.stroke((0.2, 0.2), (0.8, 0.3))
    one = drawer.drawing()
    drawer.page.locator("a[href='#main-content']").evaluate("(link) => link.click()")
    drawer.page.evaluate("() => { location.hash = 'strokes=AAAABBBB'; }")
    assert drawer.drawing() == "strokes=AAAABBBB"
    drawer.press("undo")
    assert drawer.drawing() == one
    drawer.press("undo")
    assert drawer.drawing() == first


def test_a_drawing_that_is_left_at_once_is_kept(drawer):
    drawer.press("clear")
    for y in (0.2, 0.5, 0.8):
        drawer.stroke((0.2, y), (0.8, y))
    drawer.page.reload()
    drawer.page.wait_for_selector(".explorable[data-state=ready]")
    assert len(drawer.strokes()) == 3
    drawer.stroke((0.1, 0.1), (0.9, 0.9))
    drawer.page.goto("about:blank")
    drawer.page.go_back()
    drawer.page.wait_for_selector(".explorable[data-state=ready]")
    assert len(drawer.strokes()) == 4


def test_a_stroke_survives_what_happens_in_its_middle(drawer):
    page = drawer.page
    pick = "() => document.querySelector('.ex-pick[aria-pressed=false]').click()"
    undo = "() => document.querySelector('.explorable [id$=-undo]').click()"
    address = "() => { location.hash = 'pick=cat.3'; }"
    within = "() => { location.hash = 'main-content'; }"
    for act, kept in ((pick, 1), (undo, 1), (address, 1), (within, 2)):
        drawer.press("clear")
        drawer.stroke((0.1, 0.1), (0.5, 0.1))
        drawer.begin(0.2, 0.3)
        drawer.to(0.5, 0.9)
        page.evaluate(act)
        page.wait_for_timeout(50)
        drawer.end(0.8, 0.3)
        strokes = drawer.strokes()
        assert len(strokes) == kept, act
        # All three points of it, four letters each at least.
        assert len(strokes[-1]) >= 3 * 4, act
        drawer.press("undo")
        assert drawer.drawing() != f"strokes={'.'.join(strokes)}"


def test_a_slow_press_of_a_key_sets_the_pen_down_until_the_next(drawer):
    keyboard = drawer.page.keyboard
    drawer.press("clear")
    drawer.surface.focus()
    for key in ("Space", "Enter"):
        # All but the first are repeats.
        for _ in range(3):
            keyboard.down(key)
        keyboard.up(key)
        for _ in range(4):
            keyboard.press("ArrowRight")
        keyboard.down(key)
        keyboard.down(key)
        keyboard.up(key)
        keyboard.press("ArrowDown")
        keyboard.press("ArrowDown")
    strokes = drawer.strokes()
    assert len(strokes) == 2
    # Two points each, four letters for a point.
    assert {len(stroke) for stroke in strokes} == {8}


def test_a_button_that_is_done_leaves_the_focus_with_the_surface(drawer):
    page = drawer.page
    focused = "document.activeElement.matches('.ex-surface')"
    drawer.press("clear")
    drawer.stroke((0.2, 0.2), (0.8, 0.3))
    drawer.explorable.rest()
    clear = page.locator(".explorable button[id$='-clear']")
    undo = page.locator(".explorable button[id$='-undo']")
    clear.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(focused, timeout=10_000)
    undo.focus()
    while undo.is_enabled():
        assert page.evaluate("document.activeElement.matches('[id$=-undo]')")
        page.keyboard.press("Enter")
        drawer.explorable.frame()
    assert page.evaluate(focused)
    top = page.evaluate("scrollY")
    page.keyboard.press("Space")
    drawer.explorable.rest()
    assert page.evaluate("scrollY") == top


#: What no reader's hand does, yet scripts, extensions, lost pointers do.
ODD_ACTS = """() => {
  for (const element of document.querySelectorAll('.explorable canvas, .explorable input')) {
    const { left, top } = element.getBoundingClientRect();
    for (const [type, away] of [['pointerdown', 3], ['pointermove', 30], ['pointerup', 30]]) {
      element.dispatchEvent(new PointerEvent(type, { pointerId: 77, buttons: 1, bubbles: true,
        cancelable: true, clientX: left + away, clientY: top + 3 }));
    }
  }
  for (const choice of document.querySelectorAll('.explorable select')) {
    choice.value = 'none that there is';
    choice.dispatchEvent(new Event('change', { bubbles: true }));
  }
}"""


def test_a_pointer_that_is_gone_or_a_choice_of_nothing_does_no_harm(explorable):
    explorable.page.evaluate(ODD_ACTS)
    explorable.page.wait_for_timeout(REST)
    change_something(explorable.page)
    expect(explorable.tool).to_have_attribute("data-state", "ready")


#: Draws so many strokes of 25 points, says how long each hundred took.
SCRIBBLE = """async (hundreds) => {
  const surface = document.querySelector('.ex-surface');
  const box = surface.getBoundingClientRect();
  const send = (type, x, y) => surface.dispatchEvent(new PointerEvent(type, { pointerId: 5,
    clientX: box.left + x * box.width, clientY: box.top + y * box.height, bubbles: true }));
  const times = [];
  for (let i = 0; i < 100 * hundreds; i += 1) {
    if (i % 100 === 0) times.push(performance.now());
    const [x, y] = [0.9 * ((i * 0.618) % 1), 0.9 * ((i * 0.414) % 1)];
    send('pointerdown', x, y);
    for (let k = 1; k < 24; k += 1) send('pointermove', x + 0.004 * k, y + 0.04 * (k % 2));
    send('pointerup', x + 0.096, y);
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  times.push(performance.now());
  return times.slice(1).map((time, i) => time - times[i]);
}"""
HUNDREDS = 5
#: How much longer the last hundred may take than the first, within one run. When all were drawn anew at
#: each, it took ten times as long, 27 s for 400; now each is drawn once.
MOST_LONGER = 4


def test_many_strokes_are_quick_and_a_link_that_cannot_hold_them_says_so(drawer):
    page = drawer.page
    # Another program may take the processor in any one try; drawing all anew would show in each.
    for _ in range(3):
        drawer.press("clear")
        times = page.evaluate(SCRIBBLE, HUNDREDS)
        if times[-1] < MOST_LONGER * times[0]:
            break
    assert times[-1] < MOST_LONGER * times[0]
    drawer.explorable.rest()
    shown = drawer.explorable.shown()
    assert "strokes=" not in drawer.explorable.fragment()
    drawer.press("share")
    page.wait_for_function("document.querySelector('.explorable .ex-message').innerText")
    assert "too long for a link" in drawer.explorable.said()
    page.get_by_text("Embed this").click()
    page.locator(".ex-embed p", has_text="too long for a link").wait_for()
    page.reload()
    page.wait_for_selector(".explorable[data-state=ready]")
    drawer.explorable.rest()
    assert drawer.explorable.shown() == shown


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
    assert_fits(page)
    small = explorable.ask(
        f"""(tool) => [...tool.querySelectorAll({json.dumps(CONTROLS)})]
          .filter((control) => control.checkVisibility() && !control.matches('p a'))
          .map((control) => [control.outerHTML.slice(0, 90), (control.type === 'checkbox'
            || control.type === 'radio' ? control.closest('label') : control).getBoundingClientRect()])
          .filter(([, box]) => box.height < {FINGER} || box.width < {FINGER}).map(([tag]) => tag)"""
    )
    assert not small


#: What a pick of each explorable changes, besides its pad.
CHANGED_BY_A_PICK = {
    "playground": "#pg-clean, #pg-noisy, #pg-denoised",
    "look-inside": "#li-noisy, #li-denoised",
    "train-it-here": "#ti-noisy, #ti-cleaned",
    "slide-a-filter": "#sf-input, #sf-map",
    "softmax": "#sm-rows",
}
#: Says what of these lies outside of the window, with where the picks are.
OUTSIDE = """(selector) => [...document.querySelectorAll(selector)]
  .map((one) => [one.id || one.className, one.getBoundingClientRect()])
  .filter(([, { top, bottom }]) => top < 0 || bottom > innerHeight)
  .map(([name, { top, bottom }]) => `${name}: ${Math.round(top)} to ${Math.round(bottom)}`)"""
#: Scrolls to where the picks and what they change are in the middle, as far as this scrolls.
TO_BOTH = """(selector) => {
  const boxes = [...document.querySelectorAll(selector)]
    .filter((one) => !one.closest('.li-result'))
    .map((one) => one.getBoundingClientRect());
  const top = Math.min(...boxes.map((box) => box.top));
  const bottom = Math.max(...boxes.map((box) => box.bottom));
  scrollBy({ top: (top + bottom - innerHeight) / 2, behavior: 'instant' });
}"""


def test_what_picks_change_is_told_of_every_explorable_that_has_some():
    with_picks = {
        name
        for name in EXPLORABLES
        # Those of a game's round are looked back at.
        if re.search(
            r'id="\w+-(picks|drawings)"', (ROOT / f"web/{name}/{name}.html").read_text("utf-8")
        )
        and name != "against"
    }
    assert with_picks == set(CHANGED_BY_A_PICK)


@pytest.mark.parametrize("name", CHANGED_BY_A_PICK)
def test_on_a_phone_a_pick_changes_what_is_in_view_with_it(browser, origins, name):
    with Explorable(browser, origins["file"], name) as explorable:
        page = explorable.page
        page.set_viewport_size(PHONE)
        explorable.rest()
        # One of them may be shown already.
        picks = page.locator(".ex-picks .ex-pick[aria-pressed=false]")
        selector = f"{CHANGED_BY_A_PICK[name]}, .ex-picks:has(.ex-pick)"
        page.evaluate(TO_BOTH, selector)
        assert not page.evaluate(OUTSIDE, selector)
        changed = (
            "(selector) => [...document.querySelectorAll(selector)]"
            ".map((one) => one.toDataURL?.() ?? one.innerText)"
        )
        for pick in (picks.first, picks.last):
            before = page.evaluate(changed, CHANGED_BY_A_PICK[name])
            box = pick.bounding_box()
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            explorable.rest()
            after = page.evaluate(changed, CHANGED_BY_A_PICK[name])
            assert all(one != other for one, other in zip(before, after, strict=True))
            assert not page.evaluate(OUTSIDE, selector)


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
            assert_fits(frame)
            # The address that a reader sees is the other page's: it brings nothing of this back.
            frame.evaluate(REFUSED_TO_COPY)
            frame.locator(".explorable [id$=-share]").click()
            frame.wait_for_selector(".ex-message:not(:empty)")
            assert origins["http"] in frame.locator(".ex-message").inner_text()
            frame.goto(frame.url.replace("?embed", "?embed=dark"))
            frame.wait_for_selector(".ex-alone[data-theme=dark]")
            assert not visit.complaints
            assert not visit.outside
    finally:
        other.unlink()


FEW_COLOURS = {
    "softmax": [".sm-right .sm-bar"],
    "playground": [".pg-share:first-child"],
    "against": [".ag-key.ag-you", ".ag-key.ag-network"],
    "slide-a-filter": [
        ".sf-colours",
        "#sf-products td:nth-child(2)",
        ".sf-filter input:nth-child(2)",
    ],
    "train-it-here": [".ti-colours", ".ti-grid td"],
    "look-inside": [".li-swatches", ".li-bar"],
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", FEW_COLOURS)
def test_what_a_colour_tells_is_seen_by_who_sees_all_pages_in_a_few(name, scheme, browser, origins):
    """As in the high contrast of Windows, which takes backgrounds away."""
    context = browser.new_context(forced_colors="active", color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{origins['file']}/book/{name}.html")
    page.wait_for_selector(".explorable[data-state=ready]")
    for selector in FEW_COLOURS[name]:
        part = page.locator(f".explorable :is({selector})").first
        # A busy machine still moves the page's parts for a while, so that a picture shows another.
        for _ in range(20):
            part.scroll_into_view_if_needed()
            page.wait_for_timeout(300)
            with Image.open(io.BytesIO(part.screenshot())) as picture:
                pixels = np.asarray(picture.convert("RGB"), int)
            # Black, white, what lies between are words with their edges; else it is a colour.
            coloured = np.ptp(pixels, axis=2) > 24
            if coloured.mean() > 0.02:
                break
        assert coloured.mean() > 0.02, selector
    context.close()
