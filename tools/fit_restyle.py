"""Fits the regression of ``qdtools/drawings/restyle.py`` to strokes drawn both ways, into restyle.npz.

It needs a folder of simplified strokes ``<category>.ndjson``. Each drawing is drawn twice: thin, as the
npm sample draws it, and by the recipe of Google's bitmaps.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np
from tqdm import tqdm

from qdtools import draw_strokes
from qdtools.drawings import restyle
from qdtools.drawings.stroke_files import read_strokes

#: The patches of all drawings at once would take more memory than most machines have.
_PARTS = 40


def draw_thin(strokes: list[np.ndarray]) -> np.ndarray:
    """Draw strokes as the npm sample does: anti-aliased lines one pixel wide, added up to at most 1.

    Each segment steps along its longer axis and shares its ink between the two nearest pixels of the
    other (Wu, "An efficient antialiasing technique", 1991). The sample's own end points are brighter
    than Wu's, which is kept.
    """
    canvas = np.zeros((restyle.SIDE + 2, restyle.SIDE + 2))
    scale = restyle.SIDE / restyle.BOX
    for xs, ys in strokes:
        points = np.stack([xs, ys], axis=1) * scale
        for start, end in itertools.pairwise(points):
            if (start == end).all():
                continue
            steep = abs(end - start)[1] > abs(end - start)[0]
            (u0, v0), (u1, v1) = sorted(
                [tuple(p[::-1]) if steep else tuple(p) for p in (start, end)]
            )
            slope = (v1 - v0) / (u1 - u0)
            first, last = int(np.floor(u0 + 0.5)), int(np.floor(u1 + 0.5))
            along = np.arange(first + 1, last)
            v = v0 + slope * (along - u0)
            gaps = np.ones(len(along))
            ends = np.array([v0 + slope * (first - u0), v1 + slope * (last - u1)])
            end_gaps = np.array([1 - (u0 + 0.5) % 1, (u1 + 0.5) % 1])
            along = np.concatenate([along, [first, last]])
            v, gaps = np.concatenate([v, ends]), np.concatenate([gaps, end_gaps])
            below = np.floor(abs(v)).astype(int)
            for offset, ink in ((0, 1 - v % 1 * gaps), (1, v % 1 * gaps)):
                place = (along, below + offset) if steep else (below + offset, along)
                np.add.at(canvas, place, ink)
    return np.clip(canvas[: restyle.SIDE, : restyle.SIDE], 0, 1)


def read_pairs(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Read thin images, bitmaps, true extents in thin pixels and category indices of all strokes."""
    thin, bitmaps, ends, labels = [], [], [], []
    for index, path in enumerate(tqdm(sorted(folder.glob("*.ndjson")), "strokes")):
        for strokes in read_strokes(path):
            thin.append(draw_thin(strokes))
            bitmaps.append(draw_strokes(strokes).astype(np.float32))
            ends.append(np.max([stroke.max(axis=1) for stroke in strokes], axis=0))
            labels.append(index)
    scale = restyle.SIDE / restyle.BOX
    return np.array(thin), np.array(bitmaps), np.array(ends) * scale, np.array(labels)


def near_ink(
    thin: np.ndarray, bitmaps: np.ndarray, fitted: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return features and targets of the pixels that have any ink near them."""
    features = restyle.patches(thin, restyle.extents(thin, fitted)).reshape(-1, restyle.FEATURES)
    near = features[:, : (2 * restyle.REACH) ** 2].any(axis=1)
    return features[near].astype(np.float32), (bitmaps.ravel()[near] / 255).astype(np.float32)


def main() -> None:
    """Fit, report the error on categories held out, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(restyle.__file__).with_name("restyle.npz"))
    args = parser.parse_args()
    # Here, so that tests that draw as the sample does need not wait for TensorFlow.
    from qdtools import keras

    thin, bitmaps, ends, labels = read_pairs(args.folder)
    held_out = labels % 8 == 0
    fitted = {}
    for axis, name in ((2, "extent_x"), (1, "extent_y")):
        last, features = restyle.extent_features(thin, axis)
        true = ends[:, 2 - axis]
        known = ~held_out & (last < restyle.SIDE - 1)
        fitted[name] = np.linalg.lstsq(features[known], (true - last)[known], rcond=None)[0]

    parts = [
        near_ink(thin[chunk], bitmaps[chunk], fitted)
        for chunk in np.array_split(np.flatnonzero(~held_out), _PARTS)
    ]
    features, target = (np.concatenate(column) for column in zip(*parts, strict=True))

    keras.utils.set_random_seed(args.seed)
    network = keras.Sequential(
        [
            keras.Input((restyle.FEATURES,)),
            keras.layers.Dense(48, activation="relu"),
            keras.layers.Dense(24, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    batch_size = 8192
    steps = args.epochs * -(-len(target) // batch_size)
    rate = keras.optimizers.schedules.CosineDecay(4e-3, steps)
    network.compile(keras.optimizers.Adam(rate), "mean_absolute_error")
    network.fit(features, target, batch_size=batch_size, epochs=args.epochs, verbose=2)
    for number, layer in enumerate(network.layers):
        fitted[f"kernel_{number}"], fitted[f"bias_{number}"] = layer.get_weights()
    np.savez(args.out, **{name: value.astype(np.float32) for name, value in fitted.items()})

    restyle.fitted.cache_clear()
    if args.out == Path(restyle.__file__).with_name("restyle.npz"):
        error = abs(restyle.restyle(thin[held_out]) - bitmaps[held_out]).mean()
        print(f"mean absolute error on {held_out.sum()} held-out drawings: {error:.2f} of 255")


if __name__ == "__main__":
    main()
