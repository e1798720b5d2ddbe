"""Measures by which loss the denoiser should learn: what each does to the picture, to its name.

Every loss trains the same layers from the same start on the same noisy drawings. Judged are PSNR, SSIM
and what a classifier reads in the result that knows clean and noisy drawings but no denoiser, chapter 5's
rival, on validation drawings. One loss looks through the shipped classifier, which therefore is no judge.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from common import guarded, report, shipped_split

import qdtools as qd
from qdtools.evaluation import rival
from qdtools.training.config import fastest_precision

if TYPE_CHECKING:
    from collections.abc import Callable

LEVELS = (0.5, 1)


def perceptual(denoised_weight: float = 0.02) -> Callable:
    """Cross-entropy plus the distance of what the shipped classifier sees before its last layer."""
    keras = qd.keras
    classifier = qd.load_network("classifier")
    features = keras.Model(classifier.input, classifier.layers[-2].output)
    features.trainable = False

    def loss(clean: qd.keras.KerasTensor, denoised: qd.keras.KerasTensor) -> qd.keras.KerasTensor:
        error = keras.ops.mean(keras.ops.square(features(denoised) - features(clean)), axis=-1)
        plain = keras.ops.mean(keras.losses.binary_crossentropy(clean, denoised), axis=(1, 2))
        return plain + denoised_weight * error

    return loss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="folder of Google's .npy files")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--every", type=int, default=3, help="train on one drawing in so many")
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()

    # The shipped split, so that the classifier has met no validation drawing either.
    training, validation, _ = shipped_split(args.data_dir)
    # Only now, since it wakes TensorFlow.
    from qdtools.training.stages import logarithmic_error

    training = training[:: args.every]
    judge = rival("noisy")
    losses = {
        "logarithm of MSE": logarithmic_error,
        "MSE": "mean_squared_error",
        "binary cross-entropy": "binary_crossentropy",
        "L1": "mean_absolute_error",
        "cross-entropy and perceptual": perceptual(),
    }
    # The optimiser's step has the same length whatever a loss is multiplied by: one rate serves all.
    rows = [
        _measure(name, loss, args.epochs, training, validation, judge)
        for name, loss in losses.items()
    ]
    report("losses", rows, args.save)


def _measure(
    name: str,
    loss: str | Callable,
    epochs: int,
    training: qd.Drawings,
    validation: qd.Drawings,
    judge: qd.Pipeline,
) -> dict:
    from qdtools.training.stages import Run, train_denoiser

    config = qd.TrainingConfig(denoiser_epochs=epochs, precision=fastest_precision())
    with tempfile.TemporaryDirectory() as folder:
        run = Run(training, validation, config, Path(folder), denoising_loss=loss)
        network = train_denoiser(run)
    labels = np.array([judge.categories.index(c) for c in validation.categories])
    line = {"loss": name}
    for level in LEVELS:
        noisy = qd.gaussian(validation.images, level)
        denoised = network.predict(noisy, batch_size=256, verbose=0)
        hits = judge.classify(denoised).argmax(axis=1) == labels[validation.labels]
        low, high = qd.interval(hits.sum(), len(hits))
        line[f"top-1 at {level:g}"] = f"{hits.mean():.1%} ({low:.1%} to {high:.1%})"
        line[f"PSNR at {level:g}"] = f"{qd.psnr(validation.images, denoised):.1f}"
        line[f"SSIM at {level:g}"] = f"{qd.ssim(validation.images, denoised):.2f}"
    return line | {"n": len(validation)}


if __name__ == "__main__":
    guarded(main)
