"""Learns names from a few examples each: a head on the features of networks that stay as they are."""

from __future__ import annotations

import os
import shlex
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import affine_transform
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from . import settings
from ._checks import check_seed, names_in
from ._files import check_new, json_of, new_folder, sha256_of
from ._lists import join_names
from .background import BACKGROUND, save_background
from .drawings.canvas import SIDE
from .drawings.categories import NONE_OF_THESE, key_of, means_all, resolve_categories
from .drawings.collection import CREDIT, Drawings, check_drawings, oddity_of
from .errors import DataError, ModelError, SettingError
from .heads import HEAD, Head, check_names, normalized
from .manifests import (
    GRAPH,
    GRAPH_FOLDER,
    MARKS,
    head_and_folder,
    marks,
    place_of,
    read_manifest,
)
from .noise import gaussian, generator
from .pipeline import Pipeline, check_pipeline
from .statistics import WIDE, Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

#: Images that are made of all examples together, as far as each gives at least two, noisy and clean.
_COPIES = 8_000
_FEWEST, _MOST = 2, 16
#: Drawings that are learned from, of however many: the copies of more would not fit into memory.
_ENOUGH = 6_000
#: Images that noise is added to at once.
_AT_ONCE = 1024
#: Levels of the noise on noisy copies.
_LEVELS = (0.25, 1.0)
#: Up to which of these levels it counts what none of the names was found to fit.
_READABLE = 0.6
#: How far copies are turned (radians), shifted (pixels), scaled and slanted at most.
_TURN, _SHIFT, _SCALE, _SLANT = 0.2, 2.0, 0.12, 0.15
#: Inverse strengths of the penalty on the weights among which cross-validation chooses: names that
#: look alike want the first, others the last.
_STRENGTHS = (0.001, 0.01, 0.1)
#: Parts into which the examples are divided for it, where each category has as many.
_FOLDS = 5
#: How many stand in for each trained category's drawings, of which there are none here.
_STAND_INS = 5
#: The share of held-out drawings of the learned names for which none of these names is found to fit.
_MISSED = 0.05
#: A category with fewer drawings, and with so many times fewer than another, has a share of its own told;
#: that many are listed.
_TELLING, _OUTNUMBERED, _LISTED = 20, 10, 3


def learn(
    drawings: Drawings,
    *,
    known: str | Iterable[str] = (),
    relearn: bool = False,
    seed: int = 0,
    models: str | os.PathLike[str] | None = None,
) -> Pipeline:
    """Learn the names of some drawings from these examples, in seconds (chapter 7).

    The networks stay as they are. What the classifier makes of a drawing before its last dense layer,
    its features, tells the new names apart as well; a logistic regression learns how. Each example
    is also shown turned, shifted, scaled and slanted, and with noise of several levels taken off again.
    How strongly the regression's weights are held back is chosen by cross-validation over the
    examples; what the held-out examples were named there gives the score, the temperature and the
    threshold of the head.

    Parameters
    ----------
    drawings : Drawings
        At least two of each category; from about 20 on the score says something. Of more than 6,000,
        so many are chosen, as evenly among the categories as can be, and of copies one; a warning
        says so.
    known : str or iterable of str
        Names of the networks' own to choose among besides, or ``"all"`` that they have and the drawings
        do not. None of the drawings behind them are needed. Names that were learned are none of these.
    relearn : bool
        Whether names that the networks know already are learned anew.
    seed : int
        Of the copies; the same drawings with the same seed give the same head.
    models : path, optional
        The networks: a folder written by `qdtools train`; the shipped weights by default. Of one written by
        `qdtools learn` those that its names stand on.

    Returns
    -------
    Pipeline
        Choosing among the learned names, then the known ones; `Pipeline.head` has the score. A warning
        says if there were too few drawings to tell how good it is.

    Raises
    ------
    DataError
        If these are no drawings or hold but 0 and 1, a category has no second example, there is but one
        name to choose among, a known name is none of the networks', a name needs no learning since they
        know it, has a meaning of its own or more than 100 characters, or there are more than 1,000 of
        them, or more than the file of a head has room for.
    SettingError
        If the seed is none, or known names are to join where it is not known what theirs are like.
    ModelError
        If the networks are missing or altered, or have no features.
    """
    seed = check_seed(seed)
    check_drawings(drawings)
    check_names(drawings.categories)
    before, folder = head_and_folder(place_of(models))
    base = Pipeline.load(folder)
    known = _check_names(drawings, known, base.trained_on, relearn, before)
    check_names(drawings.categories, known, sum(base.layers))
    if known and base.background is None:
        raise SettingError(
            f"These networks' folder has no {BACKGROUND}, without which new names cannot join the known "
            "ones; learn the new names alone, or on the shipped networks."
        )
    chosen = some_of(drawings, seed)
    if len(chosen) < len(drawings):
        warnings.warn(
            f"Of {len(drawings):,} drawings {len(chosen):,} are learned from; `qdtools train` takes all.",
            stacklevel=2,
        )
    _check_values(chosen)
    chosen = _without_copies(chosen)
    _tell_two_names(chosen)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "The images look like dark ink"
        )  # as was said of the drawings
        head, named_right = _learned(base, chosen, known, seed, ("denoised",), None)
    score = head.score
    if score is not None and score.high - score.low > WIDE:
        warnings.warn(
            f"{score.n} held-out drawings are too few to say how good this is: "
            f"{score.counted} were named right. More drawings of each category tell more.",
            stacklevel=2,
        )
    else:
        _tell_outnumbered(chosen, named_right)
    return replace(base, head=head)


def _check_values(drawings: Drawings) -> None:
    """Refuse or tell of values that files are refused or told of for: pixels may come from elsewhere."""
    odd = oddity_of(np.asarray(drawings.pixels))
    if odd == "ones":
        raise DataError(
            "The drawings hold 0 and 1, where white ink is 255; make them anew of 255 * drawings.pixels."
        )
    if odd == "inverted":
        warnings.warn(
            "The drawings look like dark ink on light paper, where the networks take white ink = 255 on "
            "black paper = 0; if so, make them anew of 255 - drawings.pixels.",
            stacklevel=3,
        )
    elif odd == "dark":
        warnings.warn(
            f"The drawings are dark: their brightest pixel is {drawings.pixels.max()}, where white ink is "
            "255; if no value is higher, scale their pixels to 0 to 255.",
            stacklevel=3,
        )


def _without_copies(drawings: Drawings) -> Drawings:
    """Leave out what comes again under the same name, and say so: held out, it would have been seen."""
    rows = zip(drawings.labels.tolist(), np.asarray(drawings.pixels), strict=True)
    first = {(label, row.tobytes()): n for n, (label, row) in reversed([*enumerate(rows)])}
    if len(first) == len(drawings):
        return drawings
    kept = drawings[np.sort([*first.values()])]
    for name, count in kept.counts.items():
        if count < 2:
            raise DataError(
                f"The {drawings.counts[name]} drawings of {name!r} are one and the same, and one at least is "
                "held out to see what was learned from the others; give two or more that differ, best twenty."
            )
    n = len(drawings) - len(kept)
    name = next(name for name, count in kept.counts.items() if count < drawings.counts[name])
    warnings.warn(
        f"{f'{n} drawings are' if n > 1 else 'A drawing is'} there again under the same name, the first "
        f"as {name!r}, and left out: a copy that is held out tells nothing.",
        stacklevel=3,
    )
    return kept


def _tell_two_names(drawings: Drawings) -> None:
    """Warn where the very same drawing is there under two names, which nothing can tell apart."""
    first: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for mark, label in zip(marks(drawings), drawings.labels.tolist(), strict=True):
        other = first.setdefault(mark, label)
        if other != label:
            pairs.append((other, label))
    if pairs:
        one, two = (drawings.categories[label] for label in pairs[0])
        n = len(pairs)
        warnings.warn(
            f"{f'{n} drawings are' if n > 1 else 'A drawing is'} there under two names, the first as {one!r} "
            f"and as {two!r}, which nothing can tell apart; keep each under one of both.",
            stacklevel=3,
        )


def _tell_outnumbered(drawings: Drawings, named_right: np.ndarray) -> None:
    """Warn where a share over all says nothing of a category that has but a few of the drawings."""
    counts = np.array(list(drawings.counts.values()))
    few = np.flatnonzero((counts < _TELLING) & (counts * _OUTNUMBERED <= counts.max()))
    if not len(few):
        return
    listed = [
        f"{Share(int(named_right[drawings.labels == label].sum()), int(counts[label])).counted} of "
        f"{drawings.categories[label]!r}"
        for label in few[:_LISTED].tolist()
    ]
    more = f" and of {len(few) - _LISTED} more" if len(few) > _LISTED else ""
    warnings.warn(
        f"Most drawings are of other names, so that the share of all says little of those with few: held "
        f"out, {', '.join(listed)}{more} were named right. More drawings of these tell more.",
        stacklevel=3,
    )


def with_head(
    base: Pipeline,
    drawings: Drawings,
    *,
    known: tuple[str, ...] = (),
    seed: int = 0,
    met: Sequence[str] = ("denoised",),
    denoiser: Pipeline | None = None,
) -> Pipeline:
    """Learn the names of some drawings on networks that are at hand, whatever they know (chapter 5).

    Parameters
    ----------
    base : Pipeline
        The networks.
    drawings : Drawings
        At least two of each category.
    known : tuple of str
        Names of the networks' own to choose among besides, in their spelling.
    seed : int
        Of the copies.
    met : sequence of str
        How the noisy copies are met: ``"denoised"``, ``"noisy"``, both, or not at all.
    denoiser : Pipeline, optional
        Which denoises them; `base` itself by default.

    Returns
    -------
    Pipeline
        `base` with a head.
    """
    head, _ = _learned(base, drawings, known, seed, met, denoiser)
    return replace(base, head=head)


def _learned(
    base: Pipeline,
    drawings: Drawings,
    known: tuple[str, ...],
    seed: int,
    met: Sequence[str],
    denoiser: Pipeline | None,
) -> tuple[Head, np.ndarray]:
    """Learn as `with_head` does; also gives whether each drawing was named right when held out."""
    examples = _Examples.of(drawings, base, seed, met, denoiser)
    # Matrices as small as these gain nothing from sharing out a product, and several threads at once
    # that do so wait for each other: with it, two cores took ten times as long.
    with threadpool_limits(1):
        return _fit_head(examples, base, known, drawings, seed)


def some_of(drawings: Drawings, seed: int) -> Drawings:
    """Choose those that `learn` learns from, of each category alike where it has as many (chapter 7).

    Parameters
    ----------
    drawings : Drawings
        All that there are.
    seed : int
        As `learn` takes it.

    Returns
    -------
    Drawings
        All of them up to 6,000, else so many.
    """
    if len(drawings) <= _ENOUGH:
        return drawings
    counts = np.sort(np.bincount(drawings.labels, minlength=len(drawings.categories)))
    most, left = 0, _ENOUGH
    for place, count in enumerate(counts.tolist()):
        most = max(2, left // (len(counts) - place))
        left -= min(count, most)
    rng = np.random.default_rng([seed, 2])
    own = [
        rng.permutation(np.flatnonzero(drawings.labels == label))[:most]
        for label in range(len(drawings.categories))
    ]
    return drawings[np.sort(np.concatenate(own))]


def _check_names(
    drawings: Drawings,
    known: str | Iterable[str],
    trained_on: tuple[str, ...],
    relearn: bool,
    before: Head | None,
) -> tuple[str, ...]:
    """Refuse what cannot be learned; give the known names that are to join, in their usual spelling."""
    for name, count in drawings.counts.items():
        if count < 2:
            raise DataError(
                f"There {'is 1 drawing' if count else 'are 0 drawings'} of {name!r}, and one at least is "
                "held out to see what was learned from the others; give two or more, best twenty."
            )
        if means_all(name):
            raise DataError(
                f"{name!r} is the word for all names where names are chosen (`--categories all`); rename "
                "this category."
            )
        if key_of(name) == key_of(NONE_OF_THESE):
            raise DataError(
                f"{name!r} is what is answered where none of the names fits; rename this category."
            )
    known = names_in(known)  # once: of a generator nothing is left then
    everything = means_all(known)
    if before is not None:
        old = [name for name in before.categories if not _is_among(name, drawings.categories)]
        _tell_learned_before(old, known, trained_on, everything)
    joined = resolve_categories(known, trained_on, "among the networks' own") if known else ()
    again = [name for name in drawings.categories if _is_among(name, trained_on)]
    if again and not relearn:
        several = len(again) > 1
        new = [name for name in drawings.categories if name not in again]
        raise DataError(
            f"{_listed(again)} {'need' if several else 'needs'} no learning: the networks know "
            f"{'them' if several else 'it'} already, from hundreds of drawings each. {_way_on(again, new)} "
            f"Or give yours another name, or learn {'them' if several else 'it'} anew all the same with "
            "relearn (`--relearn`)."
        )
    twice = [name for name in joined if _is_among(name, drawings.categories)]
    if twice and not everything:
        raise DataError(f"{twice[0]!r} is to be learned and is named as known, too; name it once.")
    joined = tuple(name for name in joined if name not in twice)
    if len(drawings.categories) + len(joined) < 2:
        raise DataError(
            f"There is but one name, {drawings.categories[0]!r}, and nothing to tell it from; add a "
            "category, or let the known names join with known='all' (`--known all`)."
        )
    return joined


def _tell_learned_before(
    before: list[str], known: list[str], trained_on: tuple[str, ...], everything: bool
) -> None:
    """Refuse to let names join that were learned from examples themselves; where all are to, say so."""
    lost = before
    if not everything:
        asked = [name for name in known if not _is_among(name, trained_on)]
        lost = [name for name in before if any(_is_among(one, (name,)) for one in asked)]
    if not lost:
        return
    several = len(lost) > 1
    said = (
        f"{_listed(lost)} {'were' if several else 'was'} learned from examples, so "
        f"{'they are' if several else 'it is'} no part of the networks and cannot join; to choose among old "
        "and new names, learn all of them together, from one folder."
    )
    if not everything:
        raise DataError(said)
    warnings.warn(said, stacklevel=4)


def _way_on(known: list[str], new: list[str]) -> str:
    """Say what to type where some names are known, beside those that are to be learned."""
    if new:
        return (
            f"Learn the others and let {'these' if len(known) > 1 else 'it'} join, by "
            f"`--categories {_typed(new)} --known {_typed(known)}`."
        )
    names = f"`qdtools classify --categories {_typed(known)} PICTURE` names by them"
    if len(known) == 1:  # with one there is nothing to score, nor to choose
        return "`qdtools classify --categories all PICTURE` names by it, among all that they know."
    return (
        "`qdtools evaluate --data-dir FOLDER` says how many of your drawings they name right, and "
        f"{names}."
    )


def _typed(names: list[str]) -> str:
    """Give names as a shell takes them."""
    return shlex.quote(join_names(names))


def _is_among(name: str, names: tuple[str, ...]) -> bool:
    try:
        resolve_categories([name], names)
    except DataError:
        return False
    return True


def _listed(names: list[str]) -> str:
    """List names in a sentence, the first few of many."""
    quoted = [repr(name) for name in names[:4]]
    if len(names) > 4:
        return f"{', '.join(quoted)} and {len(names) - 4} more"
    return " and ".join(quoted) if len(quoted) < 3 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


# ---- copies of the examples ----------------------------------------------------------------------


def vary(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn, shift, scale and slant each image a little, at random (chapter 7).

    Parameters
    ----------
    images : ndarray, (n, 28, 28, 1)
        Images in [0, 1].
    rng : numpy.random.Generator
        Says how far.

    Returns
    -------
    ndarray of float32, (n, 28, 28, 1)
        At most 0.2 radians, 2 pixels, an eighth and a slant of 0.15.
    """
    middle = np.full(2, (SIDE - 1) / 2)
    varied = np.empty(images.shape, np.float32)
    for image, out in zip(images[..., 0], varied[..., 0], strict=True):
        turn, slant = rng.uniform(-_TURN, _TURN), rng.uniform(-_SLANT, _SLANT)
        scale = np.exp(rng.uniform(-_SCALE, _SCALE))
        rotated = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        back = np.array(rotated) @ [[1, slant], [0, 1]] / scale
        start = middle - back @ (middle + rng.uniform(-_SHIFT, _SHIFT, 2))
        affine_transform(image, back, start, output=out, order=1)
    return varied


def _drowned(images: np.ndarray, level: float, seed: int) -> np.ndarray:
    """Add noise as `gaussian` does, part by part: of very many images it would fill the memory."""
    rng = generator(seed)
    noisy = np.empty(images.shape, np.float32)
    for start in range(0, len(images), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        noisy[part] = gaussian(images[part], level, rng)
    return noisy


@dataclass(frozen=True, eq=False)
class _Examples:
    """Features of every copy of every example.

    `features` is (copies, n, m): the first copy is the drawing as it is; the copies at `plain` are it, and
    noisy ones that an eye still reads, without any other change.
    """

    features: np.ndarray
    labels: np.ndarray
    plain: list[int]

    @classmethod
    def of(
        cls,
        drawings: Drawings,
        base: Pipeline,
        seed: int,
        met: Sequence[str],
        denoiser: Pipeline | None,
    ) -> _Examples:
        images = drawings.images
        rng = np.random.default_rng(seed)
        layers = len(base.layers)
        each = int(np.clip(_COPIES // (2 * len(images)), _FEWEST, _MOST))
        clean = [base.features(images, layers=layers)]
        clean += [base.features(vary(images, rng), layers=layers) for _ in range(each - 1)]
        noisy: list[np.ndarray] = []
        plain = [0]
        for place in range(each):
            # Every other one is turned besides, so that neither change is only met with the other.
            seen = vary(images, rng) if place % 2 else images
            level = _LEVELS[0] + (_LEVELS[1] - _LEVELS[0]) * (place + 0.5) / each
            draw = int(rng.integers(1 << 31))
            drowned = _drowned(seen, level, draw)
            first = len(clean) + len(noisy)
            noisy += [base.features(drowned, layers=layers)] if "noisy" in met else []
            if "denoised" in met:
                if denoiser is None:
                    noisy.append(base.features(drowned, denoise=True, layers=layers))
                else:
                    noisy.append(base.features(denoiser.denoise(drowned), layers=layers))
            if not place % 2 and level <= _READABLE:
                plain += range(first, len(clean) + len(noisy))
        return cls(np.stack([*clean, *noisy]), drawings.labels, plain)


# ---- the head --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Space:
    """Where the regression learns: normalised features, centred at `center` and turned by `turn`."""

    center: np.ndarray
    turn: np.ndarray
    layers: tuple[int, ...]

    @classmethod
    def of(cls, base: Pipeline, features: np.ndarray) -> _Space:
        if base.background is not None:
            base.background.check(features.shape[-1])
            return cls(base.background.center, base.background.whitening, base.layers)
        x = normalized(features.reshape(-1, features.shape[-1]), base.layers)
        spread = max(float(x.std(axis=0).mean()), 1e-6)
        return cls(x.mean(axis=0), np.eye(x.shape[1]) / spread, base.layers)

    def __call__(self, features: np.ndarray) -> np.ndarray:
        flat = normalized(features, self.layers)
        flat -= self.center.astype(np.float32)
        inside: np.ndarray = flat @ self.turn.astype(np.float32)
        return inside


@dataclass(frozen=True, eq=False)
class _Fit:
    """Rows of a head in the space where they were learned; each column sums to zero."""

    rows: np.ndarray
    bias: np.ndarray

    def __call__(self, inside: np.ndarray) -> np.ndarray:
        logits: np.ndarray = inside @ self.rows.T.astype(inside.dtype) + self.bias
        return logits


def _rows_of(
    inside: np.ndarray, labels: np.ndarray, some: np.ndarray, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Lay out all copies of some examples, (copies, n, m), then what stands for others, with labels."""
    n = len(inside) * len(some)
    x = np.empty((n + len(others), inside.shape[-1]), inside.dtype)
    # Straight to its place: of many drawings a copy on the way would be as large as all others together.
    np.take(inside, some, axis=1, out=x[:n].reshape(len(inside), len(some), -1), mode="clip")
    x[n:] = others
    y = np.tile(labels[some], len(inside))
    return x, np.concatenate([y, np.full(len(others), int(labels.max()) + 1)])


def _fits(x: np.ndarray, y: np.ndarray, n_names: int, strengths: Sequence[float]) -> Iterator[_Fit]:
    """Fit for one strength after the other, each from where the one before came; `x` is centred in place.

    Whoever compares two heads, as a threshold does, needs both to have come the same way: a fit ends near
    the end only, and from elsewhere with logits of another size.
    """
    weight = _weights(y, n_names)
    # The bias of a regression is not held back, so where the rows' middle lies changes nothing in what is
    # learned; but far from it each weight pulls at the bias, and L-BFGS takes twice as many steps.
    middle = weight.astype(x.dtype) @ x / len(x)  # of weights whose mean is 1
    x -= middle
    fit = None
    for strength in strengths:
        fit = _fit(x, y, weight, strength, fit)
        yield _Fit(fit.rows, fit.bias - fit.rows @ middle)


def _weights(y: np.ndarray, n_names: int) -> np.ndarray:
    """Let names count alike, however many examples each has; what stands for others, as all together."""
    others = bool(y[-1] == n_names)
    counts = np.bincount(y, minlength=n_names + 1).astype(float)
    share = np.full(n_names + 1, 0.5 / n_names if others else 1 / n_names)
    share[-1] = 0.5
    weight: np.ndarray = (share / np.maximum(counts, 1))[y]
    weight *= len(y) / weight.sum()
    return weight


def _fit(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, strength: float, start: _Fit | None
) -> _Fit:
    """Fit a regression to weighted rows with labels."""
    # Of two, scikit-learn takes and gives but the row of the second, less the first.
    two = int(y.max()) == 1
    regression = LogisticRegression(C=strength, max_iter=200, tol=5e-5, warm_start=True)
    if start is not None:
        rows, bias = (2 * start.rows[1:], 2 * start.bias[1:]) if two else (start.rows, start.bias)
        regression.coef_, regression.intercept_ = rows.copy(), bias.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near the end is near enough
        regression.fit(x, y, sample_weight=weight)
    rows, bias = regression.coef_.astype(np.float64), regression.intercept_.astype(np.float64)
    if two:
        rows, bias = np.concatenate([-rows, rows]) / 2, np.concatenate([-bias, bias]) / 2
    return _Fit(rows - rows.mean(axis=0), bias - bias.mean())


def _fit_head(
    examples: _Examples, base: Pipeline, known: tuple[str, ...], drawings: Drawings, seed: int
) -> tuple[Head, np.ndarray]:
    space = _Space.of(base, examples.features)
    inside, labels = examples.features, examples.labels
    # In place, a copy at a time: nothing asks for the features themselves any more.
    for features in inside:
        features[:] = space(features)
    n_names = len(drawings.categories)
    others = np.empty((0, inside.shape[-1]), np.float32)
    if base.background is not None:
        drawn = base.background.likely(_STAND_INS, np.random.default_rng([seed, 1]))
        others = drawn.astype(np.float32)
    parts = _parts(labels, seed)

    def held_out(part: np.ndarray) -> list[np.ndarray]:
        """Logits of one part by heads that learned from the others, one a strength."""
        x, y = _rows_of(inside, labels, np.setdiff1d(np.arange(len(labels)), part), others)
        return [fit(inside[:, part]) for fit in _fits(x, y, n_names, _STRENGTHS)]

    def of_all() -> list[_Fit]:
        """Heads that learned from all, one a strength."""
        return [
            *_fits(*_rows_of(inside, labels, np.arange(len(labels)), others), n_names, _STRENGTHS)
        ]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # Beside the others, though only one is kept: after them, it would have one core for itself.
        finals = pool.submit(of_all)
        by_part = list(pool.map(held_out, parts))
    losses = np.array(
        [
            [_loss(logits[..., :n_names], labels[part]) for logits in found]
            for part, found in zip(parts, by_part, strict=True)
        ]
    )
    best_of_all = int(losses.sum(axis=0).argmin())
    # A part's own losses have no say in which of its heads is asked for names, or the score would flatter.
    others_best = [int((losses.sum(axis=0) - own).argmin()) for own in losses]
    logits = np.empty((*inside.shape[:2], by_part[0][0].shape[-1]))
    asked = np.empty(logits.shape[1:])
    for part, found, best in zip(parts, by_part, others_best, strict=True):
        asked[part], logits[:, part] = found[best][0], found[best_of_all]
    final = finals.result()[best_of_all]
    # How large logits are depends on the strength, so these two are of heads held back as the final one is.
    temperature = _temperature(logits[..., :n_names], labels)
    score = logsumexp(logits[..., :n_names] / temperature, axis=-1)
    named = asked[:, :n_names].argmax(axis=1)
    if known:
        shares = log_softmax(asked / temperature, axis=1)
        best_known = base.restrict(known).classify(drawings.images).max(axis=1)
        swallowed = shares[:, -1] + np.log(best_known) > shares[:, :n_names].max(axis=1)
        named[swallowed] = -1
    named_right = named == labels
    weights = final.rows.astype(np.float64) @ space.turn.T
    head = Head(
        graph=sha256_of(base.graph),
        categories=drawings.categories,
        known=known,
        weights=weights.astype(np.float32),
        bias=(final.bias - weights @ space.center).astype(np.float32),
        temperature=temperature,
        threshold=float(np.quantile(score[examples.plain], _MISSED)),
        examples=tuple(drawings.counts.values()),
        held_out={"right": int(named_right.sum()), "n": len(labels), "level": 0},
        source=drawings.source,
        layers=base.layers,
    )
    return head, named_right


def _parts(labels: np.ndarray, seed: int) -> list[np.ndarray]:
    """Divide the examples into parts that are held out in turn, each with all names where it can."""
    n_parts = min(_FOLDS, int(np.bincount(labels).min()))
    folds = StratifiedKFold(n_parts, shuffle=True, random_state=seed % (1 << 32))
    return [part for _, part in folds.split(labels[:, None], labels)]


def _loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Sum the cross-entropies of all copies, (copies, n, k)."""
    chances = log_softmax(logits, axis=-1)
    return -float(chances[:, np.arange(len(labels)), labels].sum())


def _temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Find what to divide held-out logits by, so that their softmax is as sure as it is right.

    Guo et al. (2017, section 4.2), with targets a little below 1, as Platt (1999) has them: of so few
    drawings none need be wrong, and without this they would be stated as certain.
    """
    n_names = logits.shape[-1]
    doubt = 1 / (len(labels) + 2)

    def loss(log_temperature: float) -> float:
        chances = log_softmax(logits / np.exp(log_temperature), axis=-1)
        right = chances[:, np.arange(len(labels)), labels]
        wrong = (chances.sum(axis=-1) - right) / max(1, n_names - 1)
        return -float(((1 - doubt) * right + doubt * wrong).mean())

    if n_names == 1:
        return 1.0
    found = minimize_scalar(loss, bounds=(np.log(0.1), np.log(10)), method="bounded")
    return float(np.exp(found.x))


# ---- saving ----------------------------------------------------------------------------------------


def save_learned(
    pipeline: Pipeline,
    folder: str | os.PathLike[str],
    command: str | None = None,
    drawings: Drawings | None = None,
) -> Path:
    """Save learned names as a folder that everything takes that takes weights (chapter 7).

    It holds ``head.json`` with a manifest, nothing that runs. The graph that it stands on is found by its
    hash; one that does not ship is copied beside.

    Parameters
    ----------
    pipeline : Pipeline
        As `learn` gives it.
    folder : path
        A folder that is not there yet. It appears whole or not at all.
    command : str, optional
        How to do the same again, for the manifest.
    drawings : Drawings, optional
        What was learned from. The manifest then lets them be known again, so that `qdtools evaluate` says
        where it scores on these.

    Returns
    -------
    Path
        Of ``head.json``.

    Raises
    ------
    SettingError
        If this is no pipeline, it has no head or is no float32 one, or the folder is there already or can
        be nowhere.
    DataError
        If what is given as drawings is none.
    """
    check_pipeline(pipeline)
    if drawings is not None:
        check_drawings(drawings)
    if pipeline.head is None:
        raise SettingError("This pipeline has learned no names; learn some with `qd.learn`.")
    if pipeline.precision != "float32":
        raise SettingError(
            f"This pipeline computes in {pipeline.precision}, and names stand on the graph that it was "
            "made of; load it in float32 to save them."
        )
    folder = check_new(folder)
    head = pipeline.head
    content = head.to_json().encode("utf-8")
    manifest = {
        "weights": {
            HEAD: {"parameters": head.weights.size + head.bias.size, "sha256": sha256_of(content)}
        },
        "categories": head.names,
        "command": command,
        "stands_on": head.graph,
        "data": {
            "credit": CREDIT if "Google" in head.source else None,
            "source": head.source,
            "drawings": sum(head.examples),
            "categories": len(head.categories),
            **({} if drawings is None else {MARKS: "".join(marks(drawings))}),
        },
        "held_out": head.held_out,
    }
    with new_folder(folder, "save") as made:
        (made / HEAD).write_bytes(content)
        if head.graph != _shipped_digest():
            _copy_graph(pipeline, made / GRAPH_FOLDER)
        (made / "manifest.json").write_bytes(json_of(manifest))
    return folder.absolute() / HEAD


def _copy_graph(pipeline: Pipeline, folder: Path) -> None:
    """Write the graph that a head stands on, with all that `Pipeline.load` asks of a folder."""
    folder.mkdir()
    (folder / GRAPH).write_bytes(pipeline.graph)
    manifest = {
        "weights": {GRAPH: {"sha256": sha256_of(pipeline.graph)}},
        "categories": pipeline.trained_on,
    }
    (folder / "manifest.json").write_bytes(json_of(manifest))
    if pipeline.background is not None:
        save_background(pipeline.background, pipeline.graph, folder / BACKGROUND)


def _shipped_digest() -> str | None:
    """Hash of the graph that ships, which is not copied: everyone has it."""
    try:
        entry = read_manifest(settings.book_models_dir())["weights"].get(GRAPH, {})
    except ModelError:
        return None
    digest: str | None = entry.get("sha256")
    return digest
