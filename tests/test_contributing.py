"""Promises of CONTRIBUTING's walk: a thing is added in as many places as its table says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: What each row's edits append to a file, or what they make of its text.
NOISE = {
    "qdtools/noise.py": '''

@_listed_in(NOISES)
def dust(images: np.ndarray, level: float, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Whiten a share ``level / 20`` of the pixels (chapter 1).

    Parameters, return value and errors are those of `gaussian`.
    """
    level = check_level(level)
    images = np.clip(np.asarray(images, np.float32), 0, 1)
    return np.where(generator(seed).random(images.shape) < level / 20, np.float32(1), images)
''',
    "web/lib/noise.js": lambda text: text.replace(
        "\n};\n\n/**\n * Add noise",
        "\n  dust: (level, random) => (value) => (random() < level / 20 ? 1 : value),"
        "\n};\n\n/**\n * Add noise",
    ),
    "tests/test_noise.py": """

def test_walk_dust_only_adds_ink():
    assert (qd.add_noise(grey, 1, "dust") >= grey).all()
""",
}
SOURCE = {
    "qdtools/drawings/sources.py": '''

@_source("boxes")
def _boxes(wanted: str | Iterable[str], limit: int | None) -> Found:
    """Draw a box for each category."""
    from .strokes import draw_strokes

    names = resolve_categories(wanted)
    box = draw_strokes([[[0, 255, 255, 0, 0], [0, 0, 255, 255, 0]]])
    return Found(names, [box[None]] * len(names), "boxes", limit)
''',
    "tests/test_data.py": """

def test_walk_a_source_is_asked_by_its_name():
    assert qd.load(["cat", "owl"], source="boxes").counts == {"cat": 1, "owl": 1}
""",
}
METRIC = {
    "qdtools/evaluation.py": """

@_metric("blackness", "share of black pixels that stay black", 3)
def _blackness(clean: np.ndarray, images: np.ndarray) -> np.ndarray:
    return ((clean > 0) | (images == 0)).mean(axis=(1, 2, 3))
""",
    "tests/test_evaluation.py": """

def test_walk_a_metric_is_scored_for_each_row_as_its_table_shows(shipped, drawings):
    scores = qd.evaluate(shipped, drawings[::50], [0], methods=["classifier"])
    assert scores["rows"][0]["blackness"] == 1
    assert ">1.000<" in qd.comparison([scores], "blackness").data
""",
}
CLASSICAL = {
    "qdtools/classical.py": '''

@_denoiser("threshold", "threshold")
def threshold(noisy: np.ndarray) -> np.ndarray:
    """Blacken what is darker than half (chapter 5).

    Parameters and return value are those of `remove_offset`.
    """
    return np.where(noisy < 0.5, np.float32(0), noisy)
''',
    "tests/test_evaluation.py": """

def test_walk_a_classical_denoiser_stands_before_both_classifiers(shipped, drawings):
    methods = ["threshold", "clean_threshold"]
    rows = qd.evaluate(shipped, drawings[::50], [0.5], methods=methods)["rows"]
    assert [row["method"] for row in rows] == methods
    assert qd.METHODS["clean_threshold"].name == "threshold, clean CNN"
""",
    "book/5-pipeline.ipynb": None,
}
LEARNED = {
    "qdtools/training/networks.py": '''

@_architecture(DENOISERS, "single")
def build_single(width: int = 4) -> keras.Model:
    """Build a denoiser of one hidden layer, untrained (chapter 3).

    Parameters
    ----------
    width : int
        Filters of the hidden layer.

    Returns
    -------
    keras.Model
        Noisy images (n, 28, 28, 1) in [0, 1] to denoised images of the same shape and range.
    """
    noisy = keras.Input((28, 28, 1), name="noisy")
    hidden = layers.Conv2D(width, 3, padding="same", activation="relu")(noisy)
    last = layers.Conv2D(1, 3, padding="same", activation="sigmoid", dtype="float32")
    return keras.Model(noisy, last(hidden), name="denoiser")
''',
    "tests/test_training.py": """

def test_walk_an_architecture_is_chosen_by_its_name(tmp_path):
    from qdtools.training.stages import Run, train_denoiser

    config = qd.TrainingConfig(
        denoiser="single", denoiser_width=2, denoiser_epochs=1, batch_size=8
    )
    drawings = pile(cat=16, cup=16)
    trained = train_denoiser(Run(drawings, drawings, config, tmp_path, echo=lambda line: None))
    assert trained.count_params() == 2 * 9 + 2 + 2 * 9 + 1
""",
    "book/3-autoencoder.ipynb": None,
}
COMMAND = {
    "qdtools/cli/scoring.py": """

def _count_options(parser: argparse.ArgumentParser) -> None:
    add_data(parser)


@FAMILY.command("Count drawings by category.", _count_options)
def _count_drawings(args: argparse.Namespace) -> int:
    for name, number in load_drawings(args).counts.items():
        print(f"{name}\\t{number}")
    return 0
""",
    "tests/test_cli.py": """

def test_walk_a_command_is_known_by_its_name(capsys):
    assert main(["count-drawings", "--source", "sample", "--categories", "cat"]) == 0
    assert capsys.readouterr().out == "cat\\t100\\n"
""",
}
WIDGET = {
    "qdtools/show/widgets.py": '''

def flipper(images: np.ndarray) -> ipywidgets.VBox:
    """Flip through images by a slider (chapter 1).

    Parameters
    ----------
    images : ndarray, (n, 28, 28, 1)
        In [0, 1], white ink = 1.

    Returns
    -------
    ipywidgets.VBox
        The slider above the image.
    """
    return explorer(lambda number: image_html(images[number], "a drawing"), number=range(len(images)))
''',
    "qdtools/__init__.pyi": "from .show.widgets import flipper as flipper\n",
    "tests/test_widgets.py": """

def test_walk_a_widget_is_a_public_name():
    assert len(_leaves(qd.flipper(np.zeros((3, 28, 28, 1))).children[-1])) == 3
""",
    "book/1-data-and-noise.ipynb": None,
}
EXERCISE = {"book/4-cnn.ipynb": None}
TERM = {
    "book/glossary.md": lambda text: text.replace(
        "\n## Early stopping",
        "\n## Dust\n\nNoise that whitens a few pixels. → [chapter 1](1-data-and-noise.ipynb)\n"
        "\n## Early stopping",
    ),
    "book/1-data-and-noise.ipynb": None,
}
CHAPTER = {
    "book/{number}-again.ipynb": None,
    "_toc.yml": lambda text: re.sub(
        r"(      - file: book/[1-9].*\n)(?!      - file: book/[1-9])",
        r"\1      - file: book/{number}-again\n",
        text,
    ),
    "README.md": lambda text: re.sub(
        r"(\| \[\d · .*\n)(?![\s\S]*\| \[\d · )",
        r"\1| [{number} · Look again](book/{number}-again.ipynb) | ? |\n",
        text,
    ),
}
ROWS = {
    "a kind of noise": (NOISE, 3),
    "a source of drawings": (SOURCE, 2),
    "a metric": (METRIC, 2),
    "a denoiser that learns nothing": (CLASSICAL, 3),
    "a denoiser that learns": (LEARNED, 3),
    "a command": (COMMAND, 2),
    "a widget": (WIDGET, 4),
    "an exercise": (EXERCISE, 1),
    "a word of the glossary": (TERM, 2),
    "a chapter": (CHAPTER, 3),
}
#: What chapters tell of what is added, by the row.
TOLD = {
    "a denoiser that learns nothing": (
        "qd.evaluate(pipeline, test[:5], methods=['threshold'])['rows'][0]['top1']"
    ),
    "a denoiser that learns": "qd.TrainingConfig(denoiser='single').denoiser",
    "a widget": "qd.flipper(drawings.images[:3])",
    "an exercise": (
        "qd.exercise('4.99', 'guess', choices={'it is': 'So it is.', 'not so': 'It is.'}, "
        "right='it is')"
    ),
    "a word of the glossary": "Who spills **[dust](glossary.md#dust)** whitens a few pixels.",
}


def promised() -> dict[str, list[str]]:
    """What CONTRIBUTING says: the places of each thing."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("## Adding a thing")[2].partition("##")[0]
    rows = re.findall(r"^\| (an? [^|]+) \| (.+) \|$", table, re.MULTILINE)
    return {thing: re.findall(r"`([^`]+)`", places) for thing, places in rows}


def test_the_walk_goes_every_row_of_the_table_in_as_many_places():
    said = promised()
    assert list(said) == list(ROWS)
    for thing, (edits, places) in ROWS.items():
        assert len(edits) == len(said[thing]) == places
        for file, place in zip(edits, said[thing], strict=True):
            assert file.startswith(place), (thing, file, place)


def cell(kind: str, name: str, source: str, metadata: dict | None = None) -> dict:
    """A cell of a notebook without outputs."""
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "source": source, "metadata": metadata or {}} | more


def place_of(heading: str, notebook: dict) -> int:
    """Where in a notebook the cell with a heading stands."""
    texts = ["".join(cell["source"]) for cell in notebook["cells"]]
    return next(place for place, text in enumerate(texts) if heading in text.splitlines())


class Walk:
    """A copy of the checkout to which one thing of each kind is added, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        for row, (edits, _) in ROWS.items():
            for name, edit in edits.items():
                self.edit(row, name, edit)
        # Some promises are about every file that git knows.
        for words in (["init", "--quiet"], ["add", "--all"]):
            subprocess.run(["git", *words], cwd=folder, check=True)

    def edit(self, row: str, name: str, edit) -> None:
        number = len(list((ROOT / "book").glob("[1-9]-*.ipynb"))) + 1
        path = self.folder / name.format(number=number)
        if callable(edit):
            before = path.read_text(encoding="utf-8")
            after = edit(before).replace("{number}", str(number))
            assert after != before, name
            path.write_text(after, encoding="utf-8")
        elif edit is not None:
            with path.open("a", encoding="utf-8") as file:
                file.write(edit)
        elif row == "a chapter":
            self.write_chapter(path, number)
        elif row == "an exercise":
            self.ask(path, TOLD[row])
        else:
            self.tell(path, TOLD[row], "markdown" if row == "a word of the glossary" else "code")

    def tell(self, path: Path, source: str, kind: str) -> None:
        """Put a cell before a chapter's summary."""
        notebook = json.loads(path.read_text(encoding="utf-8"))
        place = place_of("## Summary", notebook)
        notebook["cells"].insert(place, cell(kind, "walk", source))
        path.write_text(json.dumps(notebook), encoding="utf-8")

    def ask(self, path: Path, source: str) -> None:
        """Put an exercise after a chapter's last one, by the three cells that CONTRIBUTING asks for."""
        notebook = json.loads(path.read_text(encoding="utf-8"))
        text = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
        number = 1 + len(re.findall(r"^### Exercise ", text, re.MULTILINE))
        name = f"4.{number}"
        folded = {"source_hidden": True}
        label = {"code_prompt_show": f"Solution {name}", "code_prompt_hide": f"Solution {name}"}
        place = place_of("## Next", notebook)
        notebook["cells"][place:place] = [
            cell("markdown", "walk-1", f"### Exercise {name} · guess\n\nIs it?"),
            cell(
                "code",
                "walk-2",
                source.replace("4.99", name),
                {"tags": ["remove-input"], "jupyter": folded},
            ),
            cell(
                "code",
                "walk-3",
                "1 + 1",
                {
                    "tags": ["hide-cell"],
                    "jupyter": folded | {"outputs_hidden": True},
                    "mystnb": label,
                },
            ),
        ]
        path.write_text(json.dumps(notebook), encoding="utf-8")

    def write_chapter(self, path: Path, number: int) -> None:
        """Write a chapter like the third, with its own number for figures, for exercises."""
        (model,) = (ROOT / "book").glob("3-*.ipynb")
        text = re.sub(r"(?<![\d.])3\.(?=\d)", f"{number}.", model.read_text(encoding="utf-8"))
        notebook = json.loads(text)
        notebook["cells"][0]["source"] = "# Look again"
        # Its terms are explained by the chapter that it was made from.
        for one in notebook["cells"]:
            one["source"] = re.sub(
                r"\*\*(\[[^\]]+\]\(glossary\.md#[^)]+\))\*\*", r"\1", "".join(one["source"])
            )
        path.write_text(json.dumps(notebook), encoding="utf-8")

    def run(self, *command: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
        )


@pytest.fixture(scope="module")
def walk(tmp_path_factory) -> Walk:
    return Walk(tmp_path_factory.mktemp("walk"))


def test_what_was_added_keeps_its_promises_beside_those_of_its_kind(walk):
    """The promises of each kind, of documentation, of chapters are asked of the new ones unasked."""
    names = "walk or dust or twin or flipper or contents or readme or again or glossary or entry"
    names += " or (4-cnn and exercises)"
    files = [f"tests/test_{name}.py" for name in ("noise", "data", "evaluation", "training", "cli")]
    files += [f"tests/test_{name}.py" for name in ("widgets", "docs", "web", "rooms")]
    done = walk.run("pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", names, *files)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    passed = re.findall(r"::(\S+) PASSED", done.stdout)
    # The last three rows are held by the promises of every chapter, of every entry.
    assert len([name for name in passed if name.startswith("test_walk_")]) == len(ROWS) - 3
    # By how many promises of its kind: of all noise, of public names, of chapters.
    for new, promises in {"dust": 8, "Dust": 1, "flipper": 2, "-again": 10, "4-cnn": 1}.items():
        assert len([name for name in passed if new in name]) >= promises, new
    assert "SKIPPED" not in done.stdout


def test_the_command_line_knows_what_was_added(walk):
    done = walk.run(
        "qdtools", "evaluate", "--source", "boxes", "--categories", "cat,cup", "--levels", "1",
        "--noise", "dust", "--methods", "threshold", "clean_threshold", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)
    assert (scores["source"], scores["n"]) == ("boxes", 2)
    for row in scores["rows"]:
        assert (row["noise"], row["blackness"] > 0.5) == ("dust", True)
    assert "single" in walk.run("qdtools", "train", "--help").stdout
    assert "count-drawings" in walk.run("qdtools", "--help").stdout


def test_chapters_can_tell_of_what_was_added(walk):
    """The lines that were put into chapters run, with what these have at hand."""
    code = """
import qdtools as qd
drawings = qd.load()
test, pipeline = drawings, qd.Pipeline.load(categories=drawings.categories)
"""
    lines = [line for line in TOLD.values() if line.startswith("qd.")]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([code, *(f"print({line})" for line in lines)])],
        cwd=walk.folder,
        env=os.environ | {"PYTHONPATH": str(walk.folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) >= len(lines)


def test_what_runs_on_the_newest_python_needs_no_built_site():
    gate = (ROOT / ".ci/run").read_text(encoding="utf-8")
    names = ",".join(re.findall(r"tests/test_\{([^}]+)\}\.py", gate)).split(",")
    assert "noise" in names
    for name in names:
        tests = (ROOT / f"tests/test_{name}.py").read_text(encoding="utf-8")
        taken = re.findall(r"^def test_\w+\(([^)]*)\)", tests, re.M)
        assert not re.search(r"\b(built_site|browser|origins)\b", " ".join(taken)), name
