"""Trains a pipeline, scores it on drawings it never saw, and saves both with a manifest that says how."""

from __future__ import annotations

import csv
import hashlib
import platform
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from .categories import DEFAULT_CATEGORIES
from .data import CREDIT, Drawings
from .evaluation import evaluate
from .pipeline import Pipeline
from .recipe import Recipe
from .training import train_pipeline

LEVELS = (0, 0.25, 0.5, 0.75, 1, 1.5, 2)


def release(
    drawings: Drawings,
    out: Path,
    recipe: Recipe,
    checkpoints: Path | None = None,
    echo: Callable[[str], None] = print,
) -> Pipeline:
    """Train, score and save: what `qdtools train` runs, and what made the shipped weights (chapter 4).

    Parameters
    ----------
    drawings : Drawings
        All drawings; validation and test are split off by the recipe's shares.
    out : Path
        Receives the weights and ``manifest.json``, which is written last.
    recipe : Recipe
        Epochs, rates, shares and seed.
    checkpoints : Path, optional
        Keeps one checkpoint a network, so that a killed run goes on; by default beside `out`.
    echo : callable
        Receives one line after each epoch.

    Returns
    -------
    Pipeline
        As saved.

    Raises
    ------
    SettingError
        If `checkpoints` holds those of a different run.
    """
    checkpoints = checkpoints or out.with_name(out.name + ".training")
    pipeline, test = train_pipeline(drawings, checkpoints, recipe, echo)
    scores = [evaluate(pipeline, test, LEVELS, seed=recipe.seed)]
    if set(DEFAULT_CATEGORIES) < set(test.categories):
        few = test.only(DEFAULT_CATEGORIES)
        scores.insert(0, evaluate(pipeline, few, LEVELS, seed=recipe.seed))
    for score in scores:
        score["source"] = f"drawings of {drawings.source} kept out of training"
    pipeline.save(
        out,
        command="qdtools train --data-dir DIR --categories all --out DIR "
        f"--denoiser-epochs {recipe.denoiser_epochs} "
        f"--classifier-epochs {recipe.classifier_epochs} --seed {recipe.seed}",
        data={
            "credit": CREDIT,
            "source": drawings.source,
            "drawings": len(drawings),
            "categories": len(drawings.categories),
            "sha256_of_pixels": hashlib.sha256(drawings.pixels.tobytes()).hexdigest(),
        },
        recipe=asdict(recipe),
        cpu_seconds={name: _cpu_seconds(checkpoints, name) for name in ("denoiser", "classifier")},
        versions={name: version(name) for name in ("keras", "numpy")}
        | {"tensorflow": _tensorflow_version(), "python": platform.python_version()},
        scores=scores,
    )
    return pipeline


def _cpu_seconds(checkpoints: Path, name: str) -> float:
    with (checkpoints / f"{name}.csv").open(encoding="utf-8") as file:
        return round(sum(float(row["cpu_seconds"]) for row in csv.DictReader(file)))


def _tensorflow_version() -> str:
    from ._keras import tensorflow

    return tensorflow.__version__
