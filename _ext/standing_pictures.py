"""Shows what moves as it opens, where a browser runs no scripts."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from light_pages import OWN_STYLE, states_of
from moving import WIDGET, as_opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from docutils import nodes
    from sphinx.application import Sphinx

#: Where the pictures lie that only a browser without scripts loads: no other shall wait for them.
FOLDER = "_images/standing"
_VIEW = re.compile(rf'<script type="{re.escape(WIDGET)}-view\+json">(.*?)</script>', re.DOTALL)
_PNG = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
_SVG = re.compile(r"<svg(?P<attributes>[^>]*)>.*?</svg>", re.DOTALL)
_LABEL = re.compile(r' aria-label="([^"]*)"')
_STYLE = re.compile(r' style="[^"]*"')


def setup(app: Sphinx) -> dict[str, bool]:
    """Join before the states are shortened."""
    app.connect("html-page-context", let_stand, priority=890)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def let_stand(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Put what each explorer opens with behind its place, for browsers without scripts."""
    if WIDGET not in context.get("body", ""):
        return
    models: dict[str, Any] = {}
    for attributes in states_of(context):
        models |= json.loads(attributes["body"])["state"]

    def kept(content: bytes, end: str) -> str:
        path = Path(app.outdir, FOLDER, sha256(content).hexdigest()[:12] + end)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        address: str = context["pathto"](f"{FOLDER}/{path.name}", resource=True)
        return address

    def stand(view: re.Match[str]) -> str:
        name = json.loads(view[1])["model_id"]
        shown = OWN_STYLE.sub("", as_opened(name, models)) if name in models else ""
        return f"{view[0]}<noscript>{set_apart(shown, kept)}</noscript>" if shown else view[0]

    context["body"] = _VIEW.sub(stand, context["body"])


def set_apart(shown: str, kept: Callable[[bytes, str], str]) -> str:
    """Put the pictures of some HTML into files, whose addresses `kept` gives for content and ending."""

    def as_file(found: re.Match[str]) -> str:
        label = _LABEL.search(found["attributes"])
        style = _STYLE.search(found["attributes"])
        alone = found[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        address = kept(alone.encode(), ".svg")
        return f'<img src="{address}" alt="{label[1] if label else ""}"{style[0] if style else ""}>'

    shown = _SVG.sub(as_file, shown)
    return _PNG.sub(lambda found: kept(base64.b64decode(found[1]), ".png"), shown)
