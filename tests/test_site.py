"""Promises of the built pages, kept in a real browser: what `make book` left in _build/html."""

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

SITE = Path(__file__).resolve().parent.parent / "_build/html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if "_static" not in path.parts and "_sources" not in path.parts
) or ["index.html"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# Said by the widgets' own code about a schema of its own.
HARMLESS = ('strict mode: use allowUnionTypes to allow union type keyword at "#/properties/state',)
# WCAG 2, level AA, for text of normal size.
LEAST_CONTRAST = 4.5


@pytest.fixture(scope="session")
def browser():
    missing = None
    if not (SITE / "index.html").exists():
        missing = "the site is not built: run `make book` first"
    elif CHROMIUM is None:
        missing = "this machine has no Chromium: install the package chromium"
    if missing:
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def origins():
    """Say where the site lies as files and where it is served."""
    handler = partial(QuietHandler, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {"file": SITE.as_uri(), "http": f"http://127.0.0.1:{server.server_port}"}
        server.shutdown()


class Visit:
    """An open page with all that it requested and complained about."""

    def __init__(self, browser, origin, name):
        self.origin = origin
        self.outside, self.complaints = [], []
        self.context = browser.new_context(viewport=DESK, color_scheme="light")
        self.page = self.context.new_page()
        self.context.route(lambda url: not self.is_inside(url), self.refuse)
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.on("response", self.check)
        self.page.goto(f"{origin}/{name}")
        self.page.wait_for_function(READY, timeout=20_000)
        self.page.evaluate(SET_FORMULAS)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.context.close()

    def is_inside(self, url):
        return url.startswith((f"{self.origin}/", "data:", "blob:", "about:"))

    def refuse(self, route):
        self.outside.append(route.request.url)
        route.abort()

    def check(self, response):
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")

    def hear(self, message):
        if message.type in {"error", "warning"} and not message.text.startswith(HARMLESS):
            self.complaints.append(message.text)


# Every widget has drawn itself.
READY = """() =>
  document.readyState === 'complete'
  && document.querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]').length
     === document.querySelectorAll('.widget-subarea > .jupyter-widgets').length
"""
# Then the formulas are set.
SET_FORMULAS = "() => window.MathJax?.startup?.promise?.then(() => true)"


@pytest.fixture(scope="module", params=PAGES)
def opened(request, browser, origins):
    """Each page of the site in turn, opened as a file; a test leaves it as it was."""
    with Visit(browser, origins["file"], request.param) as visit:
        yield visit


def test_no_page_requests_anything_outside_the_site(opened):
    assert not opened.outside
    assert not opened.complaints


@pytest.mark.parametrize("name", PAGES)
def test_no_served_page_requests_anything_outside_the_site(browser, origins, name):
    with Visit(browser, origins["http"], name) as visit:
        assert not visit.outside
        assert not visit.complaints


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


def test_no_page_scrolls_sideways_on_a_phone(opened):
    opened.page.set_viewport_size(PHONE)
    width = opened.page.evaluate("document.documentElement.scrollWidth")
    opened.page.set_viewport_size(DESK)
    assert width <= PHONE["width"]


# The contrast of each visible piece of text with the nearest background that is painted.
CONTRASTS = """() => {
  document.getAnimations().forEach((animation) => animation.finish());
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) => value / 255).map((value) =>
      value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const ownText = (element) =>
    [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
      .map((node) => node.data).join('').trim();
  return [...document.querySelectorAll('article *:not(script, style, svg *, .headerlink)')]
    .filter((element) => element.checkVisibility({ opacityProperty: true }) && ownText(element))
    .map((element) => {
      const behind = background(element);
      const [red, green, blue, alpha = 1] = parse(getComputedStyle(element).color);
      let seen = alpha;
      for (let at = element; at; at = at.parentElement) seen *= getComputedStyle(at).opacity;
      const ink = [red, green, blue].map((value, i) => seen * value + (1 - seen) * behind[i]);
      const colours = [ink, behind];
      const [low, high] = colours.map(luminance).sort((a, b) => a - b);
      return [ownText(element).slice(0, 60), (high + 0.05) / (low + 0.05)];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible_by_day_and_by_night(opened, scheme):
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    contrasts = opened.page.evaluate(CONTRASTS)
    opened.page.emulate_media(color_scheme="light")
    assert not [text for text, contrast in contrasts if contrast < LEAST_CONTRAST]


def test_sliders_tell_their_names_and_move_what_is_seen(opened):
    sliders = opened.page.locator('.widget-subarea [role="slider"]')
    for slider in sliders.all():
        if not slider.is_visible():
            continue
        assert slider.get_attribute("aria-label"), "a slider has no name"
        area = slider.locator('xpath=ancestor::div[contains(@class, "widget-subarea")]')
        before, said = area.screenshot(), slider.get_attribute("aria-valuetext")
        slider.focus()
        at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
        opened.page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
        opened.page.wait_for_timeout(200)
        assert slider.get_attribute("aria-valuetext") != said
        assert area.screenshot() != before
    assert not opened.complaints


@pytest.mark.parametrize("by", ["file", "http"])
def test_search_finds_autoencoder(browser, origins, by):
    with Visit(browser, origins[by], "search.html?q=autoencoder") as visit:
        results = visit.page.locator("#search-results li a")
        results.first.wait_for(timeout=10_000)
        found = [link.get_attribute("href") for link in results.all()]
        assert any("2-autoencoder" in address for address in found)
        visit.page.wait_for_timeout(300)
        assert not visit.outside
        assert not visit.complaints
