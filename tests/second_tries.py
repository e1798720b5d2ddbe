"""How a test that failed is tried once more: with nothing that its first try left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """After a failure, end what the tests of a module share, which pytest then makes anew."""
    report = yield
    item.stash[HAS_FAILED] = report.failed or item.stash.get(HAS_FAILED, False)
    if call.when == "teardown" and item.stash[HAS_FAILED] and isinstance(item, pytest.Function):
        item.stash[HAS_FAILED] = False
        request = item._request
        for fixture in list(request._fixture_defs.values()):
            if fixture.scope == "module":
                fixture.finish(request)
    return report
