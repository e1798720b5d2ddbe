"""Writes models/README.md, the model card, from models/manifest.json; run it after each training."""

from __future__ import annotations

from pathlib import Path

from qdtools.pipeline import read_manifest

MODELS = Path(__file__).resolve().parents[1] / "models"

CARD = """\
# Model card: denoiser and classifier

Two networks that turn a noisy 28 × 28 drawing into a clean one and a name. Chapters 2 to 5 of the book explain, use and criticise them.

| network | file | parameters | takes | gives |
| --- | --- | --- | --- | --- |
| denoiser, a U-Net | `denoiser.keras` | {denoiser_parameters:,} | images (n, 28, 28, 1) in [0, 1], white ink | images of the same shape |
| classifier, a CNN | `classifier.keras` | {classifier_parameters:,} | images, clean, noisy or denoised | {n_categories} logits |

Their layers are in `qdtools/networks.py`, their SHA-256 hashes in `manifest.json`; `qdtools.Pipeline.load` refuses a file whose hash differs. Keras reads them in safe mode, and nothing is pickled.

## Data and licence

{drawings:,} drawings of {n_categories} categories: {credit}. They were drawn from their strokes with the data set's published recipe, in the look and format of Google's `numpy_bitmap` files, so the same command trains on those files. None of the first 100 drawings of the demo's five categories is among them: what the book tests on is new to these networks. Of other categories, the sample may share drawings with the training set. The weights may be used under the project's licence, with credit to the data.

## Training

```
{command}
```

Adam with cosine decay, batches of {batch_size}, seed {seed}; {denoiser_epochs} epochs for the denoiser in {denoiser_seconds:,} CPU seconds, then {classifier_epochs} for the classifier in {classifier_seconds:,}, with Keras {keras} on TensorFlow {tensorflow}. Noise is the book's Gaussian at a level drawn for each drawing from 0 to 2. The denoiser minimises binary cross-entropy; the classifier sees clean, noisy and denoised drawings in equal parts, mirrored, turned, scaled and shifted a little. {validation:.0%} of each category were kept for validation and {test:.0%} for the scores below.

## Scores

Top-1 accuracy with its 95 % Wilson interval, on drawings kept out of training. PSNR and SSIM are of the denoised image.
{tables}
## What it is bad at

- Noise it has not met. It was trained on one kind; chapter 4 measures three others.
- Drawings unlike the data: filled shapes, photographs, shading. `qdtools.read_image` brings a picture of lines to the data's look and can do nothing for the rest.
- Saying "I do not know". It names pure noise as readily as a cat; chapter 5 shows it.
- Near neighbours among the {n_categories} names (cup, mug, coffee cup), which people draw alike.
- From level 1 on the denoiser draws strokes that were never there; chapter 5 shows that too. Do not take a denoised image for evidence.
"""


def _table(score: dict) -> str:
    rows = {(row["method"], row["level"]): row for row in score["rows"]}
    levels = sorted({level for _, level in rows})
    few = len(score["categories"]) <= 10
    names = ", ".join(score["categories"]) if few else f"all {len(score['categories'])} categories"
    lines = [
        f"\n**{names}**, n = {score['n']:,}\n",
        "| Gaussian level | classifier alone | denoised first | PSNR (dB) | SSIM |",
        "| --- | --- | --- | --- | --- |",
    ]
    for level in levels:
        cells = []
        for method in ("classifier", "pipeline"):
            low, high = rows[method, level]["ci95"]
            cells.append(f"{rows[method, level]['top1']:.1%} ({low:.1%} to {high:.1%})")
        restored = rows["pipeline", level]
        lines.append(
            f"| {level:g} | {' | '.join(cells)} | {restored['psnr']:.1f} | {restored['ssim']:.2f} |"
        )
    return "\n".join(lines) + "\n"


def card(manifest: dict) -> str:
    """Render the model card of a manifest."""
    recipe = manifest["recipe"]
    return CARD.format(
        denoiser_parameters=manifest["weights"]["denoiser.keras"]["parameters"],
        classifier_parameters=manifest["weights"]["classifier.keras"]["parameters"],
        denoiser_seconds=round(manifest["cpu_seconds"]["denoiser"]),
        classifier_seconds=round(manifest["cpu_seconds"]["classifier"]),
        n_categories=len(manifest["categories"]),
        drawings=manifest["data"]["drawings"],
        credit=manifest["data"]["credit"],
        command=manifest["command"],
        keras=manifest["versions"]["keras"],
        tensorflow=manifest["versions"]["tensorflow"],
        tables="".join(_table(score) for score in manifest["scores"]),
        **{
            key: recipe[key]
            for key in (
                "batch_size",
                "seed",
                "denoiser_epochs",
                "classifier_epochs",
                "validation",
                "test",
            )
        },
    )


if __name__ == "__main__":
    (MODELS / "README.md").write_text(card(read_manifest(MODELS)), encoding="utf-8")
