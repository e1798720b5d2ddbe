"""Makes the built pages need nothing but the site: what would come from elsewhere is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

# Loaded by Jupyter Book whether wanted or not. They point readers to servers of others.
UNWANTED = ("sphinx_thebe", "sphinx_comments")
UNWANTED_STYLE = "sphinx-thebe.css"


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", drop_unwanted_listeners, priority=900)
    app.connect("html-page-context", drop_foreign_files, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drop_unwanted_listeners(app: Sphinx, _config: Config) -> None:
    """Unhook the extensions that would write scripts of other servers into the pages."""
    for listeners in app.events.listeners.values():
        listeners[:] = [
            listener
            for listener in listeners
            if listener.handler.__module__.partition(".")[0] not in UNWANTED
        ]


def drop_foreign_files(
    _app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Leave out every script or style that is not part of the site."""
    for kind in ("script_files", "css_files"):
        context[kind][:] = [file for file in context[kind] if not is_foreign(file)]


def is_foreign(file: object) -> bool:
    name = str(getattr(file, "filename", file) or "")
    return "://" in name or name.startswith("//") or name.endswith(UNWANTED_STYLE)
