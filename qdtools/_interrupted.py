"""Says that the command was stopped, where Ctrl-C comes before `main` can listen."""

from __future__ import annotations

import sys  # nothing else: whatever is imported here, Ctrl-C may end while it is

_usual = sys.excepthook


def _say_stopped(kind: type[BaseException], error: BaseException, traceback: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print("qdtools: stopped", file=sys.stderr)
        # Python ends by the signal then, as shells expect.
    else:
        _usual(kind, error, traceback)  # type: ignore[arg-type]  # it is what Python gave


sys.excepthook = _say_stopped
