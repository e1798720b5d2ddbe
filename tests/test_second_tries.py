"""Promises of a test's second try."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SPOILS_WHAT_IT_SHARES = """
import pytest

MADE = []

@pytest.fixture(scope="module")
def server():
    MADE.append("server")
    yield
    MADE.append("no server")

@pytest.fixture(scope="module")
def page(server):
    MADE.append("page")
    return {"is_dark": False}

@pytest.mark.flaky(reruns=1)
def test_the_page_becomes_dark(page):
    assert not page["is_dark"]
    page["is_dark"] = True
    assert len(MADE) > 2, "the machine was busy"

def test_what_did_not_fail_is_shared(page):
    assert page["is_dark"]
    assert MADE == ["server", "page", "no server", "server", "page"]
"""


def test_a_second_try_meets_nothing_that_the_first_one_left(tmp_path):
    (tmp_path / "test_pages.py").write_text(SPOILS_WHAT_IT_SHARES)
    (tmp_path / "pytest.ini").write_text("[pytest]")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "second_tries"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
    )
    assert "2 passed, 1 rerun" in done.stdout, done.stdout
