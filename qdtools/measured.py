"""Small results that a script measured where a chapter would take minutes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import settings
from .errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path
#: Folders of the checkout with the scripts that measure.
_SCRIPTS = ("tools", "benchmarks")


def read_measured(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Read what a script measured, numbers with how they came about (chapter 4).

    Parameters
    ----------
    name : str
        Of the script, such as ``"overfitting"`` of ``tools/overfitting.py``.
    folder : Path, optional
        Where the result lies; ``models/lessons`` by default.

    Returns
    -------
    dict
        With the ``command`` that measures it again.

    Raises
    ------
    ModelError
        If there is no such result or it cannot be read.
    """
    path = (settings.lessons_dir() if folder is None else folder) / f"{name}.json"
    try:
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(result["command"], str):
            raise TypeError("no command")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{str(path)!r} is missing or torn ({error}); {_way(name)}.") from error
    return result


def _way(name: str) -> str:
    """Say how a result comes back, by the script that measures it."""
    if not settings.IN_CHECKOUT:
        return "the folder of the book has it, the package alone has not"
    for folder in _SCRIPTS:
        if (settings.book_models_dir().parent / folder / f"{name}.py").is_file():
            return f"restore it, or measure again with `python {folder}/{name}.py`"
    return f"no script of {' or '.join(_SCRIPTS)} measures it, so name a result that is there"
