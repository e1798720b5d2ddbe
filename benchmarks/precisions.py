"""Measures what graphs of fewer bits keep of the shipped pipeline's answers, how fast they are beside it.

Scores are those of drawings kept out of training, under the same noise for every precision. Times are
those of one thread, taken in turns; how far 8 bits are faster is a matter of the processor.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from common import guarded, report, shipped_focus, shipped_split

import qdtools as qd
from qdtools.manifests import PRECISIONS, graph_folder

LEVELS = (0, 0.5, 1, 1.5, 2)
#: How often each side is timed; the median counts.
TURNS = 15
IMAGES = 32


def instruction() -> str:
    """Name the processor's instruction for sums of 8-bit products, if it says that it has one."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return "not told"
    return next((name for name in ("avx512_vnni", "avx_vnni", "asimddp") if name in flags), "none")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of all categories' drawings")
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()
    _, _, test = shipped_split(args.data)
    columns = np.array([test.categories.index(name) for name in shipped_focus()])
    in_focus = np.isin(test.labels, columns)

    with tempfile.TemporaryDirectory() as folder:
        first, *smaller = PRECISIONS
        places: dict[str, Path | None] = {first: None}
        for precision in smaller:
            places[precision] = Path(folder) / precision
            qd.quantize(precision=precision, out=places[precision])
        pipelines = {
            name: qd.Pipeline.load(place, precision=name) for name, place in places.items()
        }
        rows = []
        named: dict[float, np.ndarray] = {}
        for precision, pipeline in pipelines.items():
            for level in LEVELS:
                noisy = qd.gaussian(test.images, level, seed=1)
                denoised, probabilities = pipeline(noisy)
                names = probabilities.argmax(axis=1)
                named.setdefault(level, names)
                few = columns[probabilities[in_focus][:, columns].argmax(axis=1)]
                rows.append(
                    {
                        "precision": precision,
                        "level": level,
                        "right, of all names": share(names == test.labels),
                        "right, of those in focus": share(few == test.labels[in_focus]),
                        "dB": round(qd.psnr(test.images, denoised), 2),
                        "names that change": share(names != named[level]),
                    }
                )
        seconds = timed(list(pipelines.values()))
        sizes = [
            (graph_folder(place) / PRECISIONS[name]).stat().st_size
            for name, place in places.items()
        ]
    for row in rows:
        number = list(PRECISIONS).index(row["precision"])
        row["times as fast"] = round(seconds[0] / seconds[number], 2)
        row["MB"] = round(sizes[number] / 1e6, 2)
    report("precisions", rows, args.save, drawings=len(test), instruction=instruction())


def share(which: np.ndarray) -> float:
    """Say what share of them is true."""
    return round(float(which.mean()), 4)


def timed(pipelines: list[qd.Pipeline]) -> np.ndarray:
    """Median seconds of each pipeline for the same few images, one thread each."""
    noisy = np.random.default_rng(0).random((IMAGES, 28, 28, 1), np.float32)
    turns = []
    for _ in range(TURNS):
        turn = []
        for pipeline in pipelines:
            pipeline(noisy)  # what it needs for the first time
            start = time.perf_counter()
            for _ in range(10):
                pipeline(noisy)
            turn.append(time.perf_counter() - start)
        turns.append(turn)
    return np.median(turns, axis=0)


if __name__ == "__main__":
    guarded(main)
