"""What tests of pages share: an open page that keeps its complaints, what is asked of each."""

import json
import re
from contextlib import suppress
from pathlib import Path

from built_pages import READY
from playwright.sync_api import TimeoutError

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "node_modules/axe-core/axe.min.js"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
#: The page that shows each explorable, by its name.
EXPLORABLES = {
    name: f"book/{path.stem}.html"
    for path in sorted((ROOT / "book").glob("*.md"))
    for name in re.findall(r"^```\{explorable\} (\S+)$", path.read_text("utf-8"), re.MULTILINE)
}
#: Those that keep what a reader did in the browser's storage.
KEEPERS = {
    path.parent.name
    for path in (ROOT / "web").glob("*/*.js")
    # The tour keeps how far it has come.
    if re.search(r"/(kept|tour)\.js", path.read_text("utf-8")) and path.parent.name in EXPLORABLES
}
#: The address is written and what is shown spoken after a rest; milliseconds.
REST = 1000
#: What is painted or written of an explorable, apart from what embedding adds.
SHOWN = """(tool) => [
  ...[...tool.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()),
  ...[...tool.querySelectorAll('input, select')].map((field) =>
    `${field.id} ${field.value} ${field.checked}`),
  [...tool.children]
    .filter((part) => !part.matches('noscript, .ex-embed, .ex-source, .ex-message, [aria-live]'))
    .map((part) => part.innerText).join('\\n').replace(/[\\d.]+ ms/g, ''),
]"""
# WCAG 2, level AA, for text of normal size.
LEAST_CONTRAST = 4.5
#: The theme asks for the storage, too: who did is kept.
NO_STORAGE = """window.asked = [];
for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
  Object.defineProperty(window, name, {
    get() {
      window.asked.push(new Error().stack);
      throw new DOMException('The storage is off.', 'SecurityError');
    },
  });
}"""

#: A busy machine: a page's frames and what its workers tell come late.
LATE = """(() => {
  const LATE = 250;
  const soon = (act) => setTimeout(act, LATE);
  const frame = window.requestAnimationFrame;
  window.requestAnimationFrame = (act) => soon(() => frame(act));
  window.Worker = class extends Worker {
    addEventListener(type, act, options) {
      const late = (event) => soon(() => act(event));
      super.addEventListener(type, type === 'message' ? late : act, options);
    }
  };
})()"""

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


def assert_fits(page):
    """Hold that nothing scrolls sideways, as soon as all parts have followed the window's size."""
    wide = "document.documentElement.scrollWidth - innerWidth"
    with suppress(TimeoutError):
        page.wait_for_function(f"{wide} <= 0", timeout=10_000)
    assert page.evaluate(wide) <= 0


def controls_of(path):
    """Read the name, the labels of the last control of each explorer in a built page."""
    text = path.read_text("utf-8")
    found = re.search(r'widget-state\+json">(.*?)</script>', text, re.DOTALL)
    models = json.loads(found[1])["state"] if found else {}
    explorers = []
    for model in models.values():
        children = [models[child[10:]] for child in model["state"].get("children", ())]
        if children and children[-1]["model_name"] == "StackModel" != model["model_name"]:
            along = children[-2]["state"]
            explorers.append((along["description"], along["_options_labels"]))
    return explorers


class Visit:
    """An open page with all that it requested and complained about."""

    def __init__(self, browser, origin, name):
        self.origin, self.name = origin, name
        self.outside, self.complaints, self.responses = [], [], []
        self.context = browser.new_context(viewport=DESK, color_scheme="light")
        self.page = self.context.new_page()
        self.context.route(lambda url: not self.is_inside(url), self.refuse)
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.on("response", self.check)
        self.prepare()
        self.page.goto(f"{origin}/{name}")
        self.page.wait_for_function(READY, timeout=20_000)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.context.close()

    def prepare(self):
        """What a kind of visit does before the page is opened."""

    def is_inside(self, url):
        return url.startswith((f"{self.origin}/", "data:", "blob:", "about:"))

    def refuse(self, route):
        self.outside.append(route.request.url)
        route.abort()

    def check(self, response):
        self.responses.append(response)
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")

    def hear(self, message):
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


class Explorable(Visit):
    """An open page whose explorable is ready."""

    def __init__(self, browser, origin, name, fragment="", script=None):
        self.script = script
        super().__init__(browser, origin, f"{EXPLORABLES[name]}{fragment}")
        self.tool = self.page.locator(".explorable")
        self.page.wait_for_function(
            "document.querySelector('.explorable').dataset.state !== 'loading'"
        )
        assert self.tool.get_attribute("data-state") == "ready"

    def prepare(self):
        if self.script:
            self.page.add_init_script(self.script)

    def ask(self, expression):
        return self.tool.evaluate(expression)

    def frame(self):
        """Let the page show what was done to it, which it does in its next frame."""
        self.ask("() => new Promise((shown) => requestAnimationFrame(shown))")

    def shown(self):
        self.frame()
        return self.ask(SHOWN)

    def rest(self):
        self.page.wait_for_timeout(REST)

    def said(self):
        return self.page.locator(".explorable .ex-message").inner_text()

    def fragment(self):
        """What follows the # of the address."""
        self.rest()
        return self.page.url.partition("#")[2]
