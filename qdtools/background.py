"""What the features of drawings with trained names are like: their means, their spread, how far is far."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ._checks import read_arrays, read_regular
from .errors import ModelError
from .heads import normalized
from .noise import gaussian, unclipped

if TYPE_CHECKING:
    from pathlib import Path

    from .drawings.collection import Drawings
    from .pipeline import Pipeline

#: The file beside a graph.
BACKGROUND = "background.npz"
#: Share of the mean variance that is added to each: directions that few drawings move along count less.
_SHRINKAGE = 0.1
#: Share of drawings of a trained name that may lie beyond the limit of that name.
BEYOND = 0.025
#: Drawings of each category that are looked at.
_EACH = 200
#: Levels of the noise on those that are also looked at denoised.
_LEVELS = (0.25, 1.0)
#: Levels at which it is looked at how far noise moves features, on so many drawings of each category.
_DRIFTS, _FEW = (0.25, 0.5, 0.75, 1.0), 20
#: Bytes of the file, and of what it unpacks to: ten times what that of 345 names has.
_MOST_BYTES, _MOST_UNPACKED = 3_000_000, 6_000_000
#: None of its numbers can be this large; what is computed with smaller ones is a 32-bit float yet.
_LARGEST = 1e6


@dataclass(frozen=True, eq=False)
class Background:
    """Normalised features of drawings with trained names, summed up (chapter 7).

    Attributes
    ----------
    means : ndarray of float32, (n_categories, m)
        The mean of each category, in the order of the graph's logits.
    covariance : ndarray of float32, (m, m)
        How features vary around the mean of their own category, over all categories.
    limit : float
        The distance, squared, from their own category's mean beyond which only `BEYOND` of the
        held-out drawings lie, by the features of the last layer.
    layers : tuple of int
        How many of the m features each layer gives, the last layer first.
    drift : ndarray of float32, (n_levels, m)
        How far noise of some levels moves features on average, of noisy images as heads see them; none
        where that is not known.
    """

    means: np.ndarray
    covariance: np.ndarray
    limit: float
    layers: tuple[int, ...]
    drift: np.ndarray

    @cached_property
    def last(self) -> Background:
        """The same of the last layer alone, by which it is told how far images are (chapter 7)."""
        if len(self.layers) == 1:
            return self
        m = self.layers[0]
        means, covariance = self.means[:, :m], self.covariance[:m, :m]
        return Background(means, covariance, self.limit, self.layers[:1], self.drift[:, :m])

    @cached_property
    def _axes(self) -> tuple[np.ndarray, np.ndarray]:
        """Variances of the features, shrunk towards their mean, with the directions that have them."""
        variances, directions = np.linalg.eigh(self.covariance.astype(np.float64))
        least = np.finfo(np.float32).tiny  # where nothing varies at all
        return np.maximum(variances + _SHRINKAGE * variances.mean(), least), directions

    @cached_property
    def whitening(self) -> np.ndarray:
        """Turns features so that each varies by 1, independent of the others; (m, m) (chapter 7)."""
        variances, directions = self._axes
        turned: np.ndarray = directions / np.sqrt(variances)
        return turned

    @cached_property
    def center(self) -> np.ndarray:
        """The mean of the categories' means, (m,)."""
        center: np.ndarray = self.means.mean(axis=0)
        return center

    @cached_property
    def _whitened(self) -> np.ndarray:
        whitened: np.ndarray = (self.means - self.center) @ self.whitening
        return whitened

    def white(self, features: np.ndarray) -> np.ndarray:
        """Normalise, centre and turn features, (n, m) as the graph gives them; (n, m) (chapter 7).

        Raises
        ------
        ModelError
            If the graph gives more features or fewer.
        """
        self.check(features.shape[-1])
        white: np.ndarray = (normalized(features, self.layers) - self.center) @ self.whitening
        return white

    def check(self, m: int) -> None:
        """Refuse another number of features than this tells of (chapter 7).

        Raises
        ------
        ModelError
            If m is another.
        """
        if m != sum(self.layers):
            raise ModelError(
                f"{BACKGROUND} tells of {sum(self.layers)} features, and the graph beside it has {m}; "
                "restore it, or remove it: only what is told from drawings of trained names needs it."
            )

    def distances(self, features: np.ndarray, columns: list[int]) -> np.ndarray:
        """Measure how far images are from some categories (Lee et al. 2018, section 2.1; chapter 7).

        Parameters
        ----------
        features : ndarray, (n, m)
            Of the last layer, as the graph gives them.
        columns : list of int
            Which categories, at least one.

        Returns
        -------
        ndarray of float, (n,)
            Squared Mahalanobis distance to the nearest of their means.
        """
        if len(self.layers) > 1:
            return self.last.distances(features, columns)
        white, means = self.white(features), self._whitened[columns]
        squares = (white**2).sum(axis=1)[:, None] + (means**2).sum(axis=1) - 2 * white @ means.T
        nearest: np.ndarray = squares.min(axis=1)
        return nearest

    def likely(self, each: int, rng: np.random.Generator) -> np.ndarray:
        """Draw whitened features such as drawings of trained names have, without any drawing (chapter 7).

        Parameters
        ----------
        each : int
            How many of each category.
        rng : numpy.random.Generator
            Draws them.

        Returns
        -------
        ndarray of float, (each * n_categories, m)
            Normal around each category's mean, half of them moved as noise would.
        """
        means = np.tile(self._whitened, (each, 1))
        drawn: np.ndarray = means + rng.standard_normal(means.shape)
        if len(self.drift):
            noisy = np.flatnonzero(rng.random(len(drawn)) < 0.5)
            levels = rng.integers(len(self.drift), size=len(noisy))
            drawn[noisy] += (self.drift @ self.whitening)[levels]
        return drawn


def measure(
    features: np.ndarray,
    labels: np.ndarray,
    held_out: np.ndarray,
    held_out_labels: np.ndarray,
    layers: tuple[int, ...],
) -> Background:
    """Sum up the features of drawings with trained names (chapter 7).

    Parameters
    ----------
    features : ndarray, (n, m)
        As the graph gives them, of drawings that it was trained on.
    held_out : ndarray, (n, layers[0])
        The features of the last layer of other drawings, for the limit.
    labels, held_out_labels : ndarray of int, (n,)
        Their categories, by the places of the graph's logits; each of them has drawings.
    layers : tuple of int
        How many of the m features each layer gives, the last layer first.
    """
    x = normalized(features, layers).astype(np.float64)
    means = np.stack([x[labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    apart = x - means[labels]
    # As they are stored, so that the limit fits what is read again.
    means, covariance = (
        part.astype(np.float16).astype(np.float32) for part in (means, apart.T @ apart / len(apart))
    )
    still = np.empty((0, means.shape[1]), np.float32)
    found = Background(means, covariance, np.inf, layers, still)
    distances = np.concatenate(
        [
            found.distances(held_out[held_out_labels == label], [label])
            for label in np.unique(held_out_labels)
        ]
    )
    return replace(found, limit=float(np.quantile(distances, 1 - BEYOND)))


def measure_drawings(
    pipeline: Pipeline, training: Drawings, held_out: Drawings
) -> Background | None:
    """Sum up the features of drawings as they are with those of the same ones denoised (chapter 7).

    Parameters
    ----------
    pipeline : Pipeline
        The networks.
    training, held_out : Drawings
        Of the names that the networks know, in their order: some that they were trained on, of which the
        first 200 of each name are looked at, and others for the limit. Each name has drawings.

    Returns
    -------
    Background or None
        None where the features say nothing, as those of networks that have hardly been trained.

    Raises
    ------
    ModelError
        If the networks have no features.
    """
    n_names = len(training.counts)
    first = [np.flatnonzero(training.labels == label)[:_EACH] for label in range(n_names)]
    training = training[np.sort(np.concatenate(first))]
    layers = replace(pipeline, folder=None).layers  # whatever a background of before tells of
    features = _features(pipeline, training, 0, len(layers))
    others = _features(pipeline, held_out, 1, 1)
    labels, other_labels = (np.tile(part.labels, 2) for part in (training, held_out))
    found = measure(features, labels, others, other_labels, layers)
    # Features that are all alike lie no distance apart.
    if not np.isfinite(found.limit) or found.limit <= 0:
        return None
    few = np.concatenate(
        [np.flatnonzero(training.labels == label)[:_FEW] for label in range(n_names)]
    )
    return replace(found, drift=measure_drift(pipeline, training[np.sort(few)], layers))


def measure_drift(pipeline: Pipeline, drawings: Drawings, layers: tuple[int, ...]) -> np.ndarray:
    """Tell how far noise moves the normalised features of drawings on average (chapter 7).

    Parameters
    ----------
    pipeline : Pipeline
        The networks.
    drawings : Drawings
        Of the names that the networks know.
    layers : tuple of int
        How many features each layer gives.

    Returns
    -------
    ndarray of float32, (n_levels, m)
        At levels from 0.25 to 1, for noisy images as heads see them: as they are, with the denoised ones.
    """
    images, n = drawings.images, len(layers)
    clean = normalized(pipeline.features(images, layers=n), layers)
    moved = [
        normalized(pipeline.features(gaussian(images, level, 2), True, n), layers) - clean
        for level in _DRIFTS
    ]
    # As it is stored.
    drift: np.ndarray = np.stack(moved).mean(axis=1, dtype=np.float64)
    return drift.astype(np.float16).astype(np.float32)


def _features(pipeline: Pipeline, drawings: Drawings, seed: int, layers: int) -> np.ndarray:
    """Features of drawings as they are, then of the same ones spoiled and denoised."""
    images = drawings.images
    rng = np.random.default_rng(seed)
    levels = rng.uniform(*_LEVELS, (len(images), 1, 1, 1))
    spoiled = unclipped(images, levels, rng.standard_normal(images.shape))
    denoised = pipeline.denoise(np.clip(spoiled, 0, 1).astype(np.float32))
    return np.concatenate([pipeline.features(seen, layers=layers) for seen in (images, denoised)])


def save_background(background: Background, graph: bytes, path: Path) -> None:
    """Write the file of a background, bound to its graph by the graph's hash (chapter 7)."""
    np.savez_compressed(
        path,
        graph=np.array(hashlib.sha256(graph).hexdigest()),
        means=background.means.astype(np.float16),
        covariance=background.covariance.astype(np.float16),
        limit=np.array(background.limit),
        layers=np.array(background.layers),
        drift=background.drift.astype(np.float16),
    )


def read_background(path: Path, graph: str, n_categories: int) -> Background | None:
    """Read the file of a background (chapter 7).

    Parameters
    ----------
    path : Path
        The file.
    graph : str
        SHA-256 of the graph that it is to be about.
    n_categories : int
        How many names the graph has.

    Returns
    -------
    Background or None
        None where there is no file, or it is about another graph.

    Raises
    ------
    ModelError
        If the file is torn.
    """
    try:
        stored = read_arrays(read_regular(path, _MOST_BYTES), _MOST_UNPACKED)
        if str(stored["graph"]) != graph:
            return None
        means, covariance = (_numbers(stored[name]) for name in ("means", "covariance"))
        limit = float(stored["limit"])
        m = means.shape[1]
        # Files of before told of the last layer alone, without saying so.
        layers = tuple(stored["layers"].tolist() if "layers" in stored else [m])
        if not all(type(n) is int and n > 0 for n in layers) or sum(layers) != m:
            raise ValueError(f"{m} features of layers of {layers}")
        drift = _numbers(stored.get("drift", np.empty((0, m))))
        if drift.ndim != 2 or drift.shape[1] != m:
            raise ValueError(f"{drift.shape} numbers of how noise moves features")
        if means.shape != (n_categories, m) or covariance.shape != (m, m):
            raise ValueError(f"shapes {means.shape} and {covariance.shape}")
        if not limit > 0:
            raise ValueError(f"a limit of {limit}")
    except FileNotFoundError:
        return None
    except Exception as error:  # of a file that is none, each layer has errors of its own
        raise ModelError(
            f"{str(path)!r} is torn or altered ({error}); restore it, or remove it: only what is told "
            "from drawings of trained names needs it."
        ) from error
    return Background(means, covariance, limit, layers, drift)


def _numbers(stored: np.ndarray) -> np.ndarray:
    """Take what a file holds for numbers of normalised features, which are from -1 to 1."""
    if stored.dtype.kind != "f" or not (np.abs(stored.astype(np.float64)) <= _LARGEST).all():
        raise ValueError("what is no number, or too large a one")
    return stored.astype(np.float32)
