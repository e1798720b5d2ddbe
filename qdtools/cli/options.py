"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..drawings.categories import default_categories
from .parsing import Keys, as_names, as_path, as_seed

if TYPE_CHECKING:
    import argparse

    from ..drawings.collection import Drawings


def default_names() -> str:
    """Name what stands for the categories unless they are named; argparse reads % in a help."""
    return ", ".join(default_categories()).replace("%", "%%")


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add which weights to take."""
    parser.add_argument(
        "--models", type=as_path, metavar="DIR", help="weights other than the shipped ones"
    )


def add_most(parser: argparse.ArgumentParser) -> None:
    """Add how many drawings of each category to take."""
    parser.add_argument("--per-category", type=int, metavar="N", help="at most so many of each")


def add_each(parser: argparse.ArgumentParser) -> None:
    """Add whether pictures are pages of several drawings."""
    parser.add_argument(
        "--each",
        action="store_true",
        help="take each of the drawings that stand apart from each other on a picture (default: what "
        "QD_EACH says, else each picture for one drawing)",
    )


def add_noise(parser: argparse.ArgumentParser) -> None:
    """Add which noise to add."""
    kinds = Keys(".noise", "NOISES", "DAMAGES")
    parser.add_argument(
        "--noise", choices=kinds, default="gaussian", metavar="KIND", help="%(choices)s"
    )


def add_precision(parser: argparse.ArgumentParser) -> None:
    """Add by which of the graphs to answer."""
    parser.add_argument(
        "--precision",
        choices=Keys(".manifests", "PRECISIONS"),
        default="float32",
        metavar="NAME",
        help="%(choices)s; all but the first need `qdtools quantize` (default: float32)",
    )


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add the seed of what is drawn by chance."""
    parser.add_argument("--seed", type=as_seed, default=0, metavar="N")


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add which drawings to take."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data-dir",
        type=as_path,
        metavar="DIR",
        help="folder of Google's files, or of pictures a category",
    )
    source.add_argument(
        "--source",
        choices=Keys(".drawings.sources", "SOURCES"),
        metavar="NAME",
        help="%(choices)s: the sample that comes with the book, or what Google's server has",
    )
    parser.add_argument(
        "--categories",
        type=as_names,
        metavar="A,B,C",
        help=f'categories, or "all" (default: QD_CATEGORIES, else all that a folder holds, else '
        f"{default_names()})",
    )
    parser.add_argument(
        "--recognized",
        action="store_true",
        help="only drawings that the game recognized, of a folder of strokes",
    )
    add_each(parser)


def load_drawings(args: argparse.Namespace, per_category: int | None = None) -> Drawings:
    """Load the drawings that the options of `add_data` say."""
    from ..drawings.sources import load

    source = args.source if args.data_dir is None else Path(args.data_dir)
    chosen = {"per_category": per_category, "source": source, "recognized": args.recognized}
    chosen["each"] = args.each or None
    return load(args.categories, **chosen)
