"""Promises of the benchmarks: they measure what they say, or refuse in one sentence."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

import qdtools as qd

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
MODELS = BENCHMARKS.parent / "models"


def refusal(script: str, *arguments: str | Path) -> str:
    """What a benchmark says on standard error when it refuses."""
    command = [sys.executable, BENCHMARKS / script, *arguments]
    run = subprocess.run(command, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, ""), run.stderr
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    return run.stderr


@pytest.fixture(scope="module")
def strangers(tmp_path_factory) -> Path:
    """A folder of every category's drawings, none of which the shipped weights were trained on."""
    folder = tmp_path_factory.mktemp("strangers")
    pixels = np.random.default_rng(0).integers(0, 256, (4, 784), np.uint8)
    for name in qd.ALL_CATEGORIES:
        np.save(folder / f"{name}.npy", pixels)
    return folder


@pytest.mark.parametrize("script", ["targets.py", "learning_curve.py", "losses.py"])
def test_a_split_of_drawings_that_the_weights_did_not_learn_is_not_called_unseen(script, strangers):
    assert "other drawings than those that the weights were trained on" in refusal(
        script, strangers
    )


@pytest.mark.parametrize("arguments", [["targets.py", "--all"], ["naming_curve.py"]])
def test_a_folder_without_some_categories_is_refused(arguments, tmp_path):
    np.save(tmp_path / "cat.npy", np.zeros((40, 784), np.uint8))
    assert "no drawings of 'The Eiffel Tower' and 343 more" in refusal(*arguments, tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    assert "nowhere" in refusal("training_cost.py", tmp_path / "nowhere")


@pytest.fixture
def again(tmp_path) -> Path:
    """A folder as a second run of the manifest's command leaves it."""
    folder = tmp_path / "again"
    folder.mkdir()
    for name in ("manifest.json", "denoiser.keras", "classifier.keras", "pipeline.onnx"):
        shutil.copy(MODELS / name, folder)
    return folder


def rewritten(folder: Path, change) -> None:
    """Let `change` alter what the manifest of a folder holds."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def rehash(manifest: dict, path: Path) -> None:
    """Let the manifest hold the hash that a file has now."""
    manifest["weights"][path.name]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()


def differences(folder: Path) -> dict[str, str]:
    """The largest difference of each row that is printed, by what the row compares."""
    command = [sys.executable, BENCHMARKS / "reproduction.py", folder]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.strip("| ").split(" | ") for line in run.stdout.splitlines() if line[:1] == "|"]
    return {line[0]: line[-1] for line in lines[2:]}


def test_weights_made_again_are_compared_number_by_number(again):
    network = qd.load_network("denoiser", again)
    values = network.get_weights()
    values[0].flat[3] += 0.5
    network.set_weights(values)
    network.save(again / "denoiser.keras")

    def change(manifest):
        rehash(manifest, again / "denoiser.keras")
        next(row for row in manifest["curves"] if row["stage"] == "joint")["loss"] += 0.25
        manifest["scores"][1]["rows"][0]["top1"] -= 0.125
        for stage in manifest["cpu_seconds"]:
            manifest["cpu_seconds"][stage] *= 2

    rewritten(again, change)
    found = differences(again)
    by_start = {
        start: [value for what, value in found.items() if what.startswith(start)]
        for start in (
            "denoiser, t",
            "classifier, ",
            "joint",
            "denoiser, 3",
            "graph",
            "top-1",
            "CPU",
        )
    }
    assert by_start["denoiser, t"] == ["0"]
    assert by_start["classifier, "] == ["0", "0"]  # losses and weights
    assert float(*by_start["joint"]) == pytest.approx(0.25)
    assert float(*by_start["denoiser, 3"]) == pytest.approx(0.5, abs=1e-6)
    assert by_start["graph"] == ["0", "0"]
    five, all_categories = by_start["top-1"]
    assert five == "0 points"
    assert float(all_categories.removesuffix(" points")) == pytest.approx(12.5)
    assert by_start["CPU"] == ["+100%"]


def test_graphs_made_again_are_compared_by_what_they_answer(again):
    graph = onnx.load(again / "pipeline.onnx")
    for array in graph.graph.initializer:
        if array.data_type == onnx.TensorProto.FLOAT16:
            louder = onnx.numpy_helper.to_array(array) * np.float16(1.125)
            array.CopyFrom(onnx.numpy_helper.from_array(louder, array.name))
    onnx.save(graph, again / "pipeline.onnx")

    rewritten(again, lambda manifest: rehash(manifest, again / "pipeline.onnx"))
    found = differences(again)
    graphs = {what: float(value) for what, value in found.items() if what.startswith("graph")}
    assert len(graphs) == 2
    assert all(value > 0.01 for value in graphs.values()), graphs
    assert {value for what, value in found.items() if "weights" in what} == {"0"}


def test_weights_that_were_not_to_come_out_the_same_are_not_compared(again):
    def grown(manifest):
        manifest["weights"]["denoiser.keras"]["parameters"] += 1

    rewritten(again, grown)
    assert "with other layers than those that ship" in refusal("reproduction.py", again)
    rewritten(again, lambda manifest: manifest["recipe"].update(seed=7))
    assert "by another recipe than those that ship" in refusal("reproduction.py", again)
    rewritten(again, lambda manifest: manifest["data"].update(sha256_of_pixels="0"))
    assert "on other drawings than those that ship" in refusal("reproduction.py", again)


def test_a_network_without_filters_is_refused():
    assert "at least 1" in refusal("channels.py", "--widths", "0")


def test_what_a_step_costs_is_told_against_the_shipped_number_of_filters():
    command = [sys.executable, BENCHMARKS / "channels.py", "--rounds", "1", "--widths", "2"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.strip("| ").split(" | ") for line in run.stdout.splitlines() if line[:1] == "|"]
    narrow, shipped = lines[2:]
    assert narrow[0] == "2"
    cost = qd.multiply_adds(qd.load_network("classifier")) / 1e6
    assert shipped[1:] == [f"{cost:.1f} million", "1.00", "1.00"]
    less_work = cost / float(narrow[1].split()[0])
    assert float(narrow[3]) == pytest.approx(float(narrow[2]) * less_work, rel=0.2)  # both rounded
