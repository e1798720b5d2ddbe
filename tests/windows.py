"""Which tests use what POSIX systems alone have, so that Windows leaves them out."""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

WINDOWS = os.name == "nt"
#: Modules of the standard library that Windows has not; a test imports them where it uses them.
MODULES = frozenset({"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"})
#: Names of `os` with `signal`, keywords of `subprocess.Popen`.
NAMES = frozenset(
    {"SIGKILL", "killpg", "mkfifo", "openpty", "pass_fds", "preexec_fn", "start_new_session"}
)
#: How a path that only they have, or a script that they start, begins; shells.
BEGINNINGS = ("#!/", "/dev/", "/proc/")
SHELLS = frozenset({"bash", "sh"})
IMPORTED = re.compile(rf"\bimport ({'|'.join(sorted(MODULES))})\b")
HERE = Path(__file__).resolve().parent


def leave_out(items: Iterable[pytest.Item]) -> None:
    """Skip on Windows what cannot run there, each with what it lacks."""
    for item in items if WINDOWS else ():
        if isinstance(item, pytest.Function) and (lacks := needs(item.function, *fixtures(item))):
            item.add_marker(pytest.mark.skip(reason=f"Windows has no {', '.join(sorted(lacks))}"))


def fixtures(item: pytest.Function) -> Iterator[Callable[..., object]]:
    """Give the functions of all fixtures that a test asks for."""
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        yield from (definition.func for definition in definitions)


def needs(*functions: Callable[..., object]) -> set[str]:
    """Name what POSIX systems alone have of what some functions use, or the helpers that they call."""
    waiting: list[object] = [*functions]
    found: set[str] = set()
    seen: set[int] = set()
    while waiting:
        one = inspect.unwrap(waiting.pop())
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, type):
            waiting += vars(one).values()
        elif isinstance(one, FunctionType) and Path(one.__code__.co_filename).parent == HERE:
            for code in codes(one.__code__):
                found |= signs(code)
                waiting += [
                    one.__globals__[name] for name in code.co_names if name in one.__globals__
                ]
    return found


def codes(code: CodeType) -> Iterator[CodeType]:
    """Give the code of a function, then that of those within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def signs(code: CodeType) -> set[str]:
    """Name what a piece of code uses by itself."""
    words = {word for constant in code.co_consts for word in texts(constant)}
    found = (words | set(code.co_names)) & (MODULES | NAMES | SHELLS)
    found |= {word.split()[0] for word in words if word.startswith(BEGINNINGS)}
    # Code for another process, too.
    return found | {module for word in words for module in IMPORTED.findall(word)}


def texts(constant: object) -> Iterator[str]:
    """Give the texts of a constant, keywords of calls among them."""
    if isinstance(constant, str):
        yield constant
    elif isinstance(constant, tuple | frozenset):
        for part in constant:
            yield from texts(part)
