"""Scores with their intervals: how well images are restored and drawings are named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import binomtest
from skimage.metrics import structural_similarity
from tqdm import tqdm

from . import classical
from .data import Drawings
from .errors import DataError, SettingError
from .noise import add_noise

if TYPE_CHECKING:
    from .pipeline import Pipeline

#: What happens to a noisy image before it is classified, by the name of the method.
METHODS: dict[str, Callable[[Pipeline, np.ndarray], np.ndarray]] = {
    "classifier": lambda pipeline, noisy: noisy,
    "median": lambda pipeline, noisy: classical.median(noisy),
    "total_variation": lambda pipeline, noisy: classical.total_variation(noisy),
    "pipeline": lambda pipeline, noisy: pipeline.denoise(noisy),
}


def interval(correct: int, n: int) -> tuple[float, float]:
    """95 % interval of an accuracy (Wilson 1927; chapter 3).

    Parameters
    ----------
    correct, n : int
        How many of how many were right; n is at least 1.

    Returns
    -------
    low, high : float
        Bounds in [0, 1].
    """
    bounds = binomtest(int(correct), int(n)).proportion_ci(0.95, method="wilson")
    return float(bounds.low), float(bounds.high)


def paired_p_value(correct_a: np.ndarray, correct_b: np.ndarray) -> float:
    """Exact test of whether two methods differ on the same drawings (McNemar 1947; chapter 4).

    Only drawings on which exactly one of the two is right tell them apart; under no difference each
    is as likely to be that one.

    Parameters
    ----------
    correct_a, correct_b : ndarray of bool, (n,)
        Whether each drawing was named right.

    Returns
    -------
    float
        Two-sided p value in [0, 1]; 1 where the two never disagree.
    """
    only_a = int((correct_a & ~correct_b).sum())
    only_b = int((~correct_a & correct_b).sum())
    return float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


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
    error = ((np.asarray(clean, float) - images) ** 2).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return float(np.mean(-10 * np.log10(error)))


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
        A kind of noise, a key of `qdtools.noise.NOISES`.
    seed : int
        Seeds the noise; each level meets the same one.
    methods : sequence of str
        Keys of `METHODS`: what is done to the noisy image before it is classified.

    Returns
    -------
    dict
        ``source``, ``categories``, ``n``, ``seed`` and ``rows``: for each method and level a dict of
        ``method``, ``noise``, ``level``, ``top1`` and its ``ci95`` (fractions), ``psnr`` (dB, None
        where the image is exact) and ``ssim`` of the image that the classifier saw.

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
    jobs = [(level, method) for level in levels for method in methods]
    for level, method in tqdm(jobs, "evaluating", disable=None, delay=2):
        noisy = add_noise(drawings.images, level, noise, seed)
        seen = METHODS[method](pipeline, noisy)
        correct = int((pipeline.classify(seen).argmax(axis=1) == drawings.labels).sum())
        decibels = psnr(drawings.images, seen)
        rows.append(
            {
                "method": method,
                "noise": noise,
                "level": float(level),
                "top1": correct / len(drawings),
                "ci95": list(interval(correct, len(drawings))),
                "psnr": decibels if np.isfinite(decibels) else None,
                "ssim": ssim(drawings.images, seen),
            }
        )
    return {
        "source": drawings.source,
        "categories": list(drawings.categories),
        "n": len(drawings),
        "seed": seed,
        "rows": rows,
    }
