"""Makes what teachers need out of the chapters: what each gives, sheets to hand out or to mark by."""

from __future__ import annotations

import base64
import json
import re
from html import escape
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formulas import typeset
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from qdtools.show.numbers import with_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from docutils import nodes
    from sphinx.application import Sphinx

#: Where the sheet of exercises lies in the site.
SHEET = "_downloads/exercises.md"
#: Where it lies to be printed, with its formulas set and the figures that it speaks of.
PRINTED = "_static/sheets/exercises.html"
#: Where that lies which answers them.
ANSWERS = "_downloads/answers.md"
#: What an exercise lets a reader show of what the book promises, as a heading's cell says it.
WAYS = ("explain", "draw", "compute")
#: Of the styles beside `qdtools.show.style`, those of what stands in figures.
_STYLES = ("figure", "grid", "panel", "network", "filters", "comparison")
#: A sentence, in brackets or not, that leads to the solution, which a sheet lacks.
_WITHIN = r"(?:[^.?!]|[.](?! |\n|$))*"  # what does not end it
_TO_SOLUTION = re.compile(
    r" ?\([^()]*\bsolution\b[^()]*\)"
    rf"| ?(?<![^.?!] )[A-Z]{_WITHIN}\bsolution\b{_WITHIN}[.?!]"
)
_FIGURES = re.compile(r"\bFigures? ([0-9]+\.[0-9]+)((?:(?:, | and | or | to )[0-9]+\.[0-9]+)*)")
_HEADING = re.compile(r"### Exercise (\S+) · (\w+)\n+(.*)", re.S)
#: A link of Markdown, whose words stand by themselves elsewhere.
TO_FILE = re.compile(r"\[([^]]+)\]\([^)]+\)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Bring the directive, write the sheets when the site is built."""
    app.add_directive("chapter-table", ChapterTable)
    app.add_directive("outcome-table", OutcomeTable)
    app.connect("build-finished", write_sheets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def chapters_of(root: Path) -> list[Path]:
    """List the chapters in their order: notebooks whose names begin with a number."""
    return sorted((root / "book").glob("[0-9]-*.ipynb"))


def cells_of(path: Path) -> list[dict[str, Any]]:
    """Read the cells of a notebook, each with its source as one text."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


class ChapterTable(SphinxDirective):
    """Shows what each chapter gives, what it presumes, as its own head says it."""

    def run(self) -> list[nodes.Node]:
        """Write the table as the pages are written."""
        rows = ["| chapter | gives | presumes | exercises |", "| --- | --- | --- | --- |"]
        for path in chapters_of(Path(self.env.srcdir)):
            self.env.note_dependency(str(path))
            cells = cells_of(path)
            texts = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
            title = f"{path.stem.partition('-')[0]} · {title_of(cells)}"
            head = "\n".join(texts)
            gives, presumes = (
                "".join(re.findall(rf"> \*\*{word}\*\* · (.*)", head)[:1])
                for word in ("Learn", "Need")
            )
            grades = [match[2] for text in texts if (match := _HEADING.search(text))]
            counts = ", ".join(f"{grades.count(grade)} {grade}" for grade in dict.fromkeys(grades))
            rows.append(f"| [{title}]({path.name}) | {gives} | {presumes} | {counts} |")
        written = self.parse_text_to_nodes("\n".join(rows))
        for table in written:
            table["classes"].append("in-sentences")  # by which the style knows it
        return written


def outcomes_of(paths: list[Path]) -> dict[str, dict[str, list[str]]]:
    """Collect the exercises in which a reader shows an outcome, by the outcome and the way."""
    found: dict[str, dict[str, list[str]]] = {}
    for path in paths:
        for cell in cells_of(path):
            asked = _HEADING.search(cell["source"]) if cell["cell_type"] == "markdown" else None
            for outcome, ways in cell["metadata"].get("outcome", {}).items():
                if asked is None:
                    raise ExtensionError(f"{path.name}: {outcome!r} stands at no exercise")
                for way in [ways] if isinstance(ways, str) else ways:
                    if way not in WAYS:
                        raise ExtensionError(
                            f"{path.name}: exercise {asked[1]} lets readers {way!r}; "
                            f"the ways are {', '.join(WAYS)}"
                        )
                    found.setdefault(outcome, {}).setdefault(way, []).append(asked[1])
    return found


class OutcomeTable(SphinxDirective):
    """Shows by which exercises a reader explains, draws and computes what the book promises."""

    def run(self) -> list[nodes.Node]:
        """Write the table as the pages are written."""
        paths = chapters_of(Path(self.env.srcdir))
        for path in paths:
            self.env.note_dependency(str(path))
        stems = {path.stem.partition("-")[0]: path.name for path in paths}
        rows = [f"| outcome | {' | '.join(WAYS)} |", "| --- | --- | --- | --- |"]
        for outcome, ways in outcomes_of(paths).items():
            linked = [
                ", ".join(f"[{name}]({stems[name.split('.')[0]]})" for name in ways.get(way, []))
                for way in WAYS
            ]
            rows.append(f"| {outcome} | {' | '.join(cell or '–' for cell in linked)} |")
        return self.parse_text_to_nodes("\n".join(rows))


def write_sheets(app: Sphinx, exception: Exception | None) -> None:
    """Write all exercises as they stand in the pages, on another sheet what answers them."""
    if exception or app.builder.format != "html":
        return
    asked, answered = ([f"# {app.config.project}: the {what}"] for what in ("exercises", "answers"))
    printed = [f"# {app.config.project}: the exercises"]
    for path in chapters_of(Path(app.srcdir)):
        page = Path(app.outdir, "book", f"{path.stem}.html")
        if page.is_file():
            keys = keys_of(page)
            own = list(exercises_of(path, keys))
            asked += own
            printed += with_figures(own, page)
            answered += [f"## {title_of(cells_of(path))}", "\n".join(map(answer_of, keys.values()))]
    for place, lines in ((SHEET, asked), (ANSWERS, answered)):
        sheet = Path(app.outdir, place)
        sheet.parent.mkdir(parents=True, exist_ok=True)
        sheet.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    sheet = Path(app.outdir, PRINTED)
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.write_text(as_page(app, printed), encoding="utf-8")


def with_figures(asked: list[str], page: Path) -> Iterator[str]:
    """Set each exercise apart, with what it points to and paper lacks: a figure, the summary.

    What several point to stands once, at the first; who prints but a later one is shown it there by
    `sheet.js`.
    """
    built = page.read_text(encoding="utf-8")
    title, *texts = asked
    shown: set[str] = set()
    yield f"<section>\n\n{title}"
    heads = [at for at, text in enumerate(texts) if text.startswith("### ")]
    for start, end in zip(heads, [*heads[1:], len(texts)], strict=True):
        heading, *lines = texts[start:end]
        names = [
            name
            for found in _FIGURES.finditer("\n".join(lines))
            for name in re.findall(r"\d+\.\d+", found[0])
        ]
        needed = [f"figure-{name.replace('.', '-')}" for name in dict.fromkeys(names)]
        exercise = heading.split()[1]
        yield f'<section data-exercise="{exercise}" data-needs="{" ".join(needed)}">'
        yield heading
        yield from (figure_of(name, page, built) for name in needed if name not in shown)
        shown.update(needed)
        for text in lines:
            if "summary above" in text:
                yield summary_of(page, built)
            yield re.sub(r"\n(?=[b-z]\) )", "  \n", text)  # a line for each choice
        yield "</section>"
    yield "</section>"


def summary_of(page: Path, built: str) -> str:
    """Take the table of a chapter's summary out of its page."""
    table = re.search(r'<section id="summary">.*?(<table.*?</table>)', built, re.DOTALL)
    if table is None:
        raise ExtensionError(f"{page.name}: an exercise points to a summary without a table")
    return table[1].replace("\n\n", "\n")


def figure_of(name: str, page: Path, built: str) -> str:
    """Take a figure out of a page by its id, with its pictures within it."""
    found = re.search(
        rf'<figure class="qd-figure" id="{name}">.*?</figure>',
        built,
        re.DOTALL,
    )
    if found is None:
        raise ExtensionError(
            f"{page.name}: an exercise points to {name}, which does not stand still there, "
            "so no sheet can show it"
        )
    return re.sub(
        r'src="(?!data:)([^"]+)"',
        lambda source: f'src="{within(page.parent / source[1])}"',
        re.sub(r"\n\s*\n", "\n", found[0]),
    )


def within(picture: Path) -> str:
    """Write a picture as an address that holds it."""
    kind = guess_type(picture.name)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()}"


def as_page(app: Sphinx, texts: list[str]) -> str:
    """Set Markdown as one page that needs nothing beside it, to be printed."""
    wanted: list[tuple[str, bool]] = []

    def set_later(tex: str, options: dict[str, Any]) -> str:
        wanted.append((tex.strip(), bool(options["display_mode"])))
        return f"FORMULA-{len(wanted) - 1}-"

    markdown = MarkdownIt("commonmark", {"html": True}).use(dollarmath_plugin, renderer=set_later)
    body = markdown.render("\n\n".join(texts))
    done = typeset(app, wanted)
    for place, formula in enumerate(done["formulas"]):
        if formula["error"]:
            raise ExtensionError(f"the sheet of exercises: {formula['error']}: {wanted[place][0]}")
    body = re.sub(r"FORMULA-(\d+)-", lambda at: done["formulas"][int(at[1])]["html"], body)
    shown = Path(app.srcdir, "qdtools/show")
    styles = [
        *((shown / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES),
        Path(__file__).with_name("sheet.css").read_text(encoding="utf-8"),
        done["style"],
    ]
    script = Path(__file__).with_name("sheet.js").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{app.config.language or "en"}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(app.config.project)}: the exercises</title>\n"
        f"<style>{''.join(styles)}</style>\n<main>\n{body}</main>\n<script>\n{script}</script>\n</html>\n"
    )


def title_of(cells: Sequence[Mapping[str, Any]]) -> str:
    """Read the title of a chapter, with which its first cell begins."""
    return str(cells[0]["source"]).splitlines()[0].removeprefix("# ")


def answer_of(key: dict[str, Any]) -> str:
    """Word what answers an exercise, with what the page says to who has it."""
    right = [
        (f"{chr(97 + n)}) {one['text']}", one["said"])
        for n, one in enumerate(key.get("choices", ()))
        if one["right"]
    ]
    found, said = right[0] if right else (with_unit(str(key["shown"]), key["unit"]), key["said"])
    return f"- **{key['name']}** {found.rstrip('.')}{'. ' + said if said else ''}"


def keys_of(page: Path) -> dict[str, dict[str, Any]]:
    """Read what the exercises of a page ask, with what they offer, by their names."""
    found = re.findall(r'data-exercise="([^"]+)"', page.read_text(encoding="utf-8"))
    keys = [json.loads(base64.b64decode(content)) for content in found]
    return {key["name"]: key for key in keys}


def exercises_of(path: Path, keys: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Word the exercises of a chapter: the question, what to choose among, room to answer."""
    cells = cells_of(path)
    yield f"## {title_of(cells)}"
    for cell in cells:
        asked = _HEADING.search(cell["source"]) if cell["cell_type"] == "markdown" else None
        if asked is None:
            continue
        name, grade, question = asked.groups()
        if name not in keys:
            raise ExtensionError(
                f"{path.name}: exercise {name} is not on the page, so the sheet cannot ask it"
            )
        key = keys[name]
        yield f"### {name} ({grade})"
        yield _TO_SOLUTION.sub("", TO_FILE.sub(r"\1", question.strip()))
        if key["ask"]:
            yield key["ask"]
        if choices := key.get("choices"):
            yield "\n".join(f"{chr(97 + n)}) {one['text']}" for n, one in enumerate(choices))
        else:
            yield f"Answer: ________ {key.get('unit') or ''}".rstrip()
