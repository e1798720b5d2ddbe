"""The two networks chained: noisy images in, denoised images and probabilities out."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from . import settings
from ._keras import keras
from ._keras import tensorflow as tf
from .categories import resolve_categories
from .errors import ModelError

#: Images a step; more is no faster on a processor and takes more memory.
_BATCH = 256


def _compiled(model: keras.Model) -> Any:
    """Trace a model once for batches of any size; `predict` would pay its set-up at each call."""
    spec = tf.TensorSpec((None, 28, 28, 1), tf.float32)
    return tf.function(lambda images: model(images, training=False), input_signature=[spec])


def _in_batches(call: Any, images: np.ndarray) -> np.ndarray:
    images = np.asarray(images, np.float32)
    if images.ndim != 4 or images.shape[1:] != (28, 28, 1):
        raise ModelError(
            f"The images have the shape {images.shape}; the networks take (n, 28, 28, 1)."
        )
    if not len(images):  # TensorFlow's kernels refuse an empty batch
        return call(np.zeros((1, 28, 28, 1), np.float32)).numpy()[:0]
    starts = range(0, len(images), _BATCH)
    return np.concatenate([call(images[start : start + _BATCH]).numpy() for start in starts])


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A denoiser before a classifier (chapter 4).

    Attributes
    ----------
    denoiser : keras.Model
        Images (n, 28, 28, 1) in [0, 1] to images of the same shape and range.
    classifier : keras.Model
        Images to logits (n, len(trained_on)).
    trained_on : tuple of str
        The category of each logit.
    chosen : tuple of str, optional
        The categories to choose among; all of `trained_on` unless restricted.
    """

    denoiser: keras.Model
    classifier: keras.Model
    trained_on: tuple[str, ...]
    chosen: tuple[str, ...] | None = None

    @property
    def categories(self) -> tuple[str, ...]:
        """The category of each column of the probabilities."""
        return self.chosen or self.trained_on

    @cached_property
    def _denoise(self) -> Any:
        return _compiled(self.denoiser)

    @cached_property
    def _classify(self) -> Any:
        return _compiled(self.classifier)

    def denoise(self, noisy: np.ndarray) -> np.ndarray:
        """Denoise images (chapter 2).

        Parameters
        ----------
        noisy : ndarray, (n, 28, 28, 1)
            Noisy images in [0, 1], white ink = 1.

        Returns
        -------
        ndarray of float32, (n, 28, 28, 1)
            Denoised images in [0, 1].

        Raises
        ------
        ModelError
            If the shape is another.
        """
        return _in_batches(self._denoise, noisy)

    def classify(self, images: np.ndarray) -> np.ndarray:
        """Name images as they are, without denoising them first (chapter 3).

        Parameters
        ----------
        images : ndarray, (n, 28, 28, 1)
            Images in [0, 1], white ink = 1.

        Returns
        -------
        ndarray of float32, (n, len(categories))
            Probabilities; each row sums to 1.

        Raises
        ------
        ModelError
            If the shape is another.
        """
        logits = _in_batches(self._classify, images)
        columns = [self.trained_on.index(name) for name in self.categories]
        return softmax(logits[:, columns], axis=1)

    def __call__(self, noisy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Denoise images, then name them (chapter 4).

        Parameters
        ----------
        noisy : ndarray, (n, 28, 28, 1)
            Noisy images in [0, 1], white ink = 1.

        Returns
        -------
        denoised : ndarray of float32, (n, 28, 28, 1)
            Denoised images in [0, 1].
        probabilities : ndarray of float32, (n, len(categories))
            Each row sums to 1.

        Raises
        ------
        ModelError
            If the shape is another.
        """
        denoised = self.denoise(noisy)
        return denoised, self.classify(denoised)

    def restrict(self, categories: str | Iterable[str]) -> Pipeline:
        """Choose among some of the trained categories only; nothing is retrained (chapter 3).

        Parameters
        ----------
        categories : str or iterable of str
            Names as people type them, or ``"all"``.

        Returns
        -------
        Pipeline
            With the same networks.

        Raises
        ------
        DataError
            If the classifier was not trained on a category.
        """
        return replace(self, chosen=resolve_categories(categories, self.trained_on))

    def save(self, folder: str | os.PathLike, **about: Any) -> None:
        """Save both networks and a manifest with their hashes (chapter 4).

        Parameters
        ----------
        folder : path
            Is made where it is missing. The manifest is written last, so that a save that was
            interrupted is noticed by `load`.
        **about
            What else the manifest shall say, as JSON values: command, data, seed, scores.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        weights = {}
        for model in (self.denoiser, self.classifier):
            with tempfile.TemporaryDirectory(dir=folder) as temporary:
                part = Path(temporary) / f"{model.name}.keras"
                model.save(part)
                weights[part.name] = {
                    "sha256": _sha256(part),
                    "parameters": model.count_params(),
                }
                os.replace(part, folder / part.name)
        manifest = {"weights": weights, "categories": list(self.trained_on), **about}
        part = folder / "manifest.json.part"
        part.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(part, folder / "manifest.json")

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike | None = None,
        categories: str | Iterable[str] | None = None,
    ) -> Pipeline:
        """Load both networks after their hashes agree with the manifest (chapter 4).

        Parameters
        ----------
        folder : path, optional
            A folder written by `save`; the shipped weights by default.
        categories : str or iterable of str, optional
            Choose among these only.

        Returns
        -------
        Pipeline
            Ready to be called.

        Raises
        ------
        ModelError
            If a file is missing or its hash differs; nothing of it is read then.
        DataError
            If the classifier was not trained on a category.
        """
        folder = settings.models_dir() if folder is None else Path(folder)
        manifest = read_manifest(folder)
        models = []
        for name in ("denoiser.keras", "classifier.keras"):
            path = folder / name
            expected = manifest["weights"].get(name, {}).get("sha256")
            if not path.is_file() or _sha256(path) != expected:
                state = "has been altered or torn" if path.is_file() else "is missing"
                raise ModelError(
                    f"{str(path)!r} {state}, by the hash in manifest.json; restore it, or train with "
                    "`qdtools train`."
                )
            models.append(keras.saving.load_model(path, compile=False, safe_mode=True))
        pipeline = cls(*models, tuple(manifest["categories"]))
        return pipeline if categories is None else pipeline.restrict(categories)


def read_manifest(folder: str | os.PathLike | None = None) -> dict[str, Any]:
    """Read what is known of saved weights: hashes, categories, command, data, scores (chapter 4).

    Parameters
    ----------
    folder : path, optional
        A folder written by `Pipeline.save`; the shipped weights by default.

    Raises
    ------
    ModelError
        If there is no manifest or it cannot be read.
    """
    path = (settings.models_dir() if folder is None else Path(folder)) / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not (isinstance(manifest["weights"], dict) and isinstance(manifest["categories"], list)):
            raise TypeError("weights or categories missing")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{str(path)!r} is missing or torn ({error}); restore it, or train with `qdtools train`."
        ) from error
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
