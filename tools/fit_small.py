"""Fits the regression of ``qdtools/drawings/small.py`` to strokes drawn small in many ways, into small.json.

It needs a folder of simplified strokes ``<category>.ndjson``. Each drawing is drawn as a picture of 12 to 72
pixels a side, whose ink is then found as that of any picture, and by the recipe of Google's bitmaps.

The weights that ship were fitted to as many such pictures, by the same layers and settings, in a draft of
this script whose pictures were drawn a little otherwise: run again, it gives others, to be measured first.
"""

from __future__ import annotations

import argparse
import io
import json
from base64 import b64encode
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw
from scenes import ink_of_strokes
from small_pictures import WAYS
from tqdm import tqdm

import qdtools as qd
from qdtools.drawings import pictures, small
from qdtools.drawings.opening import open_picture
from qdtools.drawings.stroke_files import read_strokes

if TYPE_CHECKING:
    from doodles import Strokes

#: Drawings of each category that are kept for choosing between networks.
_HELD_OUT = 20
_BATCH = 64
#: Tasks in which pictures are drawn.
_PARTS = 8


def jagged(strokes: Strokes, side: int, pen: float, size: float) -> np.ndarray:
    """Draw lines of whole pixels, as paint programs without smooth edges do."""
    canvas = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(canvas)
    end = np.max([stroke.max(axis=1) for stroke in strokes], axis=0)
    scale = (size * side - pen) / 255
    for stroke in strokes:
        places = np.rint(stroke.T * scale + (side - 1 - end * scale) / 2)
        points = [tuple(place) for place in places]
        if len(points) == 1:
            draw.point(points, fill=0)
        else:
            draw.line(points, fill=0, width=max(1, round(pen)))
    return np.asarray(canvas)


def draw_small(strokes: Strokes, rng: np.random.Generator) -> np.ndarray:
    """Draw a small picture in any way."""
    side = round(np.exp(rng.uniform(np.log(12), np.log(72))))
    pen = int(rng.integers(1, 1 + max(1, min(3, side // 8))))
    size = rng.uniform(0.75, 1)
    kind = rng.choice(["grey", "two colours", "jagged", "shrunk"])
    if kind == "jagged":
        picture = jagged(strokes, side, pen, size)
    else:
        wide = rng.choice([0.0225, 0.035]) * side if kind == "shrunk" else pen
        picture = WAYS[kind](ink_of_strokes(strokes), side, wide, size)
    if rng.random() < 0.15:
        picture = np.uint8(220 - 0.6 * (255 - picture))
    if rng.random() < 0.1:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=int(rng.integers(50, 95)))
        picture = np.asarray(Image.open(file))
    return 255 - picture if rng.random() < 0.5 else picture


def read_pairs(folder: Path, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw so many small pictures: what the network sees of each, and the recipe's image."""
    known = [list(read_strokes(path))[:-_HELD_OUT] for path in sorted(folder.glob("*.ndjson"))]
    rng = np.random.default_rng(seed)
    seen, recipe = [], []
    while len(seen) < count:
        of_category = known[rng.integers(len(known))]
        strokes = [np.asarray(one, float) for one in of_category[rng.integers(len(of_category))]]
        try:
            found = pictures._find(open_picture(draw_small(strokes, rng)))  # noqa: SLF001
        except qd.ImageError:  # nothing is left of it
            continue
        seen.append(small.looked_at(found.ink))
        recipe.append(qd.draw_strokes(strokes))
    return np.stack(seen), np.stack(recipe)[..., None] / np.float32(255)


def read_many(folder: Path, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw so many by several processes, each by a seed of its own."""
    with ProcessPoolExecutor() as pool:
        tasks = [
            pool.submit(read_pairs, folder, count // _PARTS, [seed, part]) for part in range(_PARTS)
        ]
        parts = [task.result() for task in tqdm(tasks, "pictures", mininterval=10)]
    seen, recipe = (np.concatenate(both) for both in zip(*parts, strict=True))
    return seen, recipe


def main() -> None:
    """Fit, report, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=24_000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(small.__file__).with_name("small.json"))
    args = parser.parse_args()
    seen, recipe = read_many(args.folder, args.pictures, args.seed)

    # Here, since the processes that draw need no TensorFlow.
    from qdtools import keras

    keras.utils.set_random_seed(args.seed)
    layer = {"kernel_size": 3, "padding": "same"}
    hidden = {"activation": "relu", "kernel_initializer": "he_normal", **layer}
    network = keras.Sequential(
        [
            keras.Input(seen.shape[1:]),
            *(keras.layers.Conv2D(16, **hidden) for _ in range(4)),
            keras.layers.Conv2D(1, **layer),
        ]
    )
    steps = args.epochs * (len(seen) // _BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=4e-3, warmup_steps=steps // 20
    )
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(rate), loss)
    network.fit(
        seen, recipe, batch_size=_BATCH, epochs=args.epochs, validation_split=0.03, verbose=2
    )
    write(network, args.out)


def write(network: Any, path: Path) -> None:
    """Write kernels and biases, in 16 bits each, as text that the page reads too."""
    layers = []
    for layer in network.layers:
        kernel, bias = (weights.astype("<f2") for weights in layer.get_weights())
        packed = b64encode(kernel.tobytes() + bias.tobytes()).decode("ascii")
        layers.append({"out": len(bias), "weights": packed})
    path.write_text(json.dumps({"layers": layers}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
