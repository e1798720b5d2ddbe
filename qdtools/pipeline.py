"""The two networks chained: from noisy images to denoised ones with their names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from ._images import check_images, warn_inverted, way_to_shape
from ._inference import BATCH, DENOISED, Graph, features_seen
from ._parallel import in_parts
from .background import BACKGROUND, Background, read_background
from .drawings.canvas import IMAGE
from .drawings.categories import resolve_categories
from .errors import ModelError, SettingError, called
from .heads import HEAD
from .manifests import (
    AGAIN_SMALLER,
    RESTORE,
    checked,
    graph_of,
    head_and_folder,
    place_of,
    read_manifest,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from .heads import Head

#: The way to a name that the networks do not know.
LEARN = "`qdtools learn FOLDER --out NEW` teaches new ones from a few drawings each"
#: Where the chosen names together are less probable than this part of what equal probabilities of all trained
#: names would give them, none of them fits.
_LEAST_OF_CHANCE = 0.2


@dataclass(frozen=True)
class Answer:
    """What a pipeline says of one image (chapter 7).

    Attributes
    ----------
    category : str
        The most probable name.
    probability : float
        Of that name among those to choose among, in [0, 1].
    runner_up : str or None
        The next name; None where there is but one to choose among.
    runner_up_probability : float or None
        Of the runner-up.
    among : int
        How many names there were to choose among.
    none_of_these : bool
        Whether the image is unlike the drawings of each of these names, so that the answer is a forced
        choice.
    """

    category: str
    probability: float
    runner_up: str | None
    runner_up_probability: float | None
    among: int
    none_of_these: bool


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
        The categories to choose among; all of `names` unless restricted.
    head : Head, optional
        Names that were learned on the graph's features (chapter 7).
    folder : Path, optional
        Where the graph lies, and beside it, perhaps, its background.
    precision : str, optional
        What its layers compute in; ``"float32"`` unless the graph was made smaller (chapter 8).
    made_of : str, optional
        SHA-256 of the graph that a smaller one was made of.
    """

    graph: bytes
    trained_on: tuple[str, ...]
    chosen: tuple[str, ...] | None = None
    head: Head | None = None
    folder: Path | None = None
    precision: str = "float32"
    made_of: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that it can choose among: the trained categories, or those of its head."""
        return self.trained_on if self.head is None else self.head.names

    @property
    def categories(self) -> tuple[str, ...]:
        """The category of each column of the probabilities."""
        return self.chosen or self.names

    @cached_property
    def background(self) -> Background | None:
        """What features of drawings with trained names are like; None where that is not known (chapter 7).

        By it is told that a drawing is like none of these names.

        Raises
        ------
        ModelError
            If its file is torn.
        """
        if self.folder is None:
            return None
        digest = self.made_of or hashlib.sha256(self.graph).hexdigest()
        return read_background(self.folder / BACKGROUND, digest, len(self.trained_on))

    @cached_property
    def _parts(self) -> Graph:
        return Graph(self.graph)

    def _run(self, images: np.ndarray, outputs: tuple[str, ...]) -> list[np.ndarray]:
        images = check_images(images)
        if images.ndim != 4 or images.shape[1:] != IMAGE:
            raise ModelError(
                f"The images have the shape {images.shape}; the networks take (n, 28, 28, 1)"
                f"{way_to_shape(images.shape)}."
            )
        if len(images):
            warn_inverted(images[:BATCH])
        parts = in_parts(lambda part: self._parts.run(outputs, images[part]), len(images), BATCH)
        return [np.concatenate(part) for part in zip(*parts, strict=True)]

    def _needed(self, logits: str) -> tuple[str, ...]:
        """Name what the graph must give for probabilities; a head takes the features, too."""
        return (logits,) if self.head is None else (logits, *self._seen(logits))

    @property
    def _n_layers(self) -> int:
        """Of how many layers its answers are made."""
        return 1 if self.head is None else len(self.head.layers)

    def _seen(self, logits: str) -> tuple[str, ...]:
        """Name the features by which an image is judged that is named by these logits."""
        return features_seen(logits, self._n_layers)

    def _probabilities(self, logits: np.ndarray, *features: np.ndarray) -> np.ndarray:
        if self.head is not None:
            known = [self.trained_on.index(name) for name in self.head.known]
            seen = _mean(features, len(self.head.layers))
            logits = self.head.log_probabilities(seen, logits[:, known])
        columns = [self.names.index(name) for name in self.categories]
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
        return self._run(noisy, DENOISED)[0]

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
        return self._probabilities(*self._run(images, self._needed("direct_logits")))

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Give what the classifier says of images before softmax, a number for each name (chapter 4).

        Parameters
        ----------
        images : ndarray, (n, 28, 28, 1)
            Images in [0, 1], white ink = 1.

        Returns
        -------
        ndarray of float32, (n, number of names that the network knows)
            Whatever the pipeline is restricted to.

        Raises
        ------
        ModelError
            If the shape is another.
        SettingError
            If the images are not in [0, 1]; it says how to bring them there.
        """
        return self._run(images, ("direct_logits",))[0]

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
        denoised, *found = self._run(noisy, ("denoised", *self._needed("logits")))
        return denoised, self._probabilities(*found)

    def features(
        self, images: np.ndarray, denoise: bool = False, layers: int | None = None
    ) -> np.ndarray:
        """Give what the classifier makes of images before it names them (chapter 7).

        Parameters
        ----------
        images : ndarray, (n, 28, 28, 1)
            Images in [0, 1], white ink = 1.
        denoise : bool
            Whether they are noisy. The features are then the mean of those of the image as it is and of
            the denoised one: a denoiser takes something away from things that it was not trained on,
            which the noisy image still has.
        layers : int, optional
            Of how many layers; as many as its head takes, without a head 1.

        Returns
        -------
        ndarray of float32, (n, m)
            What enters the classifier's last dense layer: of the shipped one 256 numbers of 0 or more. Of
            more layers, after these the mean of each map that the last pooling passes on, then of each
            that the one before passes on, and so on: 128, 32 and 16 more.

        Raises
        ------
        ModelError
            If the shape is another, or the graph has no such layer.
        SettingError
            If there are not so many layers to ask for.
        """
        if layers is None:
            layers = self._n_layers
        if layers not in range(1, self._parts.n_layers + 1):
            raise SettingError(
                f"These networks have features of 1 to {self._parts.n_layers} layers, not of {layers!r}."
            )
        found = self._run(images, features_seen("logits" if denoise else "direct_logits", layers))
        return _mean(found, layers)

    @cached_property
    def layers(self) -> tuple[int, ...]:
        """How many features each layer gives on which names are learned, the last first (chapter 7).

        Those that the background tells of; without one, all that there are.
        """
        if self.background is not None:
            told, n_layers = self.background.layers, self._parts.n_layers
            if len(told) > n_layers:
                raise ModelError(
                    f"{BACKGROUND} tells of {len(told)} layers, and the graph beside it has {n_layers}; "
                    "restore it, or remove it: only what is told from drawings of trained names needs it."
                )
            return told
        blank = np.zeros((1, *IMAGE), np.float32)
        every = [self.features(blank, layers=n + 1).shape[1] for n in range(self._parts.n_layers)]
        return tuple(np.diff(every, prepend=0).tolist())

    def answer(self, images: np.ndarray, denoise: bool = False) -> list[Answer]:
        """Name images, each with the runner-up, and say where none of the names fits (chapter 7).

        Parameters
        ----------
        images : ndarray, (n, 28, 28, 1)
            Images in [0, 1], white ink = 1.
        denoise : bool
            Whether they are noisy, to be denoised first.

        Returns
        -------
        list of Answer
            One an image.

        Raises
        ------
        ModelError
            If the shape is another, or the graph has no features to judge by.
        SettingError
            If the images are not in [0, 1]; it says how to bring them there.
        """
        logits = "logits" if denoise else "direct_logits"
        scores, *features = self._run(images, (logits, *self._seen(logits)))
        probabilities = self._probabilities(scores, *features)
        fits = self._fits(probabilities.argmax(axis=1), scores, features)
        answers = []
        for row, fitting in zip(probabilities, fits, strict=True):
            best, *rest = np.argsort(-row, kind="stable")[:2]
            answers.append(
                Answer(
                    category=self.categories[best],
                    probability=float(row[best]),
                    runner_up=self.categories[rest[0]] if rest else None,
                    runner_up_probability=float(row[rest[0]]) if rest else None,
                    among=len(row),
                    none_of_these=not fitting,
                )
            )
        return answers

    def _fits(
        self, best: np.ndarray, logits: np.ndarray, features: Sequence[np.ndarray]
    ) -> np.ndarray:
        """Say for each image whether the name that was found for it fits it, (n,) of bool."""
        known = self.trained_on if self.head is None else self.head.known
        columns = [self.trained_on.index(name) for name in self.categories if name in known]
        fits = np.ones(len(logits), bool)
        if columns:
            share = logsumexp(log_softmax(logits, axis=1)[:, columns], axis=1)
            fits &= share >= np.log(_LEAST_OF_CHANCE * len(columns) / len(self.trained_on))
            if self.background is not None:
                fits &= self.background.distances(features[0], columns) <= self.background.limit
        if self.head is None:
            return fits
        seen = _mean(features, len(self.head.layers))
        learned = np.array([name in self.head.categories for name in self.categories])
        chosen: np.ndarray = np.where(learned[best], self.head.fits(seen), fits)
        return chosen

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
            If the classifier was not trained on a category, or what is given is no name.
        """
        where = "among those that it was trained on or has learned"
        chosen = resolve_categories(categories, self.names, where, LEARN)
        restricted = replace(self, chosen=chosen)
        restricted.__dict__["_parts"] = self._parts  # loading the graph once is enough
        return restricted

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str] | None = None,
        categories: str | Iterable[str] | None = None,
        precision: str = "float32",
    ) -> Pipeline:
        """Load both networks after the hash agrees with the manifest (chapter 5).

        Parameters
        ----------
        folder : path, optional
            A folder written by `qdtools train` or `qdtools learn`, or the file of a head; the shipped
            weights by default. The graph that a head stands on is looked for in its folder, then in
            the folder of ``QD_MODELS_DIR``, then among the weights that ship.
        categories : str or iterable of str, optional
            Choose among these only.
        precision : str
            ``"float32"``, or ``"int8"`` or ``"float16"`` where `qdtools quantize` made such a graph
            (chapter 8).

        Returns
        -------
        Pipeline
            Ready to be called.

        Raises
        ------
        ModelError
            If a file is missing or its hash differs (nothing of it is read then), or the graph does
            not name as many categories as the manifest, or that of a head is nowhere.
        DataError
            If the classifier was not trained on a category.
        SettingError
            If `folder` is no path, there is no such precision, or these weights have no graph of it.
        """
        given = place_of(folder)
        head, folder = head_and_folder(given)
        manifest = read_manifest(folder)
        name, made_of = graph_of(precision, given, folder, manifest)
        graph = checked(folder, name, manifest, RESTORE if made_of is None else AGAIN_SMALLER)
        trained_on = tuple(manifest["categories"])
        pipeline = cls(graph, trained_on, None, head, folder, precision, made_of)
        pipeline._parts.check(folder, len(trained_on), name)
        if head is not None:
            pipeline._check_head(head, given)
        return pipeline if categories is None else pipeline.restrict(categories)

    def _check_head(self, head: Head, given: Path) -> None:
        """Refuse a head that says of the graph what is not so; its file may have any name."""
        name = repr(str(given if given.is_file() else given / HEAD))
        strange = [name for name in head.known if name not in self.trained_on]
        if strange:
            raise ModelError(
                f"{name} would answer {strange[0]!r} by its graph, which has no such name; learn again with "
                "`qdtools learn`."
            )
        n, blank = min(len(head.layers), self._parts.n_layers), np.zeros((1, *IMAGE), np.float32)
        found = [part.shape[1] for part in self._run(blank, features_seen("direct_logits", n))]
        if found != list(head.layers):
            raise ModelError(
                f"{name} takes {' + '.join(map(str, head.layers))} features, and its graph has "
                f"{' + '.join(map(str, found))}; "
                "learn again with `qdtools learn`."
            )


def check_pipeline(pipeline: object) -> None:
    """Refuse what is no pipeline, where one is to be given (chapter 5).

    Raises
    ------
    SettingError
        If it is none.
    """
    if not isinstance(pipeline, Pipeline):
        raise SettingError(
            f"{called(pipeline)} is no pipeline; give one, as `qd.Pipeline.load` or `qd.learn` gives it."
        )


def _mean(features: Sequence[np.ndarray], layers: int) -> np.ndarray:
    """Put the features of layers side by side; average those of the same images, seen in several ways."""
    ways = range(0, len(features), layers)
    mean: np.ndarray = np.mean(
        [np.concatenate(features[way : way + layers], axis=1) for way in ways], axis=0
    )
    return mean
