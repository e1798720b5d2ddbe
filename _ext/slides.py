"""Makes slides for teachers out of the cells of each chapter that say so, to be shown without a network.

A cell joins by ``slideshow.slide_type`` of its metadata, as in JupyterLab: "slide" or "subslide" begins one,
"-" goes on with it. A slide shows its section's heading, formulas, code, figures, of what moves some
states, one after the other; what the chapter tells besides becomes the speaker's notes.
"""

from __future__ import annotations

import re
import shutil
from html import escape
from itertools import chain, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from execution_cache import chapter_with_results
from formulas import typeset
from moving import WIDGET, laid_out
from nbconvert.exporters import SlidesExporter
from nbformat.v4 import new_markdown_cell
from teaching import TO_FILE, chapters_of, title_of
from traitlets.config import Config

from qdtools.show.numbers import set_numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moving import State
    from nbformat import NotebookNode
    from sphinx.application import Sphinx

#: Below the site's _static, since slides are no pages of the book.
FOLDER = "slides"
TEMPLATE = Path(__file__).parent / "slides_template"
#: What reveal.js needs here, of the npm package.
PARTS = ("dist/reveal.css", "dist/reveal.js", "dist/plugin/notes.js", "LICENSE")
#: Code that only draws or keeps books is not shown, as on the page.
HIDDEN = {"hide-input", "remove-input"}
_FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$`])\$([^$`\n]+)\$", re.S)
#: Blocks of Markdown that a slide shows; other ones are said.
_SHOWN = re.compile(r"#|>|\||\$\$|```|<")
#: Where a sentence ends and one more begins.
_NEXT_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z`$*[])")
#: A block of code, whose comments are no headings.
_CODE = re.compile(r"^```.*?^```", re.M | re.S)
#: What an exercise asks for, before it says how to answer in Jupyter (qdtools.show.exercises).
_ASKED = re.compile(r'<div class="quiz"[^>]*>(.*?)<p>Answer in Jupyter', re.S)


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the slides when the site is built."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the slides of every chapter that has some, with what they are shown by."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", FOLDER)
    (folder / "reveal").mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        shutil.copy(Path(app.srcdir, "node_modules", "reveal.js", part), folder / "reveal")
    for part in ("slides.css", "slides.js"):
        shutil.copy(TEMPLATE / part, folder)
    for path in chapters_of(Path(app.srcdir)):
        name = f"book/{path.stem}"
        if name not in app.env.found_docs:
            continue
        chapter = chapter_with_results(app, name)
        if deck := slides_of(app, chapter):
            (folder / f"{path.stem}.html").write_text(deck, encoding="utf-8")


def slides_of(app: Sphinx, chapter: NotebookNode) -> str:
    """Convert the cells of an executed chapter that are slides; empty where none is one."""
    chapter.metadata.title = title_of(chapter.cells)
    chapter.cells = [*cells_shown(chapter.cells, chapter.metadata.title)]
    if not chapter.cells:
        return ""
    open_controls(chapter)
    for cell in chapter.cells:
        if cell.cell_type == "markdown":
            turn = said_alone if cell.metadata.get("said") else shown_and_said
            cell.source = turn(set_numbers_in(TO_FILE.sub(r"\1", cell.source)))
    set_formulas(app, chapter)
    hiding = {"enabled": True, "remove_input_tags": HIDDEN}
    exporter = SlidesExporter(
        config=Config({"TagRemovePreprocessor": hiding}),
        template_name=TEMPLATE.name,
        extra_template_basedirs=[str(TEMPLATE.parent)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    deck: str = exporter.from_notebook_node(chapter)[0]
    return deck


def cells_shown(cells: list[NotebookNode], heading: str) -> Iterator[NotebookNode]:
    """Give the cells that join, exercises with what they ask, each slide below its section's heading.

    What the other cells of a section tell goes with its slides, to be said.
    """
    last, has_begun = "", False
    waiting: list[NotebookNode] = []
    for place, cell in enumerate(cells):
        markdown = cell.cell_type == "markdown"
        headings = (
            re.findall(r"^#{1,3} (.+)$", _CODE.sub("", cell.source), re.M) if markdown else []
        )
        told = "" if "slideshow" in cell.metadata else told_by(cell)
        if headings:
            above, told = ends_of(told)
            if above and has_begun:
                yield note_of(above)
            has_begun, waiting = False, []
        if "slideshow" in cell.metadata:
            begins = cell.metadata.slideshow.slide_type in {"slide", "subslide"}
            if begins and not headings:
                plain = escape(heading.translate({ord(mark): None for mark in "*`"}))
                again = new_markdown_cell(last or f'<p class="again">{plain}</p>')
                again.metadata.slideshow = dict(cell.metadata.slideshow)
                cell.metadata.slideshow.slide_type = "-"
                yield again
            if markdown and "### Exercise" in cell.source:
                cell.source += f"\n\n{asked_by(cells[place + 1 :])}"
            last = cut_last_heading(cell) if leads_on(cell, cells[place + 1 :]) else ""
            yield cell
            yield from waiting
            has_begun, waiting = True, []
        elif told and has_begun:
            yield note_of(told)
        elif told:
            waiting.append(note_of(told))
        heading = headings[-1] if headings else heading


def told_by(cell: NotebookNode) -> str:
    """Give what a cell that shows nothing on a slide tells: its own text, or what its code has said."""
    if cell.cell_type == "markdown":
        return str(cell.source).strip()
    outputs = [
        output.get("data", {}).get("text/markdown", "") for output in cell.get("outputs", ())
    ]
    return "\n\n".join(filter(None, outputs)).strip()


def ends_of(text: str) -> tuple[str, str]:
    """Give what stands above a text's first heading, and what below its last."""
    parts = re.split(r"^#+ .+$", text, flags=re.M)
    return parts[0].strip(), parts[-1].strip()


def note_of(told: str) -> NotebookNode:
    said = {"slideshow": {"slide_type": "-"}, "said": True}
    cell: NotebookNode = new_markdown_cell(told, metadata=said)
    return cell


def leads_on(cell: NotebookNode, after: list[NotebookNode]) -> bool:
    """Whether a cell ends its slide, and the next slide begins without a heading of its own."""
    following = next((one for one in after if "slideshow" in one.metadata), None)
    return (
        cell.cell_type == "markdown"
        and following is not None
        and following.metadata.slideshow.slide_type in {"slide", "subslide"}
        and not (following.cell_type == "markdown" and re.search(r"^#", following.source, re.M))
    )


def cut_last_heading(cell: NotebookNode) -> str:
    """Take from a cell the heading below which it shows nothing, for the slide that it is about."""
    blocks = re.split(r"\n{2,}", cell.source.strip())
    at = max((at for at, block in enumerate(blocks) if block.startswith("#")), default=0)
    if not at or any(_SHOWN.match(block) for block in blocks[at + 1 :]):
        return ""
    heading = blocks.pop(at)
    cell.source = "\n\n".join(blocks)
    return heading


def asked_by(cells: list[NotebookNode]) -> str:
    """Take out of an exercise's outputs what it asks for: a choice among some, or a number."""
    own = takewhile(lambda cell: "### Exercise" not in cell.source, cells)
    outputs = chain.from_iterable(cell.get("outputs", ()) for cell in own)
    shown = "".join(str(one.get("data", {}).get("text/html")) for one in outputs)
    return "".join(_ASKED.findall(shown)[:1])


def open_controls(chapter: NotebookNode) -> None:
    """Put what controls show in their place: a slide has no kernel and no widgets."""
    models = chapter.metadata.pop("widgets", {}).get(f"{WIDGET}-state+json", {}).get("state", {})
    for cell in chapter.cells:
        for output in cell.get("outputs", ()):
            view = output.get("data", {}).pop(f"{WIDGET}-view+json", None)
            if view:
                shown = laid_out(view["model_id"], models, one_after_the_other)
                output.data = {"text/html": f"<figure>{shown}</figure>"}


def one_after_the_other(states: list[State]) -> str:
    """Lay states on top of each other, of which the next key shows the next one (reveal.js)."""
    # The first goes with the key by which the second one comes.
    kinds = ["fade-out", *["current-visible"] * (len(states) - 1)]
    shown = "".join(
        f'<div class="fragment {kind}" data-fragment-index="{max(0, at - 1)}">{state.html}'
        f'<p class="stands">{escape(state.says)}</p></div>'
        for at, (kind, state) in enumerate(zip(kinds, states, strict=True))
    )
    return f'<div class="states">{shown}</div>'


def shown_and_said(text: str) -> str:
    """Keep of a cell what a slide shows, turn the rest into notes; an exercise is shown whole."""
    if "### Exercise" in text:
        return text.partition("## Exercises")[2] or text
    blocks = re.split(r"\n{2,}", text.strip())
    # What stands above a heading ends the section before.
    start = next((at for at, block in enumerate(blocks) if block.startswith("#")), 0)
    shown: list[str] = []
    said: list[str] = []
    for at, block in enumerate(blocks):
        if block.startswith(">") or (at >= start and _SHOWN.match(block)):
            shown.append(block)
            continue
        around = (blocks[at - 1] if at else "", blocks[at + 1] if at + 1 < len(blocks) else "")
        before, words, after = sentence_of_formula(block, *(one.startswith("$$") for one in around))
        shown += [words] if at >= start and words else []
        said += [" ".join(filter(None, (before, after)))] if at >= start and words else [block]
    notes = ['<aside class="notes">', *filter(None, said), "</aside>"] if any(said) else []
    return "\n\n".join([*shown, *notes])


def said_alone(text: str) -> str:
    """Turn all of a text into notes."""
    return f'<aside class="notes">\n\n{text}\n\n</aside>'


def sentence_of_formula(block: str, follows: bool, leads: bool) -> tuple[str, str, str]:
    """Cut a paragraph into what is before, in, behind the sentence of which a formula is part."""
    sentences = _NEXT_SENTENCE.split(block)
    first, last = len(sentences), len(sentences)
    if leads:
        # Letters are told in a row of sentences that begins so.
        named = [at for at, one in enumerate(sentences) if re.search("as a formula", one, re.I)]
        first = min([*named, last - 1])
    elif follows and block[0].islower():
        first, last = 0, 1
    before, words, after = sentences[:first], sentences[first:last], sentences[last:]
    return " ".join(before), " ".join(words), " ".join(after)


def set_formulas(app: Sphinx, chapter: NotebookNode) -> None:
    """Set all formulas of the slides in one go, as pages have them."""
    cells = [cell for cell in chapter.cells if cell.cell_type == "markdown"]
    found = [match for cell in cells for match in _FORMULA.finditer(cell.source)]
    wanted = [(match[1] or match[2], bool(match[1])) for match in found]
    done = iter(typeset(app, wanted)["formulas"] if wanted else [])
    for cell in cells:
        cell.source = _FORMULA.sub(lambda _: str(next(done)["html"]), cell.source)
