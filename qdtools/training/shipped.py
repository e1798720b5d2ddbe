"""The weights that ship with the book, or, where they are missing or altered, ones trained on the spot."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .. import settings
from ..drawings.sources import load
from ..errors import ModelError
from ..pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterable


def shipped_pipeline(categories: str | Iterable[str] | None = None) -> Pipeline:
    """Load the shipped weights if present and the hash agrees, else train (chapter 5).

    Training takes the drawings of the sample that its default split leaves for training, and minutes
    instead of hours: the result is weaker, and a line on standard error says so. It is kept in the
    cache and loaded from there the next time.

    Parameters
    ----------
    categories : str or iterable of str, optional
        Choose among these only.

    Returns
    -------
    Pipeline
        Ready to be called.

    Raises
    ------
    DataError
        If a category is unknown, or there are neither weights nor drawings to train on.
    """
    try:
        return Pipeline.load(categories=categories)
    except ModelError as error:
        why = error
    own = settings.cache_dir() / "own-models"
    try:
        return Pipeline.load(own, categories)
    except ModelError:
        print(f"{why}\nTraining a small pipeline on the sample instead.", file=sys.stderr)
    # Only now, since training wakes TensorFlow.
    from .config import TrainingConfig, default_focus
    from .release import release

    # The default split's test drawings, on which the chapters score, stay out of this training too.
    training, _, _ = load("all", source="sample").split()
    config = TrainingConfig(
        start="scratch",
        denoiser_epochs=6,
        classifier_epochs=8,
        joint_epochs=0,
        focus=default_focus(training.categories),
    )
    pipeline = release(
        training,
        own,
        config,
        command="qdtools.shipped_pipeline() without the shipped weights",
        echo=lambda line: print(line, file=sys.stderr),
    )
    return pipeline if categories is None else pipeline.restrict(categories)
