"""Measures what each way to categories of one's own reaches on drawings that none of them has seen.

Two sets: four categories that the shipped weights know, 300 drawings each of a folder, scored on the
sample's drawings of them; ten that they do not, the handwritten digits that come with scikit-learn, 80
each, scored on the rest. Four ways: the whole command `qdtools train --from scratch`; the shipped weights
restricted, where all names are known; a head on their features, `qdtools learn`; and the whole command
`qdtools train`, which tunes them. Seconds are of the clock, with those of the processor beside, which
count what else the machine was doing less. Of each set the same unseen drawings are asked of every way,
so what a way buys is the difference. What is to be reached stands in `targets.json`.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from common import TARGETS, guarded, report, saved
from scipy.ndimage import gaussian_filter
from skimage.transform import resize
from sklearn.datasets import load_digits

import qdtools as qd

if TYPE_CHECKING:
    from collections.abc import Callable

FOUR = ("owl", "bicycle", "guitar", "cactus")
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
#: Drawings of each category that each way is given, its own held-out ones among them.
GIVEN = {"four known categories": 300, "ten digits": 80}
LEVELS = (0, 0.5, 1)
#: How often each unseen drawing is drowned.
DRAWS = 10
#: More alike than this, once blurred by a pixel, and a drawing of the sample is one of the folder in
#: another look; two different ones are less so.
TWINS = 0.985
COMMAND = "python benchmarks/tuning.py DIR --save"


class Set(NamedTuple):
    """Drawings to learn from, as a folder holds them, with unseen ones to score on."""

    given: qd.Drawings
    unseen: qd.Drawings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="folder of Google's .npy files")
    for what, known in {"ways": WAYS, "sets": SETS}.items():
        parser.add_argument(
            f"--{what}",
            nargs="+",
            choices=known,
            default=list(known),
            metavar="NAME",
            help=f"measure these {what} only, beside what was kept of the others: %(choices)s",
        )
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()

    wanted = {(of, way) for of in args.sets for way in args.ways}
    order = [(of, way) for of in SETS for way in WAYS]
    kept = saved("tuning")["reached"] if len(wanted) < len(order) else []
    reached = [found for found in kept if (found["set"], found["way"]) not in wanted]
    for of in args.sets:
        each = SETS[of](args.data_dir)
        found = [measured(of, way, each) for way in WAYS if way in args.ways]
        reached += [one for one in found if one]
    reached.sort(key=lambda found: order.index((found["set"], found["way"])))
    rows = [_row(found) for found in reached]
    asked = TARGETS["own_categories"]
    report("tuning", rows, args.save, command=COMMAND, draws=DRAWS, asked=asked, reached=reached)


def _row(found: dict) -> dict:
    """Word what a way reached."""
    return {
        "drawings": f"{found['set']}, {found['given']} each",
        "way": found["way"],
        **{
            f"level {level}": f"{share:.2%} ({low:.1%} to {high:.1%}){_asked(found, level, share)}"
            for level, share, (low, high) in zip(
                found["levels"], found["top1"], found["ci95"], strict=True
            )
        },
        "unseen drawings": found["n"],
        "seconds": found["seconds"],
        "CPU seconds": found["cpu_seconds"],
    }


def _asked(found: dict, level: float, share: float) -> str:
    """Say what was to be reached, and whether it was."""
    for target in TARGETS["own_categories"]:
        if all(target[key] == found[key] for key in ("set", "way")) and target["level"] == level:
            reached = "reached" if share >= target["at_least"] else "not reached"
            return f"; {target['at_least']:.1%} asked, {reached}"
    return ""


def four(data_dir: Path) -> Set:
    """Give known categories, with those of the sample that are not among them in another look."""
    given = qd.load(FOUR, source=data_dir, per_category=GIVEN["four known categories"])
    sample = qd.load(FOUR, source="sample")
    alike = _directions(sample) @ _directions(qd.load(FOUR, source=data_dir)).T
    return Set(given, sample[alike.max(axis=1) < TWINS])


def _directions(drawings: qd.Drawings) -> np.ndarray:
    """Give blurred drawings as vectors whose product is their correlation."""
    vectors = gaussian_filter(drawings.images[..., 0], (0, 1, 1)).reshape(len(drawings), -1)
    vectors -= vectors.mean(axis=1, keepdims=True)
    directions: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return directions


def digits(_data_dir: Path | None = None) -> Set:
    """Give digits, 8 x 8 pixels enlarged to 20 x 20 in the middle of 28 x 28."""
    found = load_digits()
    pixels = np.zeros((len(found.images), 28, 28), np.uint8)
    for image, small in zip(pixels, found.images, strict=True):
        image[4:24, 4:24] = np.rint(255 * resize(small / 16, (20, 20), order=1).clip(0, 1))
    all_of_them = qd.Drawings(pixels, found.target, DIGITS, "the digits of scikit-learn")
    order = np.random.default_rng(0).permutation(len(pixels))
    own = [order[found.target[order] == label] for label in range(len(DIGITS))]
    n = GIVEN["ten digits"]
    return Set(
        *(all_of_them[np.sort(np.concatenate(part))] for part in
          zip(*((each[:n], each[n:]) for each in own), strict=True))
    )  # fmt: skip


#: Every set by its name: what makes it of the folder.
SETS: dict[str, Callable[[Path], Set]] = {"four known categories": four, "ten digits": digits}


def trained(each: Set, *options: str) -> qd.Pipeline:
    """Run the whole command on a folder of the given drawings."""
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "data", Path(folder) / "out"
        data.mkdir()
        for name in each.given.categories:
            np.save(data / f"{name}.npy", each.given.only([name]).pixels)
        command = [sys.executable, "-m", "qdtools", "train", "--data-dir", data, "--out", out]
        subprocess.run([*command, "--categories", "all", *options], check=True, stdout=sys.stderr)
        return qd.Pipeline.load(out)


def restricted(each: Set) -> qd.Pipeline | None:
    """Restrict the shipped weights; None where a name is new to them."""
    pipeline = qd.Pipeline.load()
    known = set(each.given.categories) <= set(pipeline.trained_on)
    return pipeline.restrict(each.given.categories) if known else None


#: Every way to categories of one's own: what it makes of a set, None where it makes nothing.
WAYS: dict[str, Callable[[Set], qd.Pipeline | None]] = {
    "from scratch": lambda each: trained(each, "--from", "scratch"),
    "shipped": restricted,
    "head": lambda each: qd.learn(each.given, relearn=True),
    "tuned": trained,
}


def measured(of: str, way: str, each: Set) -> dict | None:
    """Take a way, score where it leads."""
    start, cpu = time.perf_counter(), _cpu_seconds()
    pipeline = WAYS[way](each)
    seconds, cpu = time.perf_counter() - start, _cpu_seconds() - cpu
    if pipeline is None:
        return None
    scores = qd.evaluate(
        pipeline, each.unseen, LEVELS, repeats=DRAWS, methods=["classifier", "pipeline"]
    )
    # Clean drawings are named as they are.
    rows = [
        row
        for row in scores["rows"]
        if row["method"] == ("pipeline" if row["level"] else "classifier")
    ]
    return {
        "set": of,
        "way": way,
        "given": GIVEN[of],
        "n": len(each.unseen),
        "levels": list(LEVELS),
        "top1": [row["top1"] for row in rows],
        "ci95": [row["ci95"] for row in rows],
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
    }


def _cpu_seconds() -> float:
    """Give what this process and those that it has waited for have computed."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    guarded(main)
