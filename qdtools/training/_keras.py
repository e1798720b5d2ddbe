"""Imports Keras on TensorFlow without TensorFlow's start-up banner, which would land on the pages.

The banner is written by native code to file descriptor 2 before any log level is read, so the
descriptor itself points elsewhere during the import. Later lines of the native code are about the
processor and not about the reader's program, whose mistakes Keras raises; Python's warnings show.
"""

import os
import sys

from ..errors import SettingError

#: Keras asks this variable what to compute with.
_BACKEND = "KERAS_BACKEND"

if os.environ.setdefault(_BACKEND, "tensorflow") != "tensorflow":
    raise SettingError(
        f"{_BACKEND} is {os.environ[_BACKEND]!r}; training takes TensorFlow: unset it, or set it to "
        "tensorflow."
    )
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

sys.stderr.flush()
_kept = os.dup(2)
_nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(_nowhere, 2)
try:
    import keras
    import tensorflow
finally:
    os.dup2(_kept, 2)
    os.close(_kept)
    os.close(_nowhere)

if keras.backend.backend() != "tensorflow":  # it was imported before, with another setting
    raise SettingError(
        f"Keras computes with {keras.backend.backend()} already; start anew with {_BACKEND} set to "
        "tensorflow."
    )

# A chapter that asks many networks is warned that each is traced anew, which is no mistake of its.
tensorflow.get_logger().setLevel("ERROR")

__all__ = ["keras", "tensorflow"]
