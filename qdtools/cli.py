"""The ``qdtools`` command: for each of its words a function of its options before one that does it."""

from __future__ import annotations

import argparse
import errno
import json
import os
import shlex
import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import Field, asdict, fields, replace
from functools import partial, wraps
from glob import glob, has_magic
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar, get_type_hints

from tqdm import tqdm

from ._checks import check_per_category, check_seed
from ._interrupted import is_stop
from ._terminal import drop, in_json, prepared, tell
from .drawings.categories import (
    ALL_CATEGORIES,
    default_categories,
    means_all,
    resolve_categories,
)
from .errors import (
    ImageError,
    MissingError,
    QdToolsError,
    SettingError,
    is_printable,
    printable,
)
from .settings import GOOGLE_SIZE, categories, data_dir

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .drawings.collection import Drawings
    from .drawings.pictures import Reading
    from .drawings.readers import Source
    from .pipeline import Answer, Pipeline
    from .show.answers import AnswerPages
    from .training.cluster import Place
    from .training.config import TrainingConfig


class _Parser(argparse.ArgumentParser):
    """Says in one sentence what was wrong and where the options are listed."""

    def error(self, message: str) -> NoReturn:
        said = printable(f"{self.prog}: error: {message}; `{self.prog} --help` lists the options.")
        self.exit(2, f"{said}\n")


class _Version(argparse.Action):
    """Prints which release is installed, as the package's metadata say, and ends.

    They are looked for only then: naming a picture needs none.
    """

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"{parser.prog} {version('qdtools')}", flush=True)
        except PackageNotFoundError as error:
            raise MissingError(
                "This qdtools runs from a folder where it is not installed, which says no version; "
                "`pip install --editable .` in the folder of the book installs it."
            ) from error
        parser.exit()


class _Keys:
    """The keys of a table in a module, which is imported only if they are asked for.

    Naming a picture needs neither, and importing both would take longer than the naming.
    """

    def __init__(self, module: str, *tables: str) -> None:
        self._module, self._tables = module, tables

    def __iter__(self) -> Iterator[str]:
        module = import_module(self._module, __package__)
        return chain.from_iterable(getattr(module, table) for table in self._tables)

    def __contains__(self, name: str) -> bool:
        return name in list(self)

    def __str__(self) -> str:
        return ", ".join(self)


def _names(text: str) -> str | list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError(
            "no category is named; leave the option out for the default"
        )
    return "all" if means_all(names) else names


def _given(text: str) -> str:
    """Refuse an empty word, as a variable of the shell that was never set leaves it."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; name one, or leave the option out")
    return text


def _told(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let the parser tell why qdtools refused what was typed."""

    @wraps(parse)
    def parsed(text: str) -> Any:
        try:
            return parse(text)
        except SettingError as error:
            raise argparse.ArgumentTypeError(str(error).rstrip(".")) from error

    return parsed


@_told
def _levels(text: str) -> list[float]:
    from .noise import check_level

    return [check_level(level) for level in text.split(",")]


_seed = _told(check_seed)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _default() -> str:
    """Name what stands for the categories unless they are named; argparse reads % in a help."""
    return ", ".join(default_categories()).replace("%", "%%")


class _Command(NamedTuple):
    """What a command is for, the options that it takes, what does it."""

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


#: Every command by its name, in the order of `qdtools --help`.
_COMMANDS: dict[str, _Command] = {}

_Run = TypeVar("_Run", bound=Callable[[argparse.Namespace], int])


def _command(
    help_text: str, add_options: Callable[[argparse.ArgumentParser], None]
) -> Callable[[_Run], _Run]:
    """Let the parser know a command by the name of the function that does it."""

    def register(run: _Run) -> _Run:
        name = run.__name__.removeprefix("_").replace("_", "-")
        _COMMANDS[name] = _Command(help_text, add_options, run)
        return run

    return register


# ---- options that several commands take -----------------------------------------------------------


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models", type=_given, metavar="DIR", help="weights other than the shipped ones"
    )


def _add_most(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--per-category", type=int, metavar="N", help="at most so many of each")


def _add_noise(parser: argparse.ArgumentParser) -> None:
    kinds = _Keys(".noise", "NOISES", "DAMAGES")
    parser.add_argument(
        "--noise", choices=kinds, default="gaussian", metavar="KIND", help="%(choices)s"
    )


def _add_precision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--precision",
        choices=_Keys(".manifests", "PRECISIONS"),
        default="float32",
        metavar="NAME",
        help="%(choices)s; all but the first need `qdtools quantize` (default: float32)",
    )


def _add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=_seed, default=0, metavar="N")


def _add_data(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data-dir",
        type=_given,
        metavar="DIR",
        help="folder of Google's files, or of pictures a category",
    )
    source.add_argument(
        "--source",
        choices=_Keys(".drawings.sources", "SOURCES"),
        metavar="NAME",
        help="%(choices)s: the sample that comes with the book, or what Google's server has",
    )
    parser.add_argument(
        "--categories",
        type=_names,
        metavar="A,B,C",
        help=f'categories, or "all" (default: QD_CATEGORIES, else all that a folder holds, else '
        f"{_default()})",
    )
    parser.add_argument(
        "--recognized",
        action="store_true",
        help="only drawings that the game recognized, of a folder of strokes",
    )


def _load(args: argparse.Namespace, per_category: int | None = None) -> Drawings:
    from .drawings.sources import load

    source = args.source if args.data_dir is None else Path(args.data_dir)
    chosen = {"per_category": per_category, "source": source, "recognized": args.recognized}
    return load(args.categories, **chosen)


# ---- the commands --------------------------------------------------------------------------------


def _categories_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir", type=_given, metavar="DIR", help="those of a folder of .npy files"
    )


@_command("List the category names.", _categories_options)
def _categories(args: argparse.Namespace) -> int:
    folder = data_dir() if args.data_dir is None else Path(args.data_dir)
    if folder is not None:
        from .drawings.sources import categories_in

        names: Sequence[str] = categories_in(folder)
    else:
        names = ALL_CATEGORIES
    print("\n".join(names))
    return 0


def _download_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "categories", nargs="+", type=_given, metavar="CATEGORY", help='category names, or "all"'
    )
    parser.add_argument(
        "--per-category",
        type=int,
        default=GOOGLE_SIZE,
        metavar="N",
        help=f"784 bytes each (default: {GOOGLE_SIZE})",
    )
    parser.add_argument(
        "--data-dir", type=_given, metavar="DIR", help="where they go (default: the cache folder)"
    )
    parser.add_argument(
        "--base-url", type=_given, metavar="URL", help="default: QD_GOOGLE_URL or Google's own"
    )
    parser.add_argument(
        "--timeout", type=float, default=30, metavar="S", help="seconds of silence (default: 30)"
    )
    parser.add_argument(
        "--tries", type=int, default=5, metavar="N", help="at most 100 (default: 5)"
    )


@_command("Fetch the first drawings of Google's bitmap files.", _download_options)
def _download(args: argparse.Namespace) -> int:
    from .drawings.google import download
    from .drawings.npy import open_npy

    names = resolve_categories(_names(",".join(args.categories)))
    options = {"base_url": args.base_url, "timeout": args.timeout, "tries": args.tries}
    folder = download(names, args.per_category, args.data_dir, **options, tell=_note)
    for name in names:
        path = folder / f"{name}.npy"
        print(f"{printable(str(path))}\t{len(open_npy(path))}")
    return 0


def _add_config(parser: argparse.ArgumentParser) -> None:
    """Add an option for every field of the training's config."""
    from .training.config import TrainingConfig, fastest_precision

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
            type=_told(one.metadata.get("parse", kinds[one.name])),
            default=default,
            choices=_Keys(*choices) if choices else None,
            metavar="NAME" if choices else "A,B,C" if isinstance(one.default, tuple) else "N",
            help=f"{one.metadata['help']}{listed} (default: {told})",
        )


def _option(field: Field[Any]) -> str:
    return str(field.metadata.get("option", f"--{field.name.replace('_', '-')}"))


def _add_workers(parser: argparse.ArgumentParser) -> None:
    """Add what several processes or machines need that train together."""
    parser.add_argument(
        "--workers",
        type=_given,
        metavar="HOST:PORT,...",
        help="train on several machines: the address of each worker, the same list everywhere",
    )
    parser.add_argument(
        "--index", type=int, metavar="I", help="which of --workers this one is, from 0, which saves"
    )
    parser.add_argument(
        "--local-workers",
        type=_count,
        metavar="N",
        help="try it: N workers on this machine, each a process",
    )
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=300.0,
        metavar="S",
        help="seconds to wait for the other workers at the start (default: 300)",
    )
    parser.add_argument(
        "--silence",
        type=_seconds,
        default=120.0,
        metavar="S",
        help="seconds without a step after which the other workers are taken for lost (default: 120)",
    )
    parser.add_argument(
        "--save-every",
        type=_count,
        default=200,
        metavar="N",
        help="steps from one checkpoint of several workers to the next (default: 200)",
    )
    parser.add_argument(
        "--trace",
        type=_given,
        metavar="DIR",
        help="note each worker's steps there: loss, drawings, moments of saving",
    )
    parser.add_argument("--worker-process", action="store_true", help=argparse.SUPPRESS)


def _config(args: argparse.Namespace) -> TrainingConfig:
    """Make the config that the options of `_add_config` say; without --focus nothing is in focus."""
    from .training.config import TrainingConfig

    values = {one.name: getattr(args, one.name) for one in fields(TrainingConfig)}
    return TrainingConfig(**values | {"focus": args.focus or ()})


def _checked(args: argparse.Namespace) -> TrainingConfig:
    """Give the config of a training, or refuse what no drawings are needed to refuse."""
    from ._files import check_folder
    from .manifests import check_no_head
    from .training.origin import check_same_layers

    config = _config(args)
    check_same_layers(config)
    for folder in (args.out, args.checkpoints or args.out):
        check_folder(folder)
    check_no_head(Path(args.out))
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
    _add_data(parser)
    parser.add_argument(
        "--out", required=True, type=_given, metavar="DIR", help="where the weights go"
    )
    parser.add_argument(
        "--checkpoints", type=_given, metavar="DIR", help="default: a folder beside --out"
    )
    _add_most(parser)
    _add_workers(parser)
    _add_config(parser)


@_command("Train both networks and save them with their scores.", _train_options)
def _train(args: argparse.Namespace) -> int:
    from ._extras import check_extra
    from .training.config import default_focus
    from .training.parts import check_parts

    config = _checked(args)
    check_extra("train")
    if (args.workers or args.local_workers) and not args.worker_process:
        return _train_by_workers(args)
    drawings = _load(args, args.per_category)
    if args.focus is None:
        config = replace(config, focus=default_focus(drawings.categories))
    config = config.fitting(drawings.categories)
    check_parts(drawings, config)
    # What wakes slowly: TensorFlow, for which nobody waits to be told of a mistyped option.
    from .manifests import read_manifest
    from .show.figures import training_curves
    from .show.files import save_figure
    from .training.release import beside, release

    out = Path(args.out)
    checkpoints = Path(args.checkpoints) if args.checkpoints else beside(out)
    command = _train_command(args, config, drawings.categories)
    tell = partial(print, flush=True)
    if args.worker_process:
        from .training.distributed import joined
        from .training.stages import train_pipeline

        said = {"command": command, "config": asdict(config)}
        with joined(_place(args), drawings, said, checkpoints, **_meeting(args)) as team:
            if not team.is_chief:
                train_pipeline(drawings, checkpoints, config, team=team)
                return 0
            release(drawings, out, config, command, checkpoints, _note, tell, team)
    else:
        release(drawings, out, config, command, checkpoints, echo=_note, tell=tell)
    save_figure(checkpoints / "training.png", lambda: training_curves(read_manifest(out)["curves"]))
    print(drawings)
    print(f"The weights and their manifest are in {printable(args.out)}.")
    return 0


def _place(args: argparse.Namespace) -> Place:
    """Say where this process stands among the workers that were named."""
    from .training.cluster import Place

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
    from .training.cluster import free_ports, supervise

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
    named = "all" if set(categories) == set(ALL_CATEGORIES) else ",".join(categories)
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
    for one in fields(config):
        value = getattr(config, one.name)
        if value != one.default or one.name in ("focus", "precision"):
            many = isinstance(value, tuple)
            words += [_option(one), ",".join(value) or "all" if many else str(value)]
    return shlex.join(words)


def _note(line: str) -> None:
    """Say a line above the progress bars, to a person only."""
    if sys.stderr.isatty():
        tqdm.write(line, file=sys.stderr)


def _learn_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=_given, metavar="FOLDER", help="your drawings, a file or a folder a category"
    )
    parser.add_argument(
        "--out", required=True, type=_given, metavar="DIR", help="where the names go, a new folder"
    )
    parser.add_argument(
        "--known",
        type=_names,
        default=(),
        metavar="A,B,C",
        help='names that the networks know, to choose among besides, or "all" of them (default: none)',
    )
    parser.add_argument("--categories", type=_names, metavar="A,B,C", help="learn these only")
    _add_most(parser)
    parser.add_argument(
        "--relearn", action="store_true", help="learn names anew that the networks know already"
    )
    _add_seed(parser)
    parser.add_argument(
        "--models", type=_given, metavar="DIR", help="networks other than the shipped ones"
    )


@_command("Learn names of your own from a few drawings each, in seconds.", _learn_options)
def _learn(args: argparse.Namespace) -> int:
    from ._files import check_new
    from .drawings.sources import load
    from .examples import learn, save_learned, some_of

    check_new(args.out)
    drawings = load(
        args.categories or "all", per_category=args.per_category, source=Path(args.folder)
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        pipeline = learn(
            drawings, known=args.known, relearn=args.relearn, seed=args.seed, models=args.models
        )
    save_learned(pipeline, args.out, _learn_command(args), some_of(drawings, args.seed))
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
    for warning in said:
        tell(str(warning.message))
    return 0


def _learn_command(args: argparse.Namespace) -> str:
    """Say what to type to learn the same again; folders go by the name of DIR."""
    words = ["qdtools", "learn", "DIR", "--out", "DIR"]
    for option in ("categories", "known"):
        names = getattr(args, option)
        if names:
            words += [f"--{option}", names if isinstance(names, str) else ",".join(names)]
    if args.per_category is not None:
        words += ["--per-category", str(args.per_category)]
    words += ["--relearn"] * args.relearn
    words += ["--models", "DIR"] * (args.models is not None)
    return shlex.join([*words, "--seed", str(args.seed)])


def _quantize_options(parser: argparse.ArgumentParser) -> None:
    _add_models(parser)
    parser.add_argument(
        "--precision",
        choices=["int8", "float16"],
        default="int8",
        metavar="NAME",
        help="%(choices)s (default: int8)",
    )
    parser.add_argument(
        "--out",
        type=_given,
        metavar="DIR",
        help="a new folder for both graphs (default: into --models, not into the shipped weights)",
    )


@_command("Make a smaller graph of the networks, beside the one that stays.", _quantize_options)
def _quantize(args: argparse.Namespace) -> int:
    from .manifests import GRAPH, PRECISIONS, graph_folder
    from .quantization import quantize

    folder = quantize(args.models, args.precision, args.out)
    place = graph_folder(folder)
    before, after = (
        (place / PRECISIONS[one]).stat().st_size for one in ("float32", args.precision)
    )
    graph = printable(str(place / PRECISIONS[args.precision]))
    print(f"{graph}\t{after:,} bytes ({GRAPH}: {before:,})")
    models = f"--models {shlex.quote(str(folder))}"
    print(printable(f"`qdtools classify {models} --precision {args.precision}` answers by it."))
    return 0


def _evaluate_options(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument("--levels", type=_levels, default=[0.0, 0.5, 1.0], metavar="A,B,C")
    _add_noise(parser)
    _add_seed(parser)
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
        choices=_Keys(".evaluation", "METHODS"),
        default=["classifier", "pipeline"],
        metavar="METHOD",
        help="%(choices)s",
    )
    _add_models(parser)
    _add_precision(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


@_command("Score the networks on drawings, every one a test drawing.", _evaluate_options)
def _evaluate(args: argparse.Namespace) -> int:
    from .drawings.sources import categories_in
    from .evaluation import METRICS, evaluate, metric_of
    from .manifests import count_met
    from .pipeline import Pipeline

    folder = data_dir() if args.data_dir is None else Path(args.data_dir)
    if not (args.categories or args.source or folder is None) and len(categories_in(folder)) > 1:
        # Of what is scored and not learned from, few are enough.
        args.categories = list(categories()) or "all"
    pipeline = Pipeline.load(args.models, precision=args.precision)
    if args.categories in (None, "all") and (args.source or folder is None):
        args.categories = _known_of_google(pipeline.names, args.categories)
    drawings = _load(args)
    pipeline = pipeline.restrict(drawings.categories)
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
    parser.add_argument("folder", type=_given, metavar="DIR")
    _add_data(parser)
    parser.add_argument("--per-category", type=int, default=2, metavar="N", help="default: 2")
    parser.add_argument("--level", type=float, default=0.5, help="noise level from 0 to 2")
    _add_noise(parser)
    _add_seed(parser)


@_command("Make noisy query pictures from the test drawings.", _queries_options)
def _queries(args: argparse.Namespace) -> int:
    from .queries import make_queries, write_queries

    drawings = _load(args)
    _, _, test = drawings.split()
    noisy, clean = make_queries(test, args.per_category, args.level, args.noise, args.seed)
    for path, label in zip(write_queries(args.folder, noisy), clean.labels, strict=True):
        print(f"{printable(str(path))}\t{clean.categories[label]}")
    return 0


#: Bytes of a picture from standard input.
_MOST_INPUT = 200_000_000


def _matching(name: str) -> list[str]:
    """Give the files that a pattern means which no shell has expanded; else the name as it is."""
    if name == "-" or not has_magic(name) or os.path.lexists(name):
        return [name]
    return sorted(glob(name)) or [name]  # noqa: PTH207  # of a path no pattern may begin at the root


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise ImageError("Standard input is closed; name a file in place of '-'.")
    return sys.stdin.buffer.read(_MOST_INPUT)


def _tell_reading(name: str, found: list[Reading], args: argparse.Namespace) -> None:
    """Say what was found on a picture unless it was said outright."""
    first, noisy = found[0], _said_noisy(args)
    said = f"{name!r} is taken for {first}"
    if len(found) > 1:
        said += f"; {len(found)} drawings apart from each other, named each"
    elif first.drawings > 1:
        said += " (--each names each)"
    if noisy is None and not args.each:
        if first.kind == "drawing":
            said += "; it is not denoised: --noisy if it is a noisy bitmap, --denoised-input if it is not"
        elif first.enlarged and first.noisy:
            said += "; it is denoised: --denoised-input if it is a clean drawing"
        elif first.enlarged:
            said += (
                "; its 28 x 28 pixels are kept: --denoised-input if it is no such bitmap, enlarged"
            )
    if not _is_expected(first, noisy) or len(found) > 1:
        tell(said)


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
    return "\t".join([*cells, *["none of these"] * answer.none_of_these])


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
        type=_given,
        metavar="IMAGE",
        help="a file, a pattern such as '*.png', or - for standard input",
    )
    parser.add_argument(
        "--categories",
        type=_names,
        metavar="A,B,C",
        help=f'choose among these, or "all" (default: {_default()}; all of --models)',
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
    _add_precision(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--out",
        type=_given,
        metavar="DIR",
        help="save the answer as DIR/answer.png, of more than 50 drawings as DIR/answer-1.png and so "
        "on, in place of an earlier answer there",
    )
    _add_models(parser)


@_command("Name pictures (PNG, JPEG, WebP and others), noisy or not.", _classify_options)
def _classify(args: argparse.Namespace) -> int:
    from .drawings.readers import read_all

    names = list(chain.from_iterable(map(_matching, args.images)))
    sources: list[Source] = [_standard_input if name == "-" else name for name in names]
    with (
        closing(read_all(sources, _said_noisy(args), args.each)) as readings,
        tqdm(readings, "reading", len(names), leave=False, disable=None, delay=2) as bar,
        ExitStack() as held,
    ):
        return _name_all(names, iter(bar), args, held)


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
    for start in range(0, len(names), _AT_ONCE):
        some, paths, read = names[start : start + _AT_ONCE], [], []
        for name, found in zip(some, readings, strict=False):
            if isinstance(found, QdToolsError):
                failed = True
                tell(f"error: {found}")
            else:
                _tell_reading(name, found, args)
                read += found
                paths += _each_path(name, len(found))
        if not read:
            continue
        if pipeline is None:
            pipeline = _namer(args)
            if args.out:
                from ._locks import sole_writer
                from .show.answers import AnswerPages

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
    from .pipeline import Pipeline

    pipeline = Pipeline.load(args.models, args.categories, args.precision)
    # The shipped weights know 345 categories; the reader's own know those that they chose.
    if not (args.categories or args.models or pipeline.head):
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


# ---- the command line as a whole -----------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="qdtools", description="Denoise and name Quick, Draw! drawings.")
    parser.add_argument(
        "--version",
        action=_Version,
        nargs=0,
        dest=argparse.SUPPRESS,
        default=argparse.SUPPRESS,
        help="say which release this is",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        sub = commands.add_parser(name, help=command.help, description=command.help)
        sub.set_defaults(run=command.run, parser=sub)
        command.add_options(sub)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; bad input is one sentence on standard error and exit code 2."""
    formatted = warnings.formatwarning
    warnings.formatwarning = lambda message, *_: f"qdtools: {printable(str(message))}\n"
    try:
        with prepared() as is_closed:
            code = _run(arguments)
            if is_closed and not code:
                tell("error: standard output is closed, so that nothing could be printed")
                code = 2
            return code
    finally:
        warnings.formatwarning = formatted


#: The way out of what the system refuses.
_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "; make room, then run the same again"),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS), "; name a place where you may read and write"
    ),
}


def _check_values(args: argparse.Namespace) -> None:
    """Refuse an option whose value is ``--``, of which argparse makes no value in some Pythons."""
    for name, value in vars(args).items():
        if value in ([], "--", ["--"]):
            args.parser.error(f"argument {name.replace('_', '-')}: '--' is no value")


def _run(arguments: Sequence[str] | None) -> int:
    try:
        typed = list(sys.argv[1:] if arguments is None else arguments)
        args = _parser().parse_args(typed, argparse.Namespace(typed=typed))
        _check_values(args)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except QdToolsError as error:
        tell(f"error: {error}")
    except ModuleNotFoundError as error:
        from ._extras import missing

        refusal = missing(error)
        if refusal is None:
            raise
        tell(f"error: {refusal}")
    except BrokenPipeError:
        drop(sys.stdout)  # the reader, `head` for one, has what it wanted
        return 141  # as a shell has it for a command that its reader ended
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        remedy = _REMEDIES.get(error.errno or 0, "")
        tell(f"error: {error.strerror or error}{where}{remedy}")
        try:
            sys.stdout.flush()
        except OSError:
            drop(sys.stdout)
    except (Exception, KeyboardInterrupt) as error:
        if not is_stop(error):
            raise
        tell("stopped")
        return 130  # as a shell has it for a command that Ctrl-C ended
    return 2
