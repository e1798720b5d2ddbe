"""What benchmarks of several workers share: starting a training by processes, reading what these noted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import qdtools as qd
from qdtools.training.cluster import free_ports

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def start(
    out: Path, trace: Path, world: int, options: Sequence[str], pinned: bool = False
) -> list[subprocess.Popen]:
    """Start workers of one training on this machine, each on a core of its own where they are pinned."""
    named = ",".join(f"127.0.0.1:{port}" for port in free_ports(world))
    cores = sorted(os.sched_getaffinity(0)) if pinned else []
    if pinned and len(cores) < world:
        raise qd.DataError(f"{world} workers want {world} cores; there are {len(cores)} here.")
    command = [sys.executable, "-m", "qdtools", "train", *options, "--workers", named]
    command += ["--out", str(out), "--trace", str(trace)]
    processes = []
    for rank in range(world):
        pin = ["taskset", "--cpu-list", str(cores[rank])] if pinned else []
        process = subprocess.Popen(
            [*pin, *command, "--index", str(rank)], stdout=subprocess.DEVNULL
        )
        processes.append(process)
    return processes


def finish(processes: Sequence[subprocess.Popen]) -> None:
    """Wait until all have ended well."""
    for process in processes:
        if process.wait():
            raise qd.DataError("A worker did not end well; what it said stands above.")


def noted(trace: Path, rank: int) -> list[dict[str, Any]]:
    """Read what a worker noted of its steps."""
    lines = (trace / f"worker-{rank}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
