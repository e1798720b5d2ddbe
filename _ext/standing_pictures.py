"""Shows what moves as it opens, or says that it moves, where a browser runs no scripts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from light_pages import OWN_STYLE, STATE_TYPE
from moving import WIDGET, as_opened

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

#: Characters that a page spends on it, for the lightest first: a page is to be light with scripts, too.
MOST = 9_500
NEEDS_SCRIPTS = "<p>What moves here needs scripts.</p>"
_CAPTION = re.compile(r"<p class=['\"]qd-caption.*?</p>", re.DOTALL)
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

    names = {json.loads(view[1])["model_id"] for view in _VIEW.finditer(context["body"])}
    shown = {name: OWN_STYLE.sub("", as_opened(name, models)) for name in names & models.keys()}
    room = MOST
    for name in sorted(shown, key=lambda name: (len(shown[name]), name)):
        room -= len(shown[name])
        if room < 0:
            shown[name] = NEEDS_SCRIPTS + "".join(_CAPTION.findall(shown[name]))

    def stand(view: re.Match[str]) -> str:
        behind = shown.get(json.loads(view[1])["model_id"])
        return f"{view[0]}<noscript>{behind}</noscript>" if behind else view[0]

    context["body"] = _VIEW.sub(stand, context["body"])
