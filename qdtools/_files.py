"""Puts files, or folders of them, in their place whole or not at all; knows them by their SHA-256."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._locks import sole_writer
from .errors import SettingError
from .settings import expanded

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file to write beside `path`, which takes its place at the end.

    Where writing ends early, by a full disk or Ctrl-C, what was there stays, with nothing beside it.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Put bytes in a file's place whole."""
    with replacing(path) as part:
        part.write_bytes(content)


def json_of(value: Any) -> bytes:
    """Give a value as the content of a file of JSON, laid out for people."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def sha256_of(content: bytes | Path) -> str:
    """Give the SHA-256 of bytes, or of a file's content, in hexadecimal."""
    if isinstance(content, Path):
        with content.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(content).hexdigest()


def check_folder(folder: str | os.PathLike[str]) -> Path:
    """Refuse what is there and is no folder, or can be none, before anything is made to be put there.

    Raises
    ------
    SettingError
        If it is a file, nothing can be written there, or it is no path.
    """
    path = expanded(folder)
    if os.path.lexists(path) and path.exists() and not path.is_dir():
        raise SettingError(f"{str(folder)!r} is a file; name another place, for a folder.")
    _check_place(path, str(folder))
    return path


def check_new(folder: str | os.PathLike[str]) -> Path:
    """Refuse a folder that is there already, or can be nowhere, before anything is made to be put there.

    Raises
    ------
    SettingError
        If it is, or is a file, nothing can be written there, or it is no path.
    """
    path = expanded(folder)
    if os.path.lexists(path):
        raise SettingError(
            f"{str(folder)!r} is there already; name a folder that is not, and nothing is overwritten."
        )
    _check_place(path, str(folder))
    return path


def _check_place(path: Path, named: str) -> None:
    """Refuse a place where no folder can be made; only trying tells, whatever the permissions say."""
    there = next(one for one in (path, *path.absolute().parents) if os.path.lexists(one))
    if not there.is_dir():
        raise SettingError(
            f"{named!r} can be no folder, since {str(there)!r} is a file or a link to nothing; name another."
        )
    try:
        # As long a name as that of what is filled, unless it is there.
        Path(tempfile.mkdtemp(prefix="" if there == path else path.name, dir=there)).rmdir()
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise SettingError(
            f"Nothing can be written to {named!r} ({reason}); name a place where you may read and write."
        ) from error


@contextmanager
def new_folder(folder: str | os.PathLike[str], doing: str) -> Iterator[Path]:
    """Give a folder to fill, which then appears whole under the name of a new one, or not at all.

    What is filled lies beside, held meanwhile: whoever comes after a kill finds it and begins anew.

    Parameters
    ----------
    folder : path
        Not there yet.
    doing : str
        What it is filled for, in words.

    Raises
    ------
    SettingError
        If it is there, at the beginning or in the end, or somebody else fills it at this moment.
    """
    out = check_new(folder).absolute()
    beside = out.parent / f".{out.name}.saving"
    with sole_writer(beside, doing):
        made = beside / out.name
        try:
            if made.exists():
                shutil.rmtree(made)
            made.mkdir()
            yield made
            made.rename(check_new(folder).absolute())
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
