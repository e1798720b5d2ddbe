"""Turns what is typed into values, or says in one sentence why it is none."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from functools import wraps
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

from .._checks import check_seed
from .._lists import split_names
from ..drawings.categories import means_all
from ..errors import MissingError, SettingError, printable
from ..settings import expanded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Parser(argparse.ArgumentParser):
    """Says in one sentence what was wrong and where the options are listed."""

    #: What was typed behind the name of the command.
    _typed: Sequence[str] = ()

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse what no option takes in the name of the command, whose options are others."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            command = getattr(parsed, "parser", self)
            command.error(f"unrecognized arguments: {' '.join(unknown)}{command.near(unknown)}")
        return parsed

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Take the files whose names begin with a hyphen, as a shell gives them for ``*.png``, for files."""
        words = list(sys.argv[1:] if args is None else args)
        if self._subparsers is None:  # a command: what no option of it is may be a file
            for place in self._unknown_in(words):
                if os.path.lexists(words[place]):
                    words[place] = f"./{words[place]}"
            self._typed = words
        return super().parse_known_args(words, namespace)

    def _unknown_in(self, words: Sequence[str]) -> list[int]:
        """Give the places of words that begin with a hyphen and are no option."""
        end = words.index("--") if "--" in words else len(words)
        return [place for place, word in enumerate(words[:end]) if self._is_unknown(word)]

    def _is_unknown(self, word: str) -> bool:
        """Whether a word begins with a hyphen, and is no number and no option, whole or shortened."""
        if not word.startswith("-") or word == "-" or _is_number(word):
            return False
        options = self._option_string_actions
        if not word.startswith("--"):
            return word not in options
        return not any(name.startswith(word.partition("=")[0]) for name in options)

    def _as_file(self) -> str:
        """Say how a file is named that begins with a hyphen, where a command takes files."""
        words = [self._typed[place] for place in self._unknown_in(self._typed)]
        # What begins with two and has no dot is more likely an option that is none.
        words = [word for word in words if not word.startswith("--") or "." in word]
        takes_files = {as_path, as_file} & {one.type for one in self._get_positional_actions()}
        if not words or not takes_files:
            return ""
        return f" (a file of that name is {f'./{words[0]}'!r}, or stands behind a word '--')"

    def _as_value(self, option: str) -> str:
        """Say how the value of an option is given that begins with a hyphen, where one was typed so."""
        for place in self._unknown_in(self._typed):
            if place and self._typed[place - 1] == option:
                return f" (a value that begins with a hyphen is joined to it, {option}={self._typed[place]})"
        return ""

    def near(self, unknown: list[str]) -> str:
        """Say what may be meant by words that no option takes."""
        if said := self._as_file():
            return said
        options = [name for name in self._option_string_actions if name.startswith("--")]
        for word in unknown:
            if word.startswith("--"):
                typed = word.partition("=")[0]
                near = [name for name in options if name.endswith(typed[1:])]
                near = near or difflib.get_close_matches(typed, options, cutoff=0.8)
                if near:
                    return f" (the nearest are {', '.join(near)})"
            elif not word.startswith("-") and "--categories" in options:
                return " (several names are one word, as in --categories 'cat,coffee cup')"
        return ""

    def print_help(self, file: Any = None) -> None:
        """Print it at once, so that a full disk is told of."""
        print(self.format_help(), end="", file=file, flush=True)

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        if message.startswith("the following arguments are required"):
            message += self._as_file()
        elif message.endswith(": expected one argument"):
            message += self._as_value(message.split()[1].rstrip(":"))
        said = printable(f"{self.prog}: error: {message}; `{self.prog} --help` lists the options.")
        self.exit(2, f"{said}\n")


class Version(argparse.Action):
    """Prints which release is installed, as the package's metadata say, and ends.

    They are looked for only then: naming a picture needs none.
    """

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print it, where it is asked for."""
        from importlib.metadata import PackageNotFoundError, version

        from .._extras import pip_install

        try:
            print(f"{parser.prog} {version('qdtools')}", flush=True)
        except PackageNotFoundError as error:
            raise MissingError(
                "This qdtools runs from a folder where it is not installed, which says no version; "
                f"{pip_install('--editable .')} in the folder of the book installs it."
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
    names = split_names(text)
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


def as_file(text: str) -> str:
    """Give the name of a file, a pattern or ``-``, each as it was typed."""
    return as_given(text)


def as_path(text: str) -> str:
    """Give a path whose ``~`` is a home folder: a shell leaves it within `--option=~/...`."""
    return str(expanded(as_given(text)))


def _is_number(word: str) -> bool:
    """Whether argparse, too, takes a word that begins with a hyphen for a value."""
    try:
        float(word)
    except ValueError:
        return False
    return True


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
