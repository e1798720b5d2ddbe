"""Writes the model card, models/README.md, from the manifest with what the benchmarks last measured."""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import asdict
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from qdtools.errors import DataError, QdToolsError
from qdtools.evaluation import METHODS
from qdtools.manifests import GRAPH, read_manifest
from qdtools.training.config import TrainingConfig, trained_with

PROJECT = Path(__file__).resolve().parents[1]
MODELS, RESULTS = PROJECT / "models", PROJECT / "benchmarks" / "results"
#: Losses that a run keeps of every epoch, by what the card calls them.
LOSSES = {"loss": "training loss", "val_loss": "validation loss"}
#: In what numbers layers compute.
COMPUTED = {
    "float32": "floats of 32 bits (`float32`)",
    "mixed_bfloat16": "short floats of 16 bits while the weights are kept in 32 (`mixed_bfloat16`)",
}
#: A table of more columns lies on its side where that makes it narrower: then a page shows it whole.
WIDEST = 12
#: So many categories stand at either end of the list of all.
EXTREMES = 8

CARD = """\
# Model card: denoiser and classifier

Two networks that turn a noisy 28 × 28 drawing into a clean one and a name. Chapters 3 to 6 of the book explain, use and criticise them.

{finding}

## What it is bad at

- Noise it has not met. It was trained on one kind; the book's appendix, *Every comparison*, measures six others, names every column in which something else wins by more than chance, and compares the U-Net with a plain autoencoder on them.
- Drawings unlike the data: filled shapes, photographs, shading. `qdtools.read_image` brings a picture of lines to the data's look and can do nothing for the rest.
- Saying "I do not know". It must give a name even to pure noise; chapter 6 shows which, and how surely. Beside the name may stand "none of these" (chapter 7); how often that doubt is right stands below, folded into *How many examples a name of one's own takes*.
- Near neighbours among the {n_categories} names (cup, mug, coffee cup), which people draw alike.
- From level 1 on the denoiser draws strokes that were never there; chapter 6 shows that too. Do not take a denoised image for evidence.

## Scores

Top-1 accuracy, the share of drawings whose likeliest name is right, with its 95% Wilson interval, on drawings kept out of training; each is drowned several times and the mean counts; the interval is that of the nearest whole number of drawings named right. The levels are those of the book's Gaussian noise; PSNR, in decibels, and SSIM are of the denoised image.

{sample}
{tables}

## Files

| network | file | parameters | takes | gives |
| --- | --- | --- | --- | --- |
| denoiser, a residual U-Net | `denoiser.keras` | {denoiser_parameters:,} | images (n, 28, 28, 1) in [0, 1], white ink | images of the same shape |
| classifier, a CNN | `classifier.keras` | {classifier_parameters:,} | images, clean, noisy or denoised | {n_categories} logits |
| both, one ONNX graph | `pipeline.onnx` | {pipeline_parameters:,}, as 16-bit floats | `noisy` | `denoised`, `logits`, and `direct_logits` of the noisy image |

Their layers are in `qdtools/training/networks.py`, their SHA-256 hashes in `manifest.json`; a file whose hash differs is refused. `qdtools.Pipeline.load` runs the graph on ONNX Runtime, `qdtools.load_network` loads a network into Keras, in safe mode; nothing is pickled. On noisy test drawings (level 0.5) no probability from the graph differed from Keras's by more than {difference}. `rivals/` holds what chapter 5 and *Every comparison* set beside them.

## Data and licence

{drawings:,} drawings of {n_categories} categories: {credit}. They were drawn from their strokes with the data set's published recipe, in the look and format of Google's `numpy_bitmap` files, so the same command trains on those files. From the same drawings (`manifest.json` has their hash) it makes these weights again, up to floating-point noise; from Google's own files it makes ones like them, whose first 100 drawings of the demo's categories must be left out if the book is to test on those. None of the first 100 drawings of the demo's five categories is among them: what the book tests on is new to these networks. Of other categories, the sample may share drawings with the training set. The weights may be used under the project's licence, with credit to the data.

## Training

```
{command}
```

The convolutions learned by Muon, an optimiser that takes a layer's weights as one table and makes each step about equally long in all of its directions, the rare ones too; all else by Adam (`qdtools/training/optimizer.py`). Their rate rose for the first steps and then fell along half a cosine, with batches of {batch_size}, seed {seed}, layers computing in {computed}; Keras {keras} on TensorFlow {tensorflow}. Noise is the book's Gaussian at a level drawn for each drawing from 0 to 2. {validation:.0%} of each category were kept for validation and {test:.0%} for the scores above.

{stages}
<details>
<summary>How it was trained, in full</summary>

Losses are those of the first epoch and of the last; `manifest.json` has those between, which `qdtools train` draws beside its checkpoints. A training loss is an epoch's mean while the network still learns, on drawings that are altered and with dropout on, so it may lie above the validation loss. The denoiser's is a logarithm, which may lie below zero. In the last stage the categories in focus are shown more often in training than in validation, so there the two are not alike.

The denoiser learns by the logarithm of each image's mean squared error, which is its PSNR turned into a loss. The classifier sees {views_in_words} drawings in equal parts, mirrored, turned, scaled and shifted a little; to the cross-entropy over all categories comes one over {those_in_focus}, for drawings of these, {favour:g} times as heavy. Then both are tuned together, the denoiser through the classifier's losses, too; {joint_focus}. Two thirds of the drawings then go through both, as they are or mirrored, a sixth to the classifier clean and a sixth noisy.{others} Of the stages the one that named noisy validation drawings best was shipped: {chosen}. Batch normalisation was folded into the convolutions and all weights rounded to 16 bits before anything was scored.

</details>
{benchmarks}"""


class Quoted(NamedTuple):
    """A benchmark whose last result the card quotes."""

    #: What to type after ``python benchmarks/`` to measure anew.
    arguments: str
    #: What its table answers.
    question: str
    #: Of a second table: the key of its rows in the result, what it answers.
    besides: tuple[str, str] | None = None
    #: Columns whose numbers are shares in [0, 1], which the card words in per cent as all others.
    shares: tuple[str, ...] = ()


#: Every benchmark that the card quotes, in its order.
QUOTED = {
    "targets": Quoted(
        "targets.py DIR --save",
        "What it was meant to reach and what it reaches, on drawings kept out of training; “open in general” stands where the interval holds the target, so that other drawings might decide otherwise",
    ),
    "reproduction": Quoted(
        "reproduction.py AGAIN --save",
        "Whether the command above makes these weights again: a second run from an empty folder beside the one whose weights ship",
    ),
    "learning_curve": Quoted(
        "learning_curve.py DIR --again --save",
        "What the denoiser's PSNR is short of: drawings, passes over them or layers; dB at a level, on drawings of the training and on validation drawings. Where the two hardly differ, more drawings would not help. The last rows say how many multiply-adds the line through the widths asks for",
    ),
    "naming_curve": Quoted(
        "naming_curve.py DIR --again --save",
        "What the names of noisy drawings are short of: drawings, passes over them or layers; accuracies at a level of a classifier trained from scratch, far shorter than the shipped one. The next rows say by what a doubling multiplies its errors. The last estimate what would take the shipped pipeline to its targets if that went on; expect more rather than less, since a network that has learned longer gains less",
    ),
    "inference": Quoted(
        "inference.py --save",
        "How fast, how soon and in how much memory it answers, against `predict` of the original demo's two networks; a ratio above 1 speaks for the shipped pipeline, but for the first, which says how much more it has to compute",
    ),
    "precisions": Quoted(
        "precisions.py DIR --save",
        "What `qdtools quantize` keeps: shares of drawings kept out of training that are named right, decibels, the share of names that are others than in floats; speed beside floats on one thread, and the graph's size. Weights are stored in 16 bits anyway, so 16-bit floats save no bytes. 8 bits are fast where the processor has an instruction for sums of their products; elsewhere they may be slower, which is why floats stay the default",
        shares=("right, of all names", "right, of those in focus", "names that change"),
    ),
    "answers": Quoted(
        "answers.py --save",
        "What saving the answers to many pictures takes, `qdtools classify --out`: processor time a picture, start included, and the peak of memory, neither of which grows with their number",
    ),
    "training_cost": Quoted(
        "training_cost.py DIR --save",
        "What accuracy CPU seconds of training buy, five categories, drawings kept out of training",
    ),
    "feeding": Quoted(
        "feeding.py DIR --save",
        "What feeding any number of drawings to training costs: images a second, augmented with noise added; megabytes that the process shares with no file; the share of a step of the shipped denoiser's layers that is spent waiting for a batch. Before a cold row the page cache is told to let go of the drawings",
        shares=("in the cache at the start", "waiting, share of a step"),
    ),
    "streaming": Quoted(
        "streaming.py DIR --save",
        "What scoring, learning from, naming very many drawings in one call takes: megabytes that its processes share with no file, together at the most; how many cores it keeps busy",
    ),
    "scale": Quoted(
        "scale.py --save",
        "How much faster two workers train than one, each held to one core of one machine; 1.7 times was meant. The more drawings a step, the less do messages weigh: 256 are what the shipped training took. The classifier normalises over the whole batch, so its workers wait for each other within each step",
        shares=("share of the step",),
    ),
    "killed_worker": Quoted(
        "killed_worker.py --save",
        "What a killed worker costs a training by two: from which step it goes on, and how far its losses then are from those of an undisturbed run",
    ),
    "pictures": Quoted(
        "pictures.py --save",
        "How many drawings of the sample keep their name on a picture that shows more than the drawing, as `tools/scenes.py` makes them: a name is kept where the picture is named as the one with the drawing alone. Among 345 names that is much asked: the last rows show how many keep it where the drawing alone, as it was read, is changed by what the eye hardly sees",
    ),
    "tuning": Quoted(
        "tuning.py DIR --save",
        "What each way to categories of one's own reaches on drawings that none has seen, in how many seconds; shipped weights need none for names that they know",
    ),
    "own_categories": Quoted(
        "own_categories.py --save",
        "How many examples a name of one's own takes, on the shipped features: shares of unseen digits named right by noise level, the mean over draws of the examples and the lowest of them; the most seconds and megabytes that a draw took; what cross-validation said of the same heads",
        (
            "none_of_these",
            "How often “none of these” is said, by what is shown: drawings of the names to choose among, "
            "where it is wrong, then what none of them fits, trained names or digits; the mean where "
            "several sets are alike. Digits are enlarged by cubic splines here, linearly in chapter 7, "
            "where all names together doubt far more of them",
        ),
        shares=(
            *(f"level_{level}{which}" for level in ("0", "0.5", "1") for which in ("", "_lowest")),
            *("held_out", "stated", "right"),
        ),
    ),
    "channels": Quoted(
        "channels.py --save",
        "What a training step of the classifier costs by its filters, against the shipped number of them; it has 2, 8 and 16 times as many further in",
    ),
    "web_runtime": Quoted(
        "web_runtime.py --save",
        "What it costs to run in a page, one thread in Chromium",
    ),
    "look_inside": Quoted(
        "look_inside.py --save",
        "How soon *Look inside* shows every map of a stroke, the wait for a frame included, one thread in Chromium; 50 ms at most were meant",
    ),
    "train_in_page": Quoted(
        "train_in_page.py --save",
        "What it takes to train chapter 3's autoencoder in a page, from random weights on the thousand drawings that it brings, one thread in Chromium",
    ),
    "losses": Quoted(
        "losses.py DIR --save",
        "By which loss the denoiser should learn, judged on validation drawings of all categories by a rival that met no denoiser in training. Most of a drawing is paper, so the first thing L1 asks for is blank paper, and a network that draws nothing at all may stay there",
    ),
}


#: The target that compares the sample, on which the book tests, with drawings kept out of training.
SAMPLE = "clean, the sample less these drawings"


def _at_most(value: float) -> str:
    """Round up to one digit."""
    digit = 10 ** math.floor(math.log10(value))
    return f"{math.ceil(value / digit) * digit:.0e}"


def _wrapped(command: str) -> str:
    """Break a command as a shell reads on, in lines that a page shows whole."""
    lines = wrap(command, 74, break_long_words=False, break_on_hyphens=False)
    return " \\\n    ".join(lines)


def _percent(row: dict) -> str:
    low, high = row["ci95"]
    return f"{row['top1']:.1%} ({100 * low:.1f} to {100 * high:.1f})"


def _share(value: float) -> str:
    """Word a share in per cent, with a digit more where one would make it nothing."""
    return f"{value:.2%}" if 0 < value < 0.001 else f"{value:.1%}"


def _markdown(rows: list[dict]) -> str:
    heads = [name.replace("_", " ") for name in rows[0]]
    lines = [heads, *(list(row.values()) for row in rows)]
    if len(rows) < len(heads) > WIDEST:
        lines = [list(line) for line in zip(*lines, strict=True)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


#: A number in words that wants a comma; four digits after 19 or 20 are a year.
_LARGE = re.compile(r"(?<![\w.,#/:-])(?!(?:19|20)\d\d\b)\d{4,}(?![\w.:-])")


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value:,}"
    return _LARGE.sub(lambda found: f"{int(found[0]):,}", str(value))


def _folded(summary: str, content: str) -> str:
    """Fold what is looked up rather than read; GitHub unfolds it as a page does."""
    # Within HTML nothing else turns these marks into code or italics.
    summary = re.sub("`(.+?)`", r"<code>\1</code>", summary)
    summary = re.sub(r"\*(.+?)\*", r"<em>\1</em>", summary)
    return f"\n<details>\n<summary>{summary}</summary>\n\n{content}\n</details>\n"


def _title(categories: list[str]) -> str:
    return ", ".join(categories) if len(categories) <= 10 else f"all {len(categories)} categories"


def _table(score: dict) -> str:
    rows = {(row["method"], row["level"]): row for row in score["rows"]}
    lines = []
    for level in sorted({level for _, level in rows}):
        restored = rows["pipeline", level]
        lines.append(
            {
                "level": f"{level:g}",
                "noisy, named at once": _percent(rows["classifier", level]),
                "denoised, then named": _percent(restored),
                "dB": f"{restored['psnr']:.1f}",
                "SSIM": f"{restored['ssim']:.2f}",
            }
        )
    table = (
        f"\n**{_title(score['categories'])}**, n = {score['n']:,}{_made_of(score)}, each drowned "
        f"{score['repeats']} times\n\n{_markdown(lines)}"
    )
    return table + (_few if len(score["categories"]) <= 10 else _many)(score["by_category"])


def _made_of(score: dict) -> str:
    """Say how many drawings each of a few categories has, where some have more than others."""
    counts = {row["category"]: row["n"] for row in score["by_category"]}
    if len(counts) > 10 or len(set(counts.values())) == 1:
        return ""
    return f" ({', '.join(f'{n} of {name}' for name, n in counts.items())})"


def _few(rows: list[dict]) -> str:
    by: dict[str, dict] = {}
    for row in rows:
        line = by.setdefault(
            row["category"], {METHODS["pipeline"].name: row["category"], "n": row["n"]}
        )
        line[f"level {row['level']:g}"] = _percent(row)
    return _folded("By category", _markdown(list(by.values())))


def _many(rows: list[dict]) -> str:
    level = 0.5
    ranked = sorted((row for row in rows if row["level"] == level), key=lambda row: row["top1"])
    ends = {"hardest": ranked[:EXTREMES], "easiest": ranked[: -EXTREMES - 1 : -1]}
    lines = [
        {"": name, "category": row["category"], "n": row["n"], f"level {level:g}": _percent(row)}
        for name, end in ends.items()
        for row in end
    ]
    about = f"{METHODS['pipeline'].name} (`manifest.json` has the rest)"
    return _folded("The hardest categories, the easiest", f"{about}:\n\n{_markdown(lines)}")


def _stages(manifest: dict) -> str:
    curves: dict[str, list[dict]] = {}
    for row in manifest["curves"]:
        curves.setdefault(row["stage"], []).append(row)
    seconds = manifest["cpu_seconds"]
    lines = [
        {"stage": name, "epochs": len(own), "CPU seconds": f"{seconds[name]:,}"}
        | {words: _first_and_last(own, key) for key, words in LOSSES.items()}
        for name, own in curves.items()
    ]
    total = {"stage": "all", "epochs": "", "CPU seconds": f"{sum(seconds.values()):,}"}
    return _markdown([*lines, total | dict.fromkeys(LOSSES.values(), "")])


def _first_and_last(curve: list[dict], key: str) -> str:
    return f"{curve[0][key]:.2f} to {curve[-1][key]:.2f}"


def _benchmarks(shipped: str) -> str:
    """Quote each benchmark's last result, which must be about the weights that ship."""
    parts = []
    for name, (arguments, question, besides, shares) in QUOTED.items():
        path = RESULTS / f"{name}.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if kept.get("weights") != shipped:
            state = "was not measured on the weights that ship" if kept else "is missing"
            raise DataError(
                f"{path.relative_to(PROJECT)} {state}; run `python benchmarks/{arguments}` first."
            )
        again = f", shipped weights {kept['again']}" if "again" in kept else ""
        rows = [_open(row) if "target" in row else row for row in kept["rows"]]
        rows = [row | {key: _share(row[key]) for key in shares} for row in rows]
        source = f"`benchmarks/{name}.py`, {kept['date']}{again}, {kept['machine']}"
        # The question itself is what one chooses by; how to read the answer stands with it.
        asked = re.split(r"[.;:] |, on |, against ", question)[0]
        tables = f"{question} ({source}):\n\n{_markdown(rows)}"
        if besides:
            key, says = besides
            tables += f"\n{says}:\n\n{_markdown(_means(kept[key]))}"
        parts.append(_folded(asked, tables))
    said = (
        "\n## Targets and cost\n\nEach line unfolds the last result of a script in `benchmarks/`.\n"
    )
    return said + "".join(parts)


def _means(rows: list[dict]) -> list[dict]:
    """Join the rows that tell of alike sets at one level: the mean of each share that they have."""
    alike: dict[tuple[str, float], list[dict]] = {}
    for row in rows:
        alike.setdefault((row["among"], row["level"]), []).append(row)
    shares = list(dict.fromkeys(key for row in rows for key in row))[2:]
    return [
        {"among": among, "sets": len(own), "level": f"{level:g}"}
        | {
            key: f"{sum(row[key] for row in own) / len(own):.1%}" if key in own[0] else "–"
            for key in shares
        }
        for (among, level), own in alike.items()
    ]


def _open(row: dict) -> dict:
    """Say of a target whether the measured interval holds it, so that other drawings might decide otherwise."""
    bounds = re.search(r"\(([\d.]+)% to ([\d.]+)%\)", row["measured"])
    target = re.fullmatch(r"([\d.]+)%", row["target"])
    if not (bounds and target):
        return row
    low, high = map(float, bounds.groups())
    holds = low <= float(target[1]) <= high
    here = {"yes": "on these drawings", "no": "not on these drawings"}
    return row | {"reached": f"{here[row['reached']]}, open in general"} if holds else row


def _sample() -> str:
    """Say how much harder the drawings are that the book tests on."""
    kept = json.loads((RESULTS / "targets.json").read_text(encoding="utf-8"))
    (row,) = [row for row in kept["rows"] if row["what"].endswith(SAMPLE)]
    points = float(row["measured"].removesuffix(" points"))
    several = row["n, draws of noise"].partition(",")[0].replace(" and ", " against ")
    return (
        "The book's own accuracies are not these: it tests on the sample, whose drawings were brought "
        f"to this look from a thinner one and are {'harder' if points < 0 else 'easier'}. Clean, as a "
        f"mean over {row['what'].split(',')[0]}, {abs(points):.1f} points "
        f"{'fewer' if points < 0 else 'more'} of them are named right than of those below ({several} "
        "drawings)."
    )


def _focus(config: TrainingConfig) -> dict[str, str]:
    """Say what the categories in focus meant for the training."""
    counts = f"counts {config.joint_favour:g} times"
    if not config.focus:
        return {
            "those_in_focus": "the same, all being in focus",
            "joint_focus": f"the second cross-entropy then {counts}",
            "others": "",
        }
    k = len(config.focus)
    return {
        "those_in_focus": f"the {k} in focus ({', '.join(config.focus)})",
        "joint_focus": f"the choice among the {k} {counts}, and in each epoch their drawings are "
        f"repeated until each of the {k} has {config.joint_repeats} times as many as the largest",
        "others": f" How well the pipeline chooses among {k} others, for whose choice there was no "
        "loss, stands in the next table.",
    }


def _finding(scores: list[dict]) -> str:
    """Say in a few sentences what the pipeline does, which is what most readers came for."""
    said, uneven = [], ""
    for score in scores:
        if _made_of(score):
            each = [row["top1"] for row in score["by_category"] if row["level"] == 0.5]
            uneven += (
                f" The {len(each)} categories count by how many drawings they have{_made_of(score)}; with "
                f"the same weight for each, it is {sum(each) / len(each):.1%} at level 0.5."
            )
        right = {
            row["level"]: f"{row['top1']:.1%}"
            for row in score["rows"]
            if row["method"] == "pipeline"
        }
        said.append(
            f"{right[0.5]} at noise level 0.5 and {right[1]} at level 1 among "
            f"{_title(score['categories'])}"
        )
    return (
        f"Of drawings kept out of training, the two together name right: **{'; '.join(said)}**.{uneven} "
        "What a drawing looks like at these levels, [chapter 1](../book/1-data-and-noise.ipynb) shows."
    )


def card(manifest: dict) -> str:
    """Render the model card of a manifest."""
    config, weights, chosen = trained_with(manifest), manifest["weights"], manifest["chosen"]
    merits = ", ".join(f"{k} {v:.1%}" for k, v in chosen["validation_accuracy"].items())
    return CARD.format(
        denoiser_parameters=weights["denoiser.keras"]["parameters"],
        classifier_parameters=weights["classifier.keras"]["parameters"],
        pipeline_parameters=weights[GRAPH]["parameters"],
        difference=_at_most(manifest["largest_difference_from_keras"]),
        n_categories=len(manifest["categories"]),
        drawings=manifest["data"]["drawings"],
        credit=manifest["data"]["credit"],
        command=_wrapped(manifest["command"]),
        computed=COMPUTED[config.precision],
        keras=manifest["versions"]["keras"],
        tensorflow=manifest["versions"]["tensorflow"],
        stages=_stages(manifest),
        chosen=f"{chosen['stage']} (all categories, levels 0.5 and 1 together, "
        f"n = {chosen['validation_n']:,}: {merits})",
        benchmarks=_benchmarks(weights[GRAPH]["sha256"]),
        sample=_sample(),
        finding=_finding(manifest["scores"]),
        tables="".join(_table(score) for score in manifest["scores"]),
        views_in_words=" and ".join(filter(None, [", ".join(config.views[:-1]), config.views[-1]])),
        **asdict(config),
        **_focus(config),
    )


def main() -> None:
    try:
        written = card(read_manifest(MODELS))
    except QdToolsError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    (MODELS / "README.md").write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
