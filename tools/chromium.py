"""Finds a Chromium to open pages with: a bare one, else the npm package's, else this system's."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import matplotlib
import playwright
from filelock import FileLock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType, Playwright

NODE_MODULES = Path(__file__).resolve().parent.parent / "node_modules"
PACKAGE = NODE_MODULES / "@sparticuz/chromium"
# Text as Linux desktops show it; the package's own list of folders names none that exists here.
FONTS = """<?xml version="1.0"?>
<fontconfig>
  <dir>{dejavu}</dir>
  <cachedir>{cache}</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
"""
# The package unpacks into the folder for temporary files, with the libraries that a server without
# a desktop lacks only if it believes to run on one of Amazon's.
UNPACK = "import chromium from '@sparticuz/chromium'; await chromium.executablePath();"
SERVER = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}


class Chromium(NamedTuple):
    """A program with the environment that it needs."""

    path: str
    environment: dict[str, str]

    def launch(self, opener: BrowserType) -> Browser:
        """Start it."""
        return opener.launch(
            executable_path=self.path,
            env=os.environ | self.environment,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )


def find_node() -> str | None:
    """Return this system's Node.js, else the one that set-up brought into .venv."""
    path = f"{os.environ['PATH']}{os.pathsep}{Path(sys.prefix) / 'bin'}"
    return shutil.which("node", path=path)


def let_playwright_start() -> None:
    """Have Playwright use another Node.js where its own lacks a library, as on a bare Debian."""
    own = Path(playwright.__file__).parent / "driver/node"
    starts = (
        own.is_file() and not subprocess.run([own, "--version"], capture_output=True).returncode
    )
    if not starts and (node := find_node()):
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)


def find_chromium(opener: Playwright) -> Chromium | None:
    """Return the first Chromium that there is; npm's is unpacked on first use (3 s, 215 MB).

    First those without a window's parts: a page opens in a third of the processor's time.
    """
    if shell := shutil.which("chromium-headless-shell"):
        return Chromium(shell, {})
    if of_npm := chromium_of_npm():
        return of_npm
    system = shutil.which("chromium") or shutil.which("chromium-browser")
    for path in (system, opener.chromium.executable_path):
        if path and Path(path).is_file():
            return Chromium(path, {})
    return None


def chromium_of_npm() -> Chromium | None:
    """Return the npm package's Chromium; None where there is no package or it cannot run."""
    folder = unpack_package()
    if folder is None:
        return None
    fonts = FONTS.format(
        dejavu=Path(matplotlib.get_data_path()) / "fonts/ttf", cache=folder / "fonts-cache"
    )
    half = folder / f"fonts.conf.{os.getpid()}"
    half.write_text(fonts)
    half.replace(folder / "fonts.conf")  # another test run may be reading it
    environment = {
        "LD_LIBRARY_PATH": f"{folder / 'al2023/lib'}:{os.environ.get('LD_LIBRARY_PATH', '')}",
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
    }
    return Chromium(str(folder / "chromium"), environment)


def unpack_package() -> Path | None:
    """Unpack the npm package's Chromium once; return its folder."""
    if not (sys.platform == "linux" and platform.machine() == "x86_64" and PACKAGE.is_dir()):
        return None
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    folder = NODE_MODULES / ".cache" / f"chromium-{version}"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            node = find_node()
            if node is None:
                return None
            with tempfile.TemporaryDirectory(dir=folder.parent) as half:
                command = [node, "--input-type=module", "--eval", UNPACK]
                environment = os.environ | SERVER | {"TMPDIR": half}
                done = subprocess.run(command, cwd=NODE_MODULES.parent, env=environment)
                if done.returncode:  # an old Node.js, for one
                    return None
                # Only a whole one gets the name that is looked for.
                Path(half).rename(folder)
                Path(half).mkdir()
    return folder


def how_to_get_one() -> str:
    """Return the one command that brings a Chromium to this system."""
    try:
        debian = platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:  # no Linux
        debian = False
    return "apt-get install chromium" if debian else ".venv/bin/playwright install chromium"
