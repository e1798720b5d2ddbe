"""The two networks chained: from noisy images to denoised ones with their names."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import threading
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError, Message
from onnx.shape_inference import infer_shapes
from onnx.utils import Extractor
from scipy.special import log_softmax, logsumexp, softmax

from . import settings
from ._checks import check_images, read_regular
from ._graphs import check_room
from ._parallel import in_parts
from .background import BACKGROUND, Background, read_background
from .drawings.canvas import IMAGE
from .drawings.categories import resolve_categories
from .errors import ModelError, SettingError
from .heads import HEAD, Head, parse_head, read_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: The way out where saved weights cannot be used.
RESTORE = "restore it, or train with `qdtools train`"
#: The way out where a smaller graph cannot be used.
AGAIN_SMALLER = "make it again with `qdtools quantize`, or load float32"
#: The way to a name that the networks do not know.
LEARN = "`qdtools learn FOLDER --out NEW` teaches new ones from a few drawings each"
#: Images a run; more is no faster, takes more memory and leaves fewer runs to go side by side.
_BATCH = 32
#: The file with the graph of both networks, which the pipeline runs.
GRAPH = "pipeline.onnx"
#: The file by the precision that its layers compute in: all but the first are made of the first.
PRECISIONS = {"float32": GRAPH, "float16": "pipeline.float16.onnx", "int8": "pipeline.int8.onnx"}
#: Where, in the folder of a head, the graph that it stands on lies, unless it is the shipped one.
GRAPH_FOLDER = "graph"
#: Bytes of a manifest, of a file of weights: ten times what the largest here have, and read no further.
MOST_MANIFEST, MOST_WEIGHTS = 6_000_000, 100_000_000
#: What each use of the graph needs of its outputs.
_DENOISED = ("denoised",)
#: What enters the dense layer that makes the logits, by the name that it goes by here.
_FEATURES = {"features": "logits", "direct_features": "direct_logits"}
#: By which features a head names an image that the graph names by these logits: their mean counts.
_SEEN = {"logits": ("features", "direct_features"), "direct_logits": ("direct_features",)}
#: Layers that may give features: the last, then maps that so many poolings before it pass on. With each of
#: the shipped three, digits that no benchmark scores on were told apart better when held out, clean or noisy;
#: the maps between the poolings, the image's and the denoised one's apart, or more copies added nothing.
_MOST_LAYERS = 4
#: A dense layer, as exporters write it.
_DENSE = {"MatMul", "Gemm"}
#: Where the chosen names together are less probable than this among all trained ones, none of them fits.
_LEAST_SHARE = 0.2


def _layer(name: str, n: int) -> str:
    """Name the features of the n-th layer before the last, as the last layer's are named."""
    return f"{name} {n}" if n else name


#: The names of all but the last layer's.
_EARLIER = {_layer(name, n) for name in _FEATURES for n in range(1, _MOST_LAYERS)}


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

    def check(self, folder: Path, n_categories: int, name: str = GRAPH) -> None:
        """Refuse a graph that takes or gives something else than a pipeline's of so many categories.

        Raises
        ------
        ModelError
            If it does, is no graph, takes weights from other files, which no hash covers, has steps that
            no network here has, or asks for more memory than is borne.
        """
        path = folder / name
        try:
            graph = self._model.graph
        except DecodeError as error:
            raise ModelError(f"{str(path)!r} is no ONNX graph; {RESTORE}.") from error
        if any(part.data_location == onnx.TensorProto.EXTERNAL for part in _tensors(self._model)):
            raise ModelError(
                f"{str(path)!r} takes weights from another file, which no hash covers; {RESTORE}."
            )
        image = f"float (n, {', '.join(map(str, IMAGE))})"
        logits = f"float (n, {n_categories})"
        wanted = {"noisy": image, "denoised": image, "logits": logits, "direct_logits": logits}
        found = {value.name: _described(value) for value in (*graph.input, *graph.output)}
        for end in sorted({*wanted, *found}):
            if found.get(end) != wanted.get(end):
                raise ModelError(
                    f"{str(folder / 'manifest.json')!r} names {n_categories} categories, whose graph has "
                    f"{end!r} as {wanted.get(end)}, and {name} beside it as {found.get(end)}; "
                    f"{RESTORE}."
                )
        try:
            check_room(graph, self._model.opset_import, _BATCH)
        except ModelError as error:
            raise ModelError(f"{str(path)!r} {error}; {RESTORE}.") from error

    def run(self, outputs: tuple[str, ...], images: np.ndarray) -> list[np.ndarray]:
        """Compute some outputs for images, and nothing that these do not need."""
        with self._lock:  # several threads may be the first to ask
            session = self._sessions.get(outputs)
            if session is None:
                session = self._sessions[outputs] = self._cut(outputs)
        try:
            found: list[np.ndarray] = session.run(self._named(outputs), {"noisy": images})
        except Exception as error:  # as in `_cut`
            raise ModelError(
                f"The graph of the networks cannot be run ({error}); {RESTORE}."
            ) from error
        if not all(np.isfinite(values).all() for values in found) and np.isfinite(images).all():
            raise ModelError(f"The networks answer what is no number; {RESTORE}.")
        # A map counts by its mean over all places.
        return [
            values.mean(axis=tuple(range(2, values.ndim)), dtype=np.float32)
            if name in _EARLIER
            else values
            for name, values in zip(outputs, found, strict=True)
        ]

    def _named(self, outputs: tuple[str, ...]) -> list[str]:
        """Name the values of the graph that are asked for."""
        # Walking through the graph is for those who ask for features.
        if not any(name in _FEATURES or name in _EARLIER for name in outputs):
            return list(outputs)
        return [self._features.get(name, name) for name in outputs]

    @cached_property
    def n_layers(self) -> int:
        """How many layers give features, the last among them."""
        return 1 + sum(
            all(_layer(name, n) in self._features for name in _FEATURES)
            for n in range(1, _MOST_LAYERS)
        )

    @cached_property
    def _features(self) -> dict[str, str]:
        """Name the values that give features: those of each layer, before each of the logits."""
        made_by = {name: node for node in self._model.graph.node for name in node.output}
        found = {}
        for ours, logits in _FEATURES.items():
            node = made_by.get(logits)
            # What may lie between: the bias that a dense layer without one is followed by, a change of type.
            while node is not None and node.op_type not in _DENSE:
                node = next((made_by[name] for name in node.input if name in made_by), None)
            if node is None:
                raise ModelError(
                    f"The graph of the networks makes its {logits!r} by no dense layer, so it has no "
                    "features to learn names on; take weights that `qdtools train` wrote."
                )
            found[ours] = name = node.input[0]
            n = 1
            # The image itself, denoised or not, is no layer of the classifier's.
            while name in made_by and name not in _DENOISED and n < _MOST_LAYERS:
                node = made_by[name]
                if node.op_type == "MaxPool":
                    found[_layer(ours, n)] = name
                    n += 1
                name = next((name for name in node.input if name in made_by), "")
        return found

    @cached_property
    def _opened(self) -> onnx.ModelProto:
        """The graph, which tells of the features, too: a part is cut out only by values it tells of."""
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        wanted = set(self._features.values())
        # Of which numbers they are: a smaller graph's maps may be 16-bit floats.
        told = infer_shapes(self._model).graph.value_info
        kinds = {value.name: value.type.tensor_type.elem_type for value in told}
        for name in wanted:
            kind = kinds.get(name) or onnx.TensorProto.FLOAT
            model.graph.value_info.append(onnx.helper.make_tensor_value_info(name, kind, None))
        return model

    def _cut(self, outputs: tuple[str, ...]) -> onnxruntime.InferenceSession:
        names = self._named(outputs)
        model = self._model if names == list(outputs) else self._opened
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Networks as small as these gain nothing from sharing out a layer; `in_parts` shares out images.
        options.intra_op_num_threads = 1
        try:
            part = Extractor(model).extract_model(["noisy"], names)
            return onnxruntime.InferenceSession(
                part.SerializeToString(),
                options,
                providers=["CPUExecutionProvider"],
                enable_fallback=0,  # there is no other to try, and trying says so on standard output
            )
        except Exception as error:  # ONNX Runtime's have no class in common that it documents
            raise ModelError(
                f"The graph of the networks cannot be run ({error}); {RESTORE}."
            ) from error


def _tensors(message: Message) -> Iterator[onnx.TensorProto]:
    """Find the tensors of a graph wherever they are: of its own, of its nodes, of graphs within."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        # Of the two kinds of field, one holds many.
        for one in [value] if isinstance(value, Message) else value:
            if isinstance(one, onnx.TensorProto):
                yield one
            elif isinstance(one, Message):
                yield from _tensors(one)


def _described(value: onnx.ValueInfoProto) -> str:
    """Say the type and the shape of an input or an output."""
    kind = value.type.WhichOneof("value")
    if kind != "tensor_type":
        return f"no tensor ({kind})"
    tensor = value.type.tensor_type
    axes = [str(axis.dim_value) for axis in tensor.shape.dim]
    if axes and axes[0] == "0":  # so many images as are given
        axes[0] = "n"
    try:
        numbers = onnx.TensorProto.DataType.Name(tensor.elem_type).lower()
    except ValueError:
        numbers = f"type {tensor.elem_type}"
    return f"{numbers} ({', '.join(axes)})"


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

    def _needed(self, logits: str) -> tuple[str, ...]:
        """Name what the graph must give for probabilities; a head takes the features, too."""
        return (logits,) if self.head is None else (logits, *self._seen(logits))

    @property
    def _n_layers(self) -> int:
        """Of how many layers its answers are made."""
        return 1 if self.head is None else len(self.head.layers)

    def _seen(self, logits: str) -> tuple[str, ...]:
        """Name the features by which an image is judged that is named by these logits."""
        return _seen(logits, self._n_layers)

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
        found = self._run(images, _seen("logits" if denoise else "direct_logits", layers))
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
            fits &= share >= np.log(_LEAST_SHARE * len(columns) / len(self.trained_on))
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
            If the classifier was not trained on a category.
        """
        where = "among those that it was trained on or has learned"
        chosen = resolve_categories(categories, self.names, where, LEARN)
        restricted = replace(self, chosen=chosen)
        restricted.__dict__["_parts"] = self._parts  # loading each once is enough
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
            If there is no such precision, or these weights have no graph of it.
        """
        folder = settings.models_dir() if folder is None else Path(folder)
        given = folder
        head, folder = _head_and_folder(folder)
        manifest = read_manifest(folder)
        name, made_of = _graph_of(precision, given, folder, manifest)
        graph = checked(folder, name, manifest, RESTORE if made_of is None else AGAIN_SMALLER)
        trained_on = tuple(manifest["categories"])
        pipeline = cls(graph, trained_on, None, head, folder, precision, made_of)
        pipeline._parts.check(folder, len(trained_on), name)
        if head is not None:
            pipeline._check_head(head)
        return pipeline if categories is None else pipeline.restrict(categories)

    def _check_head(self, head: Head) -> None:
        """Refuse a head that says of the graph what is not so."""
        strange = [name for name in head.known if name not in self.trained_on]
        if strange:
            raise ModelError(
                f"{HEAD} would answer {strange[0]!r} by its graph, which has no such name; "
                "learn again with `qdtools learn`."
            )
        n, blank = min(len(head.layers), self._parts.n_layers), np.zeros((1, *IMAGE), np.float32)
        found = [part.shape[1] for part in self._run(blank, _seen("direct_logits", n))]
        if found != list(head.layers):
            raise ModelError(
                f"{HEAD} takes {' + '.join(map(str, head.layers))} features, and its graph has "
                f"{' + '.join(map(str, found))}; "
                "learn again with `qdtools learn`."
            )


def _graph_of(
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


def _seen(logits: str, layers: int) -> tuple[str, ...]:
    """Name the features of so many layers, of each way that an image is seen."""
    return tuple(_layer(name, n) for name in _SEEN[logits] for n in range(layers))


def _mean(features: Sequence[np.ndarray], layers: int) -> np.ndarray:
    """Put the features of layers side by side; average those of the same images, seen in several ways."""
    ways = range(0, len(features), layers)
    mean: np.ndarray = np.mean(
        [np.concatenate(features[way : way + layers], axis=1) for way in ways], axis=0
    )
    return mean


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
    """
    return _head_and_folder(settings.models_dir() if folder is None else Path(folder))[1]


def _head_and_folder(path: Path) -> tuple[Head | None, Path]:
    """Read the head where weights are one; give the folder that holds the graph."""
    if path.is_file():
        head = read_head(path)
    elif _has_head(path):
        head = parse_head(checked(path, HEAD, own_manifest(path)), path / HEAD)
    else:
        return None, path
    own = path if path.is_dir() else path.parent
    for folder in (own / GRAPH_FOLDER, own, settings.models_dir(), settings.SHIPPED):
        if _holds(folder, head.graph):
            return head, folder
    raise ModelError(
        f"{str(path)!r} stands on a graph that is not here, with the SHA-256 {head.graph[:12]}…; name "
        f"the folder that holds this {GRAPH} in QD_MODELS_DIR, or learn again with `qdtools learn`."
    )


def _has_head(folder: Path) -> bool:
    """Whether there is anything by the name of a head: what cannot be read is refused, not passed over."""
    return os.path.lexists(folder / HEAD)


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
    """
    folder = settings.models_dir() if folder is None else Path(folder)
    manifest = own_manifest(folder)
    if not _has_head(folder):
        return manifest
    return own_manifest(graph_folder(folder)) | manifest


def own_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a folder itself, whatever it stands on (chapter 5)."""
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(read_regular(path, MOST_MANIFEST))
        weights, categories = manifest["weights"], manifest["categories"]
        if not (isinstance(weights, dict) and all(isinstance(w, dict) for w in weights.values())):
            raise TypeError("no weights")
        if not (
            isinstance(categories, list)
            and categories
            and all(isinstance(name, str) and name.isprintable() for name in categories)
        ):
            raise TypeError("no names of categories that can be printed")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            f"{str(path)!r} is missing or torn ({error}); restore it, or train with `qdtools train`."
        ) from error
    return manifest


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
