"""Lets plain links, [Vincent et al., 2008](references.md#vincent2008), lead to the entry of that label.

In a notebook opened in JupyterLab they lead to the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pybtex.plugin import register_plugin
from pybtex.style.formatting.alpha import Style as AlphaStyle
from pybtex.style.labels import BaseLabelStyle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from docutils import nodes
    from pybtex.database import Entry
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinxcontrib.bibtex.domain import BibtexDomain


def setup(app: Sphinx) -> dict[str, bool]:
    register_plugin("pybtex.style.formatting", AuthorYearStyle.name, AuthorYearStyle)
    app.connect("config-inited", name_anchors)
    app.connect("doctree-read", offer_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def label(entry: Entry) -> str:
    """Call a work as the text does: "Wilson, 1927", "Ha and Eck, 2018", "Buades et al., 2005"."""
    names = [" ".join(person.last_names) for person in entry.persons["author"]]
    written = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{written}, {entry.fields['year']}"


class AuthorYearLabels(BaseLabelStyle):  # type: ignore[misc]
    """Label works by author with year."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        """Give a label for each entry, in their order."""
        yield from map(label, sorted_entries)


class AuthorYearStyle(AlphaStyle):  # type: ignore[misc]
    """Set works as the plain styles do, labelled by author with year."""

    name = "author_year_labels"
    default_label_style = AuthorYearLabels


def name_anchors(_app: Sphinx, config: Config) -> None:
    """Let an entry's anchor be its key, its label what the text calls it."""
    config.bibtex_cite_id = "{key}"
    config.bibtex_default_style = AuthorYearStyle.name


def offer_anchors(app: Sphinx, _doctree: nodes.document) -> None:
    """Add a page's bibliography to the anchors that links may name, which are else its headings."""
    domain = cast("BibtexDomain", app.env.get_domain("cite"))
    for key, bibliography in domain.bibliographies.items():
        if key.docname == app.env.docname:
            slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
            for name, citation in bibliography.citation_nodes.items():
                (anchor,) = citation["ids"]
                slugs[name] = (bibliography.line, anchor, name)
