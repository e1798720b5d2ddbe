"""Commands that put the networks to the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from .._terminal import tell
from ..drawings.categories import ALL_CATEGORIES, default_categories, means_all
from ..errors import SettingError, printable
from ..settings import categories, data_dir
from .commands import Family
from .options import add_data, add_models, add_noise, add_precision, add_seed, load_drawings
from .parsing import Keys, as_levels, as_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

FAMILY = Family()


def _evaluate_options(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.add_argument("--levels", type=as_levels, default=[0.0, 0.5, 1.0], metavar="A,B,C")
    add_noise(parser)
    add_seed(parser)
    parser.add_argument(
        "--repeats",
        type=int,
        default=1,
        metavar="N",
        help="add noise to each drawing so often (default: 1)",
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=Keys(".evaluation", "METHODS"),
        default=["classifier", "pipeline"],
        metavar="METHOD",
        help="%(choices)s",
    )
    add_models(parser)
    add_precision(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


@FAMILY.command("Score the networks on drawings, every one a test drawing.", _evaluate_options)
def _evaluate(args: argparse.Namespace) -> int:
    from ..evaluation import METRICS, evaluate, metric_of
    from ..manifests import count_met, known_as_whole
    from ..pipeline import Pipeline

    folder = data_dir() if args.data_dir is None else Path(args.data_dir)
    if not (args.categories or args.source or folder is None):
        # Of what is scored and not learned from, few are enough.
        args.categories = list(categories()) or "all"
    pipeline = Pipeline.load(args.models, precision=args.precision)
    if args.categories in (None, "all") and (args.source or folder is None):
        args.categories = _known_of_google(pipeline.names, args.categories)
    drawings = load_drawings(args)
    scores = evaluate(
        pipeline, drawings, args.levels, args.noise, args.seed, args.methods, args.repeats
    )
    if met := count_met(args.models, drawings):
        n = len(drawings)
        tell(
            f"{f'all {n:,}' if met == n else f'{met:,} of the {n:,}'} drawings were there when these weights "
            "learned, so that the shares flatter; score others, or go by what was held out then, in their "
            "manifest.json"
        )
    elif known_as_whole(args.models):
        tell(
            "what these weights learned from is known again only as a whole; if some of these drawings were "
            "among it, the shares flatter: score others, or go by what was held out then, in their "
            "manifest.json"
        )
    if len(drawings.categories) == 1:
        tell(
            f"these drawings have one name, so it is asked for among all {len(pipeline.categories)} names"
        )
    if args.json:
        print(json.dumps(scores))
        return 0
    print(f"{drawings}\n")
    heads = "".join(f" {key.upper():>6}" for key in METRICS)
    print(f"{'method':21} {'noise':15} {'level':>5} {'top-1':>7} {'95% interval':>17}{heads}")
    for row in scores["rows"]:
        low, high = row["ci95"]
        values = {key: metric_of(row, key) for key in METRICS}
        cells = "".join(
            f" {'exact' if value is None else format(value, f'.{METRICS[key].digits}f'):>6}"
            for key, value in values.items()
        )
        print(
            f"{row['method']:21} {row['noise']:15} {row['level']:5.2f} {row['top1']:7.1%} "
            f"{low:7.1%} to {high:.1%}{cells}"
        )
    return 0


def _known_of_google(names: Sequence[str], asked: str | None) -> list[str] | str | None:
    """Choose of what weights know all that Google has drawings of, where they lack what was asked for."""
    usual = ("all",) if asked else default_categories()
    everything = means_all(usual)
    if (categories() and not everything) or set(ALL_CATEGORIES if everything else usual) <= {
        *names
    }:
        return asked
    known = [name for name in ALL_CATEGORIES if name in names]
    if not known:
        some = ", ".join(map(repr, names[:5]))
        raise SettingError(
            f"These weights know {some}{' and others' if len(names) > 5 else ''}, of which nobody has "
            "drawings but you; name the folder of yours by --data-dir."
        )
    return known


def _queries_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=as_path, metavar="DIR")
    add_data(parser)
    parser.add_argument("--per-category", type=int, default=2, metavar="N", help="default: 2")
    parser.add_argument("--level", type=float, default=0.5, help="noise level from 0 to 2")
    add_noise(parser)
    add_seed(parser)


@FAMILY.command("Make noisy query pictures from the test drawings.", _queries_options)
def _queries(args: argparse.Namespace) -> int:
    from .._files import check_folder
    from ..queries import make_queries, write_queries

    check_folder(args.folder)
    drawings = load_drawings(args)
    _, _, test = drawings.split()
    noisy, clean = make_queries(test, args.per_category, args.level, args.noise, args.seed)
    paths = write_queries(args.folder, noisy)
    args.saved = args.folder
    for path, label in zip(paths, clean.labels, strict=True):
        print(f"{printable(str(path))}\t{clean.categories[label]}")
    return 0
