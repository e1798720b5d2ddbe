"""Promises of JupyterLab: a chapter shows there what its page shows."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: What a Markdown cell must not hold, for only the page would understand it.
ROLES = re.compile(r"\{(?:glue|cite|term|ref|doc|numref)\b[^}]*\}`|^:::|^```\{", re.MULTILINE)
SETTINGS = {
    # Every cell stays in the page, however far it is scrolled away.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
CELLS = "() => jupyterapp.shell.currentWidget?.content?.model?.sharedModel.toJSON().cells ?? []"
READY = """() =>
  window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady
  && jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'
  && jupyterapp.shell.currentWidget.content.model.sharedModel.cells.length > 0"""
HAS_RUN = f"""() => {{
  const code = ({CELLS})().filter((cell) => cell.cell_type === 'code' && cell.source.trim());
  return code.length > 0 && code.every((cell) => cell.execution_count > 0);
}}"""
#: Text, as a reader sees it, of what a selector finds.
SEEN = """(selector) => [...document.querySelectorAll(selector)]
  .filter((element) => element.checkVisibility())
  .map((element) => element.innerText)"""


def opened_by_make_lab() -> str:
    """The chapter that do.py hands to JupyterLab."""
    words = (ROOT / "do.py").read_text(encoding="utf-8")
    return re.search(r'jupyter-lab.*"([^"]+[.]ipynb)"', words)[1]


#: The chapter that `make lab` opens; the others take minutes.
CHAPTERS = [
    pytest.param(
        f"book/{path.name}",
        marks=[] if f"book/{path.name}" == opened_by_make_lab() else [pytest.mark.long],
        id=path.stem,
    )
    for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb"))
]


def wait_for_server(address: str, server: subprocess.Popen) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5)  # noqa: S310 (our own server)
        except (urllib.error.URLError, OSError):
            assert server.poll() is None, "JupyterLab did not start"
            time.sleep(0.1)
        else:
            return
    pytest.fail("JupyterLab did not answer within 30 s")


@pytest.fixture(scope="module", params=CHAPTERS)
def lab(tmp_path_factory, request):
    """Where a real JupyterLab opens a copy of a chapter, as one who was never here meets it."""
    folder = tmp_path_factory.mktemp("lab")
    for part in ("book", "benchmarks/results"):
        shutil.copytree(ROOT / part, folder / part)
    for name, settings in SETTINGS.items():
        path = folder / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [
        sys.executable, "-m", "jupyterlab", request.param, "--no-browser",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    homes = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    environment = os.environ | {name: str(folder / home) for name, home in homes.items()}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=environment | {"PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for_server(f"http://127.0.0.1:{port}", server)
        name = Path(request.param).name
        yield f"http://127.0.0.1:{port}/lab/tree/{name}?token={token}"
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="module")
def run(lab, browser):
    """The chapter after Run All Cells, with its cells as JupyterLab keeps them."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(lab)
    page.wait_for_function(READY, timeout=60_000)
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(HAS_RUN, timeout=240_000)
    page.wait_for_timeout(500)
    yield page, page.evaluate(CELLS)
    page.close()


def shown_outputs(cells: list[dict], kind: str) -> list[str]:
    """The outputs of a kind in cells that are not folded together."""
    outputs = [
        output
        for cell in cells
        if not cell["metadata"].get("jupyter", {}).get("outputs_hidden")
        for output in cell.get("outputs", [])
    ]
    texts = [output.get("data", {}).get(kind, "") for output in outputs]
    return ["".join(text) for text in texts if text]


def words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


def test_a_chapter_runs_to_its_end_without_an_error(run):
    _, cells = run
    errors = [
        out for cell in cells for out in cell.get("outputs", []) if out["output_type"] == "error"
    ]
    assert not errors


def test_every_sentence_with_numbers_is_read_as_text(run):
    page, cells = run
    said = shown_outputs(cells, "text/markdown")
    assert said
    seen = [words(text) for text in page.evaluate(SEEN, ".jp-OutputArea .jp-RenderedMarkdown")]
    # Marks, links and formulas are rendered; the first plain words stand as they were said.
    for text in said:
        plain = re.split(r"[*_`\[|$#<]", re.sub(r"^[\s>#*|-]+", "", text))[0]
        assert any(words(plain) in one for one in seen), text


def test_figures_with_captions_and_exercises_are_there(run):
    page, cells = run
    markup = shown_outputs(cells, "text/html")
    figures = [text for text in markup if 'class="qd-figure"' in text]
    captions = page.evaluate(SEEN, ".qd-figure .qd-caption")
    assert figures
    assert len(captions) == len(figures)
    assert all(re.match(r"Figure \d+\.\d+ · \S", caption) for caption in captions)
    exercises = [text for text in markup if "data-exercise=" in text]
    boxes = page.evaluate(SEEN, ".jp-OutputArea [data-exercise]")
    assert exercises
    assert len(boxes) == len(exercises)
    assert all("qd.check(" in box for box in boxes)


def test_nothing_is_left_that_only_the_page_understands(run):
    page, _ = run
    texts = page.evaluate(SEEN, ".jp-RenderedHTMLCommon")
    assert len(texts) > 10
    assert not [text for text in texts if ROLES.search(text)]


def test_drawn_text_follows_the_dark_theme(run):
    page, _ = run
    channels = """getComputedStyle(document.querySelector('.qd-svg text')).fill
      .match(/\\d+/g).slice(0, 3).map(Number)"""
    for theme, is_read in (("Light", "Math.max(...{}) < 110"), ("Dark", "Math.min(...{}) > 150")):
        page.evaluate(
            "(theme) => { jupyterapp.commands.execute('apputils:change-theme', { theme }); }",
            f"JupyterLab {theme}",
        )
        # A theme's sheet is fetched first, then text passes through colours between.
        page.wait_for_function(is_read.format(channels))
