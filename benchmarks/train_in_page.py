"""Measures how soon the page that trains cleans a drawing visibly, while it stays responsive.

    python benchmarks/train_in_page.py --save

Needs a built site and Chromium. The real page trains from random weights by its default settings, until
the drawings kept out are as clean as is called visibly clean here: 5 dB above what noise leaves of them,
less than a third of its squared error. A stroke is drawn meanwhile, the table says how long the page's own
thread was busy at a time at most, how long a pause took to be obeyed. Then plain JavaScript does a few
steps, to compare. Compare within one run only.
"""

from __future__ import annotations

import argparse
import sys

from common import guarded, report
from page_speed import FLAGS, SITE, chromium
from playwright.sync_api import Page, sync_playwright

PAGE = "book/train-it-here.html"
#: What is called visibly clean: decibels above those of the noisy drawings.
CLEAN = 5
#: What the page is meant to keep: seconds until then, milliseconds of a frame, of a pause.
SECONDS, FRAME, PAUSE = 60, 50, 100
NO_WEBASSEMBLY = "delete globalThis.WebAssembly;"
#: How long the page's thread is busy at a time, by the browser's own account: what is short it leaves out.
WATCH = """() => {
  window.busy = [0];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) busy.push(entry.duration);
  }).observe({ type: "longtask", buffered: false });
  // Its account begins at 50 ms; this one has no such limit, yet counts what others do to the machine.
  window.frames = [0];
  let last = performance.now();
  const next = (now) => {
    frames.push(now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""
STAND = """() => {
  const { step, before, decibels, each } = trainItHere.page.latest;
  return { step, gain: decibels - before, decibels, each, busy: Math.max(...busy),
    frame: frames.sort((a, b) => a - b)[Math.floor(0.99 * frames.length)] };
}"""
TRAIN = """async (gain) => {
  const { page } = trainItHere;
  const begin = performance.now();
  document.getElementById("ti-run").click();
  while (page.latest.decibels - page.latest.before < gain) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (performance.now() - begin > 600_000) break;
  }
  return (performance.now() - begin) / 1000;
}"""
STOP = """async () => {
  const { page } = trainItHere;
  const begin = performance.now();
  document.getElementById("ti-run").click();
  const asked = page.background.call("work", { time: 0, isLast: true });
  await asked;
  return performance.now() - begin;
}"""


def opened(page: Page, script: str = "") -> None:
    """Open the page that trains, watched."""
    if script:
        page.add_init_script(script)
    page.goto(f"{SITE.as_uri()}/{PAGE}")
    page.wait_for_selector("#ti-tool[data-state=ready]")
    page.evaluate(WATCH)


def draw(page: Page) -> None:
    """Draw a stroke on the surface, as long as a reader takes for it."""
    box = page.locator("#ti-surface").bounding_box()
    if box is None:
        return
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    for i in range(60):
        page.mouse.move(box["x"] + 30 + 2 * i, box["y"] + 30 + i)
        page.wait_for_timeout(8)
    page.mouse.up()


def main() -> None:
    """Train in the page, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--steps", type=int, default=20, help="steps of plain JavaScript to measure"
    )
    parser.add_argument("--save", action="store_true", help="keep the result")
    arguments = parser.parse_args()
    if not (SITE / PAGE).exists():
        sys.exit("The site is not built: run `make book` first.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        opened(page)
        page.evaluate(f"window.trained = ({TRAIN})({CLEAN})")
        page.wait_for_timeout(1000)
        draw(page)
        seconds = page.evaluate("window.trained")
        fast = page.evaluate(STAND)
        pause = page.evaluate(STOP)
        page.close()
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        opened(page, NO_WEBASSEMBLY)
        page.evaluate("document.getElementById('ti-run').click()")
        page.wait_for_function(
            f"trainItHere.page.latest.step >= {arguments.steps}", timeout=600_000
        )
        plain = page.evaluate(STAND)
        browser.close()
    rows = [
        line(f"seconds from start to {CLEAN} dB above the noise", seconds, SECONDS),
        line("steps until then", fast["step"]),
        line("decibels then", fast["decibels"]),
        line("milliseconds a drawing", fast["each"]),
        line("times as long in plain JavaScript", plain["each"] / fast["each"]),
        line("longest task of 50 ms or more on the page's thread, ms", fast["busy"], FRAME),
        line("milliseconds between frames, 99 of 100 below", fast["frame"], FRAME),
        line("milliseconds until a pause is obeyed", pause, PAUSE),
    ]
    report("train_in_page", rows, save=arguments.save)


def line(what: str, found: float, limit: float | None = None) -> dict[str, str]:
    """One line of the table."""
    kept = "" if limit is None else "yes" if found <= limit else "no"
    return {
        "what": what,
        "found": f"{found:.1f}" if isinstance(found, float) else str(found),
        "at most": "" if limit is None else str(limit),
        "kept": kept,
    }


if __name__ == "__main__":
    guarded(main)
