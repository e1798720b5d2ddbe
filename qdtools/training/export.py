"""Trained networks made ready to be carried: normalisation folded in, weights halved, one ONNX graph."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx

from ..drawings.canvas import IMAGE
from ._keras import keras

layers = keras.layers

#: The newest operator set that tf2onnx writes.
_OPSET = 18
#: Arrays of fewer numbers are shapes and scalars of the graph, not weights.
_FEWEST_WEIGHTS = 16


def fold_normalization(trained: keras.Model, plain: keras.Model) -> keras.Model:
    """Fold batch normalisation into the convolutions before it (chapter 4).

    Once trained, ``gamma (w * x - mean) / std + beta`` is one convolution with other weights
    (Jacob et al. 2018, section 3.2); nothing about the answers changes.

    Parameters
    ----------
    trained : keras.Model
        Each batch normalisation directly follows a convolution without bias.
    plain : keras.Model
        The same network built without normalisation; receives the weights.

    Returns
    -------
    keras.Model
        `plain`.
    """
    normalizations = [
        each for each in trained.layers if isinstance(each, layers.BatchNormalization)
    ]
    after = iter(normalizations)
    weights = []
    for layer in trained.layers:
        if isinstance(layer, layers.Conv2D) and normalizations:
            norm = next(after)
            gamma, beta, mean, variance = norm.get_weights()
            factor = gamma / np.sqrt(variance + norm.epsilon)
            weights += [layer.get_weights()[0] * factor, beta - mean * factor]
        elif not isinstance(layer, layers.BatchNormalization | layers.Dropout):
            weights += layer.get_weights()
    plain.set_weights(weights)
    return plain


def round_to_float16(model: keras.Model) -> keras.Model:
    """Round each weight to the nearest 16-bit float, in which the graph stores it (chapter 5)."""
    model.set_weights([w.astype(np.float16).astype(np.float32) for w in model.get_weights()])
    return model


def export_graph(denoiser: keras.Model, classifier: keras.Model) -> bytes:
    """Write both networks as one ONNX graph (chapter 5).

    Parameters
    ----------
    denoiser : keras.Model
        Images (n, 28, 28, 1) to images.
    classifier : keras.Model
        Images to logits (n, n_categories).

    Returns
    -------
    bytes
        A graph from ``noisy`` to ``denoised``, to the ``logits`` of the denoised images and to the
        ``direct_logits`` of the noisy ones. Weights that 16-bit floats hold exactly are stored so.
    """
    noisy = keras.Input(IMAGE, name="noisy")
    denoised = denoiser(noisy)
    outputs = {
        "denoised": denoised,
        "logits": classifier(denoised),
        "direct_logits": classifier(noisy),
    }
    chain = keras.Model(noisy, outputs)
    chain(np.zeros((1, *IMAGE), np.float32))  # Keras exports only what was called once
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pipeline.onnx"
        with warnings.catch_warnings():
            # tf2onnx asks numpy for names that were given up, which is no business of who trains.
            warnings.filterwarnings("ignore", "In the future `np[.]", FutureWarning)
            chain.export(path, format="onnx", opset_version=_OPSET, verbose=False)
        graph = onnx.load(path)
    _halve(graph)
    onnx.checker.check_model(graph, full_check=True)
    content: bytes = graph.SerializeToString()
    return content


def _halve(graph: onnx.ModelProto) -> None:
    """Store weights as float16, each followed by a cast that the runtime does once, while loading."""
    casts = []
    for stored in graph.graph.initializer:
        weights = onnx.numpy_helper.to_array(stored)
        if weights.dtype != np.float32 or weights.size < _FEWEST_WEIGHTS:
            continue
        half = weights.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), weights):
            continue
        name = stored.name
        stored.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}.float16"))
        casts.append(
            onnx.helper.make_node("Cast", [f"{name}.float16"], [name], to=onnx.TensorProto.FLOAT)
        )
    for cast in reversed(casts):
        graph.graph.node.insert(0, cast)
