"""Runs the graph of both networks, for each use no more than the part that it needs."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError, Message
from onnx.shape_inference import infer_shapes
from onnx.utils import Extractor

from ._graphs import check_room
from .drawings.canvas import IMAGE
from .errors import ModelError
from .manifests import GRAPH, RESTORE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Images a run; more is no faster, takes more memory and leaves fewer runs to go side by side.
BATCH = 32
#: What denoising needs of the outputs of the graph.
DENOISED = ("denoised",)
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


def _layer(name: str, n: int) -> str:
    """Name the features of the n-th layer before the last, as the last layer's are named."""
    return f"{name} {n}" if n else name


#: The names of all but the last layer's.
_EARLIER = {_layer(name, n) for name in _FEATURES for n in range(1, _MOST_LAYERS)}


def features_seen(logits: str, layers: int) -> tuple[str, ...]:
    """Name the features of so many layers, of each way that an image is seen."""
    return tuple(_layer(name, n) for name in _SEEN[logits] for n in range(layers))


class Graph:
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
            check_room(graph, self._model.opset_import, BATCH)
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
            while name in made_by and name not in DENOISED and n < _MOST_LAYERS:
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
