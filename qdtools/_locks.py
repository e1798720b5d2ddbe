"""Keeps two processes from writing into one folder at the same time."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from .errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The file by which a folder is held; it is there only so long.
_LOCK = ".lock"


@contextmanager
def sole_writer(folder: Path, doing: str) -> Iterator[None]:
    """Hold a folder, which is made where it is missing; one that stays empty is removed again.

    Parameters
    ----------
    folder : Path
        To be written into by nobody else meanwhile.
    doing : str
        What the folder is held for, in words: ``"training"``.

    Raises
    ------
    SettingError
        If another process, or another call in this one, holds it, or something that is no folder is in
        its place.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise SettingError(
            f"{str(folder)!r} can be no folder, since a file or a link to nothing is in its place; name "
            "another."
        ) from error
    # A killed process holds nothing: the system lets go of what it had locked.
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise SettingError(
            f"Another {doing} writes into {str(folder)!r} at this moment; wait until it has ended, or "
            "name another folder."
        ) from error
    try:
        yield
    finally:
        # Still held, so nobody loses it; where an open file cannot be removed, it stays, empty.
        with suppress(OSError):
            (folder / _LOCK).unlink()
        lock.release()
        with suppress(OSError):
            folder.rmdir()
