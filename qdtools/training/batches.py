"""Serves drawings to training batch by batch: augmented, drowned in noise, by seed alike on every worker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..drawings.canvas import IMAGE, SIDE
from ..noise import MAX_LEVEL, unclipped
from ._keras import keras
from ._keras import tensorflow as tf
from .config import MOST_EPOCHS, TrainingConfig
from .feeding import Feed
from .rows import Rows

if TYPE_CHECKING:
    from ..drawings.collection import Drawings
    from .distributed import Team

#: Validation batches are drawn as if this were their epoch, so that every epoch meets the same noise.
VALIDATION_EPOCH = MOST_EPOCHS
#: Makes of images (rows, 28, 28, 1), labels (rows,), seed and which rows of a batch they are what
#: Keras is given.
Prepare = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, Rows], tuple[Any, ...]]
#: Alters the images of a batch by a seed.
Augment = Callable[[tf.Tensor, tf.Tensor, Rows], tf.Tensor]


def augment(images: tf.Tensor, seed: tf.Tensor, rows: Rows, mirrored: bool = True) -> tf.Tensor:
    """Mirror half of some images; turn, scale, shift three quarters of them (chapter 4).

    By up to 9 degrees, 0.9 to 1.1, 2 pixels. The rest keeps its sharp lines, which the interpolation of
    the others softens.

    Parameters
    ----------
    images : Tensor, (rows, 28, 28, 1)
        In [0, 1].
    seed : Tensor of int, (2,)
        Decides what is done to which row of the whole batch.
    rows : Rows
        Which rows of it these are.
    mirrored : bool
        False mirrors none.

    Returns
    -------
    Tensor, (rows, 28, 28, 1)
    """
    n = tf.shape(images)[0]
    u = rows.take(tf.random.stateless_uniform([7, rows.whole], seed, -1, 1), axis=1)
    mirror, moved = tf.sign(u[0]) if mirrored else tf.ones(n), tf.cast(u[1] < 0.5, tf.float32)
    angle, shift_x, shift_y = 0.16 * moved * u[2], 2 * moved * u[3], 2 * moved * u[4]
    scale_x, scale_y = mirror * (1 + 0.1 * moved * u[5]), 1 + 0.1 * moved * u[6]
    a, b = tf.cos(angle) * scale_x, -tf.sin(angle) * scale_y
    c, d = tf.sin(angle) * scale_x, tf.cos(angle) * scale_y
    centre = (SIDE - 1) / 2  # the transform turns about the corner, so the middle is brought back
    zero = tf.zeros(n)
    transforms = [
        [a, b, centre - a * centre - b * centre + shift_x],
        [c, d, centre - c * centre - d * centre + shift_y],
        [zero, zero],
    ]
    return keras.ops.image.affine_transform(
        images, tf.stack([entry for row in transforms for entry in row], axis=1)
    )


class JointParts(NamedTuple):
    """How a batch of the joint stage is parted, twice; each part as `Rows.between` gives it (chapter 5).

    Attributes
    ----------
    alone, denoised : tuple of slice and Rows
        What the classifier meets by itself, and what goes through both networks.
    clean, drowned : tuple of slice and Rows
        What stays clean, the first half of `alone`, and what is drowned in noise.
    """

    alone: tuple[slice, Rows]
    denoised: tuple[slice, Rows]
    clean: tuple[slice, Rows]
    drowned: tuple[slice, Rows]


def joint_parts(rows: Rows) -> JointParts:
    """Part a batch of the joint stage: a sixth stays clean, one more is not denoised (chapter 5)."""
    sixth, whole = rows.whole // 6, rows.whole
    edges = ((0, 2 * sixth), (2 * sixth, whole), (0, sixth), (sixth, whole))
    return JointParts(*(rows.between(first, last) for first, last in edges))


def augment_jointly(images: tf.Tensor, seed: tf.Tensor, rows: Rows) -> tf.Tensor:
    """Augment what the joint stage serves to the classifier by itself; mirror half of the rest (chapter 5).

    Mirroring is all that leaves the lines of a drawing as sharp as the denoiser is to draw them.
    Parameters and return value are those of `augment`.
    """
    (first, seen), (other, denoised), *_ = joint_parts(rows)
    rest = images[other]
    mirrored = denoised.uniform([1, 1, 1], seed) < 0.5
    rest = tf.where(mirrored, tf.reverse(rest, [2]), rest)
    return tf.concat([augment(images[first], seed, seen), rest], axis=0)


def augment_unmirrored(images: tf.Tensor, seed: tf.Tensor, rows: Rows) -> tf.Tensor:
    """Augment as `augment_jointly` does, and mirror none: what is left of a 2 is no 2 (chapter 7)."""
    (first, seen), (other, _), *_ = joint_parts(rows)
    return tf.concat([augment(images[first], seed, seen, mirrored=False), images[other]], axis=0)


def augmented(prepare: Prepare, augment: Augment | None) -> Prepare:
    """Let a batch be augmented, if by anything, before it is prepared (chapter 4)."""
    if augment is None:
        return prepare

    def both(images: tf.Tensor, labels: tf.Tensor, seed: tf.Tensor, rows: Rows) -> tuple[Any, ...]:
        own_seed, seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        return prepare(augment(images, own_seed, rows), labels, seed, rows)

    return both


def drown(images: tf.Tensor, seed: tf.Tensor, rows: Rows) -> tf.Tensor:
    """Add `qdtools.noise.gaussian` in the graph, each image at a level of its own from 0 to 2 (chapter 3).

    Levels are ``2 * u ** 1.5``: more of the low ones, at which there is more to learn. Parameters and
    return value are those of `augment`.
    """
    level_seed, noise_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    u = rows.uniform([1, 1, 1], level_seed)
    z = rows.normal(IMAGE, noise_seed)
    return tf.clip_by_value(unclipped(images, MAX_LEVEL * u**1.5, z), 0, 1)


def batches_by_epoch(
    drawings: Drawings, config: TrainingConfig, prepare: Prepare, team: Team | None = None
) -> Callable[[int], tf.data.Dataset]:
    """Give a function from an epoch to its prepared batches; seed and epoch decide all (chapter 8).

    No more than a batch of the drawings is read at a time, which stay uint8 until then.

    Parameters
    ----------
    drawings : Drawings
        All of them, whoever reads which.
    config : TrainingConfig
        Of which the batch's size counts, with the seed.
    prepare : callable
        Makes what Keras is given of images, labels, a seed and which rows of a batch they are.
    team : Team, optional
        A worker of it reads every so many-th drawing of each batch; which these are stands before what
        is prepared.

    Returns
    -------
    callable
        From a number from 0 to a `tf.data.Dataset`; `VALIDATION_EPOCH` leaves no drawing out.
    """
    share = slice(None) if team is None else slice(team.rank, None, team.world)
    feed = Feed(drawings, config.batch_size, config.seed, share)

    def batch(epoch: tf.Tensor, number: tf.Tensor, index: tf.Tensor) -> tuple[Any, ...]:
        seed = tf.stack([config.seed * 10_007 + epoch, number])
        rows = Rows(tf.shape(index)[0])
        if team is not None:
            rows = Rows(rows.whole, tf.range(team.rank, rows.whole, team.world))
            index = rows.take(index)
        pixels, labels = feed.read(index)
        images = tf.cast(pixels, tf.float32)[..., None] / 255
        prepared = prepare(images, labels, seed, rows)
        return prepared if team is None else ((index, rows.whole, rows.own), prepared)

    options = tf.data.Options()
    # There is nothing to tune, and an iterator ends only when its tuner wakes, up to a minute later.
    options.autotune.enabled = False

    def batches(epoch: int) -> tf.data.Dataset:
        # In validation, too: drawings come by category, and the place in a batch decides the view.
        return (
            feed.steps(epoch, whole=epoch != VALIDATION_EPOCH)
            .map(partial(batch, tf.constant(epoch, tf.int64)))
            .prefetch(2)
            .with_options(options)
        )

    return batches
