"""Promises of the command line where a terminal lacks letters, streams are closed, words are empty."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

import qdtools as qd
from qdtools import settings
from qdtools._locks import sole_writer
from qdtools.cli import main
from qdtools.manifests import GRAPH
from qdtools.pipeline import Pipeline
from qdtools.show.answers import PAGE, answer_figure
from qdtools.show.files import save_figure

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def queries(tmp_path, drawings) -> list[Path]:
    """Ten noisy query pictures."""
    noisy, _ = qd.make_queries(drawings.split()[2])
    return qd.write_queries(tmp_path / "queries", noisy)


def run(*arguments, shell="", **options):
    """Run the installed command, its output as bytes; `shell` stands behind it."""
    words = [sys.executable, "-m", "qdtools", *map(str, arguments)]
    command = ["bash", "-c", f'"$@" {shell}', "bash", *words]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **options)


def told_of_usage(capsys, words):
    """The one sentence by which the parser refuses what was typed, with nothing else."""
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    return err


def test_the_command_says_its_name_and_version_as_the_package_states_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().split() == [project["name"], project["version"]]
    for shell, code in (("1>/dev/full", 2), ("2>&-", 0)):
        assert run("--version", shell=shell).returncode == code


def test_a_package_that_is_not_installed_answers_in_a_sentence(tmp_path):
    ask = (
        "import sys; sys.path[:0] = sys.argv.pop(1).split('|')\n"
        "from qdtools.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    # What the package needs lies where it always does; of the package there is a bare folder.
    shutil.copytree(ROOT / "qdtools", tmp_path / "qdtools", dirs_exist_ok=True)
    needed = tmp_path / "needed"
    needed.mkdir()
    for path in Path(np.__file__).parents[1].iterdir():
        if not path.name.lower().startswith(("qdtools", "__editable__")):
            (needed / path.name).symlink_to(path)
    command = [sys.executable, "-S", "-c", ask, f"{tmp_path}|{needed}"]
    for words, says in (
        (["--version"], "it is not installed"),
        (["train", "--from=scratch", "--out=new", "--data-dir=nowhere"], "no folder 'nowhere'"),
    ):
        done = subprocess.run([*command, *words], capture_output=True, text=True, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        assert says in done.stderr


NAMES = ["猫.png", "café.png", "🐈.png", "Ж ж.png", "\udcff.png"]


@pytest.mark.parametrize("encoding", ["cp1252"])
def test_every_picture_is_answered_whatever_letters_the_terminal_has(queries, tmp_path, encoding):
    paths = [tmp_path / name for name in (*NAMES, "plain.png")]
    for path, query in zip(paths, queries, strict=False):
        shutil.copy(query, path)
    missing = tmp_path / "没有.png"
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = run("classify", *paths, missing, env=environment)
    assert done.returncode == 2  # for the one that is not there
    assert len(done.stdout.splitlines()) == len(paths)
    assert b"Traceback" not in done.stderr
    assert rb"\u6ca1\u6709.png" in done.stderr
    done = run("classify", "--json", *paths, env=environment)
    told = [json.loads(line)["path"] for line in done.stdout.decode(encoding).splitlines()]
    assert told == [str(path) for path in paths]


@pytest.mark.parametrize(
    ("shell", "code"),
    [
        ("1>&-", 2),
        ("2>&-", 0),
        ("1>&- 2>&-", 2),
        ("0<&-", 0),
        ("2>/dev/full", 0),
        ("1>/dev/full", 2),
    ],
)
def test_closed_streams_lose_nothing_that_is_saved(queries, tmp_path, monkeypatch, shell, code):
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    done = run("classify", *queries[:2], "--out", tmp_path / "out", shell=shell)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "out" / "answer.png").read_bytes().startswith(b"\x89PNG")
    if shell == "1>&-":
        assert b"standard output is closed" in done.stderr


@pytest.mark.parametrize("shell", ["2>&1 1>/dev/full | true", "1>/dev/full 2>/dev/full"])
def test_where_nothing_can_be_printed_no_traceback_is(shell):
    done = run("evaluate", "--categories", "kat", shell=shell)
    assert b"Traceback" not in done.stdout + done.stderr


def test_a_picture_comes_from_standard_input_too(queries, capsys):
    with queries[0].open("rb") as file:
        done = run("classify", "-", queries[1], stdin=file)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert main(["classify", str(queries[0])]) == 0
    assert lines[0].split("\t")[1:] == capsys.readouterr().out.split("\n")[0].split("\t")[1:]
    assert lines[0].startswith("-\t")
    assert len(lines) == 2
    for shell, says in (("</dev/null", b"error"), ("0<&-", b"Standard input is closed")):
        done = run("classify", "-", shell=shell)
        assert done.returncode == 2
        assert says in done.stderr


def test_a_pattern_that_no_shell_expanded_is_expanded(queries, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(queries[0].parent)
    assert main(["classify", "query-0[1-3].png", "*4.png", str(Path.cwd() / "query-05.*")]) == 0
    names = [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]
    assert [Path(name).name for name in names] == [f"query-0{n}.png" for n in range(1, 6)]
    shutil.copy("query-01.png", "a[1].png")  # a file of that very name is meant
    assert main(["classify", "a[1].png"]) == 0
    assert main(["classify", "*.gif"]) == 2
    assert "no file '*.gif'" in capsys.readouterr().err


def test_a_file_whose_name_begins_with_a_hyphen_is_taken_as_a_shell_gives_it(
    queries, drawings, capsys, tmp_path, monkeypatch
):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    names = ["a.png", "-b.png", "--c.png", "-hat.png", "-my cat.png", "--noisy.png"]
    for name, query in zip(names, queries, strict=False):
        shutil.copy(query, name)
    assert main(["classify", *names, "--noisy"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [Path(line[0]).name for line in lines] == names
    assert main(["classify", "--noisy", *map(str, queries[: len(names)])]) == 0
    others = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[1:] for line in lines] == [line[1:] for line in others]
    assert main(["classify", "-b.png"]) == 0
    assert main(["classify", "--", "-b.png", "--c.png"]) == 0
    Path("-mine").mkdir()
    for name in ("cat", "fish"):
        np.save(Path("-mine", f"{name}.npy"), drawings.only(name).pixels)
    for words in (
        ["categories", "--data-dir", "-mine"],
        ["queries", "-mine", "--data-dir", "-mine", "--per-category", "1"],
    ):
        capsys.readouterr()
        assert main(words) == 0
        assert "cat" in capsys.readouterr().out
    Path("--json").write_bytes(b"")  # an option is one whatever lies there
    Path("-1").write_bytes(b"")  # and a number
    assert main(["classify", "a.png", "--noisy", "--json"]) == 0
    assert capsys.readouterr().out.startswith("{")
    assert main(["queries", "q", "--per-category", "-1"]) == 2
    assert "./-1" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "way"),
    [
        (["classify", "-b.png"], "'./-b.png'"),
        (["classify", "a.png", "-b.png", "--noisy"], "'./-b.png'"),
        (["classify", "a.png", "--b.png"], "'./--b.png'"),
        (["classify", "-*.png"], "'./-*.png'"),
        (["learn", "-mine", "--out", "x"], "'./-mine'"),
        (["queries", "-q"], "'./-q'"),
        (["classify", "a.png", "--out", "-new"], "--out=-new"),
        (["evaluate", "--data-dir", "-mine"], "--data-dir=-mine"),
        (["learn", "mine", "--out", "x", "--categories", "-q"], "--categories=-q"),
        (["classify", "a.png", "--category", "x", "--json"], None),
        (["classify", "a.png", "--jsn"], None),
        (["train", "--out", "x", "-e", "1"], None),  # which takes no file
        (["classify", "a.png", "--out"], None),
    ],
)
def test_a_word_that_begins_with_a_hyphen_is_told_how_it_would_be_a_file_or_a_value(
    capsys, tmp_path, monkeypatch, words, way
):
    monkeypatch.chdir(tmp_path)
    err = told_of_usage(capsys, words)
    assert ("begins with a hyphen" in err or "a file of that name" in err) == bool(way)
    assert (way or "") in err
    if way and way.startswith("--"):
        place = words.index(way.split("=")[0])
        words = [*words[:place], way, *words[place + 2 :]]
    elif way:
        words = [way.strip("'") if word == way[3:-1] else word for word in words]
    if way:  # so typed, the parser takes it
        assert main(words) in (0, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["classify", "a.png", "--out", ""],
        ["classify", "a.png", "--out", " "],
        ["classify", "a.png", "--categories", ""],
        ["classify", "a.png", "--categories", " , "],
        ["classify", "a.png", "--models", ""],
        ["classify", ""],
        ["queries", ""],
        ["queries", "q", "--categories", ""],
        ["queries", "q", "--data-dir", ""],
        ["evaluate", "--models", ""],
        ["evaluate", "--categories", ","],
        ["train", "--out", ""],
        ["train", "--out", "x", "--checkpoints", ""],
        ["learn", "", "--out", "x"],
        ["learn", "x", "--out", ""],
        ["categories", "--data-dir", ""],
        ["download", ""],
        ["download", "cat", "--data-dir", ""],
        ["download", "cat", "--base-url", ""],
    ],
    ids=" ".join,
)
def test_an_empty_word_is_refused_and_nothing_is_done(capsys, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    err = told_of_usage(capsys, arguments)
    assert "empty" in err or "no category is named" in err
    assert list(tmp_path.iterdir()) == []


# ---- what is written -----------------------------------------------------------------------------


def test_answers_to_many_pictures_are_pages_of_bounded_size(queries, tmp_path, capsys):
    out = tmp_path / "out"
    many = [str(queries[n % 10]) for n in range(2 * PAGE + 3)]
    assert main(["classify", *many, "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [f"answer-{n}.png" for n in (1, 2, 3)]
    largest = (out / "answer-1.png").stat().st_size
    assert (out / "answer-3.png").stat().st_size < largest < 1_000_000
    # Another answer there takes its place, and no page of this one stays among its own.
    (out / "answers.txt").write_text("the reader's own")
    assert main(["classify", *many[:3], "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["answer.png", "answers.txt"]
    assert len(capsys.readouterr().out.splitlines()) == len(many) + 3


@pytest.fixture(scope="module")
def answered(drawings, tmp_path_factory):
    """A query with a folder that holds its answer."""
    folder = tmp_path_factory.mktemp("answered")
    (query,) = qd.write_queries(folder, drawings.images[:1])
    assert main(["classify", str(query), "--out", str(folder / "out")]) == 0
    return query, folder / "out"


@pytest.mark.parametrize("own", ["answer.png", "answer-7.png"])
@pytest.mark.parametrize("kind", ["text", "torn", "picture", "empty"])
def test_a_page_of_answers_takes_the_place_of_no_file_of_the_readers(
    answered, tmp_path, capsys, own, kind
):
    query, earlier = answered
    out = shutil.copytree(earlier, tmp_path / "out")
    call = ["classify", str(query), "--out", str(out)]
    answer = (out / "answer.png").read_bytes()
    picture = query.read_bytes()
    content = {"text": b"mine", "torn": picture[:40], "picture": picture, "empty": b""}[kind]
    (out / own).write_bytes(content)
    capsys.readouterr()
    assert main(call) == 2
    said = capsys.readouterr()
    assert f"{str(out / own)!r} is no answer of qdtools" in said.err
    assert said.out == ""
    assert (out / own).read_bytes() == content
    (out / own).rename(tmp_path / "kept")  # as the sentence says
    assert main(call) == 0
    assert (out / "answer.png").read_bytes() == answer


@pytest.mark.parametrize("command", ["classify", "queries"])
def test_of_two_that_write_into_one_folder_the_second_is_told(queries, tmp_path, capsys, command):
    out = tmp_path / "out"
    words = {
        "classify": ["classify", str(queries[0]), "--out", str(out)],
        "queries": ["queries", str(out), "--source", "sample"],
    }[command]
    with sole_writer(out, "test"):
        assert main(words) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert "writes into" in said.err
    assert not out.exists()
    for place in (out, tmp_path / "link"):  # what can be no folder
        out.write_text("the reader's own") if place == out else place.symlink_to("nowhere")
        words = [str(place) if word == str(out) else word for word in words]
        assert main(words) == 2
        assert "name another" in capsys.readouterr().err
    assert out.read_text() == "the reader's own"


@pytest.mark.parametrize("name", ["$\\bad{x$", "$$", "100 $", "a_{", "猫", "é" * 30])
def test_whatever_a_learned_name_holds_its_page_of_answers_is_drawn(
    queries, tmp_path, shipped, name
):
    path = tmp_path / "answer.png"
    image = shipped.denoise(np.zeros((1, 28, 28, 1), np.float32))
    draw = partial(answer_figure, image, image, np.ones((1, 1)), [name], ("noisy", "denoised"))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        save_figure(path, draw)
    with Image.open(path) as page:
        assert page.size[0] > 100
    assert [str(one.message).split(";")[0] for one in said] == (
        ["answer.png shows boxes for letters that the font of its figures lacks"] * (name == "猫")
    )


def test_two_hyphens_are_no_value_of_any_option(capsys):
    for words in (
        ["categories", "--data-dir=--"],
        ["classify", "a.png", "--categories=--"],
        ["classify", "a.png", "--precision=--"],
        ["download", "cat", "--timeout=--"],
        ["evaluate", "--methods=--"],
        ["quantize", "--out=--"],
        ["learn", "x", "--out=--"],
    ):
        err = told_of_usage(capsys, words)
        assert f"`qdtools {words[0]} --help`" in err


def test_a_folder_is_named_as_a_terminal_may_show_it(tmp_path, capsys):
    out = tmp_path / "my \x1b[31mown"
    assert main(["quantize", "--precision", "float16", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert f"--models '{out}'".replace("\x1b", "\\x1b") in said


def test_no_part_of_an_answer_is_left_where_saving_fails(queries, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    (out / "answer.png").mkdir(parents=True)  # what no file can replace
    assert main(["classify", str(queries[0]), "--out", str(out)]) == 2
    assert [path.name for path in out.iterdir()] == ["answer.png"]
    assert len(capsys.readouterr().out.splitlines()) == 1  # the answer itself is not lost


def test_query_pictures_neither_overwrite_others_nor_stand_among_them(tmp_path, drawings, capsys):
    folder = tmp_path / "q"
    arguments = ["queries", str(folder), "--source", "sample"]
    assert main(arguments) == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(arguments) == 0  # the same again
    for changed in (["--per-category", "1"], ["--seed", "1"], ["--level", "1"]):
        capsys.readouterr()
        assert main([*arguments, *changed]) == 2
        assert "holds other query pictures" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    own = tmp_path / "own"
    own.mkdir()
    (own / "query-01.png").write_bytes(b"the reader's own")
    (own / "notes.txt").write_text("stay")
    assert main(["queries", str(own), "--source", "sample"]) == 2
    assert sorted(path.name for path in own.iterdir()) == ["notes.txt", "query-01.png"]
    assert (own / "query-01.png").read_bytes() == b"the reader's own"


def test_query_pictures_on_a_full_disk_leave_no_half_of_one(tmp_path):
    folder = tmp_path / "q"
    # The system ends a file that grows beyond a block, as a full disk would.
    limit = f'python=$1; shift; ulimit -f 0; trap "" XFSZ; exec "$python" "$@" queries {folder}'
    words = [sys.executable, "-m", "qdtools"]
    environment = {**os.environ, "QD_CACHE_DIR": str(settings.cache_dir())}
    done = subprocess.run(
        ["bash", "-c", limit, "bash", *words], capture_output=True, check=False, env=environment
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert not folder.exists()


# ---- what others wrote -----------------------------------------------------------------------------


def weights(folder: Path, graph: bytes, **changes) -> Path:
    """A folder of weights whose manifest is true to the graph."""
    import hashlib

    folder.mkdir()
    (folder / GRAPH).write_bytes(graph)
    manifest = {
        "categories": list(qd.read_manifest()["categories"]),
        "weights": {GRAPH: {"sha256": hashlib.sha256(graph).hexdigest()}},
        **changes,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def external(tensor: onnx.TensorProto) -> None:
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    for key, value in (("location", "secret.bin"), ("offset", "0"), ("length", "4")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value


@pytest.mark.parametrize("place", ["initializer", "constant", "a graph within", "sparse"])
def test_a_graph_that_takes_weights_from_elsewhere_is_refused(tmp_path, place):
    model = onnx.load(settings.models_dir() / GRAPH)
    graph = model.graph
    tensor = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [1], [1.0])
    if place == "initializer":
        external(graph.initializer[0])
    elif place == "constant":
        node = graph.node.add(op_type="Constant", output=["w"])
        node.attribute.append(onnx.helper.make_attribute("value", tensor))
        external(node.attribute[0].t)
    elif place == "a graph within":
        within = onnx.helper.make_graph([], "within", [], [], [tensor])
        external(within.initializer[0])
        node = graph.node.add(op_type="If", input=["c"], output=["w"])
        node.attribute.append(onnx.helper.make_attribute("then_branch", within))
    else:
        sparse = graph.sparse_initializer.add()
        sparse.values.CopyFrom(tensor)
        external(sparse.values)
    folder = weights(tmp_path / "w", model.SerializeToString())
    with pytest.raises(qd.ModelError, match="another file, which no hash covers"):
        Pipeline.load(folder)


@pytest.mark.parametrize("name", [GRAPH, "manifest.json"])
@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "folder", "link to nowhere"])
def test_what_is_no_regular_file_is_neither_waited_for_nor_read(tmp_path, name, kind):
    folder = weights(tmp_path / "w", b"x")
    path = folder / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(6 * 10**9)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(qd.ModelError, match=re.escape(name)):
        Pipeline.load(folder)


def test_escape_sequences_of_a_manifest_reach_no_terminal(tmp_path, capsys, queries):
    graph = (settings.models_dir() / GRAPH).read_bytes()
    names = [*qd.read_manifest()["categories"][:-1], "\x1b[31mred\x07"]
    folder = weights(tmp_path / "w", graph, categories=names)
    assert main(["classify", str(queries[0]), "--models", str(folder)]) == 2
    assert "can be printed" in capsys.readouterr().err
    assert main(["classify", "\x1b[31mred.png", "two\nlines.png", "\u202egnp.png"]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 3
    assert not {"\x1b", "\u202e"} & set(err)
    assert str(qd.DataError("\x1b[2J\r\n")) == r"\x1b[2J\r\n"


# ---- refusals that help ----------------------------------------------------------------------------


def test_every_command_that_a_refusal_names_does_what_it_says(
    tmp_path, folder, capsys, monkeypatch
):
    """Each refusal's way out, run as it stands."""
    monkeypatch.chdir(tmp_path)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    for name, like in (("zzz", "square"), ("qqq", "circle")):
        np.save(foreign / f"{name}.npy", qd.load(like).pixels[:20])
    refusals = [
        ["evaluate", "--categories", "xyzzyx"],
        ["download", "xyzzyx"],
        ["evaluate", "--noise", "pink"],
        ["dance"],
        ["classify"],
        ["evaluate", "--data-dir", str(foreign)],
        ["evaluate", "--data-dir", str(folder), "--categories", "xyzzyx"],
    ]
    commands = set()
    for arguments in refusals:
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = stop.code
        assert code == 2
        err = capsys.readouterr().err
        commands |= set(re.findall(r"`(qdtools [^`]*)`", err))
    assert {"qdtools categories", "qdtools evaluate --help", "qdtools --help"} <= commands
    for command in commands:
        own = {"FOLDER": str(foreign), "NEW": str(tmp_path / "new")}
        words = [own.get(word, word) for word in command.split()[1:]]
        if words[-1] in {"train", "learn", "DIR"}:  # what follows is the reader's own
            words = [words[0], "--help"]
        try:
            code = main(words)
        except SystemExit as stop:
            code = stop.code
        assert code == 0, command
        assert capsys.readouterr().out


def test_what_a_folder_or_weights_lack_is_answered_by_what_they_have(tmp_path, folder, capsys):
    assert main(["evaluate", "--data-dir", str(folder), "--categories", "xyzzyx"]) == 2
    assert "'cat', 'cup', 'fish'" in capsys.readouterr().err
    with pytest.raises(qd.DataError, match=r"was trained on.*'aircraft carrier'"):
        Pipeline.load(categories=["xyzzyx"])
    robots = tmp_path / "robots"
    robots.mkdir()
    for name in ("zzz", "qqq"):
        np.save(robots / f"{name}.npy", qd.load("square").pixels)
    assert main(["evaluate", "--data-dir", str(robots)]) == 2
    assert "was trained on" in capsys.readouterr().err


def test_a_warning_is_one_line_on_the_command_line(tmp_path):
    (tmp_path / "d").mkdir()
    for name in ("cat", "fish"):
        np.save(tmp_path / "d" / f"{name}.npy", 255 - qd.load(name).pixels[:20])
    arguments = ["queries", tmp_path / "q", "--data-dir", tmp_path / "d", "--per-category", "1"]
    done = run(*arguments)
    assert done.returncode == 0
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 2
    assert all(line.startswith("qdtools: The bitmaps in ") for line in lines)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert warnings.formatwarning("x", UserWarning, "f", 1) != "qdtools: x\n"
