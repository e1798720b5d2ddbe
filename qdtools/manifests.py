"""Reads what is known of saved weights, finds their files, trusts these by their hashes alone."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from typing import TYPE_CHECKING, Any

import numpy as np

from . import settings
from ._checks import is_name, read_regular
from .drawings.mapped import IN_MEMORY
from .errors import ModelError, QdToolsError, SettingError
from .heads import HEAD, LEARN_AGAIN, Head, parse_head, read_head

if TYPE_CHECKING:
    from pathlib import Path

    from .drawings.collection import Drawings

#: The way out where saved weights cannot be used.
RESTORE = "restore it, or train with `qdtools train`"
#: The way out where a smaller graph cannot be used.
AGAIN_SMALLER = "make it again with `qdtools quantize`, or load float32"
#: The file with the graph of both networks, which the pipeline runs.
GRAPH = "pipeline.onnx"
#: The file by the precision that its layers compute in: all but the first are made of the first.
PRECISIONS = {"float32": GRAPH, "float16": "pipeline.float16.onnx", "int8": "pipeline.int8.onnx"}
#: By what a manifest knows the drawings again that names were learned from: the first digits of the hash of
#: each one's pixels.
MARKS, _DIGITS = "learned_from", 10
#: Where, in the folder of a head, the graph that it stands on lies, unless it is the shipped one.
GRAPH_FOLDER = "graph"
#: What, in a folder of checkpoints, says of which training they are.
CHECKPOINTS_NOTE = "run.json"
#: Files of a folder without weights that are looked at for learned names.
_MOST_LOOKED_AT = 20
#: Bytes of a manifest, of a file of weights: ten times what the largest here have, and read no further.
MOST_MANIFEST, MOST_WEIGHTS = 6_000_000, 100_000_000


def graph_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Name the folder that holds the networks of some weights: that of a head is another (chapter 7).

    Parameters
    ----------
    folder : path, optional
        As `Pipeline.load` takes it.

    Returns
    -------
    Path
        One written by `qdtools train`, or the shipped one.

    Raises
    ------
    ModelError
        If it is the folder or the file of a head, and the graph that it stands on is nowhere.
    SettingError
        If it is no path.
    """
    return head_and_folder(place_of(folder))[1]


def place_of(path: str | os.PathLike[str] | None) -> Path:
    """Give where weights lie: where somebody says, else where the settings say (chapter 5)."""
    return settings.models_dir() if path is None else settings.expanded(path)


def head_and_folder(path: Path) -> tuple[Head | None, Path]:
    """Read the head where weights are one; give the folder that holds the graph."""
    if path.is_file():
        head = read_head(path)
    elif _has_head(path):
        head = parse_head(checked(path, HEAD, own_manifest(path), LEARN_AGAIN), path / HEAD)
    elif (path / "manifest.json").exists() and HEAD in (manifest := own_manifest(path))["weights"]:
        checked(path, HEAD, manifest, LEARN_AGAIN)  # which refuses it, since it is missing
        return None, path
    else:
        return None, path
    own = path if path.is_dir() else path.parent
    for folder in (own / GRAPH_FOLDER, own, settings.models_dir(), settings.book_models_dir()):
        if _holds(folder, head.graph):
            return head, folder
    raise ModelError(
        f"{str(path)!r} stands on a graph that is not here, with the SHA-256 {head.graph[:12]}…; name "
        f"the folder that holds this {GRAPH} in QD_MODELS_DIR, or learn again with `qdtools learn`."
    )


def _has_head(folder: Path) -> bool:
    """Whether there is anything by the name of a head: what cannot be read is refused, not passed over."""
    return os.path.lexists(folder / HEAD)


def check_no_head(folder: Path) -> None:
    """Refuse a folder for weights that holds learned names, which would be taken in their place (chapter 7).

    Raises
    ------
    SettingError
        If it does.
    """
    if _has_head(folder):
        raise SettingError(
            f"{str(folder)!r} holds learned names ({HEAD}), which would be taken in place of the weights; "
            "name another folder."
        )


def _holds(folder: Path, digest: str) -> bool:
    """Whether a folder's manifest says that it holds the graph of that hash."""
    try:
        manifest = own_manifest(folder)
    except ModelError:
        return False
    found: bool = manifest["weights"].get(GRAPH, {}).get("sha256") == digest
    return found


def read_manifest(folder: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    """Read what is known of saved weights: hashes, categories, command, data, scores (chapter 5).

    Parameters
    ----------
    folder : path, optional
        A folder written by `qdtools train` or `qdtools learn`; the shipped weights by default. What a
        manifest of learned names does not say is said by that of the graph which they stand on.

    Returns
    -------
    dict
        The members of ``manifest.json``.

    Raises
    ------
    ModelError
        If there is no manifest or it cannot be read.
    SettingError
        If it is no path.
    """
    folder = place_of(folder)
    if folder.is_file():  # learned names as the playground saves them, without a manifest
        return own_manifest(graph_folder(folder))
    manifest = own_manifest(folder)
    if not _has_head(folder):
        return manifest
    return own_manifest(graph_folder(folder)) | manifest


def own_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a folder itself, whatever it stands on (chapter 5)."""
    path = folder / "manifest.json"
    if folder.is_dir() and not os.path.lexists(path) and not _has_head(folder):
        heads = [one for one in sorted(folder.glob("*.json"))[:_MOST_LOOKED_AT] if _is_head(one)]
        if heads:
            said = f"name the file that the playground wrote, {str(heads[0])!r} for one"
        elif (folder / CHECKPOINTS_NOTE).is_file():
            said = (
                "`qdtools train` goes on from it: name the folder that this wrote, or run it again"
            )
        else:
            said = "name a folder that `qdtools train` or `qdtools learn` wrote"
        if _is_from_variable(folder):
            said += ", in QD_MODELS_DIR"
        raise ModelError(
            f"{str(folder)!r} holds no weights, since no manifest.json is in it; {said}."
        )
    if not os.path.lexists(folder):
        named = _is_from_variable(folder)
        where = " in QD_MODELS_DIR, or none for the shipped weights" * named
        way = f"name weights that are there{where}"
        if told := settings.told_of_path(str(folder)):
            way = told + "; QD_MODELS_DIR names it" * named
        raise ModelError(f"There is no folder or file {str(folder)!r}; {way}.")
    try:
        manifest: dict[str, Any] = json.loads(read_regular(path, MOST_MANIFEST))
        weights, categories = manifest["weights"], manifest["categories"]
        if not (isinstance(weights, dict) and all(isinstance(w, dict) for w in weights.values())):
            raise TypeError("no weights")
        if not (isinstance(categories, list) and categories and all(map(is_name, categories))):
            raise TypeError("no names of categories that can be printed")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        again = RESTORE
        if _has_head(folder):
            again = (
                f"restore it, name {str(folder / HEAD)!r} in place of its folder, or learn again"
            )
        elif _is_from_variable(folder):
            again = f"name another folder in QD_MODELS_DIR, or none for the shipped weights; or {RESTORE}"
        raise ModelError(f"{str(path)!r} is missing or torn ({error}); {again}.") from error
    return manifest


def _is_head(path: Path) -> bool:
    """Whether a file is one of learned names, as the playground saves it."""
    try:
        read_head(path)
    except QdToolsError:
        return False
    return True


def _is_from_variable(folder: Path) -> bool:
    """Whether it is ``QD_MODELS_DIR`` that names a folder."""
    return folder == settings.models_dir() != settings.book_models_dir()


def marks(drawings: Drawings) -> list[str]:
    """Give by what each drawing is known again: ten digits of its pixels' SHA-256 (chapter 7)."""
    return [
        hashlib.sha256(np.ascontiguousarray(one).data).hexdigest()[:_DIGITS]
        for start in range(0, len(drawings), IN_MEMORY)
        for one in np.asarray(drawings[start : start + IN_MEMORY].pixels)
    ]


def _data_of(path: str | os.PathLike[str] | None) -> dict[str, Any] | None:
    """Give what a manifest tells of the drawings that weights learned from; None where it tells nothing."""
    folder = place_of(path)
    try:
        data = own_manifest(folder.parent if folder.is_file() else folder).get("data")
    except ModelError:
        return None
    return data if isinstance(data, dict) else None


def known_as_whole(path: str | os.PathLike[str] | None) -> bool:
    """Tell whether weights of a reader's own know only all of what they learned from again (chapter 7).

    Parameters
    ----------
    path : path, optional
        As `Pipeline.load` takes it.

    Returns
    -------
    bool
        Then nobody can say whether a part of those drawings, or they among others, are scored.
    """
    data = _data_of(path)
    # The shipped ones, made smaller, tell of the same drawings.
    if data is None or data == _data_of(settings.book_models_dir()):
        return False
    return MARKS not in data


def count_met(path: str | os.PathLike[str] | None, drawings: Drawings) -> int:
    """Count the drawings that were there when some weights learned (chapter 7).

    Parameters
    ----------
    path : path, optional
        As `Pipeline.load` takes it.
    drawings : Drawings
        Any.

    Returns
    -------
    int
        As far as their manifest tells: that of a training knows the drawings again as a whole only.
    """
    data = _data_of(path) or {}
    if isinstance(known := data.get(MARKS), str):
        there = {known[at : at + _DIGITS] for at in range(0, len(known), _DIGITS)}
        return sum(mark in there for mark in marks(drawings))
    same = data.get("drawings") == len(drawings)
    return len(drawings) if same and data.get("sha256_of_pixels") == drawings.sha256 else 0


def checked(folder: Path, name: str, manifest: dict[str, Any], again: str = RESTORE) -> bytes:
    """Return the content of a file of saved weights whose hash agrees with their manifest.

    `again` is the way out of a refusal, in words.
    """
    path = folder / name
    content, state = None, "has been altered or torn"
    try:
        content = read_regular(path, MOST_WEIGHTS)
    except FileNotFoundError:
        state = "is missing"
    except OSError as error:
        state = f"cannot be read ({error.strerror or error})"
    expected = manifest["weights"].get(name, {}).get("sha256")
    if content is None or hashlib.sha256(content).hexdigest() != expected:
        raise ModelError(f"{str(path)!r} {state}, by the hash in manifest.json; {again}.")
    return content


def graph_of(
    precision: str, given: Path, folder: Path, manifest: dict[str, Any]
) -> tuple[str, str | None]:
    """Name the file of the graph of a precision, with the hash of the one that it was made of."""
    if precision not in PRECISIONS:
        raise SettingError(
            f"There is no precision {precision!r}; choose among {', '.join(PRECISIONS)}."
        )
    name = PRECISIONS[precision]
    if name == GRAPH:
        return name, None
    entry = manifest["weights"].get(name)
    command = f"qdtools quantize --models {shlex.quote(str(given))} --precision {precision}"
    if entry is None:
        raise SettingError(
            f"{str(given)!r} has no graph of the precision {precision}; `{command} --out NEW` makes one, "
            "in a folder to load in place of this."
        )
    made_of = manifest["weights"].get(GRAPH, {}).get("sha256")
    if made_of is None or entry.get("made_of") != made_of:
        raise ModelError(
            f"{str(folder / name)!r} was made of another graph than the {GRAPH} beside it; "
            f"{AGAIN_SMALLER}."
        )
    return name, made_of
