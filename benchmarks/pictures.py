"""Measures how many drawings keep their name, whatever stands around them on a picture.

Drawings of the sample, which the shipped weights never met, are enlarged to pictures: alone on a sheet, in
a frame, on ruled paper, on a table and so on, as tools/scenes.py makes them, or drawn as small as icons are.
A name is kept where the picture is named as the one with the drawing alone. The last rows are to hold these
against: the data's own bitmap of 28 x 28 pixels, which is all that the redrawing of a small picture could
come to, and the drawing alone, as it was read, changed by what the eye hardly sees.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy
from common import guarded, report, shipped_focus

import qdtools as qd

if TYPE_CHECKING:
    from collections.abc import Callable

TOOLS = Path(__file__).resolve().parent.parent / "tools"

OWN_BITMAP = "the data's own bitmap"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--drawings", type=int, default=50, help="of each kind of picture; half are of the focus"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the choice and of the pictures")
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()
    if args.drawings < 2:
        raise qd.SettingError("--drawings takes a whole number; give at least 2.")

    sys.path.append(str(TOOLS))
    from brought import BROUGHT
    from scenes import SURROUNDINGS
    from small_pictures import SMALL_SIZES

    focus = shipped_focus()
    everything = qd.load("all", source="sample")
    rng = np.random.default_rng(args.seed)
    in_focus = np.isin(everything.labels, [everything.categories.index(name) for name in focus])
    half = args.drawings // 2
    chosen = np.concatenate(
        [
            rng.choice(np.nonzero(in_focus)[0], half, replace=False),
            rng.choice(len(everything), args.drawings - half, replace=False),
        ]
    )
    drawings = everything[chosen]
    among = {
        "all": qd.Pipeline.load(categories="all"),
        "the focus": qd.Pipeline.load(categories=focus),
    }
    rows, alone, as_read = [], None, drawings.images
    kinds = SURROUNDINGS | BROUGHT | SMALL_SIZES
    for number, kind in enumerate([*kinds, OWN_BITMAP, *UNSEEN]):
        images, read, said = drawings.images, np.ones(len(drawings), bool), 0.0
        if kind in kinds:
            images, read, said = read_all(kinds[kind], drawings, [args.seed, number])
        elif kind in UNSEEN:
            images = UNSEEN[kind](as_read)
        named = among["all"].classify(images).argmax(axis=1)
        if alone is None:  # the first kind is the drawing alone
            alone, as_read = named, images
        kept = read & (named == alone)
        names = np.array(everything.categories)[drawings.labels[:half]]
        best = among["the focus"].classify(images[:half]).argmax(axis=1)
        right = read[:half] & (np.array(focus)[best] == names)
        rows.append(
            {
                "on the picture": kind,
                f"name kept, among {len(among['all'].categories)}": str(qd.Share.of(kept)),
                f"named right, among {len(focus)}": str(qd.Share.of(right)),
                "something left out": f"{said:.0%}",
                "refused": f"{np.mean(~read):.0%}",
                "n": f"{len(kept)} and {len(right)}",
            }
        )
    report("pictures", rows, args.save)


def read_all(
    make: Callable, drawings: qd.Drawings, seed: list[int]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Read a picture of each drawing: images, which were read, and of what share something was left out.

    A picture that is refused stands as a blank image: its drawing has not kept its name.
    """
    from scenes import ink_of_bitmap

    images, said = np.zeros_like(drawings.images), 0
    read = np.ones(len(drawings), bool)
    for number, bitmap in enumerate(drawings.pixels):
        picture = make(ink_of_bitmap(bitmap), np.random.default_rng([*seed, number]))
        try:
            reading = qd.read_picture(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
        except qd.ImageError:
            read[number] = False
            continue
        images[number] = reading.image
        said += bool(reading.left_out)
    return images, read, said / len(images)


def moved(images: np.ndarray, turn: float = 0, by: float = 0) -> np.ndarray:
    """Turn images around their middle by an angle in radians, then move them down and right by pixels."""
    middle = (images.shape[1] - 1) / 2
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    start = middle - matrix @ np.full(2, middle + by)
    planes = [
        scipy.ndimage.affine_transform(image[..., 0], matrix, start, order=1) for image in images
    ]
    return np.stack(planes)[..., None]


#: What the eye hardly sees on an image, each of all images.
UNSEEN: dict[str, Callable] = {
    "alone, moved by a quarter of a pixel": lambda images: moved(images, by=0.25),
    "alone, turned by 3 degrees": lambda images: moved(images, turn=np.deg2rad(3)),
    "alone, with noise of 0.1": lambda images: qd.add_noise(images, 0.1, seed=0),
}


if __name__ == "__main__":
    guarded(main)
