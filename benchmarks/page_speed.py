"""Measures the weight of the built pages with their speed: bytes, requests, first contentful paint of each.

Run after `make book`: `.venv/bin/python benchmarks/page_speed.py`. Each page is opened in a fresh
Chromium profile, so nothing comes from a cache. Bytes are those of the decoded answers, pictures
further down included. First contentful paint is the median of three visits.
"""

import argparse
import statistics
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.append(str(Path(__file__).resolve().parent.parent / "tools"))

from built_pages import SITE
from chromium import find_chromium, how_to_get_one

VIEWPORT = {"width": 1280, "height": 900}
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


def visit(browser: Browser, address: str) -> tuple[dict[str, int], float | None]:
    """Open a page with nothing cached; return bytes by path, and milliseconds to first paint."""
    context = browser.new_context(viewport=VIEWPORT)
    page = context.new_page()
    responses = []
    page.on("response", lambda response: responses.append(response))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    paint = page.evaluate(FIRST_PAINT)
    # Only now, as it would delay the paint: what waits further down counts as well.
    page.evaluate("document.querySelectorAll('img').forEach((image) => image.loading = 'eager')")
    page.wait_for_load_state("networkidle")
    sizes = {response.url: len(response.body()) for response in responses if response.status == 200}
    context.close()
    return sizes, paint


def measure(
    site: Path, names: list[str], visits: int = 3
) -> Iterator[tuple[str, dict[str, int], float]]:
    """Yield for each page its name, its bytes by address, and its median first paint."""
    handler = partial(QuietHandler, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{server.server_port}"
        chromium = find_chromium(playwright) or sys.exit(
            f"This machine has no Chromium: `{how_to_get_one()}` brings it."
        )
        browser = chromium.launch(playwright.chromium)
        # The browser's own start shall not count for the first page.
        visit(browser, f"{origin}/{names[0]}")
        for name in names:
            visited = [visit(browser, f"{origin}/{name}") for _ in range(visits)]
            sizes = {url.removeprefix(f"{origin}/"): size for url, size in visited[0][0].items()}
            paints = [paint for _, paint in visited if paint is not None]
            yield name, sizes, statistics.median(paints)
        browser.close()
        server.shutdown()


def pages(site: Path) -> list[str]:
    return sorted(
        path.relative_to(site).as_posix()
        for path in site.rglob("*.html")
        if not path.relative_to(site).parts[0].startswith("_")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="*", help="addresses below the site; all by default")
    parser.add_argument("--site", type=Path, default=SITE, help="folder of the built site")
    parser.add_argument("--largest", type=int, default=0, help="list so many files of each page")
    arguments = parser.parse_args()
    names = arguments.pages or pages(arguments.site)
    if not names:
        sys.exit("The site is not built: run `make book` first.")
    print(f"{'page':<32} {'kB':>7} {'requests':>9} {'first paint, ms':>16}")
    for name, sizes, paint in measure(arguments.site, names):
        print(f"{name:<32} {sum(sizes.values()) / 1000:>7.0f} {len(sizes):>9} {paint:>16.0f}")
        largest = sorted(sizes.items(), key=lambda item: -item[1])[: arguments.largest]
        for path, size in largest:
            print(f"    {size / 1000:>7.0f} kB  {path}")


if __name__ == "__main__":
    main()
