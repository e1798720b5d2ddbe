"""Trains the small networks that chapter 3 compares, on the sample's training drawings."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import qdtools
from qdtools.settings import lessons_dir
from qdtools.training._keras import keras
from qdtools.training.config import TRAINING_PRECISIONS, fastest_precision
from qdtools.training.lessons import COMMAND, LESSONS, Lesson, save_lessons

if TYPE_CHECKING:
    from collections.abc import Sequence


def parsed(arguments: Sequence[str] | None = None) -> tuple[argparse.Namespace, dict[str, Lesson]]:
    """Read what a command line means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(LESSONS)}; by default all")
    parser.add_argument("--precision", choices=TRAINING_PRECISIONS, default=fastest_precision())
    parser.add_argument("--out", type=Path, default=lessons_dir())
    args = parser.parse_args(arguments)
    for name in args.names:
        if name not in LESSONS:
            parser.error(f"there is no lesson {name!r}; choose among {', '.join(LESSONS)}")
    lessons = {
        name: replace(LESSONS[name], precision=args.precision) for name in args.names or LESSONS
    }
    return args, lessons


def main() -> None:
    args, lessons = parsed()
    # The manifest's command is that of all lessons, each of which comes out as it would alone.
    command = f"{COMMAND} --precision {args.precision}"
    drawings = qdtools.load("all", source="sample")
    save_lessons(args.out, lessons, drawings, command)


if __name__ == "__main__":
    keras.utils.disable_interactive_logging()
    main()
