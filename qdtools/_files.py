"""Puts files, or folders of them, in their place whole or not at all; knows them by their SHA-256."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._locks import sole_writer
from .errors import SettingError
from .settings import expanded

if TYPE_CHECKING:
    import os
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
    """Refuse what is there and is no folder.

    Raises
    ------
    SettingError
        If it is a file.
    """
    path = expanded(folder)
    if path.exists() and not path.is_dir():
        raise SettingError(f"{str(folder)!r} is a file; name a folder.")
    return path


def check_new(folder: str | os.PathLike[str]) -> Path:
    """Refuse a folder that is there already.

    Raises
    ------
    SettingError
        If it is, or is a file.
    """
    path = expanded(folder)
    if path.exists() or path.is_symlink():
        raise SettingError(
            f"{str(folder)!r} is there already; name a folder that is not, and nothing is overwritten."
        )
    return path


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
