"""How much faster do two workers train than one, what will fifty million drawings take, how often to save?

Each worker is held to one core, and takes as many drawings a step whatever their number. Run it on a
machine that does nothing else; `--loaded` marks a run on one that did.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from common import guarded, report
from workers import finish, noted, start

import qdtools as qd

STAGES = ("denoiser", "classifier", "joint")
#: Drawings a step of one worker: few, and as many as the shipped training took.
BATCHES = (64, 256)
#: What is asked of two workers on a core each.
ASKED = 1.7
#: All drawings of the game that are published, passes over them in each stage.
DRAWINGS, EPOCHS = 50_426_266, 4
#: Assumed of the machines: ten gigabits a second, a message's way, a core's price for an hour.
BANDWIDTH, LATENCY, PRICE = 1.25e9, 5e-5, 0.04
#: Assumed of their failures: one machine fails once in ten days; starting again takes a minute; a worker's
#: step takes 2 % longer than it might, in the mean.
BETWEEN, RESTART, STRAGGLING = 240 * 3600.0, 60.0, 0.02


def main() -> None:
    """Measure, then reckon."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="keep the result")
    parser.add_argument("--loaded", action="store_true", help="the machine did other things, too")
    args = parser.parse_args()
    measured = {batch: {world: measure(world, batch) for world in (1, 2)} for batch in BATCHES}
    parameters = sum(
        entry["parameters"]
        for name, entry in qd.read_manifest()["weights"].items()
        if name.endswith(".keras")
    )
    rows = [compared(stage, batch, measured[batch]) for batch in BATCHES for stage in STAGES]
    seconds = sum(1 / row["drawings a second, 1 worker"] for row in rows[-len(STAGES) :])
    saving = float(
        np.median([s for each in measured.values() for one in each.values() for s in one["saving"]])
    )
    report(
        "scale",
        rows,
        args.save,
        loaded=args.loaded,
        asked=ASKED,
        seconds_of_a_checkpoint=round(saving, 3),
        assumed={
            "drawings": DRAWINGS,
            "epochs of a stage": EPOCHS,
            "bytes a second": BANDWIDTH,
            "seconds of a message": LATENCY,
            "price of a core for an hour": PRICE,
            "seconds between two failures of a worker": BETWEEN,
            "seconds to start again": RESTART,
            "share by which a step straggles": STRAGGLING,
        },
        costs=costs(1 / seconds, parameters),
        goodput=goodput(saving, costs(1 / seconds, parameters)[-1]["hours"]),
    )


def measure(world: int, batch: int) -> dict:
    """Train the shipped layers on a few drawings; give the seconds of each stage's steps, of saving."""
    options = ["--from", "scratch", "--source", "sample", "--precision", "float32"]
    options += ["--categories", ",".join(qd.ALL_CATEGORIES[:60]), "--per-category", "40"]
    options += ["--batch-size", str(batch * world), "--save-every", "5", "--focus", "all"]
    # As many steps whatever the batch.
    epochs = str(world * batch // BATCHES[0])
    options += [word for stage in STAGES for word in (f"--{stage}-epochs", epochs)]
    with tempfile.TemporaryDirectory() as temporary:
        trace = Path(temporary) / "trace"
        finish(start(Path(temporary) / "out", trace, world, options, pinned=True))
        lines = noted(trace, 0)
    taken: dict[str, list[float]] = {stage: [] for stage in STAGES}
    saving = []
    for one, two in pairwise(lines):
        gap = two["time"] - one["time"]
        if two.get("event") == "saved":
            saving.append(gap)
        elif "step" in two and "step" in one and two["stage"] == one["stage"]:
            taken[two["stage"]].append(gap)  # never a stage's first, which is traced
    return {"taken": taken, "saving": saving}


def compared(stage: str, batch: int, measured: dict[int, dict]) -> dict:
    """Compare one worker with two by the median of their steps."""
    one, two = (float(np.median(measured[world]["taken"][stage])) for world in (1, 2))
    return {
        "drawings a step of a worker": batch,
        "stage": stage,
        "drawings a second, 1 worker": round(batch / one, 1),
        "2 workers": round(2 * batch / two, 1),
        "speed-up": round(2 * one / two, 2),
        "network and waiting, ms a step": round(1000 * (two - one), 1),
        "share of the step": round((two - one) / two, 3),
    }


def costs(rate: float, parameters: int) -> list[dict]:
    """Reckon time, bytes and money of all drawings on 1 to 64 workers."""
    rows = []
    for workers in (1, 2, 4, 8, 16, 32, 64):
        cost = qd.training_cost(
            workers,
            rate=rate,
            drawings=DRAWINGS,
            epochs=EPOCHS,
            batch=BATCHES[-1],
            parameters=parameters,
            bandwidth=BANDWIDTH,
            latency=LATENCY,
            price=PRICE,
        )
        rows.append(
            {
                "workers": workers,
                "hours": round(cost.hours, 1),
                "money": round(cost.money, 1),
                "speed-up": round(cost.speed_up, 2),
                "read, GB": round(len(STAGES) * cost.read_bytes / 1e9),
                "sent, GB": round(len(STAGES) * cost.sent_bytes / 1e9),
            }
        )
    return rows


def goodput(saving: float, hours: float) -> dict:
    """Simulate the largest of these trainings with a checkpoint after more work or less."""
    workers, between = 64, BETWEEN / 64
    young = qd.young_interval(saving, between)
    rows = [
        {
            "seconds between checkpoints": round(float(interval), 1),
            "goodput": round(
                qd.simulated_goodput(
                    float(interval),
                    work=hours * 3600,
                    saving=saving,
                    restart=RESTART,
                    between_failures=BETWEEN,
                    workers=workers,
                    straggling=STRAGGLING,
                ),
                4,
            ),
        }
        for interval in young * np.geomspace(1 / 8, 32, 9)
    ]
    best = max(rows, key=lambda row: row["goodput"])
    return {
        "workers": workers,
        "best": best["seconds between checkpoints"],
        "young": round(young, 1),
        "daly": round(qd.daly_interval(saving, between), 1),
        "rows": rows,
    }


if __name__ == "__main__":
    guarded(main)
