"""Measures what accuracy how many CPU seconds of training buy, against the original demo, in one run.

All train on the categories in focus, the demo's five, then name the same test drawings, which none was
trained on.
The original: autoencoder, 20 epochs, and CNN, 5 epochs, on 40,000 balanced picks, Adadelta, batches of
512. Ours: the shipped classifier's layers on clean and noisy drawings, from scratch, no denoiser.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from common import build_original, guarded, report, shipped_focus

import qdtools as qd
from qdtools.training.config import fastest_precision

if TYPE_CHECKING:
    from collections.abc import Callable

PICKS = 40_000
LEVELS = (0, 0.5, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="folder of Google's .npy files")
    parser.add_argument("--epochs", type=int, nargs="+", default=[4, 8, 16])
    parser.add_argument("--skip-original", action="store_true", help="it takes ten minutes")
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()

    drawings = qd.load(shipped_focus(), source=args.data_dir)
    # Only now, since it wakes TensorFlow.
    from qdtools.training.stages import Run, train_classifier

    training, validation, test = drawings.split(0.05, 0.25)
    rows = []
    if not args.skip_original:
        start = time.process_time()
        autoencoder, cnn = train_original(training)
        rows.append(
            score(
                "original demo: denoise, then CNN",
                time.process_time() - start,
                test,
                lambda noisy: cnn.predict(
                    autoencoder.predict(noisy, verbose=0, batch_size=512), verbose=0, batch_size=512
                ),
            )
        )
    for epochs in args.epochs:
        start = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            config = qd.TrainingConfig(
                classifier_epochs=epochs,
                batch_size=128,
                precision=fastest_precision(),
                views=("clean", "noisy"),
            )
            classifier = train_classifier(Run(training, validation, config, Path(folder)))
        seconds = time.process_time() - start
        name = f"shipped classifier's layers, {epochs} epochs"
        rows.append(score(name, seconds, test, lambda x, net=classifier: net.predict(x, verbose=0)))
    report("training_cost", rows, args.save)


def train_original(training: qd.Drawings) -> tuple[qd.keras.Model, qd.keras.Model]:
    """Train the original's two networks, as it did, on balanced picks."""
    rng = np.random.default_rng(0)
    weights = 1 / np.bincount(training.labels)[training.labels]
    picks = training[rng.choice(len(training), PICKS, p=weights / weights.sum())]
    qd.keras.utils.set_random_seed(0)
    autoencoder, cnn = build_original(len(training.categories))
    noisy = qd.gaussian(picks.images, 0.5)
    # Keras 3's Adadelta starts at a thousandth of the rate that the original's had.
    autoencoder.compile(qd.keras.optimizers.Adadelta(1.0), "binary_crossentropy", jit_compile=False)
    autoencoder.fit(noisy, picks.images, batch_size=512, epochs=20, verbose=0)
    cnn.compile(
        qd.keras.optimizers.Adadelta(1.0), "sparse_categorical_crossentropy", jit_compile=False
    )
    cnn.fit(picks.images, picks.labels, batch_size=512, epochs=5, verbose=0)
    return autoencoder, cnn


def score(
    name: str, seconds: float, test: qd.Drawings, call: Callable[[np.ndarray], np.ndarray]
) -> dict:
    """Name the test drawings at every level, each drawing counting alike."""
    line = {"what": name, "CPU seconds": round(seconds)}
    for level in LEVELS:
        hits = call(qd.gaussian(test.images, level)).argmax(axis=1) == test.labels
        low, high = qd.interval(hits.sum(), len(hits))
        line[f"level {level:g}"] = f"{hits.mean():.1%} ({low:.1%} to {high:.1%})"
    line["n"] = len(test)
    return line


if __name__ == "__main__":
    guarded(main)
