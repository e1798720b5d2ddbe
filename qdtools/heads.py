"""The file of a head: names learned from a few examples, on the features of a graph that stays.

A head is one file of JSON, ``head.json``, without anything that could run. Whoever holds the graph that
it stands on, in Python or in a page, gets the same answers by this recipe.

The file
--------
At most 12,000,000 bytes of UTF-8: an object with exactly these members, none of whose numbers is beyond 1e12
on either side of zero, so that whatever follows from them is a number too. A name has at most 100 characters,
counted as Unicode's code points; some are shown, and none moves or hides what is.

``format``, ``version``
    ``"qdtools head"``, and 1 for a head on the features of the classifier's last layer alone, 2 for one on
    those of several layers. A reader refuses any other.
``graph``
    SHA-256 of the graph's file, ``pipeline.onnx``, in hexadecimal.
``categories``
    The k learned names, at most 1,000, each once, in the order of the rows; none is a name in ``known``.
``known``
    Names of the graph that may be answered besides, each once; an empty list where only the learned
    names may. Not empty only where ``other`` is true.
``features``
    How many features there are. In version 1 m, the inputs of the classifier's last dense layer: 256 in
    the shipped graph. In version 2 a list of two numbers or more, whose sum is m: these inputs, then the
    maps that the last pooling before them passes on, then those of the pooling before, and so on. In the
    shipped graph ``[256, 128, 32, 16]``.
``other``
    Whether the last row stands for "anything but the learned names". There are r = k + 1 rows then,
    otherwise r = k, which is at least 2.
``weights``, ``bias``
    Base64 of little-endian 32-bit floats, all finite: r times m of them row by row, and r. In each
    column, and in the bias, the rows sum to zero up to rounding.
``temperature``
    T, a number of at least 1e-12.
``threshold``
    A number, or null for none.
``examples``
    k whole numbers: how many drawings of each learned name there were.
``held_out``
    ``{"right": 55, "n": 60, "level": 0}``, or null where nothing was held out: how many drawings were
    named right, among the learned names with the known ones, by heads that had not learned from them,
    and how noisy the drawings were. Of each drawing exactly one head is asked.
``source``
    Where the drawings come from, in words.

From an image to its names
--------------------------
1. The features f of a clean image are what enters the dense layer that makes ``direct_logits``. In version 2
   there are also, for each map that a pooling on the way there passes on, its mean over all places. The
   features of a noisy image are the mean of these and of the same on the way to ``logits``, those of the
   denoised image: what the denoiser takes away from things that it was not trained on, the noisy image
   still has. Negative ones count as 0.
2. x = sqrt(f / sum(f)), so that x has the length 1; all zeros where the sum is 0. In version 2 this is done
   for each layer by itself, then the x of all layers are put one after the other, the last layer's first.
3. z = (weights x + bias) / temperature.
4. Where ``known`` is empty, the probabilities of the learned names are the softmax of z_1 ... z_k; a
   last row for anything else stays out.
5. Otherwise q is the softmax of all k + 1 of z. Each learned name has its q. Each known name has the
   last of q times its share in the softmax of the graph's own logits over ``known``. The order of all is:
   the learned names, then the known ones.
6. To choose among some of these names, divide their probabilities by their sum.
7. "None of these" is the better answer where the most probable name is a learned one, and
   ln(exp(z_1) + ... + exp(z_k)) is below the threshold. Whether it is where a known name is
   most probable, is the graph's own affair.
"""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import log_softmax, logsumexp

from ._checks import is_name, read_regular
from .errors import DataError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .statistics import Share

#: The file of a head in a folder of weights.
HEAD = "head.json"
FORMAT = "qdtools head"
#: The first has features of one layer, the second of several.
VERSIONS = (1, 2)
#: The way out where learned names cannot be used.
LEARN_AGAIN = "restore it, or learn again with `qdtools learn`"
#: Bytes of its file at most, names that it has learned, characters of a name, in the page (web/lib/heads.js),
#: too: 1,000 names on the shipped graph have about 2.4 million bytes.
MOST_BYTES, MOST_NAMES, LONGEST_NAME = 12_000_000, 1_000, 100
#: Bytes beside weights and names at most: of what follows each name, of all else.
_BESIDE_NAME, _BESIDE = 40, 10_000
#: No number in a head is larger, no temperature smaller than its inverse: sums of such weights, divided by
#: such a temperature, are 32-bit floats yet.
_LARGEST = 1e12


@dataclass(frozen=True, eq=False)
class Head:
    """Names learned on the features of a graph (chapter 7).

    Attributes
    ----------
    graph : str
        SHA-256 of the graph's file.
    categories : tuple of str
        The learned names.
    known : tuple of str
        Names of the graph that may be answered besides; none where only the learned ones may.
    weights : ndarray of float32, (r, m)
        A row a learned name; one more, the last, where a row stands for anything but these.
    bias : ndarray of float32, (r,)
        Added to what the rows make of the features.
    temperature : float
        Divides the logits, above 0.
    threshold : float or None
        Below this score none of the learned names fits.
    examples : tuple of int
        How many drawings of each learned name there were.
    held_out : dict or None
        ``right`` of ``n`` held-out drawings at a noise ``level``.
    source : str
        Where the drawings come from, in words.
    layers : tuple of int
        How many of the m features each layer gives, the last layer first.
    """

    graph: str
    categories: tuple[str, ...]
    known: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    temperature: float
    threshold: float | None
    examples: tuple[int, ...]
    held_out: dict[str, Any] | None
    source: str
    layers: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that may be answered: the learned ones, then the known ones."""
        return self.categories + self.known

    @property
    def other(self) -> bool:
        """Whether the last row stands for anything but the learned names."""
        return len(self.weights) > len(self.categories)

    @property
    def score(self) -> Share | None:
        """Share of held-out drawings that were named right; None where none were held out."""
        if self.held_out is None:
            return None
        from .statistics import Share  # wakes scipy.stats, which naming does without

        return Share(self.held_out["right"], self.held_out["n"])

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Score every row by the features, (n, m) as the graph gives them; (n, r) (chapter 7)."""
        x = normalized(features, self.layers)
        scores: np.ndarray = (x @ self.weights.T + self.bias) / np.float32(self.temperature)
        return scores

    def log_probabilities(self, features: np.ndarray, known_logits: np.ndarray) -> np.ndarray:
        """Give the logarithm of each name's probability (chapter 7).

        Parameters
        ----------
        features : ndarray, (n, m)
            As the graph gives them.
        known_logits : ndarray, (n, len(known))
            The graph's own logits of the known names.

        Returns
        -------
        ndarray of float32, (n, len(names))
            In the order of `names`.
        """
        logits, k = self.logits(features), len(self.categories)
        if not self.known:
            only: np.ndarray = log_softmax(logits[:, :k], axis=1)
            return only
        shares = log_softmax(logits, axis=1)
        known = shares[:, k:] + log_softmax(known_logits, axis=1)
        return np.concatenate([shares[:, :k], known], axis=1)

    def fits(self, features: np.ndarray) -> np.ndarray:
        """Say for each image whether any of the learned names fits (chapter 7).

        Parameters
        ----------
        features : ndarray, (n, m)
            As the graph gives them.

        Returns
        -------
        ndarray of bool, (n,)
            True for all where there is no threshold.
        """
        if self.threshold is None:
            return np.ones(len(features), bool)
        score = logsumexp(self.logits(features)[:, : len(self.categories)], axis=1)
        fitting: np.ndarray = score >= self.threshold
        return fitting

    def to_json(self) -> str:
        """Write the head as the content of its file (chapter 7)."""
        written = {
            "format": FORMAT,
            "version": VERSIONS[len(self.layers) > 1],
            "graph": self.graph,
            "categories": self.categories,
            "known": self.known,
            "features": self.layers[0] if len(self.layers) == 1 else self.layers,
            "other": self.other,
            "weights": _packed(self.weights),
            "bias": _packed(self.bias),
            "temperature": self.temperature,
            "threshold": self.threshold,
            "examples": self.examples,
            "held_out": self.held_out,
            "source": self.source,
        }
        return json.dumps(written, ensure_ascii=False, indent=1) + "\n"


def normalized(features: np.ndarray, layers: Sequence[int] = ()) -> np.ndarray:
    """Bring features to the length 1 by their square roots (chapter 7).

    The roots of shares sum to 1 when squared. They also keep a few strong features from outweighing
    many weak ones (Arandjelović and Zisserman 2012 did the same to descriptors of pictures).

    Parameters
    ----------
    features : ndarray, (n, m)
        As the graph gives them; what is negative counts as 0.
    layers : sequence of int, optional
        How many of them each layer gives; those of each are brought to the length 1 by themselves. All are
        of one layer by default.

    Returns
    -------
    ndarray of float32, (n, m)
        Of length 1, or all zeros where there is nothing above 0.
    """
    positive = np.maximum(np.asarray(features, np.float32), 0)
    for layer in np.split(positive, np.cumsum(layers[:-1], dtype=int), axis=1):
        total = layer.sum(axis=1, keepdims=True)
        layer /= np.where(total > 0, total, 1)
    return np.sqrt(positive, out=positive)


def check_names(categories: Sequence[str], known: Sequence[str] = (), n_features: int = 0) -> None:
    """Refuse names that no head can hold, before they are learned (chapter 7).

    Parameters
    ----------
    categories, known : sequence of str
        Those to learn, and those of the graph that join them.
    n_features : int
        How many features they are to stand on, where that is known.

    Raises
    ------
    DataError
        If there are too many, one is too long, or their file would be too large.
    """
    k = len(categories)
    if k > MOST_NAMES:
        raise DataError(
            f"There are {k:,} names to learn, and a head holds {MOST_NAMES:,} at most; learn fewer, or train "
            "on all of them with `qdtools train`."
        )
    for name in (*categories, *known):
        if len(name) > LONGEST_NAME:
            way = "leave it out of the known ones" if name in known else "rename this category"
            raise DataError(
                f"The name {name[:20] + '…'!r} has {len(name)} characters, and one in a head has "
                f"{LONGEST_NAME} at most; {way}."
            )
    names = sum(len(name.encode()) + _BESIDE_NAME for name in (*categories, *known))
    room = 16 * (k + 1) * (n_features + 1) // 3 + names + _BESIDE
    if room > MOST_BYTES:
        raise DataError(
            f"A head of {k:,} names on {n_features:,} features has about {room:,} bytes, more than the "
            f"{MOST_BYTES:,} that are read; learn fewer, or train on all of them with `qdtools train`."
        )


def read_head(path: Path) -> Head:
    """Read the file of a head (chapter 7).

    Parameters
    ----------
    path : Path
        The file, such as ``head.json``.

    Returns
    -------
    Head
        Checked, though not against a graph.

    Raises
    ------
    ModelError
        If it is missing, or no head, or holds what a head may not hold.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelError(f"{str(path)!r} is too large for a head; name the file of one.")
        content = read_regular(path, MOST_BYTES)
    except OSError as error:
        raise ModelError(
            f"{str(path)!r} cannot be read ({error.strerror}); {LEARN_AGAIN}."
        ) from error
    return parse_head(content, path)


def parse_head(content: bytes, path: Path) -> Head:
    """Check the content of a head's file, then make a head of it (chapter 7).

    Parameters
    ----------
    content : bytes
        What the file holds.
    path : Path
        Where it lies, for what is refused.

    Raises
    ------
    ModelError
        If it is no head, of another version, or holds what a head may not hold.
    """
    try:
        found = json.loads(content)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError("no head of a pipeline")
    except (ValueError, RecursionError) as error:
        # What is wrong with the JSON of a picture says nothing.
        why = "no text" if isinstance(error, UnicodeDecodeError) else error
        raise ModelError(
            f"{str(path)!r} is no head that `qdtools learn` or the playground wrote ({why}); name "
            "such a file, or a folder of weights."
        ) from error
    version = found.get("version")
    if type(version) is not int or version not in VERSIONS:
        raise ModelError(
            f"{str(path)!r} is a head of version {version!r}, and this qdtools reads version "
            f"{' or '.join(map(str, VERSIONS))}; learn again with `qdtools learn`, or use the "
            "qdtools that wrote it."
        )
    try:
        return _head(found)
    except (ValueError, KeyError, TypeError) as error:
        said = f"no {error}" if isinstance(error, KeyError) else error
        raise ModelError(f"{str(path)!r} is torn or altered: {said}; {LEARN_AGAIN}.") from error


def _head(found: dict[str, Any]) -> Head:
    """Make a head of what a file says; each entry is checked before it is trusted."""
    categories, known = _names(found, "categories"), _names(found, "known")
    if not categories or len({*categories, *known}) < len(categories) + len(known):
        raise ValueError("a name is there twice, or none is")
    if len(categories) > MOST_NAMES:
        raise ValueError(f"it has {len(categories):,} names, more than {MOST_NAMES:,}")
    layers, other = _layers(found["version"], found["features"]), found["other"]
    if type(other) is not bool:
        raise ValueError("'other' is true or false")
    rows = len(categories) + other
    if rows < 2 or (known and not other):
        raise ValueError(f"{rows} rows cannot choose among {len(categories) + len(known)} names")
    examples = found["examples"]
    if not (
        isinstance(examples, list)
        and len(examples) == len(categories)
        and all(type(n) is int and 1 <= n <= _LARGEST for n in examples)
    ):
        raise ValueError("'examples' is one whole number a learned name")
    temperature, threshold = found["temperature"], found["threshold"]
    if not _is_number(temperature) or temperature < 1 / _LARGEST:
        raise ValueError(f"'temperature' is a number from {1 / _LARGEST:g} to {_LARGEST:g}")
    if threshold is not None and not _is_number(threshold):
        raise ValueError(f"'threshold' is a number up to {_LARGEST:g}, or null")
    if not isinstance(found["source"], str) or not isinstance(found["graph"], str):
        raise ValueError("'source' and 'graph' are texts")
    return Head(
        found["graph"],
        categories,
        known,
        _unpacked(found["weights"], (rows, sum(layers))),
        _unpacked(found["bias"], (rows,)),
        float(temperature),
        None if threshold is None else float(threshold),
        tuple(examples),
        _held_out(found["held_out"]),
        found["source"],
        layers,
    )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= _LARGEST


def _names(found: dict[str, Any], key: str) -> tuple[str, ...]:
    names = found[key]
    # Names are printed, so they hold nothing that a terminal would obey.
    if not isinstance(names, list) or not all(map(is_name, names)):
        raise ValueError(f"{key!r} is a list of names")
    if any(len(name) > LONGEST_NAME for name in names):
        raise ValueError(f"a name has more than {LONGEST_NAME} characters")
    return tuple(names)


def _layers(version: int, found: Any) -> tuple[int, ...]:
    """Read how many features each layer gives: a number, or in the second version a list."""
    counts = found if isinstance(found, list) else [found]
    several = version == VERSIONS[1]
    if isinstance(found, list) != several or len(counts) < 1 + several:
        raise ValueError("'features' is a number in version 1, several of them in version 2")
    if not all(type(n) is int and n >= 1 for n in counts):
        raise ValueError("'features' is of whole numbers")
    return tuple(counts)


def _held_out(found: Any) -> dict[str, Any] | None:
    if found is None:
        return None
    right, n, level = (found[key] for key in ("right", "n", "level"))
    counts = type(right) is int and type(n) is int and 0 <= right <= n and 1 <= n <= _LARGEST
    if not (counts and _is_number(level)):
        raise ValueError("'held_out' counts drawings that were named right")
    return {"right": right, "n": n, "level": level}


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(np.asarray(values, "<f4").tobytes()).decode("ascii")


def _unpacked(text: Any, shape: tuple[int, ...]) -> np.ndarray:
    if not isinstance(text, str):
        raise ValueError("'weights' and 'bias' are base64")
    content = base64.b64decode(text, validate=True)
    if len(content) != 4 * math.prod(shape):
        raise ValueError(f"there are {len(content)} bytes of numbers, not {4 * math.prod(shape)}")
    values = np.frombuffer(content, "<f4").astype(np.float32).reshape(shape)
    if not (np.abs(values) <= _LARGEST).all():
        raise ValueError(f"a weight is no number, or one beyond {_LARGEST:g}")
    return values
