"""The exceptions that qdtools raises for input it refuses; each says what was wrong, with the way out."""

import unicodedata

#: Join letters or part them without a gap, as Persian words and the emoji of several signs need.
JOINERS = "\u200c\u200d"


def is_printable(text: str) -> bool:
    """Tell whether a text holds nothing that would move a terminal's cursor or colour it.

    Spaces of any width do neither, nor do signs that are newer than this Python.
    """
    return all(
        letter.isprintable() or letter in JOINERS or unicodedata.category(letter) in ("Zs", "Cn")
        for letter in text
    )


def printable(text: str) -> str:
    """Escape what would move a terminal's cursor or colour it, from a server or a file of others."""
    return "".join(
        letter if is_printable(letter) else letter.encode("unicode_escape").decode()
        for letter in text
    )


def called(value: object) -> str:
    """Say at the head of a sentence what was given, by its kind: its content may be long."""
    if value is None:
        return "None"
    kind = type(value).__name__
    return f"{'An' if kind.startswith((*'aeioAEIO', 'nd')) else 'A'} {kind}"


class QdToolsError(Exception):
    """Base of every refusal; the command line prints it as one sentence and exits with code 2."""

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message))

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook, where IPython would put a wall of calls above it."""
        return [f"{type(self).__name__}: {self}"]


class DataError(QdToolsError, ValueError):
    """Drawings that cannot be used: unknown category, torn file, wrong shape or dtype (chapter 1)."""


class ImageError(QdToolsError, ValueError):
    """A picture file that cannot be read or used as a query (chapter 5)."""


class ModelError(QdToolsError, ValueError):
    """Weights that are missing, altered or do not fit what is asked of them (chapter 5)."""


class SettingError(QdToolsError, ValueError):
    """An argument or environment variable outside what it may be."""


class MissingError(QdToolsError, ImportError):
    """An optional part of the package that is not installed."""
