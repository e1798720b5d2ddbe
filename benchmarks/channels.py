"""Measures what the classifier's filters cost in training, for each multiply-add, against the shipped number.

Convolutions cost by their multiply-adds; what stands between them costs by how the channels they
give fall into the blocks that processors compute in. All widths take turns in one run.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
from common import guarded, report

import qdtools as qd
from qdtools.training.config import fastest_precision

#: Filters at 28 x 28, measured beside the shipped number.
WIDTHS = (15, 17, 21, 24, 28, 32)
#: Training steps of an epoch; the sample is repeated until there are enough drawings.
STEPS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--widths",
        type=int,
        nargs="+",
        default=WIDTHS,
        help="filters at 28 x 28, measured against the shipped number",
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each width is measured")
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()
    if min(args.rounds, *args.widths) < 1:
        raise qd.SettingError("--rounds and --widths take whole numbers; give at least 1.")

    # Only now, since it wakes TensorFlow.
    from qdtools.training.networks import build_classifier

    shipped = qd.load_network("classifier").layers[1].filters
    least = dict.fromkeys([shipped, *args.widths], float("inf"))
    for _ in range(args.rounds):
        for width in least:
            least[width] = min(least[width], cpu_seconds(width))
    cost = {w: qd.multiply_adds(build_classifier(len(qd.ALL_CATEGORIES), w)) for w in least}
    rows = []
    for width in sorted(least):
        step, work = least[width] / least[shipped], cost[width] / cost[shipped]
        rows.append(
            {
                "filters at 28 × 28": width,
                "multiply-adds": f"{cost[width] / 1e6:.1f} million",
                "CPU time of a step": f"{step:.2f}",
                "CPU time for each multiply-add": f"{step / work:.2f}",
            }
        )
    report("channels", rows, args.save)


def cpu_seconds(width: int) -> float:
    """Train for three epochs; give the cheaper of those after the graph is built.

    What the network learns is thrown away, so the sample, elsewhere the test set, will do.
    """
    from qdtools.training.stages import Run, train_classifier

    drawings = qd.load(source="sample")
    config = qd.TrainingConfig(
        classifier_epochs=3,
        classifier_width=width,
        precision=fastest_precision(),
        views=("clean",),
    )
    enough = np.arange(STEPS * config.batch_size) % len(drawings)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(drawings[enough], drawings[:1], config, Path(folder), echo=lambda _line: None)
        train_classifier(run)
        with (Path(folder) / "classifier.csv").open(newline="", encoding="utf-8") as log:
            return min(float(row["cpu_seconds"]) for row in list(csv.DictReader(log))[1:])


if __name__ == "__main__":
    guarded(main)
