"""Commands as the parser knows them, by families."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


class Command(NamedTuple):
    """What a command is for, the options that it takes, what does it."""

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


_Run = TypeVar("_Run", bound="Callable[[argparse.Namespace], int]")


class Family(dict[str, Command]):
    """Commands that have much in common, by name, in the order of `qdtools --help`."""

    def command(
        self, help_text: str, add_options: Callable[[argparse.ArgumentParser], None]
    ) -> Callable[[_Run], _Run]:
        """Let the parser know a command by the name of the function that does it."""

        def register(run: _Run) -> _Run:
            name = run.__name__.removeprefix("_").replace("_", "-")
            self[name] = Command(help_text, add_options, run)
            return run

        return register
