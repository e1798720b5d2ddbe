"""Promises of which tests Windows leaves out."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import windows

HERE = Path(__file__).resolve().parent
TESTS = """
import os
import pytest

@pytest.fixture
def pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")

def test_by_a_fixture(pipe):
    pass

def test_anywhere(tmp_path):
    assert not list(tmp_path.iterdir())
"""
CONFTEST = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
import windows
windows.WINDOWS = True
windows.HERE = Path(__file__).resolve().parent

def pytest_collection_modifyitems(items):
    windows.leave_out(items)
"""


@contextmanager
def started(**options):
    with subprocess.Popen([sys.executable, "-c", ""], **options) as process:
        yield process


class Shell:
    def call(self, words):
        return subprocess.run(["bash", "-c", words], check=True)


def uses_a_limit():
    import resource

    return resource.getrlimit(resource.RLIMIT_AS)


def calls_a_helper():
    with started(preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL)):
        return os.getpid()


def asks_a_class():
    return Shell().call("true")


def hands_code_on():
    return subprocess.run([sys.executable, "-c", "import os, sys\nimport pwd, re"], check=True)


def writes_a_script(path):
    path.write_text("#!/bin/sh -e\n")


def speaks_of_a_shell(path):
    """Neither bash nor /dev/full is used by what only names them in its docstring."""
    return f"a bash, {path}"


@pytest.mark.parametrize(
    ("function", "lacks"),
    [
        (uses_a_limit, {"resource"}),
        (calls_a_helper, {"preexec_fn"}),
        (asks_a_class, {"bash"}),
        (hands_code_on, {"pwd"}),
        (writes_a_script, {"#!/bin/sh"}),
        (speaks_of_a_shell, set()),
    ],
)
def test_what_a_test_or_its_helpers_need_of_posix_is_named(function, lacks):
    assert windows.needs(function) == lacks


def test_windows_leaves_out_what_it_cannot_run_and_says_why(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST.format(here=str(HERE)))
    (tmp_path / "test_both.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", tmp_path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 passed, 1 skipped" in done.stdout, done.stdout
    assert "Windows has no mkfifo" in done.stdout


def looked_up_when_read(path):
    """Name what a module looks up outside of its functions."""
    names = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {getattr(node, "module", None), *(name.name for name in node.names)}
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting += [*getattr(node, "decorator_list", ()), *node.args.defaults]
        else:
            waiting += ast.iter_child_nodes(node)
    return names


def test_every_file_of_tests_is_read_on_windows_too(tmp_path):
    """What only POSIX has is looked up within a function, else no test of any file would run."""
    for number, line in enumerate(("import resource", "KILL = signal.SIGKILL")):
        (tmp_path / f"{number}.py").write_text(line)
    alone = windows.MODULES | windows.NAMES
    files = [*HERE.glob("*.py"), *tmp_path.glob("*.py")]
    found = {path.name for path in files if looked_up_when_read(path) & alone}
    assert found == {"0.py", "1.py"}
