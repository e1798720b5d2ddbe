"""Lets a page be found, shared, reported: its description, preview, canonical address, site map, buttons.

Two settings hold the addresses, both empty until the book has a public place: ``repository.url`` in
``_config.yml`` and ``html_baseurl`` below it. What needs one of them does not show where it is empty.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from docutils import nodes
from PIL import Image, ImageDraw

from qdtools.noise import unclipped

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

#: The picture that stands for a page where its address is shared; the usual size, in pixels.
PREVIEW, SIZE = "_static/preview.png", (1200, 630)
#: Where the pages workflow puts the notebooks that begin with what they need, for Colab, which opens a
#: notebook of a branch as it is.
NOTEBOOKS = "notebooks"
#: Letters of a description; search engines cut longer ones.
LONGEST = 160
#: Strokes of a fish of our own, in units of the picture's height.
FISH = (
    ((0.45, 0.5), (0.55, 0.33), (0.75, 0.26), (0.97, 0.33), (1.13, 0.5), (1.3, 0.66), (1.42, 0.7)),
    ((0.45, 0.5), (0.55, 0.67), (0.75, 0.74), (0.97, 0.67), (1.13, 0.5), (1.3, 0.34), (1.42, 0.3)),
    ((1.42, 0.3), (1.37, 0.5), (1.42, 0.7)),
    ((0.6, 0.45), (0.62, 0.43), (0.64, 0.45), (0.62, 0.47), (0.6, 0.45)),
    ((0.78, 0.36), (0.83, 0.5), (0.78, 0.64)),
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build where settings are known, where a page is written, where all are."""
    app.connect("config-inited", offer_the_repository)
    app.connect("html-page-context", describe)
    app.connect("html-page-context", aim_colab, priority=900)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def offer_the_repository(_app: Sphinx, config: Config) -> None:
    """Show the theme's buttons: to the repository, its issues, Binder, Colab."""
    options = config.html_theme_options
    if options.get("repository_url"):
        options["use_repository_button"] = options["use_issues_button"] = True
        options["launch_buttons"] = {
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
            "notebook_interface": "jupyterlab",
        }


def aim_colab(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Let Colab open the notebook that installs what it needs, not the one of the book's folder."""
    branch = app.config.html_theme_options.get("repository_branch")
    for group in context.get("header_buttons", ()):
        for button in group.get("buttons", ()):
            if button.get("text") == "Colab":
                button["url"] = button["url"].replace(f"/blob/{branch}/", f"/blob/{NOTEBOOKS}/")


def describe(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Say in a page's head what it is about, for those who have not opened it."""
    if doctree is None:
        return
    about = first_words(doctree)
    tags = {"og:type": "article", "og:site_name": app.config.project}
    tags |= {"og:title": context["title"], "og:description": about}
    lines = [f'<meta name="description" content="{escape(about)}">'] if about else []
    if base := app.config.html_baseurl:
        tags["og:url"] = f"{base.rstrip('/')}/{app.builder.get_target_uri(pagename)}"
        tags["og:image"] = f"{base.rstrip('/')}/{PREVIEW}"
        lines.append('<meta name="twitter:card" content="summary_large_image">')
    lines += [f'<meta property="{name}" content="{escape(text)}">' for name, text in tags.items()]
    context["metatags"] = context.get("metatags", "") + "\n".join(lines)


def first_words(doctree: nodes.document) -> str:
    """Take the first paragraph of some length, to the end of a sentence that fits."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) < 40 or isinstance(paragraph.parent, nodes.list_item):
            continue
        if len(text) <= LONGEST:
            return text
        whole = text[:LONGEST].rfind(". ")
        return text[: whole + 1] if whole > 0 else f"{text[: LONGEST - 1].rsplit(' ', 1)[0]} …"
    return ""


def write(app: Sphinx, exception: Exception | None) -> None:
    """Draw the preview, list the pages for search engines, where the site has an address."""
    if exception or app.builder.format != "html" or not app.config.html_baseurl:
        return
    draw_preview(Path(app.outdir, PREVIEW))
    base = app.config.html_baseurl.rstrip("/")
    pages = sorted(app.builder.get_target_uri(name) for name in app.env.found_docs)
    entries = "".join(f"<url><loc>{escape(f'{base}/{page}')}</loc></url>\n" for page in pages)
    Path(app.outdir, "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n',
        encoding="utf-8",
    )


def draw_preview(path: Path) -> None:
    """Draw a fish that comes out of noise from left to right, as the book's pipeline would have it."""
    width, height = SIZE
    picture = Image.new("L", SIZE, 0)
    pen = ImageDraw.Draw(picture)
    for stroke in FISH:
        points = [(x * height, y * height) for x, y in stroke]
        pen.line(points, fill=255, width=height // 20, joint="curve")
    block = height // 36  # pixels large enough to be seen
    small = picture.resize((width // block, height // block), Image.Resampling.BOX)
    ink = np.asarray(small, float) / 255
    levels = np.clip(np.linspace(1.2, -0.4, ink.shape[1]), 0, None)
    noise = np.random.default_rng(0).standard_normal(ink.shape)
    noisy = np.clip(unclipped(ink, levels, noise), 0, 1)
    drawn = Image.fromarray((255 * noisy).astype(np.uint8)).resize(SIZE, Image.Resampling.NEAREST)
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn.save(path)
