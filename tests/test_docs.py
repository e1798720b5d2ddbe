"""Promises of the public names and of the chapters' form."""

from __future__ import annotations

import ast
import inspect
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import qdtools as qd

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "book").glob("[0-9]*.ipynb"))
PUBLIC = [name for name in qd.__all__ if callable(getattr(qd, name))]
FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(getattr(qd, name))]


def cells(path: Path, kind: str) -> list[dict]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    found = [cell for cell in notebook["cells"] if cell["cell_type"] == kind]
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


@pytest.mark.parametrize("name", qd.__all__)
def test_every_public_name_can_be_imported(name):
    assert getattr(qd, name) is not None


def _documented() -> list[str]:
    names = list(FUNCTIONS)
    for holder in ("Drawings", "Pipeline"):
        for name, member in vars(getattr(qd, holder)).items():
            if not name.startswith("_") and (callable(member) or isinstance(member, classmethod)):
                names.append(f"{holder}.{name}")
    return names


@pytest.mark.parametrize("name", _documented())
def test_every_public_function_says_its_chapter(name):
    member = qd
    for part in name.split("."):
        member = getattr(member, part)
    doc = inspect.getdoc(member)
    assert re.search(r"chapters? [1-5]", doc), f"{name} names no chapter"
    parameters = [p for p in inspect.signature(member).parameters if p not in {"self", "cls"}]
    if "those of `" not in doc:
        for parameter in parameters:
            assert parameter in doc, f"{name} does not explain {parameter}"


def test_importing_qdtools_loads_no_network_library():
    code = (
        "import sys, qdtools, qdtools.cli; qdtools.load; "
        "print({'tensorflow', 'httpx', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_there_are_five_chapters():
    assert [path.name[0] for path in CHAPTERS] == list("12345")


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
            if re.search(
                r"plt\.show|^qd\.(grid|answer|confusion|learning|accuracy)", cell["source"], re.M
            ):
                alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
                assert len(alt) > 20, cell["source"]

    def test_glues_every_number_that_its_prose_quotes(self, path):
        code = "\n".join(cell["source"] for cell in cells(path, "code"))
        prose = "\n".join(cell["source"] for cell in cells(path, "markdown"))
        for name in re.findall(r"\{glue:text\}`([^`]+)`", prose):
            assert (
                re.search(rf'"{re.escape(name)}"', code) or "glue(\n" in code or 'glue(f"' in code
            )
        assert not re.search(r"\d+(\.\d+)? ?(%|dB)(?! interval)", _without_examples(prose))

    def test_is_valid_python_without_outputs(self, path):
        for cell in cells(path, "code"):
            ast.parse(cell["source"])
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def _without_examples(prose: str) -> str:
    """Prose without the few figures that are no results: a definition, a rule, a round number."""
    for example in ("3 dB more", "95 %", "80 %", "100 %"):
        prose = prose.replace(example, "")
    return prose


def test_the_model_card_says_what_the_manifest_says():
    card = runpy.run_path(str(ROOT / "tools" / "model_card.py"))["card"]
    written = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    assert written == card(qd.read_manifest())
