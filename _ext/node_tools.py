"""Runs what was installed into node_modules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sphinx.errors import ExtensionError

SCRIPTS = Path(__file__).parent / "scripts"


def run_node(script: str | Path, *arguments: str | Path, root: str | Path, text: str = "") -> str:
    """Run a script with Node.js.

    Parameters
    ----------
    script : str or Path
        From the folder that it is run in.
    *arguments : str or Path
        Its arguments.
    root : str or Path
        The folder that it is run in.
    text : str
        Its standard input.

    Returns
    -------
    str
        What it wrote to standard output.

    Raises
    ------
    ExtensionError
        If there is no Node.js, no such script, or if the script fails.
    """
    folders = f"{os.environ.get('PATH', '')}{os.pathsep}{Path(sys.executable).parent}"
    node = shutil.which("node", path=folders)
    if node is None:
        raise ExtensionError("there is no Node.js here: run `python do.py setup`")
    if not Path(root, script).exists():
        raise ExtensionError(
            f"{script} is missing: run `python do.py setup` or `npm ci --ignore-scripts`"
        )
    done = subprocess.run(
        [node, script, *map(str, arguments)],
        cwd=root,
        input=text,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise ExtensionError(f"{script} failed:\n{done.stderr}")
    return done.stdout
