"""Says that the command was stopped, where Ctrl-C comes before `main` can listen; elsewhere does nothing."""

from __future__ import annotations

import sys  # nothing else: whatever is imported here, Ctrl-C may end while it is

_usual = sys.excepthook


def is_stop(error: BaseException | None) -> bool:
    """Tell whether Ctrl-C is behind an error: a library that it stops on loading may tell another."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _say_stopped(kind: type[BaseException], error: BaseException, traceback: object) -> None:
    if is_stop(error):
        print("qdtools: stopped", file=sys.stderr, flush=True)
        if not issubclass(kind, KeyboardInterrupt):  # by which Python ends as shells expect
            import os

            os._exit(130)
    else:
        _usual(kind, error, traceback)  # type: ignore[arg-type]  # it is what Python gave


def _starts() -> bool:
    """Tell whether it is the command that imports the package, and no program of a reader's own."""
    started = (sys.argv or [""])[0]
    # While Python looks for the module that `python -m` names, it calls the program so.
    return started == "-m" or started.endswith(("/qdtools", "\\qdtools", "\\qdtools.exe"))


if _starts():
    sys.excepthook = _say_stopped
