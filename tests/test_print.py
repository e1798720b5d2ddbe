"""Promises of the printed book, made from the built pages by Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html import unescape

import print_book
import pytest
from browsing import ROOT, controls_of


@pytest.fixture(scope="module")
def printed(browser, built_site, tmp_path_factory):
    """The built book in print, with the document that Chromium printed."""
    folder = tmp_path_factory.mktemp("print")
    target = folder / "book.pdf"
    # In a process of its own: another browser is open in this one.
    code = (
        "import sys, pathlib, print_book; print_book.print_book(*map(pathlib.Path, sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, str(built_site), str(target)]
    done = subprocess.run(command, cwd=ROOT / "tools", capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return target.read_bytes(), target.with_suffix(".html").read_text(encoding="utf-8")


def rows(document: str) -> list[tuple[str, str, str, str]]:
    contents = re.search(r'<nav class="book-contents">(.*?)</nav>', document, re.DOTALL)[1]
    row = r'<a class="(\w+)" href="#([^"]+)"><span>(.*?)</span><i></i><b>(\d*)</b></a>'
    return re.findall(row, contents)


def test_the_contents_name_every_page_with_the_number_where_it_is_found(printed):
    pdf, document = printed
    places = print_book.places_in(pdf)
    entries = rows(document)
    titles = [unescape(title) for kind, _, title, _ in entries if kind == "part"]
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    assert len(titles) == len(re.findall(r"- file:", toc)) + 1
    assert len([one for one in entries if one[0] == "section"]) > 20
    for _, target, title, number in entries:
        assert number, title
        assert places[target] == int(number), title
    numbers = [int(number) for *_, number in entries]
    assert numbers == sorted(numbers)
    assert numbers[0] > 2


def test_it_has_bookmarks_and_a_number_on_each_page(printed):
    pdf, _ = printed
    assert b"/Outlines" in pdf
    assert len(re.findall(rb"/Type ?/Page[^s]", pdf)) > 30
    assert 'class="pageNumber"' in print_book.FOOTER


def test_what_runs_only_in_a_page_says_where_it_does(printed):
    _, document = printed
    assert "open book/playground.html of the built book" in document
    assert 'class="explorable' not in document


#: Marks where what moves, each figure begins and ends, by links that a print tells the sheets of.
ENDS = """() => {
  const places = [...document.querySelectorAll(".moves, .qd-figure")];
  for (const [at, place] of places.entries()) {
    for (const [end, put] of [["begins", "prepend"], ["ends", "append"]]) {
      const mark = document.createElement("span");
      mark.id = `${end}-${at}`;
      place[put](mark);
      const link = document.createElement("a");
      link.href = `#${mark.id}`;
      link.textContent = mark.id;
      document.body.append(link);
    }
  }
  return places.map((place) => place.textContent.trim().slice(0, 60));
}"""


#: The smallest words of each kind in print, as points with what they say; whatever stands beside the sheet.
PRINTED = f"""() => {{
  const least = {{}}, beside = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {{
    const {{ parentElement: around, data }} = texts.currentNode;
    const unseen = "svg, style, script, mjx-container, .qd-spoken, .spoken";
    if (!/[\\p{{L}}\\p{{N}}]/u.test(data) || around.closest(unseen) || !around.checkVisibility()) continue;
    const size = parseFloat(getComputedStyle(around).fontSize) * around.currentCSSZoom * 0.75;
    const kind = around.closest("pre, code") ? "code"
      : around.closest(".state, .qd-figure, .qd-caption, figcaption, .comparison") ? "caption" : "body";
    if (!(size >= least[kind]?.[0])) least[kind] = [size, data.trim().slice(0, 40)];
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    if (range.getBoundingClientRect().right > {print_book.WIDTH} + 2) beside.push(data.trim());
  }}
  return {{ least, beside }};
}}"""


def test_words_in_print_are_large_enough_to_read_and_on_the_sheet(browser, printed, tmp_path):
    source = tmp_path / "book.html"
    source.write_text(printed[1], encoding="utf-8")
    page = print_book.sheet_in(browser)
    page.goto(source.as_uri())
    page.evaluate(print_book.FIT)
    found = page.evaluate(PRINTED)
    page.close()
    assert set(found["least"]) == {"body", "caption", "code"}
    for kind, points in (("body", 9.5), ("caption", 8), ("code", 8)):
        assert found["least"][kind][0] >= points, (kind, found["least"][kind])
    assert not found["beside"]


def test_no_heading_nor_signature_is_left_alone_at_the_foot_of_a_sheet(browser, printed, tmp_path):
    source = tmp_path / "book.html"
    source.write_text(printed[1], encoding="utf-8")
    page = print_book.sheet_in(browser)
    page.goto(source.as_uri())
    breaks = page.locator("main :is(h1, h2, h3, h4, dt)").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).breakAfter)"
    )
    page.close()
    assert len(breaks) > 400
    assert set(breaks) == {"avoid"}


def strips_in(document):
    """Of each strip what stands below its states."""
    parts = document.split('<div class="strip">')[1:]
    return [re.findall(r'<p class="stands">(.*?)</p>', part) for part in parts]


def test_no_explorer_is_cut_by_a_page_nor_is_a_figure(browser, printed, tmp_path):
    source = tmp_path / "book.html"
    source.write_text(printed[1], encoding="utf-8")
    page = print_book.sheet_in(browser)
    page.goto(source.as_uri())
    said = page.evaluate(ENDS)
    places = print_book.places_in(print_book.pdf_of(page))
    page.close()
    assert len(said) > 60
    cut = [text for at, text in enumerate(said) if places[f"begins-{at}"] != places[f"ends-{at}"]]
    assert cut == []


def test_the_printed_strip_has_the_first_and_the_last_state_of_what_moves(printed, built_site):
    _, document = printed
    assert "jupyter-widgets widget-slider" not in document
    strips = strips_in(document)
    for path in sorted((built_site / "book").glob("[0-9]-*.html")):
        for name, labels in controls_of(path):
            ends = [
                [one.rpartition(f"{name}: ")[2] for one in (strip[0], strip[-1])]
                for strip in strips
                if f"{name}: " in strip[0]
            ]
            assert [labels[0], labels[-1]] in [
                sorted(one, key=labels.index) for one in ends if {*one} <= {*labels}
            ]
    assert all(4 <= len(strip) <= 6 for strip in strips)


def test_links_inside_the_book_lead_to_places_in_it_and_no_id_stands_twice(printed):
    _, document = printed
    ids = re.findall(r'\sid="([^"]+)"', document)
    assert len(ids) == len(set(ids))
    targets = re.findall(r'<a [^>]*href="#([^"]+)"', document)
    assert targets
    assert not {target for target in targets if unescape(target) not in ids}
    assert not re.findall(r'<a [^>]*href="file:[^"]*\.html', document)


def test_the_word_pdf_prints_what_the_word_book_built(tmp_path):
    programs = tmp_path / (".venv/Scripts" if os.name == "nt" else ".venv/bin")
    programs.mkdir(parents=True)
    for name in ("jupyter-book", "python"):  # each only says that it was called
        (programs / name).write_text(f"#!/bin/sh\necho {name} $@ >> called\n")
        (programs / name).chmod(0o755)
    shutil.copy(ROOT / "do.py", tmp_path)
    subprocess.run([sys.executable, "do.py", "pdf", "--as-is"], cwd=tmp_path, check=True)
    called = (tmp_path / "called").read_text().splitlines()
    assert [line.split()[0] for line in called] == ["jupyter-book", "python"]
    assert "print_book.py" in called[1]
