"""Trained networks on disk: saved for Keras beside their graph, loaded again once their hash agrees."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ModelError
from ..pipeline import GRAPH, Pipeline, checked, graph_folder, read_manifest
from ._keras import keras

if TYPE_CHECKING:
    import os

#: Each network as Keras saves it.
_NETWORKS = ("denoiser", "classifier")


def load_network(name: str, folder: str | os.PathLike[str] | None = None) -> keras.Model:
    """Load one of the two networks into Keras, to look at its layers or train it on (chapter 3).

    Parameters
    ----------
    name : str
        ``"denoiser"``, images to images, or ``"classifier"``, images to logits.
    folder : path, optional
        A folder written by `qdtools train`, or by `qdtools learn` for the networks that its names stand
        on; the shipped weights by default.

    Returns
    -------
    keras.Model
        Uncompiled, in float32.

    Raises
    ------
    ModelError
        If there is no such network, its file is missing, or its hash differs.
    """
    if name not in _NETWORKS:
        raise ModelError(f"There is no network {name!r}; choose among {', '.join(_NETWORKS)}.")
    folder = graph_folder(folder)
    content = checked(folder, f"{name}.keras", read_manifest(folder))
    with tempfile.TemporaryDirectory() as temporary:
        # Keras reads files only; this one holds the very bytes whose hash agreed.
        path = Path(temporary) / f"{name}.keras"
        path.write_bytes(content)
        return keras.saving.load_model(path, compile=False, safe_mode=True)


def save_pipeline(
    folder: str | os.PathLike[str],
    pipeline: Pipeline,
    denoiser: keras.Model,
    classifier: keras.Model,
    **about: Any,
) -> Pipeline:
    """Save a pipeline's graph, the networks it was exported from, and a manifest (chapter 5).

    Parameters
    ----------
    folder : path
        Is made where it is missing. Each file is put in place whole, and the manifest last, so that
        `Pipeline.load` notices a save that was interrupted.
    pipeline : Pipeline
        Whose graph is saved as it is, byte by byte, with the category of each of its logits.
    denoiser, classifier : keras.Model
        Images (n, 28, 28, 1) to images, and to logits (n, len(pipeline.trained_on)).
    **about
        What else the manifest shall say, as JSON values: command, data, config, scores.

    Returns
    -------
    Pipeline
        As `Pipeline.load` will load it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        (Path(temporary) / GRAPH).write_bytes(pipeline.graph)
        for name, network in zip(_NETWORKS, (denoiser, classifier), strict=True):
            network.save(Path(temporary) / f"{name}.keras")
            weights[f"{name}.keras"] = {"parameters": network.count_params()}
        weights[GRAPH] = {"parameters": denoiser.count_params() + classifier.count_params()}
        for name, entry in weights.items():
            entry["sha256"] = _sha256(Path(temporary) / name)
            (Path(temporary) / name).replace(folder / name)
        manifest = {"weights": weights, "categories": list(pipeline.trained_on), **about}
        part = Path(temporary) / "manifest.json"
        part.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(folder / "manifest.json")
    return Pipeline(pipeline.graph, pipeline.trained_on)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
