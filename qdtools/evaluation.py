"""Scores with their intervals: how well images are restored and drawings are named."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from skimage.metrics import structural_similarity
from tqdm import tqdm

from . import classical, settings
from .drawings.collection import Drawings
from .errors import DataError, SettingError
from .noise import add_noise
from .statistics import interval, paired_p_value

if TYPE_CHECKING:
    from .pipeline import Pipeline


@dataclass(frozen=True)
class Method:
    """A way from a noisy image to a name (chapter 4).

    Attributes
    ----------
    restore : callable
        Makes of a pipeline and noisy images (n, 28, 28, 1) those that the classifier sees.
    rival : str, optional
        Whose classifier names them, a folder of ``models/rivals``; the pipeline's own by default.
    """

    restore: Callable[[Pipeline, np.ndarray], np.ndarray]
    rival: str | None = None

    def classify(self, pipeline: Pipeline, images: np.ndarray) -> np.ndarray:
        """Give the probabilities (n, len(pipeline.categories)) of restored images."""
        namer = rival(self.rival).restrict(pipeline.categories) if self.rival else pipeline
        return namer.classify(images)


@cache
def rival(name: str) -> Pipeline:
    """Load one of the pipelines that the shipped one is compared with (chapter 4).

    Each is the plain autoencoder of chapter 2 before a classifier like the shipped one; all were
    trained by ``tools/train_rivals.py`` on the shipped weights' training drawings, each as long as
    the others and much shorter than the shipped ones.

    Parameters
    ----------
    name : str
        ``"clean"``, ``"noisy"`` or ``"denoised"``: what the classifier met in training, apart from
        clean drawings; denoised ones come from the shipped U-Net.

    Raises
    ------
    ModelError
        If there is no such rival, its file is missing, or its hash differs.
    """
    from .pipeline import Pipeline

    return Pipeline.load(settings.models_dir() / "rivals" / name)


def _as_it_is(pipeline: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return noisy


def _offset(pipeline: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return classical.remove_offset(noisy)


def _median(pipeline: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return classical.median(noisy)


def _total_variation(pipeline: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return classical.total_variation(noisy)


def _non_local_means(pipeline: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return classical.non_local_means(noisy)


def _autoencoder(pipeline: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return rival("clean").denoise(noisy)


def _unet(pipeline: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return pipeline.denoise(noisy)


#: Every way from a noisy image to a name.
METHODS: dict[str, Method] = {
    "clean": Method(_as_it_is, "clean"),
    "clean_offset": Method(_offset, "clean"),
    "clean_median": Method(_median, "clean"),
    "clean_total_variation": Method(_total_variation, "clean"),
    "clean_non_local_means": Method(_non_local_means, "clean"),
    "clean_autoencoder": Method(_autoencoder, "clean"),
    "clean_unet": Method(_unet, "clean"),
    "noisy": Method(_as_it_is, "noisy"),
    "denoised": Method(_unet, "denoised"),
    "median": Method(_median),
    "total_variation": Method(_total_variation),
    "classifier": Method(_as_it_is),
    "pipeline": Method(_unet),
}


def psnr(clean: np.ndarray, images: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB, averaged over the images (chapter 2).

    ``-10 log10(mean squared error)`` of each image, for a peak of 1.

    Parameters
    ----------
    clean, images : ndarray, (n, 28, 28, 1)
        Images in [0, 1].

    Returns
    -------
    float
        Decibels; infinite if any image is restored exactly.
    """
    return float(_decibels(clean, images).mean())


def _decibels(clean: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Give each image's own PSNR, infinite for an exact one."""
    error = ((np.asarray(clean, float) - images) ** 2).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return -10 * np.log10(error)


def ssim(clean: np.ndarray, images: np.ndarray) -> float:
    """Structural similarity, averaged over the images (Wang et al. 2004; chapter 2).

    Parameters
    ----------
    clean, images : ndarray, (n, 28, 28, 1)
        Images in [0, 1].

    Returns
    -------
    float
        At most 1, which means equal.
    """
    pairs = zip(np.asarray(clean), np.asarray(images), strict=True)
    return float(
        np.mean([structural_similarity(a[..., 0], b[..., 0], data_range=1) for a, b in pairs])
    )


def evaluate(
    pipeline: Pipeline,
    drawings: Drawings,
    levels: Sequence[float] = (0, 0.5, 1),
    noise: str = "gaussian",
    seed: int = 0,
    methods: Sequence[str] = ("classifier", "pipeline"),
    repeats: int = 1,
    by_drawing: bool = False,
) -> dict[str, Any]:
    """Score methods on the same noisy drawings (chapter 4).

    Parameters
    ----------
    pipeline : Pipeline
        The networks; they choose among the categories of `drawings`.
    drawings : Drawings
        Test drawings, all of them.
    levels : sequence of float
        Noise levels from 0 to 2.
    noise : str
        A kind of noise, a key of `qdtools.noise.NOISES` or `DAMAGES`.
    seed : int
        Seeds the noise; each level meets the same one.
    methods : sequence of str
        Keys of `METHODS`.
    repeats : int
        How many times each drawing is drowned, with the seeds that follow `seed`.
    by_drawing : bool
        Whether the rows also hold each drawing's own score, for paired tests of other pairs.

    Returns
    -------
    dict
        ``source``, ``categories``, ``n``, ``seed`` and ``rows``: for each method and level a dict of
        ``method``, ``noise``, ``level``, ``top1`` and its ``ci95`` (fractions; Wilson's over the n
        drawings, whatever the repeats, since drawings are what was sampled; of the nearest whole
        number of right ones), ``top1_by_seed`` (the accuracy of each repeat, for what the noise alone
        moves), ``psnr`` (dB, averaged over the images that are not exact; None where all are),
        ``n_exact`` (how many are, over all repeats) and ``ssim`` of the image that the classifier saw,
        ``cpu_ms`` an image (this run's, so no measurement), and two of the comparison with the other
        methods on the same noisy images: ``best``, whether none has more right, and ``p_value``, of
        the paired test against the best (None for it). With `by_drawing` also ``right``: for each
        drawing, in order, how often it was named right.

    Raises
    ------
    SettingError
        If a method, noise or level is unknown.
    DataError
        If the classifier was not trained on a category, or there are no drawings.
    """
    for method in methods:
        if method not in METHODS:
            raise SettingError(f"There is no method {method!r}; choose among {', '.join(METHODS)}.")
    if not len(drawings):
        raise DataError("There are no drawings to evaluate on; load some.")
    pipeline = pipeline.restrict(drawings.categories)
    rows = []
    for level in tqdm(levels, "evaluating", disable=None, delay=2):
        runs = [
            _run(pipeline, drawings, noisy, methods)
            for noisy in _drowned(drawings, level, noise, seed, repeats)
        ]
        right = {method: np.stack([run[method]["right"] for run in runs]) for method in methods}
        best = max(methods, key=lambda method: right[method].sum())
        for method in methods:
            top1 = float(right[method].mean())
            decibels = np.concatenate([run[method]["psnr"] for run in runs])
            inexact = decibels[np.isfinite(decibels)]
            rows.append(
                {
                    "method": method,
                    "noise": noise,
                    "level": float(level),
                    "top1": top1,
                    "ci95": list(interval(round(top1 * len(drawings)), len(drawings))),
                    "top1_by_seed": right[method].mean(axis=1).tolist(),
                    "psnr": float(inexact.mean()) if len(inexact) else None,
                    "n_exact": len(decibels) - len(inexact),
                    "ssim": float(np.mean([run[method]["ssim"] for run in runs])),
                    "cpu_ms": float(np.mean([run[method]["cpu_ms"] for run in runs])),
                    "best": bool(right[method].sum() == right[best].sum()),
                    # By drawing: several repeats of one are no independent trials.
                    "p_value": None
                    if method == best
                    else paired_p_value(right[method].sum(axis=0), right[best].sum(axis=0)),
                    **({"right": right[method].sum(axis=0).tolist()} if by_drawing else {}),
                }
            )
    return {
        "source": drawings.source,
        "categories": list(drawings.categories),
        "n": len(drawings),
        "seed": seed,
        "repeats": repeats,
        "rows": rows,
    }


def evaluate_by_category(
    pipeline: Pipeline,
    drawings: Drawings,
    levels: Sequence[float] = (0, 0.5, 1),
    seed: int = 0,
    repeats: int = 1,
) -> list[dict[str, Any]]:
    """Score the pipeline on Gaussian noise, category by category (chapter 5).

    Parameters
    ----------
    pipeline : Pipeline
        The networks; they choose among the categories of `drawings`.
    drawings : Drawings
        Test drawings, at least one of each category.
    levels : sequence of float
        Noise levels from 0 to 2.
    seed : int
        Seeds the noise.
    repeats : int
        How many times each drawing is drowned, with the seeds that follow `seed`.

    Returns
    -------
    list of dict
        ``category``, ``n``, ``level``, ``top1`` (recall) and its ``ci95`` over the n drawings, as
        fractions, as in `evaluate`.

    Raises
    ------
    SettingError
        If a level is unknown or `repeats` is less than 1.
    DataError
        If a category has no drawings, or the classifier was not trained on it.
    """
    for name, count in drawings.counts.items():
        if not count:
            raise DataError(f"There are no drawings of {name!r} to evaluate on; load some.")
    pipeline = pipeline.restrict(drawings.categories)
    rows = []
    for level in levels:
        runs = [
            pipeline(noisy)[1].argmax(axis=1) == drawings.labels
            for noisy in _drowned(drawings, level, "gaussian", seed, repeats)
        ]
        right = np.mean(runs, axis=0)
        for label, category in enumerate(drawings.categories):
            own = right[drawings.labels == label]
            rows.append(
                {
                    "category": category,
                    "n": len(own),
                    "level": float(level),
                    "top1": float(own.mean()),
                    "ci95": list(interval(round(own.sum()), len(own))),
                }
            )
    return rows


def _drowned(
    drawings: Drawings, level: float, noise: str, seed: int, repeats: int
) -> Iterator[np.ndarray]:
    """Spoil the drawings several times, with the seeds that follow `seed`."""
    if repeats < 1:
        raise SettingError(f"repeats is {repeats}; give at least 1.")
    for repeat in range(repeats):
        yield add_noise(drawings.images, level, noise, seed + repeat)


def _run(
    pipeline: Pipeline, drawings: Drawings, noisy: np.ndarray, methods: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Run methods on the same noisy images; those that restore alike share the restored ones."""
    restored: dict[Callable, tuple[np.ndarray, float, np.ndarray, float]] = {}
    results = {}
    for name in methods:
        method = METHODS[name]
        if method.restore not in restored:
            start = time.process_time()
            seen = method.restore(pipeline, noisy)
            seconds = time.process_time() - start
            likeness = _decibels(drawings.images, seen), ssim(drawings.images, seen)
            restored[method.restore] = seen, seconds, *likeness
        seen, seconds, decibels, similarity = restored[method.restore]
        start = time.process_time()
        named = method.classify(pipeline, seen).argmax(axis=1)
        seconds += time.process_time() - start
        results[name] = {
            "right": named == drawings.labels,
            "psnr": decibels,
            "ssim": similarity,
            "cpu_ms": 1000 * seconds / len(drawings),
        }
    return results
