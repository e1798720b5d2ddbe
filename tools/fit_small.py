"""Fits the network of ``qdtools/drawings/small.py`` to strokes drawn small in many ways, into small.json.

It needs a folder of simplified strokes ``<category>.ndjson``. Each drawing is drawn as pictures of some 10 to
35 pixels a side, whose ink is then found as that of any small picture, and by the recipe of Google's bitmaps.
The network learns to draw the second from the first so that the shipped classifier answers alike.
"""

from __future__ import annotations

import argparse
import io
import json
from base64 import b64encode
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from tqdm import tqdm

import qdtools as qd
from qdtools.drawings import ink as found_ink
from qdtools.drawings import small
from qdtools.drawings.canvas import SIDE
from qdtools.drawings.stroke_files import read_strokes
from qdtools.drawings.surroundings import ink_mask

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Tasks in which pictures are drawn, each by a seed of its own, so that the number of processes matters not.
_PARTS = 30
#: Filters of each convolution but the last, pairs of them that are added to what they are given.
_WIDTH, _PAIRS = 32, 2
_BATCH, _RATE = 64, 3e-3
#: How much a difference of the classifier's answers weighs beside that of the pixels.
_NAMING = 0.1
#: Shares of pictures in grey levels, in two colours, shrunk from a large one, dithered.
_WAYS = (0.38, 0.3, 0.27, 0.05)
_FILTERS = (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BILINEAR)


class Pairs(NamedTuple):
    """Small pictures with the image that each should become."""

    boxes: np.ndarray
    sizes: np.ndarray
    bitmaps: np.ndarray


def draw_small(strokes: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a small picture in any way; how much each pixel is inked, in [0, 1]."""
    long = np.exp(rng.uniform(np.log(10), np.log(33)))
    if rng.random() < 0.45:  # the data's pen
        pen = long / 17 * np.exp(rng.normal(0, 0.12))
    else:
        pen = min(np.exp(rng.uniform(np.log(0.7), np.log(2.6))), long / 6)
    side = int(np.ceil(long / rng.uniform(0.75, 1))) + int(rng.integers(0, 2))
    way = rng.choice(4, p=_WAYS)
    zoom = max(8, 240 // side) if way == 2 else 8
    canvas = Image.new("L", (side * zoom, side * zoom))
    draw = ImageDraw.Draw(canvas)
    end = np.max([stroke.max(axis=1) for stroke in strokes], axis=0)
    scale = (long - pen) * zoom / 255
    corner = side * zoom / 2 - end * scale / 2 + rng.uniform(-0.5, 0.5, 2) * zoom
    thick = max(1, round(pen * zoom))
    for stroke in strokes:
        points = [tuple(point) for point in stroke.T * scale + corner]
        draw.line(points, fill=255, width=thick, joint="curve")
        half = thick / 2
        for x, y in (points[0], points[-1]):
            draw.ellipse([x - half, y - half, x + half, y + half], fill=255)
    if way == 2:
        picture = canvas.resize((side, side), _FILTERS[rng.integers(len(_FILTERS))])
    else:
        picture = canvas.reduce(zoom)
    if way == 3:
        picture = picture.convert("1").convert("L")
    inked = np.asarray(picture, float) / 255
    if way == 1:
        inked = (inked > rng.choice([0.5, 0.5, 0.35])).astype(float)
    if rng.random() < 0.1:
        file = io.BytesIO()
        quality = int(rng.integers(50, 95))
        Image.fromarray(np.uint8(255 - 255 * inked)).save(file, "JPEG", quality=quality)
        inked = 1 - np.asarray(Image.open(file), float) / 255
    return inked


def _draw_part(task: tuple[list[Path], int, list[int], set[bytes]]) -> Pairs:
    """Draw the drawings of some files, each so many times."""
    paths, times, seed, held_out = task
    rng = np.random.default_rng(seed)
    boxes, sizes, bitmaps = [], [], []
    for path in paths:
        for drawing in read_strokes(path):
            strokes = [np.asarray(stroke, float) for stroke in drawing]
            bitmap = qd.draw_strokes(strokes)
            if bitmap.tobytes() in held_out:
                continue
            for _ in range(times):
                inked = draw_small(strokes, rng)
                # The paper is known to be white, so only the ink's strength is to be found.
                ink, _ = found_ink.depart(-np.repeat(inked[..., None], 3, axis=2))
                if not ink_mask(ink).any() or not small.is_small(ink):
                    continue
                box, step, pen = small.on_the_canvas(ink)
                boxes.append(np.rint(255 * box).astype(np.uint8))
                sizes.append((step, pen))
                bitmaps.append(bitmap)
    return Pairs(np.array(boxes), np.array(sizes), np.array(bitmaps))


def draw_pairs(folder: Path, times: int, seed: int, held_out: Iterable[bytes] = ()) -> Pairs:
    """Draw each drawing of a folder of strokes so many times, but those whose bitmap is held out."""
    paths = sorted(folder.glob("*.ndjson"))
    tasks = [
        (paths[part::_PARTS], times, [seed, part], set(held_out))
        for part in range(min(_PARTS, len(paths)))
    ]
    with ProcessPoolExecutor() as pool:
        parts = list(tqdm(pool.map(_draw_part, tasks), "pictures", len(tasks), mininterval=10))
    return Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def held_out_of(folder: Path) -> set[bytes]:
    """Give the bitmaps of a folder that the shipped weights were not trained on."""
    config = qd.read_manifest()["config"]
    drawings = qd.load("all", source=folder)
    parts = drawings.split(config["validation"], config["test"], config["seed"])
    return {pixels.tobytes() for part in parts[1:] for pixels in part.pixels}


def fit(pairs: Pairs, epochs: int, seed: int) -> list[np.ndarray]:
    """Fit the network; gives kernels and biases by turns."""
    # Here, since the processes that draw need no TensorFlow.
    import tensorflow as tf

    from qdtools import keras

    keras.utils.set_random_seed(seed)
    network = _network(keras)
    classifier = qd.load_network("classifier")
    classifier.trainable = False
    first = np.r_[True, (pairs.bitmaps[1:] != pairs.bitmaps[:-1]).any(axis=(1, 2))]
    images = pairs.bitmaps[first, ..., None] / np.float32(255)
    answers = np.concatenate([classifier(images[i : i + 500]) for i in range(0, len(images), 500)])
    which = np.cumsum(first) - 1
    count = len(pairs.boxes)
    steps = max(1, epochs * count // _BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=_RATE, warmup_steps=max(1, steps // 20)
    )
    optimizer = keras.optimizers.Adam(rate)

    @tf.function
    def step(seen: Any, image: Any, answer: Any) -> Any:
        with tf.GradientTape() as tape:
            drawn = tf.nn.depth_to_space(network(seen), small.CELL)
            pixels = tf.reduce_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(labels=image, logits=drawn)
            )
            given = tf.nn.log_softmax(classifier(tf.sigmoid(drawn)))
            wanted = tf.nn.log_softmax(answer)
            naming = tf.reduce_mean(tf.reduce_sum(tf.exp(wanted) * (wanted - given), axis=-1))
            loss = pixels + _NAMING * naming
        weights = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return tf.stack([pixels, naming])

    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(count) for _ in range(epochs)])
    losses = []
    for number in tqdm(range(steps), "steps", mininterval=30):
        chosen = order[number * _BATCH : (number + 1) * _BATCH]
        seen = [small.looked_at(pairs.boxes[i] / 255, *pairs.sizes[i]) for i in chosen]
        of = which[chosen]
        losses.append(step(np.stack(seen), images[of], answers[of]).numpy())
    pixels, naming = np.mean(losses[-max(1, steps // 20) :], axis=0)
    print(f"in the last steps: cross-entropy of pixels {pixels:.4f}, of names {naming:.3f}")
    return network.get_weights()


def _network(keras: Any) -> Any:
    layers = keras.layers
    near_nothing = keras.initializers.VarianceScaling(0.1)

    def convolved(maps: Any, filters: int, **how: Any) -> Any:
        return layers.Conv2D(filters, 3, padding="same", **how)(maps)

    hidden = {"activation": "relu", "kernel_initializer": "he_normal"}
    cells, places = SIDE // small.CELL, (small.CELL * small.DENSE) ** 2
    seen = keras.Input((cells, cells, places + 2))
    maps = convolved(seen, _WIDTH, **hidden)
    for _ in range(_PAIRS):
        inner = convolved(maps, _WIDTH, **hidden)
        maps = layers.Add()([maps, convolved(inner, _WIDTH, kernel_initializer=near_nothing)])
    return keras.Model(seen, convolved(maps, small.CELL**2))


def write(weights: list[np.ndarray], path: Path) -> None:
    """Write kernels and biases, in 16 bits each, as text that the page reads too."""
    layers = []
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        packed = kernel.astype("<f2").tobytes() + bias.astype("<f2").tobytes()
        layers.append({"out": len(bias), "weights": b64encode(packed).decode("ascii")})
    path.write_text(json.dumps({"layers": layers}, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Draw, fit, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of simplified strokes, a file a category")
    parser.add_argument(
        "--drawings",
        type=Path,
        help="bitmaps that the shipped weights were trained on; which of them were held out is held out here",
    )
    parser.add_argument("--times", type=int, default=4, help="pictures of each drawing")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(small.__file__).with_name("small.json"))
    args = parser.parse_args()
    held_out = held_out_of(args.drawings) if args.drawings else set()
    pairs = draw_pairs(args.folder, args.times, args.seed, held_out)
    print(f"{len(pairs.boxes)} pictures")
    write(fit(pairs, args.epochs, args.seed), args.out)


if __name__ == "__main__":
    main()
