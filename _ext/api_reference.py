"""Writes the reference of a package's public names, which stand in its stub, from their docstrings."""

from __future__ import annotations

import ast
import importlib
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Bring what reads docstrings, set for a page whose types are words, not links."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("numpydoc")
    app.config.autodoc_typehints = "none"
    app.config.numpydoc_show_class_members = False
    app.config.numpydoc_class_members_toctree = False
    app.config.autodoc_default_options = {"members": True}
    app.config.autodoc_preserve_defaults = True
    app.add_directive("public-names", PublicNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def public_names(package: str) -> list[tuple[str, str]]:
    """Read the stub of a package: each module, within it, of a public name, in its order."""
    stub = Path(importlib.import_module(package).__file__ or "").with_suffix(".pyi")
    body = ast.parse(stub.read_text(encoding="utf-8")).body
    return [
        (entry.module or "", alias.asname or alias.name)
        for entry in body
        if isinstance(entry, ast.ImportFrom)
        for alias in entry.names
    ]


class PublicNames(SphinxDirective):
    """Documents every public name of a package under a heading for each module."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write what autodoc reads, a fence of reStructuredText below each heading."""
        package = self.arguments[0]
        handed_on = importlib.import_module(package)
        lines: list[str] = []
        for module, entries in groupby(public_names(package), key=itemgetter(0)):
            about = importlib.import_module(f"{package}.{module}").__doc__ or ""
            lines += [f"## {module}", "", about.split("\n\n")[0], "", "````{eval-rst}"]
            for _, name in entries:
                lines += _entry(package, module, name, getattr(handed_on, name))
            lines += ["````", ""]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def _entry(package: str, module: str, name: str, thing: object) -> list[str]:
    """Write the directive for a class, a function, or else a constant, which its comment tells."""
    if isinstance(thing, type):
        return [f".. autoclass:: {package}.{name}", ""]
    if callable(thing):
        return [f".. autofunction:: {package}.{name}", ""]
    comments = ModuleAnalyzer.for_module(f"{package}.{module}").find_attr_docs()
    # A library that is handed on has no comment; the module that wakes it says what it does.
    about = importlib.import_module(f"{package}.{module}").__doc__ or ""
    told = [f"   {line}" for line in comments.get(("", name), about.splitlines()[:1])]
    return [f".. py:data:: {package}.{name}", "", *told, ""]
