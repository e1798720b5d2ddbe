"""Prints for the command line, whatever letters a terminal has, whatever of it is closed."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tqdm import tqdm

from .errors import is_printable, printable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def prepared() -> Iterator[bool]:
    """Give streams to print to for as long as a command runs; says whether standard output was closed.

    What an encoding lacks is escaped. Where a stream is closed, nothing printed to it is kept.
    """
    was_closed = sys.stdout is None
    streams = sys.stdout, sys.stderr
    # A file that is opened next would get the number of a closed stream, and with it what is printed.
    with suppress(OSError):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(number, True)
        os.close(number)
    sys.stdout, sys.stderr = (
        Path(os.devnull).open("w", encoding="utf-8") if stream is None else stream  # noqa: SIM115
        for stream in streams
    )
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield was_closed
    finally:
        for stream, own in zip((sys.stdout, sys.stderr), streams, strict=True):
            if own is None:
                stream.close()
        sys.stdout, sys.stderr = streams


def tell(text: str) -> None:
    """Say a line on standard error; where nobody can read it, go on without."""
    try:
        print(f"qdtools: {printable(text)}", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        drop(sys.stderr)


def note(line: str) -> None:
    """Say a line above the progress bars, to a person only."""
    if sys.stderr.isatty():
        tqdm.write(line, file=sys.stderr)


def drop(stream: TextIO) -> None:
    """Keep what could not be printed from failing once more at exit, where Python would say so."""
    with suppress(OSError, ValueError):
        number = os.open(os.devnull, os.O_WRONLY)
        os.dup2(number, stream.fileno())
        os.close(number)


def in_json(text: str) -> bool:
    """Tell whether a text can stand in JSON as it is: printed there, an escape would be no JSON."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return is_printable(text)
