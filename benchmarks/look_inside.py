"""Measures how soon the page that opens the networks shows every map of a stroke.

    python benchmarks/look_inside.py --save

Needs a built site and Chromium. For each network that the page can open, the drawing is changed again and
again in the real page: the table says how long it is from a change to every map painted, the wait for a
frame included, how long until the browser has shown the frame, and how much of it the networks alone
take. Compare within one run only.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from common import guarded, report
from page_speed import FLAGS, SITE, chromium
from playwright.sync_api import sync_playwright

PAGE = "book/look-inside.html"
#: What the page is meant to keep; milliseconds.
LIMIT = 50
MEASURE = """async ([network, count]) => {
  const { page } = lookInside;
  page.chooseNetwork(network);
  const clean = Float32Array.from({ length: 784 }, (_, i) => (i * 7919 % 1000) / 1000);
  const times = { update: [], frame: [], run: [] };
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  for (let i = 0; i < count + 10; i += 1) {
    await frame();
    const begin = performance.now();
    const stroke = [[i * 30, 900], [2000, 3000 - i * 10], [3600, 1200]];
    page.pad.set({ type: "strokes", strokes: [...page.pad.strokes().slice(-4), stroke] });
    // The page paints its maps in the next frame, before whoever asked for that frame later.
    const updated = await new Promise((resolve) =>
      requestAnimationFrame(() => resolve(performance.now())));
    await new Promise((resolve) => setTimeout(resolve));
    const shown = performance.now();
    page.bench.run(clean, page.inspection);
    const ran = performance.now();
    // Let the patches of "why this name" rest until the end.
    page.why.turn += 1;
    if (i < 10) continue;
    times.update.push(updated - begin);
    times.frame.push(shown - begin);
    times.run.push(ran - shown);
  }
  return times;
}"""


def main() -> None:
    """Open the page and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50, help="strokes to measure")
    parser.add_argument("--save", action="store_true", help="keep the result as JSON")
    arguments = parser.parse_args()
    if not (SITE / PAGE).exists():
        sys.exit("The site is not built: run `make book` first.")
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{SITE.as_uri()}/{PAGE}")
        page.wait_for_selector("#li-tool[data-state=ready]")
        opened = page.evaluate(
            "lookInside.page.bench.opened.map(({ name, title }) => [name, title])"
        )
        for name, title in opened:
            times = page.evaluate(MEASURE, [name, arguments.count])
            update, frame, run = (
                statistics.median(times[part]) for part in ("update", "frame", "run")
            )
            rows.append(
                {
                    "network": title,
                    "ms from a stroke to every map": f"{update:.1f}",
                    "ms until the frame is shown": f"{frame:.1f}",
                    "ms of the networks alone": f"{run:.1f}",
                    "ratio": f"{update / run:.1f}",
                    f"within {LIMIT} ms": "yes" if update <= LIMIT else "no",
                }
            )
        browser.close()
    report("look_inside", rows, save=arguments.save)


if __name__ == "__main__":
    guarded(main)
