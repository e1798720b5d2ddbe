"""Everywhere that drawings come from, each read into the one type `Drawings`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from .. import settings
from .._checks import check_per_category, names_in
from ..errors import DataError, SettingError
from .canvas import SIDE
from .categories import ALL_CATEGORIES, default_categories, resolve_categories
from .collection import CREDIT, FEWEST_CATEGORIES, FEWEST_DRAWINGS, Drawings
from .folder import find, read_folder
from .mapped import IN_MEMORY, Mapped, numbers
from .sample import DESCRIBED as SAMPLE
from .sample import read_sample

if TYPE_CHECKING:
    import os


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
    recognized: bool = False,
    each: bool | None = None,
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
        ``"sample"`` or a folder. What it holds is known by name, in any case: Google's bitmaps
        (``cat.npy``, ``full_numpy_bitmap_cat.npy``, however a browser spells it) or, where a category
        has none, strokes, which are drawn: Google's simplified or raw ones (``.ndjson``,
        ``.ndjson.gz``), the binary ones (``.bin``), Kaggle's table (``.csv``). A folder in it that
        holds pictures is a category, too. Folders are looked into where there are no such files
        beside them; links are followed. A path is a folder whatever its name, and so is any other
        word. ``"google"`` downloads what the cache lacks of the first `per_category` drawings, 784
        bytes each (see `download`). By default the folder in ``QD_DATA_DIR`` where that is set,
        otherwise the sample.
    recognized : bool
        Of a folder, take only drawings that the game recognized; strokes say so, bitmaps do not.
    each : bool, optional
        Of a folder of pictures, take each of the drawings that stand apart from each other on one, as on
        a page of several, not each picture for one drawing. By default what ``QD_EACH`` says, else not.

    Returns
    -------
    Drawings
        Images float32 (n, 28, 28, 1) in [0, 1], labels, categories and source.

    Raises
    ------
    DataError
        If a category is unknown, the source is missing, or a file is torn or not what it claims;
        every bitmap file is checked before any is read. If there are more than 65,536 drawings and a
        file is in Fortran order. If a download fails. If nobody named
        categories, and there is only one, or one with fewer than 10 drawings.
    SettingError
        If `per_category` is not a positive whole number, `source` is no path, or `recognized` is asked
        of a source that does not say.

    Warns
    -----
    UserWarning
        If there are fewer drawings than `per_category`, pictures that cannot be read or seem to be
        pages of several drawings, or bitmaps that look like dark ink on light paper.
    """
    if per_category is not None:
        check_per_category(per_category)
    if categories is not None:
        categories = names_in(categories)
    if source is None:
        source = settings.data_dir() or "sample"
    # A path is a folder, whatever its name.
    read = SOURCES.get(source) if isinstance(source, str) else None
    if read is not None:
        wanted = default_categories() if categories is None else categories
        if recognized:
            raise SettingError(
                f"The source {str(source)!r} does not say which drawings were recognized; put Google's "
                "strokes (.ndjson) into a folder, and name it."
            )
        names, arrays, described, limit = read(wanted, per_category)
        credit = CREDIT
    else:  # what a folder holds decides, unless somebody does
        chosen = (settings.categories() or None) if categories is None else categories
        folder = settings.expanded(source)
        names, arrays, kinds = read_folder(
            chosen,
            folder,
            per_category,
            recognized=recognized,
            each=settings.each() if each is None else each,
        )
        described = f"the folder {folder.name!r} of {', '.join(sorted(kinds))}"
        limit = per_category
        # Pictures, or names that are not Google's, are the reader's own.
        googles = set(names) <= set(ALL_CATEGORIES) and "pictures" not in kinds
        credit = CREDIT if googles else ""
    if categories is None:
        _check_enough(names, arrays, described, per_category)
    if limit is not None:
        for name, array in zip(names, arrays, strict=True):
            if len(array) < limit:
                warnings.warn(
                    f"{described} has {len(array)} drawing{'s' * (len(array) != 1)} of {name!r}, not "
                    f"{limit}.",
                    stacklevel=2,
                )
        arrays = [array[:limit] for array in arrays]
    counts = [len(array) for array in arrays]
    try:
        if sum(counts) > IN_MEMORY:
            _check_order(names, arrays)
            pixels = cast("np.ndarray", Mapped(arrays))
        else:
            pixels = np.concatenate([np.asarray(array).reshape(-1, SIDE, SIDE) for array in arrays])
    except MemoryError as error:
        raise DataError(
            f"{described} has {sum(counts):,} drawings, more than memory holds; "
            "ask for fewer with per_category."
        ) from error
    labels, start = numbers(sum(counts)), 0
    for label, count in enumerate(counts):
        labels[start : start + count] = label
        start += count
    return Drawings(pixels, labels, names, described, credit)


def categories_in(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """List the categories that a folder holds (chapter 1).

    Parameters
    ----------
    folder : path
        A folder as `load` takes it.

    Returns
    -------
    tuple of str
        Their names as the files spell them, in the order of the files, of which the beginning is looked at.

    Raises
    ------
    DataError
        If there is no such folder, or it holds no category, or one twice.
    """
    return tuple(find(settings.expanded(folder)))


def _check_enough(
    names: tuple[str, ...], arrays: list[np.ndarray], described: str, per_category: int | None
) -> None:
    """Refuse what nothing can be learned from or told apart in, unless somebody asked for it by name."""
    if len(names) < FEWEST_CATEGORIES and len(settings.categories()) == 1:
        raise DataError(
            f"QD_CATEGORIES names {names[0]!r} alone, and with one there is nothing to tell apart; name a "
            "second there."
        )
    if len(names) < FEWEST_CATEGORIES:
        raise DataError(
            f"Only one category was found in {described}, {names[0]!r}, and with one there is nothing "
            f"to tell apart; add a second. (By its name, categories={names[0]!r}, one can be looked at.)"
        )
    for name, array in zip(names, arrays, strict=True):
        n = len(array)
        if n < min(FEWEST_DRAWINGS, per_category or FEWEST_DRAWINGS):
            raise DataError(
                f"There {'are' if n != 1 else 'is'} {n} drawing{'s' * (n != 1)} of {name!r} in "
                f"{described}, too few to learn from "
                f"some and try the others; add more, so that there are {FEWEST_DRAWINGS} at the very "
                'least. (By their names, or "all" for all of them, few can be looked at and scored.)'
            )


def _check_order(names: tuple[str, ...], arrays: list[np.ndarray]) -> None:
    """Refuse files of which each drawing lies strewn over the whole: a batch would read all of it."""
    for name, array in zip(names, arrays, strict=True):
        if not array.flags.c_contiguous:
            raise DataError(
                f"The file of {name!r} is in Fortran order, in which every drawing lies strewn over the "
                f"whole file, so that of more than {IN_MEMORY:,} drawings in all no part can be read by "
                "itself; save it anew by np.save(file, np.ascontiguousarray(np.load(file))), or take "
                "fewer with per_category."
            )


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
    names = resolve_categories(wanted)  # once: of a generator nothing is left then
    names, arrays, _ = read_folder(names, download(names, limit), limit)
    return Found(names, arrays, f"Google's bitmaps, the first {limit:,} of each category", limit)
