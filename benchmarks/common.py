"""What every benchmark shares: the original recipe's networks, the machine, and keeping the result."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

import psutil

RESULTS = Path(__file__).resolve().parent / "results"


def build_original(n_categories: int = 5):
    """Build the original demo's autoencoder and CNN, untrained; returns both."""
    from qdtools import build_autoencoder, keras

    layers = keras.layers
    cnn = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(n_categories, activation="softmax"),
        ]
    )
    return build_autoencoder(), cnn


def shipped_split(data_dir: Path):
    """Split a folder's drawings as the shipped weights' training did; training, validation, test."""
    import qdtools as qd

    recipe = qd.read_manifest()["recipe"]
    drawings = qd.load("all", source=data_dir)
    return drawings.split(recipe["validation"], recipe["test"], recipe["seed"])


def machine() -> str:
    """Describe the processor and how many cores of it there are."""
    try:
        names = [
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ]
    except OSError:
        names = []
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {psutil.cpu_count()} cores"


def report(name: str, rows: list[dict], save: bool, **kept) -> None:
    """Print rows as a Markdown table, and keep them with date, machine and what more is named."""
    heads = list(rows[0])
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    kept = {"machine": machine(), "date": today} | kept | {"rows": rows}
    if kept["date"] != today:  # runs kept from then, beside the weights that ship now
        kept["again"] = today
    print(f"\n{kept['machine']}, {kept['date']}\n")
    print("| " + " | ".join(heads) + " |")
    print("|" + " --- |" * len(heads))
    for row in rows:
        print("| " + " | ".join(str(row[head]) for head in heads) + " |")
    if save:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def saved(name: str) -> dict:
    """Give what a benchmark's last run kept."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise SystemExit(f"There is no {str(path)!r} yet; run with --save first.")
    return json.loads(path.read_text(encoding="utf-8"))
