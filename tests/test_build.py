"""Promises of the build: the real configuration on a tiny book, and chapters as committed."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent

needs_make = pytest.mark.skipif(not shutil.which("make"), reason="this machine has no make")


class Book:
    """A book of two chapters, built as the real one is, which counts how often a chapter runs."""

    def __init__(self, folder):
        self.folder = folder / "book to build"
        self.runs = folder / "runs"
        self.runs.mkdir()
        shutil.copytree(ROOT / "_ext", self.folder / "_ext")
        shutil.copytree(ROOT / "web", self.folder / "web")
        for name in (
            "Makefile",
            "_config.yml",
            "book/references.bib",
            "package-lock.json",
            "qdtools/drawings/canvas.json",
            "requirements.lock",
        ):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.folder / name)
        (self.folder / "node_modules").symlink_to(ROOT / "node_modules")
        (self.folder / ".venv").symlink_to(sys.prefix)
        (self.folder / "models").mkdir()
        self.write("qdtools/__init__.py", "ANSWER = 41\n")
        self.write("index.md", "# Index\n")
        toc = {"format": "jb-book", "root": "index", "chapters": []}
        for name in ("first", "second"):
            toc["chapters"].append({"file": f"book/{name}"})
            self.write_chapter(name, "f'answer {qdtools.ANSWER}'")
        self.write("_toc.yml", yaml.safe_dump(toc))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def write_chapter(self, name, code, prose=""):
        counting = f"open({str(self.runs / name)!r}, 'a').write('x');"
        cells = [
            {"cell_type": "markdown", "id": "title", "source": f"# Chapter {name}\n\n{prose}"},
            {
                "cell_type": "code",
                "id": "code",
                "source": f"import qdtools\n{counting}\n{code}",
                "execution_count": None,
                "outputs": [],
            },
        ]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        notebook = {
            "cells": [cell | {"metadata": {}} for cell in cells],
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        self.write(f"book/{name}.ipynb", json.dumps(notebook))

    def build(self):
        """Build as `make book` does; the set-up is that of the real project."""
        return subprocess.run(
            ["make", "--old-file=setup", "book"],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=300,
        )

    def page(self, name):
        return (self.folder / f"_build/html/book/{name}.html").read_text()

    def times_run(self, name):
        log = self.runs / name
        return len(log.read_text()) if log.exists() else 0


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book that is built; a test that spoils it mends it again."""
    book = Book(tmp_path_factory.mktemp("book"))
    first = book.build()
    assert first.returncode == 0, first.stdout + first.stderr
    return book


@needs_make
def test_a_second_build_runs_nothing_and_says_where_to_open_the_book(book):
    before = book.times_run("first"), book.times_run("second")
    again = book.build()
    assert again.returncode == 0, again.stderr
    assert "_build/html/index.html" in again.stdout
    assert (book.times_run("first"), book.times_run("second")) == before


@needs_make
def test_one_changed_chapter_runs_alone(book):
    before = book.times_run("first"), book.times_run("second")
    book.write_chapter("second", "f'changed: answer {qdtools.ANSWER}'")
    assert book.build().returncode == 0
    assert "changed: answer 41" in book.page("second")
    assert (book.times_run("first"), book.times_run("second")) == (before[0], before[1] + 1)


@needs_make
def test_a_changed_constant_in_qdtools_changes_the_page(book):
    assert "answer 41" in book.page("first")
    book.write("qdtools/__init__.py", "ANSWER = 42\n")
    try:
        assert book.build().returncode == 0
        for name in ("first", "second"):
            assert "answer 42" in book.page(name)
            assert "answer 41" not in book.page(name)
    finally:
        book.write("qdtools/__init__.py", "ANSWER = 41\n")


@needs_make
def test_a_cell_that_fails_fails_the_build(book):
    good = (book.folder / "book/first.ipynb").read_text()
    book.write_chapter("first", "raise RuntimeError('this cell is meant to fail')")
    try:
        for _ in range(2):
            failed = book.build()
            assert failed.returncode != 0
            assert "this cell is meant to fail" in failed.stdout + failed.stderr
    finally:
        book.write("book/first.ipynb", good)
    assert book.build().returncode == 0


@needs_make
def test_a_warning_fails_the_build_until_it_is_mended(book):
    good = (book.folder / "book/first.ipynb").read_text()
    book.write_chapter("first", "f'answer {qdtools.ANSWER}'", prose="{ref}`nowhere`")
    try:
        for _ in range(2):
            failed = book.build()
            assert failed.returncode != 0
            assert "nowhere" in failed.stderr
    finally:
        book.write("book/first.ipynb", good)
    assert book.build().returncode == 0


@pytest.fixture
def execution_cache():
    path = ROOT / "_ext/execution_cache.py"
    spec = importlib.util.spec_from_file_location("execution_cache", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("n_colours", [2, 256, 257, 4000])
def test_a_built_picture_is_stored_in_fewer_bytes_and_shows_the_same(
    n_colours, tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(ROOT / "_ext")
    store_tightly = importlib.import_module("light_pages").store_tightly
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (n_colours, 4), np.uint8)
    colours[:, 3] = 255
    pixels = colours[rng.permutation(np.arange(90 * 70) % n_colours)].reshape(70, 90, 4)
    path = tmp_path / "opaque.png"
    Image.fromarray(pixels).save(path)
    before = path.stat().st_size
    store_tightly(path)
    with Image.open(path) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGBA")), pixels)
    assert path.stat().st_size < before

    pixels[3, 4, 3] = 254
    Image.fromarray(pixels).save(path)
    untouched = path.read_bytes()
    store_tightly(path)
    assert path.read_bytes() == untouched


@pytest.fixture
def config():
    """The real settings of the execution cache."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]["config"]
    names = ("execution_inputs", "execution_variables", "execution_folders")
    return SimpleNamespace(**{name: settings[name] for name in names})


INPUTS = (
    "qdtools/noise.py",
    "qdtools/deeper/module.py",
    "qdtools/table.npz",
    "models/denoiser.keras",
    "models/manifest.json",
    "requirements.lock",
    "package-lock.json",
)


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    """A folder with a file of every kind that outputs depend on."""
    for name in os.environ:
        if name.startswith(("QD_", "KERAS_")):
            monkeypatch.delenv(name)
    folder = tmp_path / "inputs"
    for name in (*INPUTS, "models/README.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("as it was")
    return folder


@pytest.mark.parametrize("name", INPUTS)
def test_a_change_in_what_outputs_depend_on_empties_the_cache(
    execution_cache, config, inputs, name
):
    before = execution_cache.hash_of_inputs(inputs, config)
    (inputs / name).write_text("changed")
    assert execution_cache.hash_of_inputs(inputs, config) != before


def test_prose_and_bytecode_leave_the_cache_alone(execution_cache, config, inputs):
    before = execution_cache.hash_of_inputs(inputs, config)
    (inputs / "models/README.md").write_text("changed")
    (inputs / "qdtools/__pycache__").mkdir()
    (inputs / "qdtools/__pycache__/noise.pyc").write_text("new")
    assert execution_cache.hash_of_inputs(inputs, config) == before


def test_another_size_of_run_and_other_data_have_a_cache_of_their_own(
    execution_cache, config, inputs, tmp_path, monkeypatch
):
    seen = {execution_cache.hash_of_inputs(inputs, config)}
    monkeypatch.setenv("QD_RUN", "long")
    seen.add(execution_cache.hash_of_inputs(inputs, config))
    for variable in ("QD_DATA_DIR", "QD_MODELS_DIR"):
        folder = tmp_path / variable
        folder.mkdir()
        monkeypatch.setenv(variable, str(folder))
        seen.add(execution_cache.hash_of_inputs(inputs, config))
        (folder / "file").write_bytes(b"drawings")
        seen.add(execution_cache.hash_of_inputs(inputs, config))
        (folder / "file").write_bytes(b"other drawings")
        seen.add(execution_cache.hash_of_inputs(inputs, config))
    assert len(seen) == 8


def test_outdated_caches_are_removed(execution_cache, config, inputs, tmp_path):
    app = SimpleNamespace(srcdir=inputs, outdir=tmp_path / "_build/html")
    caches = tmp_path / "_build/executed"
    used = []
    for number in range(5):
        (inputs / "qdtools/noise.py").write_text(f"state {number}")
        execution_cache.use_cache_of_this_state(app, config)
        used.append(Path(config.nb_execution_cache_path))
        os.utime(used[-1], (number, number))
    (inputs / "qdtools/noise.py").write_text("the last state")
    execution_cache.use_cache_of_this_state(app, config)
    left = set(caches.iterdir())
    assert Path(config.nb_execution_cache_path) in left
    assert left - {Path(config.nb_execution_cache_path)} == set(used[-2:])


NOTEBOOKS = sorted([*ROOT.glob("*.ipynb"), *ROOT.glob("book/*.ipynb")])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_committed_without_outputs(path):
    notebook = json.loads(path.read_text())
    assert "widgets" not in notebook["metadata"], "the notebook holds the state of widgets"
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert not cell["outputs"], f"cell {cell['id']} has outputs: clear them"
            assert cell["execution_count"] is None, f"cell {cell['id']} has a number: clear it"


def test_every_chapter_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = {entry["file"] for part in toc["parts"] for entry in part["chapters"]}
    assert {f"book/{path.stem}" for path in ROOT.glob("book/*.ipynb")} <= listed
    for name in listed | {toc["root"]}:
        assert any((ROOT / f"{name}{suffix}").exists() for suffix in (".ipynb", ".md")), name
