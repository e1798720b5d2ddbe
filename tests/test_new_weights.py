"""Promises of the one word for new weights: refused unless whole, step by step, resumed where it stopped."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
new_weights = importlib.import_module("new_weights")


def call(*words):
    command = [sys.executable, "do.py", "weights", "--as-is", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_list_names_every_benchmark_that_the_card_quotes_with_both_folders(tmp_path):
    answer = call("models", tmp_path, "--list")
    assert answer.returncode == 0, answer.stderr
    lines = answer.stdout.splitlines()
    assert all(re.match(rf"\[{i}/{len(lines)}\] ", line) for i, line in enumerate(lines, 1))
    scripts = set(re.findall(r"benchmarks/(\w+)\.py", answer.stdout))
    assert scripts == {path.stem for path in (ROOT / "benchmarks/results").glob("*.json")}
    for script in re.findall(r"(?:benchmarks|tools)/\w+\.py", answer.stdout):
        assert (ROOT / script).is_file()
    # The second training is the manifest's command, but for the folders.
    words = json.loads((ROOT / "models/manifest.json").read_text())["command"].split()
    (again,) = (line for line in lines if "-m qdtools train" in line)
    assert f"--data-dir {tmp_path}" in again
    for word in set(words) - {"qdtools", "DIR"}:
        assert word in again.split()
    assert "model_card.py" in lines[-1]


def test_the_second_training_is_a_command_that_trains(tmp_path):
    command = json.loads((ROOT / "models/manifest.json").read_text())["command"]
    words = new_weights.trained_again(command, str(tmp_path), str(tmp_path / "again"))
    told = subprocess.run([*words, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert told.stdout.startswith("usage: qdtools train"), told.stderr


@pytest.fixture
def weights(tmp_path):
    """Weights as training leaves them, in a folder of their own."""
    folder = tmp_path / "new"
    folder.mkdir()
    for name in (*new_weights.read_weights(ROOT / "models")["weights"], "manifest.json"):
        shutil.copy(ROOT / "models" / name, folder)
    return folder


def test_a_folder_without_finished_weights_is_refused_in_one_sentence(tmp_path, weights):
    (weights / "classifier.keras").write_bytes(b"another")
    for folder, reason in (
        (tmp_path, "no finished weights"),
        (weights, "classifier.keras' is missing or not"),
    ):
        answer = call(folder, tmp_path)
        assert answer.returncode == 1
        (sentence,) = answer.stderr.splitlines()
        assert reason in sentence


def test_weights_are_taken_over_whole(tmp_path, weights):
    models = tmp_path / "models"
    models.mkdir()
    (models / "manifest.json").write_text("{}")
    new_weights.take_over(weights, models)
    assert new_weights.read_weights(models) == new_weights.read_weights(weights)
    assert not list(models.glob("*.part"))


def test_it_stops_at_the_first_failure_and_goes_on_from_there(tmp_path, capfd):
    log, gate = tmp_path / "log", tmp_path / "gate"

    def step(name, needs=None):
        code = f"open({str(log)!r}, 'a').write({name!r}); open({str(needs or log)!r})"
        return [sys.executable, "-c", code]

    todo = {"first": step("1"), "second": step("2", gate), "third": step("3")}
    kept = tmp_path / "kept/done.json"
    assert new_weights.work(todo, "a", kept) == "second"
    assert log.read_text() == "12"
    assert "[2/3] second: " in capfd.readouterr().out
    gate.touch()
    assert new_weights.work(todo, "a", kept) is None
    assert log.read_text() == "1223"
    assert "[1/3] first: done before" in capfd.readouterr().out
    # Of other weights nothing is done yet.
    assert new_weights.work({"first": step("1")}, "b", kept) is None
    assert log.read_text() == "12231"
