"""Commands that say which drawings there are, or fetch them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .._lists import split_names
from .._terminal import note
from ..drawings.categories import ALL_CATEGORIES, resolve_categories
from ..errors import printable
from ..settings import GOOGLE_SIZE, data_dir
from .commands import Family
from .parsing import Keys, as_given, as_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

FAMILY = Family()


def _categories_options(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data-dir", type=as_path, metavar="DIR", help="those of a folder of drawings"
    )
    source.add_argument(
        "--source",
        choices=Keys(".drawings.sources", "SOURCES"),
        metavar="NAME",
        help="%(choices)s: Google's 345, whatever QD_DATA_DIR names",
    )


@FAMILY.command("List the category names.", _categories_options)
def _categories(args: argparse.Namespace) -> int:
    folder = data_dir() if args.data_dir is None else Path(args.data_dir)
    if folder is not None and args.source is None:
        from ..drawings.sources import categories_in

        names: Sequence[str] = categories_in(folder)
    else:
        names = ALL_CATEGORIES
    print("\n".join(names))
    return 0


def _download_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "categories", nargs="+", type=as_given, metavar="CATEGORY", help='category names, or "all"'
    )
    parser.add_argument(
        "--per-category",
        type=int,
        default=GOOGLE_SIZE,
        metavar="N",
        help=f"784 bytes each (default: {GOOGLE_SIZE})",
    )
    parser.add_argument(
        "--data-dir", type=as_path, metavar="DIR", help="where they go (default: the cache folder)"
    )
    parser.add_argument(
        "--base-url", type=as_given, metavar="URL", help="default: QD_GOOGLE_URL or Google's own"
    )
    parser.add_argument(
        "--timeout", type=float, default=30, metavar="S", help="seconds of silence (default: 30)"
    )
    parser.add_argument(
        "--tries", type=int, default=5, metavar="N", help="at most 100 (default: 5)"
    )


@FAMILY.command("Fetch the first drawings of Google's bitmap files.", _download_options)
def _download(args: argparse.Namespace) -> int:
    from ..drawings.google import download
    from ..drawings.npy import open_npy

    names = resolve_categories(split_names(",".join(args.categories)))
    options = {"base_url": args.base_url, "timeout": args.timeout, "tries": args.tries}
    folder = args.saved = download(names, args.per_category, args.data_dir, **options, tell=note)
    for name in names:
        path = folder / f"{name}.npy"
        print(f"{printable(str(path))}\t{len(open_npy(path))}")
    return 0
