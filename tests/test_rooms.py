"""Promises of where things stand: three rooms with walls, files that say what belongs in them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "qdtools"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
#: What only one room may wake, by the room.
OWN = {
    "training": {"keras", "tensorflow", "tf2onnx"},
    "show": {"matplotlib", "IPython", "ipywidgets", "html"},
}
#: What each room may take from the package; the command line may take everything.
BELOW = {
    "drawings": {"drawings", "errors", "settings", "_checks", "_extras", "_lists"},
    "training": {"training", "drawings", "trunk"},
    "show": {"show", "drawings", "trunk"},
    "trunk": {"trunk", "drawings"},
}
FREE = {"cli", "__main__.py"}


def room_of(module: str) -> str:
    """The room of a module named by its path within the package, "trunk" for one in none."""
    first = re.split(r"[./]", module)[0]
    return first if first in {"drawings", "training", "show"} else "trunk"


def imports(module: Path, source: str) -> tuple[set[str], set[str]]:
    """What a module imports, wherever in it: packages of others, modules of ours by their path."""
    foreign, own = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            foreign |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            foreign.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            base = module.parent.parts[: len(module.parent.parts) + 1 - node.level]
            stem = [*base, *(node.module or "").split(".")]
            names = [""] if node.module else [alias.name for alias in node.names]
            own |= {".".join(part for part in (*stem, name) if part) for name in names}
    return foreign, own


def breaches(module: Path, source: str) -> list[str]:
    """What in a module does not belong in its room."""
    room = room_of(str(module))
    foreign, own = imports(module, source)
    found = [
        f"imports {name}"
        for other, names in OWN.items()
        for name in names & foreign
        if room != other
    ]
    if module.parts[0] not in FREE:
        allowed = BELOW[room]
        found += [
            f"imports {name}"
            for name in own
            if room_of(name) not in allowed and name.split(".")[0] not in allowed
        ]
    strings = [n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant)]
    if room != "show" and any(re.search(r"</\w+>", s) for s in strings if isinstance(s, str)):
        found.append("holds HTML")
    return found


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_keeps_to_its_room(module):
    assert not breaches(module, (PACKAGE / module).read_text(encoding="utf-8"))


#: Programs: what the build, who works on the book, or who measures runs.
PROGRAMS = sorted(
    path.relative_to(ROOT)
    for folder in ("_ext", "benchmarks", "tools")
    for path in (ROOT / folder).glob("*.py")
)
OF_TESTS = {path.stem for path in (ROOT / "tests").glob("*.py")}


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_no_program_takes_anything_from_the_tests(program):
    foreign, _ = imports(program, (ROOT / program).read_text(encoding="utf-8"))
    assert not foreign & OF_TESTS


#: The modules and rooms in the order in which the package's docstring lists them.
ORDER = re.findall(
    r"``(\w+)``",
    " ".join(
        re.findall(
            r"^``.*$",
            ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))),
            re.M,
        )
    ),
)


def part_of(module: str) -> str:
    return re.split(r"[./]", module)[0].removesuffix(".py")


#: What stands for the whole package.
OF_ALL = {"__init__", "__main__"}


def test_the_package_lists_its_modules_and_rooms_each_once():
    parts = {part_of(str(module)) for module in MODULES}
    assert sorted(ORDER) == sorted(parts - OF_ALL)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_takes_only_from_what_the_package_lists_above_it(module):
    """What it names for type checkers alone it does not take."""
    source = re.sub(
        r"^if TYPE_CHECKING:\n(?:(?: .*)?\n)+",
        "",
        (PACKAGE / module).read_text("utf-8"),
        flags=re.M,
    )
    own = part_of(str(module))
    above = ORDER if own in OF_ALL else ORDER[: ORDER.index(own) + 1]
    taken = {part_of(name) for name in imports(module, source)[1]}
    assert not taken - {*above}


@pytest.mark.parametrize(
    ("module", "line", "breach"),
    [
        ("drawings/strokes.py", "from ..pipeline import Pipeline", "imports pipeline"),
        ("drawings/strokes.py", "from ..noise import gaussian", "imports noise"),
        ("evaluation.py", "def f():\n    import keras", "imports keras"),
        ("pipeline.py", "from .training.export import export_graph", "imports training.export"),
        ("training/release.py", "from ..show.figures import grid", "imports show.figures"),
        ("training/release.py", "from .. import show", "imports show"),
        ("noise.py", "import matplotlib.pyplot as plt", "imports matplotlib"),
        ("statistics.py", "TEXT = '<b>5</b>'", "holds HTML"),
        ("cli/naming.py", "import tensorflow as tf", "imports tensorflow"),
    ],
)
def test_a_hole_in_a_wall_is_seen(module, line, breach):
    assert breaches(Path(module), line) == [breach]


def test_without_training_and_show_nothing_heavy_wakes():
    light = [
        ".".join(("qdtools", *module.with_suffix("").parts))
        for module in MODULES
        if room_of(str(module)) in {"trunk", "drawings"} and module.stem != "__main__"
    ]
    code = (
        f"import contextlib, importlib, io, sys\n"
        f"for name in {light!r}: importlib.import_module(name)\n"
        # The help of training lists every architecture.
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as told:\n"
        "    sys.modules['qdtools.cli'].main(['train', '--help'])\n"
        "assert 'autoencoder' in told.getvalue()\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib', 'IPython', 'ipywidgets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


#: What each may import of others' packages: all else that a command needs, it imports when it runs.
LIGHT = {
    "import qdtools": {"lazy_loader"},
    "qdtools --help": {"lazy_loader", "numpy", "platformdirs", "tqdm"},
    "qdtools learn --help": {"lazy_loader", "numpy", "platformdirs", "tqdm"},
    "qdtools categories": {"lazy_loader", "numpy", "platformdirs", "tqdm"},
}


@pytest.mark.parametrize("call", LIGHT)
def test_what_computes_nothing_imports_next_to_nothing(call):
    code = (
        "import contextlib, io, sys\n"
        "before = set(sys.modules)\n"
        "import qdtools\n"
        "if words := sys.argv[1:]:\n"
        "    from qdtools.cli import main\n"
        "    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "        main(words)\n"
        "woken = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*woken - sys.stdlib_module_names - {'qdtools'})"
    )
    program, *words = call.split()
    command = [sys.executable, "-c", code, *(words if program == "qdtools" else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= LIGHT[call]


# ---- what each file says of itself -----------------------------------------------------------------


def opening(path: Path) -> str:
    """The first sentence of a file of code: of its docstring, else of its first comment."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        words = ast.get_docstring(ast.parse(text)) or ""
    elif path.suffix == ".css":
        words = re.match(r"/\*(.*?)\*/", text, re.DOTALL)[1]
    else:
        mark = "//" if path.suffix in {".js", ".mjs"} else "#"
        lines = [line for line in text.splitlines() if not line.startswith("#!")]
        comment = []
        for line in lines:
            if not line.startswith(mark) or line.strip() == mark:
                break
            comment.append(line.removeprefix(mark).strip())
        words = " ".join(part for part in comment if not part.startswith("@ts-"))
    # The mark in the game's name ends no sentence.
    words = " ".join(words.split()).replace("Quick, Draw! ", "Quick, Draw ")
    return re.split(r"(?<=[.?!])\s", words)[0]


def code_files() -> list[str]:
    """Every file of code that git knows."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.pyi", "*.js", "*.mjs", "*.css", "Makefile", ".ci/run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


@pytest.mark.parametrize("name", code_files())
def test_a_file_says_in_one_sentence_what_belongs_in_it(name):
    sentence = opening(ROOT / name)
    assert len(sentence.split()) >= 4, "the file does not say what belongs in it"
    assert not re.search(r"\band\b", sentence), f"two things in one file? {sentence}"


def test_the_environment_is_read_in_one_file():
    """Keras reads two variables by itself; the module that imports it sets them beforehand."""
    readers = {
        str(module)
        for module in MODULES
        if re.search(r"\b(environ|getenv)\b", (PACKAGE / module).read_text(encoding="utf-8"))
    }
    assert readers == {"settings.py", "training/_keras.py"}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_googles_canvas_is_typed_in_no_module(module):
    numbers = [
        node.value
        for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    ]
    assert not {28, 304, 784, 13.5} & {n for n in numbers if isinstance(n, int | float)}


def test_every_public_name_is_used_by_a_chapter_a_script_or_the_pages():
    stub = (PACKAGE / "__init__.pyi").read_text(encoding="utf-8")
    places = (
        "book/*",
        "index.ipynb",
        "*.md",
        "models/*.md",
        "benchmarks/*.py",
        "tools/*.py",
        "_ext/*.py",
    )
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for place in places
        for path in ROOT.glob(place)
        if path.suffix in {".ipynb", ".md", ".py"}
    )
    names = re.findall(r"^from (\S+) import (\w+) as", stub, re.MULTILINE)
    unused = [
        name
        for module, name in names
        if module != ".errors"  # whoever catches one may want each of them
        and not re.search(rf"\b(qd|qdtools)\.{name}\b|from qdtools import .*\b{name}\b", text)
    ]
    assert names
    assert unused == []
