"""Promises of the build: its real configuration on a tiny book, its chapters as committed."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import yaml
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent

sys.path.insert(0, str(ROOT / "_ext"))
chapter_keys = importlib.import_module("chapter_keys")
execution_cache = importlib.import_module("execution_cache")

#: A package as ours in small: public names handed on by a stub, modules that import each other.
PACKAGE = {
    "__init__.py": "import lazy_loader\n\n"
    "__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)\n",
    "__init__.pyi": "from .room.answers import ANSWER as ANSWER\nfrom .other import OTHER as OTHER\n",
    "__main__.py": "from .cli import main\n\nmain()\n",
    "room/__init__.py": "",
    "room/answers.py": "from typing import TYPE_CHECKING\n\nfrom ..deep import VALUE\n\n"
    "if TYPE_CHECKING:\n    from ..cli import main\n\nANSWER = VALUE\n",
    "room/table.npz": "numbers",
    "deep.py": "VALUE = 41\n",
    "other.py": "OTHER = 'other'\n\n\ndef late():\n    from .later import LATER\n\n    return LATER\n",
    "later.py": "LATER = 1\n",
    "cli.py": "from . import other\n\n\ndef main():\n    print(other.OTHER)\n",
}
CHAPTERS = {"first": "f'answer {qdtools.ANSWER}'", "second": "f'no answer but {qdtools.OTHER}'"}


def write_package(folder):
    for name, code in PACKAGE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)


class Book:
    """A book of two chapters, built as the real one is, which counts how often a chapter runs."""

    def __init__(self, folder):
        self.folder = folder / "book to build"
        self.runs = folder / "runs"
        self.runs.mkdir()
        shutil.copytree(ROOT / "_ext", self.folder / "_ext")
        shutil.copytree(ROOT / "web", self.folder / "web")
        for name in (
            "do.py",
            "_config.yml",
            "book/favicon.svg",
            "book/references.bib",
            "package-lock.json",
            "requirements.lock",
            # What sets the numbers of outputs and of the pages' own words.
            "qdtools/show/numbers.py",
            # What the noise stands on, which an extension imports.
            "qdtools/drawings/canvas.py",
            # The looks of outputs, which the pages' own style imports.
            *(style.relative_to(ROOT) for style in ROOT.glob("qdtools/show/*.[cj]s*")),
            *(words.relative_to(ROOT) for words in ROOT.glob("qdtools/drawings/*.json")),
        ):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.folder / name)
        (self.folder / "node_modules").symlink_to(ROOT / "node_modules")
        (self.folder / ".venv").symlink_to(sys.prefix)
        (self.folder / "models").mkdir()
        write_package(self.folder / "qdtools")
        self.write("index.md", "# Index\n")
        toc = {"format": "jb-book", "root": "index", "chapters": []}
        for name, code in CHAPTERS.items():
            toc["chapters"].append({"file": f"book/{name}"})
            self.write_chapter(name, code)
        # Something to explore, of our own look, with nothing to run on.
        self.write("web/small/small.html", '<div class="explorable" id="small">Small.</div>\n')
        self.write("web/small/small.css", "#small {\n  color: teal;\n}\n")
        self.write("web/small/index.js", 'import "./small.css";\n\nconsole.log("small");\n')
        self.write("book/play.md", "# Play\n\n```{explorable} small\n```\n")
        toc["chapters"].append({"file": "book/play"})
        self.write("_toc.yml", yaml.safe_dump(toc))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
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
            [sys.executable, "do.py", "book", "--as-is"],
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


def test_a_second_build_runs_nothing_and_says_where_to_open_the_book(book):
    before = book.times_run("first"), book.times_run("second")
    again = book.build()
    assert again.returncode == 0, again.stderr
    assert "_build/html/index.html" in again.stdout
    assert (book.times_run("first"), book.times_run("second")) == before


def files_of(site):
    return {
        str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()
    }


def test_a_second_build_leaves_every_file_of_the_site_as_the_first_made_it(book):
    site = book.folder / "_build/html"
    assert book.build().returncode == 0
    again = files_of(site)
    shutil.rmtree(site)
    assert book.build().returncode == 0
    anew = files_of(site)
    assert again.keys() == anew.keys()
    assert not [name for name in anew if again[name] != anew[name]]


def pages_read(built):
    """Name the pages that a build read."""
    said = re.sub(r"\x1b\[[0-9;]*m", "", built.stdout)
    return re.findall(r"^reading sources\.\.\. \[ *\d+%\] (\S+)", said, re.M)


def test_an_unchanged_book_has_no_page_read_again(book):
    assert book.build().returncode == 0  # another test may have mended what it spoiled
    again = book.build()
    assert again.returncode == 0, again.stderr
    assert not pages_read(again)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("web/small/index.js", '"small"', '"other"'),
        ("web/small/small.css", "teal", "navy"),
        ("web/small/small.html", "Small.", "Other."),
        # What its data may be made by.
        ("qdtools/later.py", "LATER = 1", "LATER = 2"),
        ("_ext/page_data.py", "PARTS = 10_000", "PARTS = 10_001"),
    ],
)
def test_a_page_with_an_explorable_is_read_again_when_what_it_shows_changes(
    book, name, before, after
):
    text = (book.folder / name).read_text()
    assert before in text
    old = book.page("play")
    book.write(name, text.replace(before, after))
    try:
        built = book.build()
        assert built.returncode == 0, built.stderr
        assert "book/play" in pages_read(built)
        # The page names its script and its style by what they hold, or a browser would show old ones.
        assert book.page("play") != old or not name.startswith("web/")
    finally:
        book.write(name, text)


def test_every_page_is_made_anew_once_an_extension_has_changed_and_no_chapter_runs(book):
    before = book.times_run("first"), book.times_run("second")
    name, called = "_ext/standing_pictures.py", "def setup(app: Sphinx) -> dict[str, bool]:"
    text = (book.folder / name).read_text()
    # Something that is done while pages are written, which no page that was read depends on.
    changed = f"""
def mark(_app, _name, _template, context, _doctree):
    context["body"] = context.get("body", "") + "<p>written anew</p>"


{called}
    app.connect("html-page-context", mark)"""
    assert called in text
    book.write(name, text.replace(called, changed))
    try:
        built = book.build()
        assert built.returncode == 0, built.stderr
        assert all("written anew" in book.page(page) for page in ("first", "second", "play"))
    finally:
        book.write(name, text)
    assert book.build().returncode == 0
    assert "written anew" not in book.page("first")
    assert (book.times_run("first"), book.times_run("second")) == before


def test_one_changed_chapter_runs_alone(book):
    before = book.times_run("first"), book.times_run("second")
    book.write_chapter("second", "f'changed: {qdtools.OTHER}'")
    assert book.build().returncode == 0
    assert "changed: other" in book.page("second")
    assert (book.times_run("first"), book.times_run("second")) == (before[0], before[1] + 1)


def test_a_changed_constant_in_qdtools_changes_the_page_that_shows_it(book):
    before = book.times_run("first"), book.times_run("second")
    assert "answer 41" in book.page("first")
    book.write("qdtools/deep.py", "VALUE = 42\n")
    try:
        assert book.build().returncode == 0
        assert "answer 42" in book.page("first")
        assert "answer 41" not in book.page("first")
        assert (book.times_run("first"), book.times_run("second")) == (before[0] + 1, before[1])
    finally:
        book.write("qdtools/deep.py", PACKAGE["deep.py"])
    assert book.build().returncode == 0
    assert "answer 41" in book.page("first")
    assert book.times_run("first") == before[0] + 1, "the former result was not kept"


def test_a_changed_command_line_runs_no_chapter_that_does_not_call_it(book):
    before = book.times_run("first"), book.times_run("second")
    book.write("qdtools/cli.py", f"{PACKAGE['cli.py']}# changed\n")
    assert book.build().returncode == 0
    assert (book.times_run("first"), book.times_run("second")) == before


def cut_the_notebook(folder):
    (notebook,) = folder.glob("executed/*/base.ipynb")
    notebook.write_text(notebook.read_text()[:100])


def remove_the_notebook(folder):
    (notebook,) = folder.glob("executed/*/base.ipynb")
    shutil.rmtree(notebook.parent)


def exchange_the_notebook(folder):
    (notebook,) = folder.glob("executed/*/base.ipynb")
    other = json.loads(notebook.read_text())
    other["cells"][0]["source"] = "'another chapter'"
    notebook.write_text(json.dumps(other))


def empty_the_database(folder):
    (folder / "global.db").write_bytes(b"")


def fill_the_database_with_noise(folder):
    (folder / "global.db").write_bytes(b"no database" * 100)


def empty_the_folder(folder):
    shutil.rmtree(folder)
    folder.mkdir()


DAMAGES = [
    cut_the_notebook,
    remove_the_notebook,
    exchange_the_notebook,
    empty_the_database,
    fill_the_database_with_noise,
    empty_the_folder,
]


@pytest.mark.parametrize(
    "damages", [DAMAGES[:2], DAMAGES[2:4], DAMAGES[4:]], ids=lambda d: f"{d[0].__name__} ..."
)
def test_what_cannot_be_read_in_the_cache_is_computed_again(book, damages):
    before = {name: book.times_run(name) for name in CHAPTERS}
    for name, damage in zip(CHAPTERS, damages, strict=True):
        states = (book.folder / f"_build/executed/book.{name}").iterdir()
        damage(max(states, key=lambda path: path.stat().st_mtime))
    # So that every page is read anew and looks for its result.
    shutil.rmtree(book.folder / "_build/.doctrees")
    built = book.build()
    assert built.returncode == 0, built.stdout + built.stderr
    assert {name: book.times_run(name) for name in CHAPTERS} == {
        name: times + 1 for name, times in before.items()
    }
    assert "answer 41" in book.page("first")


def test_a_cell_that_fails_fails_the_build(book):
    good = (book.folder / "book/first.ipynb").read_text()
    book.write_chapter("first", "raise RuntimeError('this cell is meant to fail')")
    finished = states_of(book.folder / "_build/executed/book.first", [0] * 5)
    try:
        for _ in range(2):
            failed = book.build()
            assert failed.returncode != 0
            assert "this cell is meant to fail" in failed.stdout + failed.stderr
        # What was finished before makes no room for it.
        assert all(state.is_dir() for state in finished)
    finally:
        book.write("book/first.ipynb", good)
    assert book.build().returncode == 0


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


@pytest.mark.parametrize("n_colours", [2, 256, 257, 4000])
def test_a_built_picture_is_stored_in_fewer_bytes_and_shows_the_same(n_colours, tmp_path):
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


SETTINGS = yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]["config"]


def inputs_below(root):
    """What outputs depend on by the real configuration, for a book in another folder."""
    names = ("package", "inputs", "variables", "folders")
    return chapter_keys.Inputs(root, *(SETTINGS[f"execution_{name}"] for name in names))


@pytest.fixture
def root(tmp_path):
    """A folder with a package, weights and locks."""
    folder = tmp_path / "root"
    write_package(folder / "qdtools")
    for name in ("models/w.onnx", "models/README.md", "requirements.lock", "package-lock.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("as it was")
    return folder


def key(root, code, **environment):
    chapter = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    return chapter_keys.chapter_key(chapter, inputs_below(root), environment)


def all_files(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


#: Code of a chapter, with the files of the package that it reaches.
REACHES = {
    "import qdtools as qd\nqd.ANSWER": {
        "__init__.py",
        "room/__init__.py",
        "room/answers.py",
        "room/table.npz",
        "deep.py",
    },
    "from qdtools import OTHER": {"__init__.py", "other.py", "later.py"},
    "import qdtools.deep\nqdtools.deep.VALUE": {"__init__.py", "deep.py"},
    "from qdtools import deep as d\nprint(d)": {"__init__.py", "deep.py"},
    "run([sys.executable, '-m', 'qdtools', 'show'])": {
        "__init__.py",
        "__main__.py",
        "cli.py",
        "other.py",
        "later.py",
    },
    "!qdtools show": {"__init__.py", "__main__.py", "cli.py", "other.py", "later.py"},
    "%time 1 + 1": set(),
    "print('$ qdtools', 'show')": set(),
}
#: Code that reading cannot follow.
CANNOT_BE_FOLLOWED = [
    "import qdtools as qd\ngetattr(qd, name)",
    "import qdtools as qd\nqd.missing",
    "from qdtools import *",
    "from qdtools import missing",
    "import importlib\nimportlib.import_module(name)",
    "this is no Python",
]


@pytest.mark.parametrize("code", REACHES)
def test_a_chapter_depends_on_what_it_reaches_in_the_package_on_nothing_else(root, code):
    before = key(root, code)
    found = set()
    for name in set(PACKAGE) - {"__init__.pyi"}:
        path = root / "qdtools" / name
        was = path.read_text()
        path.write_text(f"{was}# changed\n")
        if key(root, code) != before:
            found.add(name)
        path.write_text(was)
    assert found == REACHES[code]
    assert key(root, code) == before


@pytest.mark.parametrize("code", CANNOT_BE_FOLLOWED)
def test_code_that_cannot_be_followed_depends_on_the_whole_package(root, code):
    for name in set(PACKAGE) - {"__init__.pyi"}:
        before = key(root, code)
        with (root / "qdtools" / name).open("a") as file:
            file.write("# changed\n")
        assert key(root, code) != before, name


@pytest.mark.parametrize("name", ["models/w.onnx", "requirements.lock", "package-lock.json"])
def test_every_chapter_depends_on_weights_with_their_locks(root, name):
    before = key(root, "1 + 1")
    (root / name).write_text("changed")
    assert key(root, "1 + 1") != before


def test_prose_with_bytecode_leaves_results_alone(root):
    before = key(root, "from qdtools import *")
    (root / "models/README.md").write_text("changed")
    (root / "qdtools/__pycache__").mkdir()
    (root / "qdtools/__pycache__/deep.pyc").write_text("new")
    assert key(root, "from qdtools import *") == before


def test_another_size_of_run_and_other_data_have_results_of_their_own(root, tmp_path):
    environment = {}
    seen = {key(root, "1 + 1")}
    environment["QD_RUN"] = "full"
    seen.add(key(root, "1 + 1", **environment))
    for variable in ("QD_DATA_DIR", "QD_MODELS_DIR"):
        folder = tmp_path / variable
        folder.mkdir()
        environment[variable] = str(folder)
        seen.add(key(root, "1 + 1", **environment))
        (folder / "file").write_bytes(b"drawings")
        seen.add(key(root, "1 + 1", **environment))
        (folder / "file").write_bytes(b"other drawings")
        seen.add(key(root, "1 + 1", **environment))
    assert len(seen) == 8
    assert key(root, "1 + 1", **environment, HOME="elsewhere") in seen


def test_a_file_changed_under_the_same_size_and_time_is_noticed(root, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "cat.npy").write_bytes(b"cats")
    (folder / "nowhere.npy").symlink_to("gone")
    (folder / "\udcff.npy").write_bytes(b"odd")
    environment = {"QD_DATA_DIR": str(folder)}
    before, about = key(root, "1 + 1", **environment), (folder / "cat.npy").stat()
    assert key(root, "1 + 1", **environment) == before
    (folder / "cat.npy").write_bytes(b"dogs")
    os.utime(folder / "cat.npy", ns=(about.st_atime_ns, about.st_mtime_ns))
    assert key(root, "1 + 1", **environment) != before


def states_of(folder, seconds):
    """The results of a chapter in several states, each used later than the one before."""
    states = [folder / str(number) for number in range(len(seconds))]
    for number, (state, took) in enumerate(zip(states, seconds, strict=True)):
        state.mkdir(parents=True)
        if took:
            (state / execution_cache.SECONDS).write_text(str(took))
        os.utime(state, (number, number))
    return states


def test_results_of_the_last_three_states_are_kept_and_what_took_longest(tmp_path):
    (tmp_path / "book").mkdir()
    for name in ("first", "second"):
        (tmp_path / f"book/{name}.ipynb").touch()
    executed = tmp_path / "executed"
    quick = states_of(executed / "book.first", [0] * 6)
    long = states_of(executed / "book.second", [3, 9_000, 4, 5, 6, 7])
    gone = executed / "book.removed/state"
    gone.mkdir(parents=True)
    execution_cache.remove_outdated([quick[1], long[5]], tmp_path)
    assert {*quick[0].parent.iterdir()} == {quick[1], quick[4], quick[5]}
    assert {*long[0].parent.iterdir()} == {long[1], *long[3:]}
    assert not gone.parent.exists()


def test_a_chapter_left_out_of_the_contents_keeps_its_results(tmp_path):
    (tmp_path / "book/part 1").mkdir(parents=True)
    for name in ("book/first", "book/part 1/v1.2-second"):
        (tmp_path / f"{name}.ipynb").touch()
    (first,) = states_of(tmp_path / "executed/book.first", [1])
    (second,) = states_of(tmp_path / "executed/book.part 1.v1.2-second", [1])
    execution_cache.remove_outdated([first], tmp_path)
    assert second.is_dir()


#: Chapters whose code does not call the command line.
UNTOUCHED_BY_THE_COMMAND_LINE = [
    "1-data-and-noise",
    "3-autoencoder",
    "4-cnn",
    "6-error-analysis",
    "comparisons",
]


@pytest.mark.parametrize("name", UNTOUCHED_BY_THE_COMMAND_LINE)
def test_editing_the_command_line_does_not_run_this_chapter_again(name):
    chapter = execution_cache.read_chapter(ROOT / f"book/{name}.ipynb")
    code = chapter_keys.chapter_code(chapter)
    reached = chapter_keys.Package(ROOT / "qdtools").reached(code)
    assert ROOT / "qdtools/cli/naming.py" not in reached
    assert ROOT / "qdtools/drawings/restyle.npz" in reached


def test_editing_the_command_line_runs_the_chapter_again_that_calls_it():
    chapter = execution_cache.read_chapter(ROOT / "book/5-pipeline.ipynb")
    code = chapter_keys.chapter_code(chapter)
    reached = chapter_keys.Package(ROOT / "qdtools").reached(code)
    assert ROOT / "qdtools/cli/naming.py" in reached


NOTEBOOKS = sorted([*ROOT.glob("*.ipynb"), *ROOT.glob("book/*.ipynb")])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_committed_without_outputs(path):
    notebook = json.loads(path.read_text())
    assert "widgets" not in notebook["metadata"], "the notebook holds the state of widgets"
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert not cell["outputs"], f"cell {cell['id']} has outputs: clear them"
            assert cell["execution_count"] is None, f"cell {cell['id']} has a number: clear it"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_chapter_runs_to_its_end(path, built_site, surroundings):
    """The build ran it, or found that nothing it depends on has changed since it did."""
    execution_cache.resolve_folders(SETTINGS["execution_folders"], surroundings)
    chapter = execution_cache.read_chapter(path)
    state = chapter_keys.chapter_key(chapter, inputs_below(ROOT), surroundings)
    name = path.relative_to(ROOT).with_suffix("").as_posix()
    folder = execution_cache.state_folder(built_site, name, state)
    assert execution_cache.has_result(folder, chapter), "make book runs it as it is now"


def test_every_chapter_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = {entry["file"] for part in toc["parts"] for entry in part["chapters"]}
    assert {f"book/{path.stem}" for path in ROOT.glob("book/*.ipynb")} <= listed
    for name in listed | {toc["root"]}:
        assert any((ROOT / f"{name}{suffix}").exists() for suffix in (".ipynb", ".md")), name
