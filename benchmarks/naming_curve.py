"""Measures what the accuracy of naming noisy drawings is short of: drawings, passes over them, or layers.

Classifiers learn clean and noisy drawings of all categories, from scratch. The shipped one's layers learn
a quarter, half and all of the training drawings in the same number of steps, and all of them in half as
many; then come narrower and wider ones. A quarter of every category is kept to score on, five times as
many as the shipped weights leave, because the rows differ by less than a small test could tell. The
classifier stands for the pipeline, whose denoiser knows some of these drawings. It names fewer noisy ones
than the pipeline does, so what carries over is the factors, not the accuracies.

Then come what a doubling multiplies the errors by (where more of something helps, errors fall by about the
same factor with each doubling, Hestness et al. 2017), and an estimate of what would take the shipped
pipeline to what the project aims at if that went on, from one end of the factor's interval to the other.
Expect more rather than less: these runs are short, and a network that has learned longer gains less.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from common import TARGETS, all_drawings, guarded, report, saved, shipped_focus
from scipy.stats import bootstrap

import qdtools as qd
from qdtools.training.config import fastest_precision

SHARES = (4, 2, 1)
#: Filters at 28 x 28 of the narrower and the wider classifier.
WIDTHS = (8, 32)
VALIDATION, TEST = 0.05, 0.25
#: By the categories ("focus" or "all") with the level of every column, the accuracy aimed at.
AIMS = {
    (target["of"], target["level"]): target["at_least"]
    for target in TARGETS["accuracy"]
    if target["level"] > 0
}
#: How often each drawing is drowned.
REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="folder of Google's .npy files")
    parser.add_argument(
        "--epochs", type=int, default=4, help="passes over all drawings, at least 2"
    )
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    parser.add_argument(
        "--again",
        action="store_true",
        help="after new weights: only estimate anew, from the runs that were kept",
    )
    args = parser.parse_args()

    kept = saved("naming_curve") if args.again else measured(args.data_dir, args.epochs)
    rows = [row for row in kept.pop("rows") if row["passes"]]
    empty = dict.fromkeys(rows[0], "")
    for what, factors in kept["factors"].items():
        line = {
            title: f"errors × {factor:.2f} ({low:.2f} to {high:.2f})"
            for title, (factor, low, high) in factors.items()
        }
        rows.append(empty | {"training drawings": f"a doubling of the {what}"} | line)
    met = sum(epoch["stage"] != "denoiser" for epoch in qd.read_manifest()["curves"])
    cost = qd.multiply_adds(qd.load_network("classifier")) / 1e6
    for what, name, shipped, unit in (
        ("passes", "passes", met, "passes"),
        ("multiply-adds", "the classifier's multiply-adds", cost, "million"),
    ):
        line = {
            title: needed(key, factors, shipped, unit)
            for key, (title, factors) in zip(AIMS, kept["factors"][what].items(), strict=True)
        }
        rows.append(
            empty | {"training drawings": f"to the target by {name} alone (estimate)"} | line
        )
    report("naming_curve", rows, args.save, **kept)


def measured(data_dir: Path, epochs: int) -> dict:
    """Train everything; give the rows and, by what is doubled and column, the errors' factor."""
    training, validation, test = all_drawings(data_dir).split(VALIDATION, TEST)
    tests = {"focus": test.only(shipped_focus()), "all": test}
    titles = {
        (of, level): f"{len(tests[of].categories)} categories, {level:g} (n = {len(tests[of]):,})"
        for of, level in AIMS
    }
    run = partial(train, validation=validation, tests=tests)
    shares = [run(training[::share], share * epochs) for share in SHARES]
    shortest, whole = run(training, epochs // 2), shares[-1]
    narrow, wide = (run(training, epochs, classifier_width=width) for width in WIDTHS)
    doublings = {
        "drawings": by_doubling(shares, "drawings"),
        "passes": by_doubling([shortest, whole], "passes"),
        "multiply-adds": by_doubling([narrow, whole, wide], "multiply_adds"),
    }
    return {
        "rows": [one.row(titles) for one in (*shares, shortest, narrow, wide)],
        "factors": {
            what: {titles[key]: three for key, three in factors.items()}
            for what, factors in doublings.items()
        },
    }


@dataclass
class Trained:
    """What one classifier cost, and each test drawing's share of wrong names by column."""

    drawings: int
    passes: int
    multiply_adds: int
    wrong: dict[tuple[str, float], np.ndarray]

    def row(self, titles: dict[tuple, str]) -> dict:
        """Make one line of the table, accuracies with their intervals."""
        line = {
            "training drawings": f"{self.drawings:,}",
            "passes": self.passes,
            "multiply-adds": f"{self.multiply_adds / 1e6:,.0f} million",
        }
        for key, each in self.wrong.items():
            top1, n = 1 - each.mean(), len(each)
            low, high = qd.interval(round(top1 * n), n)
            line[titles[key]] = f"{top1:.1%} ({low:.1%} to {high:.1%})"
        return line


def train(
    training: qd.Drawings, epochs: int, validation: qd.Drawings, tests: dict, **settings: int
) -> Trained:
    """Train for so many epochs and name the test drawings."""
    # Only now, since it wakes TensorFlow.
    from qdtools.training.stages import Run, train_classifier

    config = qd.TrainingConfig(
        classifier_epochs=epochs,
        precision=fastest_precision(),
        views=("clean", "noisy"),
        focus=shipped_focus(),
        **settings,
    )
    with tempfile.TemporaryDirectory() as folder:
        network = train_classifier(Run(training, validation, config, Path(folder)))
    names = list(training.categories)
    wrong = {}
    for of, level in AIMS:
        test = tests[of]
        columns = [names.index(name) for name in test.categories]
        each = []
        for seed in range(REPEATS):
            noisy = qd.gaussian(test.images, level, seed)
            logits = network.predict(noisy, batch_size=512, verbose=0)
            each.append(logits[:, columns].argmax(axis=1) != test.labels)
        wrong[of, level] = np.mean(each, axis=0)
    return Trained(len(training), epochs, qd.multiply_adds(network), wrong)


def by_doubling(runs: list[Trained], what: str) -> dict[tuple, tuple[float, float, float]]:
    """Fit by what a doubling multiplies the errors, with the interval that the test drawings leave."""
    doublings = np.log2([getattr(run, what) for run in runs])

    def factor(*each: np.ndarray, axis: int = -1) -> np.ndarray:
        logarithms = np.stack([np.log2(np.mean(one, axis=axis)) for one in each])
        slopes = np.polyfit(doublings, logarithms.reshape(len(runs), -1), 1)[0]
        return 2 ** slopes.reshape(logarithms.shape[1:])

    factors = {}
    for key in AIMS:
        each = [run.wrong[key] for run in runs]
        found = bootstrap(
            each, factor, paired=True, vectorized=True, n_resamples=1000, batch=50, rng=0
        ).confidence_interval
        factors[key] = float(factor(*each)), float(found.low), float(found.high)
    return factors


def needed(key: tuple[str, float], factors: tuple, shipped: float, unit: str) -> str:
    """Say how much of something would take the shipped pipeline to a target at these factors a doubling."""
    of, level = key
    # The focus is scored before all, where it is not all.
    score = qd.read_manifest()["scores"][0 if of == "focus" else -1]
    (row,) = (r for r in score["rows"] if (r["method"], r["level"]) == ("pipeline", level))
    target = AIMS[key]
    if row["top1"] >= target:
        return f"{target:.1%} is reached"
    _, low, high = factors
    if high >= 1:
        return "helps no more than chance"
    less, more = (
        shipped * 2 ** (math.log((1 - target) / (1 - row["top1"])) / math.log(factor))
        for factor in (low, high)
    )
    return f"{target:.1%}: {less:,.0f} to {more:,.0f} {unit} instead of {shipped:,.0f}"


if __name__ == "__main__":
    guarded(main)
