"""Keeps pages light: they load no more than they show, as late as they can.

Of what the theme offers, a page of this book needs a tenth.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import ipywidgets
import numpy as np
from bundles import bundled_files
from fontTools import subset
from node_tools import run_node
from PIL import Image
from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils import nodes
    from sphinx.application import Sphinx

PURGECSS = "node_modules/purgecss/bin/purgecss.js"
# The icons of the theme, as a font below _static and as a script of 1.5 MB that holds all of them.
ICON_FONT = "vendor/fontawesome/webfonts/fa-solid-900.ttf"
ICON_FONT_SOURCES = re.compile(r"src:url\([^)]*fa-solid-900\.woff2\)[^;}]*")
ICON_SCRIPT = "scripts/fontawesome.js"
ICONS_IN_USE = "icons.woff"
# What qdtools.show.style writes.
OWN_STYLE = re.compile(r'<style class="qd-style">.*?</style>\n?', re.DOTALL)
OWN_SCRIPT = re.compile(r'<script class="qd-script"[^>]*>.*?</script>\n?', re.DOTALL)
STATE_TYPE = "application/vnd.jupyter.widget-state+json"
IMAGE = re.compile(r'<img (?P<rest>[^>]*src="(?:\.\./)*_images/(?P<name>[^"]+)"[^>]*)>')
# An icon in a style: the code of a character in the private use area, or the character itself.
ICON = re.compile(r"\\(?P<code>f[0-9a-f]{3})\b|(?P<character>[\uf000-\uf8ff])")

# The theme lets its search work on any page; this book's search has a page of its own. The tools stay:
# without them, Sphinx would rewrite the address of every page to mark the words that were sought.
SEARCH_INDEX = re.compile(r'\s*<script src="[^"]*searchindex\.js[^"]*"></script>')
# Unpacks the script that it stands for, which knows by `data-home` where that lay. Where a server allows
# no script but in files of its own, that script lies unpacked beside it.
UNPACKER = """(async () => {
  const home = document.currentScript.src;
  const bytes = Uint8Array.from(atob("PACKED"), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const add = (properties) => {
    const script = Object.assign(document.createElement("script"), properties);
    script.dataset.home = home;
    document.head.append(script);
    return script;
  };
  const text = await new Response(unpacked).text();
  const tried = add({ text: `document.currentScript.dataset.runs = "";${text}` });
  if (!("runs" in tried.dataset)) {
    tried.remove();
    add({ src: home.replace(/[.]js(?=$|[?])/, "UNPACKED") });
  }
})();
"""
UNPACKED = ".unpacked.js"

# Classes whose names a script puts together only when it runs: those of sliders and tooltips.
COMPOSED = re.compile(r"\b(?:noUi|bs-tooltip)-[\w-]+")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("trimmed_styles", [], "html", [list])
    app.add_config_value("packed_scripts", [], "html", [list])
    app.connect("html-page-context", ease_images, priority=900)
    app.connect("html-page-context", leave_out_styles, priority=900)
    app.connect("html-page-context", shorten_states, priority=900)
    app.connect("build-finished", trim)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def ease_images(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Let all images but the first wait until they are near, and keep their place meanwhile."""
    sources = {target: source for source, target in app.builder.images.items()}
    number = count()

    def ease(image: re.Match[str]) -> str:
        source = sources.get(unquote(image["name"]))
        if source is None or source.endswith(".svg"):
            return image[0]
        attributes = image["rest"].rstrip("/ ")
        if " width=" not in f" {attributes}":
            with Image.open(Path(app.srcdir, source)) as opened:
                attributes += f' width="{opened.width}" height="{opened.height}"'
        if next(number):
            attributes += ' loading="lazy" decoding="async"'
        return f"<img {attributes}>"

    if "body" in context:
        context["body"] = IMAGE.sub(ease, context["body"])


def leave_out_styles(
    _app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Leave out what outputs bring for JupyterLab: web/book imports all styles and scripts of theirs.

    A page without scripts in its markup also works where a server allows none.
    """
    if "body" in context:
        context["body"] = OWN_SCRIPT.sub("", OWN_STYLE.sub("", context["body"]))


def shorten_states(
    _app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Leave out of the widgets' states what the browser takes for granted."""
    for attributes in states_of(context):
        attributes["body"] = shorten_state(attributes["body"])


def states_of(context: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Give the attributes of each script of a page that holds widgets' states, as JSON in its body."""
    for script in context["script_files"]:
        attributes = getattr(script, "attributes", {})
        if attributes.get("type") == STATE_TYPE:
            yield attributes


def shorten_state(text: str) -> str:
    state = json.loads(text)
    for model in state["state"].values():
        if isinstance(value := model["state"].get("value"), str):
            model["state"]["value"] = OWN_STYLE.sub("", value)
        usual = usual_state(model["model_name"], model["state"].get("_view_name"))
        model["state"] = {
            name: value
            for name, value in model["state"].items()
            if name not in usual or usual[name] != value
        }
    # "</script" in it would end the script.
    return json.dumps(state, separators=(",", ":")).replace("</", "<\\/")


@cache
def usual_state(model_name: str, view_name: str | None) -> dict[str, Any]:
    """Return what a fresh widget of this kind holds, as far as it is the same in the browser."""
    known = (*vars(ipywidgets).values(), ipywidgets.widgets.widget_string.HTMLStyle)
    kinds: list[Any] = [
        one for one in known if isinstance(one, type) and issubclass(one, ipywidgets.Widget)
    ]
    for kind in kinds:
        usual = {name: trait.default_value for name, trait in kind.class_traits(sync=True).items()}
        if (usual["_model_name"], usual["_view_name"]) == (model_name, view_name):
            simple = str | int | float | bool | None
            return {name: value for name, value in usual.items() if isinstance(value, simple)}
    return {}


def trim(app: Sphinx, exception: Exception | None) -> None:
    """Leave in the theme's styles, among its icons, what some page of the site may show."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for pattern in app.config.trimmed_styles:
        for style in static.glob(pattern):
            trim_style(app, style)
    write_icon_font(static)
    for picture in Path(app.outdir, "_images").glob("*.png"):
        store_tightly(picture)
    for name in app.config.packed_scripts:  # last: what styles keep hangs on the words of scripts
        pack(static / name)
    for page in Path(app.outdir).rglob("*.html"):
        if page.name != "search.html" and "_static" not in page.parts:
            leave_out_search(page)


def pack(script: Path) -> None:
    """Let a script unpack itself, at a third of its size also where no server compresses."""
    content = script.read_bytes()
    start = UNPACKER.partition("PACKED")[0].encode()
    if not content.startswith(start):
        script.with_suffix(UNPACKED).write_bytes(content)
        packed = base64.b64encode(gzip.compress(content, mtime=0)).decode()
        unpacker = UNPACKER.replace('"UNPACKED"', f'"{UNPACKED}"')
        script.write_text(unpacker.replace("PACKED", packed), encoding="utf-8")


def leave_out_search(page: Path) -> None:
    """Let no page but that of the search load the index of all words."""
    text = page.read_text(encoding="utf-8")
    lighter = SEARCH_INDEX.sub("", text)
    if lighter != text:
        page.write_text(lighter, encoding="utf-8")


def store_tightly(path: Path) -> None:
    """Store a picture with a byte a pixel if its colours are few, else without an opaque alpha channel.

    Nothing is lost.
    """
    with Image.open(path) as picture:
        if picture.mode not in {"RGB", "RGBA"}:
            return
        pixels = np.asarray(picture.convert("RGBA"))
    if (pixels[..., 3] < 255).any():
        return
    colours, index = np.unique(pixels.reshape(-1, 4).view(np.uint32), return_inverse=True)
    if len(colours) > 256:
        smaller = Image.fromarray(pixels[..., :3])
    else:
        smaller = Image.fromarray(index.reshape(pixels.shape[:2]).astype(np.uint8))
        smaller.putpalette(colours.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    smaller.save(path, optimize=True)


def trim_style(app: Sphinx, style: Path) -> None:
    # What a script writes into pages counts too: every word of it may be a class.
    content = [
        "**/*.html",
        "_static/*.js",
        "_static/scripts/*theme.js",
        "_static/scripts/bootstrap.js",
    ]
    content += [f"_static/{name}/{name}.js" for name in bundled_files(app)]
    script = Path(app.srcdir, PURGECSS)
    composed = sorted(set(COMPOSED.findall(style.read_text(encoding="utf-8"))))
    arguments: list[str | Path] = ["--css", style, "--content", *content]
    if composed:
        arguments += ["--safelist", *composed]
    (trimmed,) = json.loads(run_node(script, *arguments, root=app.outdir))
    if not trimmed["css"]:
        raise ExtensionError(f"nothing of {style.name} is left")
    icons = os.path.relpath(Path(app.outdir, "_static", ICONS_IN_USE), style.parent)
    css = ICON_FONT_SOURCES.sub(f'src:url({icons}) format("woff")', trimmed["css"])
    style.write_text(css, encoding="utf-8")


def write_icon_font(static: Path) -> None:
    """Make a font of the icons that the styles still name, and do without the script."""
    styles = [path.read_text(encoding="utf-8") for path in static.rglob("*.css")]
    icons = [icon for style in styles for icon in ICON.finditer(style)]
    codes = {int(icon["code"], 16) if icon["code"] else ord(icon["character"]) for icon in icons}
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True)
    font = subset.load_font(static / ICON_FONT, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    subset.save_font(font, static / ICONS_IN_USE, options)
    (static / ICON_SCRIPT).write_text("// The icons come from a font: see _ext/light_pages.py.\n")
