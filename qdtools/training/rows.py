"""Which rows of a batch a worker holds, with random numbers that are the same whoever holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._keras import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Sequence


class Rows:
    """Rows of a batch: all of them in one process, one worker's share of them among several.

    What is drawn at random is drawn for the whole batch, from its seed, and each worker keeps its
    rows of it. So a drawing meets the same noise however many workers there are.

    Attributes
    ----------
    whole : Tensor, ()
        Rows of the whole batch.
    own : Tensor, (rows,), or None
        Positions of the rows held here, rising; None means all of them.
    """

    def __init__(self, whole: tf.Tensor, own: tf.Tensor | None = None) -> None:
        self.whole, self.own = whole, own

    def take(self, values: tf.Tensor, axis: int = 0) -> tf.Tensor:
        """Keep of the whole batch's values those of the rows held here (chapter 8)."""
        return values if self.own is None else tf.gather(values, self.own, axis=axis)

    def uniform(self, tail: Sequence[int], seed: tf.Tensor) -> tf.Tensor:
        """Draw numbers in [0, 1) of the shape `tail` for each row, from a seed (2,) (chapter 8)."""
        return self.take(tf.random.stateless_uniform([self.whole, *tail], seed))

    def normal(self, tail: Sequence[int], seed: tf.Tensor) -> tf.Tensor:
        """Draw standard normal numbers of the shape `tail` for each row, from a seed (2,) (chapter 8)."""
        return self.take(tf.random.stateless_normal([self.whole, *tail], seed))

    def between(self, first: Any, last: Any) -> tuple[slice, Rows]:
        """Give the rows between two positions in the whole batch (chapter 8).

        Parameters
        ----------
        first, last : int or Tensor
            Positions; the second is past the end of the part.

        Returns
        -------
        slice
            Where they lie among the rows held here.
        Rows
            The part, as a batch of its own.
        """
        if self.own is None:
            return slice(first, last), Rows(last - first)
        edges = tf.searchsorted(self.own, tf.stack([first, last]))
        here = slice(edges[0], edges[1])
        return here, Rows(last - first, self.own[here] - first)
