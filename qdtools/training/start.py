"""What tuning starts from: the shipped networks, with a last layer for a reader's own names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from .. import settings
from ..noise import gaussian
from ._keras import keras
from .networks import classifier_for
from .origin import shipped_manifest
from .saved import load_network

if TYPE_CHECKING:
    from ..drawings.collection import Drawings
    from .config import TrainingConfig

#: Most drawings on which the rows of new names are fitted, before they are tuned with all.
_FITTED_ON = 4096
#: Levels at which each of these is denoised for it, beside being met as it is.
_LEVELS = (0.5, 1.0)
#: How strongly a row is held to where it starts from; features are about 0.1, weights about 0.5.
_HOLD = 1e-3
#: Most steps of the fit.
_STEPS = 200


def start_from_shipped(
    training: Drawings, config: TrainingConfig
) -> tuple[keras.Model, keras.Model]:
    """Load the shipped networks, the classifier with a last layer for other names (chapter 7).

    A name that they know keeps its row of weights. Rows of new names are fitted: a logistic
    regression on the classifier's features of the drawings, which holds known names to their rows.

    Parameters
    ----------
    training : Drawings
        Of the names that there shall be; only new names take a look at the drawings themselves.
    config : TrainingConfig
        Of the shipped networks' architectures; its seed chooses among many drawings, and draws noise.

    Returns
    -------
    denoiser, classifier : keras.Model
        Uncompiled, in float32; the classifier names the categories of `training`.

    Raises
    ------
    ModelError
        If the shipped networks are missing or altered.
    """
    folder = settings.book_models_dir()
    denoiser, shipped = load_network("denoiser", folder), load_network("classifier", folder)
    names = shipped_manifest()["categories"]
    *features, kernel, bias = shipped.get_weights()
    rows = np.zeros((len(training.categories), len(kernel) + 1))
    new = np.ones(len(rows), bool)
    for label, name in enumerate(training.categories):
        if name in names:
            rows[label] = [*kernel[:, names.index(name)], bias[names.index(name)]]
            new[label] = False
    if new.any():
        rows[new] = rows[~new].mean(axis=0) if not new.all() else 0
        rows = _fitted(rows, *_features(training, denoiser, shipped, config.seed))
    classifier = classifier_for(config, len(rows))
    classifier.set_weights([*features, rows[:, :-1].T, rows[:, -1]])
    return denoiser, classifier


def _features(
    drawings: Drawings, denoiser: keras.Model, classifier: keras.Model, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Give what the last layer is shown of drawings, clean and denoised, with their labels."""
    chosen = np.random.default_rng(seed).permutation(len(drawings))[:_FITTED_ON]
    drawings = drawings[np.sort(chosen)]
    before = keras.Model(classifier.input, classifier.layers[-1].input)

    def run(network: keras.Model, images: np.ndarray) -> np.ndarray:
        return np.concatenate(
            [
                network(images[first : first + 128], training=False)
                for first in range(0, len(images), 128)
            ]
        )

    views = [drawings.images]
    views += [run(denoiser, gaussian(drawings.images, level, seed)) for level in _LEVELS]
    found = np.concatenate([run(before, images) for images in views])
    return found, np.tile(drawings.labels, len(views))


def _fitted(rows: np.ndarray, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Fit a logistic regression, each name's weights with its bias a row, held to given rows."""
    inputs = np.concatenate([features, np.ones((len(features), 1), features.dtype)], axis=1)
    each = np.arange(len(inputs))

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        moved = flat.reshape(rows.shape) - rows
        logits = inputs @ flat.reshape(rows.shape).T
        log = logits - logsumexp(logits, axis=1, keepdims=True)
        wrong = np.exp(log)
        wrong[each, labels] -= 1
        slope = wrong.T @ inputs / len(inputs) + 2 * _HOLD * moved
        return float(-log[each, labels].mean() + _HOLD * (moved**2).sum()), slope.ravel()

    found = minimize(loss, rows.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    fitted: np.ndarray = found.x.reshape(rows.shape)
    return fitted
