"""Promises of the command line: what it prints, how it refuses."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from doodles import DOODLES, PICTURES, simplified
from PIL import Image, ImageDraw
from scenes import ink_of_strokes, several

import qdtools as qd
from qdtools import settings
from qdtools.cli import _parser, main, training
from qdtools.drawings.categories import DEFAULT_CATEGORIES
from qdtools.manifests import known_as_whole
from qdtools.training.config import TrainingConfig, trained_with
from qdtools.training.release import described


@pytest.fixture
def queries(tmp_path, drawings):
    """Ten noisy query pictures and their right names."""
    noisy, clean = qd.make_queries(drawings.split()[2])
    paths = qd.write_queries(tmp_path / "queries", noisy)
    return [str(path) for path in paths], [clean.categories[label] for label in clean.labels]


#: What is always said of an answer on standard error.
CHOSEN = "qdtools: chosen among 5 names; --categories names others\n"


def refused(capsys, *arguments: str) -> str:
    """Run a command that must be refused; returns its one sentence."""
    try:
        code = main(arguments)
    except SystemExit as stop:  # argparse leaves this way
        code = stop.code
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    return err


def test_categories_lists_all_345(capsys):
    assert main(["categories"]) == 0
    assert capsys.readouterr().out.splitlines() == list(qd.ALL_CATEGORIES)


def test_categories_lists_those_of_a_folder(capsys, folder):
    assert main(["categories", "--data-dir", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == ["cat", "cup", "fish"]


def test_classify_prints_file_category_and_probability(capsys, queries):
    paths, names = queries
    assert main(["classify", *paths]) == 0
    out, err = capsys.readouterr()
    assert err == CHOSEN
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[0] for row in rows] == paths
    assert sum(row[1] == name for row, name in zip(rows, names, strict=True)) >= 9
    assert all(0.2 <= float(row[2]) <= 1 for row in rows)
    # Then the runner-up, and whether the drawing is like none of the names.
    assert all(row[1] != row[3] in DEFAULT_CATEGORIES for row in rows)
    assert all(float(row[2]) >= float(row[4]) for row in rows)
    assert all(row[5:] in ([], ["none of these"]) for row in rows)


def test_classify_json_prints_one_object_a_line(capsys, queries):
    paths, _ = queries
    assert main(["classify", "--json", "--categories", "Cat, FISH", *paths[:3]]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["path"] for answer in answers] == paths[:3]
    for answer in answers:
        assert {answer["category"], answer["runner_up"]} == {"cat", "fish"}
        assert answer["probability"] + answer["runner_up_probability"] == pytest.approx(1)
        assert answer["among"] == 2
        assert answer["none_of_these"] in (False, True)
        assert answer["read_as"]
        assert 0.5 <= answer["probability"] <= 1


def test_classify_saves_the_answer_figure(capsys, queries, tmp_path):
    out = tmp_path / "answers" / "today"
    assert main(["classify", *queries[0], "--out", str(out)]) == 0
    assert [path.name for path in out.iterdir()] == ["answer.png"]
    with Image.open(out / "answer.png") as picture:
        assert min(picture.size) > 500
        assert len(set(np.asarray(picture.convert("L")).ravel())) > 50


@pytest.fixture
def doodle(tmp_path):
    """A photograph of a cup, which the command has to prepare."""
    path = tmp_path / "cup\tof tea.jpg"
    PICTURES["shadow"](simplified(DOODLES["cup"][0]), path, np.random.default_rng(0))
    return str(path)


def test_classify_reports_that_it_took_a_picture_for_a_drawing(capsys, doodle):
    assert main(["classify", "--json", doodle]) == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert (answer["path"], answer["category"]) == (doodle, "cup")
    assert len(err.removesuffix(CHOSEN).splitlines()) == 1
    assert "cup\\tof tea.jpg' is taken for a clean drawing" in err
    assert "--noisy" in err


def test_what_is_said_outright_is_not_reported(capsys, doodle, queries):
    assert main(["classify", "--denoised-input", doodle]) == 0
    out, err = capsys.readouterr()
    assert err == CHOSEN
    assert len(out.split("\t")) in (5, 6)  # the name's own tab is escaped
    assert main(["classify", "--noisy", queries[0][0]]) == 0
    assert capsys.readouterr().err == CHOSEN
    assert main(["classify", "--noisy", doodle]) == 0
    assert "dark ink on light paper" in capsys.readouterr().err  # which nobody said
    assert "not allowed with" in refused(capsys, "classify", "--noisy", "--denoised-input", doodle)


def test_a_blank_picture_is_answered_with_nothing_and_several_drawings_each(capsys, tmp_path):
    Image.new("L", (28, 28)).save(tmp_path / "blank.png")
    assert main(["classify", str(tmp_path / "blank.png")]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert "shows no ink" in err
    inks = [ink_of_strokes(simplified(DOODLES[name][0])) for name in ("fish", "cup")]
    both = several(inks, [(30, 40, 220), (330, 40, 220)], 300, 580).astype(np.uint8)
    Image.fromarray(both).save(tmp_path / "both.png")
    assert main(["classify", "--each", "--json", str(tmp_path / "both.png")]) == 0
    out, err = capsys.readouterr()
    named = [json.loads(line) for line in out.splitlines()]
    assert [one["category"] for one in named] == ["fish", "cup"]
    assert [one["path"][-4:] for one in named] == [" [1]", " [2]"]
    assert "2 drawings" in err
    assert main(["classify", str(tmp_path / "both.png")]) == 0
    assert "--each" in capsys.readouterr().err


def test_noisy_bitmaps_of_any_size_are_denoised_and_clean_ones_are_not(
    capsys, queries, tmp_path, shipped
):
    small = Path(queries[0][0])
    with Image.open(small) as picture:
        picture.resize((280, 280), Image.Resampling.NEAREST).save(tmp_path / "large.png")

    def probability(*arguments):
        assert main(["classify", "--json", *map(str, arguments)]) == 0
        return json.loads(capsys.readouterr().out)["probability"]

    image = qd.read_image(small)[None]
    assert probability(small) == pytest.approx(shipped(image)[1].max(), abs=1e-4)
    assert probability(small, "--noisy") == pytest.approx(shipped(image)[1].max(), abs=1e-4)
    clean = qd.read_picture(small, noisy=False).image[None]
    assert probability(small, "--denoised-input") == pytest.approx(
        shipped.classify(clean).max(), abs=1e-4
    )
    large = qd.read_noisy(tmp_path / "large.png")[None]
    assert probability(tmp_path / "large.png", "--noisy") == pytest.approx(
        shipped(large)[1].max(), abs=1e-4
    )


def test_a_file_whose_name_is_no_text_is_named_too(capsys, queries, tmp_path):
    odd = os.fsencode(tmp_path) + b"/\xff.png"
    shutil.copy(os.fsencode(queries[0][0]), odd)
    for option in ([], ["--json"]):
        assert main(["classify", *option, os.fsdecode(odd)]) == 0
        assert r"\udcff.png" in capsys.readouterr().out


def test_classify_all_chooses_among_345(capsys, queries):
    assert main(["classify", "--categories", "all", queries[0][0]]) == 0
    assert capsys.readouterr().out.split("\t")[1] in qd.ALL_CATEGORIES


@pytest.mark.parametrize("out", [False, True])
def test_classifying_wakes_no_tensorflow(queries, tmp_path, out):
    """It would take seconds to start; benchmarks/inference.py measures what is left."""
    code = (
        "import sys; from qdtools.cli import main; main(sys.argv[1:]); "
        "print({'tensorflow', 'keras', 'scipy.stats'} & sys.modules.keys())"
    )
    arguments = ["classify", queries[0][0], *(["--out", str(tmp_path)] if out else [])]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    woken = {"'scipy.stats'"} if out else set()  # the figure of answers draws intervals elsewhere
    assert done.stdout.splitlines()[-1] in ("set()", f"{{{', '.join(woken)}}}")


def test_one_bad_picture_does_not_hide_the_good_ones(capsys, queries, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    assert main(["classify", queries[0][0], str(bad), queries[0][1]]) == 2
    out, err = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == queries[0][:2]
    assert "bad.png' is no picture that can be read" in err


def test_a_folder_of_pictures_is_told_by_which_command_each_is_named(capsys, tmp_path):
    folder = tmp_path / "my pictures"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save(folder / f"{number}.png")
    assert main(["classify", str(folder)]) == 2
    (command,) = re.findall(r"`qdtools (classify [^`]*)`", capsys.readouterr().err)
    assert main(shlex.split(command)) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_evaluate_json_is_one_object_with_the_promised_keys(capsys, folder):
    arguments = ["evaluate", "--data-dir", str(folder), "--categories", "cat,fish"]
    assert main([*arguments, "--levels", "0,0.5", "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert set(scores) == {"source", "categories", "n", "seed", "repeats", "rows"}
    assert scores["n"] == 200
    assert scores["categories"] == ["cat", "fish"]
    assert {row["method"] for row in scores["rows"]} == {"classifier", "pipeline"}
    keys = {"method", "noise", "level", "top1", "ci95", "top1_by_seed", "ssim", "cpu_ms"}
    assert all(set(row) == keys | {"psnr", "n_exact", "best", "p_value"} for row in scores["rows"])
    assert [row["level"] for row in scores["rows"]] == [0, 0, 0.5, 0.5]


def test_scoring_a_part_of_what_was_trained_on_is_said_to_be_known_by_nobody(
    tmp_path, folder, capsys
):
    own = tmp_path / "own"
    own.mkdir()
    for path in settings.models_dir().iterdir():
        if path.is_file():
            shutil.copy(path, own)
    trained = qd.load("all", source=folder)
    manifest = json.loads((own / "manifest.json").read_text(encoding="utf-8"))
    manifest["data"] = described(trained)
    (own / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    whole, nobody = "all 300 drawings were there", "is known again only as a whole"
    command = ["evaluate", "--levels", "0", "--data-dir", str(folder)]
    for words, said in (
        (["--models", str(own), "--categories", "all"], {whole}),
        (["--models", str(own), "--categories", "cat,fish"], {nobody}),
        (["--categories", "cat,fish"], set()),
    ):
        assert main([*command, *words]) == 0
        err = capsys.readouterr().err
        assert {text for text in (whole, nobody) if text in err} == said
        assert ("flatter" in err) == bool(said)
    # The shipped ones are known to have met none of the sample's test drawings, in whichever precision.
    smaller = tmp_path / "smaller"
    assert main(["quantize", "--out", str(smaller)]) == 0
    assert not known_as_whole(smaller)
    # And among more than were trained on.
    np.save(folder / "jacket.npy", qd.load("jacket").pixels)
    assert main([*command, "--models", str(own), "--categories", "all"]) == 0
    assert nobody in capsys.readouterr().err


def test_evaluate_prints_a_table_with_interval_and_credit(capsys):
    assert main(["evaluate", "--source", "sample", "--categories", "cat", "--levels", "1"]) == 0
    out = capsys.readouterr().out
    assert "Google, CC BY 4.0" in out
    assert "95% interval" in out
    assert "pipeline" in out


def test_queries_are_written_and_listed_with_their_names(capsys, tmp_path):
    assert main(["queries", str(tmp_path / "q"), "--per-category", "1"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [name for _, name in lines] == list(DEFAULT_CATEGORIES)
    assert len(list((tmp_path / "q").iterdir())) == 5


def test_train_saves_weights_that_classify_loads(capsys, folder, tmp_path, queries):
    out = tmp_path / "mine"
    options = ["--per-category", "30", "--tuning-epochs", "1"]
    categories = ["--categories", "cat,fish"]
    assert main(["train", "--data-dir", str(folder), *categories, *options, "--out", str(out)]) == 0
    manifest = qd.read_manifest(out)
    assert manifest["categories"] == ["cat", "fish"]
    assert manifest["data"]["drawings"] == 60
    assert manifest["config"]["start"] == "shipped"
    assert manifest["config"]["focus"] == ["cat", "fish"]
    precision = manifest["config"]["precision"]
    assert manifest["command"] == (
        "qdtools train --data-dir DIR --categories cat,fish --out DIR --per-category 30 "
        f"--focus cat,fish --tuning-epochs 1 --precision {precision}"
    )
    assert config_of(manifest["command"]) == trained_with(manifest)
    assert manifest["scores"][0]["n"] > 0
    assert [row["stage"] for row in manifest["curves"]] == ["tuning"]
    assert set(manifest["cpu_seconds"]) == {"tuning"}
    assert manifest["largest_difference_from_keras"] < 1e-3
    logs = {path.name for path in out.with_name("mine.training").iterdir()}
    assert {"tuning.csv", "training.png"} <= logs
    printed, err = capsys.readouterr()
    first, *_ = printed.splitlines()
    assert "know all 2 names and need no training" in first
    reached = [f"{100 * share:.1f}" for share in manifest["origin"]["top1"]["start"]]
    assert f"name {' / '.join(reached)} % of 4 held-out drawings right" in first
    assert "4 drawings leave open that of all drawings like these" in first
    assert "Of Google's drawings, some may be" in first
    assert "60 drawings" in printed
    assert err == ""  # where standard error is no terminal
    assert main(["classify", "--models", str(out), queries[0][0]]) == 0
    assert capsys.readouterr().out.split("\t")[1] in {"cat", "fish"}


def config_of(command: str) -> TrainingConfig:
    """Read a command as the command line itself does."""
    program, *arguments = shlex.split(command)
    assert program == "qdtools"
    return training.config_of(_parser().parse_args(arguments))


def test_the_manifests_command_says_exactly_what_its_weights_were_trained_with():
    manifest = qd.read_manifest()
    assert config_of(manifest["command"]) == trained_with(manifest)


@pytest.fixture
def train_help(capsys) -> str:
    """What `qdtools train --help` prints, on one line."""
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    return " ".join(capsys.readouterr().out.split())


#: For each field of the config another value than its default, as it is typed.
TYPED = {
    "start": "scratch",
    "mix": "categories",
    "denoiser": "autoencoder",
    "classifier": "cnn",
    "views": "noisy,clean",
    "focus": "owl,dog",
    "precision": "mixed_bfloat16",
}


@pytest.mark.parametrize("field", fields(TrainingConfig), ids=lambda field: field.name)
def test_every_field_of_the_config_is_an_option_with_its_help(field, train_help):
    option = "--from" if field.name == "start" else f"--{field.name.replace('_', '-')}"
    number = field.default / 2 if isinstance(field.default, float) else 3
    typed = TYPED.get(field.name, str(number))
    quiet = "--precision float32 --focus all"  # whatever this machine would choose
    config = config_of(f"qdtools train --out DIR {quiet} {option} {typed}")
    expected = tuple(typed.split(",")) if field.name in ("views", "focus") else typed
    value = getattr(config, field.name)
    assert value == (expected if field.name in TYPED else number)
    assert replace(config, **{field.name: field.default}) == TrainingConfig()
    assert f"{option} " in train_help
    assert field.metadata["help"] in train_help


def test_training_on_ones_own_categories_needs_no_focus_of_the_demos(capsys, tmp_path, drawings):
    strangers = qd.load(["owl", "dog"], source="sample")
    folder, out = tmp_path / "data", tmp_path / "mine"
    folder.mkdir()
    for name in strangers.categories:
        np.save(folder / f"{name}.npy", strangers.only(name).pixels.reshape(-1, 784))
    tiny = "--from scratch --denoiser autoencoder --denoiser-width 4 --classifier-width 2 --joint-epochs 0"
    tiny += " --denoiser-epochs 1 --classifier-epochs 1 --precision float32"
    arguments = ["--data-dir", str(folder), "--categories", "all", "--out", str(out)]
    assert main(["train", *arguments, *tiny.split()]) == 0
    manifest = qd.read_manifest(out)
    assert manifest["config"]["focus"] == []
    assert "--from scratch" in manifest["command"]
    assert "--focus all" in manifest["command"]
    assert "origin" not in manifest
    assert "need no training" in capsys.readouterr().out.splitlines()[0]
    assert config_of(manifest["command"]) == trained_with(manifest)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["classify", "nowhere.png"], "no file 'nowhere.png'"),
        (["classify"], "IMAGE"),
        (["dance"], "dance"),
        ([], "COMMAND"),
        (["evaluate", "--levels", "0,9"], "from 0 to 2"),
        (["evaluate", "--levels", "loud"], "from 0 to 2"),
        (["evaluate", "--noise", "pink"], "pink"),
        (["evaluate", "--categories", "kat"], "'kat'"),
        (["evaluate", "--data-dir", "nowhere"], "no folder 'nowhere'"),
        (["evaluate", "--source", "sample", "--data-dir", "x"], "not allowed with"),
        (["evaluate", "--models", "nowhere"], "no folder or file 'nowhere'"),
        (["categories", "--data-dir", "nowhere"], "no folder 'nowhere'"),
        (["train", "--out", "x", "--denoiser-epochs", "0"], "denoiser_epochs"),
        (["train", "--out", "x", "--per-category", "0"], "per_category"),
        (["train", "--out", "x", "--per-category", "5"], "`qdtools classify`"),
        (["train", "--out", "x", "--categories", "cat"], "'cat' only"),
        (
            ["train", "--out", "x", "--per-category", "1"],
            "There is 1 drawing of 'pineapple', of which",
        ),
        (["train", "--out", "x", "--test", "0.001"], "a share of 0.1% leaves none to measure on"),
        (["train", "--out", "x", "--validation", ".6", "--test", ".6"], "sum to less than 1"),
        (["train", "--out", "x", "--denoiser-width", "9"], "`--from scratch`"),
        (["train", "--out", "x", "--denoiser-epochs", str(10**18)], "at most 1000000"),
        (["train", "--out", "x", "--seed", str(2**32)], "at most 4294967295"),
        (["train", "--out", "x", "--seed", "-1"], "'-1' is no seed"),
        (["train", "--out", "x", "--denoiser", "vnet"], "'unet', 'autoencoder'"),
        (["train", "--out", "x", "--views", "nosy"], "clean, noisy, denoised"),
        (["train", "--out", "x", "--favour", "loud"], "invalid float value"),
        (["train", "--out", "x", "--focus", "cat,kat"], "'kat'"),
        (["evaluate", "--data-dir", ""], "it is empty"),
        (["evaluate", "--seed", "one"], "'one' is no seed"),
        (["queries", "q", "--seed", "-1"], "'-1' is no seed"),
        (["queries", "q", "--per-category", "0"], "per_category"),
        (["queries", "q", "--per-category", "-1"], "per_category"),
        (["queries", "q", "--level", "3"], "from 0 to 2"),
        (["queries", "q", "--per-category", "41"], "fewer than 41"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(capsys, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    assert says in refused(capsys, *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ["learn", "nowhere", "--out"],
        ["train", "--data-dir", "nowhere", "--out"],
        ["train", "--data-dir", "nowhere", "--out", "new", "--trace"],
        ["quantize", "--models", "nowhere", "--out"],
        ["queries", "--data-dir", "nowhere"],
        ["classify", "nowhere.png", "--out"],
    ],
)
def test_where_nothing_can_be_written_is_said_before_anything_is_read(
    capsys, tmp_path, monkeypatch, command
):
    """By the name that was typed, not by that of what would be filled beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    places = {
        "file/new": "'file/new' can be no folder, since",
        "n" * 300: f"written to {'n' * 300!r}",
    }
    if Path("/proc/self").is_dir():  # where nobody may make a folder, whatever their rights
        places["/proc/new"] = "Nothing can be written to '/proc/new'"
    for place, says in places.items():
        assert says in refused(capsys, *command, place)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_training_refuses_what_was_mistyped_before_tensorflow_wakes(tmp_path):
    """Which takes seconds, and every worker would wait for them."""
    (tmp_path / "file").write_text("")
    (tmp_path / "learned").mkdir()
    (tmp_path / "learned" / "head.json").write_text("{}")
    mistyped = [
        ["--denoiser-epochs", "0"],
        ["--denoiser-width", "9"],
        ["--denoiser", "vnet"],
        ["--views", "nosy"],
        ["--focus", "cat"],
        ["--focus", "cat,kat"],
        ["--per-category", "0"],
        ["--categories", "kat"],
        ["--categories", "cat"],
        ["--per-category", "5"],
        ["--validation", "0.6", "--test", "0.6"],
        ["--per-category", "3", "--validation", "0.5", "--test", "0.49"],
        ["--data-dir", "nowhere"],
        ["--checkpoints", "file"],
        ["--out", "file"],
        ["--out", "learned"],
        ["--index", "1"],
        ["--trace", "notes"],
        ["--local-workers", "2", "--tuning-rate", "-1"],
        ["--workers", "a:1,b:1", "--index", "0", "--seed", str(2**32)],
    ]
    code = (
        "import json, sys; from qdtools.cli import main; ends = []\n"
        f"for words in {mistyped!r}:\n"
        "    try: ends.append(main(['train', '--out', 'new', *words]))\n"
        "    except SystemExit as stop: ends.append(stop.code)\n"
        "print(json.dumps([ends, sorted({'tensorflow', 'keras', 'tf2onnx'} & sys.modules.keys())]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    ends, woken = json.loads(done.stdout)
    assert ends == [2] * len(mistyped)
    assert woken == []
    assert len(done.stderr.splitlines()) == len(mistyped)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "learned"]


def test_an_unknown_category_leaves_no_answer_behind(capsys, queries, tmp_path):
    out = tmp_path / "out"
    says = refused(capsys, "classify", queries[0][0], "--categories", "kat", "--out", str(out))
    assert "'cat'" in says
    assert not out.exists()


def test_an_output_that_cannot_be_written_is_one_sentence(capsys, queries, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    assert main(["classify", queries[0][0], "--out", str(blocker)]) == 2
    assert "error" in capsys.readouterr().err


def test_the_installed_command_says_but_the_choice_on_standard_error_and_is_quiet_in_a_pipe(
    queries,
):
    done = subprocess.run(
        [sys.executable, "-m", "qdtools", "classify", "--json", *queries[0]],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == CHOSEN
    assert len(done.stdout.splitlines()) == 10


def test_keras_on_another_backend_is_refused_in_one_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "qdtools", "train", "--out", tmp_path / "out"],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "KERAS_BACKEND is 'jax'" in done.stderr
    assert list(tmp_path.iterdir()) == []


#: Sends Ctrl-C to the process that imports it when this looks for a module; "within" one, what is written in
#: C says no more of it than that it cannot be loaded.
STOP = """
import os, signal, sys

class Stop:
    def find_spec(self, name, *_):
        at = os.environ["STOP_AT"]
        if at == f"within {name}":
            raise ImportError("initialization failed") from KeyboardInterrupt()
        if at == name:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Stop())
"""
MODULE = [sys.executable, "-m", "qdtools"]
COMMAND = [str(Path(sys.executable).with_name("qdtools"))]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize(
    ("command", "at"),
    [
        *((MODULE, at) for at in ("lazy_loader", "argparse", "tqdm", "qdtools.errors", "onnx")),
        *((MODULE, at) for at in ("within tqdm", "within onnxruntime")),
        *((COMMAND, at) for at in ("lazy_loader", "qdtools.noise")),
    ],
)
def test_ctrl_c_while_modules_are_imported_is_one_sentence(tmp_path, command, at):
    (tmp_path / "sitecustomize.py").write_text(STOP)
    path = os.pathsep.join([str(tmp_path), str(Path(qd.__file__).parents[1])])
    done = subprocess.run(
        [*command, "evaluate", "--levels", "0"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path, "STOP_AT": at},
        # Who was started in the background ignores it, and so would this process.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.stderr == "qdtools: stopped\n"
    # As a shell has it, or by the signal, which it has so.
    assert done.returncode in (130, -signal.SIGINT)


def test_a_program_of_ones_own_keeps_what_it_does_with_its_errors():
    ask = "import sys, qdtools as qd, qdtools.cli; print(sys.excepthook is sys.__excepthook__)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_weights_are_refused_a_file_for_a_folder_before_anything_is_trained(capsys, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    assert "is a file" in refused(capsys, "train", "--out", str(blocker))
    assert list(tmp_path.iterdir()) == [blocker]


def test_the_installed_command_is_quiet_where_its_reader_has_enough():
    done = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$0" -m qdtools categories | true', sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) in {(0, ""), (141, "")}


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_the_installed_command_says_why_it_could_not_print(unbuffered):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "qdtools", "categories"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            text=True,
            check=False,
        )
    assert done.returncode == 2
    remedy = "make room, then run the same again"
    assert done.stderr == f"qdtools: error: No space left on device; {remedy}\n"


def test_the_installed_command_refuses_with_code_2_and_no_traceback():
    done = subprocess.run(
        [sys.executable, "-m", "qdtools", "evaluate", "--categories", "fihs"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "'fish'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_way_out_is_said_once_however_many_pictures_there_are(tmp_path, capsys):
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for number, path in enumerate(paths):
        picture = Image.new("L", (200, 100 + 90 * (number > 1)), 250)
        paint = ImageDraw.Draw(picture)
        paint.ellipse((15, 15, 85, 85), outline=20, width=4)
        if number > 1:
            paint.ellipse((110, 105, 180, 175), outline=20, width=4)
        picture.save(path)
    assert main(["classify", *map(str, paths)]) == 0
    said = capsys.readouterr().err
    assert said.count("is taken for a clean drawing") == 4, "what was found is said of each"
    assert said.count("--noisy if it is a noisy bitmap") == 1
    assert said.count("2 drawings apart from each other") == 2
    assert said.count("(--each names each)") == 1
