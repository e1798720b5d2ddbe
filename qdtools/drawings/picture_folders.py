"""Reads a folder of pictures as the drawings of a category."""

from __future__ import annotations

import re
import warnings
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from tqdm import tqdm

from ..errors import DataError, ImageError, QdToolsError
from .canvas import SIDE
from .kept import digest_of, kept

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .pictures import Reading

#: Pictures that take about a second to read; what takes less is not kept.
A_SECOND = 10
#: Drawings besides the first, for each picture, from which on pictures seem to be pages of several.
SEVERAL = 0.25


class Pictures(NamedTuple):
    """What was read of a folder of pictures: images (n, 28, 28) uint8, white ink = 255."""

    images: np.ndarray
    #: How many of these are of drawings so small that much is guessed.
    small: int
    #: How many drawings stand apart from each other on each picture.
    drawings: np.ndarray


def read_pictures(label: str, pictures: Sequence[Path], limit: int | None, each: bool) -> Pictures:
    """Read the pictures of a folder in the order of their names (chapter 1).

    Parameters
    ----------
    label : str
        What the folder is called.
    pictures : sequence of Path
        In any order.
    limit : int, optional
        The most drawings that are needed.
    each : bool
        Take each of the drawings that stand apart from each other on a picture.

    Raises
    ------
    DataError
        If none of them shows a drawing.
    """
    paths = sorted(pictures, key=_natural)
    if min(len(paths), limit or len(paths)) < A_SECOND:
        rows = _every_picture(label, paths, limit, each)
    else:
        every = sorted(Path(__file__).parent.glob("*.py"))  # nearly all of it reads pictures
        key = digest_of([*every, *paths], limit, each)
        rows = kept(f"pictures-{key}", lambda: _every_picture(label, paths, limit, each))
    images, small, drawings = rows[:, :-2].reshape(-1, SIDE, SIDE), rows[:, -2] > 0, rows[:, -1]
    read = images.any(axis=(1, 2))
    if not read.any():
        raise DataError(
            f"No picture in the folder {label!r} shows a drawing: {_why_not(paths[0])} "
            "Replace them, or move the folder away."
        )
    if not read.all():
        # With several drawings of a picture, rows are more than pictures.
        begun = np.cumsum(drawings > 0)
        first = _why_not(paths[int(begun[~read][0]) - 1])
        warnings.warn(
            f"{int((~read).sum())} of {begun[-1]} pictures in the folder {label!r} are left "
            f"out, the first because: {first}",
            stacklevel=5,
        )
    seen = drawings[read][:limit]
    return Pictures(images[read][:limit], int(small[read][:limit].sum()), seen[seen > 0])


def _every_picture(label: str, paths: Sequence[Path], limit: int | None, each: bool) -> np.ndarray:
    """Read pictures until there are enough; (n, 786) uint8, a row a drawing.

    Its pixels, then whether it is small, then in the first row of a picture how many drawings that shows,
    at most 255. In place of a picture that cannot be read stands a blank row.
    """
    from .readers import read_all

    rows: list[np.ndarray] = []
    enough = 0
    with closing(read_all([str(path) for path in paths], each=each)) as found:
        for one in tqdm(found, f"reading {label}", len(paths), disable=None, delay=2):
            readings = [] if isinstance(one, QdToolsError) else one
            own = np.zeros((max(1, len(readings)), SIDE * SIDE + 2), np.uint8)
            for row, reading in zip(own, readings, strict=False):
                row[:-2] = np.rint(255 * reading.image.ravel())
                row[-2] = reading.small
            own[0, -1] = min(255, sum(reading.drawings for reading in readings) or 1)
            rows.append(own)
            enough += len(readings)
            if limit is not None and enough >= limit:
                break
    return np.concatenate(rows)


def tell_of_small(read: Collection[Pictures], folder: Path) -> None:
    """Warn where drawings have so few pixels that much of them is guessed."""
    small = sum(one.small for one in read)
    if small:
        from .small import LARGEST

        warnings.warn(
            f"Of the {sum(len(one.images) for one in read)} drawings on pictures in {str(folder)!r}, {small} "
            f"{'is' if small == 1 else 'are'} at most {LARGEST} pixels large, so that much of what is "
            "read there is guessed: names are learned, and given, "
            "worse. Take larger pictures, or bring grey ones to 28 x 28 pixels, of which the drawing fills "
            "20: such a bitmap is taken as it is.",
            stacklevel=4,
        )


def tell_of_several(read: Mapping[str, Pictures], folder: Path) -> None:
    """Warn where pictures of a category seem to be pages of several drawings.

    Of single drawings one in fifty has parts that far apart, and of things such as rain more than half: so
    it is told, where there are many, and not decided.
    """
    pages = {
        name: one.drawings
        for name, one in read.items()
        if (one.drawings - 1).sum() >= SEVERAL * len(one.drawings)
    }
    if pages:
        first, *more = pages
        others = f"{len(more)} other categories" if len(more) > 1 else "".join(map(repr, more))
        named = f"{first!r} and {others}" if more else repr(first)
        every = np.concatenate([*pages.values()])
        n = int((every > 1).sum())
        warnings.warn(
            f"On {n} of the {len(every)} pictures of {named} in {str(folder)!r} stand several drawings "
            f"apart from each other, {int(every[every > 1].sum())} in all, and each picture is taken for one "
            "drawing. If they are pages of several, take each by each=True (`--each`, or QD_EACH=1 for the "
            "chapters); if each is one drawing of several parts, all is well.",
            stacklevel=4,
        )


def _read(path: Path) -> Reading:
    from .pictures import read_picture

    return read_picture(path)


def _why_not(path: Path) -> str:
    """Say why a picture cannot be read."""
    try:
        _read(path)
    except ImageError as error:
        return str(error)
    return "it is blank."


def _natural(path: Path) -> list[tuple[int, str]]:
    """Order 2.png before 10.png."""
    parts = re.split(r"([0-9]{1,18})", path.name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
