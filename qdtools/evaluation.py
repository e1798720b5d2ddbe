"""Scores: how well images are restored, how often drawings are named right."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, partial
from numbers import Integral
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, cast

import numpy as np
from skimage.metrics import structural_similarity
from tqdm import tqdm

from . import settings
from ._images import check_images
from ._parallel import in_parts
from .classical import DENOISERS, Denoiser
from .drawings.collection import check_drawings
from .errors import DataError, SettingError
from .noise import add_noise, generator
from .statistics import interval, paired_p_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from .drawings.collection import Drawings
    from .pipeline import Pipeline

#: How each rival met drawings in training, besides clean ones (``tools/train_rivals.py``).
_RIVAL_MET: dict[str, tuple[str, ...]] = {
    "clean": (),
    "noisy": ("noisy",),
    "denoised": ("noisy", "denoised"),
}
#: Images that a metric or a classical denoiser takes at a time.
_PART = 128
#: Drawings that are spoiled, restored and named before the next are; more is no faster.
_AT_ONCE = 8192
#: Each costs as much as the first; of so many the mean moves no more.
MOST_REPEATS = 1000


# ---- how alike images are ------------------------------------------------------------------------


@dataclass(frozen=True)
class Metric:
    """How alike restored images are to the clean ones (chapter 3).

    Attributes
    ----------
    caption : str
        What stands above a table of it.
    digits : int
        Decimals that are shown.
    each : callable
        Takes clean images with the others, (n, 28, 28, 1) in [0, 1] each; gives a value an image, (n,),
        infinite where it says only that the two are equal.
    """

    caption: str
    digits: int
    each: Callable[[np.ndarray, np.ndarray], np.ndarray]

    def mean(self, clean: np.ndarray, images: np.ndarray) -> float:
        """Average over the images."""
        return float(_in_parts(self.each, clean, images).mean())


#: Every metric by its key in a `Row`.
METRICS: dict[str, Metric] = {}


def _metric(
    key: str, caption: str, digits: int
) -> Callable[[Callable[[np.ndarray, np.ndarray], np.ndarray]], Metric]:
    """Let `evaluate`, the tables and the command line know a metric."""

    def register(each: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Metric:
        METRICS[key] = Metric(caption, digits, each)
        return METRICS[key]

    return register


@_metric("psnr", "PSNR in dB, averaged over images that are not exact", 1)
def _psnr(clean: np.ndarray, images: np.ndarray) -> np.ndarray:
    error = ((np.asarray(clean, float) - images) ** 2).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        decibels: np.ndarray = -10 * np.log10(error)
        return decibels


@_metric("ssim", "SSIM", 2)
def _ssim(clean: np.ndarray, images: np.ndarray) -> np.ndarray:
    # Side by side, all images are one for the library. No window that counts reaches into a neighbour:
    # those that would, the library leaves out at an image's own edges, too.
    strips = [np.concatenate(list(np.asarray(side)[..., 0]), axis=1) for side in (clean, images)]
    _, local = structural_similarity(*strips, data_range=1, full=True)
    reach = 3  # of a window of 7
    own = local.reshape(local.shape[0], len(clean), -1)[reach:-reach, :, reach:-reach]
    similarity: np.ndarray = own.mean(axis=(0, 2), dtype=float)
    return similarity


def _pair(clean: np.ndarray, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Refuse what cannot be compared image by image."""
    checked = check_images(clean, "The clean images"), check_images(images)
    shapes = [side.shape for side in checked]
    if shapes[0] != shapes[1] or len(shapes[0]) != 4 or not checked[0].size:
        raise SettingError(
            f"Images of the shape {shapes[1]} cannot be compared with clean ones of {shapes[0]}; give as "
            "many of both, (n, 28, 28, 1)."
        )
    return checked


def psnr(clean: np.ndarray, images: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB, averaged over the images (chapter 3).

    ``-10 log10(mean squared error)`` of each image, for a peak of 1.

    Parameters
    ----------
    clean, images : ndarray, (n, 28, 28, 1)
        Images in [0, 1].

    Returns
    -------
    float
        Decibels; infinite if any image is restored exactly.

    Raises
    ------
    SettingError
        If there are no images, those of both are not as many of one size, or not in [0, 1].
    """
    return _psnr.mean(*_pair(clean, images))


def ssim(clean: np.ndarray, images: np.ndarray) -> float:
    """Structural similarity, averaged over the images (Wang et al. 2004; chapter 3).

    Parameters
    ----------
    clean, images : ndarray, (n, 28, 28, 1)
        Images in [0, 1].

    Returns
    -------
    float
        At most 1, which means equal.

    Raises
    ------
    SettingError
        If there are no images, those of both are not as many of one size, or not in [0, 1].
    """
    return _ssim.mean(*_pair(clean, images))


def _in_parts(work: Callable[..., np.ndarray], *images: np.ndarray) -> np.ndarray:
    """Work on images part by part, on all cores."""
    parts = in_parts(lambda part: work(*(side[part] for side in images)), len(images[0]), _PART)
    return np.concatenate(parts)


# ---- ways from a noisy image to a name -----------------------------------------------------------


@dataclass(frozen=True)
class Method:
    """A way from a noisy image to a name (chapter 5).

    Attributes
    ----------
    name : str
        What figures and tables call it.
    restore : callable
        Makes of a pipeline and noisy images (n, 28, 28, 1) those that the classifier sees.
    rival : str, optional
        Whose classifier names them, a folder of ``models/rivals``; the pipeline's own by default.
    """

    name: str
    restore: Callable[[Pipeline, np.ndarray], np.ndarray]
    rival: str | None = None

    def namer(self, pipeline: Pipeline, learn_on: Drawings | None = None) -> Pipeline:
        """Give whose classifier names: one that knows the pipeline's categories, or learns them.

        Raises
        ------
        DataError
            If the rival was not trained on a category, with nothing to learn it from.
        """
        if self.rival is None:
            return pipeline
        other = rival(self.rival)
        if learn_on is None or set(pipeline.categories) <= set(other.trained_on):
            return other.restrict(pipeline.categories)
        from .examples import with_head  # wakes scikit-learn, which scoring does without

        learned = with_head(other, learn_on, met=_RIVAL_MET[self.rival], denoiser=pipeline)
        return learned.restrict(pipeline.categories)


def rival(name: str) -> Pipeline:
    """Load one of the pipelines that the shipped one is compared with (chapter 5).

    Each is the plain autoencoder of chapter 3 before a classifier like the shipped one; all were
    trained by ``tools/train_rivals.py`` on the shipped weights' training drawings, each as long as
    the others and much shorter than the shipped ones.

    Parameters
    ----------
    name : str
        ``"clean"``, ``"noisy"`` or ``"denoised"``: what the classifier met in training, apart from
        clean drawings; denoised ones come from the shipped U-Net.

    Returns
    -------
    Pipeline
        Of all 345 categories.

    Raises
    ------
    ModelError
        If there is no such rival, its file is missing, or its hash differs.
    """
    return _loaded(settings.book_models_dir() / "rivals" / name)


@cache
def _loaded(folder: Path) -> Pipeline:
    from .pipeline import Pipeline

    return Pipeline.load(folder)


def _as_it_is(_: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return noisy


def _autoencoder(_: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return rival("clean").denoise(noisy)


def _unet(pipeline: Pipeline, noisy: np.ndarray) -> np.ndarray:
    return pipeline.denoise(noisy)


@dataclass(frozen=True)
class _Classical:
    """Restores by a denoiser that learns nothing, as strongly as it does by itself or as it is told."""

    denoiser: Denoiser
    strength: float | None = None

    def __call__(self, _: Pipeline, noisy: np.ndarray) -> np.ndarray:
        told = () if self.strength is None else (self.strength,)
        return _in_parts(lambda part: self.denoiser.denoise(part, *told), noisy)


_CLASSICAL = {key: _Classical(denoiser) for key, denoiser in DENOISERS.items()}

#: Every way from a noisy image to a name.
METHODS: dict[str, Method] = {
    "clean": Method("clean CNN, noisy straight in", _as_it_is, "clean"),
    **{
        f"clean_{key}": Method(f"{denoiser.name}, clean CNN", _CLASSICAL[key], "clean")
        for key, denoiser in DENOISERS.items()
    },
    "clean_autoencoder": Method("plain autoencoder, clean CNN", _autoencoder, "clean"),
    "clean_unet": Method("U-Net, clean CNN", _unet, "clean"),
    "noisy": Method("CNN trained on noise", _as_it_is, "noisy"),
    "denoised": Method("U-Net, CNN trained on denoised", _unet, "denoised"),
    **{
        key: Method(f"{denoiser.name}, shipped CNN", _CLASSICAL[key])
        for key, denoiser in DENOISERS.items()
    },
    "classifier": Method("shipped CNN, noisy straight in", _as_it_is),
    "pipeline": Method("shipped pipeline, denoised first", _unet),
}


# ---- scores ----------------------------------------------------------------------------------------


class Row(TypedDict):
    """What one method scored at one level (chapter 5); beside these, each further metric by its key.

    Attributes
    ----------
    method : str
        Key of `METHODS`.
    noise : str
        Kind of noise.
    level : float
        Noise level from 0 to 2.
    top1 : float
        Share of drawings named right, the mean over all repeats.
    ci95 : list of two float
        Wilson's interval over the n drawings, whatever the repeats, since drawings are what was sampled;
        of the nearest whole number of right ones.
    top1_by_seed : list of float
        The accuracy of each repeat, for what the noise alone moves.
    psnr : float or None
        dB, averaged over the images that are not exact; None where all are.
    n_exact : int
        How many images are exact, over all repeats.
    ssim : float
        Of the image that the classifier saw.
    cpu_ms : float
        CPU milliseconds an image, this run's, so no measurement.
    best : bool
        Whether no other method has more right on the same noisy images.
    p_value : float or None
        Of the paired test against the best; None for it.
    right : list of int
        How often each drawing was named right, in order; only where asked for.
    strength : float
        What its classical denoiser was tuned to; only where one was.
    """

    method: str
    noise: str
    level: float
    top1: float
    ci95: list[float]
    top1_by_seed: list[float]
    psnr: float | None
    n_exact: int
    ssim: float
    cpu_ms: float
    best: bool
    p_value: float | None
    right: NotRequired[list[int]]
    strength: NotRequired[float]


class CategoryRow(TypedDict):
    """The recall of one category at one level, with its interval over the n drawings (chapter 6)."""

    category: str
    n: int
    level: float
    top1: float
    ci95: list[float]


class Scores(TypedDict):
    """What `evaluate` gives: the rows, a method and a level each, with what they are about (chapter 5)."""

    source: str
    categories: list[str]
    n: int
    seed: int
    repeats: int
    rows: list[Row]


def metric_of(row: Row, key: str) -> float | None:
    """Give the value of a metric, a key of `METRICS`, in a row; None where all images are exact."""
    return cast("dict[str, float | None]", row)[key]


def evaluate(
    pipeline: Pipeline,
    drawings: Drawings,
    levels: Sequence[float] = (0, 0.5, 1),
    noise: str = "gaussian",
    seed: int = 0,
    methods: Sequence[str] = ("classifier", "pipeline"),
    repeats: int = 1,
    by_drawing: bool = False,
    tune_on: Drawings | None = None,
    tune_for: str = "top1",
    learn_on: Drawings | None = None,
) -> Scores:
    """Score methods on the same noisy drawings (chapter 5).

    Parameters
    ----------
    pipeline : Pipeline
        The networks; they choose among the categories of `drawings`, or among all that they
        would anyway where the drawings are of one: alone, every answer would be right.
    drawings : Drawings
        Test drawings, all of them.
    levels : sequence of float
        Noise levels from 0 to 2.
    noise : str
        A kind of noise, a key of `qdtools.noise.NOISES` or `DAMAGES`.
    seed : int
        Seeds the noise; each level meets the same one.
    methods : sequence of str
        Keys of `METHODS`.
    repeats : int
        How many times noise is added to each drawing, with the seeds that follow `seed`.
    by_drawing : bool
        Whether the rows also hold each drawing's own score, for paired tests of other pairs or
        `by_category`.
    tune_on : Drawings, optional
        Validation drawings of the same categories, on which classical denoisers are tuned: at each
        level every strength is tried on them, under noise of its own, and the best is kept. By
        default each has its own strength, whatever the level.
    tune_for : str
        ``"top1"`` tunes for most drawings named right, of equals the one with the better PSNR;
        ``"psnr"`` for the best PSNR alone.
    learn_on : Drawings, optional
        Training drawings of the same categories, from which a rival that does not know these learns
        them, by a last step of its own.

    Returns
    -------
    Scores
        A `Row` for each level and method.

    Raises
    ------
    SettingError
        If `pipeline` is none, a method, noise or level is unknown, none is named, `repeats` is no whole
        number from 1 to 1000, or `tune_for` is neither of the two.
    DataError
        If the classifier was not trained on a category, there are no drawings or what is given is none,
        or those to tune on have other categories.
    """
    from .pipeline import check_pipeline  # with ONNX Runtime, which a list of methods does without

    check_pipeline(pipeline)
    check_drawings(drawings)
    for more in (tune_on, learn_on):
        if more is not None:
            check_drawings(more)
    levels, methods = (
        _several(levels, "levels", "[0.5, 1]"),
        _several(methods, "methods", "['pipeline']"),
    )
    if not levels:
        raise SettingError("No noise level was named; give numbers from 0 to 2.")
    if not methods:
        raise SettingError(f"No method was named; choose among {', '.join(METHODS)}.")
    for method in methods:
        if method not in METHODS:
            raise SettingError(f"There is no method {method!r}; choose among {', '.join(METHODS)}.")
    if not isinstance(repeats, Integral) or not 1 <= repeats <= MOST_REPEATS:
        raise SettingError(
            f"repeats is {repeats!r}; give a whole number from 1 to {MOST_REPEATS:,}, of which a few "
            "suffice: what is left then comes from the drawings, not from the noise."
        )
    if not len(drawings):
        raise DataError("There are no drawings to evaluate on; load some.")
    if tune_for not in _TUNED_FOR:
        raise SettingError(f"tune_for is {tune_for!r}; give one of {', '.join(_TUNED_FOR)}.")
    if tune_on is not None and tune_on.categories != drawings.categories:
        raise DataError(
            "The drawings to tune on have other categories than those to evaluate on; "
            "take both from one split."
        )
    pipeline = _asked_for(drawings.categories, pipeline)
    namers = {
        METHODS[method].rival: METHODS[method].namer(pipeline, learn_on) for method in methods
    } | {None: pipeline}
    rows: list[Row] = []
    bar = tqdm(total=len(levels) * repeats, desc="evaluating", disable=None, delay=2)
    for level in levels:
        ways = {name: METHODS[name] for name in methods}
        if tune_on is not None:
            # Noise of its own, whose seed no draw below has.
            parts = partial(_spoiled, tune_on, level, noise, seed + repeats)
            ways = {
                name: _tuned(way, namers, parts, _TUNED_FOR[tune_for]) for name, way in ways.items()
            }
        runs: list[dict[str, _Run]] = []
        for repeat in range(repeats):
            parts = partial(_spoiled, drawings, level, noise)
            # Where nothing is random, as without noise, once is enough.
            again = repeat > 0 and _are_equal(parts(seed + repeat - 1), parts(seed + repeat))
            runs.append(runs[-1] if again else _run(namers, parts(seed + repeat), ways))
            bar.update()
        about = {"noise": noise, "level": float(level)}
        rows += _rows(
            about, {method: [run[method] for run in runs] for method in methods}, ways, by_drawing
        )
    bar.close()
    return {
        "source": drawings.source,
        "categories": list(drawings.categories),
        "n": len(drawings),
        "seed": seed,
        "repeats": repeats,
        "rows": rows,
    }


def _asked_for(categories: tuple[str, ...], pipeline: Pipeline) -> Pipeline:
    """Choose among some categories; of one alone, among it and then all others."""
    asked = pipeline.restrict(categories)
    if len(asked.categories) > 1:
        return asked
    others = [name for name in pipeline.categories if name not in asked.categories]
    return pipeline.restrict([*asked.categories, *others])


#: Some of the drawings with their noisy images.
Part = tuple["Drawings", np.ndarray]


def _spoiled(drawings: Drawings, level: float, noise: str, seed: int) -> Iterator[Part]:
    """Add noise to drawings part by part, so that any number takes no more memory."""
    rng = generator(seed)
    for start in range(0, len(drawings), _AT_ONCE):
        part = drawings[start : start + _AT_ONCE]
        yield part, add_noise(part.images, level, noise, rng)


def _are_equal(one: Iterable[Part], other: Iterable[Part]) -> bool:
    return all(np.array_equal(a, b) for (_, a), (_, b) in zip(one, other, strict=True))


#: Whose classifier names, by the rival; under None the pipeline that is scored.
Namers = dict[str | None, "Pipeline"]


@dataclass
class _Run:
    """What a method made of all drawings once."""

    right: np.ndarray
    metrics: dict[str, np.ndarray]
    cpu_ms: float


#: What a strength is tuned for: what of a run decides between two, the first thing first.
_TUNED_FOR: dict[str, Callable[[_Run], tuple[float, ...]]] = {
    "top1": lambda run: (float(run.right.mean()), float(run.metrics["psnr"].mean())),
    "psnr": lambda run: (float(run.metrics["psnr"].mean()),),
}


def _tuned(
    method: Method,
    namers: Namers,
    parts: Callable[[], Iterable[Part]],
    value: Callable[[_Run], tuple[float, ...]],
) -> Method:
    """Give a method's classical denoiser, where it has one, the strength that serves best."""
    if not isinstance(method.restore, _Classical) or not method.restore.denoiser.strengths:
        return method
    ways = {
        str(strength): replace(method, restore=replace(method.restore, strength=strength))
        for strength in method.restore.denoiser.strengths
    }
    runs = _run(namers, parts(), ways)
    return ways[max(runs, key=lambda strength: value(runs[strength]))]


def _rows(
    about: dict[str, Any],
    runs: dict[str, list[_Run]],
    ways: dict[str, Method],
    by_drawing: bool,
) -> Iterator[Row]:
    """Make the rows of one level, in which methods are compared with each other."""
    right = {method: np.stack([run.right for run in own]) for method, own in runs.items()}
    best = max(right, key=lambda method: int(right[method].sum()))
    for method, own in runs.items():
        top1 = float(right[method].mean())
        often = right[method].sum(axis=0)
        n = len(often)
        each = {key: np.concatenate([run.metrics[key] for run in own]) for key in METRICS}
        row = {
            "method": method,
            **about,
            "top1": top1,
            "ci95": list(interval(round(top1 * n), n)),
            "top1_by_seed": right[method].mean(axis=1).tolist(),
            **{key: _finite_mean(values) for key, values in each.items()},
            "n_exact": int(np.isinf(each["psnr"]).sum()),
            "cpu_ms": float(np.mean([run.cpu_ms for run in own])),
            "best": bool(right[method].sum() == right[best].sum()),
            # By drawing: several repeats of one are no independent trials.
            "p_value": None if method == best else paired_p_value(often, right[best].sum(axis=0)),
        }
        if by_drawing:
            row["right"] = often.tolist()
        strength = getattr(ways[method].restore, "strength", None)
        if strength is not None:
            row["strength"] = strength
        yield cast("Row", row)


def _finite_mean(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else None


def _run(namers: Namers, parts: Iterable[Part], ways: dict[str, Method]) -> dict[str, _Run]:
    """Run methods on the same noisy images, part by part."""
    by_part = [_run_part(namers, *part, ways) for part in parts]
    n = sum(len(run[next(iter(ways))].right) for run in by_part)
    return {
        name: _Run(
            np.concatenate([run[name].right for run in by_part]),
            {key: np.concatenate([run[name].metrics[key] for run in by_part]) for key in METRICS},
            sum(run[name].cpu_ms * len(run[name].right) for run in by_part) / n,
        )
        for name in ways
    }


def _run_part(
    namers: Namers, drawings: Drawings, noisy: np.ndarray, ways: dict[str, Method]
) -> dict[str, _Run]:
    """Run methods on some images; those that restore alike share the restored ones."""
    restored: dict[Callable[..., np.ndarray], tuple[np.ndarray, float, dict[str, np.ndarray]]] = {}
    results = {}
    for name, method in ways.items():
        if method.restore not in restored:
            start = time.process_time()
            seen = method.restore(namers[None], noisy)
            seconds = time.process_time() - start
            metrics = {
                key: _in_parts(metric.each, drawings.images, seen)
                for key, metric in METRICS.items()
            }
            restored[method.restore] = seen, seconds, metrics
        seen, seconds, metrics = restored[method.restore]
        start = time.process_time()
        namer = namers[method.rival]
        # Names that were learned on features hang on both, the denoised image and the noisy one.
        both = namer.head is not None and method is METHODS["pipeline"]
        named = (namer(noisy)[1] if both else namer.classify(seen)).argmax(axis=1)
        seconds += time.process_time() - start
        results[name] = _Run(named == drawings.labels, metrics, 1000 * seconds / len(drawings))
    return results


def _several(values: Iterable[Any], what: str, example: str) -> list[Any]:
    """Give what was given as several, or refuse what is none."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise SettingError(
            f"{what} is {values!r}; give several in a list, or one, as in {example}."
        )
    return list(values)


def repeats(n: int) -> int:
    """Say how often so many drawings are spoiled for a score (chapter 5).

    One draw of the noise alone moves the accuracy of 400 drawings by half a point, and five draws
    on average still by a quarter; of thousands of drawings five draws are enough.
    """
    return 25 if n < 1000 else 5


def by_category(scores: Scores, drawings: Drawings, method: str = "pipeline") -> list[CategoryRow]:
    """Regroup a method's scores by category; nothing is computed anew (chapter 6).

    Parameters
    ----------
    scores : Scores
        What `evaluate` gave with `by_drawing`.
    drawings : Drawings
        The drawings that were scored, at least one of each category.
    method : str
        One of the methods that were scored.

    Returns
    -------
    list of CategoryRow
        For each level and category the recall, as fractions.

    Raises
    ------
    SettingError
        If the scores are not by drawing, or hold no such method.
    DataError
        If a category has no drawings.
    """
    for name, count in drawings.counts.items():
        if not count:
            raise DataError(f"There are no drawings of {name!r} to evaluate on; load some.")
    own = [row for row in scores["rows"] if row["method"] == method]
    if not own or any("right" not in row for row in own):
        raise SettingError(
            f"The scores of {method!r} are not there drawing by drawing; evaluate it with by_drawing."
        )
    rows: list[CategoryRow] = []
    for row in own:
        right = np.array(row["right"]) / scores["repeats"]
        for label, category in enumerate(drawings.categories):
            theirs = right[drawings.labels == label]
            rows.append(
                {
                    "category": category,
                    "n": len(theirs),
                    "level": row["level"],
                    "top1": float(theirs.mean()),
                    "ci95": list(interval(round(theirs.sum()), len(theirs))),
                }
            )
    return rows
