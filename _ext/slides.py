"""Makes slides for teachers out of the cells of each chapter that say so, to be shown without a network.

A cell joins by ``slideshow.slide_type`` of its metadata, as in JupyterLab: "slide" or "subslide" begins one,
"-" goes on with it. A slide shows headings, formulas, code, figures, of what moves the state that it
opens in; what the chapter tells besides becomes the speaker's notes.
"""

from __future__ import annotations

import re
import shutil
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from execution_cache import chapter_with_results
from formulas import typeset
from nbconvert.exporters import SlidesExporter
from teaching import TO_FILE, chapters_of
from traitlets.config import Config

from qdtools.show.numbers import set_numbers_in

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from sphinx.application import Sphinx

#: Below the site's _static, since slides are no pages of the book.
FOLDER = "slides"
TEMPLATE = Path(__file__).parent / "slides_template"
#: What reveal.js needs here, of the npm package.
PARTS = ("dist/reveal.css", "dist/reveal.js", "dist/plugin/notes.js", "LICENSE")
#: Code that only draws or keeps books is not shown, as on the page.
HIDDEN = {"hide-input", "remove-input"}
WIDGET = "application/vnd.jupyter.widget"
_FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$`])\$([^$`\n]+)\$", re.S)
#: Blocks of Markdown that a slide shows; other ones are said.
_SHOWN = re.compile(r"#|>|\||\$\$|```")


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
    chapter.cells = [cell for cell in chapter.cells if "slideshow" in cell.metadata]
    if not chapter.cells:
        return ""
    chapter.metadata.title = chapter.cells[0].source.splitlines()[0].lstrip("# ")
    open_controls(chapter)
    for cell in chapter.cells:
        if cell.cell_type == "markdown":
            cell.source = shown_and_said(cell.source)
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


def open_controls(chapter: NotebookNode) -> None:
    """Put what controls show when they open in their place: a slide has no kernel and no widgets."""
    models = chapter.metadata.pop("widgets", {}).get(f"{WIDGET}-state+json", {}).get("state", {})
    for cell in chapter.cells:
        for output in cell.get("outputs", ()):
            view = output.get("data", {}).pop(f"{WIDGET}-view+json", None)
            if view:
                shown = opening(view["model_id"], models)
                output.data = {"text/html": f"<figure>{shown}</figure>"}


def opening(name: str, models: dict[str, Any]) -> str:
    """Lay out a widget in the state that it opens in, as HTML."""
    kind, state = models[name]["model_name"], models[name]["state"]
    if kind == "HTMLModel":
        return str(state["value"])
    if "_options_labels" in state:
        chosen = state["_options_labels"][state["index"]]
        return f"<p>{escape(state['description'])}: {escape(chosen)}</p>"
    children = state.get("children", [])
    if kind == "StackModel":
        children = [children[state["selected_index"]]]
    return "".join(opening(child.removeprefix("IPY_MODEL_"), models) for child in children)


def shown_and_said(text: str) -> str:
    """Keep of a cell what a slide shows, turn the rest into notes; an exercise is shown whole."""
    text = set_numbers_in(TO_FILE.sub(r"\1", text))
    if "### Exercise" in text:
        return text.partition("## Exercises")[2] or text
    blocks = re.split(r"\n{2,}", text.strip())
    # What stands above a heading ends the section before.
    start = next((at for at, block in enumerate(blocks) if block.startswith("#")), 0)
    shown = [
        block
        for at, block in enumerate(blocks)
        if block.startswith(">") or (at >= start and _SHOWN.match(block))
    ]
    said = [block for block in blocks if block not in shown]
    notes = ['<aside class="notes">', *said, "</aside>"] if said else []
    return "\n\n".join([*shown, *notes])


def set_formulas(app: Sphinx, chapter: NotebookNode) -> None:
    """Set all formulas of the slides in one go, as pages have them."""
    cells = [cell for cell in chapter.cells if cell.cell_type == "markdown"]
    found = [match for cell in cells for match in _FORMULA.finditer(cell.source)]
    wanted = [(match[1] or match[2], bool(match[1])) for match in found]
    done = iter(typeset(app, wanted)["formulas"] if wanted else [])
    for cell in cells:
        cell.source = _FORMULA.sub(lambda _: str(next(done)["html"]), cell.source)
