"""Trains what chapter 5 compares the shipped pipeline with, on its drawings, each as long as the others."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path

import qdtools
from qdtools.pipeline import Pipeline
from qdtools.training._keras import keras
from qdtools.training.checkpoints import claim
from qdtools.training.config import VIEWS, fastest_precision, trained_with
from qdtools.training.export import export_graph, fold_normalization, round_to_float16
from qdtools.training.networks import classifier_for
from qdtools.training.release import described
from qdtools.training.saved import load_network, save_pipeline
from qdtools.training.stages import Run, train_classifier, train_denoiser

MODELS = Path(__file__).resolve().parents[1] / "models"
#: Each rival's classifier by the views it is trained on.
RIVALS = {"clean": ("clean",), "noisy": ("clean", "noisy"), "denoised": VIEWS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="folder of Google's .npy files")
    parser.add_argument("checkpoints", type=Path, help="where the training is kept")
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()
    manifest = qdtools.read_manifest()
    # Split, focus, classifier are the shipped weights', so that the test drawings are new to all.
    config = replace(
        trained_with(manifest),
        denoiser="autoencoder",
        denoiser_width=32,
        denoiser_epochs=args.epochs,
        classifier_epochs=args.epochs,
        precision=fastest_precision(),
    )
    drawings = qdtools.load("all", source=args.data_dir)
    training, validation, _ = drawings.split(config.validation, config.test, config.seed)
    folder = args.checkpoints / "autoencoder"
    # The autoencoder meets no views: one serves all rivals.
    claim(folder, config, drawings)
    plain = round_to_float16(train_denoiser(Run(training, validation, config, folder)))
    unet = load_network("denoiser")
    for name, views in RIVALS.items():
        own = replace(config, views=views)
        folder = args.checkpoints / name
        seen = manifest["weights"]["denoiser.keras"]["sha256"] if "denoised" in views else ""
        claim(folder, own, drawings, denoiser=seen)
        classifier = train_classifier(Run(training, validation, own, folder), unet)
        folded = round_to_float16(
            fold_normalization(classifier, classifier_for(own, len(drawings.categories)))
        )
        save_pipeline(
            MODELS / "rivals" / name,
            Pipeline(export_graph(plain, folded), drawings.categories),
            plain,
            folded,
            command=f"python tools/train_rivals.py DIR DIR --epochs {args.epochs}",
            data=described(drawings),
            config=asdict(own),
        )
        # The graph is what chapter 5 needs.
        for network in MODELS.glob("rivals/*/*.keras"):
            network.unlink()


if __name__ == "__main__":
    keras.utils.disable_interactive_logging()
    main()
