"""The weights that ship with the book, or, where they are missing or altered, ones trained on the spot."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from .. import settings
from ..drawings.sources import load
from ..errors import ModelError
from ..manifests import read_manifest
from ..pipeline import Pipeline
from .origin import shipped_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ..drawings.collection import Drawings
    from ..heads import Head


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
    return _from(settings.models_dir(), categories)


def book_pipeline(categories: str | Iterable[str] | None = None) -> Pipeline:
    """Load the weights that ship with the book, whatever ``QD_MODELS_DIR`` names (chapter 4).

    Parameters
    ----------
    categories : str or iterable of str, optional
        Choose among these of the 345 only.

    Returns
    -------
    Pipeline
        As `shipped_pipeline` gives it where that variable is not set.

    Raises
    ------
    DataError
        If a category is unknown, or there are neither weights nor drawings to train on.
    """
    return _from(settings.book_models_dir(), categories)


def pipeline_for(training: Drawings) -> Pipeline:
    """Give the networks by which a chapter names drawings, whatever these are called (chapter 5).

    Parameters
    ----------
    training : Drawings
        Drawings that may be learned from.

    Returns
    -------
    Pipeline
        The shipped weights, or those in ``QD_MODELS_DIR``, choosing among the categories of
        `training`; where they do not know them all, with a last step learned from `training`.

    Raises
    ------
    DataError
        If there are neither weights nor drawings to train on.
    """
    pipeline = shipped_pipeline()
    if set(training.categories) <= set(pipeline.names):
        return pipeline.restrict(training.categories)
    from ..examples import with_head  # wakes scikit-learn, which naming known names does without

    # It meets drawings as the networks did, who see noisy ones with and without the denoiser.
    return with_head(pipeline, training, met=("noisy", "denoised"))


def whose_networks(pipeline: Pipeline) -> str:
    """Say what a reader must know of networks that are not the shipped ones as they are (chapter 5).

    Parameters
    ----------
    pipeline : Pipeline
        As `pipeline_for` gives it.

    Returns
    -------
    str
        A paragraph; empty for the shipped weights and names that they know.
    """
    said = []
    own, met = settings.models_dir() != settings.book_models_dir(), may_have_met(pipeline)
    if own:
        said.append(
            f"The networks here are your own, from the folder `{settings.models_dir().name}` that "
            "`QD_MODELS_DIR` names: where this page calls the ones that name your drawings "
            "*shipped*, read *yours*."
            + (
                ""
                if pipeline.head
                else " Whichever of the drawings tested on below they were trained on are no longer unseen, "
                "so take the numbers for too good, and keep some drawings apart to know better."
            )
        )
    if pipeline.head is not None:
        networks = "Your networks" if own else "The shipped networks"
        known = pipeline.trained_on
        strange = [name for name in pipeline.head.categories if name not in known]
        listed = ", ".join(strange[:5]) + (" …" if len(strange) > 5 else "")
        are = "are" if len(strange) > 1 else "is"
        n = sum(pipeline.head.examples)
        said.append(
            f"{networks} know {len(known)} names"
            + (f", and {listed} {are} not among them. So their" if strange else ". Their")
            + f" last step was learned {'' if met else 'anew, '}from {n} "
            + (
                "drawings, by `qdtools learn`: whichever of these are tested on below are no longer unseen, "
                "so take the numbers for too good, and keep some drawings apart to know better"
                if met
                else "of your drawings, none of which is tested on"
            )
            + "; all before it, the denoiser too, is as it was trained on other names. `qdtools learn` "
            "keeps such a last step in a file, and `qdtools train` trains all of it."
        )
    return "\n\n".join(said)


def may_have_met(pipeline: Pipeline) -> bool:
    """Say whether networks of a reader's own may have learned from what a chapter tests on (chapter 5).

    Parameters
    ----------
    pipeline : Pipeline
        As `pipeline_for` gives it.

    Returns
    -------
    bool
        True where ``QD_MODELS_DIR`` names them, for nobody knows from which drawings they, or the last
        step that is there, were made; False for the shipped ones and a last step that was learned anew.
    """
    if settings.models_dir() == settings.book_models_dir():
        return False
    return pipeline.head is None or _saved(pipeline.head)


def learned_from(pipeline: Pipeline) -> str:
    """Say from how many drawings of how many names networks have learned (chapter 5).

    Parameters
    ----------
    pipeline : Pipeline
        As `pipeline_for` gives it; what only its last step was learned from does not count.

    Returns
    -------
    str
        In words, such as "98,683 drawings of 345 names"; of networks that were tuned also what those had
        learned from with which they began.
    """
    manifest = read_manifest(pipeline.folder)
    said = f"{manifest['split']['training']:,} drawings of {len(pipeline.trained_on)} names"
    if manifest["config"].get("start") != "shipped":
        return said
    first = shipped_manifest()
    return (
        f"{first['split']['training']:,} drawings of {len(first['categories'])} names as the networks that "
        f"ship, then from {said}"
    )


def _saved(head: Head) -> bool:
    """Whether a head is the one that ``QD_MODELS_DIR`` names, learned who knows on which drawings."""
    try:
        saved = Pipeline.load().head
    except ModelError:  # another was trained in their place
        return False
    return saved is not None and saved.to_json() == head.to_json()


def _from(folder: Path, categories: str | Iterable[str] | None) -> Pipeline:
    """Load weights from a folder, or, where they cannot be used, train on the spot."""
    try:
        return Pipeline.load(folder, categories)
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

    # What is there is of no use, and nobody's but this function's.
    shutil.rmtree(own, ignore_errors=True)
    # The default split's test drawings, on which the chapters score, stay out of this training too.
    training, _, _ = load("all", source="sample").split()
    config = TrainingConfig(
        start="scratch",
        denoiser_epochs=6,
        classifier_epochs=8,
        joint_epochs=0,
        focus=default_focus(training.categories),
    )
    release(
        training,
        own,
        config,
        command="qdtools.shipped_pipeline() without the shipped weights",
        echo=lambda line: print(line, file=sys.stderr),
    )
    return Pipeline.load(own, categories)
