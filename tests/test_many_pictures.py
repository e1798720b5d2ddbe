"""Promises of naming very many pictures: read by several processes, answered as by one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import psutil
import pytest
from PIL import Image

import qdtools as qd
from qdtools.cli import main, naming
from qdtools.drawings import readers

#: Of each picture so many: more than are named at once, or read ahead, in these tests.
MANY = 11


@pytest.fixture(autouse=True)
def _in_small(monkeypatch):
    monkeypatch.setattr(naming, "_AT_ONCE", 70)
    monkeypatch.setattr(readers, "_AHEAD", 64)


@pytest.fixture
def pictures(tmp_path, drawings) -> list[str]:
    """Noisy bitmaps, a large drawing, two drawings on one sheet; a torn file, a blank one, none at all."""
    queries = qd.write_queries(tmp_path / "queries", qd.make_queries(drawings.split()[2])[0])
    large = Image.fromarray(255 - drawings.pixels[0].reshape(28, 28)).resize((120, 120))
    large.save(tmp_path / "large 猫.png")
    sheet = Image.new("L", (300, 120), 255)
    for left in (0, 170):
        sheet.paste(large, (left, 0))
    sheet.save(tmp_path / "two.png")
    (tmp_path / "torn.png").write_bytes(queries[0].read_bytes()[:90])
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    named = ("two.png", "torn.png", "large 猫.png", "blank.png", "nowhere.png")
    return [*map(str, queries), *(str(tmp_path / name) for name in named)]


def beside(of: int | None = None) -> list[psutil.Process]:
    """The processes that read for one."""
    return [one for one in psutil.Process(of).children() if "serve(" in " ".join(one.cmdline())]


def until(is_so, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("options", [[], ["--each", "--json"]], ids=" ".join)
def test_whoever_reads_the_answers_and_what_is_said_are_the_same(
    pictures, capsys, monkeypatch, options
):
    many = pictures * MANY
    said = []
    for alone in (1e9, 0.0):
        monkeypatch.setattr(readers, "_ALONE", alone)
        assert main(["classify", *options, *many]) == 2
        said.append(capsys.readouterr())
        assert not beside()
    assert said[0] == said[1]
    lines = said[0].out.splitlines()
    assert len(lines) == (len(pictures) - 3 + ("--each" in options)) * MANY


def test_images_are_the_same_to_the_last_bit_with_other_sources_among_them(
    pictures, monkeypatch, tmp_path
):
    content = (tmp_path / "two.png").read_bytes()
    sources = [*pictures, lambda: content] * 5
    found = []
    for alone in (1e9, 0.0):
        monkeypatch.setattr(readers, "_ALONE", alone)
        found.append(list(readers.read_all(sources)))
    for one, other in zip(*found, strict=True):
        if isinstance(one, qd.QdToolsError):
            assert (type(one), str(one)) == (type(other), str(other))
            continue
        np.testing.assert_array_equal(one[0].image, other[0].image)
        assert (str(one[0]), one[0].drawings) == (str(other[0]), other[0].drawings)
        # What is held of a large picture is no larger than of a small one.
        assert not one[0].steps
        assert not other[0].steps


def test_few_pictures_or_quick_ones_start_no_process(pictures, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    monkeypatch.setattr(readers, "_ALONE", 1e9)
    assert len(list(readers.read_all(pictures * 10))) == 10 * len(pictures)
    monkeypatch.setattr(readers, "_ALONE", 0.0)
    assert len(list(readers.read_all(pictures))) == len(pictures)


#: A reader that some pictures end: one always, one the first time.
FRAGILE = """
import os, sys
sys.path[:] = {path!r}
import {module} as readers
own = readers._found
def found(name, *how):
    met = os.path.exists(name + ".met")
    if name.endswith("ends.png") or (name.endswith("once.png") and not met):
        open(name + ".met", "w").close()
        os.kill(os.getpid(), 9)
    return own(name, *how)
readers._found = found
readers.serve({noisy}, {each})
"""


def test_a_picture_that_ends_its_reader_costs_no_other_its_answer(
    pictures, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(readers, "_ALONE", 0.0)
    monkeypatch.setattr(readers, "_START", FRAGILE)
    (tmp_path / "ends.png").write_bytes((tmp_path / "two.png").read_bytes())
    (tmp_path / "once.png").write_bytes((tmp_path / "two.png").read_bytes())
    good = pictures[:10]
    many = [*good, str(tmp_path / "ends.png"), *good, str(tmp_path / "once.png"), *good]
    assert main(["classify", *many]) == 2
    out, err = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == many[:10] + many[11:]
    (refusal,) = (line for line in err.splitlines() if "error" in line)
    assert "ends.png' ends whatever process reads it" in refusal


@pytest.mark.parametrize("start", ["import nowhere", "raise SystemExit", None])
def test_where_no_process_starts_this_one_reads_on(pictures, monkeypatch, start):
    monkeypatch.setattr(readers, "_ALONE", 0.0)
    if start is None:
        monkeypatch.setattr(sys, "executable", "")
    else:
        monkeypatch.setattr(readers, "_START", start)
    found = list(readers.read_all(pictures * 4))
    assert [isinstance(one, list) for one in found] == [*[True] * 11, False, True, False, False] * 4


#: The command, which reads by others from the first picture on.
AT_ONCE = """
import sys
from qdtools import cli
from qdtools.cli import naming
from qdtools.drawings import readers
readers._ALONE, naming._AT_ONCE = 0, 40
sys.exit(cli.main())
"""


@pytest.mark.skipif(os.name == "nt", reason="ends processes by signals")
@pytest.mark.parametrize("how", ["Ctrl-C", "broken pipe", "kill -9"])
def test_what_reads_ends_with_the_command(tmp_path, drawings, how):
    picture = Image.fromarray(255 - drawings.pixels[0].reshape(28, 28)).resize((200, 200))
    picture.save(tmp_path / "large.png")
    command = [sys.executable, "-c", AT_ONCE, "classify", *[str(tmp_path / "large.png")] * 2000]
    # What runs in the background of a shell, as a test may, has Ctrl-C switched off.
    switched_on = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        command, **streams, preexec_fn=switched_on, start_new_session=True
    ) as run:
        until(lambda: beside(run.pid) or run.poll() is not None)
        assert run.poll() is None
        children = beside(run.pid)
        if how == "Ctrl-C":
            os.killpg(run.pid, signal.SIGINT)
        elif how == "kill -9":
            run.kill()
        else:
            run.stdout.close()
            run.stdout = None
        _, err = run.communicate(timeout=300)
    assert run.returncode == {"Ctrl-C": 130, "broken pipe": 141, "kill -9": -9}[how]
    assert "Traceback" not in err
    assert ("qdtools: stopped" in err) == (how == "Ctrl-C")
    until(lambda: not any(one.is_running() and one.status() != "zombie" for one in children))
