"""Links the names of a package in the code of pages to their entries in its reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from api_reference import public_names

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

#: The page of the reference, the package with the name that chapters call it by.
REFERENCE, PACKAGE, CALLED = "book/api", "qdtools", "qd"
_BLOCK = re.compile(r"<pre>.*?</pre>", re.S)
#: A name as Pygments marks it, behind the package's.
_NAME = re.compile(
    rf'<span class="n">{CALLED}</span><span class="o">\.</span><span class="n">(\w+)</span>'
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Join where a page is written."""
    app.connect("html-page-context", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def link(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Link each public name where it first stands in a block of code."""
    if "body" in context and REFERENCE in app.env.found_docs and pagename != REFERENCE:
        names = {name for _, name in public_names(PACKAGE)}
        reference = context["pathto"](REFERENCE)
        context["body"] = _BLOCK.sub(
            lambda block: linked(block[0], reference, names), context["body"]
        )


def linked(block: str, reference: str, names: set[str]) -> str:
    """Link what a block of code names of these, each once."""
    waiting = set(names)

    def anchor(found: re.Match[str]) -> str:
        if found[1] not in waiting:
            return found[0]
        waiting.remove(found[1])
        return f'<a class="code-link" href="{reference}#{PACKAGE}.{found[1]}">{found[0]}</a>'

    return _NAME.sub(anchor, block)
