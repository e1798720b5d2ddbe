"""Measures the shipped pipeline against what it was meant to reach, on drawings it was never trained on.

That is accuracies, decibels, and how far the pipeline stands behind the best of five ways: itself, its
classifier alone, and those of chapter 4's rivals that have a U-Net or were shown noise. The sample, which
holds other drawings in another look, is compared with them, each category counting alike. What the look
alone costs is a test on the same drawings, `test_restyling_the_sample_costs_at_most_two_points`.
Training cares more for the choice among the demo's five categories than for others; how well the pipeline
chooses among five others stands beside, without a target.

By default the folder is the one that it was trained on, and the drawings those that the recipe kept
out; with `--all` the folder holds other drawings, and all of them are used. Each is drowned several
times and the mean is what counts, as in the manifest: the few more often than the many.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from common import all_drawings, guarded, report, shipped_split

import qdtools as qd
from qdtools.evaluation import by_category
from qdtools.training.release import repeats

#: Least accuracy by number of categories and level; PSNR in dB.
ACCURACY = {
    (5, 0): 0.985,
    (5, 0.5): 0.98,
    (5, 1): 0.96,
    (5, 1.5): 0.88,
    (345, 0): 0.66,
    (345, 0.5): 0.63,
}
DECIBELS = {0.5: 24.0, 1: 18.5}
LEVELS = (0, 0.5, 1, 1.5)
#: Most that the pipeline may stand behind the best method, and at which levels.
BEHIND, CLOSE = 0.005, (0.5, 1)
#: Most that the sample may cost, clean.
SAMPLE = 0.02
#: How often each drawing of other categories is drowned.
OTHER_DRAWS = 5
METHODS = ("classifier", "pipeline", "noisy", "denoised", "clean_unet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="folder of Google's .npy files")
    parser.add_argument("--all", action="store_true", help="none of these was trained on")
    parser.add_argument(
        "--repeats", type=int, help="how often each drawing is drowned, if not as in the manifest"
    )
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()

    pipeline = qd.Pipeline.load()
    if args.all:
        drawings = all_drawings(args.data_dir)
    else:
        _, _, drawings = shipped_split(args.data_dir)
    rows = []
    for test in (drawings.only(qd.DEFAULT_CATEGORIES), drawings):
        k = len(test.categories)
        draws = args.repeats or repeats(len(test))
        n = f"{len(test)}, {draws}"
        scores = qd.evaluate(pipeline, test, LEVELS, methods=METHODS, repeats=draws)["rows"]
        for (categories, level), least in ACCURACY.items():
            if categories == k:
                by = {row["method"]: row for row in scores if row["level"] == level}
                # A clean drawing needs no denoising.
                row = by["classifier" if level == 0 else "pipeline"]
                what = f"{k} categories, level {level:g}, {row['method']}"
                measured = _accuracy(row["top1"], row["ci95"])
                rows.append(_row(what, f"{least:.1%}", measured, n, row["top1"] >= least))
        for level in CLOSE:
            by = {row["method"]: row["top1"] for row in scores if row["level"] == level}
            best = max(by, key=by.get)
            what = f"{k} categories, level {level:g}, pipeline less the best ({best})"
            less = by["pipeline"] - by[best]
            rows.append(_row(what, _points(-BEHIND, "g"), _points(less), n, less >= -BEHIND))
    for level, least in DECIBELS.items():
        (row,) = (r for r in scores if (r["method"], r["level"]) == ("pipeline", level))
        what = f"PSNR at level {level:g}, all categories"
        rows.append(_row(what, f"{least} dB", f"{row['psnr']:.2f} dB", n, row["psnr"] >= least))
    rows += _other_fives(pipeline, drawings)
    few = drawings.only(qd.DEFAULT_CATEGORIES)
    sample = qd.load(source="sample")
    less = _mean_recall(pipeline, sample) - _mean_recall(pipeline, few)
    what = "5 categories, clean, the sample less these drawings"
    n = f"{len(sample)} and {len(few)}, none"
    rows.append(_row(what, _points(-SAMPLE, "g"), _points(less), n, less >= -SAMPLE))
    report("targets", rows, args.save)


def _row(what: str, target: str, measured: str, n: str, reached: bool | None) -> dict:
    """Make one line of the table; `reached` is None where there is no target."""
    answer = {True: "yes", False: "no", None: ""}[reached]
    return {
        "what": what,
        "target": target,
        "measured": measured,
        "n, draws of noise": n,
        "reached": answer,
    }


def _accuracy(top1: float, ci95: tuple[float, float]) -> str:
    return f"{top1:.2%} ({ci95[0]:.1%} to {ci95[1]:.1%})"


def _points(difference: float, style: str = "+.1f") -> str:
    return f"{100 * difference:{style}} points"


def _other_fives(pipeline: qd.Pipeline, drawings: qd.Drawings) -> list[dict]:
    """Score the categories that are not the demo's, dealt into sets of five."""
    others = [name for name in drawings.categories if name not in qd.DEFAULT_CATEGORIES]
    np.random.default_rng(0).shuffle(others)
    right, n, noisy = Counter(), 0, LEVELS[1:]
    for five in np.array_split(others, len(others) // 5):
        test = drawings.only(list(five))
        n += len(test)
        scores = qd.evaluate(pipeline, test, noisy, methods=["pipeline"], repeats=OTHER_DRAWS)
        right.update({row["level"]: row["top1"] * len(test) for row in scores["rows"]})
    return [
        _row(
            f"5 of the {len(others)} other categories, level {level:g}, pipeline",
            "none",
            _accuracy(right[level] / n, qd.interval(round(right[level]), n)),
            f"{n}, {OTHER_DRAWS}",
            None,
        )
        for level in noisy
    ]


def _mean_recall(pipeline: qd.Pipeline, drawings: qd.Drawings) -> float:
    scores = qd.evaluate(pipeline, drawings, [0], methods=["pipeline"], by_drawing=True)
    recalls = by_category(scores, drawings)
    return sum(row["top1"] for row in recalls) / len(recalls)


if __name__ == "__main__":
    guarded(main)
