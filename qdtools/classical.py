"""Denoisers that learn nothing: what the networks are measured against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.ndimage import median_filter
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle

from ._images import check_images, check_pixels
from .errors import SettingError


@dataclass(frozen=True)
class Denoiser:
    """A denoiser that learns nothing (chapter 5).

    Attributes
    ----------
    name : str
        What figures and tables call it.
    denoise : callable
        Makes of noisy images (n, 28, 28, 1) in [0, 1] others of the same shape and range. Where it has
        a strength, that is its second parameter.
    strengths : tuple of float
        The strengths to choose among when it is tuned; none where there is nothing to tune.
    """

    name: str
    denoise: Callable[..., np.ndarray]
    strengths: tuple[float, ...] = ()


#: Every classical denoiser by its key in the methods of `qdtools.evaluate`, where each stands before the
#: shipped classifier and before one that knows clean drawings only.
DENOISERS: dict[str, Denoiser] = {}

Denoise = TypeVar("Denoise", bound=Callable[..., np.ndarray])


def _denoiser(
    key: str, name: str, strengths: tuple[float, ...] = ()
) -> Callable[[Denoise], Denoise]:
    """Let `qdtools.evaluate`, the figures and the tables know a denoiser."""

    def register(denoise: Denoise) -> Denoise:
        DENOISERS[key] = Denoiser(name, denoise, strengths)
        return denoise

    return register


@_denoiser("offset", "offset removed")
def remove_offset(noisy: np.ndarray) -> np.ndarray:
    """Subtract each image's median, the brightness of its paper, and stretch ink back to 1 (chapter 5).

    The Gaussian noise of the book brightens as much as it roughens, and no classical denoiser knows
    that paper is black.

    Parameters
    ----------
    noisy : ndarray, (n, 28, 28, 1)
        Images in [0, 1].

    Returns
    -------
    ndarray of float32, (n, 28, 28, 1)
        Images in [0, 1].

    Raises
    ------
    SettingError
        If they are not in [0, 1], or have another shape, as in every denoiser that begins with this.
    """
    noisy = check_images(noisy)
    check_pixels(noisy)
    if noisy.ndim != 4:
        raise SettingError(f"The images have the shape {noisy.shape}; give (n, 28, 28, 1).")
    if not len(noisy):
        return noisy
    offset = np.minimum(np.median(noisy, axis=(1, 2, 3), keepdims=True), 0.99)
    stretched: np.ndarray = np.clip((noisy - offset) / (1 - offset), 0, 1).astype(np.float32)
    return stretched


@_denoiser("median", "median filter", (2, 3, 4, 5))
def median(noisy: np.ndarray, size: int = 3) -> np.ndarray:
    """Remove the offset, then replace each pixel by the median of its neighbours (chapter 5).

    Parameters
    ----------
    noisy : ndarray, (n, 28, 28, 1)
        Images in [0, 1].
    size : int
        Pixels a side of the square whose median is taken; at least 1, which changes nothing.

    Returns
    -------
    ndarray of float32, (n, 28, 28, 1)
        Images in [0, 1].
    """
    level = remove_offset(noisy)
    if not len(level):
        return level
    filtered: np.ndarray = median_filter(level, size=(1, size, size, 1))
    return filtered


@_denoiser("total_variation", "total variation", (0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5))
def total_variation(noisy: np.ndarray, weight: float = 0.1) -> np.ndarray:
    """Remove the offset, then minimise total variation (Chambolle 2004; chapter 5).

    Parameters
    ----------
    noisy : ndarray, (n, 28, 28, 1)
        Images in [0, 1].
    weight : float
        How much smoothness is worth against likeness; positive. The default is the one of those that
        `qdtools.evaluate` tries with the best PSNR at level 0.5, on validation drawings.

    Returns
    -------
    ndarray of float32, (n, 28, 28, 1)
        Images in [0, 1].
    """
    level = remove_offset(noisy)
    smooth = [denoise_tv_chambolle(image[..., 0], weight=weight) for image in level]
    return np.clip(np.reshape(smooth, level.shape), 0, 1).astype(np.float32)


@_denoiser("non_local_means", "non-local means", (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6))
def non_local_means(noisy: np.ndarray, strength: float = 0.2) -> np.ndarray:
    """Remove the offset, then average pixels whose surroundings look alike (Buades et al. 2005; chapter 5).

    Parameters
    ----------
    noisy : ndarray, (n, 28, 28, 1)
        Images in [0, 1].
    strength : float
        How unlike two surroundings may look; positive. scikit-image, asked for 5 x 5 pixels, compares
        4 x 4. The default is the one of those that `qdtools.evaluate` tries with the best PSNR at
        level 0.5, on validation drawings.

    Returns
    -------
    ndarray of float32, (n, 28, 28, 1)
        Images in [0, 1].
    """
    level = remove_offset(noisy)
    smooth = [
        denoise_nl_means(image, patch_size=5, patch_distance=6, h=strength)
        for image in level[..., 0]
    ]
    return np.clip(np.reshape(smooth, level.shape), 0, 1).astype(np.float32)
