"""What benchmarks share: the original demo's networks, drawings, targets, refusals, how a result is kept."""

from __future__ import annotations

import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

import qdtools as qd
from qdtools.manifests import GRAPH
from qdtools.training.config import trained_with

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).resolve().parent / "results"
#: What the shipped pipeline is meant to reach on drawings kept out of training: accuracies of the
#: categories in focus or of all, decibels, how far it may stand behind the best method, what another
#: look of the drawings may cost. The tests read them, too.
TARGETS = json.loads((RESULTS.parent / "targets.json").read_text(encoding="utf-8"))


def build_original(n_categories: int = 5) -> tuple[qd.keras.Model, qd.keras.Model]:
    """Build the original demo's autoencoder and CNN, untrained; returns both."""
    layers = qd.keras.layers
    cnn = qd.keras.Sequential(
        [
            qd.keras.Input((28, 28, 1)),
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
    return qd.build_autoencoder(), cnn


def guarded(main: Callable[[], None]) -> None:
    """Run a benchmark; what qdtools refuses is said in one sentence, as its command line does."""
    try:
        main()
    except qd.QdToolsError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def all_drawings(data_dir: Path) -> qd.Drawings:
    """Load a folder that must hold every category."""
    drawings = qd.load("all", source=data_dir)
    missing = [name for name in qd.ALL_CATEGORIES if name not in drawings.categories]
    if missing:
        raise qd.DataError(
            f"{str(data_dir)!r} has no drawings of {missing[0]!r}"
            f"{f' and {len(missing) - 1} more' if missing[1:] else ''}; this benchmark takes all "
            f"{len(qd.ALL_CATEGORIES)} categories, which 'qdtools download' fetches."
        )
    return drawings


def shipped_focus() -> tuple[str, ...]:
    """Give the categories that the shipped weights were to tell apart best; all where it was no few."""
    manifest = qd.read_manifest()
    return trained_with(manifest).focus or tuple(manifest["categories"])


def shipped_split(data_dir: Path) -> tuple[qd.Drawings, qd.Drawings, qd.Drawings]:
    """Split the drawings that the shipped weights learned as their training did.

    Gives training, validation and test. Of any other drawings a split would call unseen what may
    have been trained on, so they are refused.
    """
    manifest = qd.read_manifest()
    drawings = all_drawings(data_dir)
    if drawings.sha256 != manifest["data"]["sha256_of_pixels"]:
        raise qd.DataError(
            f"{str(data_dir)!r} holds other drawings than those that the weights were trained on, "
            "and which of them are new to the weights is not known; name the folder that "
            "they were trained on, or train on this one and name the weights with QD_MODELS_DIR."
        )
    config = trained_with(manifest)
    return drawings.split(config.validation, config.test, config.seed)


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


def report(name: str, rows: list[dict], save: bool, **kept: Any) -> None:
    """Print rows as a Markdown table, and keep them with date, machine and what more is named.

    The hash of the graph that ships says which weights they were measured on; the model card quotes
    them as long as it ships.
    """
    heads = list(rows[0])
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    kept = {"machine": machine(), "date": today} | kept
    kept |= {"weights": qd.read_manifest()["weights"][GRAPH]["sha256"], "rows": rows}
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
        raise qd.DataError(f"There is no {str(path)!r} yet; run with --save first.")
    return json.loads(path.read_text(encoding="utf-8"))
