"""Tells what an ONNX graph asks of the machine before ONNX Runtime gives it."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from math import prod
from typing import TYPE_CHECKING

import onnx
from onnx.shape_inference import InferenceError, infer_shapes

from .errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: The steps that exporters write for layers as the networks have them, or for their smaller kinds. What
#: holds steps of its own (a loop, a function), or needs room that no shape tells of, is none of them.
_STEPS = frozenset(
    {
        "Add",
        "AveragePool",
        "BatchNormalization",
        "Cast",
        "Clip",
        "Concat",
        "Constant",
        "ConstantOfShape",
        "Conv",
        "ConvTranspose",
        "DequantizeLinear",
        "Div",
        "Expand",
        "Flatten",
        "Gather",
        "Gemm",
        "GlobalAveragePool",
        "Identity",
        "LeakyRelu",
        "MatMul",
        "MaxPool",
        "Mul",
        "Pad",
        "QuantizeLinear",
        "ReduceMean",
        "Relu",
        "Reshape",
        "Resize",
        "Shape",
        "Sigmoid",
        "Slice",
        "Softmax",
        "Squeeze",
        "Sub",
        "Tanh",
        "Tile",
        "Transpose",
        "Unsqueeze",
    }
)
#: Those that lay out, for each place of an image, what their weights reach there.
_WINDOWS = {"Conv": "output", "ConvTranspose": "input"}
#: Bytes of all values of a run together: seven times what the shipped graph takes, and what networks five
#: times as wide do, in whole numbers of 8 bits too. ONNX Runtime needs less, since it uses the room of a
#: value again that is no longer asked for.
MOST_BYTES = 500_000_000


def check_room(graph: onnx.GraphProto, opset: Sequence[onnx.OperatorSetIdProto], n: int) -> None:
    """Refuse a graph whose steps are strange, or whose values need more room than is borne.

    Parameters
    ----------
    graph : onnx.GraphProto
        Its inputs and outputs are those of a pipeline.
    opset : sequence of onnx.OperatorSetIdProto
        The versions of the steps.
    n : int
        Images of a run, at most.

    Raises
    ------
    ModelError
        With a sentence that has no end yet: the caller knows the file and the way out.
    """
    for node in graph.node:
        if node.op_type not in _STEPS or node.domain not in {"", "ai.onnx"}:
            raise ModelError(f"has a step {node.op_type[:40]!r}, which no network here has")
    shapes, room = {}, 0
    for name, value in _values(graph, opset, n):
        tensor = value.type.tensor_type
        axes = [axis.dim_value if axis.HasField("dim_value") else -1 for axis in tensor.shape.dim]
        if not tensor.HasField("shape") or min(axes, default=0) < 0:
            raise ModelError(f"has a value {name[:40]!r} of a size that cannot be told")
        shapes[name] = axes
        room += prod(axes) * _bytes_of(tensor.elem_type)
    for stored in graph.initializer:
        shapes[stored.name] = list(stored.dims)
    made = {name for node in graph.node for name in node.output if name}
    if not made <= shapes.keys():
        raise ModelError(
            f"has a value {min(made - shapes.keys())[:40]!r} of a size that cannot be told"
        )
    room += sum(_room_of_windows(node, shapes) for node in graph.node)
    if room > MOST_BYTES:
        raise ModelError(
            f"asks for {room:,} bytes of memory, more than the {MOST_BYTES:,} that are borne"
        )


def _values(
    graph: onnx.GraphProto, opset: Sequence[onnx.OperatorSetIdProto], n: int
) -> Iterator[tuple[str, onnx.ValueInfoProto]]:
    """Yield each value of a graph with what follows for it from the inputs and the weights alone."""
    model = onnx.helper.make_model(onnx.GraphProto(), opset_imports=opset)
    model.graph.CopyFrom(graph)
    # What the file says of its values may be untrue.
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    for given in model.graph.input:
        given.type.tensor_type.shape.dim[0].Clear()
        given.type.tensor_type.shape.dim[0].dim_value = n
    # Some tools append steps where they please; sizes can be told only in order.
    maker = {name: i for i, node in enumerate(graph.node) for name in node.output if name}
    needs = {
        i: {maker[name] for name in node.input if name in maker}
        for i, node in enumerate(graph.node)
    }
    try:
        order = list(TopologicalSorter(needs).static_order())
        del model.graph.node[:]
        model.graph.node.extend(graph.node[i] for i in order)
        found = infer_shapes(model, check_type=True, strict_mode=True, data_prop=True).graph
    except CycleError as error:
        raise ModelError("has a step that waits for itself") from error
    except (InferenceError, ValueError) as error:
        told = " ".join(str(error).split())[:200]
        raise ModelError(f"cannot be run ({told})") from error
    for value in (*found.input, *found.value_info, *found.output):
        yield value.name, value


def _bytes_of(kind: int) -> int:
    """Tell how many bytes a number of a type takes."""
    try:
        return int(onnx.helper.tensor_dtype_to_np_dtype(kind).itemsize)
    except KeyError as error:
        raise ModelError(f"has numbers of a type {kind}, which there is not") from error


def _room_of_windows(node: onnx.NodeProto, shapes: Mapping[str, list[int]]) -> int:
    """Count the bytes that a convolution needs besides its values, for one image."""
    side = _WINDOWS.get(node.op_type)
    if side is None:
        return 0
    places = shapes[node.output[0] if side == "output" else node.input[0]][2:]
    return 4 * prod(shapes[node.input[1]][1:]) * prod(places)
