"""Measures memory, processor time of scoring, learning, naming very many drawings in one call.

Real drawings are repeated on the disk. Each row is a process of its own, with those that it starts; the
peak of their memory sums up, at one moment, what each shares with no file. It stands beside that of the
same call on a tenth of the drawings.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from common import all_drawings, guarded, report
from feeding import private_mb, repeated
from PIL import Image

DRAWINGS, PICTURES = 100_000, 100_000
#: Seconds between two looks at the memory.
OFTEN = 0.2

EVALUATE = ["evaluate", "--levels", "0.5", "--methods", "pipeline", "--json", "--data-dir"]


def private_of_all() -> tuple[float, int]:
    """Memory that belongs to no file of this process with all that it started, and how many they are."""
    started = psutil.Process().children(recursive=True)
    memory, n = private_mb(), 1
    for one in started:
        with suppress(OSError):  # it has ended meanwhile
            memory, n = memory + private_mb(one.pid), n + 1
    return memory, n


def cpu_of_all() -> float:
    """Seconds of processors of this process with those that it started, once they have ended."""
    both = (resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def measured(words: list[str]) -> dict[str, Any]:
    """Run a command of qdtools in this process; give the peak of private memory and the seconds."""
    from qdtools.cli import main

    peak, most, ended = 0.0, 1, threading.Event()

    def watch() -> None:
        nonlocal peak, most
        while not ended.wait(OFTEN):
            memory, n = private_of_all()
            peak, most = max(peak, memory), max(most, n)

    watching = threading.Thread(target=watch)
    watching.start()
    wall, cpu = time.perf_counter(), cpu_of_all()
    code = main(words)
    wall, cpu = time.perf_counter() - wall, cpu_of_all() - cpu
    ended.set()
    watching.join()
    return {"code": code, "peak": peak, "processes": most, "wall": wall, "cpu": cpu}


def in_a_process(what: str, n: int, words: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--one", json.dumps(words)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    if found["code"]:
        sys.exit(f"error: {what} ended with {found['code']}")
    return {
        "what": what,
        "n": n,
        "private MB": round(found["peak"]),
        "processes": found["processes"],
        "seconds": round(found["wall"]),
        "images a CPU second": round(n / found["cpu"]),
        "cores busy": round(found["cpu"] / found["wall"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data_dir", nargs="?", type=Path, help="a folder of all categories")
    parser.add_argument("--scratch", type=Path, help="where drawings are repeated")
    parser.add_argument("--drawings", type=int, default=DRAWINGS)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measured(json.loads(args.one))))
        return
    if args.data_dir is None:
        parser.error("name a folder of drawings of all categories")
    drawings, rows = all_drawings(args.data_dir), []
    for n in (args.drawings // 10, args.drawings):
        with tempfile.TemporaryDirectory(dir=args.scratch) as temporary:
            folder = Path(temporary)
            (folder / "all").mkdir()
            repeated(drawings, n, folder / "all")
            rows.append(in_a_process("evaluate", n, [*EVALUATE, str(folder / "all")]))
            print(rows[-1], file=sys.stderr, flush=True)
            words = ["learn", str(folder / "all"), "--relearn", "--out", str(folder / "out")]
            words += ["--categories", ",".join(drawings.categories[:10])]
            (folder / "ten").mkdir()
            ten = drawings.only(drawings.categories[:10])
            repeated(ten, n, folder / "ten")
            words[1] = str(folder / "ten")
            rows.append(in_a_process("learn", n, words))
            print(rows[-1], file=sys.stderr, flush=True)
    for n in (args.pictures // 10, args.pictures):
        with tempfile.TemporaryDirectory(dir=args.scratch) as temporary:
            folder = Path(temporary)
            some = np.asarray(drawings[:: max(1, len(drawings) // 500)].pixels)
            for number in range(n):
                Image.fromarray(some[number % len(some)]).save(folder / f"{number}.png")
            words = ["classify", str(folder / "*.png"), "--json"]
            rows.append(in_a_process("classify", n, words))
            print(rows[-1], file=sys.stderr, flush=True)
    report("streaming", rows, args.save)


if __name__ == "__main__":
    guarded(main)
