"""Makes what teachers need out of the chapters: what each gives, sheets to hand out or to mark by."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from qdtools.show.numbers import with_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils import nodes
    from sphinx.application import Sphinx

#: Where the sheet of exercises lies in the site.
SHEET = "_downloads/exercises.md"
#: Where that lies which answers them.
ANSWERS = "_downloads/answers.md"
_HEADING = re.compile(r"### Exercise (\S+) · (\w+)\n+(.*)", re.S)
#: A link of Markdown, whose words stand by themselves elsewhere.
TO_FILE = re.compile(r"\[([^]]+)\]\([^)]+\)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Bring the directive, write the sheets when the site is built."""
    app.add_directive("chapter-table", ChapterTable)
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
            texts = [cell["source"] for cell in cells_of(path) if cell["cell_type"] == "markdown"]
            title = next(text for text in texts if text.startswith("# ")).splitlines()[0][2:]
            title = f"{path.stem.partition('-')[0]} · {title}"
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


def write_sheets(app: Sphinx, exception: Exception | None) -> None:
    """Write all exercises as they stand in the pages, on another sheet what answers them."""
    if exception or app.builder.format != "html":
        return
    asked, answered = ([f"# {app.config.project}: the {what}"] for what in ("exercises", "answers"))
    for path in chapters_of(Path(app.srcdir)):
        page = Path(app.outdir, "book", f"{path.stem}.html")
        if page.is_file():
            keys = keys_of(page)
            asked += exercises_of(path, keys)
            answered += [f"## {title_of(path)}", "\n".join(map(answer_of, keys.values()))]
    for place, lines in ((SHEET, asked), (ANSWERS, answered)):
        sheet = Path(app.outdir, place)
        sheet.parent.mkdir(parents=True, exist_ok=True)
        sheet.write_text("\n\n".join(lines) + "\n", encoding="utf-8")


def title_of(path: Path) -> str:
    """Read the title of a chapter."""
    return str(cells_of(path)[0]["source"]).splitlines()[0].lstrip("# ")


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
    yield f"## {title_of(path)}"
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
        yield TO_FILE.sub(r"\1", question.strip())
        if key["ask"]:
            yield key["ask"]
        if choices := key.get("choices"):
            yield "\n".join(f"{chr(97 + n)}) {one['text']}" for n, one in enumerate(choices))
        else:
            yield f"Answer: ________ {key.get('unit') or ''}".rstrip()
