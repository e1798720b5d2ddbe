"""Promises of the benchmarks: they measure what they say, or refuse in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import qdtools as qd

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


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
