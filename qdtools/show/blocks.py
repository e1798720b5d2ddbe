"""Reads a network as the blocks that a drawing of it shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: What a block can be, which decides its colour.
KINDS = ("input", "conv", "residual", "pool", "up", "dense", "other")

#: Layers that only change numbers in place are told with the block before them.
_NOTES = {"Activation", "BatchNormalization", "Dropout", "ReLU", "Softmax", "LeakyReLU"}
#: An addition that goes past at most so many blocks makes them a residual block.
_SHORT = 3


@dataclass(frozen=True)
class Block:
    """A part of a network as it is drawn.

    Attributes
    ----------
    words : tuple of str
        What it does, a line each.
    shape : tuple of int
        Of what comes out, without the batch: (height, width, channels) or (n,).
    kind : str
        One of `KINDS`.
    parameters : int or None
        How many numbers it learns, None if unknown.
    added : tuple of int
        Positions of the blocks whose output is added to, or put beside, this one's.
    """

    words: tuple[str, ...]
    shape: tuple[int, ...]
    kind: str = "other"
    parameters: int | None = None
    added: tuple[int, ...] = field(default=())


def blocks_of(network: Any) -> list[Block]:
    """Read a Keras model or a list of blocks.

    Raises
    ------
    SettingError
        If it is neither, or a block has a kind that does not exist.
    """
    if hasattr(network, "layers") and hasattr(network, "get_config"):
        return _folded(*_of_keras(network))
    if isinstance(network, list | tuple) and network:
        return [_given(number, *one) for number, one in enumerate(network)]
    raise SettingError(
        f"A {type(network).__name__} cannot be drawn as a network; hand in a Keras model, or a list "
        "of (words, shape, kind)."
    )


def _given(
    number: int, words: str, shape: Sequence[int], kind: str, added: Sequence[int] = ()
) -> Block:
    if kind not in KINDS:
        raise SettingError(f"There is no kind of block {kind!r}; choose one of {', '.join(KINDS)}.")
    if any(not 0 <= source < number for source in added):
        raise SettingError(f"Block {number} adds blocks {list(added)}, which must come before it.")
    return Block(tuple(words.split("\n")), tuple(shape), kind, None, tuple(added))


def _of_keras(model: Any) -> tuple[list[Block], list[list[int]]]:
    """Return a block a layer, and for each the positions of those that it takes from."""
    config = {one["config"]["name"]: one for one in model.get_config()["layers"]}
    layers = list(model.layers)
    places = {layer.name: number for number, layer in enumerate(layers)}
    blocks, sources = [], []
    for number, layer in enumerate(layers):
        inputs = [
            places[name]
            for name in _history(config[layer.name].get("inbound_nodes", []))
            if name in places
        ]
        blocks.append(_block(layer))
        # A sequential model says nothing of where its layers take from: the one before.
        sources.append(inputs or [number - 1] * (number > 0))
    if "Input" not in type(layers[0]).__name__:
        blocks.insert(0, Block(("input",), _shape(model.inputs[0]), "input", 0))
        sources = [[], *([source + 1 for source in one] or [0] for one in sources)]
        sources[1] = [0]
    return blocks, sources


def _history(nodes: Any) -> Iterator[str]:
    """Find the names of the layers that a layer's saved config takes from."""
    if isinstance(nodes, dict):
        if "keras_history" in nodes:
            yield nodes["keras_history"][0]
        for part in nodes.values():
            yield from _history(part)
    elif isinstance(nodes, list | tuple):
        for part in nodes:
            yield from _history(part)


def _shape(tensor: Any) -> tuple[int, ...]:
    return tuple(int(size or 0) for size in tensor.shape[1:])


def _block(layer: Any) -> Block:
    """Describe one layer of Keras by its own settings."""
    kind = type(layer).__name__
    shape = _shape(layer.output)
    n_parameters = layer.count_params()
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    said = [] if activation == "linear" else [{"relu": "ReLU"}.get(activation, activation)]
    if "Conv" in kind:
        size = " × ".join(map(str, layer.kernel_size))
        stride = [f"stride {layer.strides[0]}"] if layer.strides[0] > 1 else []
        transposed = "Transpose" in kind
        words = ["transposed", f"conv {size}"] if transposed else [f"conv {size}"]
        return Block((*words, *stride, *said), shape, "up" if transposed else "conv", n_parameters)
    if kind == "Dense":
        return Block(("dense", *said), shape, "dense", n_parameters)
    if kind == "InputLayer":
        return Block(("input",), shape, "input", 0)
    if "Global" in kind:
        return Block(("global mean",), shape, "pool", 0)
    if "Pooling" in kind:
        size = " × ".join(map(str, layer.pool_size))
        return Block((f"{'max' if 'Max' in kind else 'mean'} pool", size), shape, "pool", 0)
    if "UpSampling" in kind:
        return Block(("upsample", " × ".join(map(str, layer.size))), shape, "up", 0)
    if kind in _NOTES:
        note = {
            "Dropout": f"dropout {getattr(layer, 'rate', 0):g}",
            "BatchNormalization": "batch norm",
            "Activation": {"relu": "ReLU"}.get(activation, activation),
        }
        return Block((note.get(kind, kind.lower()),), shape, "note", n_parameters)
    if kind in {"Add", "Concatenate"}:
        return Block((kind.lower(),), shape, kind, n_parameters)
    return Block((kind.lower(),), shape, "other", n_parameters)


def _folded(blocks: list[Block], sources: list[list[int]]) -> list[Block]:
    """Fold notes, additions, residual blocks into the blocks that a reader thinks in."""
    out: list[Block] = []
    at: dict[int, int] = {}  # where the output of each layer is found among what is drawn
    for number, block in enumerate(blocks):
        taken = [at[source] for source in sources[number]]
        if block.kind == "note" and out:
            main = taken[0]
            before = out[main]
            n_parameters = (before.parameters or 0) + (block.parameters or 0)
            out[main] = replace(
                before, words=(*before.words, *block.words), parameters=n_parameters
            )
            at[number] = main
            continue
        if block.kind == "Add" and len(taken) == 2:
            main, other = max(taken), min(taken)
            inner = out[other + 1 : main + 1]
            like = {(one.kind, one.shape, one.added) for one in inner}
            same = like == {("conv", out[other].shape, ())}
            if same and main == len(out) - 1 and len(inner) <= _SHORT:
                del out[other + 1 :]
                _add_residual(out, inner, block)
                at = {layer: min(place, len(out) - 1) for layer, place in at.items()}
            else:
                out[main] = replace(out[main], added=(*out[main].added, other))
            at[number] = min(main, len(out) - 1)
            continue
        kind = block.kind if block.kind in KINDS else "other"
        extra = tuple(place for place in taken if place != len(out) - 1)
        out.append(replace(block, kind=kind, added=extra))
        at[number] = len(out) - 1
    return out


def _add_residual(out: list[Block], inner: list[Block], block: Block) -> None:
    """Put a residual block behind the others, or count it with an equal one before it."""
    n_parameters = sum(one.parameters or 0 for one in inner)
    one = inner[0].words[0]
    new = Block(("residual", f"{len(inner)} {one}"), block.shape, "residual", n_parameters)
    last = out[-1]
    times = int(last.words[2].split()[1]) if len(last.words) > 2 and last.kind == "residual" else 1
    is_equal = last.words[:2] == new.words and last.shape == new.shape and not last.added
    if is_equal and last.parameters == times * n_parameters:
        words = (*new.words, f"× {times + 1}")
        out[-1] = replace(new, words=words, parameters=(times + 1) * n_parameters)
    else:
        out.append(new)
