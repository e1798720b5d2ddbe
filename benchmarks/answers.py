"""Measures what saving the answers to many pictures takes: `qdtools classify --out`, from 200 to 5,000.

Each run is a process of its own on query pictures of the sample; processor time is its own, memory its peak.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from common import guarded, report

import qdtools as qd

#: Pictures of each run.
COUNTS = (200, 1000, 5000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="keep the result")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        pictures = made(folder / "pictures", max(COUNTS))
        rows = []
        for count in COUNTS:
            command = [sys.executable, "-m", "qdtools", "classify", *map(str, pictures[:count])]
            named, _ = measured(command)
            saved, megabytes = measured([*command, "--out", str(folder / f"out-{count}")])
            rows.append(
                {
                    "pictures": count,
                    "pages": len(list((folder / f"out-{count}").iterdir())),
                    "ms a picture": round(1000 * saved / count, 1),
                    "of these for naming": round(1000 * named / count, 1),
                    "peak MB": round(megabytes),
                }
            )
            print(rows[-1], file=sys.stderr)
    report("answers", rows, args.save, unit="milliseconds of processor time, start included")


def made(folder: Path, count: int) -> list[Path]:
    """Write so many query pictures, of drawings from the whole sample."""
    drawings = qd.load("all", source="sample")
    chosen = np.random.default_rng(0).choice(len(drawings), count, replace=False)
    return qd.write_queries(folder, qd.gaussian(drawings[chosen].images, 0.5))


def measured(command: list[str]) -> tuple[float, float]:
    """Run a command; gives its seconds of processor time, with its peak of memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with process:
        said = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise qd.DataError(f"The command ended with {process.returncode}: {said.decode()[-300:]}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    guarded(main)
