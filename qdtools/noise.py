"""What drowns or spoils a drawing, one function a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.morphology import skeletonize
from skimage.util import random_noise

from ._checks import check_seed
from ._images import check_images, check_pixels
from .errors import SettingError

#: Highest noise level; at 2 the original's Gaussian noise leaves nothing a person can read.
MAX_LEVEL = 2.0


#: Takes images, a level and a seed; gives noisy images.
Noise = Callable[..., np.ndarray]
Kind = TypeVar("Kind", bound=Noise)

#: Every kind by name; the page's twins are in ``web/lib/noise.js``. The shipped denoiser was trained on
#: ``gaussian`` alone.
NOISES: dict[str, Noise] = {}
#: What else spoils a drawing, called like noise, and chosen by name as noise is; no chapter lists it.
DAMAGES: dict[str, Noise] = {}


def _listed_in(kinds: dict[str, Noise]) -> Callable[[Kind], Kind]:
    """Let `add_noise`, the chapters and the command line know a kind by its function's name."""

    def register(noise: Kind) -> Kind:
        kinds[noise.__name__] = noise
        return noise

    return register


def check_level(level: float | str) -> float:
    """Return `level` as a float, or refuse what lies outside 0 to 2.

    Raises
    ------
    SettingError
        If `level` is no number from 0 to 2.
    """
    try:
        value = float(level)
    except (TypeError, ValueError):
        value = float("nan")
    if not 0.0 <= value <= MAX_LEVEL:
        raise SettingError(f"The noise level is {level!r}; give a number from 0 to {MAX_LEVEL:g}.")
    return value


def generator(seed: int | np.random.Generator) -> np.random.Generator:
    """Return the random numbers of a seed, or those that are given.

    Raises
    ------
    SettingError
        If the seed is no whole number of 0 or more.
    """
    if not isinstance(seed, np.random.Generator):
        seed = check_seed(seed)
    return np.random.default_rng(seed)


def unclipped(images: Any, level: Any, z: Any) -> Any:
    """Add the noise of `gaussian` that given random numbers make, without clipping it (chapter 1).

    Nothing but operators: in a graph of TensorFlow it is the same as in numpy.

    Parameters
    ----------
    images : array or tensor
        Images in [0, 1], white ink = 1.
    level : float, array or tensor
        One level, or one for each image.
    z : array or tensor
        Standard normal numbers, of the images' shape.

    Returns
    -------
    array or tensor
        Of the images' shape.
    """
    return images + level / 2 * (z + 1)


@_listed_in(NOISES)
def gaussian(images: np.ndarray, level: float, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Add the original demo's Gaussian noise, ``clip(x + level * (z + 1) / 2, 0, 1)`` (chapter 1).

    With z standard normal it does two things at once, before clipping: it brightens every pixel by
    ``level / 2`` on average and roughens it with a standard deviation of ``level / 2``.

    Parameters
    ----------
    images : ndarray, any shape
        Images in [0, 1], white ink = 1.
    level : float
        Noise level from 0 (none) to 2.
    seed : int or numpy.random.Generator
        The same seed gives the same noise.

    Returns
    -------
    ndarray of float32, same shape
        Noisy images in [0, 1].

    Raises
    ------
    SettingError
        If images are not in [0, 1], `level` is outside 0 to 2, or `seed` no whole number of 0 or more.
    """
    level = check_level(level)
    images = check_images(images)
    z = generator(seed).standard_normal(images.shape, dtype=np.float32)
    noisy: np.ndarray = np.clip(unclipped(images, level, z), 0, 1)
    return noisy


def _by_skimage(images: np.ndarray, seed: int | np.random.Generator, **how: Any) -> np.ndarray:
    """Add noise that scikit-image knows, which looks for the least pixel even where there is none."""
    rng = generator(seed)
    noisy: np.ndarray = random_noise(images, rng=rng, **how) if images.size else images
    return noisy.astype(np.float32)


@_listed_in(NOISES)
def salt_and_pepper(
    images: np.ndarray, level: float, seed: int | np.random.Generator = 0
) -> np.ndarray:
    """Turn a share ``level / 2`` of the pixels black or white at random; unseen in training (chapter 1).

    Parameters, return value and errors are those of `gaussian`.
    """
    level = check_level(level)
    images = check_images(images)
    return _by_skimage(images, seed, mode="s&p", amount=level / 2)


@_listed_in(NOISES)
def speckle(images: np.ndarray, level: float, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Multiply the ink by ``1 + level * z``, z standard normal; unseen in training (chapter 1).

    Black paper stays black: only the line itself frays. Parameters, return value and errors are
    those of `gaussian`.
    """
    level = check_level(level)
    images = check_images(images)
    return _by_skimage(images, seed, mode="speckle", var=level**2)


@_listed_in(NOISES)
def missing_strips(
    images: np.ndarray, level: float, seed: int | np.random.Generator = 0
) -> np.ndarray:
    """Blacken each row with probability ``level / 4``, drawn per image; unseen in training (chapter 1).

    Parameters
    ----------
    images : ndarray, (..., 28, 28, 1)
        Images in [0, 1], white ink = 1; rows are the third axis from the end.
    level : float
        Noise level from 0 (none) to 2 (half of the rows).
    seed : int or numpy.random.Generator
        The same seed gives the same strips.

    Returns
    -------
    ndarray of float32, same shape
        Images in [0, 1] with rows missing.

    Raises
    ------
    SettingError
        If images are not in [0, 1] or have another shape, `level` is outside 0 to 2, or `seed` no whole
        number of 0 or more.
    """
    level = check_level(level)
    images = check_images(images)
    check_pixels(images)
    missing = generator(seed).random(images.shape[:-2]) < level / 4
    return np.where(missing[..., None, None], np.float32(0), images)


@_listed_in(DAMAGES)
def poisson(images: np.ndarray, level: float, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Count ink in ``4 / level**2`` photons for white; unseen in training (appendix).

    White varies with a standard deviation of ``level / 2``, as in `gaussian`, and black not at all.
    Parameters, return value and errors are those of `gaussian`.
    """
    level = check_level(level)
    images = check_images(images)
    if level < 1e-4:  # so many photons that counting them changes no float32
        return images.copy()
    photons = 4 / level**2
    counts = generator(seed).poisson(images * photons)
    return np.clip(counts / photons, 0, 1).astype(np.float32)


@_listed_in(DAMAGES)
def blur(images: np.ndarray, level: float, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Blur by a Gaussian of `level` pixels; unseen in training, and nothing random (appendix).

    Parameters, return value and errors are those of `missing_strips`; `seed` changes nothing.
    """
    del seed
    level = check_level(level)
    images = check_images(images)
    check_pixels(images)
    return gaussian_filter(images, level, axes=(-3, -2)) if level else images.copy()


@_listed_in(DAMAGES)
def thin_pen(images: np.ndarray, level: float, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Dim the flanks of lines until at level 2 one pixel's width is left; unseen in training (appendix).

    Parameters
    ----------
    images : ndarray, (..., 28, 28, 1)
        Images in [0, 1], white ink = 1.
    level : float
        From 0 (none) to 2.
    seed : int or numpy.random.Generator
        Changes nothing.

    Returns
    -------
    ndarray of float32, same shape
        Images in [0, 1].

    Raises
    ------
    SettingError
        If images are not in [0, 1] or have another shape, or `level` is outside 0 to 2.
    """
    del seed
    level = check_level(level)
    images = check_images(images)
    check_pixels(images)
    inked = images.reshape(-1, *images.shape[-3:-1]) > 0.5
    lines = np.array([skeletonize(one) for one in inked], bool).reshape(images.shape)
    return np.where(lines, images, images * np.float32(1 - level / MAX_LEVEL))


def add_noise(
    images: np.ndarray,
    level: float,
    kind: str = "gaussian",
    seed: int | np.random.Generator = 0,
) -> np.ndarray:
    """Add noise of a named kind (chapter 1).

    Parameters
    ----------
    images : ndarray, (..., 28, 28, 1)
        Images in [0, 1], white ink = 1.
    level : float
        Noise level from 0 (none) to 2.
    kind : str
        A key of `NOISES` or `DAMAGES`.
    seed : int or numpy.random.Generator
        The same seed gives the same noise.

    Returns
    -------
    ndarray of float32, same shape
        Noisy images in [0, 1].

    Raises
    ------
    SettingError
        If `kind` is unknown, `level` is outside 0 to 2, `seed` no whole number of 0 or more, images are
        not in [0, 1], or have another shape where the kind looks at rows or neighbours.
    """
    kinds = NOISES | DAMAGES
    if isinstance(level, str) and level in kinds:
        raise SettingError(
            f"The level is {level!r}, a kind of noise; give the level before the kind, as in "
            f"add_noise(images, 0.5, {level!r})."
        )
    if not isinstance(kind, str) or kind not in kinds:
        raise SettingError(f"There is no noise {kind!r}; choose one of {', '.join(kinds)}.")
    return kinds[kind](images, level, seed)
