"""The command that names pictures."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import ExitStack, closing
from dataclasses import asdict
from glob import glob, has_magic
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from .._terminal import in_json, tell
from ..drawings.categories import NONE_OF_THESE, default_categories
from ..errors import ImageError, QdToolsError, SettingError, is_printable
from ..settings import book_models_dir, categories, expanded, models_dir
from .commands import Family
from .options import add_models, add_precision, default_names
from .parsing import as_file, as_names, as_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ..drawings.pictures import Reading
    from ..drawings.readers import Source
    from ..pipeline import Answer, Pipeline
    from ..show.answers import AnswerPages

FAMILY = Family()


#: Bytes of a picture from standard input.
_MOST_INPUT = 200_000_000


def _matching(name: str) -> list[str]:
    """Give the files that a pattern means which no shell has expanded; else the name as it is."""
    if name == "-" or os.path.lexists(name):
        return [name]
    if name.startswith("~"):
        name = str(expanded(name))
    if not has_magic(name):
        return [name]
    found = sorted(glob(name, recursive=True))  # noqa: PTH207  # of a path no pattern may begin at the root
    if "**" in name:  # of folders only what they hold was meant
        found = [one for one in found if not Path(one).is_dir()]
    return found or [name]


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise ImageError("Standard input is closed; name a file in place of '-'.")
    content = sys.stdin.buffer.read(_MOST_INPUT)
    if not content:
        raise ImageError(
            "Standard input holds nothing, or no more; let one picture lead to it, as in "
            "`qdtools classify - < picture.png`, and name '-' once."
        )
    first = io.BytesIO(content).readline().strip()  # as `ls` gives names
    if first and os.path.lexists(first):
        raise ImageError(
            f"Standard input holds the name of a file, {os.fsdecode(first)!r}, where one picture is to come; "
            "name files in place of '-'."
        )
    return content


def _tell_reading(
    name: str, found: list[Reading], args: argparse.Namespace, hinted: set[str]
) -> None:
    """Say what was found on a picture unless it was said outright; each way out once, into `hinted`."""
    first, noisy = found[0], _said_noisy(args)
    said, hints = f"{name!r} is taken for {first}", []
    if len(found) > 1:
        said += f"; {len(found)} drawings apart from each other, named each"
    elif first.drawings > 1:
        hints.append(" (--each names each)")
    if noisy is None and not args.each:
        if first.kind == "drawing":
            hints.append(
                "; it is not denoised: --noisy if it is a noisy bitmap, --denoised-input if it is not"
            )
        elif first.enlarged and first.noisy:
            hints.append("; it is denoised: --denoised-input if it is a clean drawing")
        elif first.enlarged:
            hints.append(
                "; its 28 x 28 pixels are kept: --denoised-input if it is no such bitmap, enlarged"
            )
    if not _is_expected(first, noisy) or len(found) > 1:
        tell(said + "".join(hint for hint in hints if hint not in hinted))
        hinted.update(hints)


def _said_noisy(args: argparse.Namespace) -> bool | None:
    return True if args.noisy else False if args.denoised_input else None


def _is_expected(reading: Reading, noisy: bool | None) -> bool:
    """Whether a picture is what its size, or the reader's own option, says that it is."""
    odd = reading.left_out or reading.doubts or reading.drawings > 1
    if odd or (reading.kind == "bitmap" and (reading.dark or (reading.enlarged and noisy is None))):
        return False
    return reading.kind == "bitmap" or noisy is not None


def _answered(path: str, answer: Answer) -> str:
    """Say an answer in columns: file, name, confidence, runner-up, its confidence, whether any fits."""
    shown = path if is_printable(path) else ascii(path)
    cells = [shown, answer.category, f"{answer.probability:.3f}"]
    if answer.runner_up is None or answer.runner_up_probability is None:
        cells += ["", ""]
    else:
        cells += [answer.runner_up, f"{answer.runner_up_probability:.3f}"]
    return "\t".join([*cells, *[NONE_OF_THESE] * answer.none_of_these])


def _note_choice(pipeline: Pipeline) -> None:
    """Say among how many names an answer is chosen, whatever the picture shows."""
    n = len(pipeline.categories)
    names = "1 name" if n == 1 else f"{n} names"
    others = n < len(pipeline.names)
    tell(
        f"chosen among {names}{'; --categories names others' if others else ', all that there are'}"
    )


#: Pictures that are read before they are named, so that any number takes no more memory.
_AT_ONCE = 500


def _classify_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "images",
        nargs="+",
        type=as_file,
        metavar="IMAGE",
        help="a file, a pattern such as '*.png', or - for standard input",
    )
    parser.add_argument(
        "--categories",
        type=as_names,
        metavar="A,B,C",
        help=f'choose among these, or "all" (default: {default_names()}; all of --models)',
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--noisy",
        action="store_true",
        help="every picture is a noisy bitmap, of whatever size: keep its pixels and denoise it "
        "(default: what looks so)",
    )
    kind.add_argument(
        "--denoised-input",
        action="store_true",
        help="every picture is clean: do not denoise it (default: what looks so and is no bitmap of "
        "28 x 28 pixels; its ink is found, centred and redrawn)",
    )
    kind.add_argument(
        "--each",
        action="store_true",
        help="name each of the drawings that stand apart from each other on a picture",
    )
    add_precision(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--out",
        type=as_path,
        metavar="DIR",
        help="save the answer as DIR/answer.png, of more than 50 drawings as DIR/answer-1.png and so "
        "on, in place of an earlier answer there",
    )
    add_models(parser)


@FAMILY.command("Name pictures (PNG, JPEG, WebP and others), noisy or not.", _classify_options)
def _classify(args: argparse.Namespace) -> int:
    from ..drawings.readers import read_all

    if args.out:
        _check_out(Path(args.out))
    names = list(chain.from_iterable(map(_matching, args.images)))
    sources: list[Source] = [_standard_input if name == "-" else name for name in names]
    with (
        closing(read_all(sources, _said_noisy(args), args.each)) as readings,
        tqdm(readings, "reading", len(names), leave=False, disable=None, delay=2) as bar,
        ExitStack() as held,
    ):
        return _name_all(names, iter(bar), args, held)


def _check_out(out: Path) -> None:
    """Refuse what can be no folder, or is meant as the name of a picture: the answer has its own."""
    from .._files import check_folder
    from ..drawings.formats import ENDS

    check_folder(out)
    if not out.exists() and out.name.casefold().endswith(ENDS):
        raise SettingError(
            f"--out names a folder, and {str(out)!r} ends like a picture; the answer becomes answer.png in "
            f"it: give {str(out.parent)!r}, for one."
        )


def _name_all(
    names: list[str],
    readings: Iterator[list[Reading] | QdToolsError],
    args: argparse.Namespace,
    held: ExitStack,
) -> int:
    """Name pictures as they are read, some at a time; gives the exit code.

    `held` receives what is let go of in the end: the folder of pages.
    """
    pipeline, pages, failed = None, None, False
    hinted: set[str] = set()
    for start in range(0, len(names), _AT_ONCE):
        some, paths, read = names[start : start + _AT_ONCE], [], []
        for name, found in zip(some, readings, strict=False):
            if isinstance(found, QdToolsError):
                failed = True
                # Of two folders' pictures with one name it must be clear which is meant.
                bare, whole, said = repr(Path(name).name), repr(name), str(found)
                if name == "-":
                    bare, whole = "The picture", "Standard input, '-',"
                tell(f"error: {whole + said.removeprefix(bare) if said.startswith(bare) else said}")
            else:
                _tell_reading(name, found, args, hinted)
                read += found
                paths += _each_path(name, len(found))
        if not read:
            continue
        if pipeline is None:
            pipeline = _namer(args)
            if args.out:
                from .._locks import sole_writer
                from ..show.answers import AnswerPages

                held.enter_context(sole_writer(Path(args.out), "answer"))
                expected = len(read) if len(names) <= _AT_ONCE else len(names)
                pages = AnswerPages(Path(args.out), expected)
        _name(paths, read, pipeline, args, pages)
    if pipeline is not None:
        _note_choice(pipeline)
    if pages is not None:
        pages.finish()
    return 2 if failed else 0


def _each_path(name: str, n: int) -> list[str]:
    return [name] if n == 1 else [f"{name} [{number}]" for number in range(1, n + 1)]


def _namer(args: argparse.Namespace) -> Pipeline:
    """Load the networks that name pictures, choosing among the names that were asked for."""
    from ..pipeline import Pipeline

    pipeline = Pipeline.load(args.models, args.categories, args.precision)
    # The shipped weights know 345 categories; the reader's own know those that they chose.
    own = args.models or (models_dir() != book_models_dir() and not categories())
    if not (args.categories or own or pipeline.head):
        pipeline = pipeline.restrict(default_categories())
    return pipeline


def _name(
    paths: list[str],
    read: list[Reading],
    pipeline: Pipeline,
    args: argparse.Namespace,
    pages: AnswerPages | None,
) -> None:
    """Print the names of some pictures, and draw them where pages are wanted."""
    import numpy as np

    images = np.stack([one.image for one in read])
    # Denoising takes nothing from a clean bitmap; a drawing was redrawn without its noise.
    noisy = np.array([one.kind == "bitmap" and not args.denoised_input for one in read])
    answers: dict[int, Answer] = {}
    for kind in (False, True):
        places = np.flatnonzero(noisy == kind)
        if len(places):
            found = pipeline.answer(images[places], denoise=kind)
            answers |= dict(zip(places.tolist(), found, strict=True))
    unsaid = None
    try:
        for place, (path, one) in enumerate(zip(paths, read, strict=True)):
            _print(path, one, answers[place], args)
    except OSError as error:  # a full disk or a reader that left takes no page away
        unsaid = error
    if pages is not None:
        rows = ("noisy", "denoised") if noisy.all() else ("as read", "as named")
        clean, probabilities = images.copy(), pipeline.classify(images)
        if noisy.any():
            clean[noisy], probabilities[noisy] = pipeline(images[noisy])
        pages.add(images, clean, probabilities, pipeline.categories, rows)
    if unsaid is not None:
        raise unsaid


def _print(path: str, reading: Reading, answer: Answer, args: argparse.Namespace) -> None:
    """Print the name of a picture."""
    if not args.json:
        print(_answered(path, answer))
        return
    told = {"path": path, **asdict(answer), "read_as": str(reading)}
    text = json.dumps(told, ensure_ascii=False)
    # What a terminal cannot show, or a name of odd bytes, is escaped as JSON escapes it.
    print(text if in_json(text) else json.dumps(json.loads(text)))
