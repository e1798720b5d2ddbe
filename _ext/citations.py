"""Lets plain links, [Vincent et al., 2008](references.md#vincent2008), lead to an entry of the references.

In a notebook opened in JupyterLab they lead to the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinxcontrib.bibtex.domain import BibtexDomain


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", name_anchors)
    app.connect("doctree-read", offer_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def name_anchors(_app: Sphinx, config: Config) -> None:
    """Let an entry's anchor be its key."""
    config.bibtex_cite_id = "{key}"


def offer_anchors(app: Sphinx, _doctree: nodes.document) -> None:
    """Add a page's bibliography to the anchors that links may name, which are else its headings."""
    domain = cast("BibtexDomain", app.env.get_domain("cite"))
    for key, bibliography in domain.bibliographies.items():
        if key.docname == app.env.docname:
            slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
            for name, citation in bibliography.citation_nodes.items():
                (anchor,) = citation["ids"]
                slugs[name] = (bibliography.line, anchor, name)
