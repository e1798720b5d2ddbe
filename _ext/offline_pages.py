"""Makes the built pages need nothing but the site: parts come in, foreign requests go out."""

import shutil
from pathlib import Path

from sphinx.errors import ExtensionError

# Loaded by Jupyter Book whether wanted or not. They point readers to servers of others.
UNWANTED = ("sphinx_thebe", "sphinx_comments")
UNWANTED_STYLE = "sphinx-thebe.css"


def setup(app):
    app.add_config_value("page_parts", {}, "html", [dict])
    app.connect("config-inited", drop_unwanted_listeners, priority=900)
    app.connect("builder-inited", copy_page_parts)
    app.connect("html-page-context", drop_foreign_files, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drop_unwanted_listeners(app, config):
    """Unhook the extensions that would write scripts of other servers into the pages."""
    for listeners in app.events.listeners.values():
        listeners[:] = [
            listener
            for listener in listeners
            if listener.handler.__module__.partition(".")[0] not in UNWANTED
        ]


def copy_page_parts(app):
    """Copy the parts named in the configuration from node_modules to the site."""
    if app.builder.format != "html":
        return
    node_modules = Path(app.srcdir) / "node_modules"
    for pattern, folder in app.config.page_parts.items():
        parts = sorted(node_modules.glob(pattern))
        if not parts:
            raise ExtensionError(
                f"node_modules/{pattern} is missing: run `make setup` or `npm ci --ignore-scripts`"
            )
        target = Path(app.outdir) / "_static" / folder
        target.mkdir(parents=True, exist_ok=True)
        for part in parts:
            shutil.copyfile(part, target / part.name)


def drop_foreign_files(app, pagename, templatename, context, doctree):
    """Leave out every script and style that is not part of the site."""
    for kind in ("script_files", "css_files"):
        context[kind][:] = [file for file in context[kind] if not is_foreign(file)]


def is_foreign(file):
    name = str(getattr(file, "filename", file) or "")
    return "://" in name or name.startswith("//") or name.endswith(UNWANTED_STYLE)
