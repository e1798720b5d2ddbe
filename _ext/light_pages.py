"""Keeps pages light: scripts and styles hold what the pages use, icons are a font of those in use.

Of what npm packages and the theme offer, a page of this book needs a tenth.
"""

import json
import os
import re
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import unquote

import ipywidgets
import numpy as np
from fontTools import subset
from node_tools import run_node
from PIL import Image
from sphinx.errors import ExtensionError

ESBUILD = "node_modules/esbuild/bin/esbuild"
PURGECSS = "node_modules/purgecss/bin/purgecss.js"
# The icons of the theme, as a font below _static and as a script of 1.5 MB that holds all of them.
ICON_FONT = "vendor/fontawesome/webfonts/fa-solid-900.ttf"
ICON_FONT_SOURCES = re.compile(r"src:url\([^)]*fa-solid-900\.woff2\)[^;}]*")
ICON_SCRIPT = "scripts/fontawesome.js"
ICONS_IN_USE = "icons.woff"
STATE_TYPE = "application/vnd.jupyter.widget-state+json"
IMAGE = re.compile(r'<img (?P<rest>[^>]*src="(?:\.\./)*_images/(?P<name>[^"]+)"[^>]*)>')
# An icon in a style: the code of a character in the private use area, or the character itself.
ICON = re.compile(r"\\(?P<code>f[0-9a-f]{3})\b|(?P<character>[\uf000-\uf8ff])")

# Classes whose names a script puts together only when it runs: those of sliders and tooltips.
COMPOSED = re.compile(r"\b(?:noUi|bs-tooltip)-[\w-]+")


def setup(app):
    app.add_config_value("page_bundles", {}, "html", [dict])
    app.add_config_value("page_bundle_options", [], "html", [list])
    app.add_config_value("trimmed_styles", [], "html", [list])
    app.connect("builder-inited", bundle_scripts)
    app.connect("html-page-context", ease_images, priority=900)
    app.connect("html-page-context", shorten_states, priority=900)
    app.connect("build-finished", trim)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def bundle_scripts(app):
    """Make one classic script, which works from a file too, of each entry and what it imports."""
    if app.builder.format != "html":
        return
    root, static = Path(app.srcdir), Path(app.outdir) / "_static"
    packages = set()
    for entry, target in app.config.page_bundles.items():
        about = Path(app.doctreedir) / "bundle.json"
        about.parent.mkdir(parents=True, exist_ok=True)
        options = ["--bundle", "--minify", "--format=iife", "--target=es2020", "--charset=utf8"]
        options += ["--log-level=warning", f"--metafile={about}", f"--outfile={static / target}"]
        run_node(ESBUILD, entry, *options, *app.config.page_bundle_options, root=root)
        packages |= set(map(package_of, json.loads(about.read_text())["inputs"])) - {None}
    app.bundled_packages = sorted(packages)


def package_of(path):
    """Name the npm package that a bundled file belongs to, None for one of our own."""
    words = path.rpartition("node_modules/")[2].split("/")
    if "node_modules/" not in path:
        return None
    return "/".join(words[:2]) if words[0].startswith("@") else words[0]


def ease_images(app, pagename, templatename, context, doctree):
    """Let all images but the first wait until they are near, and keep their place meanwhile."""
    sources = {target: source for source, target in app.builder.images.items()}
    number = count()

    def ease(image):
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


def shorten_states(app, pagename, templatename, context, doctree):
    """Leave out of the widgets' states what the browser takes for granted."""
    for script in context["script_files"]:
        attributes = getattr(script, "attributes", {})
        if attributes.get("type") == STATE_TYPE:
            attributes["body"] = shorten_state(attributes["body"])


def shorten_state(text):
    state = json.loads(text)
    for model in state["state"].values():
        usual = usual_state(model["model_name"], model["state"].get("_view_name"))
        model["state"] = {
            name: value
            for name, value in model["state"].items()
            if name not in usual or usual[name] != value
        }
    # "</script" in it would end the script.
    return json.dumps(state, separators=(",", ":")).replace("</", "<\\/")


@cache
def usual_state(model_name, view_name):
    """Return what a fresh widget of this kind holds, as far as it is the same in the browser."""
    for widget in (*vars(ipywidgets).values(), ipywidgets.widgets.widget_string.HTMLStyle):
        if isinstance(widget, type) and issubclass(widget, ipywidgets.Widget):
            traits = widget.class_traits(sync=True)
            usual = {name: trait.default_value for name, trait in traits.items()}
            if (usual["_model_name"], usual["_view_name"]) == (model_name, view_name):
                simple = str | int | float | bool | None
                return {name: value for name, value in usual.items() if isinstance(value, simple)}
    return {}


def trim(app, exception):
    """Leave in the theme's styles and icons what some page of the site may show."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for pattern in app.config.trimmed_styles:
        for style in static.glob(pattern):
            trim_style(app, style)
    write_icon_font(static)
    for picture in Path(app.outdir, "_images").glob("*.png"):
        store_tightly(picture)


def store_tightly(path):
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


def trim_style(app, style):
    # What a script writes into pages counts too: every word of it may be a class.
    content = [
        "**/*.html",
        "_static/*.js",
        "_static/scripts/*theme.js",
        "_static/scripts/bootstrap.js",
    ]
    content += [f"_static/{target}" for target in app.config.page_bundles.values()]
    script = Path(app.srcdir, PURGECSS)
    composed = sorted(set(COMPOSED.findall(style.read_text(encoding="utf-8"))))
    arguments = ["--css", style, "--content", *content]
    if composed:
        arguments += ["--safelist", *composed]
    (trimmed,) = json.loads(run_node(script, *arguments, root=app.outdir))
    if not trimmed["css"]:
        raise ExtensionError(f"nothing of {style.name} is left")
    icons = os.path.relpath(Path(app.outdir, "_static", ICONS_IN_USE), style.parent)
    css = ICON_FONT_SOURCES.sub(f'src:url({icons}) format("woff")', trimmed["css"])
    style.write_text(css, encoding="utf-8")


def write_icon_font(static):
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
