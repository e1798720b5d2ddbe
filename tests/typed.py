"""Runs what a refusal or a page tells its reader to type."""

from __future__ import annotations

from typing import Any


def type_in(code: str, **names: Any) -> dict[str, Any]:
    """Run code as if it had been typed where these names are known; give the names afterwards."""
    exec(code, names)  # noqa: S102 - nothing is run but what the book itself says
    return names
