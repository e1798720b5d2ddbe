"""The one type that travels through the book: drawings with their labels."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .. import settings
from .._checks import check_seed, check_shares, is_name
from ..errors import DataError, called
from .canvas import IMAGE, SIDE
from .categories import key_of, resolve_categories
from .mapped import IN_MEMORY, Mapped, chosen, numbers
from .npy import as_greys, resized

if TYPE_CHECKING:
    from collections.abc import Iterable

CREDIT = "Quick, Draw! Dataset, Google, CC BY 4.0"
#: What a chapter needs: names to tell apart, of each drawings enough that every part of a split has some.
FEWEST_CATEGORIES, FEWEST_DRAWINGS = 2, 10
#: Grey level above which the edges of a drawing are light paper; noise of all levels has 128.
_LIGHT = 160


@dataclass(frozen=True, eq=False, repr=False)
class Drawings:
    """Drawings with their labels (chapter 1).

    Attributes
    ----------
    pixels : ndarray of uint8, (n, 28, 28)
        White ink = 255 on black paper = 0, as in Google's files. Of more than 65,536 drawings nothing
        is read before it is used: what they give is read by choosing (chapter 8).
    labels : ndarray of int, (n,)
        Index into `categories`.
    categories : tuple of str
        Category names.
    source : str
        Where the drawings come from, in words.
    credit : str
        Whose they are, in words; "" for the reader's own.

    Raises
    ------
    DataError
        If pixels, labels or names are not of that kind, or do not fit each other.
    """

    pixels: np.ndarray
    labels: np.ndarray
    categories: tuple[str, ...]
    source: str
    credit: str = CREDIT

    def __post_init__(self) -> None:
        _check_pixels(self.pixels)
        if isinstance(self.categories, (list, np.ndarray)):  # compared as tuples, wherever they are
            object.__setattr__(self, "categories", tuple(self.categories))
        _check_categories(self.categories)
        _check_labels(self.labels, len(self.pixels), len(self.categories))

    @cached_property
    def images(self) -> np.ndarray:
        """The drawings as float32 of shape (n, 28, 28, 1) in [0, 1], white ink = 1."""
        return self.pixels[..., None].astype(np.float32) / np.float32(255)

    @property
    def counts(self) -> dict[str, int]:
        """How many drawings each category has."""
        numbers = np.bincount(self.labels, minlength=len(self.categories))
        return dict(zip(self.categories, numbers.tolist(), strict=True))

    @property
    def sha256(self) -> str:
        """Hash of the pixels, by which the same drawings are known again."""
        digest = hashlib.sha256()
        for start in range(0, len(self), IN_MEMORY):
            digest.update(np.ascontiguousarray(self.pixels[start : start + IN_MEMORY]).data)
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice | np.ndarray | list[int]) -> Drawings:
        """Select drawings by slice, mask or indices; categories and labels keep their meaning."""
        if isinstance(index, list):
            index = np.asarray(index, int)
        if isinstance(self.pixels, Mapped):
            index = self.pixels.positions(index)
            return replace(self, pixels=self.pixels[index], labels=chosen(self.labels, index))
        return replace(self, pixels=self.pixels[index], labels=self.labels[index])

    def __repr__(self) -> str:
        numbers = sorted(set(self.counts.values()))
        each = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
        names = ", ".join(self.categories[:6]) + (" …" if len(self.categories) > 6 else "")
        plural = "category" if len(self.categories) == 1 else "categories"
        # On a line of its own where one line would be wider than a page.
        gap = "\n" if len(names) > 36 else " "
        return (
            f"{len(self):,} drawings, {each} in each of {len(self.categories)} {plural}{gap}({names})\n"
            f"from {self.source}\n{self.credit}"
        ).rstrip()

    def only(self, categories: str | Iterable[str]) -> Drawings:
        """Keep some categories, relabelled in the order asked for (chapter 1).

        Parameters
        ----------
        categories : str or iterable of str
            Names among `categories`, as people type them.

        Returns
        -------
        Drawings
            Their drawings, in the order of the source.

        Raises
        ------
        DataError
            If a category is not among these drawings.
        """
        names = resolve_categories(categories, self.categories, "among these drawings")
        old = [self.categories.index(name) for name in names]
        new_label = np.full(len(self.categories), -1)
        new_label[old] = np.arange(len(old))
        kept = np.flatnonzero(new_label[self.labels] >= 0)
        some = self[kept]
        return replace(some, labels=chosen(new_label, some.labels), categories=names)

    def enough(self, categories: int | None = None) -> Drawings:
        """Take as many drawings as a chapter needs, and refuse too few (chapter 1).

        Parameters
        ----------
        categories : int, optional
            At most so many categories, chosen evenly; all by default.

        Returns
        -------
        Drawings
            These, or where there are many, the first of each chosen category: altogether as many as
            ``QD_RUN`` says, but up to a hundred of each, as the sample has.

        Raises
        ------
        DataError
            If there is but one category, or a category has fewer than ten drawings.
        """
        if len(self.categories) < FEWEST_CATEGORIES:
            raise DataError(
                f"{self.categories[0]!r} is the only category here, and a chapter needs two to tell "
                "apart; name another in QD_CATEGORIES, or put a file of another into the folder that "
                "QD_DATA_DIR names."
            )
        few = {name: count for name, count in self.counts.items() if count < FEWEST_DRAWINGS}
        if few:
            listed = ", ".join(f"{count} of {name!r}" for name, count in few.items())
            raise DataError(
                f"There are only {listed}, and a chapter needs at least {FEWEST_DRAWINGS} drawings of "
                "each category, to learn from some and be tested on others; add drawings, or leave "
                f"{'it' if len(few) == 1 else 'them'} out of QD_CATEGORIES."
            )
        n = len(self.categories)
        some = n if categories is None else min(n, categories)
        taken = self._first(max(100, settings.run_size().drawings // some))
        if some == n:
            return taken
        names = [self.categories[n * place // some] for place in range(some)]
        described = f"{self.source}; {some} of its {n} categories are enough here"
        return replace(taken.only(names), source=described)

    def thinned(self, n: int) -> Drawings:
        """Keep about so many drawings, as many of each category as of the others (chapter 5).

        Parameters
        ----------
        n : int
            About how many in all, though two of each category where there are.

        Returns
        -------
        Drawings
            The first of each category; all of them where there are no more.
        """
        return self._first(max(2, -(-n // len(self.categories))))

    def _first(self, each: int) -> Drawings:
        """Keep the first drawings of each category."""
        own = [np.flatnonzero(self.labels == label)[:each] for label in range(len(self.categories))]
        return self[np.sort(np.concatenate(own))]

    def split(
        self, validation: float = 0.1, test: float = 0.4, seed: int = 0
    ) -> tuple[Drawings, Drawings, Drawings]:
        """Split by drawing, category by category, into training, validation and test (chapter 1).

        Parameters
        ----------
        validation, test : float
            Shares of each category, rounded to whole drawings; together less than 1.
        seed : int
            The same seed gives the same split, whatever other categories are loaded.

        Returns
        -------
        training, validation, test : Drawings
            No drawing is in two of them.

        Raises
        ------
        SettingError
            If a share is negative or nothing would be left to train on, or `seed` is no whole number
            of 0 or more.
        """
        seed = check_seed(seed)
        check_shares(validation, test)
        each = np.bincount(self.labels, minlength=len(self.categories)).tolist()
        sizes = [(round(validation * n), round(test * n)) for n in each]
        rest = sum(n - sum(kept) for n, kept in zip(each, sizes, strict=True))
        parts = [numbers(n) for n in (rest, *map(sum, zip(*sizes, strict=True)))]
        filled = [0, 0, 0]
        for label, name in enumerate(self.categories):
            index = np.flatnonzero(self.labels == label)
            # Seeded by name, so that a category's test drawings stay the same in every company.
            digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
            index = np.random.default_rng([seed, digest]).permutation(index)
            n_validation, n_test = sizes[label]
            cut = n_test + n_validation
            for number, own in enumerate((index[cut:], index[n_test:cut], index[:n_test])):
                parts[number][filled[number] : filled[number] + len(own)] = own
                filled[number] += len(own)
        for part in parts:
            part.sort()
        first, second, third = (self[part] for part in parts)
        return first, second, third


def check_drawings(drawings: object) -> None:
    """Refuse what are no drawings, where some are to be given (chapter 7).

    Raises
    ------
    DataError
        If they are none.
    """
    if isinstance(drawings, Drawings):
        return
    if isinstance(drawings, (str, os.PathLike)):
        name = os.fspath(drawings)
        raise DataError(
            f"{name!r} is a name, no drawings; load them first, by qd.load(source={name!r})."
        )
    raise DataError(
        f"{called(drawings)} is no drawings; give some as `qd.load` gives them or as `qd.Drawings` makes "
        "them of pixels, labels and names."
    )


def oddity_of(bitmaps: np.ndarray) -> str:
    """Say what values some bitmaps have that are no good to learn from (chapter 7).

    Parameters
    ----------
    bitmaps : ndarray of uint8, (n, 28, 28)
        At least one.

    Returns
    -------
    str
        ``"ones"`` of 0 and 1, ``"inverted"`` of dark ink on light paper, ``"dark"`` of no white; else "".
    """
    brightest = int(bitmaps.max())
    if brightest == 1:
        return "ones"
    sides = [bitmaps[:, 0], bitmaps[:, -1], bitmaps[:, :, 0], bitmaps[:, :, -1]]
    if np.median(np.concatenate(sides, axis=1).mean(axis=1)) > _LIGHT:
        return "inverted"
    return "dark" if 1 < brightest < 64 else ""


def _check_pixels(pixels: np.ndarray) -> None:
    """Refuse pixels by their kind and shape alone: of files none is read."""
    if not isinstance(pixels, (np.ndarray, Mapped)):
        raise DataError(
            f"{called(pixels)} is no array of pixels; give uint8 in the shape (n, 28, 28), white ink = 255."
        )
    shape = pixels.shape
    if pixels.dtype == np.uint8 and pixels.ndim == 3 and shape[1:] == IMAGE[:2]:
        return
    if pixels.dtype.kind not in "biuf":
        raise DataError(f"The pixels are {pixels.dtype}, no numbers; give uint8 from 0 to 255.")
    if pixels.dtype != np.uint8:
        steps = as_greys(pixels.dtype, shape)
    elif shape[1:] == (SIDE**2,):
        steps = [f"a = a.reshape(-1, {SIDE}, {SIDE})"]
    else:
        steps = resized(shape)
        if any("resize" in step or "mean" in step for step in steps):
            steps.append("a = np.rint(a).astype(np.uint8)")
    raise DataError(
        f"The pixels are {pixels.dtype} in the shape {shape}; those of drawings are uint8 from 0 to 255, "
        f"white ink on black paper, in the shape (n, 28, 28). With a for them: {'; '.join(steps)}."
    )


def _check_categories(names: tuple[str, ...]) -> None:
    """Refuse names of categories that the files of a folder could not have."""
    if not isinstance(names, tuple):
        raise DataError(
            f"{called(names)} is no list of categories; give their names in a tuple, in the order of the "
            "labels that mean them."
        )
    for name in names:
        if not isinstance(name, str):
            raise DataError(f"{name!r} is no name of a category; give a text.")
    _check_names(names)


@lru_cache(maxsize=16)  # what is chosen of drawings shares their names
def _check_names(names: tuple[str, ...]) -> None:
    first: dict[str, str] = {}
    for name in names:
        if not is_name(name):
            raise DataError(
                f"{name!r} is no name of a category; give one that shows something and can be printed."
            )
        if (key := key_of(name)) in first:
            raise DataError(
                f"{first[key]!r} and {name!r} count as one name: case, hyphens and underscores tell no two "
                "apart; give each category a name of its own, once."
            )
        first[key] = name


def _check_labels(labels: np.ndarray, n: int, k: int) -> None:
    """Refuse labels that do not say of each of n drawings which of k names it has."""
    if not isinstance(labels, np.ndarray):
        raise DataError(
            f"{called(labels)} is no array of labels; numpy.asarray makes one of a list."
        )
    kind = labels.dtype
    if labels.ndim != 1 or kind.kind not in "iu" or not np.can_cast(kind, np.int64):
        if labels.size == n and labels.ndim != 1:
            remedy = "labels.ravel() is that"
        elif labels.ndim != 1:
            remedy = "labels.argmax(axis=1) is that where each name has a column"
        elif kind.kind in "USO":
            remedy = "np.unique(labels, return_inverse=True) gives the names, then these numbers"
        else:
            remedy = "labels.astype(int) is that"
        raise DataError(
            f"The labels are {kind} in the shape {labels.shape}, where each drawing has a whole number, the "
            f"place of its name among the categories; {remedy}."
        )
    if len(labels) != n:
        raise DataError(
            f"There are {len(labels):,} labels for {n:,} drawings; give one for each, in their order."
        )
    low, high = (int(labels.min()), int(labels.max())) if n else (0, 0)
    if n and not 0 <= low <= high < k:
        raise DataError(
            f"The labels go from {low} to {high}, and with {k} categories they go from 0 to {k - 1}; "
            "np.unique(labels, return_inverse=True)[1] numbers those that there are from 0."
        )
