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
        "book",
        "do.py",
        "CITATION.cff",
        "index.ipynb",
        "pyproject.toml",
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


def test_the_checks_before_a_commit_are_checks_of_lint():
    settings = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = [hook for repository in settings["repos"] for hook in repository["hooks"]]
    for hook in hooks:
        program, script, word, *checks = hook["entry"].split()
        assert (program, script, word) == ("python", "do.py", "lint")
        assert set(checks) <= {do.AS_IS, *do.lints()}


def test_binder_and_the_container_use_a_python_that_the_locks_are_for():
    binder = yaml.safe_load((ROOT / ".binder/environment.yml").read_text())
    python = next(str(entry) for entry in binder["dependencies"] if "python" in str(entry))
    assert python.removeprefix("python=") in do.PYTHONS
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    dockerfile = (ROOT / ".devcontainer" / container["build"]["dockerfile"]).read_text()
    assert re.search(r"^FROM python:(\d\.\d+)", dockerfile, re.M)[1] in do.PYTHONS
    assert container["postCreateCommand"].split()[2] in do.WORDS
    for name in ("postBuild", "start"):
        script = ROOT / ".binder" / name
        assert os.access(script, os.X_OK), name
        subprocess.run(["bash", "-n", script], check=True)
