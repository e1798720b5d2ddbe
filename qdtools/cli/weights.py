"""Commands that make weights from those that there are, without TensorFlow."""

from __future__ import annotations

import shlex
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from .._lists import join_names
from .._terminal import tell
from ..errors import SettingError, printable
from ..settings import each
from .commands import Family
from .options import add_each, add_models, add_most, add_seed
from .parsing import as_names, as_path

if TYPE_CHECKING:
    import argparse

FAMILY = Family()


def _learn_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        type=as_path,
        metavar="FOLDER",
        help="your drawings, a file or a folder a category",
    )
    parser.add_argument(
        "--out",
        required=True,
        type=as_path,
        metavar="DIR",
        help="where the names go, a new folder",
    )
    parser.add_argument(
        "--known",
        type=as_names,
        default=(),
        metavar="A,B,C",
        help='names that the networks know, to choose among besides, or "all" of them (default: none)',
    )
    parser.add_argument("--categories", type=as_names, metavar="A,B,C", help="learn these only")
    add_most(parser)
    add_each(parser)
    parser.add_argument(
        "--relearn", action="store_true", help="learn names anew that the networks know already"
    )
    add_seed(parser)
    parser.add_argument(
        "--models", type=as_path, metavar="DIR", help="networks other than the shipped ones"
    )


@FAMILY.command("Learn names of your own from a few drawings each, in seconds.", _learn_options)
def _learn(args: argparse.Namespace) -> int:
    from .._files import check_new
    from ..drawings.sources import categories_in, load
    from ..examples import learn, save_learned, some_of
    from ..heads import check_names

    check_new(args.out)
    if args.per_category == 1:
        raise SettingError(
            "--per-category 1 leaves one drawing of each name, and one at least is held out to see what was "
            "learned from the others; give 2 or more, best 20, or leave it out for all."
        )
    # Thousands of pictures are not read for names that cannot be learned.
    check_names(
        args.categories if isinstance(args.categories, list | tuple) else categories_in(args.folder)
    )
    drawings = load(
        args.categories or "all",
        per_category=args.per_category,
        source=Path(args.folder),
        each=args.each or None,
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        pipeline = learn(
            drawings, known=args.known, relearn=args.relearn, seed=args.seed, models=args.models
        )
    save_learned(pipeline, args.out, _learn_command(args), some_of(drawings, args.seed))
    args.saved = args.out
    for warning in said:  # which a full disk behind standard output does not take away
        tell(str(warning.message))
    print(drawings)
    head = pipeline.head
    if head is not None and head.score is not None:
        n = len(head.names)
        chance = f" among {n} names" if n > 1 else ""
        print(f"Held out in turn, clean, {head.score.counted} were named right{chance}.")
        print(
            "(In brackets the 95% interval: what so few drawings leave open of all such drawings.)"
        )
    command = f"qdtools classify --models {shlex.quote(args.out)}"
    print(printable(f"The names are in {args.out}; `{command}` answers by them."))
    return 0


def _learn_command(args: argparse.Namespace) -> str:
    """Say what to type to learn the same again; folders go by the name of DIR."""
    words = ["qdtools", "learn", "DIR", "--out", "DIR"]
    for option in ("categories", "known"):
        names = getattr(args, option)
        if names:
            words += [f"--{option}", names if isinstance(names, str) else join_names(names)]
    if args.per_category is not None:
        words += ["--per-category", str(args.per_category)]
    words += ["--each"] * (args.each or each()) + ["--relearn"] * args.relearn
    words += ["--models", "DIR"] * (args.models is not None)
    return shlex.join([*words, "--seed", str(args.seed)])


def _quantize_options(parser: argparse.ArgumentParser) -> None:
    add_models(parser)
    parser.add_argument(
        "--precision",
        choices=["int8", "float16"],
        default="int8",
        metavar="NAME",
        help="%(choices)s (default: int8)",
    )
    parser.add_argument(
        "--out",
        type=as_path,
        metavar="DIR",
        help="a new folder for both graphs (default: into --models, not into the shipped weights)",
    )


@FAMILY.command(
    "Make a smaller graph of the networks, beside the one that stays.", _quantize_options
)
def _quantize(args: argparse.Namespace) -> int:
    from ..manifests import GRAPH, PRECISIONS, graph_folder
    from ..quantization import quantize

    folder = args.saved = quantize(args.models, args.precision, args.out)
    place = graph_folder(folder)
    before, after = (
        (place / PRECISIONS[one]).stat().st_size for one in ("float32", args.precision)
    )
    graph = printable(str(place / PRECISIONS[args.precision]))
    print(f"{graph}\t{after:,} bytes ({GRAPH}: {before:,})")
    if after >= before:
        other = "int8" if args.precision == "float16" else "float16"
        tell(
            f"that is no smaller, {after:,} bytes against {before:,}, since {GRAPH} keeps its weights in "
            f"16 bits already; `--precision {other}` makes another"
        )
    models = f"--models {shlex.quote(str(folder))}"
    print(printable(f"`qdtools classify {models} --precision {args.precision}` answers by it."))
    return 0
