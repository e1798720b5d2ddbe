"""Writes the table of what the pages are made of, from the installed packages' own metadata."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bundles import bundled_packages
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx

FOLDER = "_static/licences"
LICENCE_NAMES = {"LICENSE", "LICENCE", "LICENSE-MIT", "COPYING"}


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("licensed_parts", {}, "html", [dict])
    app.add_directive("page-licences", PageLicences)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Part(NamedTuple):
    """Something that pages are made of, with the texts of its licence."""

    name: str
    version: str
    licence: str
    texts: list[str]


class PageLicences(SphinxDirective):
    """A table of parts: name, version, licence, and its full text copied to the site."""

    def run(self) -> list[nodes.Node]:
        parts = self.config.licensed_parts
        self.env.note_dependency(str(Path(self.env.srcdir) / "package-lock.json"))
        node_modules = Path(self.env.srcdir) / "node_modules"
        names = [*parts.get("npm", []), *bundled_packages(self.env.app)]
        rows = [npm_part(node_modules / name) for name in names]
        rows += [python_part(name) for name in parts.get("python", [])]
        return [self.table(rows)]

    def table(self, rows: Iterable[Part]) -> nodes.table:
        group = nodes.tgroup(cols=3)
        group += [nodes.colspec(colwidth=width) for width in (40, 15, 45)]
        head, body = nodes.thead(), nodes.tbody()
        head += row(*(nodes.paragraph(text=text) for text in ("Part", "Version", "Licence")))
        for name, version, licence, texts in rows:
            cell = nodes.paragraph()
            cell += nodes.reference(text=licence, refuri=self.publish(name, texts), internal=True)
            body += row(nodes.paragraph(text=name), nodes.paragraph(text=version), cell)
        group += [head, body]
        table = nodes.table()
        table += group
        return table

    def publish(self, name: str, texts: Iterable[str]) -> str:
        """Copy the licence texts of a part to the site; returns the address from this page."""
        target = f"{FOLDER}/{name.strip('@').replace('/', '-')}.txt"
        path = Path(self.env.app.outdir) / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(text.strip() for text in texts) + "\n", encoding="utf-8")
        return relative_uri(f"{self.env.docname}.html", target)


def row(*cells: nodes.Node) -> nodes.row:
    result = nodes.row()
    for cell in cells:
        entry = nodes.entry()
        entry += cell
        result += entry
    return result


def npm_part(folder: Path) -> Part:
    """Read a package below node_modules."""
    about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    files = sorted(path for path in folder.iterdir() if path.stem.upper() in LICENCE_NAMES)
    texts = [file.read_text(encoding="utf-8") for file in files]
    author = about.get("author", "")
    by = author.get("name", "") if isinstance(author, dict) else author
    licence = about["license"]
    return Part(about["name"], about["version"], licence, texts or [f"{licence}, {by}"])


def python_part(name: str) -> Part:
    """Read an installed Python package, with what its scripts say they include."""
    distribution = metadata.distribution(name)
    files = [
        file
        for file in distribution.files or []
        if "LICENSE" in file.name.upper() and not file.name.endswith((".py", ".pyc"))
    ]
    about = distribution.metadata
    classifiers = [
        line.split(" :: ")[-1]
        for line in about.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    fields = about.json
    said = fields.get("license_expression") or ", ".join(classifiers) or fields.get("license", "")
    texts = [Path(str(file.locate())).read_text(encoding="utf-8") for file in files]
    return Part(about["Name"], about["Version"], str(said), texts or [str(said)])
