"""Does all that new weights need before they ship: takes them over, trains what stands beside them, measures.

Usage: python tools/new_weights.py WEIGHTS DRAWINGS [--list], as `python do.py weights` calls it. WEIGHTS is
what `qdtools train` wrote, DRAWINGS what they were trained on. A step that was done for these weights is
not done again: after a failure the same command goes on where it stopped. All of it takes hours.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
#: What is kept between two calls: which steps are done, checkpoints of the rivals, the second training.
KEPT = ROOT / "_build" / "weights"
MANIFEST, GRAPH = "manifest.json", "pipeline.onnx"


class RefusedError(Exception):
    """Why it cannot be done, with the way out."""


def steps(weights: dict, drawings: str) -> dict[str, list[str]]:
    """List the commands that new weights need, in their order, each under what it is for."""
    again = str(KEPT / "again")
    python = [sys.executable]

    def measured(name: str, *arguments: str) -> list[str]:
        return [*python, str(Path("benchmarks", f"{name}.py")), *arguments, "--save"]

    return {
        "train the rivals": [*python, "tools/train_rivals.py", drawings, str(KEPT / "rivals")],
        "targets": measured("targets", drawings),
        "inference": measured("inference"),
        "smaller graphs": measured("precisions", drawings),
        "saved answers": measured("answers"),
        "cost of training": measured("training_cost", drawings),
        "losses": measured("losses", drawings),
        "learning curve": measured("learning_curve", drawings, "--again"),
        "naming curve": measured("naming_curve", drawings, "--again"),
        "channels": measured("channels"),
        "background": [*python, "tools/measure_background.py", drawings],
        "names of one's own": measured("own_categories"),
        "pictures": measured("pictures"),
        "several workers": measured("scale"),
        "a killed worker": measured("killed_worker"),
        "feeding": measured("feeding", drawings),
        "very many drawings at once": measured("streaming", drawings),
        "tuning": measured("tuning", drawings),
        "the book": [*python, "do.py", "book", "--as-is"],
        "in the page": measured("web_runtime"),
        "maps in the page": measured("look_inside"),
        "training in the page": measured("train_in_page"),
        "train once more": trained_again(weights["command"], drawings, again),
        "reproduction": measured("reproduction", again),
        "the opening picture": [*python, "tools/opening_picture.py"],
        # Last: it refuses what was measured on other weights.
        "model card": [*python, "tools/model_card.py"],
    }


def trained_again(command: str, drawings: str, out: str) -> list[str]:
    """Make the command of a manifest one of this machine, with its own folders."""
    words = shlex.split(command)
    for option, folder in (("--data-dir", drawings), ("--out", out)):
        words[words.index(option) + 1] = folder
    return [sys.executable, "-m", "qdtools", *words[1:]]


def read_weights(folder: Path) -> dict:
    """Read the manifest of a folder that training has finished, whose files are those it names."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        hashes = {name: entry["sha256"] for name, entry in manifest["weights"].items()}
        if GRAPH not in hashes or "--data-dir" not in manifest["command"]:
            raise KeyError(GRAPH)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError(
            f"{str(folder)!r} holds no finished weights (of its {MANIFEST}: {error!r}); "
            f"train some: qdtools train --data-dir DRAWINGS --categories all --out {folder}"
        ) from error
    for name, expected in hashes.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise RefusedError(
                f"{str(path)!r} is missing or not the file that {MANIFEST} names; copy the folder "
                "once more, or train again"
            )
    return manifest


def take_over(folder: Path, models: Path) -> None:
    """Put weights in the place of those that ship, the manifest last."""
    if folder.resolve() == models.resolve():
        return
    for name in [*read_weights(folder)["weights"], MANIFEST]:
        part = models / f"{name}.part"
        shutil.copyfile(folder / name, part)
        part.replace(models / name)


def work(todo: dict[str, list[str]], of: str, kept: Path) -> str | None:
    """Run steps in turn, but those done for these weights; gives the first that failed.

    ``of`` is the hash of the weights, ``kept`` the file that says what is done.
    """
    try:
        done = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        done = {}
    if not isinstance(done, dict) or done.get("weights") != of:
        done = {"weights": of, "steps": []}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for number, (name, command) in enumerate(todo.items(), start=1):
        line = f"[{number}/{len(todo)}] {name}"
        if name in done["steps"]:
            print(f"{line}: done before", flush=True)
            continue
        print(f"{line}: {shlex.join(command)}", flush=True)
        if subprocess.run(command, cwd=ROOT, env=environment).returncode:
            return name
        done["steps"].append(name)
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        part.write_text(json.dumps(done), encoding="utf-8")
        part.replace(kept)
    return None


def main() -> int:
    """Check both folders, then do one step after the other."""
    parser = argparse.ArgumentParser(prog="python do.py weights", description=__doc__)
    parser.add_argument(
        "weights", type=Path, help="what qdtools train wrote; models is taken as it is"
    )
    parser.add_argument("drawings", type=Path, help="what they were trained on")
    parser.add_argument("--list", action="store_true", help="only say what would be done")
    arguments = parser.parse_args()
    try:
        weights = read_weights(arguments.weights)
        if not arguments.drawings.is_dir():
            raise RefusedError(f"{str(arguments.drawings)!r} is no folder of drawings")
    except RefusedError as refusal:
        print(f"weights: {refusal}.", file=sys.stderr)
        return 2
    todo = steps(weights, str(arguments.drawings.resolve()))
    if arguments.list:
        for number, (name, command) in enumerate(todo.items(), start=1):
            print(f"[{number}/{len(todo)}] {name}: {shlex.join(command)}")
        return 0
    take_over(arguments.weights, MODELS)
    failed = work(todo, weights["weights"][GRAPH]["sha256"], KEPT / "done.json")
    if failed:
        print(
            f"weights: {failed!r} failed, see above; mend it, then the same command goes on from there.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
