"""Measures what the denoiser's PSNR is short of: drawings, passes over them, or layers.

Each row changes one of the three and keeps the number of steps, except where passes are what changes.
PSNR is given on drawings of the training and on validation drawings: a gap between the two is what more
drawings could close. The last rows extend the line through the widths, so many dB for each
doubling of the multiply-adds, from the shipped weights to what the project aims at.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from common import TARGETS, guarded, report, saved, shipped_split

import qdtools as qd
from qdtools.training.config import fastest_precision

WIDTHS = (24, 48, 72)
#: The PSNR aimed at in dB, by level.
DECIBELS = {target["level"]: target["at_least"] for target in TARGETS["psnr"]}
SHARES = (4, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="folder of Google's .npy files")
    parser.add_argument("--epochs", type=int, default=2, help="passes over all drawings")
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    parser.add_argument(
        "--again",
        action="store_true",
        help="after new weights: measure only these, beside the runs that were kept",
    )
    args = parser.parse_args()

    training, validation, _ = shipped_split(args.data_dir)
    kept = saved("learning_curve") if args.again else _trained(training, validation, args.epochs)
    epochs = sum(row["stage"] == "denoiser" for row in qd.read_manifest()["curves"])
    shipped = _row(qd.load_network("denoiser"), "shipped weights", training, epochs, validation)
    rows = [row for row in kept.pop("rows") if row["what"].startswith("width")]
    needed = [_needed(level, slope, shipped) for level, slope in kept["slopes"]]
    rows += [_rounded(row) for row in (shipped, *needed)]
    report("learning_curve", rows, args.save, **kept)


def _trained(training: qd.Drawings, validation: qd.Drawings, epochs: int) -> dict:
    """Train everything; give the rows and, by level, the dB that a doubling of the layers brings."""
    measure = partial(_measure, validation=validation)
    rows = [measure(training[::share], share * epochs) for share in SHARES]
    rows.append(measure(training, max(1, epochs // 2)))
    by_width = [measure(training, epochs, denoiser_width=width) for width in WIDTHS]
    doublings = [math.log2(row["multiply-adds"]) for row in by_width]
    slopes = [
        (level, np.polyfit(doublings, [row[_column(level)] for row in by_width], 1)[0])
        for level in DECIBELS
    ]
    return {"rows": [_rounded(row) for row in (*rows, *by_width)], "slopes": slopes}


def _measure(training: qd.Drawings, epochs: int, validation: qd.Drawings, **settings: int) -> dict:
    # Only now, since it wakes TensorFlow.
    from qdtools.training.stages import Run, train_denoiser

    config = qd.TrainingConfig(denoiser_epochs=epochs, precision=fastest_precision(), **settings)
    with tempfile.TemporaryDirectory() as folder:
        network = train_denoiser(Run(training, validation, config, Path(folder)))
    return _row(network, f"width {config.denoiser_width}", training, epochs, validation)


def _row(
    network: qd.keras.Model,
    what: str,
    training: qd.Drawings,
    epochs: int,
    validation: qd.Drawings,
) -> dict:
    row = {
        "what": what,
        "training drawings": f"{len(training):,}",
        "passes": epochs,
        "multiply-adds": qd.multiply_adds(network),
    }
    seen = training[:: max(1, len(training) // len(validation))]
    for level in DECIBELS:
        for name, drawings in {"training": seen, "validation": validation}.items():
            noisy = qd.gaussian(drawings.images, level)
            denoised = network.predict(noisy, batch_size=256, verbose=0)
            row[f"{name}, {level:g}"] = qd.psnr(drawings.images, denoised)
    return row


def _column(level: float) -> str:
    return f"validation, {level:g}"


def _needed(level: float, slope: float, shipped: dict) -> dict:
    """Extend the line through the widths from the shipped weights to the decibels aimed at."""
    short = max(0.0, DECIBELS[level] - shipped[_column(level)])
    return {
        "what": f"{DECIBELS[level]} dB (estimate)",
        **dict.fromkeys(list(shipped)[1:], ""),
        _column(level): f"{slope:+.2f} a doubling",
        "multiply-adds": round(shipped["multiply-adds"] * 2 ** (short / slope)),
    }


def _rounded(row: dict) -> dict:
    return row | {
        key: f"{value / 1e6:,.0f} million" if key == "multiply-adds" else f"{value:.2f}"
        for key, value in row.items()
        if isinstance(value, float) or key == "multiply-adds"
    }


if __name__ == "__main__":
    guarded(main)
