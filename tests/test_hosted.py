"""Promises of what hosts run: workflows, Binder, the container, the checks before a commit."""

import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
do = importlib.import_module("do")
# In two parts, or it would be found here.
MISSPELT = "rec" + "ieve"
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def lint(check, folder=ROOT):
    command = [sys.executable, "do.py", "lint", "--as-is", check]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path):
    """The settings that hosts read, in a folder whose tools are ours."""
    listed = (
        ".github",
        ".binder",
        ".devcontainer",
        "book",
        "do.py",
        "CITATION.cff",
        "index.ipynb",
        "pyproject.toml",
        "tools",
    )
    for name in listed:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def spoil(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("check", "name", "old", "new"),
    [
        ("hosted", ".github/workflows/test.yml", "runs-on:", "runs_on:"),
        ("hosted", ".devcontainer/devcontainer.json", '"build"', '"built"'),
        ("yaml", ".github/workflows/pages.yml", "name: pages", "name: [pages"),
        ("toml", "pyproject.toml", "[project]", "[project"),
        ("notebooks", "index.ipynb", '"outputs": []', '"outputs": [{"output_type": "stream"}]'),
        ("codespell", "index.ipynb", "drawing", MISSPELT),
    ],
)
def test_lint_finds_what_is_wrong_with_a_setting_a_notebook_or_a_word(copy, check, name, old, new):
    spoil(copy / name, old, new)
    assert lint(check, copy).returncode != 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_pins_each_action_by_hash_and_says_its_version(path):
    for line in path.read_text().splitlines():
        if "uses:" in line:
            assert re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_only_words_that_do_py_knows_and_files_that_are_there(path):
    commands = [
        line
        for job in yaml.safe_load(path.read_text())["jobs"].values()
        for step in job["steps"]
        for line in step.get("run", "").splitlines()
    ]
    assert commands
    for words in map(shlex.split, commands):
        if words[:2] == ["python", "do.py"]:
            assert words[2] in do.WORDS
        for word in words:
            if word.startswith("tools/"):
                assert (ROOT / word).is_file(), word


def test_the_hosted_tests_run_on_every_python_and_system():
    jobs = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())["jobs"]
    matrix = jobs["test"]["strategy"]["matrix"]
    assert tuple(matrix["python"]) == do.PYTHONS
    assert {name.split("-")[0] for name in matrix["system"]} == {"ubuntu", "macos", "windows"}


HOOKS = [
    hook
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repository["hooks"]
]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
@pytest.mark.parametrize("place", ["bin/python", "Scripts/python.exe"])
def test_the_checks_before_a_commit_are_checks_of_lint_by_the_python_of_venv(tmp_path, hook, place):
    # A machine on which no command is called python, as Debian's and Apple's.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/sh").symlink_to(shutil.which("sh"))
    called = {"cwd": tmp_path, "env": {"PATH": str(tmp_path / "bin")}, "text": True}
    command = shlex.split(hook["entry"])
    done = subprocess.run(command, stderr=subprocess.PIPE, **called)
    assert done.returncode == 1
    assert "do.py setup" in done.stderr

    python = tmp_path / ".venv" / place
    python.parent.mkdir(parents=True)
    python.write_text(f"#!{sys.executable}\nimport sys\nprint(*sys.argv[1:])\nsys.exit(3)\n")
    python.chmod(0o755)
    done = subprocess.run(command, stdout=subprocess.PIPE, **called)
    assert done.returncode == 3, "what lint says of a commit is not what git is told"
    script, word, *checks = done.stdout.split()
    assert (script, word) == ("do.py", "lint")
    assert len(checks) > 1
    assert set(checks) <= {do.AS_IS, *do.lints()}


BINDER = yaml.safe_load((ROOT / ".binder/environment.yml").read_text())
CONTAINER = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
DOCKERFILE = ROOT / ".devcontainer" / CONTAINER["build"]["dockerfile"]


def test_binder_and_the_container_use_a_python_that_the_locks_are_for():
    python = next(str(entry) for entry in BINDER["dependencies"] if "python" in str(entry))
    assert python.removeprefix("python=") in do.PYTHONS
    assert re.search(r"^FROM python:(\d\.\d+)", DOCKERFILE.read_text(), re.M)[1] in do.PYTHONS


def test_the_container_is_set_up_by_words_and_shows_the_python_that_set_up_makes():
    called = {key: command for key, command in CONTAINER.items() if key.endswith("Command")}
    assert "postCreateCommand" in called
    for command in called.values():
        program, script, word, *_ = command.split()
        assert (program, script) == ("python", "do.py")
        assert word in do.WORDS
    shown = CONTAINER["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    # The container runs Linux, whatever this machine does.
    assert shown == "${containerWorkspaceFolder}/.venv/bin/python"


@pytest.fixture
def on_binder(tmp_path):
    """Run a script of Binder's; what it calls is noted and ends with the status it is given."""
    (tmp_path / "bin").mkdir()
    for name in ("python", "npm"):
        program = tmp_path / "bin" / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/called\nexit "${{{name}_ends:-0}}"\n'
        )
        program.chmod(0o755)

    def script(name, *arguments, **variables):
        path = ROOT / ".binder" / name
        assert os.access(path, os.X_OK), name
        environment = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", **variables}
        # Binder's home is the repository, of which nothing may be written here.
        done = subprocess.run(
            [path, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        called = tmp_path / "called"
        return done, called.read_text().splitlines() if called.exists() else []

    return script


def test_binder_installs_what_set_up_does_and_stops_where_a_step_fails(on_binder):
    done, called = on_binder("postBuild")
    assert done.returncode == 0, done.stderr
    packages, own, pages = called
    for command in (packages, own):
        assert command.startswith("python -m pip install ")
    assert packages.endswith("--require-hashes -r requirements.lock")
    assert own.endswith("--no-deps --no-build-isolation --editable .")
    assert pages.startswith("npm ci --ignore-scripts")
    # What the steps read, set-up reads, too.
    set_up = (ROOT / "tools/setup.py").read_text()
    for read in ('"requirements.lock"', '"--editable", "."', '"ci", "--ignore-scripts"'):
        assert read in set_up
    brought = {re.split("[=<>]", str(entry))[0] for entry in BINDER["dependencies"]}
    assert {"python", "pip", "nodejs"} <= brought, "a step has no program"

    done, called = on_binder("postBuild", python_ends="3")
    assert done.returncode == 3
    assert len(called) == 4, "it went on after a step that failed"


def test_what_binder_starts_is_handed_on_as_it_is_and_may_keep_what_is_computed(on_binder):
    ask = "import json, os, sys; print(json.dumps([sys.argv[1:], os.environ['QD_CACHE_DIR']]))"
    words = ["two words", "$HOME", "--ip=0.0.0.0", ""]
    done, _ = on_binder("start", sys.executable, "-c", ask, *words)
    assert json.loads(done.stdout) == [words, str(Path(os.sep, "tmp", "qdtools"))]
    done, _ = on_binder("start", sys.executable, "-c", ask, TMPDIR="/elsewhere")
    assert json.loads(done.stdout) == [[], "/elsewhere/qdtools"]
    done, _ = on_binder("start", sys.executable, "-c", ask, QD_CACHE_DIR="/mine")
    assert json.loads(done.stdout) == [[], "/mine"]
    done, _ = on_binder("start", "sh", "-c", "exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")


def test_the_word_lab_hands_options_on_to_jupyterlab_which_the_container_lets_run_as_root(tmp_path):
    programs = tmp_path / do.VENV_BIN.relative_to(ROOT)
    programs.mkdir(parents=True)
    (programs / "jupyter-lab").write_text("#!/bin/sh\necho $@\nexit 3\n")
    (programs / "jupyter-lab").chmod(0o755)
    shutil.copy(ROOT / "do.py", tmp_path)
    command = [sys.executable, "do.py", "lab", "--as-is", "--allow-root", "--no-browser"]
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    chapter, *options = done.stdout.split()
    assert (ROOT / chapter).is_file()
    assert options == ["--allow-root", "--no-browser"]
    assert done.returncode == 1

    # A notebook runs in its own folder; a path as somebody typed it means the same there.
    (programs / "jupyter-lab").write_text("#!/bin/sh\necho $QD_DATA_DIR $QD_MODELS_DIR\n")
    settings = {"QD_DATA_DIR": "my/folder", "QD_MODELS_DIR": ""}
    told = subprocess.check_output(command, cwd=tmp_path, text=True, env=os.environ | settings)
    assert told.split() == [str((tmp_path / "my" / "folder").resolve())]
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert config["sphinx"]["config"]["execution_folders"] == list(do.FOLDERS)

    # The container has no other user; what its file says, JupyterLab understands.
    line = re.search(r"'({.*})' > (/etc/jupyter/\S+)", DOCKERFILE.read_text())
    settings = tmp_path / Path(line[2]).name
    settings.write_text(line[1])
    ask = "from jupyter_server.serverapp import ServerApp as App; app = App(); app.load_config_file(); "
    place = {
        "JUPYTER_CONFIG_PATH": str(tmp_path),
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    answer = subprocess.check_output(
        [sys.executable, "-c", f"{ask}print(app.allow_root)"], env=place, text=True
    )
    assert answer.strip() == "True"
