"""Runs every chapter as readers do who bring drawings, names or weights of their own."""

from __future__ import annotations

import argparse
import html
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import numpy as np
from nbclient import NotebookClient

import qdtools as qd
from qdtools.drawings.categories import DEFAULT_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: A page that speaks of the demo's categories must say whose they are.
WHOSE = ("demo", "shipped", "the networks", "they learned", "trained", "Google", "photograph")
#: Words for the numbers in a share.
COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7} | {
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twenty": 20,
}
#: Words that were fitted to a number that is not there.
BROKEN = re.compile(
    r"[,;:]\.(?=\s|$)|\b(no|0) (right answers|surest)|\b0 of the (0|1)\b|"
    r"\bbelow 0\.0+(?!\d)|\bluck alone would name 0%|(?<![\d.,\u2013\u2212-])(?<!of )"
    r"1 (names|drawings|pairs|categories|pictures|mistakes|of the \d+ pairs are|leave|"
    r"batches|checkpoints|epochs|points|steps|votes)\b|(?<![\d.,])0 epochs|"
    # What is said of two things though they are one and the same.
    r"(?P<share>(?<![\d.])\d+%) and [^.;]{1,40} (?P=share), p\s=\s1\b|"
    r"(?P<name>\*[^*]+\*),\s+with\s+(?P<part>[^;]+);\s+among\s+all\s+\d+\s+names\s+it\s+would\s+be\s+"
    r"(?P=name),\s+with\s+(?P=part)|(?P<low>(?<![\d.])\d[\d.]*%) to (?P=low)"
)
#: A share in words with the number that it stands for: "nine drawings in ten, 90.0%".
IN_WORDS = re.compile(
    rf"\b(?:({'|'.join(COUNTS)})(?:\s+\w+)?\s+in\s+({'|'.join(COUNTS)}|\d+)|"
    r"(half\s+of\s+all|nearly\s+all)(?:\s+\w+)?)\b\W{1,6}(\d+(?:\.\d+)?)%"
)
#: How far a share in words may be from its number: tenths are that near.
NEAR = 0.0501
#: States of sliders in a notebook that was run.
STATES = "application/vnd.jupyter.widget-state+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
#: So many times as many names as the demo's are no longer a list of the demo's.
MANY = 4
#: Names that hold one of the demo's.
LONGER = [n for n in qd.ALL_CATEGORIES if set(n.split()) & {*DEFAULT_CATEGORIES} and " " in n]
#: Names of nothing that Google asked people to draw, by the category whose drawings serve.
FOREIGN = {"space robot": "helicopter", "night bus": "bus", "jelly flower": "octopus"}
#: Ten names that the networks know, none of them the demo's.
KNOWN = [name for name in qd.ALL_CATEGORIES[20::20] if name not in DEFAULT_CATEGORIES][:10]


@dataclass(frozen=True)
class Reader:
    """Somebody who brings something: the settings, what is to come of it.

    Attributes
    ----------
    settings : dict of str to str
        Environment variables.
    refused : bool
        Whether every chapter is to say in its first cell that this is too little.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False


def write_folder(folder: Path, names: Mapping[str, str], each: int) -> Path:
    """Write drawings of the sample as a reader's own files, each under another name."""
    folder.mkdir(parents=True)
    drawings = qd.load(list(dict.fromkeys(names.values())), source="sample")
    for name, drawn in names.items():
        np.save(folder / f"{name}.npy", drawings.only(drawn).pixels[:each].reshape(-1, 28 * 28))
    return folder


def _folder(folder: Path, names: Mapping[str, str], each: int, refused: bool = False) -> Reader:
    return Reader({"QD_DATA_DIR": str(write_folder(folder / "drawings", names, each))}, refused)


def _own_weights(folder: Path) -> Reader:
    """Train weights of the reader's own, for seconds, on three names that nobody else has."""
    drawings = write_folder(folder / "drawings", FOREIGN, 60)
    models = folder / "models"
    command = [sys.executable, "-m", "qdtools", "train", "--data-dir", str(drawings)]
    command += ["--categories", ",".join(FOREIGN), "--out", str(models)]
    command += ["--denoiser-epochs", "1", "--classifier-epochs", "1", "--joint-epochs", "1"]
    subprocess.run(command, check=True, capture_output=True)
    return Reader({"QD_DATA_DIR": str(drawings), "QD_MODELS_DIR": str(models)})


def _head(folder: Path) -> Reader:
    """Learn three names that nobody else has, which stand on the shipped networks."""
    drawings = write_folder(folder / "drawings", FOREIGN, 40)
    models = folder / "models"
    command = [sys.executable, "-m", "qdtools", "learn", str(drawings), "--out", str(models)]
    subprocess.run(command, check=True, capture_output=True)
    return Reader({"QD_DATA_DIR": str(drawings), "QD_MODELS_DIR": str(models)})


#: Every kind of reader by a word: what makes, in a folder, all that they bring.
READERS: dict[str, Callable[[Path], Reader]] = {
    "foreign": lambda folder: _folder(folder, FOREIGN, 40),
    "known": lambda folder: _folder(folder, {"owl": "owl", "bicycle": "bicycle"}, 12),
    "mixed": lambda folder: _folder(folder, {"owl": "owl", "night bus": "bus"}, 12),
    "ten": lambda _: Reader({"QD_CATEGORIES": ",".join(KNOWN)}),
    "all": lambda _: Reader({"QD_CATEGORIES": "all"}),
    "weights": _own_weights,
    "head": _head,
    "one": lambda folder: _folder(folder, {"owl": "owl"}, 40, refused=True),
    "five": lambda folder: _folder(folder, FOREIGN, 5, refused=True),
}


def notebooks() -> list[Path]:
    """List what runs on a reader's drawings: chapters, notebooks of the appendix, the first page."""
    every = [*sorted((ROOT / "book").glob("*.ipynb")), ROOT / "index.ipynb"]
    return [path for path in every if "qd.load()" in path.read_text(encoding="utf-8")]


def execute(path: Path, settings: Mapping[str, str]) -> nbformat.NotebookNode:
    """Run a notebook to its end, or to the cell that fails, in an environment without other settings."""
    notebook = nbformat.read(path, as_version=4)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QD_")}
    kept = {name: os.environ[name] for name in ("QD_CACHE_DIR", "QD_RUN") if name in os.environ}
    client = NotebookClient(
        notebook,
        timeout=1800,
        allow_errors=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env={**environment, **kept, **settings}, cwd=str(path.parent))
    return notebook


def said(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, str]]:
    """Give what each cell of code tells a reader in words, with the number of the cell."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            yield number, _words(_told(output))


def shown(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, str]]:
    """Give what `said` gives, with what is printed, said of pictures and in each state of a slider."""
    models = notebook.metadata.get("widgets", {}).get(STATES, {}).get("state", {})
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            widget = output.get("data", {}).get(WIDGET, {}).get("model_id")
            printed = output.text if output.get("name") == "stdout" else ""
            for text in _states(models, widget) if widget else [_told(output) + printed]:
                described = re.sub(r'<[^>]*?\b(?:alt|aria-label)="([^"]*)"[^>]*>', r" \1 ", text)
                yield number, html.unescape(_words(described))


def _told(output: nbformat.NotebookNode) -> str:
    data = output.get("data", {})
    if WIDGET in data:
        return ""
    return data.get("text/markdown") or data.get("text/html") or data.get("text/plain", "")


def _words(text: str) -> str:
    return re.sub(r"<style.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)


def _states(models: Mapping[str, Any], model: str) -> Iterator[str]:
    """Give what each state of an explorer shows."""
    state = models.get(model, {}).get("state", {})
    if isinstance(state.get("value"), str):
        yield state["value"]
    for child in state.get("children", []):
        yield from _states(models, child.removeprefix("IPY_MODEL_"))


def names_of_the_demo(paragraph: str) -> list[str]:
    """List the demo's categories that a paragraph speaks of as if they were the reader's."""
    words = " ".join(re.sub("|".join(LONGER), "", paragraph).split())
    if any(word in words for word in WHOSE):
        return []
    spoken = [name for name in qd.ALL_CATEGORIES if re.search(rf"\b{name}s?\b", words)]
    of_the_demo = [name for name in spoken if name in DEFAULT_CATEGORIES]
    # Among many of Google's names the demo's are some of the 345.
    return [] if len(spoken) > MANY * len(of_the_demo) else of_the_demo


def faults(notebook: nbformat.NotebookNode, reader: Reader) -> Iterator[str]:
    """Find in a notebook that was run what a reader should not have met."""
    errors = [
        (number, output)
        for number, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    if reader.refused:
        yield from _not_refused(errors)
        return
    for number, error in errors:
        yield f"cell {number} fails: {error.ename}: {error.evalue}"
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                yield f"cell {number} warns: {output.text.strip()}"
    own = reader.settings.get("QD_CATEGORIES", "") + reader.settings.get("QD_DATA_DIR", "")
    for number, text in shown(notebook):
        if re.search(r"\bnan\b|\binf\b", text):
            yield f"cell {number} says no number: {text.strip()[:200]}"
        if broken := BROKEN.search(text) or _not_the_share(text):
            yield f"cell {number} says it brokenly: {broken[0]!r} in {text.strip()[:200]}"
    if own == "all":
        return
    for number, text in said(notebook):
        for paragraph in re.split(r"\n\s*\n|\n(?=[-|])", text):
            if spoken := names_of_the_demo(paragraph):
                yield f"cell {number} speaks of {', '.join(spoken)}: {paragraph.strip()[:200]}"


def _not_the_share(text: str) -> re.Match[str] | None:
    """Find a share in words that is not the number beside it."""
    for found in IN_WORDS.finditer(text):
        if found[3]:
            share = 0.5 if found[3].startswith("half") else 1.0
        else:
            share = COUNTS[found[1]] / (COUNTS.get(found[2]) or int(found[2]))
        if abs(share - float(found[4]) / 100) > NEAR:
            return found
    return None


def _not_refused(errors: list[tuple[int, nbformat.NotebookNode]]) -> Iterator[str]:
    """Find what is wrong with a refusal, which is a sentence in the first cell of code."""
    if not errors:
        yield "is not refused"
        return
    number, error = errors[0]
    shown = "\n".join(error.traceback)
    if number > 1:
        yield f"is refused in cell {number}, not at the top"
    if not issubclass(getattr(qd, error.ename, Exception), qd.QdToolsError):
        yield f"dies of {error.ename}: {error.evalue}"
    if shown != f"{error.ename}: {error.evalue}" or "\n" in shown:
        yield f"shows more than a sentence: {shown[:500]}"


def try_reader(
    name: str, folder: Path, paths: list[Path], at_once: int, keep: Path | None = None
) -> list[str]:
    """Run notebooks as one kind of reader, some side by side; give every fault found."""
    reader = READERS[name](folder / name)

    def run(path: Path) -> list[str]:
        notebook = execute(path, reader.settings)
        if keep:
            (keep / name).mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, keep / name / path.name)
        return [f"{path.stem}: {fault}" for fault in faults(notebook, reader)]

    with ThreadPoolExecutor(at_once) as pool:
        return [fault for own in pool.map(run, paths) for fault in own]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*", help=f"some of {', '.join(READERS)}; by default all")
    parser.add_argument("--chapters", default="", help="only notebooks whose name holds this")
    parser.add_argument("--at-once", type=int, default=2, help="notebooks side by side")
    parser.add_argument("--keep", type=Path, help="folder for the notebooks with their outputs")
    args = parser.parse_args()
    paths = [path for path in notebooks() if args.chapters in path.name]
    found = 0
    with tempfile.TemporaryDirectory() as temporary:
        for name in args.readers or READERS:
            faulty = try_reader(name, Path(temporary), paths, args.at_once, args.keep)
            print(f"{name}: {len(faulty) or 'no'} faults in {len(paths)} notebooks", flush=True)
            for fault in faulty:
                print(f"  {fault}", flush=True)
            found += len(faulty)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
