"""Promises of the last lines of `make test`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "tools/closing_lines.py"

PYTHON = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><skipped type="pytest.skip" message="no browser: `get browser` brings it"/></testcase>
<testcase name="d"><skipped type="pytest.skip" message="no browser: `get browser` brings it"/></testcase>
<testcase name="i"><skipped type="pytest.skip" message="no browser: `get browser` brings it"/></testcase>
<testcase name="e"><skipped type="pytest.skip" message="the drawings are not here"/></testcase>
</testsuite></testsuites>"""
#: As Node.js writes it: suites in suites.
NODE = """<testsuites><testsuite name="file"><testsuite name="part">
<testcase name="f"/><testcase name="g"><skipped type="skipped" message="the drawings are not here"/>
</testcase>%s</testsuite></testsuite></testsuites>"""


@pytest.fixture
def close(tmp_path):
    """Write reports, then call the script as `make test` does."""

    def close(**reports):
        for name, report in reports.items():
            (tmp_path / f"{name}.xml").write_text(report)
        command = [sys.executable, SCRIPT, tmp_path]
        return subprocess.run(command, capture_output=True, text=True)

    return close


def test_skips_of_all_runs_are_said_once_each_with_the_command_that_helps(close):
    done = close(python=PYTHON, node=NODE % "")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "",
        "All tests:",
        "3 passed, 0 failed, 5 skipped",
        "    3 skipped: no browser: `get browser` brings it",
        "    2 skipped: the drawings are not here",
        "To run those too: get browser && make test",
    ]


def test_where_nothing_was_skipped_nothing_is_said_of_it(close):
    done = close(node="<testsuites><testcase name='a'/></testsuites>")
    assert (done.returncode, done.stdout) == (0, "\nAll tests:\n1 passed, 0 failed, 0 skipped\n")


def test_a_test_that_was_tried_twice_counts_once_and_is_named(close):
    case = "<testcase classname='tests.test_a' name='b'%s"
    first, passed, failed = case % "/>", case % "/>", case % "><failure/></testcase>"
    report = "<testsuites><testcase name='a'/><testcase name='a'/>%s</testsuites>"
    done = close(python=report % (first + passed))
    assert done.returncode == 0
    assert done.stdout.splitlines()[2:] == [
        "3 passed, 0 failed, 0 skipped",
        "      tried twice: tests.test_a::b",
    ]
    assert close(python=report % (first + failed)).returncode == 1


@pytest.mark.parametrize("kind", ["failure", "error"])
def test_a_failure_in_any_run_fails(close, kind):
    done = close(python=PYTHON, node=NODE % f"<testcase name='h'><{kind}/></testcase>")
    assert done.returncode == 1
    assert "3 passed, 1 failed, 5 skipped" in done.stdout


def test_runs_without_a_test_do_not_pass(close):
    assert close().returncode == 1
    assert close(python="<testsuites><testsuite/></testsuites>").returncode == 1
