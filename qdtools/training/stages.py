"""Trains the two networks that ship, from any `Drawings`, in epochs that can be resumed."""

from __future__ import annotations

import csv
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TextIO

import numpy as np
from tqdm import tqdm

from ..drawings.categories import ALL_CATEGORIES, DEFAULT_CATEGORIES
from ..drawings.collection import Drawings
from ..errors import DataError, SettingError
from ..noise import MAX_LEVEL
from ._keras import keras
from ._keras import tensorflow as tf
from .config import Recipe
from .export import fold_normalization, round_to_float16
from .networks import build_classifier, build_denoiser
from .optimizer import optimizer

#: Validation batches are drawn as if this were their epoch, so that every epoch meets the same noise.
_VALIDATION_EPOCH = 1_000_000
#: Added to an image's mean squared error before its logarithm is taken; equals 27 dB.
_ERROR_FLOOR = 2e-3
#: How a classifier meets drawings in training.
VIEWS = ("clean", "noisy", "denoised")


def _augment(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Mirror half; turn three quarters by up to 9 degrees, scale by 0.9 to 1.1, shift by 2 pixels.

    The rest keeps its sharp lines, which the interpolation of the others softens.
    """
    n = tf.shape(images)[0]
    u = tf.random.stateless_uniform([7, n], seed, -1, 1)
    mirror, moved = tf.sign(u[0]), tf.cast(u[1] < 0.5, tf.float32)
    angle, shift_x, shift_y = 0.16 * moved * u[2], 2 * moved * u[3], 2 * moved * u[4]
    scale_x, scale_y = mirror * (1 + 0.1 * moved * u[5]), 1 + 0.1 * moved * u[6]
    a, b = tf.cos(angle) * scale_x, -tf.sin(angle) * scale_y
    c, d = tf.sin(angle) * scale_x, tf.cos(angle) * scale_y
    centre = 13.5  # the transform turns about the corner, so the middle is brought back
    zero = tf.zeros(n)
    transforms = [
        [a, b, centre - a * centre - b * centre + shift_x],
        [c, d, centre - c * centre - d * centre + shift_y],
        [zero, zero],
    ]
    return keras.ops.image.affine_transform(
        images, tf.stack([entry for row in transforms for entry in row], axis=1)
    )


def _sixth(images: tf.Tensor) -> tf.Tensor:
    """Count the images that the joint stage serves clean, and as many noisy; it denoises the rest."""
    return tf.shape(images)[0] // 6


def _augment_jointly(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Augment what the joint stage serves to the classifier by itself; mirror half of the rest.

    Mirroring is all that leaves the lines of a drawing as sharp as the denoiser is to draw them.
    """
    first = 2 * _sixth(images)
    rest = images[first:]
    mirrored = tf.random.stateless_uniform([tf.shape(rest)[0], 1, 1, 1], seed) < 0.5
    rest = tf.where(mirrored, tf.reverse(rest, [2]), rest)
    return tf.concat([_augment(images[:first], seed), rest], axis=0)


def _augmented(prepare: Callable, augment: Callable | None) -> Callable:
    """Augment a batch before it is prepared; `augment` takes its images and a seed."""
    if augment is None:
        return prepare

    def augmented(images, labels, seed):
        own_seed, seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        return prepare(augment(images, own_seed), labels, seed)

    return augmented


def _drown(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Add `qdtools.noise.gaussian` in the graph, each image at a level of its own from 0 to 2.

    Levels are ``2 * u ** 1.5``: more of the low ones, at which there is more to learn.
    """
    level_seed, noise_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    u = tf.random.stateless_uniform([tf.shape(images)[0], 1, 1, 1], level_seed)
    z = tf.random.stateless_normal(tf.shape(images), noise_seed)
    return tf.clip_by_value(images + MAX_LEVEL * u**1.5 / 2 * (z + 1), 0, 1)


def _batches(
    drawings: Drawings,
    recipe: Recipe,
    prepare: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple],
) -> Callable[[int], tf.data.Dataset]:
    """Give a function from an epoch to its prepared batches; seed and epoch decide all about them.

    The drawings stay uint8 until their batch is made. `prepare` takes images (batch, 28, 28, 1),
    labels (batch,) and a seed.
    """
    n = len(drawings)
    # Shared by all epochs: each has a graph of its own, which Python frees late and which keeps them.
    pixels, labels = tf.constant(drawings.pixels), tf.constant(drawings.labels.astype(np.int32))

    def batch(epoch: tf.Tensor, number: tf.Tensor, index: tf.Tensor) -> tuple:
        seed = tf.stack([recipe.seed * 10_007 + epoch, number])
        images = tf.cast(tf.gather(pixels, index), tf.float32)[..., None] / 255
        return prepare(images, tf.gather(labels, index), seed)

    options = tf.data.Options()
    # There is nothing to tune, and an iterator ends only when its tuner wakes, up to a minute later.
    options.autotune.enabled = False

    def batches(epoch: int) -> tf.data.Dataset:
        training = epoch != _VALIDATION_EPOCH
        # In validation, too: drawings come by category, and the place in a batch decides the view.
        order = np.random.default_rng([recipe.seed, epoch]).permutation(n)
        return (
            tf.data.Dataset.from_tensor_slices(order)
            .batch(recipe.batch_size, drop_remainder=training and n >= recipe.batch_size)
            .enumerate()
            .map(partial(batch, tf.constant(epoch, tf.int64)))
            .prefetch(2)
            .with_options(options)
        )

    return batches


@contextmanager
def _precision(policy: str) -> Iterator[None]:
    """Build layers that compute in another precision; weights stay float32 in each."""
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)


@keras.saving.register_keras_serializable("qdtools")
def logarithmic_error(clean: tf.Tensor, denoised: tf.Tensor) -> tf.Tensor:
    """Logarithm of each image's mean squared error, the PSNR turned into a loss (chapter 2).

    Where a plain mean over the batch is mostly about the noisiest images, this asks the same share
    less of each. `_ERROR_FLOOR` keeps nearly clean images from asking for perfection.

    Parameters
    ----------
    clean, denoised : Tensor, (batch, 28, 28, 1)
        Images in [0, 1].

    Returns
    -------
    Tensor, (batch,)
    """
    error = tf.reduce_mean(tf.square(clean - denoised), axis=(1, 2, 3))
    return tf.math.log(error + _ERROR_FLOOR)


def _fit(
    name: str,
    build: Callable[[], keras.Model],
    losses_and_metrics: dict,
    prepare: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple],
    training: Drawings,
    validation: Drawings,
    recipe: Recipe,
    folder: Path,
    echo: Callable[[str], None],
    augment: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
) -> keras.Model:
    """Train by the recipe's epochs and rate for `name`; return the epoch of the least validation loss.

    Each epoch is saved whole before the next starts, and a rerun goes on there. `build` gives the
    network, `losses_and_metrics` what Keras compiles it with, `prepare` what `_batches` wants, and
    `augment` what is done to the images of a training batch before.
    """
    epochs, rate = (getattr(recipe, f"{name}_{what}") for what in ("epochs", "rate"))
    steps = _steps(name, training, recipe)

    def compiled() -> keras.Model:
        keras.utils.set_random_seed(recipe.seed)
        with _precision(recipe.precision):
            model = build()
        model.compile(optimizer(rate, steps), **losses_and_metrics, jit_compile=False)
        return model

    held_out = _batches(validation, recipe, prepare)(_VALIDATION_EPOCH)
    batches_of = _batches(training, recipe, _augmented(prepare, augment))
    log = folder / f"{name}.csv"
    rows = _read_rows(log)
    done = len(rows)
    losses = [_rank(row["val_loss"]) for row in rows]

    def checkpoint(epochs: int) -> Path:
        return folder / f"{name}.{epochs}.keras"

    model = _resume(checkpoint(done), losses_and_metrics["loss"]) if done else compiled()
    with tqdm(desc=name, unit="step", disable=None) as bar:
        advance = keras.callbacks.LambdaCallback(on_train_batch_end=lambda step, logs: bar.update())
        for epoch in range(done, epochs):
            if epoch - int(np.argmin([*losses, np.inf])) > recipe.patience:
                echo(f"{name}: no better for {recipe.patience} epochs; stopped after {epoch}.")
                break
            for layer in _layers(model):  # a checkpoint does not hold what dropout draws next
                if hasattr(layer, "seed_generator"):
                    layer.seed_generator.state.assign([recipe.seed, epoch])
            batches = batches_of(epoch)
            bar.total, bar.n = epochs * len(batches), epoch * len(batches)
            start = time.process_time()
            history = model.fit(
                batches, validation_data=held_out, shuffle=False, verbose=0, callbacks=[advance]
            ).history
            row = {"epoch": epoch + 1, "cpu_seconds": round(time.process_time() - start, 1)}
            row |= {key: round(values[-1], 5) for key, values in history.items()}
            rows.append(row)
            losses.append(_rank(row["val_loss"]))
            # An epoch counts from the moment its row is in the log, so its weights go first.
            model.save(folder / "part.keras")
            os.replace(folder / "part.keras", checkpoint(epoch + 1))
            _write_rows(log, rows)
            for old in folder.glob(f"{name}.*.keras"):
                if old not in (checkpoint(epoch + 1), checkpoint(int(np.argmin(losses)) + 1)):
                    old.unlink()
            echo(f"{name}: " + ", ".join(f"{key} {value}" for key, value in row.items()))
    if not np.isfinite(losses).any():
        raise SettingError(
            f"The {name} never had a finite validation loss at a rate of {rate:g}; lower it."
        )
    return _resume(checkpoint(int(np.argmin(losses)) + 1), None)


def _rank(loss: str | float) -> float:
    """Give a validation loss by which the least is sought; one that is no number is the worst."""
    loss = float(loss)
    return loss if np.isfinite(loss) else np.inf


def _resume(checkpoint: Path, loss: str | dict | Callable | None) -> keras.Model:
    """Load a checkpoint, without its optimiser if no loss is given."""
    # Keras does not save a caller's own loss with the network.
    own = {loss.__name__: loss} if hasattr(loss, "__name__") else None
    try:
        return keras.saving.load_model(
            checkpoint, custom_objects=own, compile=loss is not None, safe_mode=True
        )
    except (OSError, ValueError) as error:  # a missing file is a ValueError to Keras
        raise SettingError(
            f"The checkpoint {str(checkpoint)!r} is missing or torn; delete its folder to start anew."
        ) from error


def _steps(stage: str, training: Drawings, recipe: Recipe) -> int:
    """Count the batches of all epochs of a stage."""
    return getattr(recipe, f"{stage}_epochs") * max(1, len(training) // recipe.batch_size)


def _layers(model: keras.Model) -> Iterator[keras.Layer]:
    """Yield every layer, those of networks within the network too."""
    for layer in model.layers:
        yield from _layers(layer) if isinstance(layer, keras.Model) else [layer]


def _read_rows(log: Path) -> list[dict]:
    if not log.exists():
        return []
    try:
        with log.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            float(row["val_loss"])
    except (ValueError, KeyError, TypeError) as error:
        raise SettingError(
            f"The log {str(log)!r} is torn; delete its folder to start anew."
        ) from error
    return rows


def _write_rows(log: Path, rows: list[dict]) -> None:
    with _replacing(log) as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """Write a file beside `path` and put it there once it is whole."""
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        yield file
    os.replace(part, path)


def _with_weights(model: keras.Model, trained: keras.Model) -> keras.Model:
    """Give a new network, of whatever precision and without an optimiser, those of a trained one."""
    model.set_weights(trained.get_weights())
    return model


def train_denoiser(
    training: Drawings,
    validation: Drawings,
    recipe: Recipe,
    folder: Path,
    echo: Callable[[str], None] = print,
    build: Callable[[], keras.Model] = build_denoiser,
    loss: str | Callable = logarithmic_error,
) -> keras.Model:
    """Train the shipped denoiser on noisy and clean pairs; labels are not used (chapter 2).

    Parameters
    ----------
    training, validation : Drawings
        Clean drawings; the noise, Gaussian at levels from 0 to 2, is drawn anew in each epoch.
    recipe : Recipe
        Epochs, rates and seed.
    folder : Path
        Where checkpoints and the log of the epochs are kept; a rerun goes on from there.
    echo : callable
        Receives one line after each epoch.
    build : callable
        Makes the untrained network; chapter 4's rival has another.
    loss : str or callable
        Of clean and denoised images, as Keras takes it.

    Returns
    -------
    keras.Model
        The trained network, uncompiled.
    """

    def prepare(images, labels, seed):
        del labels
        return _drown(images, seed), images

    trained = _fit(
        "denoiser",
        build,
        {"loss": loss, "metrics": ["mse"]},
        prepare,
        training,
        validation,
        recipe,
        folder,
        echo,
    )
    return _with_weights(build(), trained)


@keras.saving.register_keras_serializable("qdtools")
class _FusedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalisation whose training step is one fused kernel, twice as fast as Keras's own."""

    def __init__(self, **settings):
        super().__init__(**settings | {"autocast": False})

    def call(self, inputs, training=None, mask=None):
        if not training:
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )[:3]
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + value * (1 - self.momentum))
        return outputs


def _normalization(steps: int) -> Callable[[], keras.Layer]:
    """Give what makes the normalisation of a run of so many steps.

    Its running averages reach back 100 steps, as Keras's do, but in a short run no further than a
    fifteenth of it: averages over networks that are long gone would name nothing right.
    """
    return partial(_FusedBatchNormalization, momentum=1 - 1 / min(100, max(10, steps // 15)))


def _naming_losses() -> dict[str, keras.losses.Loss]:
    return {
        name: keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        for name in ("logits", "choice")
    }


def _demo_labels(drawings: Drawings) -> list[int]:
    """Give the labels of those of the demo's categories that there are, in the demo's order."""
    names = drawings.categories
    return [names.index(name) for name in DEFAULT_CATEGORIES if name in names]


def _repeated(drawings: Drawings, times: int) -> Drawings:
    """Repeat drawings of the demo's categories until each has `times` as many as the largest of them.

    What the demo chooses among is a sliver of all drawings. Weight alone would leave its share of a
    step's gradient to a dozen of them, and to chance; repeated, each is met in more noise. Where there
    are no others, nothing is repeated.
    """
    counts = np.bincount(drawings.labels, minlength=len(drawings.categories))
    demo = [label for label in _demo_labels(drawings) if counts[label]]
    if len(demo) in (0, np.count_nonzero(counts)):
        return drawings
    parts = [np.flatnonzero(~np.isin(drawings.labels, demo))]
    parts += [
        np.resize(np.flatnonzero(drawings.labels == label), times * counts[demo].max())
        for label in demo
    ]
    return drawings[np.concatenate(parts)]


class _Targets:
    """The classifier's two losses: naming among all categories, choosing among the demo's.

    The second counts for drawings of the demo's categories only. Logits that rank well near the top
    of all leave a choice among a few, far below it, to chance.
    """

    def __init__(self, drawings: Drawings, weight: float):
        names = drawings.categories
        # Without any of the demo's, a choice among one costs nothing.
        self._demo = _demo_labels(drawings) or [0]
        counts = np.bincount(drawings.labels, minlength=len(names))
        # A category with ten times the drawings must not be guessed ten times as readily.
        balance = (np.median(counts) / np.maximum(counts, 1)).astype(np.float32)
        position, favour = np.zeros(len(names), np.int32), np.zeros(len(names), np.float32)
        position[self._demo] = np.arange(len(self._demo))
        # Among fewer categories the demo's have a larger share of the drawings as it is.
        favour[self._demo] = weight * len(names) / len(ALL_CATEGORIES)
        self._labels = {"logits": tf.range(len(names)), "choice": tf.constant(position)}
        self._weights = {"logits": tf.constant(balance), "choice": tf.constant(balance * favour)}

    def outputs(self, logits) -> dict:
        """Give what the two losses look at."""
        choice = keras.ops.take(logits, self._demo, axis=1)
        return {
            name: keras.layers.Identity(name=name, dtype="float32")(values)
            for name, values in (("logits", logits), ("choice", choice))
        }

    def __call__(self, labels: tf.Tensor) -> tuple[dict, dict]:
        """Give targets and weights of a batch."""
        return tuple(
            {name: tf.gather(values, labels) for name, values in table.items()}
            for table in (self._labels, self._weights)
        )


def train_classifier(
    training: Drawings,
    validation: Drawings,
    denoiser: keras.Model | None,
    recipe: Recipe,
    folder: Path,
    echo: Callable[[str], None] = print,
    diet: Sequence[str] = VIEWS,
    build: Callable[..., keras.Model] = build_classifier,
) -> keras.Model:
    """Train the shipped classifier on clean, noisy and denoised drawings in equal parts (chapter 3).

    Meeting the denoiser's own output during training is what lets it read denoised drawings, whose
    mistakes look like nothing a person draws.

    Parameters
    ----------
    training, validation : Drawings
        Labelled clean drawings.
    denoiser : keras.Model, optional
        A trained denoiser, left as it is; needed for denoised drawings only.
    recipe : Recipe
        Epochs, rates and seed.
    folder : Path
        Where checkpoints and the log of the epochs are kept; a rerun goes on from there.
    echo : callable
        Receives one line after each epoch.
    diet : sequence of str
        What each batch is made of in equal parts, some of `VIEWS`; chapter 4's rivals get less.
    build : callable
        Makes the untrained network, called as `build_classifier` is but for the width.

    Returns
    -------
    keras.Model
        Images to logits, uncompiled, with its batch normalisation.
    """
    targets = _Targets(training, recipe.favour)
    n_categories = len(training.categories)

    def prepare(images, labels, seed):
        part = tf.shape(images)[0] // len(diet)
        served = []
        for number, view in enumerate(diet):
            last = number == len(diet) - 1
            own = images[number * part :] if last else images[number * part : (number + 1) * part]
            if view != "clean":
                own = _drown(own, seed + number)
            served.append(denoiser(own, training=False) if view == "denoised" else own)
        return tf.concat(served, axis=0), *targets(labels)

    normalization = _normalization(_steps("classifier", training, recipe))

    def build_with_losses():
        network = build(n_categories, normalization=normalization)
        images = keras.Input((28, 28, 1))
        return keras.Model(images, targets.outputs(network(images)))

    trained = _fit(
        "classifier",
        build_with_losses,
        {"loss": _naming_losses(), "weighted_metrics": {"logits": ["accuracy"]}},
        prepare,
        training,
        validation,
        recipe,
        folder,
        echo,
        augment=_augment,
    )
    return _with_weights(build(n_categories), trained.get_layer("classifier"))


def train_jointly(
    training: Drawings,
    validation: Drawings,
    denoiser: keras.Model,
    classifier: keras.Model,
    recipe: Recipe,
    folder: Path,
    echo: Callable[[str], None] = print,
) -> tuple[keras.Model, keras.Model]:
    """Tune both networks together: the denoiser also through the classifier's losses (chapter 4).

    Two thirds of the drawings go through the denoiser. One sixth the classifier meets clean and one
    noisy, augmented, so that it stays good without the denoiser, too. The denoiser's drawings are
    only mirrored: turned and scaled ones are soft, and a denoiser that learns to restore softness
    loses a decibel. Each epoch shows those of the demo's categories more than once.

    Parameters
    ----------
    training, validation : Drawings
        Labelled clean drawings.
    denoiser, classifier : keras.Model
        Trained networks, left as they are.
    recipe : Recipe
        Epochs, rates and seed.
    folder : Path
        Where checkpoints and the log of the epochs are kept; a rerun goes on from there.
    echo : callable
        Receives one line after each epoch.

    Returns
    -------
    denoiser, classifier : keras.Model
        Uncompiled copies.
    """
    training = _repeated(training, recipe.joint_repeats)
    targets = _Targets(training, recipe.joint_favour)
    n_categories = len(training.categories)

    def prepare(images, labels, seed):
        sixth = _sixth(images)
        noisy = _drown(images[sixth:], seed)
        inputs = {
            "seen": tf.concat([images[:sixth], noisy[:sixth]], axis=0),
            "noisy": noisy[sixth:],
        }
        clean = images[2 * sixth :]
        wanted, weights = targets(labels)
        ones = tf.ones(tf.shape(clean)[:1])
        return inputs, wanted | {"denoised": clean}, weights | {"denoised": ones}

    normalization = _normalization(_steps("joint", training, recipe))

    def build():
        first = _with_weights(build_denoiser(), denoiser)
        second = _with_weights(
            build_classifier(n_categories, normalization=normalization), classifier
        )
        seen = keras.Input((28, 28, 1), name="seen")
        noisy = keras.Input((28, 28, 1), name="noisy")
        denoised = keras.layers.Identity(name="denoised", dtype="float32")(first(noisy))
        logits = second(keras.ops.concatenate([seen, denoised], axis=0))
        outputs = {"denoised": denoised} | targets.outputs(logits)
        return keras.Model({"seen": seen, "noisy": noisy}, outputs)

    trained = _fit(
        "joint",
        build,
        {
            "loss": _naming_losses() | {"denoised": logarithmic_error},
            "loss_weights": {"logits": 1.0, "choice": 1.0, "denoised": recipe.denoising_weight},
            "weighted_metrics": {"logits": ["accuracy"], "denoised": ["mse"]},
        },
        prepare,
        training,
        validation,
        recipe,
        folder,
        echo,
        augment=_augment_jointly,
    )
    return (
        _with_weights(build_denoiser(), trained.get_layer("denoiser")),
        _with_weights(build_classifier(n_categories), trained.get_layer("classifier")),
    )


def claim(folder: Path, recipe: Recipe, drawings: Drawings, **more: str) -> None:
    """Note whose checkpoints a folder holds, before training there (chapter 4).

    Parameters
    ----------
    folder : Path
        Is made where it is missing.
    recipe : Recipe
        Of the training.
    drawings : Drawings
        All drawings, before they are split.
    **more
        What else decides how the weights come out.

    Raises
    ------
    SettingError
        If `folder` holds the checkpoints of a different run.
    """
    run = {
        "recipe": asdict(recipe),
        "drawings": drawings.counts,
        "sha256_of_pixels": drawings.sha256,
    }
    text = json.dumps(run | more)
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "run.json"
    if note.exists() and note.read_text(encoding="utf-8") != text:
        raise SettingError(
            f"{str(folder)!r} holds the checkpoints of another run; delete it or name another folder."
        )
    with _replacing(note) as file:
        file.write(text)


def train_pipeline(
    drawings: Drawings,
    folder: Path,
    recipe: Recipe | None = None,
    echo: Callable[[str], None] = print,
) -> tuple[dict[str, tuple[keras.Model, keras.Model]], Drawings, Drawings]:
    """Train denoiser and classifier, then tune them jointly; what `qdtools train` does (chapter 4).

    Parameters
    ----------
    drawings : Drawings
        All drawings; the recipe's shares for validation and test are split off first.
    folder : Path
        Where checkpoints and logs are kept. A run that was killed goes on after its last whole
        epoch; a folder of a run on other drawings or by another recipe is refused.
    recipe : Recipe, optional
        Epochs, rates, shares and seed.
    echo : callable
        Receives one line after each epoch.

    Returns
    -------
    stages : dict
        Denoiser and classifier as they stand after each stage: ``"apart"``, and ``"joint"`` if the
        recipe has joint epochs. Normalisation is folded in, and the weights are rounded to what the
        graph holds.
    validation, test : Drawings
        Drawings kept out of training, those to choose by and those to score on.

    Raises
    ------
    SettingError
        If `folder` holds the checkpoints of a different run, or torn ones.
    DataError
        If a category has too few drawings to validate and to score on.
    """
    recipe = recipe or Recipe()
    training, validation, test = drawings.split(recipe.validation, recipe.test, recipe.seed)
    for part, share in ((validation, recipe.validation), (test, recipe.test)):
        for name, count in part.counts.items():
            if not count:
                raise DataError(
                    f"There are {drawings.counts[name]} drawings of {name!r}, of which a share of "
                    f"{share:.0%} leaves none to measure on; load at least {math.ceil(1 / share)}."
                )
    claim(folder, recipe, drawings)
    denoiser = train_denoiser(training, validation, recipe, folder, echo)
    classifier = train_classifier(training, validation, denoiser, recipe, folder, echo)
    stages = {"apart": (denoiser, classifier)}
    if recipe.joint_epochs:
        stages["joint"] = train_jointly(
            training, validation, denoiser, classifier, recipe, folder, echo
        )
    return {name: _portable(*networks) for name, networks in stages.items()}, validation, test


def _portable(denoiser: keras.Model, classifier: keras.Model) -> tuple[keras.Model, keras.Model]:
    plain = build_classifier(classifier.output_shape[-1], normalization=None)
    first = _with_weights(build_denoiser(), denoiser)
    return round_to_float16(first), round_to_float16(fold_normalization(classifier, plain))
