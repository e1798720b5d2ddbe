"""Small trained networks that a chapter runs where training them would take it minutes."""

from __future__ import annotations

import io
import json
import math
import platform
import time
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import settings
from .._checks import read_arrays, read_regular
from .._files import json_of, sha256_of, write_whole
from ..drawings.categories import DEFAULT_CATEGORIES
from ..errors import ModelError
from ..evaluation import psnr
from ..manifests import MOST_MANIFEST, checked
from ..noise import add_noise, unclipped
from ._keras import keras, tensorflow
from .export import round_to_float16
from .networks import DENOISERS
from .optimizer import cosine
from .release import described
from .stages import in_precision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ..drawings.collection import Drawings

#: The script that makes them again.
COMMAND = "python tools/train_lessons.py"
_AGAIN = (
    f"restore it, or make it again with `{COMMAND}`"
    if settings.IN_CHECKOUT
    else "the folder of the book has it, the package alone has not"
)
#: Categories of which no lesson has met a drawing.
UNSEEN = DEFAULT_CATEGORIES
#: On which noise each lesson is scored: its kind, its level.
CONDITIONS = (
    *(("gaussian", level) for level in (0.0, 0.25, 0.5, 1.0, 1.5)),
    *((kind, 0.5) for kind in ("salt_and_pepper", "speckle", "missing_strips")),
)
#: Bytes of the weights of a lesson, a hundred times what the largest has.
_MOST_UNPACKED = 20_000_000
#: Drawings that a network cleans at once.
_BATCH = 256


@dataclass(frozen=True)
class Lesson:
    """What decides, besides the drawings, how a lesson's network comes out (chapter 3).

    Attributes
    ----------
    about : str
        What it is, in words.
    denoiser : str
        Its architecture, a key of `DENOISERS`.
    options : dict
        What the architecture's function is called with.
    lowest, highest : float
        Levels of the Gaussian noise between which each drawing's is drawn.
    epochs : int
        Passes over the training drawings, each in other noise.
    rate : float
        Highest learning rate of Adam, from which it falls along half a cosine.
    batch_size : int
        Drawings a step.
    seed : int
        Of weights, order, noise.
    precision : str
        What layers compute in while they are trained.
    """

    about: str
    denoiser: str
    options: Mapping[str, Any] = field(default_factory=dict)
    lowest: float = 0.5
    highest: float = 0.5
    epochs: int = 8
    rate: float = 4e-3
    batch_size: int = 32
    seed: int = 0
    precision: str = "float32"


#: Every lesson by its name, which is that of its file, too.
LESSONS = {
    **{
        f"middle_{filters}": Lesson(
            f"chapter 3's autoencoder with {filters} channels in the middle",
            "autoencoder",
            {"middle": filters},
        )
        for filters in (2, 8, 32, 128)
    },
    **{
        f"code_{numbers}": Lesson(
            f"chapter 3's autoencoder with a dense code of {numbers} numbers in the middle",
            "autoencoder",
            {"code": numbers},
        )
        for numbers in (2, 16)
    },
    **{
        f"unet{narrow}{without}": Lesson(
            f"a small copy of the shipped U-Net with {deep} channels in the middle, "
            f"{'without' if without else 'with'} its skip connection",
            "unet",
            {"width": 24, "deep": deep, "skip": not without},
            lowest=0,
            highest=1,
        )
        for narrow, deep in (("", 30), ("_narrow", 2))
        for without in ("", "_no_skip")
    },
}


def lesson_drawings(drawings: Drawings) -> tuple[Drawings, Drawings]:
    """Give what the lessons are trained on with what they are scored on (chapter 3).

    Parameters
    ----------
    drawings : Drawings
        Of all categories, undivided.

    Returns
    -------
    training : Drawings
        Half of each category but the unseen, the half that the default split trains on: a test
        drawing of any category is in it nowhere.
    test : Drawings
        The default split's test drawings of the unseen categories.
    """
    others = [name for name in drawings.categories if name not in UNSEEN]
    training, _, _ = drawings.only(others).split()
    _, _, test = drawings.only(UNSEEN).split()
    return training, test


def train_lesson(
    lesson: Lesson, training: Drawings, echo: Callable[[str], None] = print
) -> tuple[keras.Model, float]:
    """Train a lesson's network (chapter 3).

    Parameters
    ----------
    lesson : Lesson
        Architecture, noise, epochs, rate, seed.
    training : Drawings
        Clean drawings.
    echo : callable
        Receives one line after each epoch.

    Returns
    -------
    network : keras.Model
        Uncompiled; its weights are rounded to what the file holds.
    seconds : float
        CPU-seconds that the training took.
    """
    keras.utils.set_random_seed(lesson.seed)
    network = _built(lesson)
    steps = lesson.epochs * math.ceil(len(training) / lesson.batch_size)
    rate = cosine(lesson.rate, steps, steps // 20)
    network.compile(keras.optimizers.Adam(rate), "binary_crossentropy", jit_compile=False)
    start = time.process_time()
    for epoch in range(lesson.epochs):
        rng = np.random.default_rng([lesson.seed, epoch])
        levels = rng.uniform(lesson.lowest, lesson.highest, (len(training), 1, 1, 1))
        z = rng.standard_normal(training.images.shape, dtype=np.float32)
        noisy = np.clip(unclipped(training.images, levels.astype(np.float32), z), 0, 1)
        loss = network.fit(noisy, training.images, lesson.batch_size, verbose=0).history["loss"][0]
        echo(f"{lesson.about}: epoch {epoch + 1}, loss {loss:.4f}")
    seconds = time.process_time() - start
    return _with_rounded(lesson, network.get_weights()), seconds


def save_lessons(
    folder: Path,
    lessons: Mapping[str, Lesson],
    drawings: Drawings,
    command: str,
    echo: Callable[[str], None] = print,
) -> None:
    """Train lessons, score them, save them with a manifest (chapter 3).

    Parameters
    ----------
    folder : Path
        Is made where it is missing. Lessons in it that are not trained now stay.
    lessons : dict of str to Lesson
        By their names.
    drawings : Drawings
        Of all categories, undivided.
    command : str
        How to do the same again.
    echo : callable
        Receives one line after each epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    training, test = lesson_drawings(drawings)
    try:
        weights = read_lessons(folder)["weights"]
    except ModelError:
        weights = {}
    for name, lesson in lessons.items():
        network, seconds = train_lesson(lesson, training, echo)
        file = io.BytesIO()
        np.savez(file, *[array.astype(np.float16) for array in network.get_weights()])
        write_whole(folder / f"{name}.npz", file.getvalue())
        weights[f"{name}.npz"] = {
            "parameters": network.count_params(),
            "config": asdict(lesson),
            "cpu_seconds": round(seconds),
            "sha256": sha256_of(file.getvalue()),
            "decibels": decibels(network, test),
        }
        manifest = {
            "command": command,
            "trained_on": described(training),
            "scored_on": described(test),
            "unseen": list(UNSEEN),
            "versions": {name: version(name) for name in ("keras", "numpy")}
            | {"tensorflow": tensorflow.__version__, "python": platform.python_version()},
            "weights": weights,
        }
        write_whole(folder / "manifest.json", json_of(manifest))


def decibels(
    network: keras.Model,
    test: Drawings,
    conditions: Sequence[tuple[str, float]] = CONDITIONS,
) -> dict[str, float]:
    """Score a network that denoises (chapter 3).

    Parameters
    ----------
    network : keras.Model
        Images (n, 28, 28, 1) to images.
    test : Drawings
        Clean drawings.
    conditions : sequence of tuple
        The kind with the level of each noise.

    Returns
    -------
    dict of str to float
        The PSNR in dB by the noise's kind with its level, such as ``"gaussian 0.5"``.
    """
    found = {}
    for kind, level in conditions:
        noisy = add_noise(test.images, level, kind)
        denoised = network.predict(noisy, batch_size=_BATCH, verbose=0)
        found[f"{kind} {level:g}"] = round(psnr(test.images, denoised), 3)
    return found


def read_lessons(folder: Path | None = None) -> dict[str, Any]:
    """Read what is known of the lessons: command, drawings, each one's config, time, score (chapter 3).

    Parameters
    ----------
    folder : Path, optional
        One that ``tools/train_lessons.py`` wrote; the shipped one by default.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    ModelError
        If there is none or it cannot be read.
    """
    path = (folder or settings.lessons_dir()) / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(read_regular(path, MOST_MANIFEST))
        for entry in manifest["weights"].values():
            _config(entry)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{str(path)!r} is missing or torn ({error}); {_AGAIN}.") from error
    return manifest


def load_lesson(name: str, folder: Path | None = None) -> keras.Model:
    """Load the trained network of a lesson, once the hash of its file agrees (chapter 3).

    Parameters
    ----------
    name : str
        ``"middle_2"``, ``"middle_8"``, ``"middle_32"``, ``"middle_128"``: the chapter's autoencoder
        with so many channels in the middle. ``"code_2"``, ``"code_16"``: with so many numbers there.
        ``"unet"``, ``"unet_no_skip"``: a small U-Net with its skip connection, or without.
    folder : Path, optional
        One that ``tools/train_lessons.py`` wrote; the shipped one by default.

    Returns
    -------
    keras.Model
        Noisy images (n, 28, 28, 1) in [0, 1] to denoised ones; uncompiled, in float32.

    Raises
    ------
    ModelError
        If there is no such lesson, its file is missing, its hash differs, or it holds the weights of
        another network.
    """
    folder = folder or settings.lessons_dir()
    manifest = read_lessons(folder)
    file = f"{name}.npz"
    if file not in manifest["weights"]:
        known = ", ".join(key.removesuffix(".npz") for key in manifest["weights"])
        raise ModelError(f"There is no lesson {name!r}; choose among {known}.")
    content = checked(folder, file, manifest, _AGAIN)
    try:
        weights = list(read_arrays(content, _MOST_UNPACKED).values())
        if not all(np.isfinite(each).all() for each in weights):
            raise ValueError("some are no numbers")
        return _with_rounded(_config(manifest["weights"][file]), weights)
    except Exception as error:  # of a file that is none, each layer has errors of its own
        raise ModelError(
            f"{str(folder / file)!r} holds the weights of another network ({error}); {_AGAIN}."
        ) from error


def _config(entry: Mapping[str, Any]) -> Lesson:
    """Read from the manifest how a lesson was trained."""
    return Lesson(**entry["config"])


def _built(lesson: Lesson) -> keras.Model:
    with in_precision(lesson.precision):
        return DENOISERS[lesson.denoiser](**lesson.options)


def _with_rounded(lesson: Lesson, weights: Sequence[np.ndarray]) -> keras.Model:
    """Build a lesson's network in float32, with weights rounded to 16 bits."""
    network = _built(replace(lesson, precision="float32"))
    network.set_weights(weights)
    return round_to_float16(network)
