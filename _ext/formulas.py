"""Sets formulas while the site is built, so that pages show them at once without loading MathJax."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from docutils import nodes
from node_tools import SCRIPTS, run_node
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

STYLE = "formulas.css"

#: A letter's outline as a formula defines it, with its number among the formulas of one run.
GLYPH = re.compile(r'<path id="MJX-\d+-([^"]+)" d="([^"]*)"></path>')

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("preset", (visit_formula, None), (visit_formula_block, None))
    app.connect("builder-inited", write_style)
    app.connect("doctree-resolved", set_formulas)
    app.connect("html-page-context", share_glyphs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_style(app: Sphinx) -> None:
    if app.builder.format == "html":
        path = Path(app.outdir) / "_static" / STYLE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(typeset(app, [])["style"], encoding="utf-8")
        app.add_css_file(STYLE)


def set_formulas(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Set all formulas of a page in one go; each node keeps its own."""
    if app.builder.format != "html":
        return
    found: list[nodes.Element] = [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]
    if not found:
        return
    wanted = [(tex_of(node), isinstance(node, nodes.math_block)) for node in found]
    for node, formula in zip(found, typeset(app, wanted)["formulas"], strict=True):
        node["set"] = formula["html"]
        if formula["error"]:
            logger.warning("formula: %s: %s", formula["error"], node.astext(), location=node)


def share_glyphs(
    _app: Sphinx,
    _page: str,
    _template: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Write each letter's outline once a page: more than half of what formulas weigh is outlines."""
    glyphs: dict[str, str] = {}

    def take_out(found: re.Match[str]) -> str:
        glyphs[found[1]] = found[2]
        return ""

    body = GLYPH.sub(take_out, context.get("body", ""))
    if not glyphs:
        return
    body = re.sub(r'xlink:href="#MJX-\d+-', 'xlink:href="#MJX-', body.replace("<defs></defs>", ""))
    outlines = "".join(f'<path id="MJX-{name}" d="{d}"></path>' for name, d in glyphs.items())
    context["body"] = f'{body}<svg display="none" aria-hidden="true">{outlines}</svg>'


def tex_of(node: nodes.Element) -> str:
    """Return the TeX of a formula; blank lines in a block separate equations."""
    parts = [part.strip() for part in node.astext().split("\n\n") if part.strip()]
    if node.get("nowrap"):
        return str(node.astext())
    if len(parts) == 1:
        inner = parts[0]
        is_split = isinstance(node, nodes.math_block) and r"\\" in inner
        return rf"\begin{{split}}{inner}\end{{split}}" if is_split else inner
    return r"\begin{gathered}" + r"\\".join(parts) + r"\end{gathered}"


def typeset(app: Sphinx, formulas: list[tuple[str, bool]]) -> dict[str, Any]:
    """Set formulas: each its TeX, whether it stands on a line of its own."""
    script = SCRIPTS / "formulas.mjs"
    done: dict[str, Any] = json.loads(run_node(script, root=app.srcdir, text=json.dumps(formulas)))
    return done


def visit_formula(self: HTML5Translator, node: nodes.Element) -> NoReturn:
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(f"{node['set']}</span>")
    raise nodes.SkipNode


def visit_formula_block(self: HTML5Translator, node: nodes.Element) -> NoReturn:
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(f"{node['set']}</div>\n")
    raise nodes.SkipNode
