"""Measures how soon the page that trains cleans a drawing visibly, while it stays responsive.

    python benchmarks/train_in_page.py --save

Needs a built site and Chromium. The real page trains from random weights by its default settings, until
the drawings kept out are as clean as is called visibly clean here: 5 dB above what noise leaves of them,
less than a third of its squared error. In the beginning a stroke is drawn, for which the table says how
long the page's own thread was busy at a time at most, then how long a pause took to be obeyed. Then plain
JavaScript does a few steps, to compare. Compare within one run only.
"""

from __future__ import annotations

import argparse
import json
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
#: What the browser writes down of each task of a thread, with the processor's time that it took.
TRACED = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]
STAND = """() => {
  const { step, each } = trainItHere.page.latest;
  return { step, each };
}"""
TRAIN = """async (gain) => {
  const { page } = trainItHere;
  const begin = performance.now();
  document.getElementById("ti-run").click();
  while (page.latest.decibels - page.latest.before < gain) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (performance.now() - begin > 600_000) break;
  }
  const { step, decibels } = page.latest;
  return { seconds: (performance.now() - begin) / 1000, step, decibels };
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
    """Open the page that trains, until it rests."""
    if script:
        page.add_init_script(script)
    page.goto(f"{SITE.as_uri()}/{PAGE}")
    page.wait_for_selector("#ti-tool[data-state=ready]")
    page.wait_for_timeout(1000)


def draw(page: Page) -> None:
    """Draw a stroke on the surface, as long as a reader takes for it."""
    box = page.locator("#ti-surface").bounding_box()
    if box is None:
        return
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    for i in range(300):
        page.mouse.move(box["x"] + 30 + i / 2, box["y"] + 30 + i / 3)
        page.wait_for_timeout(16)
    page.mouse.up()


def longest_task(trace: bytes) -> float:
    """Find the longest task of the page's own thread, in milliseconds of the processor.

    The clock on the wall would count what other programs do meanwhile.
    """
    events = json.loads(trace)["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return max(
        event["tdur"] / 1000
        for event in events
        if "tdur" in event and (event["pid"], event["tid"]) in threads
    )


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
        browser.start_tracing(page=page, categories=TRACED)
        # Within an object, since a promise alone would be waited for.
        page.evaluate(f"window.trained = {{ clean: ({TRAIN})({CLEAN}) }}; 0")
        draw(page)
        busy = longest_task(browser.stop_tracing())
        clean = page.evaluate("window.trained.clean")
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
        line(f"seconds from start to {CLEAN} dB above the noise", clean["seconds"], SECONDS),
        line("steps until then", clean["step"]),
        line("decibels then", clean["decibels"]),
        line("milliseconds a drawing", fast["each"]),
        line("times as long in plain JavaScript", plain["each"] / fast["each"]),
        line("longest task of the page's thread, milliseconds of the processor", busy, FRAME),
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
