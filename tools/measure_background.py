"""Sums up the features of the drawings that the shipped weights were trained on, in models/background.npz.

Usage: python tools/measure_background.py DIR
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from common import guarded, shipped_split

import qdtools as qd
from qdtools.background import BACKGROUND, measure_drawings, save_background


def main() -> None:
    """Measure on training drawings, set the limit on validation drawings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the drawings that the weights were trained on")
    folder = parser.parse_args().folder
    training, validation, _ = shipped_split(folder)
    pipeline = qd.Pipeline.load()
    if training.categories != pipeline.trained_on:
        raise qd.DataError("The weights have their names in another order than the drawings.")
    found = measure_drawings(pipeline, training, validation)
    if found is None:
        raise qd.ModelError("The features of these weights are all alike.")
    path = qd.models_dir() / BACKGROUND
    save_background(found, pipeline.graph, path)
    print(f"{path}: {path.stat().st_size:,} bytes, limit {found.limit:.0f}")


if __name__ == "__main__":
    guarded(main)
