"""Describes chapter 3's plain autoencoders as the steps that the pages' interpreter knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from page_networks import Weight, packed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Which of the lessons in models/lessons a page opens, by the name that it calls them.
AUTOENCODERS = {"autoencoder": "middle_32", "bottleneck": "middle_2"}
#: The layers of qdtools.training.networks.build_autoencoder: a kind of step with its activation.
AUTOENCODER = (
    *(("conv", "relu"), ("max_pool", None), ("conv", "relu"), ("max_pool", None), ("conv", "relu")),
    *(("upsample", None), ("conv", "relu"), ("upsample", None), ("conv", "sigmoid")),
)


def describe_autoencoder(weights: Sequence[Weight], side: int) -> dict[str, Any]:
    """Describe an autoencoder as `page_networks.describe` does a graph.

    Parameters
    ----------
    weights : sequence of ndarray
        The kernel, then the bias of each convolution, as Keras keeps them.
    side : int
        Pixels a side of an image.

    Returns
    -------
    dict
        What the type `Description` of web/lib/network.js holds.
    """
    kernels = iter(range(0, len(weights), 2))
    shapes, steps = [[side, side, 1]], []

    def add(op: str, shape: list[int], **more: Any) -> None:
        steps.append({"op": op, "in": [len(shapes) - 1], "out": len(shapes)} | more)
        shapes.append(shape)

    for op, activation in AUTOENCODER:
        height, width, channels = shapes[-1]
        if op == "conv":
            number = next(kernels)
            filters = int(weights[number].shape[-1])
            more = {"strides": [1, 1], "pads": [1, 1, 1, 1], "kernel": number, "bias": number + 1}
            add(op, [height, width, filters], **more)
        elif op == "max_pool":
            halves = [height // 2, width // 2, channels]
            add(op, halves, size=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0])
        else:
            add(op, [2 * height, 2 * width, channels], strides=[2, 2])
        if activation:
            add(activation, shapes[-1])
    return {
        "categories": [],
        "inputs": {"noisy": 0},
        "outputs": {"denoised": len(shapes) - 1},
        "shapes": shapes,
        "steps": steps,
        "weights": [list(weight.shape) for weight in weights],
        "content": packed(weights),
    }


def read_weights(path: Path) -> list[Weight]:
    """Read a network's weights in the order in which Keras gives them."""
    with np.load(path, allow_pickle=False) as stored:
        return [stored[key] for key in stored.files]
