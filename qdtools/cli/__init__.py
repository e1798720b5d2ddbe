"""The ``qdtools`` command as a whole: one module below for each family of commands."""

from __future__ import annotations

import argparse
import errno
import sys
import warnings
from typing import TYPE_CHECKING

from .._interrupted import is_stop
from .._terminal import drop, prepared, tell
from ..errors import QdToolsError, printable
from . import data, naming, scoring, training, weights
from .parsing import Parser, Version

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Every command by its name, in the order of `qdtools --help`.
_COMMANDS = {
    **data.FAMILY,
    **training.FAMILY,
    **weights.FAMILY,
    **scoring.FAMILY,
    **naming.FAMILY,
}


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="qdtools", description="Denoise and name Quick, Draw! drawings.")
    parser.add_argument(
        "--version",
        action=Version,
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
    typed = list(sys.argv[1:] if arguments is None else arguments)
    # A command notes in `saved` what it has made: printing may fail after that.
    args = argparse.Namespace(typed=typed, saved=None)
    try:
        args = _parser().parse_args(typed, args)
        _check_values(args)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except QdToolsError as error:
        tell(f"error: {error}")
    except ModuleNotFoundError as error:
        from .._extras import missing

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
        if args.saved is not None:
            remedy = f"; what was made is saved in {str(args.saved)!r}, and nothing need run again"
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
