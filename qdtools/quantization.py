"""Makes smaller graphs of trained networks: 16-bit floats, or 8-bit whole numbers."""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

from . import settings
from ._files import check_folder, check_new, json_of, new_folder, sha256_of, write_whole
from ._locks import sole_writer
from .background import BACKGROUND
from .drawings.strokes import draw_strokes
from .errors import ModelError, SettingError
from .heads import HEAD
from .manifests import GRAPH, GRAPH_FOLDER, PRECISIONS, checked, graph_folder, own_manifest
from .noise import MAX_LEVEL, gaussian
from .pipeline import Pipeline

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

#: Scribbles by which the range of each layer's values is found, and how many are run at once.
_SCRIBBLES, _AT_ONCE = 640, 64
#: What becomes whole numbers. Dense layers stay floats: they are a hundredth of the work, and names of
#: one's own are learned on what enters the last.
_WHOLE = ("Conv", "ConvTranspose", "Add", "Relu", "MaxPool")
_DENSE = ("MatMul", "Gemm")
#: Nodes between the last dense layer and the logits, or between the last convolution and the image.
_ENDS = ("Sigmoid", "Reshape", "Transpose", "Identity", "Softmax")


def quantize(
    models: str | os.PathLike[str] | None = None,
    precision: str = "int8",
    out: str | os.PathLike[str] | None = None,
) -> Path:
    """Write a smaller graph beside the graph of some weights, which stays as it is (chapter 8).

    ``int8`` is static quantization by ONNX Runtime's own quantizer, a scale a filter. How far the values
    between the layers reach is found on scribbles drawn at random under noise of all levels, so no
    drawing is needed, and none that anybody tests on is looked at. Weights have seven bits, sign included,
    of eight: sums of two products then fit into 16 bits on any processor.

    Parameters
    ----------
    models : path, optional
        As `Pipeline.load` takes it; the shipped weights by default.
    precision : str
        ``"int8"`` or ``"float16"``.
    out : path, optional
        A new folder, which receives the graph, the smaller one and what belongs to both. By default the
        smaller one goes into the folder of `models`; the shipped one is never written into.

    Returns
    -------
    Path
        The folder to load with this precision.

    Raises
    ------
    SettingError
        If there is no such precision, `out` is there already or can be nowhere, or it is not given for the
        shipped weights or a single file.
    ModelError
        If the weights are missing or altered, or cannot be made smaller.
    """
    if precision not in PRECISIONS or precision == "float32":
        raise SettingError(f"There is no smaller precision {precision!r}; choose int8 or float16.")
    given = settings.models_dir() if models is None else settings.expanded(models)
    if out is None and (given.is_file() or given.resolve() == settings.book_models_dir().resolve()):
        what = "a single file" if given.is_file() else "the shipped weights"
        raise SettingError(f"Nothing is written beside {what}; name a new folder with --out.")
    if out is None:
        check_folder(given)
    else:
        check_new(out)
    Pipeline.load(given)  # refuses what cannot be used
    source = graph_folder(given)
    manifest = own_manifest(source)
    graph = checked(source, GRAPH, manifest)
    try:
        small = _to_int8(graph) if precision == "int8" else _to_float16(graph)
    except Exception as error:  # those of the quantizer have no class in common
        raise ModelError(
            f"The graph in {str(source)!r} cannot be made {precision} ({error}); use it as it is."
        ) from error
    if out is None:
        place = given if source.resolve() == given.resolve() else given / GRAPH_FOLDER
        with sole_writer(place, "quantization"):
            _put(place, source, manifest, precision, small)
        return given
    with new_folder(out, "quantization") as made:
        place = made
        if given.is_file() or (given / HEAD).exists():
            place = made / GRAPH_FOLDER
            place.mkdir()
            _copy_head(given, made)
        _put(place, source, manifest, precision, small)
    return settings.expanded(out).absolute()


def _copy_head(given: Path, made: Path) -> None:
    """Take learned names along, with a manifest of their own."""
    head = given if given.is_file() else given / HEAD
    content = head.read_bytes()
    (made / HEAD).write_bytes(content)
    if given.is_dir():
        shutil.copyfile(given / "manifest.json", made / "manifest.json")
        return
    names = Pipeline.load(given).names
    manifest = {"weights": {HEAD: {"sha256": sha256_of(content)}}, "categories": names}
    write_whole(made / "manifest.json", json_of(manifest))


def _put(place: Path, source: Path, manifest: dict[str, Any], precision: str, small: bytes) -> None:
    """Put the smaller graph into a folder, the graph too where it is not there, the manifest last."""
    digest = manifest["weights"][GRAPH]["sha256"]
    try:
        found = own_manifest(place)
    except ModelError:
        found = {}
    if found.get("weights", {}).get(GRAPH, {}).get("sha256") != digest:
        write_whole(place / GRAPH, checked(source, GRAPH, manifest))
        if (source / BACKGROUND).is_file():
            write_whole(place / BACKGROUND, (source / BACKGROUND).read_bytes())
        found = manifest | {"weights": {GRAPH: manifest["weights"][GRAPH]}}
    name = PRECISIONS[precision]
    write_whole(place / name, small)
    entry = {"sha256": sha256_of(small), "made_of": digest}
    found = found | {"weights": found["weights"] | {name: entry}}
    write_whole(place / "manifest.json", json_of(found))


def _to_float16(graph: bytes) -> bytes:
    """Let all layers but the dense ones compute in 16-bit floats."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = _without_casts(onnx.load_model_from_string(graph), _WHOLE)
    small = convert_float_to_float16(model, keep_io_types=True, op_block_list=list(_DENSE))
    content: bytes = small.SerializeToString()
    return content


def _to_int8(graph: bytes) -> bytes:
    """Let the convolutions compute in 8-bit whole numbers, each value with a scale of its own."""
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    model = _without_casts(onnx.load_model_from_string(graph), _WHOLE)
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # it advises a step that these graphs have behind them
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "small.onnx"
            quantize_static(
                model,
                path,
                _Scribbles(),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=list(_WHOLE),
                per_channel=True,
                # Seven bits: see `quantize`.
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=_last_sums(model),
            )
            return path.read_bytes()
    finally:
        logging.disable(before)


def _last_sums(model: onnx.ModelProto) -> list[str]:
    """Name the sums from which an output is made without another layer: they stay floats."""
    made_by = {name: node for node in model.graph.node for name in node.output}
    found = []
    for output in model.graph.output:
        node = made_by.get(output.name)
        while node is not None and node.op_type in _ENDS:
            node = made_by.get(node.input[0])
        if node is not None and node.op_type == "Add":
            found.append(node.name)
    return found


def _without_casts(model: onnx.ModelProto, kinds: tuple[str, ...]) -> onnx.ModelProto:
    """Give layers of some kinds their weights as 32-bit floats, as the quantizer looks for them."""
    wanted = {name for node in model.graph.node if node.op_type in kinds for name in node.input}
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        if node.op_type == "Cast" and node.output[0] in wanted and node.input[0] in stored:
            tensor = stored[node.input[0]]
            weights = onnx.numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(weights, node.output[0]))
        else:
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model


class _Scribbles:
    """Gives the quantizer batches of noisy scribbles, as it asks for them."""

    def __init__(self) -> None:
        images = scribbles(_SCRIBBLES)
        rng = np.random.default_rng(1)
        levels = np.linspace(0, MAX_LEVEL, len(images))
        noisy = [gaussian(image, level, rng) for image, level in zip(images, levels, strict=True)]
        self._noisy = np.stack(noisy)
        self._batches = iter(self)

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        for start in range(0, len(self._noisy), _AT_ONCE):
            yield {"noisy": self._noisy[start : start + _AT_ONCE]}

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Give the next batch, or None after the last."""
        return next(self._batches, None)


def scribbles(n: int, seed: int = 0) -> np.ndarray:
    """Draw lines, zigzags and loops at random, with the pen of the data (chapter 8).

    Parameters
    ----------
    n : int
        How many images.
    seed : int
        The same seed gives the same images.

    Returns
    -------
    ndarray of float32, (n, 28, 28, 1)
        Images in [0, 1], white ink = 1.
    """
    rng = np.random.default_rng(seed)
    drawn = [draw_strokes(_strokes(rng)) for _ in range(n)]
    return np.stack(drawn)[..., None].astype(np.float32) / np.float32(255)


def _strokes(rng: np.random.Generator) -> list[list[list[float]]]:
    """Make one to six strokes: a loop, some corners, or a wandering line each."""
    strokes = []
    for _ in range(rng.integers(1, 7)):
        centre, kind = rng.uniform(30, 225, (2, 1)), rng.integers(3)
        if kind == 0:
            turn = rng.uniform(0, 6) + np.linspace(0, rng.uniform(2, 6.6), 20)
            line = centre + rng.uniform(10, 110, (2, 1)) * np.array([np.cos(turn), np.sin(turn)])
        elif kind == 1:
            line = rng.uniform(0, 255, (2, rng.integers(2, 7)))
        else:
            line = centre + rng.normal(0, 35, (2, rng.integers(4, 14))).cumsum(axis=1)
        strokes.append(np.clip(line, 0, 255))
    low = np.min([line.min(axis=1) for line in strokes], axis=0)[:, None]
    return [(line - low).tolist() for line in strokes]
