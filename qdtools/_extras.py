"""Says which optional part of the package is not installed, where it is needed.

Naming a picture needs none of them; what each brings stands in ``pyproject.toml``.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from contextlib import suppress
from importlib import metadata
from importlib.util import find_spec

from .errors import MissingError

#: What is not possible without an extra.
_NEEDS = {
    "train": "Training runs on TensorFlow",
    "notebook": "Figures for notebooks need more than naming does",
}


def missing(error: ModuleNotFoundError) -> MissingError | None:
    """Word the refusal for a module that an extra would have brought; None for any other module."""
    module = (error.name or "").split(".")[0].lower()
    for extra in _NEEDS:
        if module in _brought_by(extra):
            return _refusal(extra, module)
    return None


def check_extra(extra: str) -> None:
    """Refuse to go on where an extra is not installed, without waking what it brings.

    Raises
    ------
    MissingError
        If one of its modules is not found.
    """
    for module in sorted(_brought_by(extra)):
        if find_spec(module) is None:
            raise _refusal(extra, module)


def pip_install(what: str) -> str:
    """Give the command that installs something where this Python finds it; a bare `pip` may be another's."""
    return f"`{shlex.quote(sys.executable)} -m pip install {what}`"


def _refusal(extra: str, module: str) -> MissingError:
    return MissingError(f"{_NEEDS[extra]}, and {module!r} is not installed; {_way_out(extra)}.")


def _brought_by(extra: str) -> set[str]:
    """Give the names of the distributions that an extra brings, which are those of their modules."""
    needed: list[str] = []
    with suppress(metadata.PackageNotFoundError):  # a folder that is not installed has no extras
        needed = metadata.requires("qdtools") or []
    asked = [line for line in needed if f'extra == "{extra}"' in line]
    return {match[0].lower() for line in asked if (match := re.match(r"[A-Za-z0-9_.]+", line))}


def _way_out(extra: str) -> str:
    """Name the command that installs an extra from where the package itself came."""
    origin = metadata.distribution("qdtools").read_text("direct_url.json")
    known = json.loads(origin) if origin else {}
    if known.get("dir_info", {}).get("editable"):
        command = pip_install(f'--editable ".[{extra}]"')
        return f"{command} in the folder of the book brings it"
    source = f" @ {known['url']}" if "url" in known else ""
    command = pip_install(f'"qdtools[{extra}]{source}"')
    return f"{command} brings it"
