"""Helpers for the chapters of *Noisy Quick, Draw!*; each docstring names the chapter that explains it.

The public names stand in ``__init__.pyi``, each with the module that holds it. A name is imported on
first use, so that what needs no network does not wait for TensorFlow.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
