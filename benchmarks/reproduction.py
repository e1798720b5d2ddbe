"""Compares weights that the manifest's command made again with those that ship, with their answers, too.

Train first, by the command in `models/manifest.json`, into an empty folder; that folder is what to
name here. On the same kind of processor with the same versions everything comes out alike in every
digit; elsewhere rounding differs, training enlarges that, and the scores are what must agree.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from common import guarded, report

import qdtools as qd
from qdtools.training.config import trained_with


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where 'qdtools train' put its weights")
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    args = parser.parse_args()

    shipped, again = qd.read_manifest(), qd.read_manifest(args.folder)
    _check_same_training(args.folder, shipped, again)
    rows = [
        *_losses(shipped["curves"], again["curves"]),
        *(_weights(name, args.folder) for name in ("denoiser", "classifier")),
        *_answers(args.folder),
        *map(_scores, shipped["scores"], again["scores"]),
        _cpu_seconds(shipped["cpu_seconds"], again["cpu_seconds"]),
    ]
    report("reproduction", rows, args.save)


def _check_same_training(folder: Path, shipped: dict, again: dict) -> None:
    """Refuse weights that were not to come out the same."""

    def drawings(manifest: dict) -> str | None:
        return manifest.get("data", {}).get("sha256_of_pixels")

    def sizes(manifest: dict) -> dict[str, int | None]:
        return {name: entry.get("parameters") for name, entry in manifest["weights"].items()}

    for what, differ in (
        ("on other drawings", drawings(again) != drawings(shipped)),
        ("by another config", trained_with(again) != trained_with(shipped)),
        ("with other layers", sizes(again) != sizes(shipped)),
    ):
        if differ:
            raise qd.ModelError(
                f"The weights in {str(folder)!r} were trained {what} than those that ship; "
                f"train as the manifest says: {shipped['command']}"
            )


def _row(what: str, shipped: str, again: str, difference: str) -> dict:
    return {
        "what": what,
        "shipped": shipped,
        "made again": again,
        "largest difference": difference,
    }


def _losses(shipped: list[dict], again: list[dict]) -> list[dict]:
    """Compare the training losses of every epoch, stage by stage; the last one's are shown."""
    rows = []
    for stage in dict.fromkeys(row["stage"] for row in shipped):
        ours, theirs = (
            [row["loss"] for row in curves if row["stage"] == stage] for curves in (shipped, again)
        )
        # Early stopping may end one sooner.
        pairs = list(zip(ours, theirs, strict=False))
        rows.append(
            _row(
                f"{stage}, training loss after {len(ours)} and {len(theirs)} epochs",
                f"{ours[-1]:.5f}",
                f"{theirs[-1]:.5f}" if theirs else "",
                f"{max(abs(a - b) for a, b in pairs):.3g}" if pairs else "",
            )
        )
    return rows


def _weights(name: str, folder: Path) -> dict:
    ours, theirs = (
        np.concatenate([array.ravel() for array in network.get_weights()])
        for network in (qd.load_network(name), qd.load_network(name, folder))
    )
    return _row(
        f"{name}, {len(ours):,} weights, root mean square",
        *_root_mean_squares(ours, theirs),
        f"{np.abs(ours - theirs).max():.3g}",
    )


def _answers(folder: Path) -> list[dict]:
    """Compare what the exported graphs answer; their files differ by the names and order of inner nodes."""
    noise = qd.gaussian(np.zeros((64, 28, 28, 1), np.float32), 1)

    def answers(pipeline: qd.Pipeline) -> tuple[np.ndarray, np.ndarray]:
        denoised, names = pipeline(noise)
        return denoised, np.stack([names, pipeline.classify(noise)])

    pairs = zip(answers(qd.Pipeline.load()), answers(qd.Pipeline.load(folder)), strict=True)
    return [
        _row(
            f"graph, {what} for {len(noise)} images of pure noise, root mean square",
            *_root_mean_squares(ours, theirs),
            f"{np.abs(ours - theirs).max():.3g}",
        )
        for what, (ours, theirs) in zip(("pixels", "probabilities"), pairs, strict=True)
    ]


def _root_mean_squares(*arrays: np.ndarray) -> list[str]:
    return [f"{np.sqrt(np.mean(np.square(array))):.5f}" for array in arrays]


def _scores(shipped: dict, again: dict) -> dict:
    """Compare the accuracies of every method and level in the manifest; their mean is shown."""
    ours, theirs = (
        {(row["method"], row["level"]): row["top1"] for row in score["rows"]}
        for score in (shipped, again)
    )
    differences = [abs(ours[key] - theirs[key]) for key in ours]
    return _row(
        f"top-1 on {shipped['n']:,} test drawings, {len(shipped['categories'])} categories, "
        f"mean over {len(ours)} methods and levels",
        *(f"{np.mean(list(top1.values())):.2%}" for top1 in (ours, theirs)),
        f"{100 * max(differences):.3g} points",
    )


def _cpu_seconds(shipped: dict, again: dict) -> dict:
    ours, theirs = sum(shipped.values()), sum(again.values())
    return _row("CPU seconds", f"{ours:,}", f"{theirs:,}", f"{theirs / ours - 1:+.0%}")


if __name__ == "__main__":
    guarded(main)
