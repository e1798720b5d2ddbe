"""Measures on several splits what each remedy of chapter 4 buys, by running the chapter's own cells."""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import qdtools as qd
from qdtools.settings import lessons_dir
from qdtools.training.release import described

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CHAPTER = Path(__file__).resolve().parents[1] / "book" / "4-cnn.ipynb"
#: Each remedy by its name: how the chapter's functions are called.
REMEDIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "none": ({"dropout": False}, {}),
    "augmentation": ({"dropout": False}, {"augmented": True}),
    "dropout": ({"dropout": True}, {}),
    "early stopping": ({"dropout": False}, {"patience": 12}),
    "augmentation, dropout": ({"dropout": True}, {"augmented": True}),
    "all three": ({"dropout": True}, {"augmented": True, "patience": 12}),
}


@dataclass(frozen=True)
class Task:
    """What the measured cells may read: names as the chapter has them."""

    drawings: qd.Drawings
    validation: qd.Drawings

    @property
    def namespace(self) -> dict[str, Any]:
        """A chapter's state before the measured cells."""
        return {"keras": qd.keras, "np": np, "qd": qd, **vars(self)}


def measured_cells(chapter: Path = CHAPTER) -> str:
    """Give the code of the chapter's cells that are tagged ``measured``."""
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    own = [cell for cell in cells if "measured" in cell["metadata"].get("tags", [])]
    return "\n\n".join("".join(cell["source"]) for cell in own)


def fingerprint(code: str) -> str:
    """Tell code from other code, whatever its layout or comments."""
    return hashlib.sha256(ast.unparse(ast.parse(code)).encode()).hexdigest()


def score(network: qd.keras.Model, part: qd.Drawings) -> tuple[float, float]:
    """Give a network's accuracy and its cross-entropy on drawings."""
    logits = network.predict(part.images, verbose=0).astype(float)
    logits -= logits.max(axis=1, keepdims=True)
    right = logits[np.arange(len(part)), part.labels]
    losses = np.log(np.exp(logits).sum(axis=1)) - right
    return float((logits.argmax(axis=1) == part.labels).mean()), float(losses.mean())


def measure(
    drawings: qd.Drawings,
    splits: int,
    epochs: int,
    names: Sequence[str] = tuple(REMEDIES),
    echo: Callable[[str], None] = print,
) -> dict[str, dict[str, list[float]]]:
    """Train with each remedy on each split; what test drawings say is asked once, at the end.

    Returns
    -------
    dict
        By remedy: by quantity, a value a split.
    """
    code = compile(measured_cells(), str(CHAPTER), "exec")
    found: dict[str, dict[str, list[float]]] = {name: {} for name in names}
    for split in range(splits):
        training, validation, test = drawings.split(seed=split)
        chapter = Task(drawings, validation).namespace
        exec(code, chapter)  # noqa: S102 - the book's own cells
        for name in names:
            how_built, how_trained = REMEDIES[name]
            qd.keras.utils.set_random_seed(split)
            network = chapter["build"](**how_built)
            history = chapter["train"](network, training, epochs, **how_trained)
            values = {"epochs": float(len(history["loss"]))}
            for words, part in (("training", training), ("test", test)):
                accuracy, loss = score(network, part)
                values |= {f"{words} accuracy": accuracy, f"{words} cross-entropy": loss}
            for quantity, value in values.items():
                found[name].setdefault(quantity, []).append(round(value, 4))
            echo(f"split {split}, {name}: " + ", ".join(f"{k} {v:.3f}" for k, v in values.items()))
            qd.keras.backend.clear_session()
    return found


def result(
    drawings: qd.Drawings, measured: Mapping[str, Any], epochs: int, command: str
) -> dict[str, Any]:
    """Put what was measured beside how."""
    training, _, test = drawings.split()
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "drawings": described(drawings),
        "names": list(drawings.categories),
        "n_training": len(training),
        "n_test": len(test),
        "epochs": epochs,
        "sha256_of_cells": fingerprint(measured_cells()),
        "remedies": measured,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--out", type=Path, default=lessons_dir() / "overfitting.json")
    args = parser.parse_args()
    drawings = qd.load(source="sample")
    measured = measure(drawings, args.splits, args.epochs)
    command = f"python tools/overfitting.py --splits {args.splits} --epochs {args.epochs}"
    content = result(drawings, measured, args.epochs, command)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
