"""Measures what the accuracy of naming noisy drawings is short of: drawings, or passes over them.

The shipped classifier's layers learn clean and noisy drawings of all categories, from scratch: a
quarter, half and all of the training drawings in the same number of steps, and all of them in half as
many. A quarter of every category is kept to score on, five times as many as the shipped weights leave,
because the shares differ by less than a small test could tell. The classifier stands for the pipeline,
whose denoiser knows some of these drawings; `targets.py` has how little the two differ.

The last rows say by what a doubling multiplies the errors. Where more drawings help, errors fall by about
the same factor with each doubling (Hestness et al. 2017).
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path

import numpy as np
from common import report
from scipy.stats import bootstrap
from targets import ACCURACY

import qdtools as qd
from qdtools.recipe import fastest_precision
from qdtools.training import train_classifier

SHARES = (4, 2, 1)
VALIDATION, TEST = 0.05, 0.25
#: Number of categories and level of every column; those that `targets.py` has a target for.
COLUMNS = tuple(key for key in ACCURACY if key[1] > 0)
#: How often each drawing is drowned.
REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="folder of Google's .npy files")
    parser.add_argument(
        "--epochs", type=int, default=4, help="passes over all drawings, at least 2"
    )
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()

    training, validation, test = qd.load("all", source=args.data_dir).split(VALIDATION, TEST)
    tests = {len(some.categories): some for some in (test, test.only(qd.DEFAULT_CATEGORIES))}
    rows, by_share = [], []
    for share in SHARES:
        some, epochs = training[::share], share * args.epochs
        by_share.append(wrong_names(some, validation, epochs, tests))
        rows.append(row(f"{len(some):,}", epochs, by_share[-1]))
    half = wrong_names(training, validation, args.epochs // 2, tests)
    rows.append(row(f"{len(training):,}", args.epochs // 2, half))
    rows.append(doubling("of the drawings", by_share, [-math.log2(share) for share in SHARES]))
    rows.append(doubling("of the passes", [half, by_share[-1]], [0, 1]))
    report("naming_curve", rows, args.save)


def wrong_names(training, validation, epochs: int, tests: dict) -> dict[tuple, np.ndarray]:
    """Train for so many epochs; give each test drawing's share of wrong names, by column."""
    recipe = qd.Recipe(classifier_epochs=epochs, precision=fastest_precision())
    with tempfile.TemporaryDirectory() as folder:
        network = train_classifier(
            training, validation, None, recipe, Path(folder), diet=("clean", "noisy")
        )
    names = list(training.categories)
    result = {}
    for k, level in COLUMNS:
        test = tests[k]
        columns = [names.index(name) for name in test.categories]
        wrong = []
        for seed in range(REPEATS):
            noisy = qd.gaussian(test.images, level, seed)
            logits = network.predict(noisy, batch_size=512, verbose=0)
            wrong.append(logits[:, columns].argmax(axis=1) != test.labels)
        result[k, level] = np.mean(wrong, axis=0)
    return result


def row(drawings: str, passes: int, wrong: dict[tuple, np.ndarray]) -> dict:
    """Make one line of the table, accuracies with their intervals."""
    line = {"training drawings": drawings, "passes": passes}
    for key, each in wrong.items():
        top1, n = 1 - each.mean(), len(each)
        low, high = qd.interval(round(top1 * n), n)
        line[column(key, n)] = f"{top1:.1%} ({low:.1%} to {high:.1%})"
    return line


def doubling(of_what: str, wrong: list[dict], doublings: list[float]) -> dict:
    """Say by what a doubling multiplies the errors, with the interval that the test drawings leave."""
    line = {"training drawings": f"a doubling {of_what}", "passes": ""}

    def factor(*each, axis=-1):
        logarithms = np.stack([np.log2(np.mean(one, axis=axis)) for one in each])
        shape = logarithms.shape[1:]
        slopes = np.polyfit(doublings, logarithms.reshape(len(doublings), -1), 1)[0]
        return 2 ** slopes.reshape(shape)

    for key in COLUMNS:
        each = [one[key] for one in wrong]
        found = bootstrap(
            each, factor, paired=True, vectorized=True, n_resamples=1000, batch=50, rng=0
        ).confidence_interval
        line[column(key, len(each[0]))] = (
            f"errors × {factor(*each):.2f} ({found.low:.2f} to {found.high:.2f})"
        )
    return line


def column(key: tuple[int, float], n: int) -> str:
    """Name a column by its number of categories and level."""
    return f"{key[0]} categories, {key[1]:g} (n = {n:,})"


if __name__ == "__main__":
    main()
