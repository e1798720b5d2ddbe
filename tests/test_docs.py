"""Promises of what is written for readers: chapters, tables of contents, docstrings."""

from __future__ import annotations

import ast
import inspect
import json
import re
import runpy
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
import yaml

import qdtools as qd

ROOT = Path(__file__).resolve().parents[1]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [
    ROOT / f"{entry['file']}.ipynb"
    for part in TOC["parts"]
    if part.get("numbered")
    for entry in part["chapters"]
]
NOTEBOOKS = [ROOT / f"{TOC['root']}.ipynb", *CHAPTERS]
PUBLIC = [name for name in qd.__all__ if callable(getattr(qd, name))]
FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(getattr(qd, name))]
CLASSES = [name for name in PUBLIC if inspect.isclass(getattr(qd, name))]
FIGURES = [
    name for name in FUNCTIONS if inspect.signature(getattr(qd, name)).return_annotation == "Figure"
]


def cells(path: Path, kind: str) -> list[dict]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    found = [cell for cell in notebook["cells"] if cell["cell_type"] == kind]
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


def text(path: Path, kind: str) -> str:
    return "\n".join(cell["source"] for cell in cells(path, kind))


@pytest.mark.parametrize("name", qd.__all__)
def test_every_public_name_can_be_imported(name):
    assert getattr(qd, name) is not None


def _documented() -> list[str]:
    names = list(FUNCTIONS)
    for holder in CLASSES:
        for name, member in vars(getattr(qd, holder)).items():
            if not name.startswith("_") and (callable(member) or isinstance(member, classmethod)):
                names.append(f"{holder}.{name}")
    return names


def explained(member) -> set[str]:
    """Words that a docstring explains as parameters, there or where it refers to."""
    doc = inspect.getdoc(member)
    if "\n" not in doc:
        return set(re.findall(r"\w+", doc))
    _, _, section = doc.partition("Parameters\n----------\n")
    section, _, _ = section.partition("\n---")
    names = set(
        re.findall(r"\w+", " ".join(re.findall(r"^(\S.*?)(?: :.*)?$", section, re.MULTILINE)))
    )
    for other in re.findall(r"those of\s+`(\w+)`", doc):
        names |= explained(getattr(sys.modules[member.__module__], other))
    return names


@pytest.mark.parametrize("name", _documented())
def test_every_public_function_explains_its_parameters_and_says_its_chapter(name):
    member = qd
    for part in name.split("."):
        member = getattr(member, part)
    said = re.findall(r"chapters? (\d)", inspect.getdoc(member))
    assert said, f"{name} names no chapter"
    assert set(said) <= {path.name[0] for path in CHAPTERS}
    parameters = {p for p in inspect.signature(member).parameters if p not in {"self", "cls"}}
    assert parameters <= explained(member)


def test_a_parameter_that_only_stands_somewhere_in_a_docstring_is_not_explained():
    def double(n, factor=2, *, other=None):
        """Multiply n by a factor.

        Parameters
        ----------
        n : int
            Other than 0.

        Returns
        -------
        int
        """

    assert {"n", "factor", "other"} & explained(double) == {"n"}


def test_importing_qdtools_loads_no_network_library():
    code = (
        "import sys, qdtools, qdtools.cli; qdtools.load; "
        "print({'tensorflow', 'httpx', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_notebook_is_in_the_table_of_contents_in_its_order():
    assert sorted((ROOT / "book").glob("*.ipynb")) == CHAPTERS
    numbers = [path.name.split("-")[0] for path in CHAPTERS]
    assert numbers == [str(number + 1) for number in range(len(CHAPTERS))]


def _title(path: Path) -> str:
    return text(path, "markdown").splitlines()[0].removeprefix("# ")


def test_the_readme_lists_every_chapter_by_its_title_in_order():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d+) · (.*?)\]\((book/.*?\.ipynb)\) \|", readme, re.MULTILINE)
    assert [ROOT / file for *_, file in listed] == CHAPTERS
    for (number, title, _), path in zip(listed, CHAPTERS, strict=True):
        assert number == path.name.split("-")[0]
        assert _title(path).startswith(title)


def test_the_first_page_calls_chapters_by_their_titles():
    prose = text(NOTEBOOKS[0], "markdown")
    listed = re.findall(r"\[(\d+) · (.*?)\]\((book/.*?)\)", prose)
    titles = {path.stem: _title(path) for path in CHAPTERS}
    assert listed
    for number, title, file in listed:
        name = file.removeprefix("book/")
        assert name.split("-")[0] == number
        assert titles[name].startswith(title)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
class TestEveryChapter:
    """What STYLE asks of each chapter."""

    def test_prints_its_source_below_the_title(self, path):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        title, code = notebook["cells"][:2]
        assert "".join(title["source"]).startswith("# ")
        assert code["cell_type"] == "code"
        last = "".join(code["source"]).strip().splitlines()[-1]
        assert last in {"drawings", "everything"}

    def test_has_the_parts_of_a_chapter(self, path):
        prose = "\n".join(cell["source"] for cell in cells(path, "markdown"))
        for part in ("What you'll do, learn and need", "## Summary", "## Exercises", "## Next"):
            assert part in prose
        assert prose.count("{solution-start}") == prose.count("{exercise-start}") >= 2

    def test_has_a_control_for_the_noise(self, path):
        code = "\n".join(cell["source"] for cell in cells(path, "code"))
        assert re.search(r"^qd\.explorer\(.*\bnoise_level=", code, re.DOTALL | re.MULTILINE)

    def test_keeps_its_cells_short(self, path):
        for cell in cells(path, "code"):
            lines = [line for line in cell["source"].splitlines() if line.strip()]
            assert len(lines) <= 25, cell["source"]

    def test_describes_its_figures_for_those_who_cannot_see_them(self, path):
        for cell in cells(path, "code"):
            if re.search(rf"plt\.show|^qd\.({'|'.join(FIGURES)})\(", cell["source"], re.M):
                alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
                assert len(alt) > 20, cell["source"]

    def test_is_valid_python_without_outputs(self, path):
        for cell in cells(path, "code"):
            ast.parse(cell["source"])
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


#: Phrases with a figure that is no result: definitions, rules.
NO_RESULTS = (
    "95 % interval",
    "95 % by Wilson",
    "of all answers given with 80 %, four in five",
    "3 dB more is half the error",
)


def typed_results(prose: str) -> list[str]:
    """Figures with a unit of a result that were typed instead of computed."""
    for phrase in NO_RESULTS:
        prose = prose.replace(phrase, "")
    return re.findall(r"\d[\d.,]* ?(?:%|percent\b|points?\b|dB\b)", prose)


def quoted(path: Path) -> set[str]:
    """Names whose glued values the prose of a notebook shows."""
    return set(re.findall(r"\{glue(?::\w+)?\}`([^`]+)`", text(path, "markdown")))


def glued(path: Path) -> set[str]:
    """Names that a notebook glues, which its source must tell in full."""
    tree = ast.parse(text(path, "code"))
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        for target in node.targets if isinstance(node, ast.Assign) else []:
            if isinstance(target, ast.Name):
                assigned.setdefault(target.id, []).append(node.value)

    def elements(node: ast.expr) -> list:
        """What a loop over an expression runs through; nothing where only a run tells."""
        if isinstance(node, ast.Name) and len(assigned.get(node.id, [])) == 1:
            return elements(assigned[node.id][0])
        parts = getattr(node, "keys", []) or getattr(node, "elts", [])
        return [part.value for part in parts if isinstance(part, ast.Constant)]

    def loop_values(loop: ast.For) -> dict[str, list]:
        """Values of each loop variable."""
        names = [name.id for name in ast.walk(loop.target) if isinstance(name, ast.Name)]
        first, over = [], loop.iter
        if isinstance(loop.target, ast.Name):
            first = elements(over)
        elif isinstance(over, ast.Call) and getattr(over.func, "attr", "") == "items":
            first = elements(over.func.value)
        elif isinstance(over, ast.Call) and getattr(over.func, "id", "") == "enumerate":
            first = list(range(len(elements(over.args[0]))))
        return {**{name: [] for name in names}, names[0]: first}

    def spelled(name: ast.expr, values: dict[str, list]) -> list[str]:
        """All that a constant or an f-string over loop variables becomes."""
        if isinstance(name, ast.Constant):
            return [name.value]
        parts = getattr(name, "values", [])
        shown = [part.value.id for part in parts if isinstance(part, ast.FormattedValue)]
        names = []
        for chosen in product(*[values.get(variable, []) for variable in set(shown)]):
            now = dict(zip(set(shown), chosen, strict=True))
            names.append("")
            for part in parts:
                if isinstance(part, ast.Constant):
                    names[-1] += str(part.value)
                else:
                    spec = part.format_spec.values[0].value if part.format_spec else ""
                    names[-1] += format(now[part.value.id], spec)
        assert any(names), (
            f"{path.name} glues {ast.unparse(name)}: write a constant, or an f-string over a loop "
            "through constants, so that its names can be read."
        )
        return names

    def visit(node: ast.AST, values: dict[str, list]) -> set[str]:
        if isinstance(node, ast.For):
            values = values | loop_values(node)
        found = set()
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "glue":
            found.update(spelled(node.args[0], values))
        return found.union(*[visit(child, values) for child in ast.iter_child_nodes(node)])

    return visit(tree, {})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestEveryNotebook:
    """What is said of results is computed: in the chapters, on the first page too."""

    def test_glues_what_its_prose_quotes_with_nothing_left_over(self, path):
        assert quoted(path) == glued(path)

    def test_types_no_result(self, path):
        assert typed_results(text(path, "markdown")) == []
        for cell in cells(path, "code"):
            image = cell["metadata"].get("mystnb", {}).get("image", {})
            assert typed_results(" ".join(map(str, image.values()))) == []


@pytest.mark.parametrize("phrase", NO_RESULTS)
def test_no_exception_is_made_for_what_no_notebook_says(phrase):
    assert any(phrase in text(path, "markdown") for path in NOTEBOOKS)


@pytest.mark.parametrize("prose", ["right in 95 %", "93.4% (90%–96%)", "2.3 dB", "by 4 points"])
def test_a_typed_result_is_found(prose):
    assert len(typed_results(prose)) >= 1
    assert typed_results("with its 95 % interval {glue:text}`accuracy`") == []


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of one cell of code above one of prose."""

    def write(code, prose="", outputs=()):
        cells = [
            {
                "cell_type": "code",
                "source": code,
                "outputs": list(outputs),
                "execution_count": None,
            },
            {"cell_type": "markdown", "source": prose},
        ]
        cells = [{**cell, "id": f"cell-{i}", "metadata": {}} for i, cell in enumerate(cells)]
        path = tmp_path / "index.ipynb"
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4}
        path.write_text(json.dumps({**whole, "nbformat_minor": 5}), encoding="utf-8")
        return path

    return write


def test_quoted_names_that_nothing_glues_are_told_from_glued_ones_that_nothing_quotes(notebook):
    path = notebook(
        'table = {"x": 1, "y": 2}\n'
        'glue(\n    "one",\n    1,\n)\n'
        'for level in (0.5, 1):\n    for key in table:\n        glue(f"{key} at {level:g}", 1)\n'
        'for key, value in table.items():\n    glue(f"{key}_items", value)\n'
        'for number, key in enumerate(table):\n    glue(f"row_{number}", key)\n',
        "{glue:text}`one`, {glue:text}`two`, {glue}`x at 0.5`, {glue:text}`z at 0.5`",
    )
    assert quoted(path) == {"one", "two", "x at 0.5", "z at 0.5"}
    loops = {"x at 0.5", "x at 1", "y at 0.5", "y at 1"}
    assert glued(path) == {"one", "x_items", "y_items", "row_0", "row_1"} | loops


@pytest.mark.parametrize(
    "code",
    [
        "glue(name, 1)",
        'glue(f"at {level}", 1)',
        'for level in levels():\n    glue(f"at {level}", 1)',
        'for name in table.items():\n    glue(f"{name}", 1)',
        'table = {}\ntable = {"x": 1}\nfor name in table:\n    glue(f"{name}", 1)',
    ],
)
def test_a_name_that_only_a_run_tells_is_refused(notebook, code):
    with pytest.raises(AssertionError, match="can be read"):
        glued(notebook(code))


@pytest.mark.parametrize(("name", "status"), [("known", 0), ("unknown", 1)])
def test_a_build_stops_at_a_quoted_name_that_the_run_did_not_glue(notebook, name, status):
    prefix = "application/papermill.record/"
    output = {
        "output_type": "display_data",
        "data": {f"{prefix}text/plain": "1"},
        "metadata": {"scrapbook": {"mime_prefix": prefix, "name": "known"}},
    }
    path = notebook("", f"# Page\n\n{{glue:text}}`{name}`", [output])
    (path.parent / "conf.py").write_text("extensions = ['myst_nb']\nnb_execution_mode = 'off'\n")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", ".", "out"]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert ("No key 'unknown'" in done.stderr) == bool(status)
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert "suppress_warnings" not in settings["sphinx"]["config"]


def test_the_model_card_says_what_the_manifest_says():
    card = runpy.run_path(str(ROOT / "tools" / "model_card.py"))["card"]
    written = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    assert written == card(qd.read_manifest())
