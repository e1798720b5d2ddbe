"""Trains what chapter 4 compares the shipped pipeline with, on its drawings, each as long as the others."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import qdtools
from qdtools.pipeline import read_manifest
from qdtools.training._keras import keras
from qdtools.training.config import Recipe, fastest_precision
from qdtools.training.export import fold_normalization, round_to_float16
from qdtools.training.networks import build_autoencoder, build_classifier
from qdtools.training.release import described
from qdtools.training.saved import load_network, save_pipeline
from qdtools.training.stages import VIEWS, claim, train_classifier, train_denoiser

MODELS = Path(__file__).resolve().parents[1] / "models"
#: Each classifier by the views it is trained on.
DIETS = {"clean": ("clean",), "noisy": ("clean", "noisy"), "denoised": VIEWS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="folder of Google's .npy files")
    parser.add_argument("checkpoints", type=Path, help="where the training is kept")
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()
    manifest = read_manifest()
    recipe = Recipe(
        denoiser_epochs=args.epochs,
        classifier_epochs=args.epochs,
        precision=fastest_precision(),
        # The same split as the shipped weights', so that its test drawings are new to all.
        **{name: manifest["recipe"][name] for name in ("validation", "test", "seed")},
    )
    drawings = qdtools.load("all", source=args.data_dir)
    training, validation, _ = drawings.split(recipe.validation, recipe.test, recipe.seed)
    folder = args.checkpoints / "autoencoder"
    claim(folder, recipe, drawings)
    plain = train_denoiser(training, validation, recipe, folder, build=build_autoencoder)
    unet = load_network("denoiser")
    for name, diet in DIETS.items():
        folder = args.checkpoints / name
        seen = manifest["weights"]["denoiser.keras"]["sha256"] if "denoised" in diet else ""
        claim(folder, recipe, drawings, denoiser=seen)
        classifier = train_classifier(training, validation, unet, recipe, folder, diet=diet)
        folded = fold_normalization(
            classifier, build_classifier(len(drawings.categories), normalization=None)
        )
        save_pipeline(
            MODELS / "rivals" / name,
            round_to_float16(plain),
            round_to_float16(folded),
            drawings.categories,
            command=f"python tools/train_rivals.py DIR DIR --epochs {args.epochs}",
            data=described(drawings),
            diet=diet,
            recipe=asdict(recipe),
        )
        # The graph is what chapter 4 needs.
        for network in MODELS.glob("rivals/*/*.keras"):
            network.unlink()


if __name__ == "__main__":
    keras.utils.disable_interactive_logging()
    main()
