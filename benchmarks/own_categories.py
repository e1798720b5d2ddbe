"""How many examples does a name of one's own take, at what cost to the names that were there?

The ten handwritten digits that scikit-learn ships (8 x 8, enlarged by cubic splines to 20 x 20 in a
frame of 28 x 28) are learned from some of all, in several draws, then named on those of the last 897
that were not drawn: nothing in `qdtools.examples` was chosen on these. The last rows learn from the
first 900 alone, whose writers are others. Each draw is learned in a process of its own, whose time and
memory are kept.

Usage: python benchmarks/own_categories.py [--draws N] [--save]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings
from typing import Any

import numpy as np
from common import guarded, report
from skimage.transform import resize
from sklearn.datasets import load_digits

import qdtools as qd

#: Examples of each digit, with whether those to measure on are by the writers of the examples, too.
EXAMPLES = (
    (2, True),
    (5, True),
    (10, True),
    (20, True),
    (40, True),
    (80, True),
    (20, False),
    (80, False),
)
LEVELS = (0.0, 0.5, 1.0)
#: How many of the digits may be learned from; on all after these it is measured.
LEARNED_FROM = 900
#: Sets of known names to choose among, by their size, where it is asked whether any fits.
CHOICES = (5, 5, 5, 20, 100)


def digits() -> tuple[qd.Drawings, qd.Drawings]:
    """Give digits to learn from, then those to measure on."""
    found = load_digits()
    pixels = np.zeros((len(found.target), 28, 28), np.uint8)
    for place, image in enumerate(found.images):
        pixels[place, 4:24, 4:24] = np.rint(
            255 * np.clip(resize(image / 16, (20, 20), order=3), 0, 1)
        )
    names = tuple(f"digit {figure}" for figure in range(10))
    every = qd.Drawings(pixels, found.target, names, "handwritten digits of scikit-learn")
    return every[:LEARNED_FROM], every[LEARNED_FROM:]


def among_all(n: int, draw: int) -> tuple[qd.Drawings, qd.Drawings]:
    """Draw n examples of each digit from all, give with them what is left of the last."""
    own, last = digits()
    pixels, labels = (
        np.concatenate([getattr(part, key) for part in (own, last)]) for key in ("pixels", "labels")
    )
    every = qd.Drawings(pixels, labels, own.categories, own.source)
    at = chosen(every, n, draw)
    return every[at], every[np.setdiff1d(np.arange(len(own), len(every)), at)]


def chosen(drawings: qd.Drawings, n: int, draw: int) -> np.ndarray:
    """Draw the places of n examples of each category."""
    order = np.random.default_rng(draw).permutation(len(drawings))
    labels = range(len(drawings.categories))
    return np.concatenate([order[drawings.labels[order] == i][:n] for i in labels])


def drawn(drawings: qd.Drawings, n: int, draw: int) -> qd.Drawings:
    """Draw n examples of each category."""
    return drawings[chosen(drawings, n, draw)]


def probabilities(pipeline: qd.Pipeline, drawings: qd.Drawings, level: float) -> np.ndarray:
    """Name drawings, noisy ones after denoising."""
    if not level:
        return pipeline.classify(drawings.images)
    return pipeline(qd.gaussian(drawings.images, level, 0))[1]


def shares(answers: list[qd.Answer]) -> float:
    """Share of images to which none of the names was found to fit."""
    return float(np.mean([answer.none_of_these for answer in answers]))


def learned(n: int, draw: int, same_writers: bool) -> dict[str, Any]:
    """Learn from n examples of each digit, then measure; what a process of its own does."""
    own, test = digits()
    examples, test = among_all(n, draw) if same_writers else (drawn(own, n, draw), test)
    start, cpu = time.perf_counter(), time.process_time()
    pipeline = qd.learn(examples)
    cost = {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    found = {level: probabilities(pipeline, test, level) for level in LEVELS}
    right = {
        f"level_{level:g}": float((p.argmax(1) == test.labels).mean()) for level, p in found.items()
    }
    score = pipeline.head.score
    return {
        "examples": n,
        "same_writers": same_writers,
        "draw": draw,
        "n": len(test),
        **right,
        **cost,
        "held_out": score.value,
        "stated": float(np.mean([p.max(1).mean() for p in found.values()])),
        "right": float(np.mean(list(right.values()))),
    }


def in_a_process(n: int, draw: int, same_writers: bool) -> dict[str, Any]:
    """Run `learned` where nothing else has taken memory."""
    run = subprocess.run(
        [sys.executable, __file__, "--one", str(n), str(draw), str(int(same_writers))],
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(run.stdout)
    return result


def joined(n: int, names: int, draw: int, known: qd.Drawings) -> dict[str, Any]:
    """Learn some digits beside all 345 names; which of either are taken for the other?"""
    own, test = digits()
    some = list(np.random.default_rng(draw).permutation(own.categories)[:names])
    pipeline = qd.learn(drawn(own.only(some), n, draw), known="all")
    base, test = qd.Pipeline.load(), test.only(some)
    row: dict[str, Any] = {"new_names": names, "examples": n, "draw": draw}
    for level in LEVELS:
        old = probabilities(base, known, level).argmax(1)
        now, new = (probabilities(pipeline, part, level).argmax(1) for part in (known, test))
        row[f"level_{level:g}"] = {
            "new_right": float((new == test.labels).mean()),
            "new_named_old": float((new >= names).mean()),
            "old_named_new": float((now < names).mean()),
            "old_right_before": float((old == known.labels).mean()),
            "old_right_after": float((now - names == known.labels).mean()),
        }
    return row


def doubted(known: qd.Drawings) -> list[dict[str, Any]]:
    """How often is it said that none of the names fits, where one does and where none does?"""
    rng = np.random.default_rng(0)
    own, test = digits()
    base = qd.Pipeline.load()
    sets = [("the demo's five", ["pineapple", "cat", "fish", "cup", "jacket"])]
    sets += [
        (f"{n} at random", list(rng.choice(known.categories, n, replace=False))) for n in CHOICES
    ]
    sets += [("all 345", list(known.categories))]
    rows = []
    for title, names in sets:
        inside = np.isin(known.labels, [known.categories.index(name) for name in names])
        shown = {"fitting": known[inside], "other names": known[~inside], "digits": test}
        rows += _doubted(base.restrict(names), title, shown)
    for n in (5, 20):
        for figures in ((0, 1, 2, 3, 4), (5, 6, 7, 8, 9), (1, 3, 5, 7, 9)):
            names = [own.categories[figure] for figure in figures]
            others = [name for name in own.categories if name not in names]
            pipeline = qd.learn(drawn(own.only(names), n, 0))
            shown = {"fitting": test.only(names), "other names": known, "digits": test.only(others)}
            rows += _doubted(pipeline, f"5 digits, {n} examples each", shown)
    return rows


def _doubted(
    pipeline: qd.Pipeline, title: str, shown: dict[str, qd.Drawings]
) -> list[dict[str, Any]]:
    rows = []
    for level in LEVELS:
        row: dict[str, Any] = {"among": title, "level": level}
        for key, drawings in shown.items():
            noisy = qd.gaussian(drawings.images, level, 0)
            if len(drawings):
                row[key] = shares(pipeline.answer(noisy, denoise=level > 0))
        rows.append(row)
    return rows


def main() -> None:
    """Measure all, or one draw for `in_a_process`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=5, help="draws of the examples (default: 5)")
    parser.add_argument("--save", action="store_true", help="keep the result in results/")
    parser.add_argument("--one", type=int, nargs=3, metavar="N", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)  # that few examples say little is known here
    if arguments.one:
        n, draw, same_writers = arguments.one
        print(json.dumps(learned(n, draw, bool(same_writers))))
        return
    runs = [in_a_process(n, draw, same) for n, same in EXAMPLES for draw in range(arguments.draws)]
    rows = []
    for n, same in EXAMPLES:
        own = [run for run in runs if (run["examples"], run["same_writers"]) == (n, same)]
        row: dict[str, Any] = {
            "examples": n,
            "writers": "the same" if same else "others",
            "draws": len(own),
            "n": own[0]["n"],
        }
        for key in [f"level_{level:g}" for level in LEVELS]:
            row[key] = round(float(np.mean([run[key] for run in own])), 4)
            row[f"{key}_lowest"] = round(min(run[key] for run in own), 4)
        row |= {
            key: round(max(run[key] for run in own), 1)
            for key in ("seconds", "cpu_seconds", "peak_mb")
        }
        row |= {
            key: round(float(np.mean([run[key] for run in own])), 3)
            for key in ("held_out", "stated", "right")
        }
        rows.append(row)
    known = qd.load("all", per_category=10, source="sample")
    together = [joined(20, names, draw, known) for names in (1, 3, 10) for draw in range(2)]
    none = doubted(known)
    for one in (*together, *none):
        print(json.dumps(one))
    report("own_categories", rows, arguments.save, runs=runs, joined=together, none_of_these=none)


if __name__ == "__main__":
    guarded(main)
