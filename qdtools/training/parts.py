"""Splits drawings as a training does, refuses those that none can learn from, without waking TensorFlow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..drawings.categories import ALL_CATEGORIES
from ..drawings.mapped import numbers
from ..errors import DataError

if TYPE_CHECKING:
    from ..drawings.collection import Drawings
    from .config import TrainingConfig


def check_parts(drawings: Drawings, config: TrainingConfig) -> None:
    """Refuse drawings that no training by this config can learn from (chapter 5).

    Parameters
    ----------
    drawings : Drawings
        All drawings, of which only how many there are counts.
    config : TrainingConfig
        Of which the shares for validation and test count.

    Raises
    ------
    DataError
        If there is one category only, or one has too few drawings to learn from, to validate and to
        score on.
    """
    known = set(drawings.categories) <= set(ALL_CATEGORIES)
    if len(drawings.categories) == 1:
        raise DataError(
            f"There are drawings of {drawings.categories[0]!r} only, which leaves nothing to choose; "
            "give a second category, or "
            + (
                "name drawings by the shipped weights, which know it (`qdtools classify`)."
                if known
                else "add it to those that are known (`qdtools learn DIR --known all --out DIR`)."
            )
        )
    otherwise = (
        "take the shipped weights, which know all of these names (`qdtools classify`)."
        if known
        else "learn from a few (`qdtools learn DIR --out DIR`)."
    )
    shares = (config.validation, config.test)
    for name, count in drawings.counts.items():
        there = f"There {'is 1 drawing' if count == 1 else f'are {count} drawings'} of {name!r}"
        for share in shares:
            if not round(share * count):
                raise DataError(
                    f"{there}, of which a share of {100 * share:.3g}% leaves none to measure on; load at "
                    f"least {math.ceil(1 / share):,}, or {otherwise}"
                )
        if sum(round(share * count) for share in shares) == count:
            raise DataError(
                f"{there}, of which shares of {100 * shares[0]:.3g}% and {100 * shares[1]:.3g}% leave none "
                "to learn from; load more, give smaller shares (`--validation`, `--test`), or "
                f"{otherwise}"
            )


def parts_of(drawings: Drawings, config: TrainingConfig) -> tuple[Drawings, Drawings, Drawings]:
    """Split drawings as a training by this config does (chapter 5).

    Parameters
    ----------
    drawings : Drawings
        All drawings.
    config : TrainingConfig
        Of which the shares for validation and test count, with the seed and the mix.

    Returns
    -------
    training, validation, test : Drawings
        As `Drawings.split` gives them; those for training evened if the config mixes by category.

    Raises
    ------
    DataError
        As `check_parts` says.
    """
    check_parts(drawings, config)
    training, validation, test = drawings.split(config.validation, config.test, config.seed)
    return evened(training) if config.mix == "categories" else training, validation, test


def evened(drawings: Drawings) -> Drawings:
    """Repeat drawings of the smaller categories until each has as many as the largest (chapter 8).

    Each of a category's drawings is repeated as often as the others, or once more. An epoch shuffles
    them with all others, and gives each time other noise.

    Parameters
    ----------
    drawings : Drawings
        For training.

    Returns
    -------
    Drawings
        The very same where all categories that have any have as many.
    """
    counts = np.bincount(drawings.labels, minlength=len(drawings.categories))
    there = np.flatnonzero(counts)
    if len(set(counts[there].tolist())) < 2:  # of one size, or none
        return drawings
    most = int(counts.max())
    index = numbers(most * len(there))
    for place, label in enumerate(there.tolist()):
        own = np.flatnonzero(drawings.labels == label)
        index[place * most : (place + 1) * most] = np.resize(own, most)
    return drawings[index]
