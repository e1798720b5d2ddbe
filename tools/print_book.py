"""Prints the built book as one PDF with contents, page numbers, bookmarks: `make pdf` calls it.

Each built page is opened in Chromium, for it to draw itself; what it became is set behind the others in
one document, of what moves some states beside each other. That is printed twice, since only a print
tells on which page a section lies.
"""

from __future__ import annotations

import json
import re
import sys
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from built_pages import READY, SITE
from chromium import find_chromium, how_to_get_one, let_playwright_start
from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).resolve().parents[1] / "_ext"))
from moving import WIDGET, chosen, laid_out

if TYPE_CHECKING:
    from moving import State
    from playwright.sync_api import Browser, Page

TARGET = SITE.parent / "pdf/noisy-quick-draw.pdf"
STYLE = Path(__file__).with_suffix(".css")
TAKE = Path(__file__).with_suffix(".js")

FOOTER = """<div style="width:100%;font:8px sans-serif;color:#555;text-align:center">
<span class="pageNumber"></span></div>"""
#: More are entries, of a glossary for one, which is its own list.
MOST_SECTIONS = 30
#: The theme's addresses of the pages, in the order of the contents.
PAGES = """() => [...document.querySelectorAll('.bd-links__title ~ * a.reference, nav.bd-links a.reference')]
  .map((link) => link.getAttribute('href')).filter((href) => href && !href.includes(':'))"""

#: What a page knows of its widgets, which of them it shows.
WIDGETS = f"""() => {{
  const read = (kind) => [...document.querySelectorAll(`script[type="{WIDGET}-${{kind}}+json"]`)]
    .map((script) => JSON.parse(script.textContent));
  return {{ states: read("state").map(({{ state }}) => state), views: read("view") }};
}}"""
#: How many states each slider of levels has, at which it opens.
LEVELS = """() => [...document.querySelectorAll(".level-slider")].map((box) =>
  [JSON.parse(box.dataset.states).length, Number(box.querySelector("input").value)])"""
#: Pixels of a sheet's text, 174 mm wide, 259 mm high.
WIDTH, HEIGHT = 658, 978
#: Makes the states of what moves so small that all stand on one sheet, tables as large as that is wide.
FIT = f"""() => {{
  const tables = ".comparison, .pst-scrollable-table-container table:has(th:nth-child(5))";
  for (const place of document.querySelectorAll(tables)) {{
    const table = place.matches("table") ? place : place.querySelector("table");
    for (let zoom = 1; zoom > 0.5; zoom -= 0.02) {{
      place.style.setProperty("--zoom", zoom);
      if (table.getBoundingClientRect().width <= {WIDTH}) break;
    }}
  }}
  for (const place of document.querySelectorAll(".moves")) {{
    for (let zoom = 0.62; zoom > 0.3 && place.offsetHeight > {HEIGHT} * 0.95; zoom -= 0.03) {{
      place.style.setProperty("--zoom", zoom);
    }}
  }}
}}"""


class Part(NamedTuple):
    """A built page as it goes into the book: its title, its sections by id, its markup."""

    id: str
    title: str
    sections: list[tuple[str, str]]
    markup: str


def take_pages(browser: Browser, site: Path) -> tuple[list[str], list[Part]]:
    """Open every page of the contents, return their styles and what they show."""
    context = browser.new_context(viewport={"width": 794, "height": 1100}, color_scheme="light")
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    names = ["index.html", *dict.fromkeys(page.evaluate(PAGES))]
    take = TAKE.read_text(encoding="utf-8").rstrip().rstrip(";")
    styles: dict[str, None] = {}
    parts = []
    for number, name in enumerate(dict.fromkeys(names)):
        if name in {"#", "genindex.html", "search.html"}:
            continue
        page.goto((site / name).as_uri())
        page.wait_for_function(READY, timeout=60_000)
        taken: dict[str, Any] = page.evaluate(
            f"(given) => ({take})(given)",
            {
                "prefix": f"p{number}-",
                "site": site.as_uri(),
                "name": name,
                "names": names,
                "strips": strips_of(page),
                "levels": [chosen(*one) for one in page.evaluate(LEVELS)],
            },
        )
        styles |= dict.fromkeys(taken["styles"])
        sections = [(one["id"], one["title"]) for one in taken["sections"]]
        parts.append(Part(f"p{number}-page", taken["title"], sections, taken["markup"]))
    context.close()
    return list(styles), parts


def strips_of(page: Page) -> dict[str, str]:
    """Lay out what each widget of a page shows, as markup by its name; a print cannot be moved."""
    widgets = page.evaluate(WIDGETS)
    models = {name: model for state in widgets["states"] for name, model in state.items()}
    names = [view["model_id"] for view in widgets["views"]]
    laid = {name: laid_out(name, models, beside_each_other) for name in names}
    # What is marked has no states: it stays as the page shows it.
    return {name: markup for name, markup in laid.items() if 'class="strip"' in markup}


def beside_each_other(states: list[State]) -> str:
    """Lay states out as small multiples, each above where the controls stand."""
    shown = "".join(
        f'<div class="state">{state.html}<p class="stands">{escape(state.says)}</p></div>'
        for state in states
    )
    return f'<div class="strip">{shown}</div>'


def document(styles: list[str], parts: list[Part], title: str, places: dict[str, int]) -> str:
    """Set the pages behind each other, contents first; what no print has told yet has no number."""
    rows = []
    for part in parts:
        rows.append(_row("part", part.id, part.title, places))
        if len(part.sections) <= MOST_SECTIONS:
            rows += [_row("section", *section, places) for section in part.sections]
    links = "".join(f'<link rel="stylesheet" href="{escape(style)}">' for style in styles)
    return (
        '<!doctype html><html lang="en" data-theme="light" data-mode="light"><head>'
        f'<meta charset="utf-8"><title>{escape(title)}</title>{links}'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body>"
        f'<section class="cover"><p>{escape(title)}</p></section>'
        f'<nav class="book-contents"><h1>Contents</h1>{"".join(rows)}</nav>'
        f'<main class="bd-content"><div class="bd-article-container">'
        f"{_lead_somewhere(''.join(part.markup for part in parts))}</div></main></body></html>"
    )


def _lead_somewhere(markup: str) -> str:
    """Lead links that hand a state to an explorable to its page: in print it has none."""
    ids = set(re.findall(r'\sid="([^"]+)"', markup))

    def target(link: re.Match[str]) -> str:
        page = f"{link[1].partition('-')[0]}-page"
        return link[0] if unescape(link[1]) in ids else f'href="#{page}"' if page in ids else ""

    return re.sub(r'href="#(p\d+-[^"]*)"', target, markup)


def _row(kind: str, target: str, title: str, places: dict[str, int]) -> str:
    number = places.get(target, "")
    return (
        f'<a class="{kind}" href="#{escape(target)}"><span>{escape(title)}</span>'
        f"<i></i><b>{number}</b></a>"
    )


def places_in(pdf: bytes) -> dict[str, int]:
    """Read from a PDF by Chromium on which page, from 1, each link's target lies."""
    objects = {
        int(number): body for number, body in re.findall(rb"(?s)\b(\d+) 0 obj\b(.*?)\bendobj", pdf)
    }
    (root,) = [body for body in objects.values() if re.search(rb"/Type\s*/Catalog\b", body)]
    order: list[int] = []

    def walk(number: int) -> None:
        body = objects[number]
        if re.search(rb"/Type\s*/Pages\b", body):
            for kid in re.findall(rb"(\d+) 0 R", re.search(rb"(?s)/Kids\s*\[(.*?)\]", body)[1]):  # type: ignore[index]
                walk(int(kid))
        else:
            order.append(number)

    walk(int(re.search(rb"/Pages (\d+) 0 R", root)[1]))  # type: ignore[index]
    dests = re.search(rb"/Dests (\d+) 0 R", root)
    named = objects[int(dests[1])] if dests else b""
    page_of = {number: place for place, number in enumerate(order, 1)}
    return {
        name.decode(): page_of[int(page)]
        for name, page in re.findall(rb"/([^\s/\[<>]+)\s*\[\s*(\d+) 0 R", named)
    }


def sheet_in(browser: Browser) -> Page:
    """Open an empty page that lays out as a sheet of the print does."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.emulate_media(media="print")
    return page


def pdf_of(page: Page) -> bytes:
    """Print an open document, what moves on one sheet each."""
    page.evaluate("() => document.fonts.ready")
    page.evaluate(FIT)
    return page.pdf(
        format="A4",
        outline=True,
        tagged=True,
        print_background=True,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOTER,
        margin={"top": "18mm", "bottom": "20mm", "left": "18mm", "right": "18mm"},
    )


def print_book(site: Path, target: Path) -> None:
    """Print the built site into one file."""
    let_playwright_start()
    with sync_playwright() as playwright:
        chromium = find_chromium(playwright)
        if chromium is None:
            sys.exit(f"This machine has no Chromium to print with: `{how_to_get_one()}` brings it.")
        browser = chromium.launch(playwright.chromium)
        styles, parts = take_pages(browser, site)
        title = parts[0].title
        target.parent.mkdir(parents=True, exist_ok=True)
        source = target.with_suffix(".html")
        places: dict[str, int] = {}
        page = sheet_in(browser)
        # Numbers may move what follows them, hence until they stay.
        for _ in range(3):
            source.write_text(document(styles, parts, title, places), encoding="utf-8")
            page.goto(source.as_uri())
            pdf = pdf_of(page)
            found = places_in(pdf)
            if found == places:
                break
            places = found
        else:
            sys.exit("The page numbers of the contents do not settle.")
        browser.close()
    part_file = target.with_suffix(".part")
    part_file.write_bytes(pdf)
    part_file.replace(target)
    target.with_suffix(".json").write_text(json.dumps(places, indent=1), encoding="utf-8")
    print(f"{target} has {len(re.findall(rb'/Type ?/Page[^s]', pdf))} pages.")


if __name__ == "__main__":
    if not (SITE / "index.html").is_file():
        sys.exit("The site is not built; `make pdf` builds it first.")
    print_book(SITE, TARGET)
