"""What several tests share: a clean environment, real drawings in small, networks, a real browser."""

from __future__ import annotations

import importlib
import json
import os
import threading
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
from browsing import LATE
from built_pages import SITE
from chromium import find_chromium, how_to_get_one, let_playwright_start
from playwright.sync_api import sync_playwright
from scenes import ink_of_bitmap, plain
from second_tries import pytest_runtest_makereport  # noqa: F401 - a hook that pytest finds here
from windows import leave_out

import qdtools as qd
from qdtools.drawings.categories import DEFAULT_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
#: Real drawings for training, beside the checkout where they are present.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "quickdraw"


#: The environment in which the tests were called, which is the build's, too.
SURROUNDINGS = dict(os.environ)


@pytest.fixture
def surroundings() -> dict[str, str]:
    """The environment with the settings from outside."""
    return dict(SURROUNDINGS)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SURROUNDINGS:
        if name.startswith("QD_") and name != "QD_CACHE_DIR":  # what can be computed again may stay
            monkeypatch.delenv(name, raising=False)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "training_drawings: looks at the drawings that the networks were trained on"
    )


#: Files whose tests take longest begin, so that no worker is left alone with one at the end.
LONGEST_FIRST = (
    "test_explorables",
    "test_build",
    "test_site",
    "test_setup",
    "test_readers",
    "test_benchmarks",
    "test_surroundings",
    "test_looks",
    "test_sheets",
    "test_pictures",
    "test_training_run",
    "test_playground",
    "test_cli",
    "test_contributing",
    "test_exercises",
    "test_lab",
    "test_web",
    "test_google",
    "test_tour",
    "test_print",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to open every page as a busy machine does, where a test that reads too soon fails each time."""
    parser.addoption(
        "--late", action="store_true", help="have frames and workers of pages come late"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what asks for drawings or a browser, leave out what is long, let the longest files begin."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.training_drawings)
        # A busy machine may starve a browser of its frames: one second try, named in the last lines.
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1))
    # Long tests run where they are asked for: by their marker, or one by its name.
    if "long" not in config.option.markexpr and not any("::" in word for word in config.args):
        left_out = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    leave_out(items)
    order = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture(scope="session")
def drawings() -> qd.Drawings:
    """The sample's five default categories, 100 drawings each."""
    return qd.load()


@pytest.fixture
def folder(tmp_path: Path, drawings: qd.Drawings) -> Path:
    """A folder of .npy files under each of Google's three names."""
    names = {
        "cat": "cat.npy",
        "fish": "full_numpy_bitmap_fish.npy",
        "cup": "full%2Fnumpy_bitmap%2Fcup.npy",
    }
    for category, name in names.items():
        np.save(tmp_path / name, drawings.only(category).pixels.reshape(-1, 784))
    return tmp_path


@pytest.fixture(scope="session")
def shipped() -> qd.Pipeline:
    """The weights in models/, choosing among the default five."""
    return qd.Pipeline.load(categories=DEFAULT_CATEGORIES)


@pytest.fixture(scope="session")
def everything() -> qd.Pipeline:
    """The weights in models/, choosing among all names that they know."""
    return qd.Pipeline.load(categories="all")


@pytest.fixture(scope="session")
def alone() -> Callable[[np.ndarray], np.ndarray]:
    """Give what is read of a drawing of the data from a sheet with nothing else, once for all tests."""

    @cache
    def read(bitmap: bytes) -> np.ndarray:
        ink = ink_of_bitmap(np.frombuffer(bitmap, np.uint8).reshape(28, 28))
        return qd.read_image(plain(ink, np.random.default_rng(0)).round().astype(np.uint8))

    return lambda bitmap: read(bitmap.tobytes())


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of training drawings, where it is present."""
    if not SHARED.is_dir():
        pytest.skip(
            "the drawings that the networks were trained on are not beside this checkout; on drawings "
            "that every checkout has, another test holds the same"
        )
    return SHARED


@pytest.fixture(scope="session")
def extension():
    """Import a Sphinx extension of this site by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "_ext")
        yield importlib.import_module


@pytest.fixture(scope="session")
def ask(extension) -> Callable[..., Any]:
    """Ask a function of the modules in web/lib, given as JavaScript, by means of tests/js/ask.js."""

    def ask(question: str, argument: Any = None) -> Any:
        text = json.dumps({"question": question, "argument": argument})
        return json.loads(extension("node_tools").run_node("tests/js/ask.js", root=ROOT, text=text))

    return ask


def lack(what: str, command: str) -> NoReturn:
    """Skip for want of something that a command brings; in CI, where all must be there, fail."""
    reason = f"{what}: `{command}` brings it"
    pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@pytest.fixture(scope="session")
def built_site() -> Path:
    """The folder of the site as the last build left it."""
    if not (SITE / "index.html").exists():
        lack("the site is not built", "make book")
    return SITE


def made_late(context):
    context.add_init_script(LATE)
    return context


@pytest.fixture(scope="session")
def browser(built_site, pytestconfig):
    let_playwright_start()
    with sync_playwright() as playwright:
        chromium = find_chromium(playwright)
        if chromium is None:
            lack("this machine has no Chromium", how_to_get_one())
        opened = chromium.launch(playwright.chromium)
        if pytestconfig.getoption("late"):
            new_context = opened.new_context
            opened.new_context = lambda **options: made_late(new_context(**options))
            opened.new_page = lambda **options: opened.new_context(**options).new_page()
        yield opened
        opened.close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def origins():
    """Say where the site lies as files and where it is served."""
    handler = partial(QuietHandler, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {"file": SITE.as_uri(), "http": f"http://127.0.0.1:{server.server_port}"}
        server.shutdown()
