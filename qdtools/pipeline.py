"""The two networks chained: from noisy images to denoised ones with their names."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError
from onnx.utils import Extractor
from scipy.special import softmax

from . import settings
from ._checks import check_images
from ._parallel import in_parts
from .drawings.canvas import IMAGE
from .drawings.categories import resolve_categories
from .errors import ModelError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

#: The way out where saved weights cannot be used.
_RESTORE = "restore it, or train with `qdtools train`"
#: Images a run; more is no faster, takes more memory and leaves fewer runs to go side by side.
_BATCH = 32
#: The file with the graph of both networks, which the pipeline runs.
GRAPH = "pipeline.onnx"
#: What each use of the graph needs of its outputs.
_DENOISED, _DIRECT, _CHAINED = ("denoised",), ("direct_logits",), ("denoised", "logits")


class _Graph:
    """One ONNX graph, of which each use runs only the part that it needs.

    ONNX Runtime computes a whole graph whatever is asked of it, so for each use a graph is cut out, when
    it is first needed: ``benchmarks/inference.py`` measures what that saves.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._sessions: dict[tuple[str, ...], onnxruntime.InferenceSession] = {}
        self._lock = threading.Lock()

    @cached_property
    def _model(self) -> onnx.ModelProto:
        return onnx.load_model_from_string(self._content)

    def check(self, folder: Path, n_categories: int) -> None:
        """Refuse a graph that takes or gives something else than a pipeline's of so many categories.

        Raises
        ------
        ModelError
            If it does, is no graph, or takes weights from other files, which no hash covers.
        """
        path = folder / GRAPH
        try:
            graph = self._model.graph
        except DecodeError as error:
            raise ModelError(f"{str(path)!r} is no ONNX graph; {_RESTORE}.") from error
        if any(part.data_location == onnx.TensorProto.EXTERNAL for part in graph.initializer):
            raise ModelError(
                f"{str(path)!r} takes weights from another file, which no hash covers; {_RESTORE}."
            )
        image = f"float (n, {', '.join(map(str, IMAGE))})"
        logits = f"float (n, {n_categories})"
        wanted = {"noisy": image, "denoised": image, "logits": logits, "direct_logits": logits}
        found = {value.name: _described(value) for value in (*graph.input, *graph.output)}
        for name in sorted({*wanted, *found}):
            if found.get(name) != wanted.get(name):
                raise ModelError(
                    f"{str(folder / 'manifest.json')!r} names {n_categories} categories, whose graph has "
                    f"{name!r} as {wanted.get(name)}, and {GRAPH} beside it as {found.get(name)}; "
                    f"{_RESTORE}."
                )

    def run(self, outputs: tuple[str, ...], images: np.ndarray) -> list[np.ndarray]:
        """Compute some outputs for images, and nothing that these do not need."""
        with self._lock:  # several threads may be the first to ask
            session = self._sessions.get(outputs)
            if session is None:
                session = self._sessions[outputs] = self._cut(outputs)
        found: list[np.ndarray] = session.run(outputs, {"noisy": images})
        return found

    def _cut(self, outputs: tuple[str, ...]) -> onnxruntime.InferenceSession:
        part = Extractor(self._model).extract_model(["noisy"], list(outputs))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Networks as small as these gain nothing from sharing out a layer; `in_parts` shares out images.
        options.intra_op_num_threads = 1
        try:
            return onnxruntime.InferenceSession(
                part.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's have no class in common that it documents
            raise ModelError(
                f"The graph of the networks cannot be run ({error}); {_RESTORE}."
            ) from error


def _described(value: onnx.ValueInfoProto) -> str:
    """Say the type and the shape of an input or an output."""
    tensor = value.type.tensor_type
    axes = ", ".join(["n", *(str(axis.dim_value) for axis in tensor.shape.dim[1:])])
    return f"{onnx.TensorProto.DataType.Name(tensor.elem_type).lower()} ({axes})"


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A denoiser before a classifier (chapter 5).

    It runs on ONNX Runtime, which starts in a tenth of a second and needs no TensorFlow.

    Attributes
    ----------
    graph : bytes
        Both networks as one ONNX graph, as `qdtools.training.export.export_graph` writes it.
    trained_on : tuple of str
        The category of each logit.
    chosen : tuple of str, optional
        The categories to choose among; all of `trained_on` unless restricted.
    """

    graph: bytes
    trained_on: tuple[str, ...]
    chosen: tuple[str, ...] | None = None

    @property
    def categories(self) -> tuple[str, ...]:
        """The category of each column of the probabilities."""
        return self.chosen or self.trained_on

    @cached_property
    def _parts(self) -> _Graph:
        return _Graph(self.graph)

    def _run(self, images: np.ndarray, outputs: tuple[str, ...]) -> list[np.ndarray]:
        images = check_images(images)
        if images.ndim != 4 or images.shape[1:] != IMAGE:
            raise ModelError(
                f"The images have the shape {images.shape}; the networks take (n, 28, 28, 1)."
            )
        parts = in_parts(lambda part: self._parts.run(outputs, images[part]), len(images), _BATCH)
        return [np.concatenate(part) for part in zip(*parts, strict=True)]

    def _probabilities(self, logits: np.ndarray) -> np.ndarray:
        columns = [self.trained_on.index(name) for name in self.categories]
        probabilities: np.ndarray = softmax(logits[:, columns], axis=1)
        return probabilities

    def denoise(self, noisy: np.ndarray) -> np.ndarray:
        """Denoise images (chapter 3).

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
        SettingError
            If the images are not in [0, 1]; it says how to bring them there.
        """
        return self._run(noisy, _DENOISED)[0]

    def classify(self, images: np.ndarray) -> np.ndarray:
        """Name images as they are, without denoising them first (chapter 4).

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
        SettingError
            If the images are not in [0, 1]; it says how to bring them there.
        """
        return self._probabilities(self._run(images, _DIRECT)[0])

    def __call__(self, noisy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Denoise images, then name them (chapter 5).

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
        SettingError
            If the images are not in [0, 1]; it says how to bring them there.
        """
        denoised, logits = self._run(noisy, _CHAINED)
        return denoised, self._probabilities(logits)

    def restrict(self, categories: str | Iterable[str]) -> Pipeline:
        """Choose among some of the trained categories only; nothing is retrained (chapter 4).

        Parameters
        ----------
        categories : str or iterable of str
            Names as people type them, or ``"all"``.

        Returns
        -------
        Pipeline
            With the same graph.

        Raises
        ------
        DataError
            If the classifier was not trained on a category.
        """
        where = "among those that the classifier was trained on"
        restricted = replace(self, chosen=resolve_categories(categories, self.trained_on, where))
        restricted.__dict__["_parts"] = self._parts  # loading each once is enough
        return restricted

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str] | None = None,
        categories: str | Iterable[str] | None = None,
    ) -> Pipeline:
        """Load both networks after the hash agrees with the manifest (chapter 5).

        Parameters
        ----------
        folder : path, optional
            A folder written by `qdtools train`; the shipped weights by default.
        categories : str or iterable of str, optional
            Choose among these only.

        Returns
        -------
        Pipeline
            Ready to be called.

        Raises
        ------
        ModelError
            If a file is missing or its hash differs (nothing of it is read then), or the graph does
            not name as many categories as the manifest.
        DataError
            If the classifier was not trained on a category.
        """
        folder = settings.models_dir() if folder is None else Path(folder)
        manifest = read_manifest(folder)
        graph = checked(folder, GRAPH, manifest)
        pipeline = cls(graph, tuple(manifest["categories"]))
        pipeline._parts.check(folder, len(pipeline.trained_on))
        return pipeline if categories is None else pipeline.restrict(categories)


def read_manifest(folder: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    """Read what is known of saved weights: hashes, categories, command, data, scores (chapter 5).

    Parameters
    ----------
    folder : path, optional
        A folder written by `qdtools train`; the shipped weights by default.

    Raises
    ------
    ModelError
        If there is no manifest or it cannot be read.
    """
    path = (settings.models_dir() if folder is None else Path(folder)) / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        weights, categories = manifest["weights"], manifest["categories"]
        if not (isinstance(weights, dict) and all(isinstance(w, dict) for w in weights.values())):
            raise TypeError("no weights")
        if not (
            isinstance(categories, list)
            and categories
            and all(isinstance(name, str) for name in categories)
        ):
            raise TypeError("no names of categories")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            f"{str(path)!r} is missing or torn ({error}); restore it, or train with `qdtools train`."
        ) from error
    return manifest


def checked(folder: Path, name: str, manifest: dict[str, Any], again: str = _RESTORE) -> bytes:
    """Return the content of a file of saved weights whose hash agrees with their manifest.

    `again` is the way out of a refusal, in words.
    """
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError:
        content = None
    expected = manifest["weights"].get(name, {}).get("sha256")
    if content is None or hashlib.sha256(content).hexdigest() != expected:
        state = "is missing" if content is None else "has been altered or torn"
        raise ModelError(f"{str(path)!r} {state}, by the hash in manifest.json; {again}.")
    return content
