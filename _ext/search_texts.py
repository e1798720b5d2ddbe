"""Writes the words of every section as a script for the search: a page opened as a file may fetch nothing.

web/search/ shows from it where in a page the words stand, with an excerpt.
"""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

SCRIPT = "data/search_texts.js"
#: Which form of an output is read, where there are several.
FORMS = ("text/markdown", "text/html", "text/plain")
#: What in HTML is no text for readers, figures' labels included.
UNREAD = re.compile(r"<(script|style|svg)\b.*?</\1>|<[^>]*>", re.DOTALL)

#: A section's anchor, title, words.
Section = tuple[str, str, str]


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", keep)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("html-page-context", load)
    app.connect("build-finished", write)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}


def texts(env: BuildEnvironment) -> dict[str, list[Section]]:
    """Hand out the sections of each page, which are kept with the rest of what was read."""
    kept: dict[str, list[Section]] = vars(env).setdefault("search_texts", {})
    return kept


def keep(app: Sphinx, doctree: nodes.document) -> None:
    texts(app.env)[app.env.docname] = [
        (section["ids"][0], section[0].astext(), words(section))
        for section in doctree.findall(nodes.section)
        if isinstance(section[0], nodes.title)
    ]


def forget(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    texts(env).pop(docname, None)


def merge(
    _app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment
) -> None:
    texts(env).update({name: texts(other)[name] for name in docnames if name in texts(other)})


def words(section: nodes.section) -> str:
    """Read what stands in a section itself, without those below it."""
    own = [read(child) for child in section[1:] if not isinstance(child, nodes.section)]
    return " ".join(" ".join(own).split())


def read(node: nodes.Node) -> str:
    if isinstance(node, nodes.math | nodes.math_block | nodes.comment):
        return ""
    if isinstance(node, nodes.raw):
        return unescape(UNREAD.sub(" ", node.astext())) if node["format"] == "html" else ""
    if isinstance(node, nodes.TextElement | nodes.Text):
        return str(node.astext())
    if isinstance(node, nodes.Element) and node.get("nb_element") == "mime_bundle":
        by_form = {child.get("mime_type"): child for child in node.children}
        return next((inner(by_form[form]) for form in FORMS if form in by_form), "")
    return inner(node)


def inner(node: nodes.Node) -> str:
    return " ".join(read(child) for child in node.children)


def load(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    _context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Load the words on the page of the search, nowhere else."""
    if pagename == "search":
        # Their content is only known when all is written, so its name is no part of the address.
        app.add_js_file(SCRIPT, priority=490)
        app.add_js_file("search/search.js")
        app.add_css_file("search/search.css")


def write(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    known = json.dumps(
        dict(sorted(texts(app.env).items())), separators=(",", ":"), ensure_ascii=False
    )
    path = Path(app.outdir, "_static", SCRIPT)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "// The words of every section, made by the build.\n"
        f"(globalThis.quickDrawData ??= {{}}).searchTexts = {known};\n",
        encoding="utf-8",
    )
