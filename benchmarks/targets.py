"""Measures the shipped pipeline against what it was meant to reach, on drawings it was never trained on.

That is accuracies, decibels, and how far the pipeline stands behind the best of five ways: itself, its
classifier alone, and those of chapter 5's rivals that have a U-Net or were shown noise. The sample, which
holds other drawings in another look, is compared with them, each category counting alike. What the look
alone costs is a test on the same drawings, `test_restyling_the_sample_costs_at_most_two_points`.
Training cares more for the choice among the categories in focus than for others; how well the pipeline
chooses among as many others stands beside, without a target. The targets stand in `targets.json`.

By default the folder is the one that it was trained on, and the drawings those that the split kept
out; with `--all` the folder holds other drawings, and all of them are used. Each is drowned several
times and the mean is what counts, as in the manifest: the few more often than the many.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from common import TARGETS, all_drawings, guarded, report, shipped_focus, shipped_split

import qdtools as qd
from qdtools.evaluation import by_category, repeats

#: Levels at which accuracies are aimed at.
LEVELS = tuple(sorted({target["level"] for target in TARGETS["accuracy"]}))
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
    focus = shipped_focus()
    few = drawings.only(focus)
    rows = []
    for of, test in {"focus": few, "all": drawings}.items():
        k = len(test.categories)
        draws = args.repeats or repeats(len(test))
        n = f"{len(test)}, {draws}"
        scores = qd.evaluate(pipeline, test, LEVELS, methods=METHODS, repeats=draws)["rows"]
        for target in TARGETS["accuracy"]:
            if target["of"] == of:
                (row,) = (
                    row
                    for row in scores
                    if (row["method"], row["level"]) == (target["method"], target["level"])
                )
                what = f"{k} categories, level {row['level']:g}, {row['method']}"
                measured = _accuracy(row["top1"], row["ci95"])
                least = target["at_least"]
                rows.append(_row(what, f"{least:.1%}", measured, n, row["top1"] >= least))
        behind = TARGETS["behind_the_best"]
        for level in behind["levels"]:
            by = {row["method"]: row["top1"] for row in scores if row["level"] == level}
            best = max(by, key=by.get)
            what = f"{k} categories, level {level:g}, pipeline less the best ({best})"
            less, most = by["pipeline"] - by[best], behind["at_most"]
            rows.append(_row(what, _points(-most, "g"), _points(less), n, less >= -most))
    for target in TARGETS["psnr"]:
        level, least = target["level"], target["at_least"]
        (row,) = (r for r in scores if (r["method"], r["level"]) == ("pipeline", level))
        what = f"PSNR at level {level:g}, all categories"
        rows.append(_row(what, f"{least} dB", f"{row['psnr']:.2f} dB", n, row["psnr"] >= least))
    rows += _others(pipeline, drawings, focus)
    sample = qd.load(focus, source="sample")
    less = _mean_recall(pipeline, sample) - _mean_recall(pipeline, few)
    what = f"{len(focus)} categories, clean, the sample less these drawings"
    n = f"{len(sample)} and {len(few)}, none"
    most = TARGETS["sample"]["at_most"]
    rows.append(_row(what, _points(-most, "g"), _points(less), n, less >= -most))
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


def _others(pipeline: qd.Pipeline, drawings: qd.Drawings, focus: tuple[str, ...]) -> list[dict]:
    """Score the categories that are not in focus, dealt into sets of as many as are."""
    others = [name for name in drawings.categories if name not in focus]
    if len(others) < len(focus):
        return []
    np.random.default_rng(0).shuffle(others)
    right, n, noisy = Counter(), 0, LEVELS[1:]
    for some in np.array_split(others, len(others) // len(focus)):
        test = drawings.only(list(some))
        n += len(test)
        scores = qd.evaluate(pipeline, test, noisy, methods=["pipeline"], repeats=OTHER_DRAWS)
        right.update({row["level"]: row["top1"] * len(test) for row in scores["rows"]})
    return [
        _row(
            f"{len(focus)} of the {len(others)} other categories, level {level:g}, pipeline",
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
