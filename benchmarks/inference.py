"""Measures the pipeline's speed, start-up, memory against `predict` of the original's networks, in one run.

The original chains two `predict` calls of small networks; the pipeline is one graph of far more
multiply-adds on ONNX Runtime. Ratios above 1 speak for the pipeline, but for the first, which says how
much more it has to compute. The last rows hold what each use of the graph takes beside the whole of it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from common import build_original, guarded, report, shipped_focus

import qdtools as qd

if TYPE_CHECKING:
    from collections.abc import Callable

BATCHES = (1, 256, 4096)
SECONDS = 4.0
#: How often each side is measured; the median counts.
TURNS = 7
#: Images that the pipeline runs at once.
IMAGES = 32
#: What the shipped pipeline is measured against: the two networks of the original, called by Keras.
ORIGINAL_NAME = "original, `predict`"


def images_per_second(call: Callable[[np.ndarray], object], batch: int) -> float:
    """Repeat a call for some seconds, after one that does not count."""
    noisy = np.random.default_rng(0).random((batch, 28, 28, 1), np.float32)
    call(noisy)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        call(noisy)
        done += batch
    return done / (time.perf_counter() - start)


def cold_start(code: list[str]) -> tuple[float, float]:
    """Median seconds of three new processes, and the peak of their memory in MB."""
    seconds, peaks = [], []
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *code], check=True, capture_output=True, text=True
        )
        seconds.append(time.perf_counter() - start)
        peaks.append(float(done.stderr.split()[-1]))
    return float(np.median(seconds)), float(np.median(peaks))


# Runs what it is given as a program and says its peak memory in MB. Linux's own note is asked, since
# `getrusage` also remembers the process that started this one.
PEAK = """
import re, sys
from pathlib import Path
sys.argv = sys.argv[1:]
if sys.argv[0] == "classify":
    from qdtools.cli import main
    main(sys.argv)
else:
    exec(sys.argv[0])
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(int(peak[1]) / 1024, file=sys.stderr)
"""

ORIGINAL = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import numpy as np
import onnxruntime
from common import build_original
autoencoder, cnn = build_original()
cnn.predict(autoencoder.predict(np.zeros((1, 28, 28, 1), "float32"), verbose=0), verbose=0)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()

    autoencoder, cnn = build_original()
    pipeline = qd.Pipeline.load(categories=shipped_focus())

    def original(noisy: np.ndarray) -> np.ndarray:
        return cnn.predict(autoencoder.predict(noisy, verbose=0), verbose=0)

    theirs = qd.multiply_adds(autoencoder) + qd.multiply_adds(cnn)
    ours = sum(qd.multiply_adds(qd.load_network(name)) for name in ("denoiser", "classifier"))
    what = "million multiply-adds an image"
    rows = [row(what, ORIGINAL_NAME, theirs / 1e6, ours / 1e6, ours / theirs)]
    for batch in BATCHES:
        # In turns, since what else the machine does comes and goes.
        turns = [
            [images_per_second(call, batch) for call in (original, pipeline)] for _ in range(TURNS)
        ]
        before, after = np.median(turns, axis=0)
        what = f"images a second, batch {batch}"
        rows.append(row(what, ORIGINAL_NAME, before, after, after / before))
        work = after * ours / (before * theirs)
        rows.append(row(f"the same per multiply-add, batch {batch}", ORIGINAL_NAME, 1, work, work))
    with tempfile.TemporaryDirectory() as folder:
        noisy, _ = qd.make_queries(qd.load().split()[2], per_category=1)
        (picture, *_) = qd.write_queries(Path(folder), noisy)
        theirs_cold, theirs_peak = cold_start([ORIGINAL])
        ours_cold, ours_peak = cold_start(["classify", str(picture)])
    rows.append(
        row(
            "seconds from nothing to the first answer",
            ORIGINAL_NAME,
            theirs_cold,
            ours_cold,
            theirs_cold / ours_cold,
        )
    )
    what = "peak memory of that, MB"
    rows.append(row(what, ORIGINAL_NAME, theirs_peak, ours_peak, theirs_peak / ours_peak))
    rows += parts_of_the_graph(pipeline)
    rows.append(cores_that_evaluate())
    report("inference", rows, args.save)


def parts_of_the_graph(pipeline: qd.Pipeline) -> list[dict]:
    """Compare what each use takes with the whole graph, on one thread."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    whole = onnxruntime.InferenceSession(
        pipeline.graph, options, providers=["CPUExecutionProvider"]
    )
    noisy = np.random.default_rng(0).random((IMAGES, 28, 28, 1), np.float32)
    uses = {
        "naming as it is": pipeline.classify,
        "denoising": pipeline.denoise,
        "denoising, then naming": pipeline,
    }
    calls = [lambda images: whole.run(None, {"noisy": images}), *uses.values()]
    turns = [[milliseconds(call, noisy) for call in calls] for _ in range(TURNS * 4)]
    before, *after = np.median(turns, axis=0)
    return [
        row(f"ms of {IMAGES} images, {use}", "the whole graph", before, own, before / own)
        for use, own in zip(uses, after, strict=True)
    ]


def cores_that_evaluate() -> dict:
    """Say how many cores scoring many drawings keeps busy, similarity included."""
    drawings = qd.load("all", source="sample")[::10]
    everyone = qd.Pipeline.load()
    qd.evaluate(everyone, drawings[:50], [0.5])  # cuts the graphs
    wall, cpu = time.perf_counter(), time.process_time()
    qd.evaluate(everyone, drawings, [0.5])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    what = f"seconds to score {len(drawings):,} drawings; the ratio is cores kept busy"
    return row(what, "CPU seconds of that", cpu, wall, cpu / wall)


def milliseconds(
    call: Callable[[np.ndarray], object], noisy: np.ndarray, rounds: int = 10
) -> float:
    """Mean milliseconds of a call, after one that does not count."""
    call(noisy)
    start = time.perf_counter()
    for _ in range(rounds):
        call(noisy)
    return 1000 * (time.perf_counter() - start) / rounds


def row(what: str, against: str, theirs: float, ours: float, ratio: float) -> dict:
    """One line of the table."""
    return {
        "what": what,
        "against": against,
        "it": f"{theirs:.3g}" if theirs < 100 else f"{theirs:.0f}",
        "shipped": f"{ours:.3g}" if ours < 100 else f"{ours:.0f}",
        "ratio": f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}",
    }


if __name__ == "__main__":
    guarded(main)
