"""What can be done in this folder, each as one word: `python do.py help` lists the words.

Standard library only: any Python starts it, on any system, and it looks for one that the book runs on.
`make WORD` hands on to it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent
#: The Pythons that the locked packages are for, first those that are looked for first.
PYTHONS = ("3.11", "3.12", "3.13")
WINDOWS = os.name == "nt"
BIN = "Scripts" if WINDOWS else "bin"
VENV_BIN = ROOT / ".venv" / BIN
NODE_BIN = ROOT / "node_modules" / ".bin"
REPORTS = ROOT / "_build" / "reports"
#: Variables that name folders, as _config.yml has them.
FOLDERS = ("QD_DATA_DIR", "QD_MODELS_DIR", "QD_SAMPLE_DIR")
#: The name of the catalogue, as _config.yml has it.
BOOK = "noisy-quick-draw"
#: Takes .venv with node_modules as they are, without set-up.
AS_IS = "--as-is"
#: Sets up with the Python that .venv was made with, not with the one that started this.
KEEP = "--keep"


class Stopped(Exception):
    """Why a word was not done; empty where what failed has said so itself."""


class Mistaken(Stopped):
    """Why nothing was begun: what was typed after the word is unknown."""


def version_of(python: list[str]) -> str | None:
    """Say which version an interpreter is, as "3.11"; None where it is none."""
    ask = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
    try:
        return (
            subprocess.check_output([*python, "-c", ask], stderr=subprocess.DEVNULL)
            .decode()
            .strip()
        )
    except (OSError, subprocess.CalledProcessError):
        return None


def made_with() -> list[str]:
    """Name the interpreter that made .venv, as it was started, if set-up came to its end there."""
    with suppress(OSError):
        if (ROOT / ".venv" / "packages.stamp").is_file():
            return [(ROOT / ".venv" / "python.stamp").read_text(encoding="utf-8")]
    return []


def find_python(*, keep: bool = False) -> list[str]:
    """Find an interpreter that the book runs on: this one, else the first that is installed.

    With `keep`, that of the .venv which is there comes before them.
    """
    candidates = [[path] for path in [*(made_with() if keep else []), sys.executable]]
    candidates += [
        ["py", f"-{version}"] if WINDOWS else [f"python{version}"] for version in PYTHONS
    ]
    candidates += [["python3"], ["python"]]
    for python in candidates:
        if version_of(python) in PYTHONS:
            return python
    wanted = f"{', '.join(PYTHONS[:-1])} or {PYTHONS[-1]}"
    raise Stopped(
        f"Set-up stopped at step 1 of 4, check Python: no Python {wanted} was found; install one, then "
        f"let it start this: python{PYTHONS[0]} do.py setup"
    )


def start(*command: str | Path, env: dict[str, str] | None = None) -> int:
    """Run a program to its end; whatever ends this script ends it, too."""
    with subprocess.Popen(list(map(str, command)), cwd=ROOT, env=env) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise


def run(*command: str | Path) -> None:
    """Run a program, which must succeed."""
    if start(*command, env=environment()):
        raise Stopped


def environment() -> dict[str, str]:
    """Give programs what set-up brought, where the machine has it not, and folders by their whole paths.

    A chapter runs in its own folder, from where a relative path would lead elsewhere.
    """
    path = os.pathsep.join([os.environ.get("PATH", ""), str(VENV_BIN), str(NODE_BIN)])
    folders = {
        name: str((ROOT / Path(os.environ[name]).expanduser()).resolve())
        for name in FOLDERS
        if os.environ.get(name)
    }
    return {**os.environ, **folders, "PATH": path}


def tool(name: str) -> str:
    """Find a program that set-up installed."""
    found = shutil.which(name, path=f"{VENV_BIN}{os.pathsep}{NODE_BIN}")
    if not found:
        raise Stopped(f"{name} is not installed; `python do.py setup` installs it")
    return found


def setup(arguments: list[str]) -> None:
    """Make .venv with node_modules, or only what changed since (all below but lock, clean do it first)."""
    set_up(arguments, keep=KEEP in arguments)


def set_up(arguments: list[str], *, keep: bool = True) -> None:
    """Do so for another word, which keeps the Python of the .venv that is there."""
    if AS_IS in arguments:
        return
    if start(*find_python(keep=keep), Path("tools", "setup.py")):
        raise Stopped


def handed_on(arguments: list[str]) -> list[str]:
    """Give what stands behind a word for the program that does it."""
    return [argument for argument in arguments if argument != AS_IS]


def book(arguments: list[str]) -> None:
    """Execute the chapters, build the site into _build/html/index.html."""
    set_up(arguments)
    # A build that stopped on a warning forgets the parsed pages, or the next one would find nothing
    # to do and pass. What the chapters computed stays cached.
    build = ("build", ".", "--warningiserror", "--nitpick", "--keep-going")
    if start(tool("jupyter-book"), *build, env=environment()):
        shutil.rmtree(ROOT / "_build" / ".doctrees", ignore_errors=True)
        raise Stopped("The book was not built: see the first error above.")


def slides(arguments: list[str]) -> None:
    """Build the book, whose chapters' slides then lie in _build/html/_static/slides."""
    book(arguments)
    for deck in found("_build/html/_static/slides/*.html"):
        print(deck)


def pdf(arguments: list[str]) -> None:
    """Print the built book into _build/pdf/noisy-quick-draw.pdf."""
    book(arguments)
    run(tool("python"), Path("tools", "print_book.py"))


def catalogues(arguments: list[str]) -> None:
    """Collect the book's prose for translators; `catalogues de` begins, or renews, locale/de."""
    languages = handed_on(arguments)
    for language in languages:
        if not re.fullmatch(r"[a-z]{2,3}(_[A-Z][A-Za-z]+)?", language):
            raise Mistaken(f"{language!r} names no language; name one as de, ar or pt_BR.")
    set_up(arguments)
    # Apart from the site, whose parsed pages are of no use to this builder, nor these to the site.
    place = ROOT / "_build" / "catalogues"
    build = ("build", ".", "--path-output", place, "--warningiserror", "--keep-going")
    run(tool("jupyter-book"), *build, "--builder", "custom", "--custom-builder", "gettext")
    template = place / "_build" / "gettext" / f"{BOOK}.pot"
    for language in languages:
        catalogue = ROOT / "locale" / language / "LC_MESSAGES" / f"{BOOK}.po"
        catalogue.parent.mkdir(parents=True, exist_ok=True)
        word = "update" if catalogue.exists() else "init"
        run(tool("pybabel"), word, "-i", template, "-o", catalogue, "-l", language)
        print(catalogue.relative_to(ROOT))
    if not languages:
        print(template.relative_to(ROOT))


def test(arguments: list[str]) -> None:
    """Run every test but the long ones: the package, the build, the pages, every chapter."""
    # The build executes each chapter that has changed, which is its test: it fails where a cell fails,
    # then tests/test_build.py holds that every chapter has run to its end as it is now.
    book(arguments)
    node = shutil.which("node", path=environment()["PATH"])
    if not node:
        raise Stopped("There is no Node.js here; `python do.py setup` brings one.")
    of_pages = [node, "--test", "--test-reporter=spec"]
    of_pages += ["--test-reporter-destination=stdout", "--test-reporter=junit"]
    of_pages += [
        f"--test-reporter-destination={REPORTS / 'pages.xml'}",
        *map(str, sorted((ROOT / "tests" / "js").glob("*.test.js"))),
    ]
    run_tests(of_package("--cov", "--cov-report=term"), of_pages)


def test_long(arguments: list[str]) -> None:
    """Run the tests that take minutes each: a fuzz, kills, long runs."""
    book(arguments)
    run_tests(of_package("-m", "long"))


def of_package(*options: str) -> list[str]:
    """Give the command that tests the package, the build, the pages by pytest."""
    # One more than there are cores: tests of pages often wait.
    side_by_side = str(min(4, (os.cpu_count() or 1) + 1))
    command = [tool("pytest"), "tests", "-n", side_by_side, "--dist", "loadfile"]
    return [*command, "--no-loadscope-reorder", f"--junitxml={REPORTS / 'python.xml'}", *options]


def run_tests(*commands: list[str]) -> None:
    """Run tests, each whatever came of those before; the closing lines count their reports together."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    closing = [tool("python"), str(Path("tools", "closing_lines.py")), str(REPORTS)]
    # Where several processes share the cores, threads that share out a product mostly wait for each other.
    alone = {**environment(), "OPENBLAS_NUM_THREADS": "1"}
    statuses = [start(*command, env=alone) for command in (*commands, closing)]
    if any(statuses):
        raise Stopped


def lab(arguments: list[str]) -> None:
    """Open the chapters in JupyterLab, at the first; `lab --no-browser` hands an option on to it."""
    set_up(arguments)
    run(tool("jupyter-lab"), "book/1-data-and-noise.ipynb", *handed_on(arguments))


def lint(arguments: list[str]) -> None:
    """Check form with types of all code, chapters too; `lint ruff mypy` checks these two only."""
    checks = lints()
    chosen = handed_on(arguments) or list(checks)
    if unknown := set(chosen) - set(checks):
        raise Mistaken(f"lint knows no {', '.join(sorted(unknown))}; it knows {', '.join(checks)}.")
    set_up(arguments)
    for name in chosen:
        for program, *options in checks[name]:
            run(tool(program), *options)


def lints() -> dict[str, list[list[str]]]:
    """Give the commands of each check."""
    notebooks = ["index.ipynb", *found("book/*.ipynb")]
    settings = [
        *found("*.yml"),
        *found(".*.yaml"),
        *found(".github/**/*.yml"),
        *found(".binder/*.yml"),
    ]
    schema = ["check-jsonschema", "--builtin-schema"]
    return {
        "ruff": [["ruff", "check", "."]],
        "format": [["ruff", "format", "--check", "."]],
        "codespell": [["codespell"]],
        "notebooks": [["nbstripout", "--keep-id", "--verify", *notebooks]],
        "yaml": [["check-yaml", *settings]],
        "toml": [["check-toml", "pyproject.toml", *found("book/*.toml")]],
        "hosted": [
            [*schema, "vendor.github-workflows", *found(".github/workflows/*.yml")],
            [*schema, "vendor.dependabot", ".github/dependabot.yml"],
            [*schema, "vendor.citation-file-format", "CITATION.cff"],
            # No package brings this one.
            [
                *("check-jsonschema", "--schemafile", "tools/devcontainer.schema.json"),
                ".devcontainer/devcontainer.json",
            ],
        ],
        "mypy": [["mypy"]],
        "biome": [["biome", "check", "--error-on-warnings"]],
        "tsc": [["tsc", "-p", "web/jsconfig.json"]],
    }


def found(pattern: str) -> list[str]:
    """List files of this folder."""
    return sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern))


def weights(arguments: list[str]) -> None:
    """Ship new weights: `weights NEW DRAWINGS` takes them over, trains rivals, measures (hours)."""
    set_up(arguments)
    run(tool("python"), Path("tools", "new_weights.py"), *handed_on(arguments))


def lock(arguments: list[str]) -> None:
    """Resolve the dependencies anew, write the lock files (needs npm; --upgrade renews versions)."""
    npm = shutil.which("npm", path=environment()["PATH"])
    if not npm:  # before the locks of Python are written, which would then fit no other
        raise Stopped("There is no npm here; `python do.py setup` brings one.")
    folder = ROOT / ".uv"
    programs = str(folder / BIN)
    if not shutil.which("uv", path=programs):
        run(*find_python(), "-m", "venv", folder)
        run(shutil.which("python", path=programs), "-m", "pip", "install", "--quiet", "uv==0.13.9")
    resolve = [shutil.which("uv", path=programs), "pip", "compile", "--quiet", "--universal"]
    resolve += ["--python-version", PYTHONS[0], "--generate-hashes", "--no-header", *arguments]
    run(*resolve, "--all-extras", "pyproject.toml", "--output-file", "requirements.lock")
    run(*resolve, "--group", "npm", "--output-file", "requirements-npm.lock")
    run(npm, "install", "--package-lock-only", "--ignore-scripts")


def clean(_arguments: list[str]) -> None:
    """Remove everything that was made here: the site, .venv, node_modules."""
    for name in ("_build", ".before", ".venv", ".uv", "node_modules"):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    (ROOT / ".setup.lock").unlink(missing_ok=True)


def show_help(_arguments: list[str]) -> None:
    """List what can be done."""
    for name, word in WORDS.items():
        print(f"python do.py {name:10} {word.do.__doc__}")
    print(f"{AS_IS} behind a word takes the installed packages as they are.")
    print(f"{KEEP} behind setup stays with the Python that .venv was made with, as other words do.")


class Word(NamedTuple):
    """What one word does, with what may stand behind it."""

    do: Callable[[list[str]], None]
    takes: tuple[str, ...] = (AS_IS,)
    #: Whether the word, or a program that it starts, looks itself at all else that stands there.
    looks: bool = False


WORDS = {
    "help": Word(show_help, ()),
    "setup": Word(setup, (KEEP,)),
    "book": Word(book),
    "slides": Word(slides),
    "pdf": Word(pdf),
    "catalogues": Word(catalogues, looks=True),
    "test": Word(test),
    "test-long": Word(test_long),
    "lab": Word(lab, looks=True),
    "lint": Word(lint, looks=True),
    "weights": Word(weights, looks=True),
    "lock": Word(lock, (), looks=True),
    "clean": Word(clean, ()),
}


def check(name: str, rest: list[str]) -> None:
    """Refuse what a word does not take, before anything is begun."""
    takes = WORDS[name].takes
    unknown = [argument for argument in rest if argument not in takes]
    if unknown and not WORDS[name].looks:
        raise Mistaken(
            f"'{name}' does not take {', '.join(map(repr, unknown))}; it takes "
            f"{' or '.join(takes) or 'nothing'}."
        )


def main(arguments: list[str]) -> int:
    """Do a word; 1 where it was not done, 2 where it, or what follows it, is unknown."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if name not in WORDS:
        print(f"'{name}' is no word of do.py; they are {', '.join(WORDS)}.", file=sys.stderr)
        return 2
    try:
        check(name, rest)
        WORDS[name].do(rest)
    except Stopped as reason:
        if str(reason):
            print(reason, file=sys.stderr)
        return 2 if isinstance(reason, Mistaken) else 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    # make ends its children with SIGTERM; the program at work shall end with this script.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
