"""Small results that a script measured where a chapter would take minutes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import settings
from .errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

#: Where they lie. They are about the chapters, whatever weights ``QD_MODELS_DIR`` names.
LESSONS = settings.book_models_dir() / "lessons"


def read_measured(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Read the result of ``tools/NAME.py``, numbers with how they came about (chapter 4).

    Parameters
    ----------
    name : str
        Of the script, such as ``"overfitting"``.
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
    path = (LESSONS if folder is None else folder) / f"{name}.json"
    try:
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(result["command"], str):
            raise TypeError("no command")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{str(path)!r} is missing or torn ({error}); restore it, or measure again with "
            f"`python tools/{name}.py`."
        ) from error
    return result
