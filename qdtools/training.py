"""Trains the two networks that ship, from any `Drawings`, in epochs that can be resumed."""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ._keras import keras
from ._keras import tensorflow as tf
from .data import Drawings
from .errors import SettingError
from .networks import build_classifier, build_denoiser
from .noise import MAX_LEVEL
from .pipeline import Pipeline
from .recipe import Recipe

#: Validation batches are drawn as if this were their epoch, so that every epoch meets the same noise.
_VALIDATION_EPOCH = 1_000_000


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
    epoch: int,
    prepare: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple],
) -> tf.data.Dataset:
    """One epoch of prepared batches; seed and epoch decide everything about it.

    The drawings stay uint8 until their batch is made. `prepare` takes images (batch, 28, 28, 1),
    labels (batch,) and a seed.
    """
    training = epoch != _VALIDATION_EPOCH
    n = len(drawings)
    order = np.random.default_rng([recipe.seed, epoch]).permutation(n) if training else np.arange(n)
    pixels, labels = tf.constant(drawings.pixels), tf.constant(drawings.labels.astype(np.int32))

    def batch(number: tf.Tensor, index: tf.Tensor) -> tuple:
        seed = tf.stack([tf.constant(recipe.seed * 10_007 + epoch, tf.int64), number])
        images = tf.cast(tf.gather(pixels, index), tf.float32)[..., None] / 255
        return prepare(images, tf.gather(labels, index), seed)

    return (
        tf.data.Dataset.from_tensor_slices(order)
        .batch(recipe.batch_size, drop_remainder=training and n >= recipe.batch_size)
        .enumerate()
        .map(batch)
        .prefetch(2)
    )


def _fit(
    name: str,
    build: Callable[[], keras.Model],
    epoch_of: Callable[[int], tf.data.Dataset],
    validation: tf.data.Dataset,
    epochs: int,
    seed: int,
    folder: Path,
    echo: Callable[[str], None],
) -> keras.Model:
    """Train epoch by epoch; each is saved whole before the next starts, and a rerun goes on there."""
    checkpoint, log = folder / f"{name}.checkpoint.keras", folder / f"{name}.csv"
    state = folder / f"{name}.json"
    done = json.loads(state.read_text())["epochs"] if state.exists() and checkpoint.exists() else 0
    model = keras.saving.load_model(checkpoint, safe_mode=True) if done else build()
    with tqdm(desc=name, unit="step", disable=None) as bar:
        advance = keras.callbacks.LambdaCallback(on_train_batch_end=lambda step, logs: bar.update())
        for epoch in range(done, epochs):
            for layer in model.layers:  # a checkpoint does not hold what dropout draws next
                if hasattr(layer, "seed_generator"):
                    layer.seed_generator.state.assign([seed, epoch])
            batches = epoch_of(epoch)
            bar.total, bar.n = epochs * len(batches), epoch * len(batches)
            start = time.process_time()
            history = model.fit(
                batches, validation_data=validation, shuffle=False, verbose=0, callbacks=[advance]
            ).history
            row = {"epoch": epoch + 1, "cpu_seconds": round(time.process_time() - start, 1)}
            row |= {key: round(values[-1], 5) for key, values in history.items()}
            with log.open("a" if epoch else "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, row)
                if epoch == 0:
                    writer.writeheader()
                writer.writerow(row)
            part = checkpoint.with_name(f"{name}.part.keras")
            model.save(part)
            os.replace(part, checkpoint)
            state.write_text(json.dumps({"epochs": epoch + 1}), encoding="utf-8")
            echo(f"{name}: " + ", ".join(f"{key} {value}" for key, value in row.items()))
    # A copy by layers and weights leaves the optimiser's state behind, two thirds of the file.
    bare = keras.Model.from_config(model.get_config())
    bare.set_weights(model.get_weights())
    return bare


def train_denoiser(
    training: Drawings,
    validation: Drawings,
    recipe: Recipe,
    folder: Path,
    echo: Callable[[str], None] = print,
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

    Returns
    -------
    keras.Model
        The trained network, uncompiled.
    """

    def prepare(images, labels, seed):
        del labels
        return _drown(images, seed), images

    def build():
        keras.utils.set_random_seed(recipe.seed)
        model = build_denoiser()
        steps = recipe.denoiser_epochs * max(1, len(training) // recipe.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(recipe.denoiser_rate, steps)
        model.compile(
            keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["mse"], jit_compile=False
        )
        return model

    return _fit(
        "denoiser",
        build,
        lambda epoch: _batches(training, recipe, epoch, prepare),
        _batches(validation, recipe, _VALIDATION_EPOCH, prepare),
        recipe.denoiser_epochs,
        recipe.seed,
        folder,
        echo,
    )


def train_classifier(
    training: Drawings,
    validation: Drawings,
    denoiser: keras.Model,
    recipe: Recipe,
    folder: Path,
    echo: Callable[[str], None] = print,
) -> keras.Model:
    """Train the shipped classifier on clean, noisy and denoised drawings in equal parts (chapter 3).

    Meeting the denoiser's own output during training is what lets it read denoised drawings, whose
    mistakes look like nothing a person draws.

    Parameters
    ----------
    training, validation : Drawings
        Labelled clean drawings.
    denoiser : keras.Model
        A trained denoiser, left as it is.
    recipe : Recipe
        Epochs, rates and seed.
    folder : Path
        Where checkpoints and the log of the epochs are kept; a rerun goes on from there.
    echo : callable
        Receives one line after each epoch.

    Returns
    -------
    keras.Model
        Images to logits, uncompiled.
    """
    counts = np.bincount(training.labels, minlength=len(training.categories))
    # A category with ten times the drawings must not be guessed ten times as readily.
    weights = tf.constant((np.median(counts) / np.maximum(counts, 1)).astype(np.float32))

    def prepare(images, labels, seed):
        third = tf.shape(images)[0] // 3
        noisy = _drown(images[third:], seed)
        mixed = tf.concat(
            [images[:third], noisy[:third], denoiser(noisy[third:], training=False)], axis=0
        )
        return mixed, labels, tf.gather(weights, labels)

    def prepare_training(images, labels, seed):
        shape_seed, noise_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        return prepare(_augment(images, shape_seed), labels, noise_seed)

    def build():
        keras.utils.set_random_seed(recipe.seed)
        model = build_classifier(len(training.categories))
        steps = recipe.classifier_epochs * max(1, len(training) // recipe.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(recipe.classifier_rate, steps)
        model.compile(
            keras.optimizers.Adam(rate),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            weighted_metrics=["accuracy"],
            jit_compile=False,
        )
        return model

    return _fit(
        "classifier",
        build,
        lambda epoch: _batches(training, recipe, epoch, prepare_training),
        _batches(validation, recipe, _VALIDATION_EPOCH, prepare),
        recipe.classifier_epochs,
        recipe.seed,
        folder,
        echo,
    )


def train_pipeline(
    drawings: Drawings,
    folder: Path,
    recipe: Recipe | None = None,
    echo: Callable[[str], None] = print,
) -> tuple[Pipeline, Drawings]:
    """Train denoiser and classifier one after the other; what `qdtools train` does (chapter 4).

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
    pipeline : Pipeline
        Both networks.
    test : Drawings
        The drawings that neither network was trained on or chosen by.

    Raises
    ------
    SettingError
        If `folder` holds the checkpoints of a different run.
    """
    recipe = recipe or Recipe()
    folder.mkdir(parents=True, exist_ok=True)
    run = {"recipe": asdict(recipe), "drawings": drawings.counts}
    note = folder / "run.json"
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) != run:
        raise SettingError(
            f"{str(folder)!r} holds the checkpoints of another run; delete it or name another folder."
        )
    note.write_text(json.dumps(run), encoding="utf-8")
    training, validation, test = drawings.split(recipe.validation, recipe.test, recipe.seed)
    denoiser = train_denoiser(training, validation, recipe, folder, echo)
    classifier = train_classifier(training, validation, denoiser, recipe, folder, echo)
    return Pipeline(denoiser, classifier, drawings.categories), test
