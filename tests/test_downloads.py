"""Promises of what the pages hand out: notebooks that say what they need, the folder of the book."""

from __future__ import annotations

import functools
import importlib
import json
import os
import subprocess
import sys
import threading
import venv
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import pytest
from browsing import ROOT, Visit
from test_wheel import SCRIPTS, lend, needed_by

sys.path.insert(0, str(ROOT / "_ext"))
downloads = importlib.import_module("downloads")

NAMES = {"title": "T", "archive": "t.zip", "path": "book/x.ipynb"}


@pytest.fixture
def archive(built_site):
    (found,) = (built_site / "_downloads").glob("*.zip")
    return found


def test_a_notebook_gets_its_first_cell_once(tmp_path):
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Title"}
    text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    once = downloads.with_needs(text, **NAMES)
    assert downloads.with_needs(once, **NAMES) == once
    first, *rest = json.loads(once)["cells"]
    assert rest == [cell]
    for needed in (
        "`qdtools`",
        "Python 3.11, 3.12 or 3.13",
        "`python do.py lab`",
        "`t.zip`",
        "`book/x.ipynb`",
    ):
        assert needed in first["source"]


#: Brings what set-up installed here, in npm's place: no test asks a registry.
NPM = """#!{python}
import os, sys
assert sys.argv[1] == "ci", sys.argv
os.symlink({node_modules!r}, "node_modules")
"""
AFTER = """
import qdtools as qd, qdtools.settings
print(folder, qd.__file__, len(qd.load(per_category=10)), qd.settings.book_models_dir())
"""


@pytest.fixture
def address(tmp_path):
    """Where a server on this machine has the checkout packed as a host of repositories would."""
    downloads.pack(ROOT, tmp_path / "served/o/r/archive/refs/heads/main.zip")
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    handler = functools.partial(quiet, directory=tmp_path / "served")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/o/r"
        server.shutdown()


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="lends packages by symbolic links")
def test_where_the_repository_has_an_address_the_first_cell_installs_the_book(tmp_path, address):
    text = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    notebook = json.loads(downloads.with_needs(text, downloads.zip_of(address, "main"), **NAMES))
    assert downloads.with_needs(json.dumps(notebook), "", **NAMES) == downloads.with_needs(
        text, downloads.zip_of("", "main"), **NAMES
    )
    (first,) = notebook["cells"]
    assert first["cell_type"] == "code"

    # A notebook's machine: a Python with nothing of ours, registries that answer without a network.
    elsewhere = tmp_path / "elsewhere"
    venv.create(elsewhere / "venv", with_pip=False)
    python = elsewhere / "venv" / SCRIPTS / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", ask], text=True).strip())
    brought = needed_by("qdtools", "train") | needed_by("qdtools", "book")
    lend(brought | {"pip", "setuptools"}, packages)
    npm = elsewhere / "bin/npm"
    npm.parent.mkdir()
    npm.write_text(NPM.format(python=sys.executable, node_modules=str(ROOT / "node_modules")))
    npm.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    own = {"PATH": f"{npm.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(elsewhere)}
    own |= {
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "QD_CACHE_DIR": str(elsewhere / "c"),
    }
    (tmp_path / "cell.py").write_text(f"{first['source']}{AFTER}")
    done = subprocess.run(
        [python, tmp_path / "cell.py"],
        cwd=elsewhere,
        env=kept | own,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    folder, package, count, models = done.stdout.split()[-4:]
    assert Path(package).parent.parent == Path(folder) == elsewhere / "main"
    assert int(count) == 50
    assert Path(models) == Path(folder) / "models"
    # A second run, as after a restart of the kernel, installs nothing more.
    again = subprocess.run(
        [python, "-c", first["source"]], cwd=tmp_path, env=kept, capture_output=True, text=True
    )
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert not (tmp_path / "main").exists()


def test_every_notebook_that_is_handed_out_says_what_it_needs(built_site, archive):
    notebooks = sorted((built_site / "_sources").rglob("*.ipynb"))
    assert len(notebooks) > 2
    for path in notebooks:
        first, title = json.loads(path.read_text(encoding="utf-8"))["cells"][:2]
        assert archive.name in first["source"]
        assert path.relative_to(built_site / "_sources").as_posix() in first["source"]
        assert "".join(title["source"]).startswith("# ")
        # The notebook in the book itself stays as it was written.
        own = ROOT / path.relative_to(built_site / "_sources")
        assert archive.name not in own.read_text(encoding="utf-8")


def test_the_folder_that_is_handed_out_is_whole_and_holds_nothing_that_was_made(archive):
    with ZipFile(archive) as packed:
        assert packed.testzip() is None
        names = {name.partition("/")[2] for name in packed.namelist()}
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in ("do.py", "qdtools/__init__.py", "models/pipeline.onnx", "requirements.lock"):
        assert name in names
        assert name in listed
    made = (".venv", "node_modules", "_build", ".git/")
    assert not [name for name in names if name.startswith(made)]


def test_the_folder_is_the_same_bytes_for_the_same_files_and_needs_no_git(tmp_path):
    root = tmp_path / "checkout"
    for name in ("book/a.ipynb", "_build/html/a.html", ".venv/x", "notes.training/x"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    (root / ".gitignore").write_text("# made\n_build/\n*.training/\n")
    packs = [tmp_path / "one" / "b.zip", tmp_path / "two" / "b.zip"]
    for pack in packs:
        downloads.pack(root, pack)
    assert packs[0].read_bytes() == packs[1].read_bytes()
    with ZipFile(packs[0]) as packed:
        assert packed.namelist() == ["b/.gitignore", "b/book/a.ipynb"]


@pytest.mark.parametrize("by", ["file", "http"])
def test_the_menu_saves_the_notebook_instead_of_opening_it(browser, origins, by, tmp_path):
    with Visit(browser, origins[by], "book/1-data-and-noise.html") as visit:
        page = visit.page
        page.locator(".dropdown-download-buttons button").first.click()
        links = page.locator(".dropdown-download-buttons a")
        assert [link.inner_text().strip() for link in links.all()] == [".ipynb", ".zip"]
        with page.expect_download(timeout=10_000) as waiting:
            links.first.click()
        assert waiting.value.suggested_filename == "1-data-and-noise.ipynb"
        waiting.value.save_as(tmp_path / "saved.ipynb")
        cells = json.loads((tmp_path / "saved.ipynb").read_text(encoding="utf-8"))["cells"]
        assert "qdtools" in cells[0]["source"]
        assert page.url.endswith("1-data-and-noise.html")
        assert not visit.complaints
