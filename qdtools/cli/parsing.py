"""Turns what is typed into values, or says in one sentence why it is none."""

from __future__ import annotations

import argparse
from functools import wraps
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

from .._checks import check_seed
from ..drawings.categories import means_all
from ..errors import MissingError, SettingError, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Parser(argparse.ArgumentParser):
    """Says in one sentence what was wrong and where the options are listed."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        said = printable(f"{self.prog}: error: {message}; `{self.prog} --help` lists the options.")
        self.exit(2, f"{said}\n")


class Version(argparse.Action):
    """Prints which release is installed, as the package's metadata say, and ends.

    They are looked for only then: naming a picture needs none.
    """

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print it, where it is asked for."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"{parser.prog} {version('qdtools')}", flush=True)
        except PackageNotFoundError as error:
            raise MissingError(
                "This qdtools runs from a folder where it is not installed, which says no version; "
                "`pip install --editable .` in the folder of the book installs it."
            ) from error
        parser.exit()


class Keys:
    """The keys of a table in a module of qdtools, which is imported only if they are asked for.

    Naming a picture needs neither, and importing both would take longer than the naming.
    """

    def __init__(self, module: str, *tables: str) -> None:
        self._module, self._tables = module, tables

    def __iter__(self) -> Iterator[str]:
        module = import_module(self._module, __package__.rpartition(".")[0])
        return chain.from_iterable(getattr(module, table) for table in self._tables)

    def __contains__(self, name: str) -> bool:
        return name in list(self)

    def __str__(self) -> str:
        return ", ".join(self)


def as_names(text: str) -> str | list[str]:
    """Give the names between commas, or "all"."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError(
            "no category is named; leave the option out for the default"
        )
    return "all" if means_all(names) else names


def as_given(text: str) -> str:
    """Refuse an empty word, as a variable of the shell that was never set leaves it."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; name one, or leave the option out")
    return text


def telling(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let the parser tell why qdtools refused what was typed."""

    @wraps(parse)
    def parsed(text: str) -> Any:
        try:
            return parse(text)
        except SettingError as error:
            raise argparse.ArgumentTypeError(str(error).rstrip(".")) from error

    return parsed


@telling
def as_levels(text: str) -> list[float]:
    """Give the noise levels between commas."""
    from ..noise import check_level

    return [check_level(level) for level in text.split(",")]


as_seed = telling(check_seed)


def as_count(text: str) -> int:
    """Give a whole number of at least 1."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def as_seconds(text: str) -> float:
    """Give a number of seconds above 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds
