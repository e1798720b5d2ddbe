"""What happens when one of two workers is killed by -9: the log of a real run, for chapter 8's replay."""

from __future__ import annotations

import argparse
import shlex
import tempfile
import time
from pathlib import Path

import psutil
from common import guarded, report
from workers import finish, noted, start

import qdtools as qd

#: A training small enough to be looked at whole, step by step.
OPTIONS = shlex.split(
    "--from scratch --source sample --denoiser autoencoder --denoiser-width 16 --classifier-width 4 "
    "--per-category 60 --batch-size 32 --denoiser-epochs 6 --classifier-epochs 1 --joint-epochs 0 "
    "--precision float32 --save-every 3"
)
#: The worker that is killed, after which step of the denoiser.
VICTIM, AFTER = 1, 28


def main() -> None:
    """Train twice, once undisturbed, once with a kill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="keep the result")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        calm, stormy = Path(temporary) / "calm", Path(temporary) / "stormy"
        finish(start(calm / "out", calm / "trace", 2, OPTIONS))
        processes = start(stormy / "out", stormy / "trace", 2, OPTIONS)
        killed = kill(processes[VICTIM].pid, stormy / "trace")
        finish(processes)
        undisturbed = told(calm / "trace")
        disturbed = told(stormy / "trace")
    began = disturbed[0]["seconds"]
    expected = {row["step"]: row["loss"] for row in undisturbed}
    ended = {row["step"]: row["loss"] for row in disturbed}
    if ended.keys() != expected.keys():
        raise qd.DataError("The two runs went through other steps; see what stands above.")
    differs = max(abs(ended[step] - loss) for step, loss in expected.items())
    twice = [
        row["step"]
        for row, last in zip(disturbed[1:], disturbed, strict=False)
        if row["step"] <= last["step"]
    ]
    report(
        "killed_worker",
        [
            {
                "steps": len(expected),
                "killed after step": AFTER,
                "went on at step": twice[0],
                "steps gone twice": len(disturbed) - len(expected),
                "largest difference of a loss": float(f"{differs:.2g}"),
            }
        ],
        args.save,
        victim=VICTIM,
        killed_at=round(killed - began, 2),
        undisturbed=[round(expected[step], 5) for step in sorted(expected)],
        steps=[
            row | {"seconds": round(row["seconds"] - began, 2), "loss": round(row["loss"], 5)}
            for row in disturbed
        ],
        saved_at=[round(at - began, 2) for at in saved],
    )


#: When worker 0 kept a checkpoint, in the run that was read last.
saved: list[float] = []


def kill(parent: int, trace: Path) -> float:
    """Wait for a step, kill the worker that a process has started, say when."""
    path = trace / f"worker-{VICTIM}.jsonl"
    while not path.exists() or path.read_text().count('"step"') <= AFTER:
        time.sleep(0.002)
    for child in psutil.Process(parent).children(recursive=True):
        child.kill()
    return time.time()


def told(trace: Path) -> list[dict]:
    """Give the denoiser's steps in the order in which they went, with both workers' drawings."""
    lines = [noted(trace, rank) for rank in (0, 1)]
    saved[:] = [
        row["time"]
        for row in lines[0]
        if row.get("event") == "saved" and row["stage"] == "denoiser"
    ]
    own = [
        [row for row in of_one if "event" not in row and row["stage"] == "denoiser"]
        for of_one in lines
    ]
    other: dict[tuple[int, int], list[int]] = {
        (row["epoch"], row["step"]): row["drawings"] for row in own[1]
    }
    per_epoch = max(row["step"] for row in own[0]) + 1
    return [
        {
            "step": row["epoch"] * per_epoch + row["step"],
            "seconds": row["time"],
            "loss": row["loss"],
            "drawings": [row["drawings"], other[row["epoch"], row["step"]]],
        }
        for row in own[0]
    ]


if __name__ == "__main__":
    guarded(main)
