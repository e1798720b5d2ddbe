"""Trained networks on disk: saved for Keras beside their graph, loaded again once their hash agrees."""

from __future__ import annotations

import io
import json
import math
import shutil
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import json_of, sha256_of
from .._locks import sole_writer
from ..background import BACKGROUND, save_background
from ..drawings.canvas import IMAGE
from ..errors import ModelError
from ..manifests import GRAPH, MOST_WEIGHTS, RESTORE, checked, graph_folder, read_manifest
from ..pipeline import Pipeline
from ._keras import keras
from .origin import NETWORKS

if TYPE_CHECKING:
    import os

    from ..background import Background

#: What a folder begins with in which a save is prepared.
_PREPARING = ".saving-"


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
        If there is no such network, its file is missing, its hash differs, or it takes or gives
        something else, or holds weights that are no numbers.
    """
    if name not in NETWORKS:
        raise ModelError(f"There is no network {name!r}; choose among {', '.join(NETWORKS)}.")
    folder = graph_folder(folder)
    manifest = read_manifest(folder)
    content = checked(folder, f"{name}.keras", manifest)
    _check_extent(content, folder / f"{name}.keras")
    with tempfile.TemporaryDirectory() as temporary:
        # Keras reads files only; this one holds the very bytes whose hash agreed.
        path = Path(temporary) / f"{name}.keras"
        path.write_bytes(content)
        try:
            network = keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # each layer of the file has errors of its own
            raise ModelError(
                f"{str(folder / path.name)!r} is no network that Keras can load; {RESTORE}."
            ) from error
    wanted = IMAGE if name == "denoiser" else (len(manifest["categories"]),)
    _check(network, wanted, folder / path.name)
    return network


def _asked(described: dict[str, Any]) -> int:
    """Count the numbers in the variables of a network that Keras describes, without making it."""
    with keras.StatelessScope(initialize_variables=False):  # variables have a shape, yet no memory
        network = keras.saving.deserialize_keras_object(described, safe_mode=True)
    return sum(math.prod(variable.shape) for variable in network.variables)


def _check_extent(content: bytes, path: Path) -> None:
    """Refuse a network that asks for more memory than its file has weights for, before it is made."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MOST_WEIGHTS:
                raise ModelError(
                    f"{str(path)!r} would unpack to {unpacked:,} bytes, more than {MOST_WEIGHTS:,}; "
                    f"{RESTORE}."
                )
            described = json.loads(archive.read("config.json"))
        # Keras remembers by thread which variables lack memory, to provide it later: by a thread that ends.
        with ThreadPoolExecutor(1) as apart:
            asked = apart.submit(_asked, described).result()
    except ModelError:
        raise
    except Exception as error:  # each layer of the file has errors of its own
        raise ModelError(f"{str(path)!r} is no network that Keras can load; {RESTORE}.") from error
    if asked > unpacked:  # no number is stored in less than a byte
        raise ModelError(
            f"{str(path)!r} describes layers of {asked:,} numbers, which its {unpacked:,} bytes cannot "
            f"hold; {RESTORE}."
        )


def _check(network: Any, wanted: tuple[int, ...], path: Path) -> None:
    """Refuse a network of the right hash that is none of images to what is wanted."""
    ends = [getattr(network, side, None) for side in ("inputs", "outputs")]
    found = [[(end.shape[1:], end.dtype) for end in side or []] for side in ends]
    if found != [[(IMAGE, "float32")], [(wanted, "float32")]]:
        raise ModelError(
            f"{str(path)!r} is no network from one image of {_shape(IMAGE)} to {_shape(wanted)} numbers; "
            f"{RESTORE}."
        )
    if not all(np.isfinite(weights).all() for weights in network.get_weights()):
        raise ModelError(f"{str(path)!r} holds weights that are no numbers; {RESTORE}.")


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


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

    Raises
    ------
    SettingError
        If another training or save writes into the folder.
    """
    with sole_writer(Path(folder), "save"):
        return write_pipeline(Path(folder), pipeline, denoiser, classifier, **about)


def write_pipeline(
    folder: Path,
    pipeline: Pipeline,
    denoiser: keras.Model,
    classifier: keras.Model,
    background: Background | None = None,
    **about: Any,
) -> Pipeline:
    """Save a pipeline as `save_pipeline` does, into a folder that is held already (chapter 5).

    With it goes, if given, what the features of drawings with its names are like.
    """
    for left in folder.glob(f"{_PREPARING}*"):  # by a save that was killed
        shutil.rmtree(left, ignore_errors=True)
    weights: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(dir=folder, prefix=_PREPARING) as temporary:
        (Path(temporary) / GRAPH).write_bytes(pipeline.graph)
        for name, network in zip(NETWORKS, (denoiser, classifier), strict=True):
            network.save(Path(temporary) / f"{name}.keras")
            weights[f"{name}.keras"] = {"parameters": network.count_params()}
        weights[GRAPH] = {"parameters": denoiser.count_params() + classifier.count_params()}
        for name, entry in weights.items():
            entry["sha256"] = sha256_of(Path(temporary) / name)
            (Path(temporary) / name).replace(folder / name)
        if background is not None:
            save_background(background, pipeline.graph, Path(temporary) / BACKGROUND)
            (Path(temporary) / BACKGROUND).replace(folder / BACKGROUND)
        manifest = {"weights": weights, "categories": list(pipeline.trained_on), **about}
        part = Path(temporary) / "manifest.json"
        part.write_bytes(json_of(manifest))
        part.replace(folder / "manifest.json")
    return Pipeline(pipeline.graph, pipeline.trained_on, folder=folder)
