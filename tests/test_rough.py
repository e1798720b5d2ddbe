"""Promises under rough treatment: spoilt files by the thousand, kills at any moment."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fuzzing
import numpy as np
import psutil
import pytest
from PIL import Image
from test_build import CHAPTERS, Book
from test_data import memory_bounded
from test_google import Handler, Server, as_google_stores, bitmaps, serving

import qdtools as qd
from qdtools.background import read_background
from qdtools.drawings.kept import _digest
from qdtools.drawings.npy import open_npy
from qdtools.drawings.sample import _installed_package
from qdtools.training.checkpoints import read_log, resume
from qdtools.training.claims import claim
from qdtools.training.config import TrainingConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TESTS = Path(__file__).resolve().parent
Command = tuple[str | Path, ...]
QDTOOLS = (sys.executable, "-m", "qdtools")


# ---- spoilt files ----------------------------------------------------------------------------------


def fuzzed(group: str, seed: int, count: int, folder: Path) -> dict[str, Any]:
    """Let so many spoilt files be read in a process of their own; gives what came of them."""
    command = [sys.executable, TESTS / "fuzzing.py", group, str(seed), str(count), str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace")
    assert run.returncode == 0, f"ended at {run.stderr[-300:]!r}"
    found: dict[str, Any] = json.loads(run.stdout)
    assert found["wrong"] == []
    assert found["left"] == []
    assert found["cases"] >= count
    print(json.dumps(found, indent=1))  # shown by `pytest -s`
    return found


def test_spoilt_files_of_every_kind_are_answered_or_refused_in_a_sentence(tmp_path):
    found = fuzzed("light", 1, 300, tmp_path)
    assert all(found["came"].values())
    assert found["peak_megabytes"] < 500


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("group", "count"), [("light", 18_800), ("training", 1_200)])
def test_twenty_thousand_spoilt_files_are_answered_or_refused_in_a_sentence(tmp_path, group, count):
    found = fuzzed(group, 0, count, tmp_path)
    for name, came in found["came"].items():
        refusals = {"DataError", "ImageError", "ModelError", "SettingError"} & set(came)
        assert refusals or name in ("note_of_a_run", "record_of_a_download"), name
        # An archive of arrays is no form of drawings: all there is to do is to say so.
        assert "answered" in came or name == "npz", name
    # TensorFlow takes as much by itself as all else may.
    assert found["peak_megabytes"] < (500 if group == "light" else 1000)


def weights_with(folder: Path, name: str) -> Path:
    """Small weights in a folder where one file is still to come."""
    graph = fuzzing.graph()
    files = {"pipeline.onnx": graph, "head.json": json.dumps(fuzzing.head(graph)).encode()}
    if name not in ("head.json", "a head by its file"):
        del files["head.json"]
    manifest = fuzzing.manifest(*files.items())
    for file, content in (files | {"manifest.json": json.dumps(manifest).encode()}).items():
        if file != name:
            (folder / file).write_bytes(content)
    return folder


#: What is read, by the file that is put in its place: how it is read from the folder that holds it.
READ = {
    **{
        name: lambda folder: qd.load("cat", source=folder, per_category=5)
        for name in ("cat.npy", "cat.ndjson", "cat.ndjson.gz", "cat.csv", "cat.csv.gz", "cat.bin")
    },
    "query.png": lambda folder: qd.read_picture(folder / "query.png"),
    "package.json": lambda folder: sample_in(folder),
    **{
        name: lambda folder, name=name: qd.Pipeline.load(weights_with(folder, name))
        for name in ("pipeline.onnx", "manifest.json", "head.json")
    },
    **{
        f"{name}.keras": lambda folder, name=name: qd.load_network(
            name, weights_with(folder, f"{name}.keras")
        )
        for name in ("denoiser", "classifier")
    },
    "other.json": lambda folder: qd.Pipeline.load(folder / "other.json"),
    "background.npz": lambda folder: (
        qd.Pipeline.load(weights_with(folder, "background.npz")).background
    ),
    "denoiser.csv": lambda folder: read_log(folder / "denoiser.csv"),
    "denoiser.1.keras": lambda folder: resume(folder / "denoiser.1.keras", "ab", None),
    "run.json": lambda folder: claim(folder, TrainingConfig(), few_drawings()),
    "code_2.npz": lambda folder: qd.load_lesson("code_2", lessons_in(folder)),
}


def few_drawings() -> qd.Drawings:
    return qd.Drawings(np.zeros((2, 28, 28), np.uint8), np.arange(2), ("a", "b"), "a test", "")


def sample_in(folder: Path) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QD_SAMPLE_DIR", str(folder))
        return _installed_package()


def lessons_in(folder: Path) -> Path:
    shutil.copy(TESTS.parent / "models" / "lessons" / "manifest.json", folder)
    return folder


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["a pipe", "a device", "too many bytes", "a folder"])
@pytest.mark.parametrize("name", READ)
def test_nothing_but_a_file_of_bearable_size_is_read(tmp_path, name, kind):
    path = tmp_path / name
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a device":
        path.symlink_to("/dev/zero")
    elif kind == "too many bytes":
        with path.open("wb") as file:
            # Strokes may be many, though not on one line.
            file.truncate(6_000_000 if name.startswith("cat.") else 600_000_000)
    else:
        path.mkdir()
    with memory_bounded(50), pytest.raises(qd.QdToolsError):
        READ[name](tmp_path)


@pytest.mark.parametrize("lies", ["in a header", "in the packed"])
def test_an_archive_that_unpacks_to_more_than_it_may_is_refused(tmp_path, lies):
    path = tmp_path / "background.npz"
    if lies == "in the packed":  # half a gigabyte of nothing, packed
        np.savez_compressed(path, graph=np.zeros(500_000_000, np.uint8))
    else:
        file = io.BytesIO()
        about = {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
        np.lib.format.write_array_header_1_0(file, about)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("graph.npy", file.getvalue())
    with memory_bounded(20), pytest.raises(qd.ModelError, match=r"more than|not as long as"):
        read_background(path, "ab", 3)


# ---- kills -----------------------------------------------------------------------------------------


def killed(command: Command, seconds: float, **options: Any) -> bool:
    """Start a command, kill it with all that it started; False where it had ended by then."""
    process = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **options,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    of_it = [process.pid]
    with contextlib.suppress(psutil.NoSuchProcess):
        of_it += [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    for one in of_it:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def whole(command: Command, **options: Any) -> tuple[str, float]:
    """Run a command to its end, which must be a good one; gives what it printed, and the seconds."""
    start = time.monotonic()
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert run.returncode == 0, run.stderr
    return run.stdout, time.monotonic() - start


def killed_often(
    n: int, seconds: float, seed: int, command: Callable[[int], Command], **options: Any
) -> Iterator[int]:
    """Kill a command, that of each number, at random moments of so many seconds, until n were killed.

    Gives each number once its command has been killed, or has ended sooner.
    """
    rng, kills = np.random.default_rng(seed), 0
    for number in range(10 * n):
        was_killed = killed(command(number), float(rng.uniform(0.05, 1) * seconds), **options)
        kills += was_killed
        seconds *= 1 if was_killed else 0.8
        yield number
        if kills == n:
            return
    pytest.fail(f"{kills} of {n} kills came before the end")


def contents(folder: Path, pattern: str = "*") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob(pattern))}


@pytest.fixture
def strokes(tmp_path) -> Path:
    """A folder of strokes that take a second or two to draw, so that what was drawn is kept."""
    folder = tmp_path / "strokes"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for word in ("cat", "owl"):
        lines = []
        for _ in range(400):
            stroke = rng.integers(0, 256, (2, 40)).tolist()
            lines.append(json.dumps({"word": word, "recognized": True, "drawing": [stroke]}))
        (folder / f"{word}.ndjson").write_text("\n".join(lines))
    return folder


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_killed_queries_and_what_is_kept_of_drawings(tmp_path, strokes):
    def command(folder: Path) -> Command:
        return *QDTOOLS, "queries", folder, "--data-dir", strokes, "--per-category", "40"

    def cached(name: str) -> dict[str, str]:
        return dict(os.environ, QD_CACHE_DIR=str(tmp_path / name))

    _, seconds = whole(command(tmp_path / "whole"), env=cached("whole-cache"))
    expected = contents(tmp_path / "whole")
    assert len(expected) == 80
    of_number = lambda number: command(tmp_path / f"out-{number}")  # noqa: E731
    cache = tmp_path / "cache"
    for number in killed_often(5, seconds, 1, of_number, env=cached("cache")):
        out = tmp_path / f"out-{number}"
        for name, content in contents(out, "*.png").items():
            assert content == expected[name]
        for path in cache.glob("*.npy"):
            assert path.stem.endswith(_digest(open_npy(path)))
        whole(command(out), env=cached("cache"))
        assert contents(out) == expected
        assert list(cache.glob("*.part")) == []
        for path in cache.glob("*.npy"):  # so that the next draws and keeps anew
            path.unlink()


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_killed_answers_to_many_pictures(tmp_path, drawings):
    qd.write_queries(tmp_path / "pictures", qd.gaussian(drawings.images[:130], 0.5))
    pictures = sorted((tmp_path / "pictures").iterdir())
    out = tmp_path / "out"
    command = (*QDTOOLS, "classify", *pictures, "--out", out)
    said, seconds = whole(command)
    expected = contents(out)
    assert list(expected) == ["answer-1.png", "answer-2.png", "answer-3.png"]
    for _ in killed_often(6, seconds, 2, lambda _: command):
        for content in contents(out, "*.png").values():
            Image.open(io.BytesIO(content)).load()
        again, _ = whole(command)
        assert again == said
        assert contents(out) == expected


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_killed_learning_of_names(tmp_path, drawings):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("cat", "cup", "fish"):
        np.save(folder / f"my {name}.npy", drawings.only(name).pixels[:40].reshape(-1, 784))

    def command(number: int) -> Command:
        return *QDTOOLS, "learn", folder, "--out", tmp_path / f"out-{number}"

    _, seconds = whole(command(-1))
    expected = contents(tmp_path / "out--1", "head.json")
    for number in killed_often(5, seconds, 3, command):
        out = tmp_path / f"out-{number}"
        if not out.exists():  # it appears whole or not at all
            whole(command(number))
        assert contents(out, "head.json") == expected
        assert qd.Pipeline.load(out).categories == ("my cat", "my cup", "my fish")


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_killed_downloads(tmp_path):
    rows = 3000
    script = Server({"cat": as_google_stores(bitmaps(rows))}, slowness=0.1)
    environment = dict(os.environ, QD_CACHE_DIR=str(tmp_path / "cache"), NO_PROXY="127.0.0.1")
    folders = [tmp_path / "google-0"]

    def command(_: int) -> Command:
        where = ("--data-dir", folders[-1], "--base-url", address)
        return *QDTOOLS, "download", "cat", *where, "--per-category", str(rows)

    with serving(Handler, script) as address:
        tries = 1
        for _ in killed_often(6, 4.0, 4, command, env=environment):
            tries += 1
            if (folders[-1] / "cat.npy").exists():
                np.testing.assert_array_equal(open_npy(folders[-1] / "cat.npy"), bitmaps(rows))
                folders.append(tmp_path / f"google-{len(folders)}")
        whole(command(0), env=environment)
    for folder in folders:
        np.testing.assert_array_equal(open_npy(folder / "cat.npy"), bitmaps(rows))
        assert list(folder.glob("*.part")) == []
    # What had arrived was not fetched again, but for what was under way.
    assert script.sent < len(folders) * rows * 784 + tries * 300_000


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_training(tmp_path, drawings):
    folder, out = tmp_path / "mine", tmp_path / "out"
    folder.mkdir()
    for name in ("cat", "cup", "fish"):
        np.save(folder / f"{name}.npy", drawings.only(name).pixels.reshape(-1, 784))
    config = {
        **{"denoiser": "autoencoder", "denoiser-width": 4, "classifier-width": 2, "batch-size": 32},
        **{"denoiser-epochs": 3, "classifier-epochs": 3, "joint-epochs": 2, "seed": 5},
    }
    options = [word for name, value in config.items() for word in (f"--{name}", str(value))]
    command = (*QDTOOLS, "train", "--from", "scratch", "--data-dir", folder, "--out", out, *options)
    checkpoints = tmp_path / "out.training"

    def epochs() -> int:
        """Count the epochs on record, each log whole, the last epoch of each with its checkpoint."""
        found = 0
        for stage in ("denoiser", "classifier", "joint"):
            rows = read_log(checkpoints / f"{stage}.csv")
            found += len(rows)
            if rows:
                assert (checkpoints / f"{stage}.{len(rows)}.keras").is_file()
        return found

    before = 0
    for _ in killed_often(5, 14, 6, lambda _: command):
        assert epochs() >= before  # nothing of a whole epoch is lost
        before = epochs()
        if (out / "manifest.json").exists():
            assert qd.Pipeline.load(out)
    whole(command)
    assert qd.Pipeline.load(out).categories == ("cat", "cup", "fish")
    left = {path.name for path in (*out.iterdir(), *checkpoints.iterdir())}
    assert not [name for name in left if name.startswith((".saving", ".lock", "part"))]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_builds_of_a_book(tmp_path):
    book = Book(tmp_path)
    command = (sys.executable, "do.py", "book", "--as-is")
    options = {"cwd": book.folder, "env": os.environ | {"PYTHONPATH": str(book.folder)}}

    def changed(number: int) -> Command:
        book.write_chapter("first", f"f'run {number}: {{qdtools.ANSWER}}'")
        return command

    for number in killed_often(3, 12, 7, changed, **options):
        whole(command, **options)
        assert f"run {number}: 41" in book.page("first")
        assert "no answer but other" in book.page("second")
    before = [book.times_run(name) for name in CHAPTERS]
    whole(command, **options)  # what was computed is kept
    assert [book.times_run(name) for name in CHAPTERS] == before
