"""Writes what the playground page runs on: the networks as a script, and drawings to pick.

A page opened as a file may fetch nothing, so both are classic scripts. The graph of the networks
is rewritten as the few steps that the page's interpreter knows; what it does not know stops the
build, not the reader.
"""

import base64
import gzip
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from sphinx.errors import ExtensionError

# A step's spatial sizes are known before it runs, so that the page can lay out its memory.
SIDE = 28
ASSETS = "playground"
SCRIPTS = (
    "kernel.js",
    "network.js",
    "strokes.js",
    "noise.js",
    "filters.js",
    "pictures.js",
    "state.js",
    "networks.js",
    "drawings.js",
    "page.js",
)


def setup(app):
    app.add_config_value("playground_page", "", "html", [str])
    app.add_config_value("playground_model", "models/pipeline.onnx", "html", [str])
    app.add_config_value("playground_drawings", {}, "html", [dict])
    app.connect("builder-inited", write_data)
    app.connect("env-get-outdated", renew_page)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def has_page(app):
    page = app.config.playground_page
    return app.builder.format == "html" and page and Path(app.srcdir, f"{page}.md").exists()


def write_data(app):
    """Write the networks and the drawings to pick below _static."""
    if not has_page(app):
        return
    model = Path(app.srcdir) / app.config.playground_model
    if not model.is_file():
        raise ExtensionError(f"{app.config.playground_model} is missing: restore it from git")
    folder = Path(app.outdir) / "_static" / ASSETS
    folder.mkdir(parents=True, exist_ok=True)
    categories = json.loads(model.with_name("manifest.json").read_text("utf-8"))["categories"]
    write_script(folder / "networks.js", "networks", describe(onnx.load(model), categories))
    write_script(folder / "drawings.js", "drawings", drawings(app.config.playground_drawings))


def write_script(path, name, value):
    text = json.dumps(value, separators=(",", ":"))
    script = (
        "// What the playground runs on, made by the build.\n"
        f"(window.noisyPlayground ??= {{}}).{name} = {text};\n"
    )
    if not path.exists() or path.read_text("utf-8") != script:
        path.write_text(script, "utf-8")


def renew_page(app, env, added, changed, removed):
    """Write the page anew in each build: it names its scripts by their content."""
    return [app.config.playground_page] if has_page(app) else []


def add_files(app, pagename, templatename, context, doctree):
    """Load the scripts and the style on the playground's own page, and nowhere else."""
    if has_page(app) and pagename == app.config.playground_page:
        app.add_css_file(f"{ASSETS}/playground.css")
        for script in SCRIPTS:
            app.add_js_file(f"{ASSETS}/{script}", loading_method="defer")


def drawings(numbers_by_category):
    """Take drawings of the sample by category and number, as base64 of their 784 bytes."""
    import qdtools as qd

    sample = qd.load(list(numbers_by_category), source="sample")
    found = []
    for category, numbers in numbers_by_category.items():
        (name,) = qd.resolve_categories([category], sample.categories)
        pixels = sample.only(name).pixels
        for number in numbers:
            content = base64.b64encode(pixels[number].tobytes()).decode("ascii")
            found.append({"category": name, "number": number, "pixels": content})
    return found


def describe(model, categories):
    """Describe a graph as steps over images stored row by row, pixel by pixel, channel by channel."""
    graph = Graph(model.graph)
    for node in model.graph.node:
        convert = CONVERTERS.get(node.op_type)
        if convert is None:
            raise ExtensionError(f"the playground knows no {node.op_type}: add it to the page")
        convert(graph, node, {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute})
    return {
        "categories": categories,
        "inputs": {value.name: graph.values[value.name] for value in model.graph.input},
        "outputs": {value.name: graph.values[value.name] for value in model.graph.output},
        "shapes": graph.shapes,
        "steps": graph.steps,
        "weights": graph.weight_shapes,
        "content": packed(graph.weights),
    }


def packed(weights):
    """Pack weights as base64 of gzip of float16: all high bytes, which repeat, before all low bytes."""
    halves = np.concatenate([weight.ravel() for weight in weights]).astype("<f2")
    if not np.isfinite(halves).all():
        raise ExtensionError("a weight of the networks is no float16 number")
    low, high = halves.view(np.uint8).reshape(-1, 2).T
    content = gzip.compress(high.tobytes() + low.tobytes(), 9, mtime=0)
    return base64.b64encode(content).decode("ascii")


class Graph:
    """The steps found so far, and what each name of the graph stands for."""

    def __init__(self, graph):
        self.constants = {part.name: numpy_helper.to_array(part) for part in graph.initializer}
        self.steps, self.shapes = [], []
        self.weights, self.weight_shapes, self.weight_numbers = [], [], {}
        # The number of a value, and where its channels are: "last" or "first", None for vectors.
        self.values, self.channels = {}, {}
        for value in graph.input:
            self.new_value(value.name, (SIDE, SIDE, 1), "last")

    def new_value(self, name, shape, channels):
        self.values[name] = len(self.shapes)
        self.channels[name] = channels
        self.shapes.append([int(length) for length in shape])
        return self.values[name]

    def shape(self, name):
        return self.shapes[self.values[name]]

    def same(self, node, channels, shape=None):
        """Let a node's output be another name of its input: in this storage the bytes are the same."""
        source, name = node.input[0], node.output[0]
        if shape is None or shape == self.shape(source):
            self.values[name], self.channels[name] = self.values[source], channels
        else:
            raise ExtensionError(f"the playground cannot reshape {self.shape(source)} to {shape}")

    def weight(self, key, content):
        """Keep a constant once, however many steps use it."""
        if key not in self.weight_numbers:
            self.weight_numbers[key] = len(self.weights)
            self.weights.append(content)
            self.weight_shapes.append(list(content.shape))
        return self.weight_numbers[key]

    def add(self, node, op, inputs, shape, channels, **more):
        step = {"op": op, "in": [self.values[name] for name in inputs]}
        self.steps.append(step | {"out": self.new_value(node.output[0], shape, channels)} | more)


def cast(graph, node, options):
    graph.constants[node.output[0]] = graph.constants[node.input[0]]


def constant(graph, node, options):
    graph.constants[node.output[0]] = numpy_helper.to_array(options["value"])


def reshape(graph, node, options):
    height, width, channels = (*graph.shape(node.input[0]), 1, 1)[:3]
    target = [int(length) for length in graph.constants[node.input[1]][1:]]
    if graph.channels[node.input[0]] is None or len(target) == 1:
        graph.same(node, None)
    elif channels == 1 and target in ([1, height, width], [height, width, 1]):
        graph.same(node, "first" if target[0] == 1 else "last")
    else:
        raise ExtensionError(f"the playground cannot reshape {height, width, channels} to {target}")


def squeeze(graph, node, options):
    graph.same(node, None)


def transpose(graph, node, options):
    graph.same(node, {(0, 2, 3, 1): "last", (0, 3, 1, 2): "first"}[tuple(options["perm"])])


def window(graph, node, options, size, kernel):
    """Find the strides, the margins before and after, and the output's size of a sliding window."""
    strides = list(options.get("strides", [1, 1]))
    if any(length != 1 for length in options.get("dilations", [1, 1])):
        raise ExtensionError("the playground knows no dilated convolution")
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


def kernel_and_bias(graph, node, order):
    """Take over a convolution's weights, its kernel's axes in the order of the page's loops."""
    constants = [graph.constants[name] for name in node.input[1:3]]
    constants[0] = constants[0].transpose(order)
    parts = zip(("kernel", "bias"), node.input[1:3], constants, strict=False)  # some have no bias
    return {part: graph.weight(name, values) for part, name, values in parts}


def convolution(graph, node, options):
    source = node.input[0]
    kernel = graph.constants[node.input[1]]
    if options.get("group", 1) != 1:
        raise ExtensionError("the playground knows no grouped convolution")
    strides, pads, out = window(graph, node, options, graph.shape(source)[:2], kernel.shape[2:])
    more = {"strides": strides, "pads": pads, **kernel_and_bias(graph, node, (2, 3, 1, 0))}
    graph.add(node, "conv", [source], (*out, kernel.shape[0]), "first", **more)


def transposed_convolution(graph, node, options):
    source = node.input[0]
    kernel = graph.constants[node.input[1]]
    strides = list(options.get("strides", [1, 1]))
    pads = list(options.get("pads", [0, 0, 0, 0]))
    is_plain = options.get("auto_pad", b"NOTSET") == b"NOTSET" and "output_shape" not in options
    if not is_plain or any(options.get("output_padding", [0])) or options.get("group", 1) != 1:
        raise ExtensionError("the playground knows only plain transposed convolutions")
    out = [
        (graph.shape(source)[i] - 1) * strides[i] + kernel.shape[2 + i] - pads[i] - pads[i + 2]
        for i in range(2)
    ]
    more = {"strides": strides, "pads": pads, **kernel_and_bias(graph, node, (0, 2, 3, 1))}
    graph.add(node, "conv_transpose", [source], (*out, kernel.shape[1]), "first", **more)


def max_pool(graph, node, options):
    source, size = node.input[0], list(options["kernel_shape"])
    *area, channels = graph.shape(source)
    strides, pads, out = window(graph, node, options, area, size)
    more = {"size": size, "strides": strides, "pads": pads}
    graph.add(node, "max_pool", [source], (*out, channels), "first", **more)


def mean(graph, node, options):
    source = node.input[0]
    axes = options.get("axes")
    if axes is None and len(node.input) > 1:
        axes = graph.constants[node.input[1]]
    if axes is not None:
        expected = {"last": {1, 2}, "first": {2, 3}}[graph.channels[source]]
        if {int(axis) % 4 for axis in axes} != expected:
            raise ExtensionError(f"the playground knows no mean over the axes {list(axes)}")
    graph.add(node, "mean", [source], graph.shape(source)[-1:], None)


def dense(graph, node, options):
    source, name = node.input[:2]
    if options.get("alpha", 1) != 1 or options.get("beta", 1) != 1 or options.get("transA", 0):
        raise ExtensionError("the playground knows only plain products")
    matrix = graph.constants[name]
    more = {"kernel": graph.weight(name, matrix.T if options.get("transB", 0) else matrix)}
    if len(node.input) > 2:
        more["bias"] = graph.weight(node.input[2], graph.constants[node.input[2]])
    graph.add(node, "dense", [source], graph.weight_shapes[more["kernel"]][-1:], None, **more)


def add(graph, node, options):
    names = sorted(node.input, key=lambda name: name in graph.constants)
    source = names[0]
    channels = graph.channels[source]
    if names[1] not in graph.constants:
        if graph.shape(names[0]) != graph.shape(names[1]):
            raise ExtensionError("the playground adds only values of the same shape")
        graph.add(node, "add", names, graph.shape(source), channels)
        return
    content = graph.constants[names[1]]
    width = graph.shape(source)[-1]
    if content.size not in {1, width}:
        raise ExtensionError(f"the playground cannot add a constant of shape {content.shape}")
    row = np.broadcast_to(content.ravel(), width)
    bias = graph.weight(f"{names[1]} x {width}", row)
    graph.add(node, "add_row", [source], graph.shape(source), channels, bias=bias)


def simple(op):
    def convert(graph, node, options):
        source = node.input[0]
        graph.add(node, op, [source], graph.shape(source), graph.channels[source])

    return convert


CONVERTERS = {
    "Add": add,
    "Cast": cast,
    "Constant": constant,
    "Conv": convolution,
    "ConvTranspose": transposed_convolution,
    "Flatten": squeeze,
    "Gemm": dense,
    "GlobalAveragePool": mean,
    "Identity": lambda graph, node, options: graph.same(node, graph.channels[node.input[0]]),
    "MatMul": dense,
    "MaxPool": max_pool,
    "ReduceMean": mean,
    "Relu": simple("relu"),
    "Reshape": reshape,
    "Sigmoid": simple("sigmoid"),
    "Squeeze": squeeze,
    "Transpose": transpose,
}
