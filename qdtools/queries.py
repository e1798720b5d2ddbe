"""Makes the query pictures of the original demo: noisy test drawings whose names are to be found."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ._checks import check_per_category, read_regular
from ._files import check_folder, write_whole
from ._images import check_images
from ._locks import sole_writer
from .drawings.collection import check_drawings
from .errors import DataError, SettingError
from .noise import add_noise, generator

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from .drawings.collection import Drawings


def make_queries(
    test: Drawings,
    per_category: int = 2,
    level: float = 0.5,
    noise: str = "gaussian",
    seed: int = 0,
) -> tuple[np.ndarray, Drawings]:
    """Pick test drawings of each category and drown them in noise (chapter 5).

    Parameters
    ----------
    test : Drawings
        Drawings that no network was trained on.
    per_category : int
        Drawings of each category.
    level : float
        Noise level from 0 to 2.
    noise : str
        A kind of noise, a key of `qdtools.noise.NOISES` or `DAMAGES`.
    seed : int
        Seeds the choice and the noise.

    Returns
    -------
    noisy : ndarray of float32, (n, 28, 28, 1)
        The query images, in [0, 1].
    clean : Drawings
        The drawings they were made from, in the same order.

    Raises
    ------
    DataError
        If a category has too few drawings, or what is given is no drawings.
    SettingError
        If the noise or its level is unknown, `per_category` is no positive whole number, or `seed`
        no whole number of 0 or more.
    """
    check_per_category(per_category)
    check_drawings(test)
    rng = generator(seed)
    chosen: list[int] = []
    for label, name in enumerate(test.categories):
        index = np.flatnonzero(test.labels == label)
        n = len(index)
        if n < per_category:
            raise DataError(
                f"There {'are' if n != 1 else 'is'} {n} test drawing{'s' * (n != 1)} of {name!r}, fewer than "
                f"{per_category}; {'ask for fewer or ' * (n > 0)}load more."
            )
        chosen += rng.choice(index, per_category, replace=False).tolist()
    clean = test[chosen]
    return add_noise(clean.images, level, noise, rng), clean


def write_queries(folder: str | os.PathLike[str], noisy: np.ndarray) -> list[Path]:
    """Write query images as ``query-01.png`` and so on, 28 x 28, 8-bit grey (chapter 5).

    Parameters
    ----------
    folder : path
        Is made where it is missing. Query pictures in it must be these same ones.
    noisy : ndarray, (n, 28, 28, 1)
        In [0, 1].

    Returns
    -------
    list of Path
        The files, in order.

    Raises
    ------
    SettingError
        If the images are not in [0, 1], no folder is named or can be there, it holds other query
        pictures, which are neither overwritten nor left among these, or somebody else writes into it at
        this moment.
    """
    if not str(folder).strip():
        raise SettingError("No folder is named for the query pictures; name a new one.")
    folder = check_folder(folder)
    noisy = check_images(noisy)
    contents = {f"query-{number:02d}.png": _png(one) for number, one in enumerate(noisy, 1)}
    with sole_writer(folder, "call"):
        _check_others(folder, contents)
        for name, content in contents.items():
            write_whole(folder / name, content)
    return [folder / name for name in contents]


def _check_others(folder: Path, contents: dict[str, bytes]) -> None:
    """Refuse a folder with query pictures that are not these."""
    for path in sorted(folder.glob("query-*.png")):
        if not _holds(path, contents.get(path.name)):
            raise SettingError(
                f"{str(folder)!r} holds other query pictures already ({path.name}); name a new folder, "
                "or move those away."
            )


def _holds(path: Path, content: bytes | None) -> bool:
    """Tell whether a file holds these bytes."""
    try:
        return content is not None and read_regular(path, len(content)) == content
    except OSError:
        return False


def _png(image: np.ndarray) -> bytes:
    pixels = np.rint(image[..., 0] * 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()
