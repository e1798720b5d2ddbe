"""Sums up the features of the drawings that the shipped weights were trained on, in models/background.npz.

Usage: python tools/measure_background.py DIR
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from common import guarded, shipped_split

import qdtools as qd
from qdtools.background import BACKGROUND, measure, save_background

#: Training drawings of each category that are looked at.
EACH = 200
#: Levels of the noise on drawings that are also looked at denoised.
LEVELS = (0.25, 1.0)


def features(pipeline: qd.Pipeline, drawings: qd.Drawings, seed: int) -> np.ndarray:
    """Features of drawings as they are, then of the same ones spoiled and denoised."""
    images = drawings.images
    rng = np.random.default_rng(seed)
    levels = rng.uniform(*LEVELS, (len(images), 1, 1, 1))
    spoiled = images + levels * (rng.standard_normal(images.shape) + 1) / 2
    noisy = np.clip(spoiled, 0, 1).astype(np.float32)
    denoised = pipeline.denoise(noisy)
    return np.concatenate([pipeline.features(images), pipeline.features(denoised)])


def main() -> None:
    """Measure on training drawings, set the limit on validation drawings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the drawings that the weights were trained on")
    folder = parser.parse_args().folder
    training, validation, _ = shipped_split(folder)
    pipeline = qd.Pipeline.load()
    if training.categories != pipeline.trained_on:
        raise qd.DataError("The weights have their names in another order than the drawings.")
    some = np.concatenate(
        [np.flatnonzero(training.labels == label)[:EACH] for label in range(len(training.counts))]
    )
    training = training[np.sort(some)]
    found = measure(
        features(pipeline, training, 0),
        np.tile(training.labels, 2),
        features(pipeline, validation, 1),
        np.tile(validation.labels, 2),
    )
    path = qd.models_dir() / BACKGROUND
    save_background(found, pipeline.graph, path)
    print(f"{path}: {path.stat().st_size:,} bytes, limit {found.limit:.0f}")


if __name__ == "__main__":
    guarded(main)
