"""Puts an explorable into the page that names it: markup, script, style, data, for that page alone.

In a page, ``{explorable} NAME`` shows web/NAME/NAME.html. The page then loads what web/NAME/index.js is
bundled into, besides each of web/data that this imports. What a chapter's outputs hold may ask for a
bundle as well, by an attribute of its markup.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import page_data
from bundles import bundled_files
from chapter_keys import chapter_key
from docutils import nodes
from execution_cache import inputs_of
from nbformat.v4 import new_notebook
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: What makes the data of web/data besides the package, the weights and the reader's own settings.
DATA_MAKERS = ("_ext/**/*", "web/lib/**/*")
#: Attributes in the HTML of outputs, with the bundle that wakes what carries them.
WAKERS = {"data-exercise=": "exercises"}


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("page_drawings", {}, "html", [dict])
    app.add_directive("explorable", Explorable)
    app.add_post_transform(StateLinks)
    app.connect("env-get-outdated", find_pages_of_other_data)
    app.connect("doctree-read", depend_on_wakers)
    app.connect("html-page-context", load_parts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Explorable(SphinxDirective):
    """Something to explore in the page, by the name of its folder below web/."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        (name,) = self.arguments
        markup = Path(self.env.srcdir, "web", name, f"{name}.html")
        for part in (markup, markup.with_name("index.js")):
            if not part.is_file():
                missing = part.relative_to(self.env.srcdir)
                raise self.error(f"there is no explorable {name!r}: {missing} is missing")
        self.env.note_dependency(str(markup))
        depend_on(self.env.app, name)
        self.env.metadata[self.env.docname]["explorable"] = name
        return [nodes.raw("", markup.read_text("utf-8"), format="html", explorable=name)]


class StateLinks(SphinxPostTransform):
    """Lets pages link to what an explorable shows, as in ``[a cat](playground.md#pick=cat.3)``."""

    # Just before MyST looks for the heading that it takes such a state for.
    default_priority = 8

    def run(self, **_options: Any) -> None:
        for link in self.document.findall(addnodes.pending_xref):
            state = link.get("reftargetid") or ""
            metadata = self.env.metadata.get(link["reftarget"], {})
            if "=" in state and "explorable" in metadata:
                metadata.setdefault("myst_slugs", {})[state] = (0, state, "")


def find_pages_of_other_data(
    app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    """List the pages with explorables if what these run on may be other than when they were read."""
    inputs = inputs_of(app)
    made_by = [*inputs.patterns, f"{inputs.package}/**/*", *DATA_MAKERS]
    key = chapter_key(new_notebook(), replace(inputs, patterns=made_by), os.environ)
    before, env.page_data_key = getattr(env, "page_data_key", ""), key  # type: ignore[attr-defined]
    if before == key:
        return []
    return [name for name in env.found_docs if "explorable" in env.metadata.get(name, {})]


def depend_on(app: Sphinx, name: str) -> None:
    """Write the page that is being read anew whenever a bundle is: it names its files by content."""
    for kind in ("js", "css"):
        place = Path(app.outdir, "_static", name, f"{name}.{kind}")
        if place.exists():
            app.env.note_dependency(str(place))


def depend_on_wakers(app: Sphinx, doctree: nodes.document) -> None:
    """Do so for what wakes a chapter's outputs."""
    for name in woken(doctree):
        depend_on(app, name)


def woken(doctree: nodes.document) -> list[str]:
    """Name the bundles that the HTML in a page asks for."""
    written = [node.astext() for node in doctree.findall(nodes.raw)]
    return [name for mark, name in WAKERS.items() if any(mark in text for text in written)]


def load_parts(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    _context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Load what a page's explorables need on that page, nowhere else."""
    if doctree is None:
        return
    shown = [node["explorable"] for node in doctree.findall(nodes.raw) if "explorable" in node]
    for name in dict.fromkeys([*shown, *woken(doctree)]):
        files = bundled_files(app)[name]
        for data in page_data.MAKERS:
            if f"web/data/{data}.js" in files:
                app.add_js_file(page_data.write(app, data), loading_method="defer")
        if Path(app.outdir, "_static", name, f"{name}.css").exists():
            app.add_css_file(f"{name}/{name}.css")
        app.add_js_file(f"{name}/{name}.js", loading_method="defer")
