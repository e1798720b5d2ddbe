"""Feeds training with drawings a batch at a time, in an order that seed with epoch decide."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..drawings.canvas import SIDE
from ..drawings.mapped import Mapped, numbers
from ._keras import tensorflow as tf

if TYPE_CHECKING:
    from ..drawings.collection import Drawings

#: Batches that the system is asked to bring from the disk before their turn.
_AHEAD = 16


def order_of(n: int, seed: int, epoch: int) -> np.ndarray:
    """Shuffle all drawings of an epoch, whatever files they lie in (chapter 8).

    Parameters
    ----------
    n : int
        How many drawings.
    seed, epoch : int
        Of 0 or more; they alone decide the order.

    Returns
    -------
    ndarray of int64, (n,)
        Each number below `n` once, kept as `numbers` keeps it.
    """
    order = numbers(n)
    step = 1_000_000
    for start in range(0, n, step):
        order[start : start + step] = np.arange(start, min(start + step, n))
    # The same order as `permutation(n)` gives, but shuffled in place; a view, since of a map's own
    # type numpy swaps one by one through Python.
    np.random.default_rng([seed, epoch]).shuffle(order.view(np.ndarray))
    return order


class Feed:
    """Drawings for training, of which no more than a batch is read at a time (chapter 8).

    The same seed gives the same batches, in memory or on disk, and on every worker.

    Parameters
    ----------
    drawings : Drawings
        All of them, whoever reads which.
    batch_size : int
        Drawings of a batch, over all workers.
    seed : int
        Of the order.
    share : slice
        Which of a batch will be read here, ``slice(rank, None, world)`` of a worker; by default all.
    """

    def __init__(
        self, drawings: Drawings, batch_size: int, seed: int, share: slice = slice(None)
    ) -> None:
        self._drawings, self._batch_size, self._seed = drawings, batch_size, seed
        self._share = share
        self._shuffled: tuple[int, np.ndarray] = (-1, np.empty(0, np.int64))

    def steps(self, epoch: int, whole: bool) -> tf.data.Dataset:
        """Give the batches of an epoch as the numbers of their drawings (chapter 8).

        Parameters
        ----------
        epoch : int
            Decides the order, with the seed.
        whole : bool
            Whether to leave out a last batch that is not whole, unless there is no other.

        Returns
        -------
        tf.data.Dataset
            Of the batch's number, int64, with the positions of its drawings, int64 (batch,).
        """
        n, size = len(self._drawings), self._batch_size
        whole = whole and n >= size
        index_of = partial(self._index, epoch)

        def step(number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            index = tf.numpy_function(index_of, [number], tf.int64)
            index.set_shape([size if whole else None])
            return number, index

        return tf.data.Dataset.range(n // size if whole else -(-n // size)).map(step)

    def read(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Read some drawings, in the graph (chapter 8).

        Parameters
        ----------
        index : Tensor of int64, (batch,)
            Their positions.

        Returns
        -------
        pixels : Tensor of uint8, (batch, 28, 28)
        labels : Tensor of int32, (batch,)
        """
        pixels, labels = tf.numpy_function(self._read, [index], (tf.uint8, tf.int32))
        pixels.set_shape([index.shape[0], SIDE, SIDE])
        labels.set_shape([index.shape[0]])
        return pixels, labels

    def _read(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # As plain arrays: of a map's own type, each choice makes a new one through Python.
        labels = np.asarray(self._drawings.labels)[index]
        return np.ascontiguousarray(self._drawings.pixels[index]), labels.astype(np.int32)

    def _index(self, epoch: int, number: np.ndarray) -> np.ndarray:
        if self._shuffled[0] != epoch:  # a validation batch is met again, a training epoch is not
            self._shuffled = (epoch, order_of(len(self._drawings), self._seed, epoch))
        order, size, place = self._shuffled[1], self._batch_size, int(number)
        pixels = self._drawings.pixels
        if isinstance(pixels, Mapped):
            for ahead in range(0 if place == 0 else _AHEAD, _AHEAD + 1):
                first = (place + ahead) * size
                pixels.expect(np.array(order[first : first + size][self._share]))
        return np.array(order[place * size : (place + 1) * size])
