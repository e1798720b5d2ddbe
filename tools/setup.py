"""Set-up, step by step: .venv with the locked packages, qdtools itself, node_modules.

Standard library only, because it runs before anything is installed. A step leaves a stamp when
it has succeeded, holding a hash of what it was made from; a step without a current stamp is
done again from its start, so nothing half-made is ever trusted. What was made before lies aside
until the new is whole, to be put back if that fails.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
import do  # noqa: E402 - it stands beside this folder

VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
VENV_BIN = VENV / ("Scripts" if WINDOWS else "bin")
NODE_MODULES = ROOT / "node_modules"
# A virtual environment works only where it was made: the old one leaves its place, then comes back.
ASIDE = ROOT / ".before"
GIGABYTE = 2**30
SPACE_NEEDED = 4 * GIGABYTE
OLDEST_NPM = 7

COMPILE_ALL = (
    "import compileall, site; compileall.compile_dir(site.getsitepackages()[0], quiet=2, workers=0)"
)

# The first sign found in a failed tool's output says what went wrong; the rest is what to do.
CAUSES = (
    (
        ("no space left", "enospc", "errno 28"),
        "the disk is full; free some space (set-up needs about 4 GB), then run the same command",
    ),
    (
        ("do not match the hashes", "eintegrity"),
        "a download is not the file that was locked; remove it with `pip cache purge` or "
        "`npm cache clean --force`, then run the same command",
    ),
    (
        (
            "certificate_verify_failed",
            "self-signed certificate",
            "self signed certificate",
            # How npm calls a certificate whose signer it does not know.
            "unable_to_verify_leaf_signature",
            "unable_to_get_issuer_cert",
        ),
        "the network's certificate is not trusted; point PIP_CERT and NODE_EXTRA_CA_CERTS to "
        "the certificate file of your network, then run the same command",
    ),
    (
        (
            "failed to establish a new connection",
            "name resolution",
            "proxyerror",
            "connection refused",
            "connection broken",
            "remotedisconnected",
            "read timed out",
            "connecttimeout",
            "max retries exceeded",
            "eai_again",
            "enotfound",
            "econnrefused",
            "econnreset",
            "etimedout",
        ),
        "the package registry could not be reached; check the network (behind a proxy, set "
        "HTTPS_PROXY), then run the same command",
    ),
    (
        ("no matching distribution found", "notarget", "etarget"),
        "a locked package is not offered for this machine, or not by your package index; the "
        "locks serve Linux, macOS on Apple silicon and Windows with a complete index",
    ),
    (
        ("permission denied", "eacces", "read-only file system", "erofs"),
        "a file here is not yours to write; make this folder your own, then run the same command",
    ),
    (
        ("package-lock.json", "npm ci` can only install", "npm error code eusage"),
        "package.json and package-lock.json disagree; restore both from git, then run the "
        "same command",
    ),
)


class SetupError(Exception):
    """Why a step failed and what to do, in one sentence."""


class Step(NamedTuple):
    """Something to make, the stamp it leaves, and what it is made from."""

    title: str
    stamp: Path
    key: str
    make: Callable[[], None]
    #: What is there when it was made, and nobody has removed anything.
    parts: tuple[Path, ...] = ()

    def is_done(self) -> bool:
        """Whether the stamp says that exactly this was made, and it is still there."""
        made = self.stamp.is_file() and self.stamp.read_text() == self.key
        return made and all(path.exists() for path in self.parts)


def digest(*parts: str | Path) -> str:
    """Hash texts and the contents of files."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def tool_environment() -> dict[str, str]:
    """Return the environment for pip and npm, without settings that would spoil the result."""
    spoilers = {
        # These would leave out the bytecode.
        "PYTHONDONTWRITEBYTECODE",
        "PIP_NO_COMPILE",
        # These would install, or look for packages, elsewhere.
        "PIP_PREFIX",
        "PIP_REQUIRE_VIRTUALENV",
        "PIP_ROOT",
        "PIP_TARGET",
        "PYTHONHOME",
        "PYTHONPATH",
    }
    kept = {name: value for name, value in os.environ.items() if name not in spoilers}
    return kept | {"PIP_USER": "0", "PATH": f"{os.environ.get('PATH', '')}{os.pathsep}{VENV_BIN}"}


def run(*command: str | Path) -> None:
    """Run a tool quietly; on failure show how its output ended and say the likely cause."""
    words = [str(word) for word in command]
    try:
        process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=tool_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # While the tool lives it holds the lock too, even if this script is killed; Windows
            # hands no lock on.
            **({} if WINDOWS else {"pass_fds": [take_lock()]}),
        )
    except OSError as error:
        raise SetupError(f"{words[0]} does not start ({error.strerror})") from error
    lines = deque(maxlen=400)
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            show_progress(lines[-1])
        status = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        show_progress("")
    if status:
        output = "\n".join(lines)
        print("\n".join(f"    {line}" for line in list(lines)[-12:]), file=sys.stderr)
        raise SetupError(likely_cause(output, f"the tool ended with status {status}"))


def likely_cause(output: str, otherwise: str) -> str:
    """Turn what a tool printed into one sentence with the way out."""
    lower = output.lower()
    for signs, sentence in CAUSES:
        if any(sign in lower for sign in signs):
            return sentence
    return f"{otherwise}; mend what the lines above say, then run the same command"


def show_progress(line: str) -> None:
    """Keep the newest line of a tool on the terminal, over the one before."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 5
        print(f"\r\x1b[K{'    ' + line[:width] if line else ''}", end="", flush=True)


def check_python() -> None:
    """Refuse a Python that cannot make the environment."""
    version = ".".join(map(str, sys.version_info[:2]))
    if version not in do.PYTHONS:
        raise SetupError(
            f"this is Python {version}, the book runs on {', '.join(do.PYTHONS)}; install one of them, "
            "then let do.py find it: python do.py setup"
        )
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
        import venv  # noqa: F401
    except ImportError as error:
        raise SetupError(
            f"this Python has no venv; install the package python{version}-venv, "
            "then run the same command"
        ) from error


@contextmanager
def made_anew(folder: Path) -> Iterator[None]:
    """Clear a folder's place; put back what was there if what shall take the place fails."""
    aside = ASIDE / folder.name
    if folder.exists():
        ASIDE.mkdir(exist_ok=True)
        folder.rename(aside)
    try:
        yield
    except BaseException:
        put_back(folder)
        raise
    if aside.exists():
        # Half removed it must not be taken for a whole one.
        shutil.rmtree(ASIDE / "outdated", ignore_errors=True)
        aside.rename(ASIDE / "outdated")
    shutil.rmtree(ASIDE, ignore_errors=True)


def put_back(folder: Path) -> None:
    """Put back what lies aside, in the place of what is half made."""
    aside = ASIDE / folder.name
    if aside.exists():
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)


def make_venv() -> None:
    """Make .venv anew and install exactly what is locked."""
    free = shutil.disk_usage(ROOT).free
    if free < SPACE_NEEDED:
        raise SetupError(
            f"{free / GIGABYTE:.1f} GB are free and about 4 are needed; free some space, then "
            "run the same command"
        )
    with made_anew(VENV):
        # Not sys.executable: that may be the .venv which was just moved.
        run(sys._base_executable, "-m", "venv", VENV)  # noqa: SLF001 - no public name tells it
        pip_install("--no-compile", "--require-hashes", "-r", "requirements.lock")
        # Without bytecode every kernel would compile TensorFlow anew; pip compiles on one core. What
        # is no Python of this version, templates for example, is none of our business.
        run(VENV_BIN / "python", "-c", COMPILE_ALL)
        # By which name it is started again, for do.py: another might be a Python of another prefix.
        (VENV / "python.stamp").write_text(sys._base_executable, encoding="utf-8")  # noqa: SLF001


def pip_install(*arguments: str) -> None:
    """Install into .venv with its own pip."""
    pip = (VENV_BIN / "python", "-m", "pip", "--disable-pip-version-check", "--no-input")
    run(*pip, "install", "--progress-bar", "off", *arguments)


def install_qdtools() -> None:
    """Install the package so that an edit is seen at once."""
    (VENV / "qdtools.stamp").unlink(missing_ok=True)  # it is half installed from here on
    pip_install("--no-deps", "--no-build-isolation", "--editable", ".")


def install_npm_packages() -> None:
    """Install what package-lock.json holds, bringing npm along where there is none."""
    npm = find_npm()
    if npm is None:
        print("      there is no npm here: bringing one into .venv")
        pip_install("--require-hashes", "-r", "requirements-npm.lock")
        npm = str(VENV_BIN / "npm")
    with made_anew(NODE_MODULES):
        run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def find_npm() -> str | None:
    """Find an npm that works and reads our lock file."""
    npm = shutil.which("npm", path=tool_environment()["PATH"])
    if npm is None:
        return None
    answer = subprocess.run([npm, "--version"], capture_output=True, text=True, cwd=ROOT)
    version = answer.stdout.strip().split(".")[0]
    works = answer.returncode == 0 and version.isdigit() and int(version) >= OLDEST_NPM
    return npm if works else None


def asked_of_npm() -> tuple[Path, ...]:
    """List the folders of what package.json asks for; what is wrong with that file, npm says.

    The sample is one of them, and whoever lacks it is told to set up.
    """
    try:
        asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
        return tuple(NODE_MODULES / name for name in asked)
    except (ValueError, KeyError, TypeError):
        return ()


def node() -> Path:
    """Say where Node.js is; where there is none, where the one that npm is brought with will be."""
    found = shutil.which("node", path=tool_environment()["PATH"])
    return Path(found) if found else VENV_BIN / "node"


def plan() -> Iterator[Step]:
    """Give the steps one by one, each with the hash of what it is made from."""
    # A virtual environment cannot be moved and dies with its interpreter: both are in the key.
    base = f"{ROOT} {sys.base_prefix} {sys.version}"
    packages = digest(base, ROOT / "requirements.lock")
    yield Step(
        f"install the locked packages into .venv, for Python {sys.version.split()[0]} (a minute or "
        "more, 2.7 GB)",
        VENV / "packages.stamp",
        packages,
        make_venv,
    )
    yield Step(
        "install qdtools itself",
        VENV / "qdtools.stamp",
        digest(packages, ROOT / "pyproject.toml"),
        install_qdtools,
    )
    yield Step(
        "install the npm packages into node_modules",
        NODE_MODULES / ".stamp",
        digest(
            ROOT / "package.json",
            ROOT / "package-lock.json",
            ROOT / ".npmrc",
        ),
        install_npm_packages,
        # A new .venv is without the Node.js that the old one was lent.
        (*asked_of_npm(), node()),
    )


@cache
def take_lock() -> int:
    """Wait until no other set-up works on this folder; the same lock, if it is taken already."""
    lock = os.open(ROOT / ".setup.lock", os.O_CREAT | os.O_RDWR)
    if not is_mine(lock):
        print("Set-up waits: another one is at work in this folder.", flush=True)
        while not is_mine(lock):
            time.sleep(0.2)
    return lock


def is_mine(lock: int) -> bool:
    """Try to lock a file, in the way of the system."""
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def main() -> int:
    """Do the steps that are not done yet."""
    title, number, count = "check Python", 1, 4
    try:
        take_lock()
        check_python()
        for folder in (VENV, NODE_MODULES):  # what a killed run left aside
            put_back(folder)
        for number, step in enumerate(plan(), start=2):
            title = step.title.split(",")[0].split(" (")[0]
            if step.is_done():
                continue
            print(f"[{number}/{count}] {step.title}", flush=True)
            step.make()
            step.stamp.parent.mkdir(exist_ok=True)
            step.stamp.write_text(step.key)
    except SetupError as error:
        problem = str(error)
    except OSError as error:
        problem = likely_cause(f"errno {error.errno} {error.strerror}", f"{error}")
    except KeyboardInterrupt:
        problem = "it was interrupted; run the same command to take it up again"
    else:
        return 0
    print(f"Set-up stopped at step {number} of {count}, {title}: {problem}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    # make ends its children with SIGTERM; the tool at work shall end with this script.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
