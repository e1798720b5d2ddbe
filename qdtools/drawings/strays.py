"""Tells files of drawings from others whose names say the same or nothing, mostly by how they begin."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .canvas import SIDE
from .npy import LONGEST_HEADER, UNKNOWN, fits, numbers_in, resized, told_as_labels, written_in
from .stroke_files import STROKE_FORMS, NoDrawings, told_of_no_strokes

if TYPE_CHECKING:
    from pathlib import Path

#: Arrays of an archive that are looked at.
_MOST_ARRAYS = 1000


#: What macOS and Office leave beside copies begins so.
_LEFT_BEGIN = (".", "__MACOSX", "~$")
#: What disks, Windows and servers of files (Synology, QNAP, those for macOS) keep in folders for themselves.
_LEFT = frozenset(
    (
        *("@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot"),
        *("$recycle.bin", "system volume information", "found.000", "lost+found"),
        *("network trash folder", "temporary items"),
    )
)
#: How the files of common formats of pictures begin: PNG, JPEG, GIF, WebP, TIFF, BMP, AVIF and HEIC.
_PICTURE = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF.{4}WEBP|II\*\0|MM\0\*|BM.{4}\0{4}|.{4}ftyp(avi[fs]|hei[cx]|mif1)",
    re.DOTALL,
)


def is_left(name: str) -> bool:
    """Tell by its name whether a file or folder is one that no reader made (chapter 1)."""
    return name.startswith(_LEFT_BEGIN) or name.casefold() in _LEFT


def is_unnamed_picture(path: Path) -> bool:
    """Tell whether a file whose name has no ending is a picture, as some archives hold them (chapter 1)."""
    try:
        if "." in path.name or not path.is_file():
            return False
        with path.open("rb") as file:
            return _PICTURE.match(file.read(16)) is not None
    except OSError:
        return False


class Stray(NamedTuple):
    """A file that holds no drawings as they are read: what it holds; whether that is beyond doubt."""

    said: str
    surely: bool


def stray(path: Path, form: str) -> Stray | None:
    """Look whether a file that is named as one of drawings holds something else (chapter 1).

    Parameters
    ----------
    path : Path
        Any; of a large file the beginning alone is read.
    form : str
        The end of its name, as of a file of drawings.

    Returns
    -------
    Stray or None
        None where it holds drawings, well or badly kept, or what it holds cannot be seen.
    """
    if form in STROKE_FORMS:
        refused = told_of_no_strokes(path)
        if isinstance(refused, NoDrawings):
            return Stray(refused.what, True)
        if refused is None:
            return None
        # The way out is that of a category: it is said where the file is taken for one.
        said = str(refused).removeprefix(path.name).split(";")[0].strip(" ,.")
        return Stray(said, False)
    if form == ".npz":
        return _stray_archive(path)
    found = numbers_in(path)
    if found is None or are_images(*found):
        return None
    kind, shape = found
    if kind.kind in "OUSV":
        held = "objects" if kind.hasobject else "text" if kind.kind in "US" else "records"
        return Stray(f"an array of {held}, not of images", kind.kind in "US")
    labels = told_as_labels(path)
    return Stray("an array of labels" if labels else f"an array {shape}, not of images", False)


def are_images(kind: np.dtype, shape: tuple[int, ...]) -> bool:
    """Tell whether an array may be one of images, perhaps of another size or kind of number (chapter 1).

    Rows that are not of 784 numbers are images only where these are bytes: floats are features as often.
    """
    if kind.kind not in "biuf" or 0 in shape:
        return kind.kind in "biuf" and len(shape) > 1
    if shape == (SIDE * SIDE,) and kind == np.uint8:
        return True
    if len(shape) == 2 and SIDE * SIDE not in shape and kind != np.uint8:
        return False
    return len(shape) > 1 and (fits(shape) or UNKNOWN not in resized(shape))


def arrays_in(path: Path) -> dict[str, tuple[np.dtype, tuple[int, ...]]] | None:
    """Read from the headers alone which arrays an archive holds; None where it cannot be told (chapter 1)."""
    found = {}
    try:
        if not path.is_file():
            return None
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist()[:_MOST_ARRAYS]:
                with archive.open(name) as file:
                    about = written_in(file.read(LONGEST_HEADER))
                if about is None:
                    return None
                found[name.removesuffix(".npy")] = about
    except Exception:  # of whatever kind: nobody promised anything about these bytes
        return None
    return found


def _stray_archive(path: Path) -> Stray:
    """Say what an archive holds: none is read."""
    found = arrays_in(path)
    plain = found is not None and all(kind.kind in "biufUS" for kind, _ in found.values())
    images = found is not None and any(are_images(*about) for about in found.values())
    if plain and not images:
        return Stray("an archive of arrays, none of images", True)
    return Stray("an archive, of which none is read", False)
