"""Measures memory, processor time of scoring, learning, naming very many drawings in one call.

Real drawings are repeated on the disk. Each row is a process of its own; its peak of memory counts what
it shares with no file, beside that of the same call on a tenth of the drawings.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import all_drawings, guarded, report
from feeding import private_mb, repeated
from PIL import Image

DRAWINGS, PICTURES = 100_000, 100_000
#: Seconds between two looks at the memory.
OFTEN = 0.2

EVALUATE = ["evaluate", "--levels", "0.5", "--methods", "pipeline", "--json", "--data-dir"]


def measured(words: list[str]) -> dict[str, Any]:
    """Run a command of qdtools in this process; give its peak of private memory and its seconds."""
    from qdtools.cli import main

    peak, ended = 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(OFTEN):
            peak = max(peak, private_mb())

    watching = threading.Thread(target=watch)
    watching.start()
    wall, cpu = time.perf_counter(), time.process_time()
    code = main(words)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ended.set()
    watching.join()
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    whole = int(found[1]) / 1024 if found else float("nan")
    return {"code": code, "peak": peak, "whole": whole, "wall": wall, "cpu": cpu}


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
        "with pages of files, MB": round(found["whole"]),
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
