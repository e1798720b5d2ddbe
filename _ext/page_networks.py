"""Rewrites the ONNX graph of the networks as the few steps that the pages' interpreter knows.

What it does not know stops the build, not the reader: each step has its plan in web/lib/steps.js.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Sequence
from typing import Any, Literal, NoReturn

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from sphinx.errors import ExtensionError

#: Where the channels of a value are in the graph; None for one without.
Channels = Literal["first", "last"] | None
Options = dict[str, Any]
Weight = NDArray[Any]


def refuse(what: str) -> NoReturn:
    """Stop the build at what the pages' interpreter cannot do."""
    raise ExtensionError(f"the pages' networks {what}: add it to web/lib/steps.js")


def describe(model: onnx.ModelProto, categories: Sequence[str]) -> dict[str, Any]:
    """Describe a graph as steps over images stored row by row, pixel by pixel, channel by channel.

    Parameters
    ----------
    model : onnx.ModelProto
        Networks that take images of (n, height, width, channels), of which a page runs one at a time.
    categories : sequence of str
        What the places of the logits stand for.

    Returns
    -------
    dict
        What the type `Description` of web/lib/network.js holds.

    Raises
    ------
    ExtensionError
        If the graph has an operation that the pages' interpreter does not know.
    """
    graph = Graph(model.graph)
    for node in model.graph.node:
        convert = CONVERTERS.get(node.op_type)
        if convert is None:
            refuse(f"know no {node.op_type}")
        convert(graph, node, {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute})
    return {
        "categories": list(categories),
        "inputs": {value.name: graph.values[value.name] for value in model.graph.input},
        "outputs": {value.name: graph.values[value.name] for value in model.graph.output},
        "shapes": graph.shapes,
        "steps": graph.steps,
        "weights": graph.weight_shapes,
        "content": packed(graph.weights),
    }


def packed(weights: Sequence[Weight]) -> str:
    """Pack weights as base64 of gzip of float16: all high bytes, which repeat, before all low bytes."""
    halves = np.concatenate([weight.ravel() for weight in weights]).astype("<f2")
    if not np.isfinite(halves).all():
        raise ExtensionError("a weight of the networks is no float16 number")
    low, high = halves.view(np.uint8).reshape(-1, 2).T
    content = gzip.compress(high.tobytes() + low.tobytes(), 9, mtime=0)
    return base64.b64encode(content).decode("ascii")


class Graph:
    """The steps found so far, with what each name of the graph stands for."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.constants: dict[str, Weight] = {
            part.name: numpy_helper.to_array(part) for part in graph.initializer
        }
        self.steps: list[dict[str, Any]] = []
        self.shapes: list[list[int]] = []
        self.weights: list[Weight] = []
        self.weight_shapes: list[list[int]] = []
        self.weight_numbers: dict[str, int] = {}
        # The number of a value, where its channels are.
        self.values: dict[str, int] = {}
        self.channels: dict[str, Channels] = {}
        for value in graph.input:
            # Sizes are known before a step runs, so that the page can lay out its memory.
            _, *shape = (part.dim_value for part in value.type.tensor_type.shape.dim)
            self.new_value(value.name, shape, "last")

    def new_value(self, name: str, shape: Sequence[int], channels: Channels) -> int:
        self.values[name] = len(self.shapes)
        self.channels[name] = channels
        self.shapes.append([int(length) for length in shape])
        return self.values[name]

    def shape(self, name: str) -> list[int]:
        return self.shapes[self.values[name]]

    def same(self, node: onnx.NodeProto, channels: Channels) -> None:
        """Let a node's output be another name of its input: in this storage the bytes are the same."""
        source, name = node.input[0], node.output[0]
        self.values[name], self.channels[name] = self.values[source], channels

    def weight(self, key: str, content: Weight) -> int:
        """Keep a constant once, however many steps use it."""
        if key not in self.weight_numbers:
            self.weight_numbers[key] = len(self.weights)
            self.weights.append(content)
            self.weight_shapes.append(list(content.shape))
        return self.weight_numbers[key]

    def add(
        self,
        node: onnx.NodeProto,
        op: str,
        inputs: Sequence[str],
        shape: Sequence[int],
        channels: Channels,
        **more: int | list[int],
    ) -> None:
        """Add the step that a node is."""
        step: dict[str, Any] = {"op": op, "in": [self.values[name] for name in inputs]}
        self.steps.append(step | {"out": self.new_value(node.output[0], shape, channels)} | more)


def cast(graph: Graph, node: onnx.NodeProto, _options: Options) -> None:
    graph.constants[node.output[0]] = graph.constants[node.input[0]]


def constant(graph: Graph, node: onnx.NodeProto, options: Options) -> None:
    graph.constants[node.output[0]] = numpy_helper.to_array(options["value"])


def flatten(graph: Graph, node: onnx.NodeProto, _options: Options) -> None:
    height, width, channels = (*graph.shape(node.input[0]), 1, 1)[:3]
    # The pages keep a pixel's channels together, where such a graph keeps a channel's pixels together.
    if graph.channels[node.input[0]] == "first" and height * width > 1 and channels > 1:
        refuse(f"cannot flatten {height, width, channels} with the channels first")
    graph.same(node, None)


def reshape(graph: Graph, node: onnx.NodeProto, options: Options) -> None:
    height, width, channels = (*graph.shape(node.input[0]), 1, 1)[:3]
    target = [int(length) for length in graph.constants[node.input[1]][1:]]
    if graph.channels[node.input[0]] is None or len(target) == 1:
        flatten(graph, node, options)
    elif channels == 1 and target in ([1, height, width], [height, width, 1]):
        graph.same(node, "first" if target[0] == 1 else "last")
    else:
        refuse(f"cannot reshape {height, width, channels} to {target}")


def transpose(graph: Graph, node: onnx.NodeProto, options: Options) -> None:
    order = tuple(options["perm"])
    if order not in {(0, 2, 3, 1), (0, 3, 1, 2)}:
        refuse(f"know no transposition to {order}")
    graph.same(node, "last" if order == (0, 2, 3, 1) else "first")


def window(
    options: Options, size: Sequence[int], kernel: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    """Find a sliding window's strides, its margins before or after, the size of what it gives."""
    strides = list(options.get("strides", [1, 1]))
    if any(length != 1 for length in options.get("dilations", [1, 1])):
        refuse("know no dilated convolution")
    pads = list(options.get("pads", [0, 0, 0, 0]))
    automatic = options.get("auto_pad", b"NOTSET").decode()
    if automatic.startswith("SAME"):
        total = [
            max((-(-length // stride) - 1) * stride + reach - length, 0)
            for length, stride, reach in zip(size, strides, kernel, strict=True)
        ]
        less, more = [part // 2 for part in total], [part - part // 2 for part in total]
        pads = less + more if automatic == "SAME_UPPER" else more + less
    rounding = -1 if options.get("ceil_mode", 0) else 1
    out = [
        rounding * (rounding * (size[i] + pads[i] + pads[i + 2] - kernel[i]) // strides[i]) + 1
        for i in range(2)
    ]
    return strides, pads, out


def kernel_and_bias(graph: Graph, node: onnx.NodeProto, order: tuple[int, ...]) -> dict[str, int]:
    """Take over a convolution's weights, its kernel's axes in the order of the page's loops."""
    constants = [graph.constants[name] for name in node.input[1:3]]
    constants[0] = constants[0].transpose(order)
    parts = zip(("kernel", "bias"), node.input[1:3], constants, strict=False)  # some have no bias
    return {part: graph.weight(name, values) for part, name, values in parts}


def convolution(graph: Graph, node: onnx.NodeProto, options: Options) -> None:
    source = node.input[0]
    kernel = graph.constants[node.input[1]]
    if options.get("group", 1) != 1:
        refuse("know no grouped convolution")
    strides, pads, out = window(options, graph.shape(source)[:2], kernel.shape[2:])
    weights = kernel_and_bias(graph, node, (2, 3, 1, 0))
    shape = (*out, kernel.shape[0])
    graph.add(node, "conv", [source], shape, "first", strides=strides, pads=pads, **weights)


def transposed_convolution(graph: Graph, node: onnx.NodeProto, options: Options) -> None:
    source = node.input[0]
    kernel = graph.constants[node.input[1]]
    strides = list(options.get("strides", [1, 1]))
    pads = list(options.get("pads", [0, 0, 0, 0]))
    is_plain = options.get("auto_pad", b"NOTSET") == b"NOTSET" and "output_shape" not in options
    if not is_plain or any(options.get("output_padding", [0])) or options.get("group", 1) != 1:
        refuse("know only plain transposed convolutions")
    out = [
        (graph.shape(source)[i] - 1) * strides[i] + kernel.shape[2 + i] - pads[i] - pads[i + 2]
        for i in range(2)
    ]
    weights = kernel_and_bias(graph, node, (0, 2, 3, 1))
    shape = (*out, kernel.shape[1])
    graph.add(
        node, "conv_transpose", [source], shape, "first", strides=strides, pads=pads, **weights
    )


def max_pool(graph: Graph, node: onnx.NodeProto, options: Options) -> None:
    source, size = node.input[0], list(options["kernel_shape"])
    *area, channels = graph.shape(source)
    strides, pads, out = window(options, area, size)
    more = {"size": size, "strides": strides, "pads": pads}
    graph.add(node, "max_pool", [source], (*out, channels), "first", **more)


def mean(graph: Graph, node: onnx.NodeProto, options: Options) -> None:
    source = node.input[0]
    axes = options.get("axes")
    if axes is None and len(node.input) > 1:
        axes = graph.constants[node.input[1]]
    if axes is not None:
        expected = {1, 2} if graph.channels[source] == "last" else {2, 3}
        if {int(axis) % 4 for axis in axes} != expected:
            refuse(f"know no mean over the axes {list(axes)}")
    graph.add(node, "mean", [source], graph.shape(source)[-1:], None)


def dense(graph: Graph, node: onnx.NodeProto, options: Options) -> None:
    source, name = node.input[:2]
    if options.get("alpha", 1) != 1 or options.get("beta", 1) != 1 or options.get("transA", 0):
        refuse("know only plain products")
    matrix = graph.constants[name]
    more = {"kernel": graph.weight(name, matrix.T if options.get("transB", 0) else matrix)}
    if len(node.input) > 2:
        more["bias"] = graph.weight(node.input[2], graph.constants[node.input[2]])
    graph.add(node, "dense", [source], graph.weight_shapes[more["kernel"]][-1:], None, **more)


def add(graph: Graph, node: onnx.NodeProto, _options: Options) -> None:
    names = sorted(node.input, key=lambda name: name in graph.constants)
    source = names[0]
    channels = graph.channels[source]
    if names[1] not in graph.constants:
        if graph.shape(names[0]) != graph.shape(names[1]):
            refuse("add only values of the same shape")
        graph.add(node, "add", names, graph.shape(source), channels)
        return
    content = graph.constants[names[1]]
    width = graph.shape(source)[-1]
    if content.size not in {1, width}:
        refuse(f"cannot add a constant of shape {content.shape}")
    row = np.broadcast_to(content.ravel(), width)
    bias = graph.weight(f"{names[1]} x {width}", row)
    graph.add(node, "add_row", [source], graph.shape(source), channels, bias=bias)


def identity(graph: Graph, node: onnx.NodeProto, _options: Options) -> None:
    graph.same(node, graph.channels[node.input[0]])


Convert = Callable[[Graph, onnx.NodeProto, Options], None]


def simple(op: str) -> Convert:
    def convert(graph: Graph, node: onnx.NodeProto, _options: Options) -> None:
        source = node.input[0]
        graph.add(node, op, [source], graph.shape(source), graph.channels[source])

    return convert


#: How each operation of a graph is rewritten; another is one more entry, with its plan for the pages.
CONVERTERS: dict[str, Convert] = {
    "Add": add,
    "Cast": cast,
    "Constant": constant,
    "Conv": convolution,
    "ConvTranspose": transposed_convolution,
    "Flatten": flatten,
    "Gemm": dense,
    "GlobalAveragePool": mean,
    "Identity": identity,
    "MatMul": dense,
    "MaxPool": max_pool,
    "ReduceMean": mean,
    "Relu": simple("relu"),
    "Reshape": reshape,
    "Sigmoid": simple("sigmoid"),
    "Squeeze": flatten,
    "Transpose": transpose,
}
