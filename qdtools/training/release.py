"""Makes a pipeline ready to ship: trained, scored on drawings it never saw, saved with its manifest."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import softmax

from .. import settings
from .._files import check_folder
from .._locks import sole_writer
from ..background import Background, measure_drawings
from ..errors import ModelError
from ..evaluation import by_category, evaluate, repeats
from ..manifests import check_no_head, read_manifest
from ..noise import gaussian
from ..pipeline import Pipeline
from ..statistics import WIDE, Share
from ._keras import keras, tensorflow
from .checkpoints import read_log
from .claims import beside, check_out
from .export import export_graph
from .origin import shipped_manifest
from .parts import parts_of
from .saved import write_pipeline
from .stages import train_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from ..drawings.collection import Drawings
    from .config import TrainingConfig
    from .distributed import Team

#: Levels at which stages of training are compared.
_CHOSEN_AT = (0.5, 1)
#: Levels of the scores in the manifest.
LEVELS = (0, 0.25, 0.5, 0.75, 1, 1.5, 2)
#: Those of the scores by category.
BY_CATEGORY = (0, 0.5, 1)
#: Those at which it is told what the shipped weights reach on a reader's drawings.
TOLD = (0, 0.5, 1)
#: Drawings that are named before the next are.
_AT_ONCE = 8192
#: Drawings on which the graph is compared with Keras.
_CHECKED = 300


def release(
    drawings: Drawings,
    out: Path,
    config: TrainingConfig,
    command: str,
    checkpoints: Path | None = None,
    echo: Callable[[str], None] = print,
    tell: Callable[[str], None] = lambda _: None,
    team: Team | None = None,
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
        Keeps one checkpoint a network, so that a killed run goes on; by default beside `out`. While
        it is at work no other training can write there, or into `out`.
    echo : callable
        Receives one line after each epoch.
    tell : callable
        Receives, before anything is trained, a sentence if the shipped weights know all of these names,
        and in the end one on what tuning bought.
    team : Team, optional
        The workers that train together; this is worker 0, which alone scores and saves.

    Returns
    -------
    Pipeline
        As saved: the stage of training that names noisy validation drawings best, from scratch by
        accuracy, while tuning by cross-entropy.

    Raises
    ------
    SettingError
        If `checkpoints` holds those of a different run, or torn ones, or `out` is a file or holds
        learned names or the weights of a different run, or another training writes into one of both,
        or an architecture is unknown or not that of the shipped networks it is to start from.
    DataError
        If there is one category only, or one has too few drawings to validate and to score on, or one
        in focus has none.
    ModelError
        If training is to start from shipped networks that are missing or altered.
    """
    out = check_folder(out).resolve()
    check_no_head(out)
    config = config.fitting(drawings.categories)
    check_out(out, config, drawings)
    checkpoints = checkpoints or beside(out)
    with sole_writer(out, "training"):
        stages, validation, test = train_pipeline(
            drawings,
            checkpoints,
            config,
            echo,
            lambda test: _tell_known(test, drawings, config, tell),
            team,
        )
        pipeline = _chosen_and_saved(
            stages, drawings, validation, test, out, config, command, checkpoints
        )
    _tell_bought(read_manifest(out), tell)
    return pipeline


def _chosen_and_saved(
    stages: dict[str, tuple[keras.Model, keras.Model]],
    drawings: Drawings,
    validation: Drawings,
    test: Drawings,
    out: Path,
    config: TrainingConfig,
    command: str,
    checkpoints: Path,
) -> Pipeline:
    """Save the stage that names noisy validation drawings best, scored on test drawings."""
    # Each is exported once: what is compared here, scored, then saved are the same bytes.
    pipelines = {
        name: Pipeline(export_graph(*networks), drawings.categories)
        for name, networks in stages.items()
    }
    tuned = config.start == "shipped"
    chosen: dict[str, Any]
    if tuned:
        # Of few drawings hardly one is named otherwise, but all are named more or less surely.
        surprises = {name: _surprise(pipeline, validation) for name, pipeline in pipelines.items()}
        best = min(surprises, key=lambda name: surprises[name])
        chosen = {"validation_cross_entropy": surprises}
    else:
        merits = {name: _merit(pipeline, validation) for name, pipeline in pipelines.items()}
        best = max(merits, key=lambda name: merits[name])
        chosen = {"validation_accuracy": merits}
    rows = _training_log(checkpoints)
    scores = score(pipelines[best], test, config.seed, config.focus)
    origin = {}
    if tuned:
        accuracies = {name: told(pipelines[name], test, config.seed) for name in {"start", best}}
        origin = {"origin": {"weights": shipped_manifest()["weights"], "top1": accuracies}}
    return write_pipeline(
        out,
        pipelines[best],
        *stages[best],
        background=_background(pipelines[best], drawings, config),
        command=command,
        data=described(drawings),
        config=asdict(config),
        split={
            "training": len(drawings) - len(validation) - len(test),
            "validation": len(validation),
            "test": len(test),
        },
        **origin,
        chosen={"stage": best} | chosen | {"validation_n": len(validation)},
        cpu_seconds={
            stage: round(sum(float(row["cpu_seconds"]) for row in rows if row["stage"] == stage))
            for stage in dict.fromkeys(row["stage"] for row in rows)
        },
        curves=rows,
        largest_difference_from_keras=_difference(pipelines[best], *stages[best], test),
        versions={name: version(name) for name in ("keras", "numpy", "onnxruntime", "tf2onnx")}
        | {"tensorflow": tensorflow.__version__, "python": platform.python_version()},
        scores=scores,
    )


def _background(
    pipeline: Pipeline, drawings: Drawings, config: TrainingConfig
) -> Background | None:
    """Sum up what the features of these drawings are like, where the classifier has any."""
    training, validation, _ = parts_of(drawings, config)
    try:
        return measure_drawings(pipeline, training, validation)
    except ModelError:  # its logits are made by no dense layer
        return None


def told(pipeline: Pipeline, test: Drawings, seed: int = 0) -> list[float]:
    """Give the accuracies at the levels of `TOLD`, clean drawings as they are (chapter 7).

    Parameters
    ----------
    pipeline : Pipeline
        Naming the categories of `test`.
    test : Drawings
        Drawings kept out of training.
    seed : int
        Of the first draw of the noise.

    Returns
    -------
    list of float
        Shares named right, as a manifest's scores have them.
    """
    rows = evaluate(pipeline, test, TOLD, seed=seed, repeats=repeats(len(test)))["rows"]
    return [
        row["top1"]
        for row in rows
        if row["method"] == ("pipeline" if row["level"] else "classifier")
    ]


def _tell_known(
    test: Drawings, drawings: Drawings, config: TrainingConfig, tell: Callable[[str], None]
) -> None:
    """Say what the shipped weights reach on held-out drawings, if they know all of the names."""
    try:
        pipeline, manifest = Pipeline.load(settings.book_models_dir()), shipped_manifest()
    except ModelError:  # there are none, and training from scratch needs none
        return
    if not set(test.categories) <= set(pipeline.trained_on):
        return
    reached = told(pipeline.restrict(test.categories), test, config.seed)
    sentence = (
        f"The shipped weights know all {len(test.categories)} names and need no training for them: "
        f"among these they name {_percents(reached)} % of {len(test)} held-out drawings right at levels "
        f"{_LEVELS_TOLD}.{_left_open(reached[0], len(test))}"
    )
    if manifest.get("data", {}).get("sha256_of_pixels") != drawings.sha256:
        sentence += " Of Google's drawings, some may be among those that they learned."
    tell(sentence)


def _tell_bought(manifest: Mapping[str, Any], tell: Callable[[str], None]) -> None:
    """Say what tuning bought on the test drawings, from its manifest."""
    if "origin" not in manifest:
        return
    accuracies, stage = manifest["origin"]["top1"], manifest["chosen"]["stage"]
    n = f"{manifest['split']['test']} held-out drawings right at levels {_LEVELS_TOLD}"
    before, after = accuracies["start"], accuracies[stage]
    left = _left_open(after[0], manifest["split"]["test"])
    if stage == "start":
        tell(
            "Tuning named the validation drawings less surely right, so the weights are those that it "
            f"started from: they name {_percents(before)} % of {n}.{left}"
        )
        return
    gained = " / ".join(f"{100 * (b - a):+.1f}" for a, b in zip(before, after, strict=True))
    tell(
        f"Before tuning the networks named {_percents(before)} %, now they name {_percents(after)} % of "
        f"{n}: {gained} points.{left}"
    )


def _left_open(share: float, n: int) -> str:
    """Say of a share of few drawings how little it tells."""
    found = Share(share * n, n)
    if found.high - found.low <= WIDE:
        return ""
    drawings = f"{n} drawings leave" if n > 1 else "1 drawing leaves"
    return (
        f" {drawings} open that of all drawings like these it may be from {found.low:.0%} to "
        f"{found.high:.0%} at level {TOLD[0]:g}; more drawings of each category tell more."
    )


#: The levels of `TOLD`, in words.
_LEVELS_TOLD = " / ".join(f"{level:g}" for level in TOLD)


def _percents(shares: Iterable[float]) -> str:
    return " / ".join(f"{share:.1%}"[:-1] for share in shares)


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
    """Mean accuracy of naming noisy drawings, by which the stages from scratch are compared."""
    rows = evaluate(pipeline, validation, _CHOSEN_AT, methods=["pipeline"])["rows"]
    return float(round(sum(row["top1"] for row in rows) / len(rows), 5))


def _surprise(pipeline: Pipeline, validation: Drawings) -> float:
    """Mean cross-entropy of naming noisy drawings, by which the stages of tuning are compared."""
    surprises = []
    for level in _CHOSEN_AT:
        for seed in range(repeats(len(validation))):
            rng = np.random.default_rng(seed)
            named = []
            for start in range(0, len(validation), _AT_ONCE):  # any number takes no more memory
                part = validation[start : start + _AT_ONCE]
                _, probabilities = pipeline(gaussian(part.images, level, rng))
                named.append(probabilities[np.arange(len(part)), part.labels])
            right = np.concatenate(named)
            surprises.append(-np.log(np.maximum(right, np.finfo(np.float32).tiny)).mean())
    return float(round(np.mean(surprises), 5))


def _difference(
    pipeline: Pipeline, denoiser: keras.Model, classifier: keras.Model, test: Drawings
) -> float:
    """Largest difference between a probability from the graph and from Keras, on noisy drawings."""
    noisy = gaussian(test[:: max(1, len(test) // _CHECKED)].images, 0.5)
    keras_logits = classifier(denoiser(noisy, training=False), training=False)
    return float(np.abs(softmax(keras_logits, axis=1) - pipeline(noisy)[1]).max())


def _training_log(checkpoints: Path) -> list[dict[str, Any]]:
    """All epochs of all stages, in order, with what every stage has in common."""
    return [
        {"stage": stage}
        | {name: float(row[name]) for name in ("epoch", "cpu_seconds", "loss", "val_loss")}
        for stage in ("denoiser", "classifier", "joint", "tuning")
        for row in read_log(checkpoints / f"{stage}.csv")
    ]
