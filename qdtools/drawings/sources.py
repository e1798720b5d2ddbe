"""Everywhere that drawings come from, each read into the one type `Drawings`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .. import settings
from .._checks import check_per_category
from ..errors import DataError
from . import strokes
from .canvas import SIDE
from .categories import category_of, default_categories, resolve_categories
from .collection import Drawings
from .npy import open_npy
from .sample import DESCRIBED as SAMPLE
from .sample import read_sample

if TYPE_CHECKING:
    import os
    from pathlib import Path


#: Fewest drawings of a category of which some can be learned from, some tried, some kept back.
FEWEST = 10


class Found(NamedTuple):
    """What a source has: names, for each an array that reshapes to (n, 28, 28) uint8, in words where from.

    `limit` is the most drawings of each category that were wanted, None for all there are.
    """

    names: tuple[str, ...]
    arrays: list[np.ndarray]
    described: str
    limit: int | None


#: Takes the categories that are wanted with the most drawings of each that are, None for its usual.
Read = Callable[[str | Iterable[str], int | None], Found]

#: Every source that has a name; whatever else `load` is given is a folder.
SOURCES: dict[str, Read] = {}


def _source(name: str) -> Callable[[Read], Read]:
    """Let `load` know a source by a name, and with it the command line."""

    def register(read: Read) -> Read:
        SOURCES[name] = read
        return read

    return register


def load(
    categories: str | Iterable[str] | None = None,
    *,
    per_category: int | None = None,
    source: str | os.PathLike[str] | None = None,
) -> Drawings:
    """Load drawings of some categories (chapter 1). Nothing is downloaded unless Google is named.

    Parameters
    ----------
    categories : str or iterable of str, optional
        Category names in any case, or ``"all"`` the source has. By default those that
        ``QD_CATEGORIES`` names; where it names none, all that a folder holds, or of another source
        the original demo's five: pineapple, cat, fish, cup, jacket.
    per_category : int, optional
        At most so many drawings of each category, the first in the source; by default all, from
        Google 1000. Where there are fewer, a warning says so.
    source : str or path, optional
        ``"sample"`` or a folder with Google's ``.npy`` files, each named ``<category>.npy``,
        ``full_numpy_bitmap_<category>.npy`` or ``full%2Fnumpy_bitmap%2F<category>.npy``; links to
        files are followed. Where a category has none, its simplified strokes are drawn, from
        ``<category>.ndjson``, ``full_simplified_<category>.ndjson`` or
        ``full%2Fsimplified%2F<category>.ndjson``. ``"google"`` downloads what the cache lacks of the
        first `per_category` drawings, 784 bytes each (see `download`). By default the folder in
        ``QD_DATA_DIR`` where that is set, otherwise the sample.

    Returns
    -------
    Drawings
        Images float32 (n, 28, 28, 1) in [0, 1], labels, categories and source.

    Raises
    ------
    DataError
        If a category is unknown, the source is missing, or a file is torn or not what it claims;
        every bitmap file is checked before any is read. If a download fails. If nobody named
        categories, and there is only one, or one with fewer than 10 drawings.
    SettingError
        If `per_category` is not a positive whole number.
    """
    if per_category is not None:
        check_per_category(per_category)
    if source is None:
        source = settings.data_dir() or "sample"
    # A path is a folder, whatever its name.
    read = SOURCES.get(source) if isinstance(source, str) else None
    if read is not None:
        wanted = default_categories() if categories is None else categories
        names, arrays, described, limit = read(wanted, per_category)
    else:  # what a folder holds decides, unless somebody does
        chosen = (settings.categories() or None) if categories is None else categories
        folder = settings.expanded(source)
        names, arrays, described, limit = _read_folder(chosen, folder, per_category)
    if categories is None:
        _check_enough(names, arrays, described, per_category)
    if limit is not None:
        for name, array in zip(names, arrays, strict=True):
            if len(array) < limit:
                warnings.warn(
                    f"{described} has {len(array)} drawings of {name!r}, not {limit}.",
                    stacklevel=2,
                )
        arrays = [array[:limit] for array in arrays]
    try:
        pixels = np.concatenate([np.asarray(array).reshape(-1, SIDE, SIDE) for array in arrays])
    except MemoryError as error:
        raise DataError(
            f"{described} has {sum(map(len, arrays)):,} drawings, more than memory holds; "
            "ask for fewer with per_category."
        ) from error
    labels = np.repeat(np.arange(len(names)), [len(array) for array in arrays])
    return Drawings(pixels, labels, names, described)


def _check_enough(
    names: tuple[str, ...], arrays: list[np.ndarray], described: str, per_category: int | None
) -> None:
    """Refuse what nothing can be learned from or told apart in, unless somebody asked for it by name."""
    if len(names) < 2:
        raise DataError(
            f"Only one category was found in {described}, {names[0]!r}, and with one there is nothing "
            "to tell apart; add a second, or name that one if it is all you want."
        )
    for name, array in zip(names, arrays, strict=True):
        if len(array) < min(FEWEST, per_category or FEWEST):
            raise DataError(
                f"There are {len(array)} drawings of {name!r} in {described}, too few to learn from "
                f"some and try the others; add more until there are {FEWEST}, or name the categories "
                "that you want."
            )


# ---- a folder of Google's files ----------------------------------------------------------------


def _files(folder: Path, pattern: str) -> dict[str, Path]:
    """List the files of a folder that match, by the category that each one's name spells."""
    paths: dict[str, Path] = {}
    for path in sorted(folder.glob(pattern)):
        if path.name.startswith("."):  # macOS leaves such files beside copies
            continue
        name = category_of(path)
        if name in paths:
            raise DataError(
                f"{str(folder)!r} holds {name!r} twice, as {paths[name].name} and {path.name}; "
                "remove one."
            )
        paths[name] = path
    return paths


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # what can be no path at all
        return False


def categories_in(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """List the categories that a folder holds (chapter 1).

    Parameters
    ----------
    folder : path
        A folder as `load` takes it.

    Returns
    -------
    tuple of str
        Their names as the files spell them, sorted; the files are not read.

    Raises
    ------
    DataError
        If there is no such folder, or it holds no category, or one twice.
    """
    return tuple(_paths(settings.expanded(folder)))


def _paths(folder: Path) -> dict[str, Path]:
    """List the file of each category that a folder holds."""
    if not _is_folder(folder):
        raise DataError(
            f"There is no folder {str(folder)!r}; name the one that holds the .npy files."
        )
    # Bitmaps win over strokes: they are quicker to read, and Google's own pixels.
    paths = _files(folder, "*.ndjson") | _files(folder, "*.npy")
    if not paths:
        raise DataError(
            f"{str(folder)!r} holds no .npy file and no .ndjson file; put Google's numpy bitmaps or "
            "simplified strokes there, one file a category."
        )
    return dict(sorted(paths.items()))


def _read_folder(wanted: str | Iterable[str] | None, folder: Path, limit: int | None) -> Found:
    """Read some categories of a folder, all that it holds if None are wanted."""
    paths = _paths(folder)
    names = tuple(paths)
    if wanted is not None:
        names = resolve_categories(wanted, names, f"in the folder {folder.name!r}")
    opened = {name: _open_bitmaps(paths[name]) for name in names if paths[name].suffix == ".npy"}
    arrays = [
        opened[name] if name in opened else strokes.draw_file(paths[name], limit) for name in names
    ]
    return Found(names, arrays, f"the folder {folder.name!r} of Google-style bitmaps", limit)


def _open_bitmaps(path: Path) -> np.ndarray:
    """Map a bitmap file into memory after checking that it is one; (n, 784) or (n, 28, 28) uint8."""
    array = open_npy(path)
    if array.shape[1:] not in {(SIDE * SIDE,), (SIDE, SIDE)}:
        raise DataError(
            f"{path.name!r} has the shape {array.shape}; it must be (n, 784) or (n, 28, 28)."
        )
    return array


# ---- sources that have a name ------------------------------------------------------------------


@_source("sample")
def _sample(wanted: str | Iterable[str], limit: int | None) -> Found:
    """Take the sample that the set-up command installs."""
    names = resolve_categories(wanted)
    return Found(names, read_sample(names), SAMPLE, limit)


@_source("google")
def _google(wanted: str | Iterable[str], limit: int | None) -> Found:
    """Take the first drawings of each of Google's files; what the cache lacks is downloaded."""
    from .google import download

    limit = settings.GOOGLE_SIZE if limit is None else limit
    found = _read_folder(resolve_categories(wanted), download(wanted, limit), limit)
    described = f"Google's bitmaps, the first {limit:,} of each category"
    return found._replace(described=described)
