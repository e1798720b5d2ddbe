"""Makes a pipeline ready to ship: trained, scored on drawings it never saw, saved with its manifest."""

from __future__ import annotations

import csv
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import softmax

from ..errors import SettingError
from ..evaluation import by_category, evaluate, repeats
from ..noise import gaussian
from ..pipeline import Pipeline
from ._keras import keras, tensorflow
from .export import export_graph
from .saved import save_pipeline
from .stages import train_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ..drawings.collection import Drawings
    from .config import TrainingConfig

#: Levels of the scores in the manifest.
LEVELS = (0, 0.25, 0.5, 0.75, 1, 1.5, 2)
#: Those of the scores by category.
BY_CATEGORY = (0, 0.5, 1)
#: Drawings on which the graph is compared with Keras.
_CHECKED = 300


def release(
    drawings: Drawings,
    out: Path,
    config: TrainingConfig,
    command: str,
    checkpoints: Path | None = None,
    echo: Callable[[str], None] = print,
) -> Pipeline:
    """Train, score and save: what `qdtools train` runs, and what made the shipped weights (chapter 5).

    Parameters
    ----------
    drawings : Drawings
        All drawings; validation and test are split off by the config's shares.
    out : Path
        Receives the weights and ``manifest.json``, which is written last.
    config : TrainingConfig
        Architectures, focus, epochs, rates, shares, seed.
    command : str
        How to do the same again, for the manifest.
    checkpoints : Path, optional
        Keeps one checkpoint a network, so that a killed run goes on; by default beside `out`.
    echo : callable
        Receives one line after each epoch.

    Returns
    -------
    Pipeline
        As saved: the stage of training that names noisy validation drawings best.

    Raises
    ------
    SettingError
        If `checkpoints` holds those of a different run, or torn ones, or `out` is a file, or an
        architecture is unknown.
    DataError
        If a category has too few drawings to validate and to score on, or one in focus has none.
    """
    out = out.resolve()
    if out.exists() and not out.is_dir():
        raise SettingError(f"{str(out)!r} is a file; name a folder for the weights.")
    config = config.fitting(drawings.categories)
    checkpoints = checkpoints or beside(out)
    stages, validation, test = train_pipeline(drawings, checkpoints, config, echo)
    # Each is exported once: what is compared here, scored, then saved are the same bytes.
    pipelines = {
        name: Pipeline(export_graph(*networks), drawings.categories)
        for name, networks in stages.items()
    }
    merits = {name: _merit(pipeline, validation) for name, pipeline in pipelines.items()}
    best = max(merits, key=lambda name: merits[name])
    rows = _training_log(checkpoints)
    return save_pipeline(
        out,
        pipelines[best],
        *stages[best],
        command=command,
        data=described(drawings),
        config=asdict(config),
        split={
            "training": len(drawings) - len(validation) - len(test),
            "validation": len(validation),
            "test": len(test),
        },
        chosen={"stage": best, "validation_accuracy": merits, "validation_n": len(validation)},
        cpu_seconds={
            stage: round(sum(float(row["cpu_seconds"]) for row in rows if row["stage"] == stage))
            for stage in dict.fromkeys(row["stage"] for row in rows)
        },
        curves=rows,
        largest_difference_from_keras=_difference(pipelines[best], *stages[best], test),
        versions={name: version(name) for name in ("keras", "numpy", "onnxruntime", "tf2onnx")}
        | {"tensorflow": tensorflow.__version__, "python": platform.python_version()},
        scores=score(pipelines[best], test, config.seed, config.focus),
    )


def beside(out: Path) -> Path:
    """Name the folder where the checkpoints of a training are kept unless told otherwise (chapter 5)."""
    out = out.resolve()
    return out.parent / f"{out.name}.training"


def score(
    pipeline: Pipeline, test: Drawings, seed: int = 0, focus: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Score a pipeline for its manifest: the categories in focus by themselves, then all (chapter 5).

    Parameters
    ----------
    pipeline : Pipeline
        Naming the categories of `test`.
    test : Drawings
        Drawings kept out of training.
    seed : int
        Of the first draw of the noise.
    focus : sequence of str
        Categories of `test` in focus; none means all of them alike.

    Returns
    -------
    list of dict
        What `evaluate` gives, with ``"by_category"``; the focus apart only where there are others.
    """
    parts = [test]
    if focus and set(focus) < set(test.categories):
        parts.insert(0, test.only(focus))
    scores: list[dict[str, Any]] = []
    for part in parts:
        found = evaluate(
            pipeline, part, LEVELS, seed=seed, repeats=repeats(len(part)), by_drawing=True
        )
        recalls = [row for row in by_category(found, part) if row["level"] in BY_CATEGORY]
        for row in found["rows"]:
            del row["right"]  # of thousands of drawings: nobody reads that in a manifest
        source = f"drawings of {test.source} kept out of training"
        scores.append({**found, "source": source, "by_category": recalls})
    return scores


def described(drawings: Drawings) -> dict[str, Any]:
    """Say which drawings these are, for a manifest (chapter 5)."""
    return {
        "credit": drawings.credit,
        "source": drawings.source,
        "drawings": len(drawings),
        "categories": len(drawings.categories),
        "sha256_of_pixels": drawings.sha256,
    }


def _merit(pipeline: Pipeline, validation: Drawings) -> float:
    """Mean accuracy of naming noisy drawings, by which the stages are compared."""
    rows = evaluate(pipeline, validation, (0.5, 1), methods=["pipeline"])["rows"]
    return float(round(sum(row["top1"] for row in rows) / len(rows), 5))


def _difference(
    pipeline: Pipeline, denoiser: keras.Model, classifier: keras.Model, test: Drawings
) -> float:
    """Largest difference between a probability from the graph and from Keras, on noisy drawings."""
    noisy = gaussian(test[:: max(1, len(test) // _CHECKED)].images, 0.5)
    keras_logits = classifier(denoiser(noisy, training=False), training=False)
    return float(np.abs(softmax(keras_logits, axis=1) - pipeline(noisy)[1]).max())


def _training_log(checkpoints: Path) -> list[dict[str, Any]]:
    """All epochs of all stages, in order, with what every stage has in common."""
    rows: list[dict[str, Any]] = []
    for stage in ("denoiser", "classifier", "joint"):
        log = checkpoints / f"{stage}.csv"
        if log.exists():
            with log.open(newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    numbers = ("epoch", "cpu_seconds", "loss", "val_loss")
                    rows.append({"stage": stage} | {name: float(row[name]) for name in numbers})
    return rows
