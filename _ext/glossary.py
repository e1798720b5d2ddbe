"""Writes into each page the glossary's entries that it links to, so that they show at the word itself.

A page opened as a file may fetch nothing; web/book/glossary.js shows what is written here.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes

from qdtools.show.numbers import set_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("glossary_page", "", "html", [str])
    app.connect("doctree-read", depend_on_glossary)
    app.connect("html-page-context", write_entries, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def linked(app: Sphinx, doctree: nodes.document) -> list[str]:
    """Name the entries that a page links to, before its links are resolved."""
    found = [
        node["reftargetid"]
        for node in doctree.findall(addnodes.pending_xref)
        if node.get("reftarget") == app.config.glossary_page and node.get("reftargetid")
    ]
    return list(dict.fromkeys(found))


def depend_on_glossary(app: Sphinx, doctree: nodes.document) -> None:
    """Keep what a page links to; write the page anew whenever the glossary changes."""
    names = linked(app, doctree)
    app.env.metadata[app.env.docname]["glossary"] = names
    if names and app.env.docname != app.config.glossary_page:
        app.env.note_dependency(app.env.doc2path(app.config.glossary_page))


def definitions(glossary: nodes.document) -> Iterator[tuple[str, str]]:
    """Give each section's id with its first paragraph as plain text."""
    for section in glossary.findall(nodes.section):
        for paragraph in section.children:
            if isinstance(paragraph, nodes.paragraph):
                for name in section["ids"]:
                    yield name, set_numbers(" ".join(paragraph.astext().split()))
                break


def write_entries(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Append the entries to a page, where screen readers find them as descriptions of its links."""
    names = app.env.metadata.get(pagename, {}).get("glossary", [])
    page = app.config.glossary_page
    if not names or pagename == page or "body" not in context:
        return
    # What a link names is the heading's words, which its id may fall short of: "95 % interval".
    slugs = app.env.metadata[page].get("myst_slugs", {})
    ids = dict.fromkeys(slugs[name][1] for name in names if name in slugs)
    told = dict(definitions(app.env.get_doctree(page)))
    entries = "".join(
        f'<p id="glossary-{escape(name)}">{escape(told[name])}</p>' for name in ids if name in told
    )
    context["body"] += f'<div class="glossary-entries" hidden>{entries}</div>'
