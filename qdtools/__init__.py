"""Helpers for the chapters of *Noisy Quick, Draw!*; each docstring names the chapter that explains it.

The public names stand in ``__init__.pyi``, each with the module that holds it. A name is imported on
first use, so that what needs no network does not wait for TensorFlow.
"""

from __future__ import annotations

from . import _interrupted as _interrupted  # Ctrl-C may come while what follows is imported

# isort: split
import lazy_loader

# By its name alone type checkers know it: `typing` takes longer than all that is done here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_found, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Import a public name; say what to install where its optional part is not."""
    try:
        return _found(name)
    except ModuleNotFoundError as error:
        from ._extras import missing

        refusal = missing(error)
        if refusal is None:
            raise
        raise refusal from error
