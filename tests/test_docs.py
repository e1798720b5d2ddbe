"""Promises of what is written for readers: chapters, tables of contents, docstrings."""

from __future__ import annotations

import ast
import base64
import importlib
import inspect
import io
import json
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from mdit_py_plugins.anchors.index import slugify
from PIL import Image
from pybtex.database import parse_file

import qdtools as qd
from qdtools.cli import _parser

ROOT = Path(__file__).resolve().parents[1]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [
    ROOT / f"{entry['file']}.ipynb"
    for part in TOC["parts"]
    if part.get("numbered")
    for entry in part["chapters"]
]
#: Notebooks that are no chapter: every comparison in full.
APPENDIX = [
    path
    for part in TOC["parts"]
    if not part.get("numbered")
    for entry in part["chapters"]
    if (path := ROOT / f"{entry['file']}.ipynb").exists()
]
NOTEBOOKS = [ROOT / f"{TOC['root']}.ipynb", *CHAPTERS, *APPENDIX]
PAGES = sorted((ROOT / "book").glob("*.md"))
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


def untold_names(path: Path) -> list[str]:
    """Find names in code that is seen which come from code that is not, without a word on them."""
    told, seen, hidden, faults = "", set(), set(), []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            told += source
            continue
        tree = ast.parse(source)
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        made |= {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
        made |= {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}
        if tags(cell) & {"hide-input", "remove-input", "hide-cell"}:
            hidden |= made - seen
            continue
        told += "".join(line for line in source.splitlines() if "#" in line)
        asked = {node.id for node in names} & hidden - made - seen
        faults += [name for name in sorted(asked) if f"`{name}`" not in told]
        seen |= made | asked
    return faults


# The later chapters are for readers who open a folded cell.
@pytest.mark.parametrize("path", CHAPTERS[:4], ids=lambda path: path.stem)
def test_code_that_is_seen_says_what_it_takes_from_code_that_is_not(path):
    assert untold_names(path) == []


#: Letters of code that a page holds on a screen of 1,280 pixels.
WIDEST = 82


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_line_of_code_that_a_page_shows_is_wider_than_the_page(path):
    wide = [
        line
        for cell in cells(path, "code")
        if not tags(cell) & {"remove-input", "remove-cell"}
        for line in cell["source"].splitlines()
        if len(line) > WIDEST
    ]
    assert wide == []


def late_sliders(path: Path) -> list[str]:
    """Find sliders that stand behind code that is seen, not behind the words that ask to move them."""
    faults, above = [], ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        marks = tags(cell)
        is_seen = cell["cell_type"] == "code" and not marks & {
            "hide-input",
            "remove-input",
            "hide-cell",
        }
        if "qd.explorer(" in source and (is_seen or above != "words"):
            faults.append(source)
        if is_seen:
            above = "code"
        elif cell["cell_type"] == "markdown" or "qd.say(" in source:
            above = "words"
    return faults


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_picture_that_moves_comes_before_the_lines_that_run(path):
    assert late_sliders(path) == []


def test_a_slider_behind_code_is_found(tmp_path):
    words = {"cell_type": "markdown", "metadata": {}, "source": ["Drag it."]}
    code = {"cell_type": "code", "metadata": {}, "source": ["x = 1"]}
    slider = {
        "cell_type": "code",
        "metadata": {"tags": ["hide-input"]},
        "source": ["qd.explorer()"],
    }
    path = tmp_path / "chapter.ipynb"
    for order, faults in (
        ([words, slider, code], 0),
        ([words, code, slider], 1),
        ([words, slider | code | {"source": slider["source"]}], 1),
    ):
        path.write_text(json.dumps({"cells": order}), encoding="utf-8")
        assert len(late_sliders(path)) == faults


def test_a_name_from_a_folded_cell_without_a_word_is_found(tmp_path):
    folded = {"cell_type": "code", "metadata": {"tags": ["hide-input"]}, "source": ["few = [1]"]}
    seen = {"cell_type": "code", "metadata": {}, "source": ["len(few)"]}
    words = {"cell_type": "markdown", "metadata": {}, "source": ["`few` are the drawings."]}
    path = tmp_path / "chapter.ipynb"
    for cells_of_it, faults in (([folded, seen], ["few"]), ([folded, words, seen], [])):
        path.write_text(json.dumps({"cells": cells_of_it}), encoding="utf-8")
        assert untold_names(path) == faults


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
    assert sorted((ROOT / "book").glob("*.ipynb")) == sorted([*CHAPTERS, *APPENDIX])
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


def test_the_readme_tells_of_every_variable_that_a_reader_may_set():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(QD_\w+)` \|", readme, re.MULTILINE)
    code = (
        path for folder in ("qdtools", "_ext", "tools") for path in (ROOT / folder).rglob("*.py")
    )
    strings = (
        node.value
        for path in (*code, ROOT / "do.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    read = {string for string in strings if re.fullmatch(r"QD_[A-Z_]*[A-Z]", string)}
    assert sorted(told) == sorted(read)


def test_the_first_page_calls_chapters_by_their_titles():
    prose = text(NOTEBOOKS[0], "markdown")
    listed = re.findall(r"\[(\d+) · (.*?)\]\((book/.*?)\)", prose)
    titles = {path.stem: _title(path) for path in CHAPTERS}
    assert listed
    for number, title, file in listed:
        name = Path(file).stem
        assert name.split("-")[0] == number
        assert titles[name].startswith(title)


def tags(cell: dict) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def is_folded(cell: dict) -> bool:
    """Whether JupyterLab folds a cell's code."""
    return bool(cell["metadata"].get("jupyter", {}).get("source_hidden"))


#: The calls that show a reader words from within code.
SPOKEN = ("say", "figure", "exercise")


def calls(cell: dict, name: str) -> list[ast.Call]:
    """The calls of qd.name in a cell of code, from top to bottom."""
    found = [
        node
        for node in ast.walk(ast.parse(cell["source"]))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"qd.{name}"
    ]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


#: What stands between pieces of text that do not follow each other.
APART = "\n¦\n"


def typed_text(node: ast.AST) -> str:
    """The text in a piece of code as it was typed: what an f-string computes is three dots in it."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        parts = [
            typed_text(part) if isinstance(part, ast.Constant) else "…" for part in node.values
        ]
        # What a computed part is computed from may hold words of its own.
        inner = [
            typed_text(part.value) for part in node.values if isinstance(part, ast.FormattedValue)
        ]
        return APART.join(["".join(parts), *filter(None, inner)])
    return APART.join(filter(None, map(typed_text, ast.iter_child_nodes(node))))


def spoken(cell: dict) -> str:
    """The words typed in a cell of code that shows words: all its text, wherever it is put together."""
    if not any(calls(cell, name) for name in SPOKEN):
        return ""
    return typed_text(ast.parse(cell["source"]))


def prose(path: Path) -> str:
    """All that a notebook tells its reader: Markdown, with the words that its code shows."""
    return "\n".join([text(path, "markdown"), *map(spoken, cells(path, "code"))])


def constant(call: ast.Call, place: int) -> str | None:
    node = call.args[place] if len(call.args) > place else None
    return node.value if isinstance(node, ast.Constant) else None


def figures(path: Path) -> list[ast.Call]:
    return [call for cell in cells(path, "code") for call in calls(cell, "figure")]


def alt_text(path: Path, call: ast.Call) -> str:
    """What a figure says to who cannot see it, be it put together in an assignment beforehand."""
    given = [word.value for word in call.keywords if word.arg == "alt"]
    names = {node.id for alt in given for node in ast.walk(alt) if isinstance(node, ast.Name)}
    assigned = [
        node.value
        for node in ast.walk(ast.parse(text(path, "code")))
        if isinstance(node, ast.Assign) and names & {ast.unparse(to) for to in node.targets}
    ]
    return " ".join(map(typed_text, [*given, *assigned]))


def puts_together(call: ast.Call) -> bool:
    """Whether a figure's alt text is computed from what the figure shows, one by one."""
    given = [word.value for word in call.keywords if word.arg == "alt"]
    return any(isinstance(node, ast.GeneratorExp) for alt in given for node in ast.walk(alt))


# ---- what is asked of a chapter ----------------------------------------------------------------------


def figure_faults(path: Path) -> list[str]:
    """Figures without a number in order, a full stop, words for who cannot see them, unnamed by the prose."""
    faults = []
    chapter = path.name.split("-")[0]
    named = re.findall(
        r"\b[Ff]igures? ((?:\w+\.\d+)(?:(?:, and |, | and | or | to | with | beside )\w+\.\d+)*)",
        "\n".join([text(path, "markdown"), *map(spoken, cells(path, "code"))]),
    )
    named = set(re.findall(r"\w+\.\d+", " ".join(named)))
    for place, call in enumerate(figures(path), 1):
        number = constant(call, 1)
        expected = f"{chapter}.{place}" if path in CHAPTERS or chapter.isdigit() else None
        if expected and number != expected:
            faults.append(f"figure {number} should be {expected}")
        if number not in named:
            faults.append(f"no sentence names figure {number}")
        if len(alt_text(path, call)) <= 20 and not puts_together(call):
            faults.append(f"figure {number} says little to who cannot see it")
        if not ast.unparse(call.args[2]).rstrip("'\"").endswith((".", "?", "!")):
            faults.append(f"the caption of figure {number} is no sentence")
    for cell in cells(path, "code"):
        for node in ast.parse(cell["source"]).body:
            bare = (
                ast.unparse(node.value.func)
                if isinstance(node, ast.Expr | ast.Assign) and (isinstance(node.value, ast.Call))
                else ""
            )
            if bare == "plt.show" or (
                isinstance(node, ast.Expr) and bare.removeprefix("qd.") in FIGURES
            ):
                faults.append(f"{bare} is shown without qd.figure")
    return faults


GRADES = {"guess", "compute", "build"}
HEADING = re.compile(r"^### Exercise (\S+) · (\w+)$", re.MULTILINE)


def exercise_faults(path: Path) -> list[str]:
    """What in a notebook's exercises is out of order, unchecked or without a solution."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    all_cells = [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]
    found, faults = [], []
    for place, cell in enumerate(all_cells):
        headings = HEADING.findall(cell["source"]) if cell["cell_type"] == "markdown" else []
        if len(headings) > 1:
            faults.append(f"two exercises in one cell: {headings}")
        for name, grade in headings:
            found.append((name, grade))
            question = HEADING.split(cell["source"])[-1].strip()
            if not question:
                faults.append(f"{name} asks nothing")
            rest = all_cells[place + 1 :]
            # Cells may prepare it, in sight of the reader or not.
            while rest and rest[0]["cell_type"] == "code" and not calls(rest[0], "exercise"):
                rest = rest[1:]
            faults += checked_faults(name, grade, rest[:2])
    numbers = [name for name, _ in found]
    chapter = path.name.split("-")[0]
    if numbers != [f"{chapter}.{number}" for number in range(1, len(numbers) + 1)]:
        faults.append(f"the exercises are numbered {numbers}")
    if len(found) < 5:
        faults.append(f"{len(found)} exercises are fewer than five")
    if {grade for _, grade in found} != GRADES:
        faults.append(f"the grades are {sorted({grade for _, grade in found})}")
    set_by_code = sum(
        len(calls(cell, "exercise")) for cell in all_cells if cell["cell_type"] == "code"
    )
    if set_by_code != len(found):
        faults.append(f"{set_by_code} exercises are set below {len(found)} headings")
    return faults


def checked_faults(name: str, grade: str, following: list[dict]) -> list[str]:
    """What is wrong with the two cells after an exercise's question."""
    if len(following) < 2 or any(cell["cell_type"] != "code" for cell in following):
        return [f"{name} is not followed by qd.exercise, then its solution"]
    asked, solution = following
    last = ast.parse(asked["source"]).body[-1]
    made = calls(asked, "exercise")
    faults = []
    if not (isinstance(last, ast.Expr) and made and last.value.lineno == made[-1].lineno):
        return [f"the cell below {name} does not end with qd.exercise"]
    if [constant(made[-1], 0), constant(made[-1], 1)] != [name, grade]:
        faults.append(f"qd.exercise below {name} is of another name or grade")
    if "remove-input" not in tags(asked) or not is_folded(asked):
        faults.append(f"the code that sets {name} gives its answer away")
    prompts = solution["metadata"].get("mystnb", {})
    labels = {prompts.get("code_prompt_show"), prompts.get("code_prompt_hide")}
    if "hide-cell" not in tags(solution) or labels != {f"Solution {name}"}:
        faults.append(f"{name} has no solution of its name")
    hidden = solution["metadata"].get("jupyter", {})
    if not (hidden.get("source_hidden") and hidden.get("outputs_hidden")):
        faults.append(f"JupyterLab shows the solution of {name} at once")
    return faults


def collapsing_choices(path: Path) -> list[str]:
    """Exercises whose choices are computed texts in a dict, where two equal ones would be one."""
    found = []
    for cell in cells(path, "code"):
        for call in calls(cell, "exercise"):
            given = [word.value for word in call.keywords if word.arg == "choices"]
            keys = given[0].keys if given and isinstance(given[0], ast.Dict) else []
            if any(isinstance(key, ast.JoinedStr) for key in keys):
                found.append(constant(call, 0))
    return found


def has_something_to_move(path: Path) -> bool:
    """Whether a chapter has a slider of its own, or leads to an explorable."""
    explorables = {page.name for page in PAGES if "```{explorable}" in page.read_text("utf-8")}
    led_to = set(re.findall(r"\]\(([\w-]+\.md)[)#]", text(path, "markdown")))
    code = text(path, "code")
    return bool(re.search(r"\bqd\.(explorer|level_slider)\(", code) or explorables & led_to)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
class TestEveryChapter:
    """What a chapter owes its reader."""

    def test_prints_its_source_below_the_title(self, path):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        title, code = notebook["cells"][:2]
        assert "".join(title["source"]).startswith("# ")
        assert code["cell_type"] == "code"
        last = "".join(code["source"]).strip().splitlines()[-1]
        assert last in {"drawings", "everything"}

    def test_has_the_parts_of_a_chapter_in_their_order(self, path):
        parts = r"^(?:> \*\*(Do|Learn|Need)\*\* · \S.*|## (Summary|Exercises|Next))$"
        found = re.findall(parts, text(path, "markdown"), re.MULTILINE)
        assert ["".join(part) for part in found] == [
            *("Do", "Learn", "Need"),
            *("Summary", "Exercises", "Next"),
        ]

    def test_has_something_to_move(self, path):
        assert has_something_to_move(path)

    def test_keeps_its_cells_short(self, path):
        for cell in cells(path, "code"):
            lines = [line for line in cell["source"].splitlines() if line.strip()]
            assert len(lines) <= 25, cell["source"]

    def test_sets_five_exercises_of_every_grade_each_with_its_solution(self, path):
        assert exercise_faults(path) == []

    def test_names_on_every_fold_below_an_exercise_that_exercise(self, path):
        name = None
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for heading in re.findall(r"^#+ (.*)$", "".join(cell["source"]), re.MULTILINE):
                number = re.match(r"Exercise (\d+\.\d+)\b", heading)
                name = number[1] if cell["cell_type"] == "markdown" and number else name
            for label in cell["metadata"].get("mystnb", {}).values():
                found = re.match(r"Solution (\d+\.\d+)\b", str(label))
                assert not found or found[1] == name, (name, label)

    def test_computes_no_two_choices_that_could_become_one(self, path):
        assert collapsing_choices(path) == []


#: Phrases with a figure that is no result: definitions, rules.
NO_RESULTS = (
    "95% interval",
    "of all answers given with 80%, four in five",
    "3 dB more is half the error",
)


def typed_results(words: str) -> list[str]:
    """Figures with a unit of a result that were typed instead of computed."""
    words = " ".join(words.split())
    for phrase in NO_RESULTS:
        words = words.replace(phrase, "")
    return re.findall(r"\d[\d.,]* ?(?:%|percent\b|points?\b|dB\b)", words)


#: What JupyterLab shows as it was typed, by what to call it.
NOT_PLAIN = {
    "a role": r"\{[\w:+-]+\}`",
    "a directive": r"^\s*(?:```|~~~|:::+)\s*\{",
    "a box": r"^\s*:::",
    "a target": r"^\([\w-]+\)=$",
    "an attribute": r"^\{[.#][^}]*\}$",
    "HTML": r"</?[a-zA-Z][\w-]*(?:\s[^<>]*)?/?>|<!--",
    "a substitution": r"\{\{",
}


def not_plain(markdown: str) -> list[str]:
    """What in Markdown is more than CommonMark with formulas."""
    found = [name for name, mark in NOT_PLAIN.items() if re.search(mark, markdown, re.M)]
    if "HTML" in found:
        # Code or formulas may hold what looks like it.
        words = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", "", markdown, flags=re.DOTALL)
        if not re.search(NOT_PLAIN["HTML"], words):
            found.remove("HTML")
    return found


def lost_words(source: str) -> list[str]:
    """Give texts that stand alone among a cell's statements: what was to be said goes on there, unheard."""
    lost = []
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for statements in (getattr(node, "body", []), getattr(node, "orelse", [])):
            for place, one in enumerate(statements if isinstance(statements, list) else []):
                text = getattr(one, "value", None) if isinstance(one, ast.Expr) else None
                told = isinstance(node, ast.FunctionDef | ast.ClassDef) and place == 0
                shown = node is tree and place == len(tree.body) - 1
                if isinstance(text, ast.JoinedStr | ast.Constant) and not (told or shown):
                    lost.append(ast.unparse(text))
    return lost


def test_a_sentence_that_goes_on_in_a_statement_of_its_own_is_found():
    assert lost_words('def f():\n    return "one; "\n    f"two {f}"') == ["f'two {f}'"]
    assert lost_words('def f():\n    """Say so."""\n    return ("one; "\n    "two")\n"shown"') == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestEveryNotebook:
    """What the chapters share with the first page, with the appendix."""

    def test_loses_no_part_of_a_sentence(self, path):
        for cell in cells(path, "code"):
            assert lost_words(cell["source"]) == []

    def test_types_no_result(self, path):
        assert typed_results(text(path, "markdown")) == []
        for cell in cells(path, "code"):
            assert typed_results(spoken(cell)) == [], cell["source"]
            image = cell["metadata"].get("mystnb", {}).get("image", {})
            assert typed_results(" ".join(map(str, image.values()))) == []

    def test_is_plain_markdown_which_jupyterlab_shows_as_the_page_does(self, path):
        for cell in cells(path, "markdown"):
            assert not_plain(cell["source"]) == [], cell["source"]

    def test_numbers_its_figures_names_them_and_describes_them(self, path):
        assert figure_faults(path) == []

    def test_hides_the_code_of_what_is_only_said(self, path):
        for cell in cells(path, "code"):
            last = ast.parse(cell["source"]).body[-1:]
            said = [ast.unparse(node.value.func) for node in last if _is_call(node)]
            if said == ["qd.say"] and "hide-cell" not in tags(cell):
                assert tags(cell) & {"remove-input", "hide-input"}, cell["source"]
                assert is_folded(cell), cell["source"]

    def test_is_valid_python_without_outputs(self, path):
        for cell in cells(path, "code"):
            ast.parse(cell["source"])
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def _is_call(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


@pytest.mark.parametrize("phrase", NO_RESULTS)
def test_no_exception_is_made_for_what_no_notebook_says(phrase):
    assert any(phrase in " ".join(prose(path).split()) for path in NOTEBOOKS)


def test_the_build_hides_no_warning():
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert "suppress_warnings" not in settings["sphinx"]["config"]


# ---- the glossary, the references --------------------------------------------------------------------

GLOSSARY = ROOT / "book" / "glossary.md"
#: What nobody may be left to guess.
NEEDED = (
    *("gradient", "learning rate", "batch", "ReLU", "padding", "channel", "kernel"),
    *("receptive field", "bottleneck", "feature map", "overfitting"),
)


def entries() -> dict[str, str]:
    """The glossary's entries: what each says by its word."""
    _, *parts = re.split(r"^## ", GLOSSARY.read_text(encoding="utf-8"), flags=re.MULTILINE)
    words = [part.partition("\n") for part in parts]
    assert len({word for word, *_ in words}) == len(words)
    return {word: said.strip() for word, _, said in words}


def linked(page: str) -> dict[str, set[str]]:
    """The anchors of a page that notebooks lead to, with the notebooks that do."""
    found: dict[str, set[str]] = {}
    for path in NOTEBOOKS:
        for anchor in re.findall(rf"\]\((?:book/)?{page}#([^)]+)\)", prose(path)):
            found.setdefault(anchor, set()).add(path.stem)
    return found


def test_the_glossary_is_in_the_order_of_the_alphabet():
    words = [word.lower() for word in entries()]
    assert words == sorted(words)


@pytest.mark.parametrize("word", NEEDED)
def test_what_a_beginner_cannot_know_is_in_the_glossary(word):
    assert word.lower() in map(str.lower, entries())


@pytest.mark.parametrize("word", entries())
def test_an_entry_is_a_paragraph_of_a_few_sentences_that_names_its_chapter(word):
    said = entries()[word]
    assert "\n\n" not in said
    sentences = re.findall(r"[.!?](?:\)|$|\s)", said)
    assert 1 <= len(sentences) <= 5
    chapter, file = re.search(r"\[chapter (\d)\]\((\S+)\)", said).groups()
    assert ROOT / "book" / file in CHAPTERS
    assert file[0] == chapter


def test_every_link_to_the_glossary_finds_its_entry_with_none_left_over():
    anchors = {slugify(word): word for word in entries()}
    used = linked("glossary.md")
    assert {anchor: used[anchor] for anchor in used.keys() - anchors} == {}
    assert [anchors[anchor] for anchor in anchors.keys() - used] == []


def test_an_entry_is_explained_in_the_chapter_that_it_names():
    """A term is bold where it is explained, so its entry's chapter has it in bold, and no other."""
    told = {
        slugify(word): {Path(re.search(r"\[chapter \d\]\((\S+)\)", said)[1]).stem}
        for word, said in entries().items()
    }
    bold: dict[str, set[str]] = {word: set() for word in told}
    for path in CHAPTERS:
        for word in re.findall(r"\*\*\[[^\]]+\]\(glossary\.md#([^)]+)\)", prose(path)):
            bold[word].add(path.stem)
    assert {word: bold[word] for word in told if bold[word] != told[word]} == {}


def test_a_term_is_bold_at_its_first_link_in_the_chapter_that_explains_it():
    late = []
    for word, said in entries().items():
        own = prose(ROOT / "book" / re.search(r"\[chapter \d\]\((\S+)\)", said)[1])
        link = rf"(\*\*)?\[[^\]]+\]\(glossary\.md#{slugify(word)}\)"
        if not re.search(link, own)[1]:
            late.append(word)
    assert late == []


def test_every_cited_work_is_in_the_references():
    bibliography = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    keys = set(re.findall(r"^@\w+\{(\w+),", bibliography, re.MULTILINE))
    cited = linked("references.md")
    assert cited
    assert {key: cited[key] for key in cited.keys() - keys} == {}


def test_a_work_is_called_in_the_text_as_the_references_label_it():
    """A reader who follows a link looks for what it said."""
    sys.path.insert(0, str(ROOT / "_ext"))
    label = importlib.import_module("citations").label
    works = parse_file(str(ROOT / "book" / "references.bib")).entries
    said = {
        (words, key)
        for path in NOTEBOOKS
        for words, key in re.findall(r"\[([^\]]+)\]\(references\.md#([^)]+)\)", prose(path))
    }
    assert said
    assert {(words, key) for words, key in said if words != label(works[key])} == set()


# ---- that these promises can be broken ---------------------------------------------------------------


@pytest.mark.parametrize("prose", ["right in 95 %", "93.4% (90%–96%)", "2.3 dB", "by 4\npoints"])
def test_a_typed_result_is_found(prose):
    assert len(typed_results(prose)) >= 1
    assert typed_results("with its 95% interval") == []


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of cells: Markdown as text, code as a tuple of text with metadata."""

    def write(*given, name="3-chapter.ipynb"):
        written = []
        for number, cell in enumerate(given):
            is_code = isinstance(cell, tuple)
            source, metadata = cell if is_code else (cell, {})
            more = {"outputs": [], "execution_count": None} if is_code else {}
            kind = "code" if is_code else "markdown"
            base = {"cell_type": kind, "source": source, "id": f"cell-{number}"}
            written.append({**base, "metadata": metadata, **more})
        path = tmp_path / name
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        whole = {"cells": written, "metadata": {"kernelspec": kernel}, "nbformat": 4}
        path.write_text(json.dumps({**whole, "nbformat_minor": 5}), encoding="utf-8")
        return path

    return write


HIDDEN = {"tags": ["remove-input"], "jupyter": {"source_hidden": True}}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('qd.say(f"""{share:.0%} of {n}""")', 0),
        ('qd.say(f"""{share:.0%} of 40 %""")', 1),
        ('words = "it gains 3.1 dB"\nqd.say(words)', 1),
        ('qd.figure(f, "3.1", f"by {gain:.1f} points", alt="from 20 dB to 25 dB")', 2),
        ('qd.exercise("3.1", "guess", choices={"a third": f"{x} of 33 %"}, right="a third")', 1),
        ('qd.say(f"""{"by 4 points" if x else y}""")', 1),
        ('print("40 %")', 0),
    ],
)
def test_a_result_typed_within_code_is_found(notebook, code, found):
    (cell,) = cells(notebook((code, {})), "code")
    assert len(typed_results(spoken(cell))) == found


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("see {glue:text}`accuracy`", "a role"),
        ("```{note}\nMind.\n```", "a directive"),
        ("::: {note}", "a directive"),
        (":::\n", "a box"),
        ("a <span class='x'>word</span>", "HTML"),
        ("a line<br>", "HTML"),
        ("<!-- no -->", "HTML"),
        ("(here)=\n# Title", "a target"),
    ],
)
def test_markdown_that_jupyterlab_would_show_raw_is_found(markdown, found):
    assert found in not_plain(markdown)


@pytest.mark.parametrize(
    "markdown",
    ["`a < b > c`", "$a<b$ and $c>d$", "```python\nx = {}\n```", "<https://a.org>", "1 < 2, 3 > 2"],
)
def test_plain_markdown_is_left_in_peace(markdown):
    assert not_plain(markdown) == []


FIGURE = 'qd.figure(figure, "{}", "Words.", alt="A line that rises from left to right.")'


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (["Figure 3.1 shows it.", (FIGURE.format("3.1"), {})], None),
        (["Figures 3.1 and 3.2.", *[(FIGURE.format(n), {}) for n in ("3.1", "3.2")]], None),
        (["Figure 3.2 shows it.", (FIGURE.format("3.2"), {})], "should be 3.1"),
        (["Look at it.", (FIGURE.format("3.1"), {})], "no sentence names"),
        (["Figure 3.1.", ('qd.figure(figure, "3.1", "Words", alt="")', {})], "cannot see"),
        (["Figure 3.1.", ('qd.figure(figure, "3.1", "Words")', {})], "cannot see"),
        (["Figure 3.1.", (FIGURE.format("3.1").replace("s.", "s"), {})], "is no sentence"),
        (["It rises.", ("plt.plot(x)\nplt.show()", {})], "without qd.figure"),
        (["It rises.", ("qd.accuracy_curves(x, y)", {})], "without qd.figure"),
    ],
)
def test_a_figure_out_of_order_is_found(notebook, given, fault):
    found = figure_faults(notebook(*given))
    assert found == [] if fault is None else any(fault in one for one in found)


def five(change=lambda cells: cells):
    """Five exercises in order, of which a test spoils one."""
    found = []
    for number, grade in enumerate(["guess", "guess", "compute", "compute", "build"], 1):
        name = f"3.{number}"
        label = {"code_prompt_show": f"Solution {name}", "code_prompt_hide": f"Solution {name}"}
        folded = {"source_hidden": True, "outputs_hidden": True}
        solved = {"tags": ["hide-cell"], "jupyter": folded, "mystnb": label}
        found += [
            f"### Exercise {name} · {grade}\n\nHow many?",
            (f'qd.exercise("{name}", "{grade}", right=2)', HIDDEN),
            ("1 + 1", solved),
        ]
    return change(found)


def _swap(cells):
    return [*cells[3:6], *cells[:3], *cells[6:]]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda cells: cells, None),
        (lambda cells: [*cells[:2], ("x = 1", HIDDEN), *cells[2:]], "no solution of its name"),
        (lambda cells: [cells[0], ("x = 1", HIDDEN), *cells[1:]], None),
        (lambda cells: cells[:-3], "fewer than five"),
        (lambda cells: cells[:-3], "grades are"),
        (_swap, "are numbered"),
        (lambda cells: [*cells[:1], *cells[2:]], "below 5 headings"),
        (lambda cells: cells[:-1], "not followed"),
        (lambda cells: [cells[0].split("\n")[0], *cells[1:]], "asks nothing"),
        (lambda cells: [cells[0], (cells[1][0], {}), *cells[2:]], "gives its answer away"),
        (lambda cells: [*cells[:2], ("1 + 1", HIDDEN), *cells[3:]], "no solution of its name"),
        (lambda cells: [*cells[:2], ("1 + 1", HIDDEN), *cells[3:]], "at once"),
        (lambda cells: [cells[0].replace("guess", "build"), *cells[1:]], "another name or grade"),
    ],
)
def test_an_exercise_out_of_order_is_found(notebook, change, fault):
    found = exercise_faults(notebook(*five(change)))
    assert found == [] if fault is None else any(fault in one for one in found), found


def test_choices_that_could_collapse_are_found(notebook):
    code = 'qd.exercise("3.1", "guess", choices={f"{a}": "x", f"{b}": "y"}, right=f"{a}")'
    assert collapsing_choices(notebook((code, HIDDEN))) == ["3.1"]
    pairs = 'qd.exercise("3.1", "guess", choices=[(f"{a}", "x"), (f"{b}", "y")], right=f"{a}")'
    assert collapsing_choices(notebook((pairs, HIDDEN))) == []


def test_the_model_card_says_what_the_manifest_says():
    card = runpy.run_path(str(ROOT / "tools" / "model_card.py"))["card"]
    written = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    assert written == card(qd.read_manifest())


def parts_of(picture: str) -> tuple[list[str], np.ndarray]:
    """Split the README's picture into its lines, without their images, and the pixels of these."""
    found = re.findall('base64,([^"]+)', picture)
    pixels = [np.asarray(Image.open(io.BytesIO(base64.b64decode(png)))) for png in found]
    return re.sub('base64,[^"]+', "", picture).splitlines(), np.int16(pixels)


def test_the_picture_of_the_readme_shows_what_the_shipped_weights_answer(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    drawn = runpy.run_path(str(ROOT / "tools" / "opening_picture.py"))
    written = drawn["PICTURE"].read_text(encoding="utf-8")
    said, pixels = parts_of(written)
    says, computed = parts_of(drawn["picture"]())
    assert said == says
    # Processors round differently.
    np.testing.assert_allclose(pixels, computed, atol=1)
    assert drawn["PICTURE"].relative_to(ROOT).as_posix() in (ROOT / "README.md").read_text("utf-8")


#: What readers are told to type, wherever it stands.
TOLD = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *(ROOT / folder / "README.md" for folder in ("benchmarks", "deploy", "models")),
    *PAGES,
    *NOTEBOOKS,
]


def commands_in(prose: str) -> tuple[list[list[str]], list[list[str]]]:
    """Find the calls of `qdtools` in blocks that are typed as they stand, then those in the prose."""
    blocks = re.findall(r"^```(?:sh|bash)\n(.*?)^```", prose, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    whole = [shlex.split(line, comments=True) for line in lines if line.startswith("qdtools ")]
    within = re.findall(
        r"`(qdtools [a-z][^`\n]*)`", re.sub(r"^```.*?^```", "", prose, flags=re.M | re.S)
    )
    return whole, [shlex.split(words) for words in within]


@pytest.mark.parametrize("path", TOLD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_command_that_readers_are_told_is_one_that_qdtools_takes(path):
    prose = text(path, "markdown") if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    whole, within = commands_in(prose)
    (known,) = (one.choices for one in _parser()._actions if hasattr(one.choices, "keys"))
    for _, word, *rest in within:
        options = {one.split("=")[0] for one in rest if one.startswith("--")}
        assert options <= set(known[word]._option_string_actions), word
    for _, *words in whole:
        args = _parser().parse_args(words)
        # The sample, of which training would take drawings otherwise, is what the book tests on.
        assert words[0] != "train" or args.data_dir, words


def test_a_command_is_found_where_readers_are_told_one():
    prose = "Call `qdtools learn --out x`.\n\n```sh\nqdtools train --out 'a b' \\\n  --seed 1  # so\n```\n"
    whole, within = commands_in(prose)
    assert whole == [["qdtools", "train", "--out", "a b", "--seed", "1"]]
    assert within == [["qdtools", "learn", "--out", "x"]]
    assert sum(len(commands_in(path.read_text("utf-8"))[0]) for path in TOLD if path.suffix) > 10
