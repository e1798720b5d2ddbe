"""Writes the data that explorables run on as scripts: a page opened as a file may fetch nothing."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from node_tools import SCRIPTS, run_node
from page_lessons import AUTOENCODERS, describe_autoencoder, read_weights
from page_networks import describe
from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from sphinx.application import Sphinx

    from qdtools import Drawings, Pipeline

FOLDER = "data"
#: How noisy the drawings are that a page shows the classifier's logits of.
NAMED_LEVELS = (0.75, 1.5)
#: How many names these have, where the weights were trained for no few above all.
MOST_NAMED = 5
#: How noisy the drawings are that a reader names against the network.
CONTEST_LEVELS = (0.5, 1.0, 1.25, 1.5, 2.0)
#: How many drawings of a category a page trains an autoencoder on, how few of the others are kept out
#: for each of so many.
TRAINED_EACH, TRAINED_FOR_ONE = 3, 5
#: Steps of a mean feature, of an entry of the matrix that measures distances, to each side of 0: with so
#: many a distance is a hundredth off at most.
MEAN_LEVELS, MATRIX_LEVELS = 255, 127
#: Probabilities are written as so many parts of the whole.
PARTS = 10_000


def networks_and_manifest() -> tuple[Pipeline, dict[str, Any]]:
    """Load the networks of the weights that the chapters run, with what is known of them.

    Names that were learned on them have no part in what a page is given: a reader loads their file.
    """
    import qdtools as qd
    from qdtools.manifests import graph_folder

    folder = graph_folder()
    return qd.Pipeline.load(folder), qd.read_manifest(folder)


def networks(_app: Sphinx) -> dict[str, Any]:
    """Describe the networks that the chapters run, with the categories that the book is about."""
    pipeline, manifest = networks_and_manifest()
    described = describe(onnx.load_from_string(pipeline.graph), list(pipeline.trained_on))
    # By the graph's hash a file of learned names says what it stands on.
    more = {"focus": focus(manifest), "graph": hashlib.sha256(pipeline.graph).hexdigest()}
    return described | more


def background(_app: Sphinx) -> dict[str, Any] | None:
    """Take what features of drawings with known names are like, in few steps a number."""
    pipeline, _ = networks_and_manifest()
    found = pipeline.background
    if found is None:  # weights of one's own may come without
        return None
    means, last = found.means.astype(np.float64), found.last
    # A layer with few features has larger ones, and would take the others' steps.
    ends = np.cumsum(found.layers)[:-1]
    units = [float(layer.max()) / MEAN_LEVELS for layer in np.split(means, ends, axis=1)]
    steps = means / np.repeat(units, found.layers)
    spread = np.sqrt(np.diag(found.covariance.astype(np.float64)))
    return {
        "layers": list(found.layers),
        "means": packed(np.rint(np.clip(steps, 0, MEAN_LEVELS)).astype(np.uint8)),
        "units": units,
        "spread": [round(float(value), 5) for value in spread],
        "drift": [[round(float(value), 5) for value in level] for level in found.drift],
        "precision": mirrored(last.whitening @ last.whitening.T),
        "limit": found.limit,
    }


def mirrored(matrix: NDArray[np.float64]) -> dict[str, Any]:
    """Pack a matrix that is its own mirror image: its diagonal, with steps for what is below."""
    roots = np.sqrt(np.diag(matrix))
    below = (matrix / np.outer(roots, roots))[np.tril_indices(len(roots), -1)]
    unit = float(np.abs(below).max()) / MATRIX_LEVELS
    return {
        "roots": [round(float(root), 4) for root in roots],
        "below": packed(np.rint(below / unit).astype(np.int8)),
        "unit": unit,
    }


def packed(values: NDArray[Any]) -> str:
    """Write numbers of a byte each as text."""
    return base64.b64encode(gzip.compress(values.tobytes(), 9, mtime=0)).decode("ascii")


def focus(manifest: dict[str, Any]) -> list[str]:
    """Read from a manifest which few categories its weights were trained for above all."""
    # Weights of before there was a focus name none.
    wanted = manifest.get("config", {}).get("focus", [])
    return [name for name in wanted if name in manifest["categories"]]


def named(manifest: dict[str, Any]) -> list[str]:
    """Choose the few categories that a page lets the classifier choose among."""
    return focus(manifest) or manifest["categories"][:MOST_NAMED]


def lessons(_app: Sphinx) -> dict[str, Any]:
    """Describe chapter 3's networks that a page opens, as far as the weights have them."""
    from qdtools.drawings.canvas import SIDE
    from qdtools.settings import lessons_dir

    folder = lessons_dir()
    paths = {name: folder / f"{lesson}.npz" for name, lesson in AUTOENCODERS.items()}
    return {
        name: describe_autoencoder(read_weights(path), SIDE)
        for name, path in paths.items()
        if path.exists()
    }


def drawings(app: Sphinx) -> list[dict[str, Any]]:
    """Take the configured drawings of the sample, each as base64 of its pixels' grey levels."""
    import qdtools as qd

    numbers_by_category = app.config.page_drawings
    if not numbers_by_category:
        return []
    sample = qd.load(list(numbers_by_category), source="sample")
    found = []
    for category, numbers in numbers_by_category.items():
        (name,) = qd.resolve_categories([category], sample.categories)
        pixels = sample.only(name).pixels
        for number in numbers:
            content = base64.b64encode(pixels[number].tobytes()).decode("ascii")
            found.append({"category": name, "number": number, "pixels": content})
    return found


def namings(app: Sphinx) -> dict[str, Any]:
    """Take what the classifier says of some noisy drawings: its logits of the few categories."""
    import qdtools as qd
    from qdtools.drawings.canvas import IMAGE

    pipeline, manifest = networks_and_manifest()
    names = named(manifest)
    places = [pipeline.trained_on.index(name) for name in names]
    found = []
    for drawing in drawings(app):
        if drawing["category"] not in names:
            continue
        pixels = np.frombuffer(base64.b64decode(drawing["pixels"]), np.uint8)
        clean = pixels.reshape(1, *IMAGE).astype(np.float32) / 255
        for level in NAMED_LEVELS:
            noisy = qd.gaussian(clean, level, seed=1)
            logits = pipeline.logits(noisy)
            levels = np.rint(255 * noisy).astype(np.uint8)
            found.append(
                {
                    "category": drawing["category"],
                    "number": drawing["number"],
                    "level": level,
                    "pixels": base64.b64encode(levels.tobytes()).decode("ascii"),
                    "logits": [round(float(logits[0, place]), 1) for place in places],
                }
            )
    return {"names": names, "drawings": found}


def contest(app: Sphinx) -> dict[str, Any]:
    """Take test drawings of the few categories, with the pipeline's answers to each.

    The noise is the page's own, so that reader and networks are given the same pixels.
    """
    import qdtools as qd

    pipeline, manifest = networks_and_manifest()
    pipeline = pipeline.restrict(named(manifest))
    # Weights of one's own may know no name that the sample has drawings of.
    source = "sample" if set(pipeline.categories) <= set(qd.ALL_CATEGORIES) else None
    _, _, test = qd.load(list(pipeline.categories), source=source).split()
    pixels = [base64.b64encode(drawing.tobytes()).decode("ascii") for drawing in test.pixels]
    asked = json.dumps({"levels": CONTEST_LEVELS, "drawings": pixels})
    told = run_node(SCRIPTS / "drown.mjs", root=app.srcdir, text=asked)
    noisy = np.frombuffer(base64.b64decode(told), "<f4").reshape(-1, *test.images.shape[1:])
    _, probabilities = pipeline(noisy)
    shares = np.rint(PARTS * probabilities).astype(int)
    shares = shares.reshape(len(test), len(CONTEST_LEVELS), -1)
    right = shares.argmax(axis=2) == test.labels[:, None]
    accuracy = [qd.Share.of(hits) for hits in right.T]
    return {
        "names": pipeline.categories,
        "levels": CONTEST_LEVELS,
        # By which what a reader answered is known to belong to these drawings.
        "stamp": test.sha256[:8],
        "drawings": [
            {"label": label, "pixels": content, "shares": answers}
            for label, content, answers in zip(
                test.labels.tolist(), pixels, shares.tolist(), strict=True
            )
        ],
        "curve": [
            {"right": int(share.right), "n": share.n, "low": share.low, "high": share.high}
            for share in accuracy
        ],
    }


def lesson(app: Sphinx) -> dict[str, Any]:
    """Take the drawings that a page trains chapter 3's autoencoder on, with some to watch it by.

    They come from the training part of the default split. Of the categories that a reader may pick
    there are none, so that the network meets those first when it is asked to clean them; nor is any
    test drawing among them.
    """
    import qdtools as qd

    everything = qd.load("all", source="sample")
    picked = qd.resolve_categories(list(app.config.page_drawings), everything.categories)
    met_later = {*picked, *named(networks_and_manifest()[1])}
    others = [name for name in everything.categories if name not in met_later]
    training, validation, _ = everything.only(others).split()
    parts = {
        "training": first_of_each(training, TRAINED_EACH),
        "heldOut": first_of_each(validation, 1)[::TRAINED_FOR_ONE],
    }
    return {name: packed(pixels) for name, pixels in parts.items()}


def first_of_each(drawings: Drawings, count: int) -> NDArray[np.uint8]:
    """Take the pixels of so many drawings of every category."""
    places = [
        np.flatnonzero(drawings.labels == label)[:count] for label in np.unique(drawings.labels)
    ]
    return drawings.pixels[np.concatenate(places)]


#: What makes the data of each script, by the name of the module in web/data that hands it on.
MAKERS: dict[str, Callable[[Sphinx], Any]] = {
    "networks": networks,
    "background": background,
    "lessons": lessons,
    "drawings": drawings,
    "namings": namings,
    "contest": contest,
    "lesson": lesson,
}


def write(app: Sphinx, name: str) -> str:
    """Write a script of data below _static, if it has changed.

    Parameters
    ----------
    app : Sphinx
    name : str
        A name in `MAKERS`.

    Returns
    -------
    str
        The script's path below _static.

    Raises
    ------
    ExtensionError
        If qdtools refuses to give the data, in its own words.
    """
    import qdtools as qd

    try:
        value = MAKERS[name](app)
    except qd.QdToolsError as error:
        raise ExtensionError(str(error)) from error
    text = json.dumps(value, separators=(",", ":"))
    script = (
        "// What explorables run on, made by the build.\n"
        f"(globalThis.quickDrawData ??= {{}}).{name} = {text};\n"
    )
    path = Path(app.outdir, "_static", FOLDER, f"{name}.js")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text("utf-8") != script:
        path.write_text(script, "utf-8")
    return f"{FOLDER}/{name}.js"
