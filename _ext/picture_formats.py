"""Lists which picture formats are read, where a page says ``{picture-formats}``.

The table is the one that the package and the page read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

TABLE = Path(__file__).resolve().parents[1] / "qdtools/drawings/pictures.json"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("picture-formats", PictureFormats)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class PictureFormats(SphinxDirective):
    """A table: what is read, with the endings of its files; what is recognised, not read."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(TABLE))
        words = json.loads(TABLE.read_text(encoding="utf-8"))
        body = nodes.tbody()
        for one in words["formats"]:
            ends = ", ".join(f".{end}" for end in one["ends"])
            cells = [nodes.entry("", nodes.paragraph("", text)) for text in (one["name"], ends)]
            body += nodes.row("", *cells)
        group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (1, 2)), cols=2)
        heads = [nodes.entry("", nodes.paragraph("", head)) for head in ("read", "its files")]
        group += [nodes.thead("", nodes.row("", *heads)), body]
        unread = list(dict.fromkeys(one["what"] for one in words["unread_formats"]))
        told = f"These are recognised but not read, so save them as PNG first: {', '.join(unread)}."
        *kinds, last = dict.fromkeys(words["tiff_packings"].values())
        more = f"Nor is a TIFF packed {', '.join(kinds)} or {last}: save it without compression."
        return [nodes.table("", group), nodes.paragraph("", told), nodes.paragraph("", more)]
