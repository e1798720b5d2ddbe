"""Bundles each folder of web/ that has an index.js with all that it imports, one script a folder.

It becomes _static/NAME/NAME.js, a classic script that works from a file too; a style that the entry
imports becomes _static/NAME/NAME.css.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from node_tools import run_node
from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ESBUILD = "node_modules/esbuild/bin/esbuild"
OPTIONS = (
    "--bundle",
    "--minify",
    "--format=iife",
    "--target=es2020",
    "--charset=utf8",
    "--log-level=warning",
    # A function that knows its own text, which a page opened as a file has no other way to read: workers
    # are made of it (web/surface/background.js).
    "--banner:js=(function bundleItself() {",
    "--footer:js=})();",
)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("page_bundle_options", [], "html", [list])
    app.connect("builder-inited", bundle)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def bundle(app: Sphinx) -> None:
    """Bundle every entry in one go."""
    if app.builder.format != "html":
        return
    root = Path(app.srcdir)
    entries = sorted(root.glob("web/*/index.js"))
    if not entries:
        raise ExtensionError("no folder of web/ holds an index.js: restore web/ from git")
    names = [entry.parent.name for entry in entries]
    targets = [f"{name}/{name}=web/{name}/index.js" for name in names]
    made, before = _about(app).with_name("bundles"), _about(app).with_name("bundles-before")
    shutil.rmtree(before, ignore_errors=True)
    if made.exists():
        made.rename(before)
    places = [f"--metafile={_about(app)}", f"--outdir={made}"]
    _about(app).parent.mkdir(parents=True, exist_ok=True)
    run_node(ESBUILD, *targets, *OPTIONS, *places, *app.config.page_bundle_options, root=root)
    for file in sorted(path for path in made.rglob("*") if path.is_file()):
        name = file.relative_to(made)
        place, old = Path(app.outdir, "_static", name), before / name
        # One that is as it was keeps its time, or every page that waits for it would be read again.
        is_as_it_was = place.exists() and old.exists() and old.read_bytes() == file.read_bytes()
        time = place.stat().st_mtime_ns if is_as_it_was else file.stat().st_mtime_ns
        place.parent.mkdir(parents=True, exist_ok=True)
        # Yet each is copied: what lies in the site was packed or trimmed since (light_pages.py), and what
        # a trimmed style once lost, or a packed script no longer names, a new page may need.
        shutil.copyfile(file, place)
        os.utime(place, ns=(time, time))


def bundled_files(app: Sphinx) -> dict[str, set[str]]:
    """Say which files each bundle is made of, by the bundle's name, as paths from the root."""
    outputs: dict[str, Any] = json.loads(_about(app).read_text(encoding="utf-8"))["outputs"]
    return {
        Path(output["entryPoint"]).parent.name: set(output["inputs"])
        for output in outputs.values()
        if output.get("entryPoint")
    }


def bundled_packages(app: Sphinx) -> list[str]:
    """Name the npm packages that some bundle holds a part of; none where nothing is bundled."""
    if app.builder.format != "html":
        return []
    about = json.loads(_about(app).read_text(encoding="utf-8"))
    return sorted({name for path in about["inputs"] if (name := package_of(path))})


def package_of(path: str) -> str | None:
    """Name the npm package that a bundled file belongs to, None for one of our own."""
    words = path.rpartition("node_modules/")[2].split("/")
    if "node_modules/" not in path:
        return None
    return "/".join(words[:2]) if words[0].startswith("@") else words[0]


def _about(app: Sphinx) -> Path:
    """Say where it is kept what the bundles are made of."""
    return Path(app.doctreedir) / "bundles.json"
