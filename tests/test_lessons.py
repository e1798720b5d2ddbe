"""Promises of the lessons: small networks that chapter 3 runs instead of training them."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import runpy
import shlex
import shutil
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

import qdtools as qd
from qdtools.training.lessons import (
    COMMAND,
    LESSONS,
    UNSEEN,
    decibels,
    lesson_drawings,
    read_lessons,
    save_lessons,
)

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "models" / "lessons"


@pytest.fixture(scope="module")
def everything():
    return qd.load("all", source="sample")


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped lessons that may be spoilt."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "lessons"))


def test_a_lesson_whose_file_was_altered_is_refused_with_the_command_that_makes_it_again(folder):
    content = bytearray((folder / "code_2.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "code_2.npz").write_bytes(content)
    with pytest.raises(qd.ModelError, match=rf"altered or torn.*{COMMAND}"):
        qd.load_lesson("code_2", folder)
    assert qd.load_lesson("code_16", folder)


def test_what_is_missing_is_named_with_the_command_that_makes_it_again(folder):
    (folder / "code_2.npz").unlink()
    with pytest.raises(qd.ModelError, match=rf"code_2.npz' is missing.*{COMMAND}"):
        qd.load_lesson("code_2", folder)
    for torn in ("{", "[]", '{"weights": {"code_2.npz": {"config": {"dream": 1}}}}'):
        (folder / "manifest.json").write_text(torn, encoding="utf-8")
        with pytest.raises(qd.ModelError, match=rf"missing or torn.*{COMMAND}"):
            qd.load_lesson("code_2", folder)


def test_a_lesson_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(qd.ModelError, match=r"no lesson 'middle_3'; choose among .*middle_8"):
        qd.load_lesson("middle_3")


def test_weights_that_fit_another_network_or_are_none_are_refused_though_their_hash_agree(folder):
    with np.load(folder / "code_2.npz") as stored:
        weights = {key: stored[key] for key in stored.files}
    spoiled = {key: each * np.float16("nan") for key, each in weights.items()}
    contents = [(folder / "middle_2.npz").read_bytes(), b"", b"PK none", b"\x93NUMPY"]
    for arrays in (spoiled, {"only": np.zeros(3)}, {"text": np.array(["a"])}):
        np.savez(folder / "other.npz", **arrays)
        contents.append((folder / "other.npz").read_bytes())
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for content in contents:
        (folder / "code_2.npz").write_bytes(content)
        manifest["weights"]["code_2.npz"]["sha256"] = hashlib.sha256(content).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        with pytest.raises(qd.ModelError, match="weights of another network"):
            qd.load_lesson("code_2", folder)


def test_the_manifests_command_means_the_config_that_each_lesson_was_trained_with():
    manifest = read_lessons()
    program, script, *arguments = shlex.split(manifest["command"])
    assert f"{program} {script}" == COMMAND
    _, lessons = runpy.run_path(str(ROOT / script))["parsed"](arguments)
    meant = {f"{name}.npz": json.loads(json.dumps(asdict(one))) for name, one in lessons.items()}
    assert {name: entry["config"] for name, entry in manifest["weights"].items()} == meant
    assert set(lessons) == set(LESSONS)


def test_the_command_refuses_a_lesson_that_does_not_exist(capsys):
    parsed = runpy.run_path(str(ROOT / "tools" / "train_lessons.py"))["parsed"]
    assert list(parsed(["code_2"])[1]) == ["code_2"]
    with pytest.raises(SystemExit):
        parsed(["code_3"])
    assert "no lesson 'code_3'" in capsys.readouterr().err


@pytest.mark.parametrize("name", LESSONS)
def test_each_lesson_reaches_the_decibels_that_its_manifest_says(name, everything):
    _, test = lesson_drawings(everything)
    said = read_lessons()["weights"][f"{name}.npz"]
    network = qd.load_lesson(name)
    assert network.count_params() == said["parameters"]
    for condition, value in decibels(network, test, [("gaussian", 0.5), ("speckle", 0.5)]).items():
        assert value == pytest.approx(said["decibels"][condition], abs=0.01)


def test_no_lesson_was_trained_on_a_test_drawing_or_an_unseen_category(everything):
    training, test = lesson_drawings(everything)
    assert not {name for name, count in training.counts.items() if count} & set(UNSEEN)
    assert test.categories == UNSEEN
    seen = {drawing.tobytes() for drawing in training.pixels}
    assert not any(drawing.tobytes() in seen for drawing in test.pixels)
    # Of every other category it is the part that the default split trains on.
    default, _, _ = everything.split()
    kept = ~np.isin(default.labels, [everything.categories.index(name) for name in UNSEEN])
    np.testing.assert_array_equal(training.pixels, default.pixels[kept])
    manifest = read_lessons()
    assert manifest["trained_on"]["sha256_of_pixels"] == training.sha256
    assert manifest["scored_on"]["sha256_of_pixels"] == test.sha256


def test_the_lessons_take_little_room_and_no_weights_lie_beside_them():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 1.5e6
    assert {path.name for path in SHIPPED.glob("*.npz")} == {f"{name}.npz" for name in LESSONS}


def test_a_lesson_is_trained_saved_and_loaded_as_what_it_is(tmp_path, everything):
    tiny = replace(
        LESSONS["middle_2"], options={"width": 4, "middle": 2}, epochs=1, batch_size=128, seed=3
    )
    few = everything[::5]
    said = []
    save_lessons(tmp_path / "out", {"tiny": tiny}, few, "a test", said.append)
    entry = read_lessons(tmp_path / "out")["weights"]["tiny.npz"]
    assert entry["config"]["seed"] == 3
    content = (tmp_path / "out" / "tiny.npz").read_bytes()
    assert entry["sha256"] == sha256(content).hexdigest()
    network = qd.load_lesson("tiny", tmp_path / "out")
    _, test = lesson_drawings(few)
    assert decibels(network, test) == pytest.approx(entry["decibels"], abs=0.01)
    assert len(said) == 1
    # Another is added beside it, under the same manifest.
    save_lessons(tmp_path / "out", {"more": tiny}, few, "a test", said.append)
    again = qd.load_lesson("more", tmp_path / "out")
    for one, other in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)
    assert set(read_lessons(tmp_path / "out")["weights"]) == {"tiny.npz", "more.npz"}


def test_with_a_skip_connection_and_without_a_unet_has_the_same_weights_to_learn():
    both = [qd.build_denoiser(8, skip=skip) for skip in (True, False)]
    shapes = [[w.shape for w in network.get_weights()] for network in both]
    assert shapes[0] == shapes[1]
    # Without it nothing at 14 x 14 passes the 7 x 7 by.
    additions = [sum("add" in layer.name for layer in network.layers) for network in both]
    assert additions[0] - additions[1] == 1


def test_the_chapters_layers_are_those_of_the_plain_autoencoder():
    notebook = json.loads((ROOT / "book" / "3-autoencoder.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    (source,) = [one for one in sources if "\nautoencoder = keras.Model(" in one]
    names: dict = {"keras": qd.keras, "qd": qd, "np": np}
    lines = [node for node in ast.parse(source).body if not isinstance(node, ast.Expr)]
    exec(compile(ast.Module(lines, []), "chapter", "exec"), names)  # noqa: S102
    told, built = names["autoencoder"], qd.build_autoencoder()

    def shape(network):
        return [
            (type(layer).__name__, layer.output.shape, activation(layer), initializer(layer))
            for layer in network.layers
        ]

    assert shape(told) == shape(built)


def test_the_network_that_the_chapter_trains_reaches_nineteen_decibels(built_site):
    """At level 0.5, on drawings of five categories that it never saw; the least that is worth showing."""
    page = (built_site / "book" / "3-autoencoder.html").read_text(encoding="utf-8")
    row = r"<td[^>]*><p>this autoencoder</p></td>\s*<td[^>]*><p>([\d.]+)</p></td>"
    (told,) = re.findall(row, page)
    assert float(told) >= 19


def test_what_the_text_says_of_three_learning_rates_its_slider_shows(built_site):
    page = (built_site / "book" / "3-autoencoder.html").read_text(encoding="utf-8")
    (said,) = re.findall(r"<p>(At rate [^$]*?) As a formula", page)
    plain = " ".join(re.sub("<[^>]+>", "", said).split())
    good, short, too_long = (int(rate) for rate in re.findall(r"[Aa]t rate (\d+)", plain))
    start, *losses = re.findall(r"\d\.\d{3}", plain)
    shown = dict(re.findall(r"Rate (\d+), 1\sstep: loss (\d\.\d{3})", page))
    assert losses == [shown[str(rate)] for rate in (good, short, too_long)]
    assert set(re.findall(r"Rate \d+, 0\ssteps: loss (\d\.\d{3})", page)) == {start}
    # What the reader is asked to find: one arrives at once, one crawls, one leaps over.
    best, crawled, leapt = map(float, losses)
    assert best < crawled < float(start) < leapt


def test_the_mean_of_copies_keeps_the_grey_and_loses_the_grain_by_the_root(built_site):
    page = (built_site / "book" / "1-data-and-noise.html").read_text(encoding="utf-8")
    said = r"(\d+) cop(?:y|ies): mean (\d\.\d+), scatter (\d\.\d+)"
    copies, grey, scatter = np.unique(np.array(re.findall(said, page), float), axis=0).T
    assert list(copies) == [1, 2, 4, 9, 16, 36, 64, 100]
    assert np.ptp(grey) <= 0.02
    np.testing.assert_allclose(scatter, scatter[0] / np.sqrt(copies), atol=0.01)


def test_a_code_of_two_numbers_forgets_noise_by_what_it_sums_not_by_summing(built_site):
    page = (built_site / "book" / "3-autoencoder.html").read_text(encoding="utf-8")
    (said,) = re.findall(r"<p>(At the pixels noise moves .*?)</p>", page, re.DOTALL)
    pixels, pooled, code = map(float, re.findall(r"\d\.\d\d", said))
    by_chance = float(re.search(r"With shuffled weights it would be (\d\.\d\d)", page)[1])
    assert code < pooled / 2 < pixels / 2
    assert by_chance > 2 * code
    # The slider's clouds: as many dots at each level, at 0 one upon the other.
    # Where no script runs, the first stands once more.
    page = re.sub("<noscript>.*?</noscript>", "", page, flags=re.DOTALL)
    told = r"The codes of noisy images at level ([\d.]+)(.*?)/svg"
    states = dict(re.findall(told, page, re.DOTALL))
    dots = {level: re.findall(r"M\d+ \d+(?=h0)", drawn) for level, drawn in states.items()}
    assert len({len(found) for found in dots.values()}) == 1
    assert len(set(dots["0"])) == 5 < len(set(dots["0.5"])) / 5


def activation(layer) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "")


def initializer(layer) -> str:
    return type(getattr(layer, "kernel_initializer", None)).__name__
