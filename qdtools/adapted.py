"""Lets trained networks name categories that they do not know: a small classifier on what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .noise import gaussian
from .pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .drawings.collection import Drawings

#: Levels of the noise in which a head meets its drawings besides clean ones.
LEVELS = (0.5, 1.0)


@dataclass(frozen=True, eq=False)
class Headed(Pipeline):
    """A pipeline whose last step was learned from other drawings than its networks (chapter 5).

    Attributes
    ----------
    head : object
        Takes logits of the networks' own names, (n, k); gives probabilities, a column each of
        `trained_on`.
    n_learned_from : int
        Drawings that the head was learned from.
    """

    head: Any = None
    n_learned_from: int = 0

    def _probabilities(self, logits: np.ndarray) -> np.ndarray:
        columns = [self.trained_on.index(name) for name in self.categories]
        chosen = self.head.predict_proba(logits)[:, columns].astype(np.float32)
        shares: np.ndarray = chosen / np.maximum(chosen.sum(axis=1, keepdims=True), 1e-12)
        return shares


def with_head(
    pipeline: Pipeline,
    training: Drawings,
    met: Sequence[str] = ("noisy", "denoised"),
    denoiser: Pipeline | None = None,
) -> Headed:
    """Learn to name the categories of some drawings by what a pipeline's networks answer (chapter 5).

    Parameters
    ----------
    pipeline : Pipeline
        Networks of any names.
    training : Drawings
        To learn from.
    met : sequence of str
        How the head meets them besides clean: ``"noisy"``, ``"denoised"``.
    denoiser : Pipeline, optional
        Which denoises for it; `pipeline` itself by default.

    Returns
    -------
    Headed
        A pipeline of the categories of `training`.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    seen = [training.images]
    for number, level in enumerate(LEVELS, 1):
        noisy = gaussian(training.images, level, seed=number)
        seen += [noisy] if "noisy" in met else []
        seen += [(denoiser or pipeline).denoise(noisy)] if "denoised" in met else []
    answers = np.concatenate([pipeline.logits(images) for images in seen])
    head = make_pipeline(StandardScaler(), LogisticRegression(C=0.03, max_iter=1000))
    head.fit(answers, np.tile(training.labels, len(seen)))
    return Headed(pipeline.graph, training.categories, None, head, len(training))
