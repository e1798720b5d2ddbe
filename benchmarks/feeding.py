"""Measures what feeding drawings to training costs: speed, private memory, waiting, by how many they are.

Real drawings are repeated on the disk, in as many files as there are categories, until there are as
many as a row says. Each row is two processes: one reads batches as training prepares them, augmented
with noise added, the other trains the shipped denoiser's layers on such. Private memory is
what the first shares with no file; a page of a file belongs to whoever needs room. In cold rows both
begin when the page cache has let go of the drawings; a row tells the share that was found in it.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import mmap
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import all_drawings, guarded, report

import qdtools as qd

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
#: Images that are read, steps that are trained, in each row.
IMAGES, STEPS = 60_000, 18
BATCH = 256


def repeated(drawings: qd.Drawings, n: int, folder: Path) -> None:
    """Write so many drawings, as many of each category as of the others."""
    names = drawings.categories
    for label, name in enumerate(names):
        own = np.asarray(drawings.only([name]).pixels).reshape(-1, 784)
        each = n // len(names) + (label < n % len(names))
        if each:
            shape = (each, 784)
            file = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.uint8, shape)
            for start in range(0, each, len(own)):
                file[start : start + len(own)] = own[: each - start]
            file.flush()


def forgotten(folder: Path) -> None:
    """Let the system forget the files of a folder."""
    for path in folder.glob("*.npy"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def resident(folder: Path) -> float:
    """Share of the files' pages that the page cache holds."""
    libc = ctypes.CDLL(None, use_errno=True)
    pages = held = 0
    for path in folder.glob("*.npy"):
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
            seen = np.zeros(-(-len(mapped) // mmap.PAGESIZE), np.uint8)
            view = np.frombuffer(mapped, np.uint8)
            at = ctypes.c_void_p(view.ctypes.data)
            if libc.mincore(at, ctypes.c_size_t(len(mapped)), ctypes.c_void_p(seen.ctypes.data)):
                raise OSError(ctypes.get_errno(), f"mincore does not answer for {path}")
            del view
        pages, held = pages + len(seen), held + int((seen & 1).sum())
    return held / pages


def private_mb(process: int | str = "self") -> float:
    """Memory of a process that belongs to no file."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    found = re.search(r"^Anonymous:\s+(\d+)", rollup, re.MULTILINE)
    return int(found[1]) / 1024 if found else float("nan")


def measured(folder: Path, trains: bool) -> dict[str, Any]:
    """Feed the drawings of a folder, or train on them, in this process."""
    from qdtools.training.batches import augment, augmented, batches_by_epoch, drown
    from qdtools.training.config import TrainingConfig

    def prepare(images: Any, labels: Any, *how: Any) -> tuple[Any, Any]:
        del labels
        return drown(images, *how), images

    config = TrainingConfig(start="scratch", batch_size=BATCH)
    before, start = _read_bytes(), time.perf_counter()
    drawings = qd.load("all", source=folder)
    training, _, _ = drawings.split(config.validation, config.test)
    opened = time.perf_counter() - start
    batches = batches_by_epoch(training, config, augmented(prepare, augment))
    if trains:
        return _trained(config, batches)
    images, highest, start = 0, 0.0, 0.0
    epoch = 0
    while images < min(IMAGES, 20 * len(training)):
        for number, (noisy, _) in enumerate(batches(epoch)):
            if epoch == 0 and number == 0:
                start = (
                    time.perf_counter()
                )  # the first comes after the shuffle, which is told apart
            images += len(noisy)
            if number % 20 == 0:
                highest = max(highest, private_mb())
            if images >= IMAGES:
                break
        epoch += 1
    rate = images / (time.perf_counter() - start)
    return {
        "drawings": len(drawings),
        "seconds to open": round(opened, 2),
        "images a second": round(rate),
        "private MB": round(highest),
        "read MB": round((_read_bytes() - before) / 1e6),
    }


def _trained(config: Any, batches: Any) -> dict[str, Any]:
    from qdtools.training.networks import denoiser_for

    model = denoiser_for(config)
    model.compile("adam", "mse", jit_compile=False)
    waited = trained = 0.0
    steps = epoch = 0
    while steps < STEPS:
        source = iter(batches(epoch))
        while steps < STEPS:
            start = time.perf_counter()
            batch = next(source, None)
            if batch is None:
                break
            middle = time.perf_counter()
            model.train_on_batch(*batch)
            if steps >= 4:  # the first traces, and waits for the shuffle
                waited += middle - start
                trained += time.perf_counter() - middle
            steps += 1
        epoch += 1
    return {
        "waiting, share of a step": round(waited / (waited + trained), 4),
        "seconds a step": round((waited + trained) / (steps - 4), 3),
    }


def _read_bytes() -> int:
    found = re.search(r"^read_bytes: (\d+)", Path("/proc/self/io").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def in_processes(folder: Path, cold: bool) -> dict[str, Any]:
    row: dict[str, Any] = {}
    found = 0.0
    for part in ("feed", "train"):
        if cold:
            forgotten(folder)
        found = max(found, resident(folder))
        done = subprocess.run(
            [sys.executable, __file__, "--one", folder, "--part", part],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        row |= json.loads(done.stdout.splitlines()[-1])
    about = {"drawings": row.pop("drawings"), "page cache": "cold" if cold else "warm"}
    return about | {"in the cache at the start": round(found, 4)} | row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data_dir", nargs="?", type=Path, help="a folder of all categories")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument(
        "--scratch", type=Path, help="where drawings are repeated; default: the temporary folder"
    )
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measured(args.one, args.part == "train")))
        return
    if args.data_dir is None:
        parser.error("name a folder of drawings of all categories")
    drawings, rows = all_drawings(args.data_dir), []
    for n in args.sizes:
        with tempfile.TemporaryDirectory(dir=args.scratch) as temporary:
            repeated(drawings, n, Path(temporary))
            for cold in (False, True):
                rows.append(in_processes(Path(temporary), cold))
                print(rows[-1], file=sys.stderr, flush=True)
    report("feeding", rows, args.save, batch=BATCH, steps=STEPS)


if __name__ == "__main__":
    guarded(main)
