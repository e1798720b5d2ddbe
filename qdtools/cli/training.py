"""The command that trains networks, alone or by several workers."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import Field, asdict, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from .._checks import check_per_category
from .._lists import join_names
from .._terminal import note
from ..drawings.categories import ALL_CATEGORIES
from ..errors import SettingError, printable
from ..settings import data_dir, each
from .commands import Family
from .options import add_data, add_most, load_drawings
from .parsing import Keys, as_count, as_given, as_path, as_seconds, telling

if TYPE_CHECKING:
    from ..training.cluster import Place
    from ..training.config import TrainingConfig

FAMILY = Family()


def _add_config(parser: argparse.ArgumentParser) -> None:
    """Add an option for every field of the training's config."""
    from ..training.config import TrainingConfig, fastest_precision

    kinds = get_type_hints(TrainingConfig)
    # What the machine or the reader's own categories decide unless it is said.
    defaults = {
        "precision": (fastest_precision(), "mixed_bfloat16 where the processor knows it"),
        "focus": (None, "those of QD_CATEGORIES or of the demo's five that there are"),
    }
    for one in fields(TrainingConfig):
        told = ",".join(one.default) if isinstance(one.default, tuple) else one.default
        default, told = defaults.get(one.name, (one.default, told))
        choices = one.metadata.get("choices")
        listed = ": %(choices)s" if choices else ""
        parser.add_argument(
            _option(one),
            dest=one.name,
            type=telling(one.metadata.get("parse", kinds[one.name])),
            default=default,
            choices=Keys(*choices) if choices else None,
            metavar="NAME" if choices else "A,B,C" if isinstance(one.default, tuple) else "N",
            help=f"{one.metadata['help']}{listed} (default: {told})",
        )


def _option(field: Field[Any]) -> str:
    return str(field.metadata.get("option", f"--{field.name.replace('_', '-')}"))


def _add_workers(parser: argparse.ArgumentParser) -> None:
    """Add what several processes or machines need that train together."""
    parser.add_argument(
        "--workers",
        type=as_given,
        metavar="HOST:PORT,...",
        help="train on several machines: the address of each worker, the same list everywhere",
    )
    parser.add_argument(
        "--index", type=int, metavar="I", help="which of --workers this one is, from 0, which saves"
    )
    parser.add_argument(
        "--local-workers",
        type=as_count,
        metavar="N",
        help="try it: N workers on this machine, each a process",
    )
    parser.add_argument(
        "--wait",
        type=as_seconds,
        default=300.0,
        metavar="S",
        help="seconds to wait for the other workers at the start (default: 300)",
    )
    parser.add_argument(
        "--silence",
        type=as_seconds,
        default=120.0,
        metavar="S",
        help="seconds without a step after which the other workers are taken for lost (default: 120)",
    )
    parser.add_argument(
        "--save-every",
        type=as_count,
        default=200,
        metavar="N",
        help="steps from one checkpoint of several workers to the next (default: 200)",
    )
    parser.add_argument(
        "--trace",
        type=as_path,
        metavar="DIR",
        help="note each worker's steps there: loss, drawings, moments of saving",
    )
    parser.add_argument("--worker-process", action="store_true", help=argparse.SUPPRESS)


def config_of(args: argparse.Namespace) -> TrainingConfig:
    """Make the config that the options of `_add_config` say; without --focus nothing is in focus."""
    from ..training.config import TrainingConfig

    values = {one.name: getattr(args, one.name) for one in fields(TrainingConfig)}
    return TrainingConfig(**values | {"focus": args.focus or ()})


def _checked(args: argparse.Namespace) -> TrainingConfig:
    """Give the config of a training, or refuse what no drawings are needed to refuse."""
    from .._files import check_folder
    from ..manifests import check_no_head
    from ..training.origin import check_start

    config = config_of(args)
    check_start(config)
    for folder in (args.out, args.checkpoints or args.out, args.trace or args.out):
        check_folder(folder)
    check_no_head(Path(args.out))
    own = Path(args.data_dir) if args.data_dir else None if args.source else data_dir()
    if own is not None and own.resolve() == Path(args.out).resolve():
        raise SettingError(
            f"{args.out!r} holds the drawings, among which weights would be taken for such; name another "
            "folder with --out."
        )
    if not (args.workers or args.local_workers):
        for option in ("index", "trace"):
            if getattr(args, option) is not None:
                raise SettingError(
                    f"--{option} is for workers that train together; name them by --workers, or leave it out."
                )
    if args.per_category is not None:
        check_per_category(args.per_category)
    return config


def _train_options(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.add_argument(
        "--out", required=True, type=as_path, metavar="DIR", help="where the weights go"
    )
    parser.add_argument(
        "--checkpoints", type=as_path, metavar="DIR", help="default: a folder beside --out"
    )
    add_most(parser)
    _add_workers(parser)
    _add_config(parser)


@FAMILY.command("Train both networks and save them with their scores.", _train_options)
def _train(args: argparse.Namespace) -> int:
    from .._extras import check_extra
    from ..training.claims import beside, check_claim, check_out, origin_of
    from ..training.config import default_focus
    from ..training.parts import check_parts

    config = _checked(args)
    check_extra("train")
    if (args.workers or args.local_workers) and not args.worker_process:
        return _train_by_workers(args)
    drawings = load_drawings(args, args.per_category)
    if args.focus is None:
        config = replace(config, focus=default_focus(drawings.categories))
    config = config.fitting(drawings.categories)
    check_parts(drawings, config)
    out = Path(args.out)
    checkpoints = Path(args.checkpoints) if args.checkpoints else beside(out)
    if not args.index:  # of several workers the first alone writes there
        origin = origin_of(config, by_workers=args.worker_process)
        check_claim(checkpoints, config, drawings, **origin)
        check_out(out, config, drawings)
    # What wakes slowly: TensorFlow, for which nobody waits to be told of a mistyped option.
    from ..manifests import read_manifest
    from ..show.figures import training_curves
    from ..show.files import save_figure
    from ..training.release import release

    command = _train_command(args, config, drawings.categories)
    tell = partial(print, flush=True)
    if args.worker_process:
        from ..training.distributed import joined
        from ..training.stages import train_pipeline

        said = {"command": command, "config": asdict(config)}
        with joined(_place(args), drawings, said, checkpoints, **_meeting(args)) as team:
            if not team.is_chief:
                train_pipeline(drawings, checkpoints, config, team=team)
                return 0
            release(drawings, out, config, command, checkpoints, note, tell, team)
    else:
        release(drawings, out, config, command, checkpoints, echo=note, tell=tell)
    args.saved = args.out
    save_figure(checkpoints / "training.png", lambda: training_curves(read_manifest(out)["curves"]))
    print(drawings)
    print(f"The weights and their manifest are in {printable(args.out)}.")
    return 0


def _place(args: argparse.Namespace) -> Place:
    """Say where this process stands among the workers that were named."""
    from ..training.cluster import Place

    if args.index is None:
        raise SettingError("Which of the workers is this? Give --index, from 0.")
    return Place(tuple(one.strip() for one in args.workers.split(",")), args.index)


def _meeting(args: argparse.Namespace) -> dict[str, Any]:
    """Give what is said of how workers meet, keep checkpoints, note their steps."""
    trace = Path(args.trace) if args.trace else None
    return {
        "wait": args.wait,
        "silence": args.silence,
        "save_every": args.save_every,
        "trace": trace,
    }


def _train_by_workers(args: argparse.Namespace) -> int:
    """Start the workers of this machine, each a process, and start again what ends early."""
    from ..training.cluster import free_ports, supervise

    if args.workers and args.local_workers:
        raise SettingError("Give --workers with --index, or --local-workers, not both.")
    start = [sys.executable, "-m", "qdtools", *args.typed, "--worker-process"]
    if args.workers:
        return supervise({_place(args).rank: start})
    hosts = ",".join(f"127.0.0.1:{port}" for port in free_ports(args.local_workers))
    return supervise(
        {
            rank: [*start, "--workers", hosts, "--index", str(rank)]
            for rank in range(args.local_workers)
        }
    )


def _train_command(
    args: argparse.Namespace, config: TrainingConfig, categories: tuple[str, ...]
) -> str:
    """Say what to type for the same training; folders go by the name of DIR.

    Of the config it says what is not the default, or is it on some machines only.
    """
    named = "all" if set(categories) == set(ALL_CATEGORIES) else join_names(categories)
    words = ["qdtools", "train"]
    if args.data_dir or (not args.source and data_dir()):
        words += ["--data-dir", "DIR"]
    elif args.source:
        words += ["--source", args.source]
    words += ["--categories", named, "--out", "DIR"]
    if args.per_category is not None:
        words += ["--per-category", str(args.per_category)]
    if args.recognized:
        words.append("--recognized")
    if args.each or each():
        words.append("--each")
    for one in fields(config):
        value = getattr(config, one.name)
        if value != one.default or one.name in ("focus", "precision"):
            many = isinstance(value, tuple)
            words += [_option(one), join_names(value) or "all" if many else str(value)]
    return shlex.join(words)
