"""Helpers for the chapters of *Noisy Quick, Draw!*; each docstring names the chapter that explains it.

From the ground up, each takes only from what stands above it:

``_interrupted``, ``_lists``, ``_parallel``
    Ctrl-C while all else is imported; names between commas; work shared out among cores.
``errors``, ``settings``
    Refusals; what a reader may set.
``_extras``, ``_terminal``, ``_checks``, ``_locks``, ``_files``
    Optional parts that are missing; what is printed; what is refused wherever it is given; files written
    whole, by one at a time.
``drawings``
    The type `Drawings` with every source and form that drawings come in, pictures too; no network.
``_images``
    Refuses images that are not as all below take them.
``noise``, ``classical``, ``statistics``
    What drowns a drawing, what gets it back without learning, how sure a share is.
``heads``, ``background``, ``manifests``, ``_graphs``, ``_inference``, ``pipeline``
    Saved networks, from their files to denoised images with names.
``examples``, ``quantization``
    What is made of these without TensorFlow: names of a reader's own, smaller graphs.
``evaluation``, ``queries``, ``measured``, ``cost``
    Scores, queries, what else the chapters count.
``training``
    Trains networks; alone wakes TensorFlow.
``show``
    Figures, tables, widgets; alone holds matplotlib and HTML.
``cli``
    The command, which knows all of them.

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
