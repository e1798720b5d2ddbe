"""Shows what moves as it opens, where a browser runs no scripts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from light_pages import OWN_STYLE, STATE_TYPE
from moving import WIDGET, as_opened

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

_VIEW = re.compile(rf'<script type="{re.escape(WIDGET)}-view\+json">(.*?)</script>', re.DOTALL)


def setup(app: Sphinx) -> dict[str, bool]:
    """Join before the states are shortened."""
    app.connect("html-page-context", let_stand, priority=890)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def let_stand(
    _app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Put the picture that each explorer opens with behind its place, for browsers without scripts."""
    if WIDGET not in context.get("body", ""):
        return
    models: dict[str, Any] = {}
    for script in context["script_files"]:
        attributes = getattr(script, "attributes", {})
        if attributes.get("type") == STATE_TYPE:
            models |= json.loads(attributes["body"])["state"]

    def stand(view: re.Match[str]) -> str:
        name = json.loads(view[1])["model_id"]
        shown = OWN_STYLE.sub("", as_opened(name, models)) if name in models else ""
        return f"{view[0]}<noscript>{shown}</noscript>" if shown else view[0]

    context["body"] = _VIEW.sub(stand, context["body"])
