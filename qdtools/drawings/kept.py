"""Keeps in the cache folder what took long to read, each array whole under the digest of its content."""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock

from .. import settings
from ..errors import DataError
from .npy import open_npy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Characters of a digest in a file's name, of 64.
_SHORT = 32


def digest_of(paths: Iterable[Path], *also: object) -> str:
    """Hash names with content of files, and what else decides what is made of them (chapter 1).

    Parameters
    ----------
    paths : iterable of Path
        Files, in their order; what is no file counts by its name alone.
    also : object
        Whatever prints alike where it is alike.

    Returns
    -------
    str
        Of 32 characters.
    """
    digest = hashlib.sha256(repr(also).encode())
    for path in paths:
        digest.update(f"\0{path.name}\0".encode("utf-8", "surrogateescape"))
        with suppress(OSError):  # whoever reads it says so
            if path.is_file():  # neither a pipe nor a device, which may never end
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:_SHORT]


def code(*names: str) -> list[Path]:
    """Give files of this room, whose content decides what is made of drawings (chapter 1)."""
    return [Path(__file__).with_name(name) for name in names]


def kept(
    stem: str, make: Callable[[], np.ndarray], otherwise: Callable[[], np.ndarray] | None = None
) -> np.ndarray:
    """Give an array as it was kept, or make it and keep it (chapter 1).

    A file whose content is not what its name says is no more than missing.

    Parameters
    ----------
    stem : str
        What decides the array, such as a `digest_of` what it is made from.
    make : callable
        Gives the array, of uint8; called by one process at a time.
    otherwise : callable, optional
        Called in its place where nothing can be kept; by default `make`.

    Returns
    -------
    ndarray of uint8
        Read-only and backed by a file, where it was kept.
    """
    found = _found(stem)
    if found is not None:
        return found
    folder = settings.cache_dir()
    lock = FileLock(folder / f"{stem}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()  # chapters begin two at a time
    except OSError as error:
        _tell(folder, error)
        return (otherwise or make)()
    try:
        found = _found(stem)
        if found is None:
            found = make()
            try:
                _save(folder, stem, found)
            except OSError as error:
                _tell(folder, error)
    finally:
        lock.release()
    return found


def _tell(folder: Path, error: OSError) -> None:
    """Say to a person at a terminal that time is lost; on a page it would speak of one machine."""
    if sys.stderr.isatty():
        print(
            f"qdtools: nothing can be kept in {str(folder)!r} ({error.strerror or error}), so drawings "
            "are read anew each time; set QD_CACHE_DIR to a folder that can be written.",
            file=sys.stderr,
        )


def _digest(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()[:_SHORT]


def _files(stem: str) -> list[Path]:
    return sorted(settings.cache_dir().glob(f"{stem}-*.npy"))


def _found(stem: str) -> np.ndarray | None:
    """Open what was kept, unless that is missing, torn or changed."""
    for path in _files(stem):
        try:
            array = open_npy(path)
        except DataError:
            continue
        if path.stem == f"{stem}-{_digest(array)}":
            return array
    return None


def _save(folder: Path, stem: str, array: np.ndarray) -> None:
    """Save an array whole or not at all, in place of what was there."""
    # The lock's holder alone writes it: a killed one leaves no second.
    part = folder / f"{stem}.part"
    try:
        with part.open("wb") as file:
            np.save(file, array, allow_pickle=False)
        old = _files(stem)
        part.replace(path := folder / f"{stem}-{_digest(array)}.npy")
    finally:
        part.unlink(missing_ok=True)
    for other in old:
        if other != path:
            other.unlink(missing_ok=True)
