"""Promises of set-up: tools/setup.py at work in a tiny project, the real locks."""

import ast
import base64
import hashlib
import importlib
import importlib.metadata
import io
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tarfile
import threading
import time
import tomllib
import zipfile
from datetime import date
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path

import pytest
import trustme
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
do = importlib.import_module("do")
# A machine without npm has the one that set-up brought into .venv.
PATH = f"{os.environ['PATH']}{os.pathsep}{Path(sys.prefix) / 'bin'}"
# Not sys.executable: that is in .venv, which set-up makes.
DO_SETUP = (sys._base_executable, "do.py", "setup")
# Nothing listens there, so that a tool which asks the network fails at once.
NOWHERE = "http://127.0.0.1:9"

# Stands in for setuptools, which a machine without network may not have.
BACKEND = """
import zipfile
from pathlib import Path

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "qdtools-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        wheel.writestr("qdtools.pth", str(Path.cwd()))
        for file, text in ABOUT.items():
            wheel.writestr(f"qdtools-0.1.0.dist-info/{file}", text)
    return name

ABOUT = %r
"""


def about(name, version):
    """Return the files that make a zip archive a wheel."""
    return {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }


class Project:
    """A project as small as can be, with the real do.py and the real set-up."""

    def __init__(self, folder):
        self.folder = folder
        self.venv = folder / ".venv"
        self.wheels = folder / "wheels"
        for name in ("do.py", "Makefile", "tools/setup.py", ".npmrc", "requirements-npm.lock"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        (folder / "backend.py").write_text(BACKEND % about("qdtools", "0.1.0"))
        (folder / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        )
        (folder / "qdtools").mkdir()
        (folder / "qdtools/__init__.py").write_text("")
        package = {"name": "tiny", "version": "1.0.0", "private": True}
        (folder / "package.json").write_text(json.dumps(package))
        (folder / "package-lock.json").write_text(
            json.dumps(package | {"lockfileVersion": 3, "packages": {"": package}})
        )
        self.lock(self.make_wheel())

    def make_wheel(self):
        """Make the one package that the lock names."""
        self.wheels.mkdir()
        wheel = self.wheels / "tiny_dependency-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("tiny_dependency.py", "")
            for file, text in about("tiny-dependency", "1.0").items():
                archive.writestr(f"tiny_dependency-1.0.dist-info/{file}", text)
        return hashlib.sha256(wheel.read_bytes()).hexdigest()

    def lock(self, sha256, name="tiny-dependency"):
        (self.folder / "requirements.lock").write_text(f"{name}==1.0 --hash=sha256:{sha256}\n")

    def environment(self, **variables):
        """Return an environment in which pip and npm know only what lies here."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.lower().startswith(("pip_", "npm_", "make", "mflags"))
        }
        return kept | {
            "PATH": PATH,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": self.wheels.as_uri(),
            "PIP_RETRIES": "0",
            "npm_config_registry": NOWHERE,
            "npm_config_fetch_retries": "0",
            **variables,
        }

    def setup(self, *starter, **variables):
        return subprocess.run(
            starter or DO_SETUP,
            cwd=self.folder,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=300,
        )

    def can_import(self, module):
        command = [self.venv / "bin/python", "-c", f"import {module}"]
        return subprocess.run(command, cwd="/", capture_output=True).returncode == 0

    def mark(self):
        """Leave a file in .venv which only a .venv made anew would be without."""
        (self.venv / "mark").write_text("")

    def is_marked(self):
        return (self.venv / "mark").exists()


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    return Project(folder)


def append(file, text):
    file.write_text(file.read_text() + text)


def path_without(tmp_path, *left_out):
    """Make a PATH that has what make and Python need, and not the programs named."""
    folder = tmp_path / "bin"
    folder.mkdir()
    needed = {"make", "sh", "env", "rm", "uname", "dirname", "python3"}
    for name in needed - set(left_out):
        found = sys._base_executable if name == "python3" else shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return str(folder)


needs_npm = pytest.mark.skipif(not shutil.which("npm", path=PATH), reason="there is no npm")


@needs_npm
def test_setup_makes_everything_once(project):
    first = project.setup(PYTHONDONTWRITEBYTECODE="1")
    assert first.returncode == 0, first.stderr
    assert project.can_import("tiny_dependency")
    assert project.can_import("qdtools")
    compiled = list(project.venv.glob("lib/*/site-packages/__pycache__/tiny_dependency*.pyc"))
    assert compiled, "the packages were installed without bytecode"

    project.mark()
    second = project.setup()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert project.is_marked()


@needs_npm
def test_a_changed_lock_is_installed_anew_and_a_changed_pyproject_only_qdtools(project):
    project.setup()
    project.mark()
    append(project.folder / "pyproject.toml", "# changed\n")
    output = project.setup().stdout
    assert "[3/4]" in output
    assert "[2/4]" not in output
    assert project.is_marked()

    append(project.folder / "requirements.lock", "# changed\n")
    assert "[2/4]" in project.setup().stdout
    assert not project.is_marked()


def kill_when_a_venv_appears(project, *besides):
    """Start set-up, then kill it while it installs into a new .venv."""
    with subprocess.Popen(
        DO_SETUP,
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        deadline = time.monotonic() + 60
        awaited = [project.venv / "bin/python", *besides]
        while not all(path.exists() for path in awaited):
            assert time.monotonic() < deadline, "no .venv appeared"
            time.sleep(0.01)
        os.killpg(running.pid, signal.SIGKILL)


@needs_npm
def test_an_interrupted_setup_is_not_trusted(project):
    kill_when_a_venv_appears(project)
    assert not (project.venv / "packages.stamp").exists()

    project.mark()
    again = project.setup()
    assert again.returncode == 0, again.stderr
    assert not project.is_marked(), "the half-made .venv was kept"
    assert project.can_import("tiny_dependency")


@needs_npm
def test_a_set_up_that_fails_leaves_what_worked_before(project):
    project.setup()
    good = (project.folder / "requirements.lock").read_text()
    project.mark()
    (project.folder / "node_modules/mark").write_text("")
    lock_the_wrong_hash(project)
    assert project.setup().returncode != 0
    assert project.is_marked()
    assert project.can_import("tiny_dependency")

    (project.folder / "requirements.lock").write_text(good)
    assert project.setup().stdout == ""
    assert project.is_marked()

    failed = project.setup(**need_an_npm_package_from_the_network(project))
    assert failed.returncode != 0
    assert (project.folder / "node_modules/mark").exists()
    assert not any((project.folder / ".before").iterdir())


@needs_npm
def test_a_set_up_that_is_killed_loses_nothing_that_worked_before(project):
    project.setup()
    good = (project.folder / "requirements.lock").read_text()
    project.mark()
    append(project.folder / "requirements.lock", "# changed\n")
    kill_when_a_venv_appears(project, project.folder / ".before/.venv")

    (project.folder / "requirements.lock").write_text(good)
    again = project.setup()
    assert (again.returncode, again.stdout) == (0, ""), again.stderr
    assert project.is_marked()
    assert project.can_import("tiny_dependency")


def lock_the_wrong_hash(project):
    project.lock("0" * 64)
    return {}


def lock_what_only_the_network_has(project):
    project.lock("0" * 64, name="another-dependency")
    return {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "1"}


def lock_what_does_not_exist(project):
    project.lock("0" * 64, name="another-dependency")
    return {}


def need_an_npm_package_from_the_network(project):
    dependency = {"dependencies": {"ndjson": "1.5.0"}}
    package = json.loads((project.folder / "package.json").read_text()) | dependency
    lock = json.loads((project.folder / "package-lock.json").read_text())
    lock["packages"] = {
        "": package,
        "node_modules/ndjson": {"version": "1.5.0", "integrity": "sha512-" + "A" * 86 + "=="},
    }
    (project.folder / "package.json").write_text(json.dumps(package))
    (project.folder / "package-lock.json").write_text(json.dumps(lock))
    return {"npm_config_cache": str(project.folder / "npm-cache")}


def need_an_npm_package_behind_an_unknown_certificate(project):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    registry = f"https://localhost:{server.server_port}/"
    return need_an_npm_package_from_the_network(project) | {"npm_config_registry": registry}


@needs_npm
def test_a_step_that_failed_is_resumed_without_repeating_the_others(project):
    good = (project.folder / "package.json").read_text()
    good_lock = (project.folder / "package-lock.json").read_text()
    failed = project.setup(**need_an_npm_package_from_the_network(project))
    assert failed.returncode != 0
    project.mark()

    (project.folder / "package.json").write_text(good)
    (project.folder / "package-lock.json").write_text(good_lock)
    again = project.setup()
    assert again.returncode == 0, again.stderr
    assert project.is_marked()


@needs_npm
def test_a_package_that_was_removed_is_installed_again(project):
    packed = io.BytesIO()
    about_it = json.dumps({"name": "tiny-sample", "version": "1.0.0"}).encode()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(about_it)
        archive.addfile(entry, io.BytesIO(about_it))
    (project.folder / "tiny-sample.tgz").write_bytes(packed.getvalue())
    integrity = base64.b64encode(hashlib.sha512(packed.getvalue()).digest()).decode()

    package = json.loads((project.folder / "package.json").read_text())
    package |= {"dependencies": {"tiny-sample": "file:tiny-sample.tgz"}}
    lock = json.loads((project.folder / "package-lock.json").read_text())
    lock["packages"] = {
        "": package,
        "node_modules/tiny-sample": {
            "version": "1.0.0",
            "resolved": "file:tiny-sample.tgz",
            "integrity": f"sha512-{integrity}",
        },
    }
    (project.folder / "package.json").write_text(json.dumps(package))
    (project.folder / "package-lock.json").write_text(json.dumps(lock))
    done = project.setup()
    assert done.returncode == 0, done.stderr
    sample = project.folder / "node_modules/tiny-sample"
    assert (sample / "package.json").is_file()

    project.mark()
    shutil.rmtree(sample)
    again = project.setup()
    assert again.returncode == 0, again.stderr
    assert (sample / "package.json").is_file()
    assert project.is_marked()
    assert project.setup().stdout == ""


@pytest.mark.parametrize(
    ("spoil", "step", "way_out"),
    [
        (lock_the_wrong_hash, "step 2 of 4, install the locked packages", "pip cache purge"),
        (lock_what_only_the_network_has, "step 2 of 4", "check the network"),
        (lock_what_does_not_exist, "step 2 of 4", "package index"),
        pytest.param(
            need_an_npm_package_from_the_network,
            "step 4 of 4, install the npm packages",
            "check the network",
            marks=needs_npm,
        ),
        pytest.param(
            need_an_npm_package_behind_an_unknown_certificate,
            "step 4 of 4, install the npm packages",
            "NODE_EXTRA_CA_CERTS",
            marks=needs_npm,
        ),
    ],
)
def test_a_failing_setup_step_names_itself_and_the_way_out(project, spoil, step, way_out):
    answer = project.setup(**spoil(project))
    assert answer.returncode != 0
    sentence = next(line for line in answer.stderr.splitlines() if "Set-up stopped" in line)
    assert step in sentence
    assert way_out in sentence
    # The page on what goes wrong tells the same variables.
    page = (ROOT / "book/troubleshooting.md").read_text(encoding="utf-8").split("\n## ")[1]
    assert set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", sentence)) <= set(re.findall(r"`(\w+)`", page))


def test_a_folder_that_set_up_cannot_write_into_is_refused_in_one_sentence(project):
    lock = project.folder / ".setup.lock"
    lock.mkdir()  # what no process can write, the system's administrator neither
    answer = project.setup()
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 1
    assert answer.stderr.startswith("Set-up stopped at step 1 of 4, check Python: ")
    assert str(lock) in answer.stderr
    lock.rmdir()
    if getattr(os, "geteuid", int)():  # whom a folder's mode stops
        project.folder.chmod(0o555)
        assert "make this folder your own" in project.setup().stderr
        project.folder.chmod(0o755)


needs_make = pytest.mark.skipif(not shutil.which("make"), reason="this machine has no make")


@needs_make
@needs_npm
def test_make_does_the_same_by_the_same_words(project):
    # make takes the first Python that it finds, which need not be the one of these tests.
    assert project.setup("make", "setup", f"PYTHON={sys._base_executable}").returncode == 0
    assert project.can_import("tiny_dependency")
    again = project.setup()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    helped = project.setup("make").stdout
    assert helped == project.setup(sys.executable, "do.py").stdout
    assert {line.split()[2] for line in helped.splitlines() if line.startswith("python")} == set(
        do.WORDS
    )


def another_python(folder, version="3.13"):
    """Stand in for an interpreter of another version, which is all that it can say."""
    folder.mkdir()
    path = folder / f"python{version}"
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return str(path)


@needs_make
@needs_npm
def test_a_venv_keeps_its_python_until_another_is_told_to_set_up(project, tmp_path, monkeypatch):
    # The same interpreter by another name, which `make` would come to last.
    alias = tmp_path / "alias"
    alias.mkdir()
    (alias / "python3.11").symlink_to(sys._base_executable)
    first = project.setup(alias / "python3.11", "do.py", "setup")
    assert first.returncode == 0, first.stderr
    made_with = (project.venv / "python.stamp").read_text()
    assert made_with == str(alias / "python3.11")
    project.mark()
    assert project.setup("make", "setup").stdout == ""
    assert project.is_marked()

    other = another_python(tmp_path / "other")
    monkeypatch.setattr(do, "ROOT", project.folder)
    monkeypatch.setattr(do.sys, "executable", other)
    assert do.find_python() == [other]
    assert do.find_python(keep=True) == [made_with]
    (alias / "python3.11").unlink()
    assert do.find_python(keep=True) == [other], "an interpreter that is gone was kept"
    (alias / "python3.11").symlink_to(sys._base_executable)
    (project.venv / "packages.stamp").unlink()
    assert do.find_python(keep=True) == [other], "a half-made .venv was kept"


@needs_make
def test_make_chooses_the_python_that_it_is_given_for_each_word(tmp_path):
    for name in ("Makefile", "do.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    python = another_python(tmp_path / "other")
    Path(python).write_text('#!/bin/sh\n[ "$1" = -c ] || echo "$@"\n')

    def said(*words):
        # Else a make around the tests hands its own words on, to say where it works among them.
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
        command = ["make", *words, f"PYTHON={python}"]
        done = subprocess.run(
            command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=True
        )
        return [line.split() for line in done.stdout.splitlines()]

    assert said("setup") == [["do.py", "setup"]]
    assert said("book") == [["do.py", "setup"], ["do.py", "book"]]
    assert said("clean") == [["do.py", "clean"]]


@needs_make
def test_a_machine_without_python_is_told_so(project, tmp_path):
    answer = project.setup("make", "setup", PATH=path_without(tmp_path, "python3"))
    assert answer.returncode != 0
    assert "There is no Python here: install Python 3.11, 3.12 or 3.13." in answer.stderr
    assert not project.venv.exists()


def test_a_python_that_will_not_do_looks_for_one_that_does_and_says_where_none_is(project):
    code = (project.folder / "do.py").read_text()
    (project.folder / "do.py").write_text(
        code.replace(repr(do.PYTHONS).replace("'", '"'), '("3.97", "3.98", "3.99")')
    )
    answer = project.setup()
    assert answer.returncode == 1
    assert "no Python 3.97, 3.98 or 3.99 was found; install one" in answer.stderr
    assert "python3.97 do.py setup" in answer.stderr
    assert not project.venv.exists()


def test_a_word_that_do_py_does_not_know_is_refused_with_those_it_knows(project):
    answer = project.setup(sys.executable, "do.py", "bok")
    assert answer.returncode == 2
    assert "'bok' is no word" in answer.stderr
    assert "book" in answer.stderr


@pytest.mark.parametrize(
    ("words", "takes"),
    [
        *(
            (word, "--as-is")
            for word in ("book --asis", "slides x", "pdf 2", "test -x", "test-long x")
        ),
        ("setup --kep", "--keep"),
        ("setup --as-is", "--keep"),
        ("clean typo", "nothing"),
        ("clean --as-is", "nothing"),
        ("help me", "nothing"),
    ],
)
def test_what_a_word_does_not_take_is_refused_before_anything_is_done(project, words, takes):
    (project.folder / "_build").mkdir()
    name, unknown = words.split()
    answer = project.setup(sys.executable, "do.py", name, unknown)
    assert answer.returncode == 2
    assert answer.stderr == f"'{name}' does not take '{unknown}'; it takes {takes}.\n"
    assert answer.stdout == ""
    assert (project.folder / "_build").is_dir()
    assert not project.venv.exists()


def test_every_word_says_what_it_takes_and_only_those_that_set_up_take_packages_as_they_are():
    assert {name for name, word in do.WORDS.items() if do.AS_IS not in word.takes} == {
        *("help", "setup", "lock", "clean")
    }
    for name in do.WORDS:
        do.check(name, list(do.WORDS[name].takes))


def test_lock_without_npm_leaves_every_lock_as_it_was(project, tmp_path):
    locks = [*project.folder.glob("*lock*")]
    assert len(locks) == 3
    before = [lock.read_bytes() for lock in locks]
    nothing_else = path_without(tmp_path, "npm")
    answer = project.setup(sys._base_executable, "do.py", "lock", PATH=nothing_else)
    assert answer.returncode == 1
    assert answer.stderr == "There is no npm here; `python do.py setup` brings one.\n"
    assert [lock.read_bytes() for lock in locks] == before
    assert not (project.folder / ".uv").exists()


def test_the_pythons_of_do_py_are_those_of_the_package_and_of_make():
    wanted = Requirement(f"python{pyproject()['project']['requires-python']}").specifier
    around = [f"3.{minor}" for minor in range(5, 30)]
    assert list(do.PYTHONS) == [version for version in around if wanted.contains(f"{version}.0")]
    makefile = (ROOT / "Makefile").read_text()
    assert " ".join(f"python{version}" for version in do.PYTHONS) in makefile
    assert f"WORDS := {' '.join(do.WORDS)}" in makefile


@pytest.mark.timeout(900)
def test_npm_is_brought_by_wheel_where_there_is_none(project, tmp_path):
    machine = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    ours = {"PIP_NO_INDEX": "0", "PIP_RETRIES": "1", "PIP_FIND_LINKS": project.wheels.as_uri()}
    index = {"PIP_CONFIG_FILE": ""} | machine | ours
    nothing_else = path_without(tmp_path, "npm")
    answer = project.setup(PATH=nothing_else, **index)
    if "registry could not be reached" in answer.stderr and not os.environ.get("CI"):
        pytest.skip("no package index can be reached from here")
    assert answer.returncode == 0, answer.stderr
    assert "there is no npm here" in answer.stdout
    assert (project.venv / "bin/npm").exists()
    assert (project.folder / "node_modules/.stamp").exists()

    # It lies in .venv, which a changed lock replaces.
    append(project.folder / "requirements.lock", "# changed\n")
    again = project.setup(PATH=nothing_else, **index)
    assert again.returncode == 0, again.stderr
    assert (project.venv / "bin/node").exists(), "Node.js went with the old .venv"
    assert project.setup(PATH=nothing_else, **index).stdout == ""


# The locks of the real project.


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name="requirements.lock"):
    """Read a lock: each requirement with its hashes."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    entries = [
        line for line in text.splitlines() if line.strip() and not line.startswith((" ", "#"))
    ]
    found = []
    for entry in entries:
        requirement, *hashes = re.split(r"\s+--hash=", entry)
        found.append((Requirement(requirement), hashes))
    return found


def pinned_version(requirement):
    (specifier,) = requirement.specifier
    assert specifier.operator == "=="
    return specifier.version


def test_lock_satisfies_pyproject_and_environment_yml():
    project = pyproject()["project"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    pins = {}
    for requirement, hashes in locked():
        assert hashes, f"{requirement} has no hash"
        pins.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    for requirement in map(Requirement, asked):
        candidates = pins.get(canonicalize_name(requirement.name), [])
        assert candidates, f"{requirement} is not locked: run `make lock`"
        assert all(requirement.specifier.contains(pinned_version(pin)) for pin in candidates)

    conda = yaml.safe_load((ROOT / "environment.yml").read_text())
    by_pip = next(entry["pip"] for entry in conda["dependencies"] if isinstance(entry, dict))
    assert by_pip == ["-r requirements.lock"]
    python = next(entry for entry in conda["dependencies"] if str(entry).startswith("python="))
    assert Requirement(f"python{project['requires-python']}").specifier.contains(python[7:] + ".0")


#: What is imported under another name than it is installed by.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "markdown_it": "markdown-it-py",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sphinxcontrib": "sphinxcontrib-bibtex",
    "yaml": "pyyaml",
}
#: What is used where a reader has it, or by a script that says so.
WHERE_IT_IS = {"cairocffi", "pi-heif"}


def test_each_package_that_is_imported_is_declared_not_left_to_come_with_another():
    folders = [ROOT / name for name in ("qdtools", "_ext", "tests", "tools", "benchmarks")]
    files = [*ROOT.glob("*.py"), *chain(*(folder.rglob("*.py") for folder in folders))]
    own = {"qdtools", *(path.stem for path in files)} | set(sys.stdlib_module_names)
    project = pyproject()["project"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {canonicalize_name(Requirement(one).name) for one in asked}
    imported = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.partition(".")[0])
    assert {"nbconvert", "numpy", "yaml"} <= imported
    wanted = {canonicalize_name(DISTRIBUTIONS.get(name, name)) for name in imported - own}
    assert not wanted - declared - WHERE_IT_IS


def test_version_dates_and_badges_say_the_same_everywhere():
    version = pyproject()["project"]["version"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == version
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    first, *released = headings
    assert first == "Unreleased"
    found = [
        re.fullmatch(r"(\d+\.\d+\.\d+) · (\d{4}-\d{2}-\d{2})", heading) for heading in released
    ]
    assert all(found), f"a heading is no version with its date: {released}"
    versions = [tuple(map(int, one[1].split("."))) for one in found]
    dates = [date.fromisoformat(one[2]) for one in found]
    assert found[0][1] == version
    assert str(cited["date-released"]) == found[0][2]
    assert versions == sorted(set(versions), reverse=True)
    assert dates == sorted(dates, reverse=True)
    assert dates[0] <= date.today()
    # A badge shows what a host says: there is none before there is a host.
    url = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    badges = re.findall(r"\[!\[[^\]]*\]\((\S+)\)\]", (ROOT / "README.md").read_text("utf-8"))
    assert all(url and address.startswith(url) for address in badges)


def test_installed_versions_are_the_locked_ones():
    for requirement, _ in locked():
        if requirement.marker is None or requirement.marker.evaluate():
            installed = importlib.metadata.version(requirement.name)
            assert installed == pinned_version(requirement), requirement.name


def test_npm_packages_are_pinned_exactly():
    package = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for kind in ("dependencies", "devDependencies"):
        assert lock[""][kind] == package[kind]
        for name, version in package[kind].items():
            assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name}: not pinned to one version"
            assert lock[f"node_modules/{name}"]["version"] == version
    assert all(entry.get("integrity") for path, entry in lock.items() if path)


def repository_files():
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listing.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


def test_nothing_names_a_registry_host_or_machine_path():
    # Spelled so that the patterns do not find themselves.
    host = re.compile(rb"https?://[^/\s]*(p[y]pi|n[p]mjs|python[h]osted|deb\.d[e]bian)\.")
    path = re.compile(rb"(/wo[r]k/|/ro[o]t/|/ho[m]e/[a-z]|/tm[p]/[a-z])")
    named = [
        f"{file.relative_to(ROOT)}: {match.group().decode()}"
        for file in repository_files()
        for pattern in (host, path)
        if (match := pattern.search(file.read_bytes()))
    ]
    assert not named
