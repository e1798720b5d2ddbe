"""Promises of downloads from Google, kept against a real HTTP server on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
import trustme
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import qdtools as qd
from qdtools.cli import main
from qdtools.drawings.npy import LONGEST_HEADER

if TYPE_CHECKING:
    from pathlib import Path

DRAWING = 784
TOTAL = 3000
#: Length of the header in Google's own files, written by an older numpy.
OFFSET = 80


def bitmaps(rows: int = TOTAL, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows, DRAWING), np.uint8)


def as_google_stores(
    drawings: np.ndarray, claim: str | None = None, dtype: str = "|u1", order: str = "False"
) -> bytes:
    """A .npy file with the short header of Google's, or with a lie in it."""
    shape = claim or str(drawings.shape)
    about = f"{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': {shape}, }}"
    header = about.ljust(OFFSET - 11) + "\n"
    return (
        b"\x93NUMPY\x01\x00"
        + len(header).to_bytes(2, "little")
        + header.encode()
        + drawings.tobytes()
    )


@dataclass(frozen=True)
class Made:
    """A file as Google stores it that is made whenever bytes of it are asked for, so nobody holds it."""

    rows: int
    seed: int

    def __len__(self) -> int:
        return OFFSET + self.rows * DRAWING

    def __getitem__(self, span: slice) -> bytes:
        return stored(self.rows, self.seed)[span]


@lru_cache(8)  # the files that are under way, a header of each next one
def stored(rows: int, seed: int) -> bytes:
    return as_google_stores(bitmaps(rows, seed))


@dataclass
class Server:
    """What is served, how it misbehaves, and what was asked of it."""

    files: dict[str, bytes | Made]
    #: One misbehaviour for each coming request, "" for none; the last stays when `forever`.
    faults: list[str] = field(default_factory=list)
    forever: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    #: The validator in place of a strong one: another tag, "" for none.
    tag: str | None = None
    #: Where "elsewhere" sends on to, and what was shown as login.
    elsewhere: str = ""
    logins: list[str | None] = field(default_factory=list)
    #: Bytes sent before "cut" and "stall" do so.
    cut_at: int = 100_000
    #: Whether drawings come a byte at a time.
    drips: bool = False
    #: Seconds between pieces of 50 kB.
    slowness: float = 0
    log: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0
    busy: int = 0
    busiest: int = 0
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begins(self) -> None:
        """Count an answer that is under way."""
        with self.lock:
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)

    def ends(self) -> None:
        with self.lock:
            self.busy -= 1

    def next_fault(self) -> str:
        if not self.faults:
            return ""
        return self.faults[0] if self.forever and len(self.faults) == 1 else self.faults.pop(0)

    def ranges(self, category: str = "cat") -> list[tuple[int, int]]:
        """First and last byte of each request for drawings, those for headers left out."""
        spans = [span.removeprefix("bytes=") for name, span in self.log if name == category]
        pairs = [tuple(map(int, span.split("-"))) for span in spans]
        return [pair for pair in pairs if pair != (0, LONGEST_HEADER - 1)]


class Handler(BaseHTTPRequestHandler):
    """Answers as told by the server's `script`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server.script
        name = unquote(urlsplit(self.path).path).rpartition("/")[2].removesuffix(".npy")
        span = self.headers["Range"]
        server.log.append((name, span))
        server.logins.append(self.headers.get("Authorization"))
        fault = server.next_fault()
        content = server.files.get(name)
        self.close_connection = True
        if fault == "stall":
            time.sleep(3)
            return None
        if fault[:1].isdigit():
            return self.answer(int(fault), b"no", server.headers)
        if fault == "html":
            page = b"<!DOCTYPE html><title>Sign in</title>" + b" " * 5000
            return self.answer(200, page, {"Content-Type": "text/html; charset=utf-8"})
        if fault == "junk":
            return self.answer(200, b"welcome to this network" * 200, {})
        if fault == "elsewhere":
            return self.answer(302, b"", {"Location": server.elsewhere})
        if fault == "coloured":
            self.send_response(404, "\x1b[31mgone\x07")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if fault == "drip from the start":
            with suppress(OSError):
                for letter in b"HTTP/1.1 206 OK\r\n" * 30:
                    self.wfile.write(bytes([letter]))
                    time.sleep(0.1)
            return None
        if fault == "circle":
            return self.answer(302, b"", {"Location": self.path})
        if content is None:
            return self.answer(404, b"no", {})
        first, last = map(int, span.removeprefix("bytes=").split("-"))
        last = min(last, len(content) - 1)
        tag = {"ETag": f'"{hash(content)}"'} if server.tag is None else {"ETag": server.tag}
        tag["Last-Modified"] = "Thu, 01 Jan 2026 00:00:00 GMT"
        if not tag["ETag"]:
            del tag["ETag"]
        if fault == "no ranges":
            return self.answer(200, content, tag)
        length, body = len(content), content[first : last + 1]
        if fault == "lies about the file's length":
            length += 784
        if fault == "lies about where it begins":
            first += 784
        if fault == "says nothing":
            return self.answer(206, body, tag)
        if fault == "compressed":
            tag["Content-Encoding"] = "gzip"
        tag["Content-Range"] = f"bytes {first}-{last}/{length}"
        if fault == "short":  # truthful about a body that is too short
            body = body[:-5000]
        self.answer(206, body, tag, server.cut_at if fault == "cut" else None)
        return None

    def answer(self, status: int, body: bytes, headers: dict, cut_at: int | None = None) -> None:
        server = self.server.script
        self.send_response(status)
        about = {"Content-Length": str(len(body)), "Connection": "close"}
        for header in {**about, **headers}.items():
            self.send_header(*header)
        self.end_headers()
        body = body[:cut_at]
        if server.drips and not headers.get("Content-Range", "").startswith("bytes 0-"):
            with suppress(OSError):
                for letter in body:
                    self.wfile.write(bytes([letter]))
                    time.sleep(0.1)
            return
        # The client closes the connection when it has what it needs.
        with suppress(OSError), ExitStack() as under_way:
            server.begins()
            under_way.callback(server.ends)
            for begin in range(0, len(body), 50_000):
                time.sleep(server.slowness)
                piece = body[begin : begin + 50_000]
                if begin + len(piece) == len(body):
                    # With the last piece in hand the client may ask for the next file at once.
                    under_way.close()
                self.wfile.write(piece)
                server.sent += len(piece)

    def log_message(self, *_) -> None:
        pass


@contextmanager
def serving(handler, script=None, context: ssl.SSLContext | None = None):
    """Run a server on a free port of this machine; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.script, server.daemon_threads = script, True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        scheme = "https" if context else "http"
        yield f"{scheme}://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def _direct(monkeypatch, tmp_path):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QD_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def server(monkeypatch):
    """A server with Google's file of cats, of coffee cups and of few fish."""
    files = {
        "cat": as_google_stores(bitmaps()),
        "coffee cup": as_google_stores(bitmaps(seed=1)),
        "fish": as_google_stores(bitmaps(20, seed=2)),
    }
    script = Server(files)
    with serving(Handler, script) as address:
        script.url = f"{address}/full/numpy_bitmap/"
        monkeypatch.setenv("QD_GOOGLE_URL", script.url)
        yield script


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def refused(capsys, folder: Path, *options: str) -> str:
    """Run a download that must be refused, leaving no file in place; returns its one sentence."""
    assert main(["download", "cat", "--data-dir", str(folder), "--tries", "2", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert not (folder / "cat.npy").exists()
    return err


# ---- what is fetched -----------------------------------------------------------------------------


def test_the_command_fetches_only_the_first_drawings_and_lists_the_files(server, tmp_path, capsys):
    folder = tmp_path / "mine"
    options = ["--per-category", "100", "--data-dir", str(folder)]
    assert main(["download", "cat", "Coffee-Cup", *options]) == 0
    out, err = capsys.readouterr()
    assert out == f"{folder / 'cat.npy'}\t100\n{folder / 'coffee cup.npy'}\t100\n"
    assert err == ""  # no terminal, no bars
    assert server.ranges("cat") == [(OFFSET, OFFSET + 100 * DRAWING - 1)]
    assert server.sent == 2 * (100 * DRAWING + LONGEST_HEADER)
    np.testing.assert_array_equal(np.load(folder / "cat.npy"), bitmaps()[:100])
    assert names_in(folder) == {
        *("cat.npy", "cat.npy.json", "coffee cup.npy", "coffee cup.npy.json")
    }


def test_the_folder_is_a_folder_of_drawings_like_any_other(server, tmp_path):
    folder = qd.download(["cat", "coffee cup"], 50, tmp_path / "mine")
    drawings = qd.load("all", source=folder)
    assert drawings.counts == {"cat": 50, "coffee cup": 50}
    np.testing.assert_array_equal(drawings.pixels[:50].reshape(50, -1), bitmaps()[:50])


def test_load_from_google_fetches_a_thousand_of_each_unless_told_otherwise(server):
    assert qd.load("cat", source="google").counts == {"cat": 1000}
    drawings = qd.load(["coffee cup", "cat"], source="google", per_category=30)
    assert drawings.counts == {"coffee cup": 30, "cat": 30}
    assert "Google's bitmaps, the first 30" in str(drawings)


@pytest.mark.parametrize("source", ["google", "sample", "folder"])
def test_names_that_can_be_read_only_once_are_loaded_from_every_source(server, source):
    folder = qd.download(["fish", "cat"], 20) if source == "folder" else source
    names = (name for name in ("fish", "cat"))
    assert qd.load(names, source=folder, per_category=20).counts == {"fish": 20, "cat": 20}


def test_the_command_line_evaluates_on_googles_drawings_by_name(server):
    from qdtools.cli import _parser
    from qdtools.cli.options import load_drawings

    args = _parser().parse_args(["evaluate", "--source", "google", "--categories", "cat"])
    assert len(load_drawings(args, 10)) == 10


def test_a_category_with_fewer_drawings_is_fetched_whole_with_a_warning(server):
    with pytest.warns(UserWarning, match="20 drawings of 'fish', not 1000"):
        assert len(qd.load("fish", source="google")) == 20


def test_what_is_there_needs_no_server(server):
    qd.download("cat", 100)
    asked = len(server.log)
    assert len(qd.load("cat", source="google", per_category=40)) == 40
    assert len(server.log) == asked


def test_a_larger_download_fetches_only_the_rows_that_are_missing(server, tmp_path):
    for rows in (100, 250, TOTAL):
        folder = qd.download("cat", rows, tmp_path)
        np.testing.assert_array_equal(np.load(folder / "cat.npy"), bitmaps()[:rows])
    ends = [OFFSET + rows * DRAWING for rows in (0, 100, 250, TOTAL)]
    assert server.ranges() == [(a, b - 1) for a, b in pairwise(ends)]


def test_a_file_that_changed_on_the_server_is_fetched_anew(server, tmp_path):
    qd.download("cat", 100, tmp_path)
    server.files["cat"] = as_google_stores(bitmaps(seed=7))
    qd.download("cat", 200, tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps(seed=7)[:200])
    assert server.ranges()[-1] == (OFFSET, OFFSET + 200 * DRAWING - 1)


def test_another_address_is_another_source(server, tmp_path):
    qd.download("cat", 10, tmp_path)
    other = {"cat": as_google_stores(bitmaps(seed=5))}
    with serving(Handler, Server(other)) as address:
        qd.download("cat", 10, tmp_path, base_url=address)
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps(seed=5)[:10])


@pytest.mark.parametrize("damage", ["flipped byte", "torn", "Fortran order", "record of nonsense"])
def test_a_damaged_file_is_told_by_its_digest_and_fetched_again(server, tmp_path, damage):
    file, record = qd.download("cat", 10, tmp_path) / "cat.npy", tmp_path / "cat.npy.json"
    content = bytearray(file.read_bytes())
    if damage == "flipped byte":
        content[-1] ^= 1
    elif damage == "torn":
        del content[-100:]
    elif damage == "Fortran order":
        np.save(file, np.asfortranarray(bitmaps(10)))
        content = file.read_bytes()
    else:
        record.write_text("[" * 100_000)
    file.write_bytes(content)
    qd.download("cat", 10, tmp_path)
    np.testing.assert_array_equal(np.load(file), bitmaps()[:10])
    assert not np.isfortran(np.load(file))


def test_a_file_of_the_readers_own_is_not_overwritten(server, tmp_path, capsys):
    np.save(tmp_path / "cat.npy", bitmaps(3, seed=9))
    assert main(["download", "cat", "--data-dir", str(tmp_path)]) == 2
    assert "'cat.npy'" in capsys.readouterr().err
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps(3, seed=9))


def test_at_most_four_categories_are_fetched_at_once(server):
    names = qd.ALL_CATEGORIES[:8]
    server.files = {name: as_google_stores(bitmaps(200)) for name in names}
    server.slowness = 0.1
    qd.download(names, 100)
    assert 2 <= server.busiest <= 4


def open_terminal() -> tuple[int, int]:
    """Give both ends of a terminal of 100 columns, first the one that sees."""
    import termios

    ends = os.openpty()
    termios.tcsetwinsize(ends[1], (24, 100))
    return ends


def test_a_terminal_shows_a_bar_for_each_category_and_a_total(server, tmp_path):
    server.slowness = 0.15
    terminal, stderr = open_terminal()
    command = [sys.executable, "-m", "qdtools", "download", "cat", "coffee cup"]
    with subprocess.Popen([*command, "--per-category", "400"], stderr=stderr, stdout=-3) as run:
        os.close(stderr)
        shown = b""
        try:
            while piece := os.read(terminal, 10_000):
                shown += piece
        except OSError:  # how Linux says that the other end has closed
            pass
        os.close(terminal)
    assert run.returncode == 0
    for label in (b"cat:", b"coffee cup:", b"all: 100%", b"627k/627k"):
        assert label in shown


# ---- a line that fails ---------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 1, 77, DRAWING, 100_000])
def test_a_cut_download_is_resumed_at_the_exact_byte(server, tmp_path, at):
    server.faults, server.cut_at = ["", "cut"], at
    qd.download("cat", 200, tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps()[:200])
    last = OFFSET + 200 * DRAWING - 1
    assert server.ranges() == [(OFFSET, last), (OFFSET + at, last)]


@pytest.mark.parametrize(
    "faults",
    [
        ["429"],
        ["500", "503"],
        ["", "502"],
        ["cut"],
        ["", "short"],
        ["stall"],
        ["", "stall"],
    ],
    ids=" then ".join,
)
def test_a_failure_that_passes_is_tried_again(server, tmp_path, faults):
    server.faults, server.cut_at = list(faults), 50
    qd.download("cat", 100, tmp_path, timeout=0.5)
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps()[:100])


@pytest.mark.parametrize("kind", ["seconds", "date"])
def test_a_server_that_asks_to_wait_is_given_the_time(server, tmp_path, kind):
    date = formatdate(time.time() + 3, usegmt=True)
    server.faults, server.headers = ["429"], {"Retry-After": "2" if kind == "seconds" else date}
    begin = time.monotonic()
    qd.download("cat", 1, tmp_path)
    assert time.monotonic() - begin >= 2 - (kind == "date") * 0.5


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("403", "403 Forbidden"),
        ("404", "404 Not Found"),
        ("429", "429 Too Many Requests"),
        ("500", "500 Internal Server Error"),
        ("html", "web page"),
        ("junk", "no readable .npy file"),
        ("stall", "timed out"),
        ("circle", "redirect"),
        ("cut", "goes on where it stopped"),
        ("compressed", "compressed"),
        ("says nothing", "which bytes"),
        ("lies about the file's length", "its header promises"),
        ("lies about where it begins", "which bytes"),
    ],
)
def test_a_failure_that_stays_is_one_sentence_and_exit_code_2(
    server, tmp_path, capsys, fault, says
):
    server.faults, server.forever, server.cut_at = [fault], True, 50
    error = refused(capsys, tmp_path, "--timeout", "0.3" if fault == "stall" else "30")
    assert says in error
    assert "'cat'" in error
    assert f"{server.url}cat.npy" in error
    assert not (tmp_path / "cat.npy.part").exists()


def test_tries_are_bounded(server, tmp_path):
    server.faults, server.forever = ["500"], True
    with pytest.raises(qd.DataError, match="500"):
        qd.download("cat", 1, tmp_path, tries=3)
    assert len(server.log) == 3


def test_a_server_that_asks_to_wait_for_hours_is_not_waited_for(server, tmp_path, capsys):
    server.faults, server.headers = ["429"], {"Retry-After": "7200"}
    assert "7200 seconds" in refused(capsys, tmp_path)


def test_a_failed_download_keeps_what_arrived_for_the_next_one(server, tmp_path, capsys):
    server.faults, server.cut_at = ["", "cut"], 12_345
    refused(capsys, tmp_path, "--tries", "1")
    qd.download("cat", 100, tmp_path)
    assert server.ranges()[-1] == (OFFSET + 12_345, OFFSET + 100 * DRAWING - 1)
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps()[:100])


def test_a_larger_download_that_was_cut_serves_a_smaller_one(server, tmp_path, capsys):
    server.faults = ["", "cut"]
    refused(capsys, tmp_path, "--tries", "1", "--per-category", "500")
    qd.download("cat", 50, tmp_path)
    assert len(server.ranges()) == 1
    rows = 100_000 // DRAWING
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps()[:rows])


def test_a_failed_growth_leaves_the_smaller_file_in_place(server, tmp_path):
    qd.download("cat", 100, tmp_path)
    server.faults = ["", "cut"]
    with pytest.raises(qd.DataError):
        qd.download("cat", 1000, tmp_path, tries=1)
    np.testing.assert_array_equal(
        qd.load("cat", source=tmp_path).pixels.reshape(-1, 784), bitmaps()[:100]
    )
    qd.download("cat", 1000, tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps()[:1000])


def test_a_part_of_a_file_that_changed_since_is_not_trusted(server, tmp_path, capsys):
    server.faults = ["", "cut"]
    refused(capsys, tmp_path, "--tries", "1")
    server.files["cat"] = as_google_stores(bitmaps(seed=7))
    qd.download("cat", 200, tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps(seed=7)[:200])


def test_a_server_without_ranges_is_cut_off_after_the_bytes_needed(server, tmp_path):
    server.files["cat"] = as_google_stores(bitmaps(40_000))  # more than sockets buffer
    server.faults, server.forever = ["no ranges"], True
    qd.download("cat", 100, tmp_path)
    qd.download("cat", 200, tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps(40_000)[:200])
    assert server.sent < 4 * len(server.files["cat"]) / 2


@pytest.mark.parametrize(
    "content",
    [
        as_google_stores(bitmaps(3), claim="(3000000000, 784)"),
        as_google_stores(bitmaps(3), claim="(3, 700)"),
        as_google_stores(bitmaps(3), claim="(-3, 784)"),
        as_google_stores(bitmaps(3), dtype="<f8"),
        as_google_stores(bitmaps(3), dtype="|O"),
        as_google_stores(bitmaps(3), order="True"),
        as_google_stores(bitmaps(0)),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
        b"",
    ],
    ids=[
        "terabytes",
        "width",
        "negative",
        "floats",
        "pickles",
        "Fortran",
        "none",
        "header",
        "empty",
    ],
)
def test_a_header_that_lies_is_refused_before_any_drawing_is_asked_for(
    server, tmp_path, capsys, content
):
    server.files["cat"] = content
    assert "'cat'" in refused(capsys, tmp_path)
    assert server.ranges() == []


def test_a_server_that_is_not_there_is_one_sentence(tmp_path, capsys, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("QD_GOOGLE_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    assert "check the connection" in refused(capsys, tmp_path)


def test_proxies_are_honoured(server, tmp_path, monkeypatch):
    class Proxy(Handler):
        """Answers requests for whole addresses, as proxies are asked."""

        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    asked: list[str] = []
    with serving(Proxy, server) as address:
        monkeypatch.setenv("HTTP_PROXY", address)
        qd.download("cat", 10, tmp_path, base_url="http://quickdraw.invalid/")
    assert asked == ["http://quickdraw.invalid/cat.npy"] * 2


def test_the_certificate_in_ssl_cert_file_is_trusted_and_no_other(
    server, tmp_path, monkeypatch, capsys
):
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    with serving(Handler, server, context) as address:
        assert "SSL_CERT_FILE" in refused(capsys, tmp_path, "--base-url", address)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        qd.download("cat", 10, tmp_path, base_url=address)
    assert (tmp_path / "cat.npy").exists()


# ---- other processes, and the disk -----------------------------------------------------------------


def start(folder: Path, rows: int, **popen) -> subprocess.Popen:
    options = ["--per-category", str(rows), "--data-dir", str(folder)]
    command = [sys.executable, "-m", "qdtools", "download", "cat", *options]
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **popen
    )


@pytest.mark.parametrize("kill", ["kill -9", "Ctrl-C"])
def test_a_killed_download_is_resumed_at_the_exact_byte(server, tmp_path, kill):
    kill = {"kill -9": signal.SIGKILL, "Ctrl-C": signal.SIGINT}[kill]
    server.slowness, part = 0.05, tmp_path / "cat.npy.part"
    # What runs in the background of a shell, as a test may, has Ctrl-C switched off.
    switched_on = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with start(tmp_path, TOTAL, preexec_fn=switched_on) as run:
        while not part.exists() or part.stat().st_size < 300_000:
            assert run.poll() is None
            time.sleep(0.01)
        run.send_signal(kill)
        assert "Traceback" not in run.communicate()[1]
    assert run.returncode == (130 if kill == signal.SIGINT else -9)
    assert not (tmp_path / "cat.npy").exists()
    # The last piece may have been written while its record was not: what is on record counts.
    have, _ = json.loads((tmp_path / "cat.npy.json").read_text())["part"]
    assert 200_000 < have <= part.stat().st_size - 128  # the header that numpy writes today

    server.slowness = 0
    qd.download("cat", TOTAL, tmp_path)
    last = OFFSET + TOTAL * DRAWING - 1
    assert server.ranges() == [(OFFSET, last), (OFFSET + have, last)]
    np.testing.assert_array_equal(np.load(tmp_path / "cat.npy"), bitmaps())


@contextmanager
def on_a_terminal(command: list[str]):
    """Start a command whose errors go to a terminal; gives its process, then a list of what that shows."""
    terminal, stderr = open_terminal()
    shown: list[bytes] = []

    def drain() -> None:
        with suppress(OSError):  # how Linux says that the other end has closed
            while piece := os.read(terminal, 10_000):
                shown.append(piece)

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as run:
        os.close(stderr)
        reading = threading.Thread(target=drain)
        reading.start()
        yield run, shown
        run.wait()
        reading.join()
    os.close(terminal)


#: What a download says first: bytes, categories, bytes that are free.
TO_FETCH = rb"([\d.]+) ([MG])B of (\d+) (?:category|categories) to fetch; [\d.]+ [MG]B free in "


def _killed_five_times(server: Server, folder: Path, rows: int) -> None:
    """Fetch every category, killed at five random moments, then once to the end; compare each byte."""
    names = qd.ALL_CATEGORIES
    server.files = {name: Made(rows + 7, seed) for seed, name in enumerate(names)}
    options = ["--per-category", str(rows), "--data-dir", str(folder)]
    command = [sys.executable, "-m", "qdtools", "download", "all", *options]
    whole = len(names) * rows * DRAWING
    moments = np.sort(np.random.default_rng(rows).uniform(0.02, 0.98, 5)) * whole
    said = []
    for moment in [*moments.tolist(), None]:
        with on_a_terminal(command) as (run, shown):
            if moment is not None:
                while server.sent < moment:
                    assert run.poll() is None
                    time.sleep(0.005)
                run.kill()
            listed, _ = run.communicate()
        assert run.returncode == (0 if moment is None else -9)
        # Of one killed as it began, nothing may have been shown.
        found = re.search(TO_FETCH, b"".join(shown))
        if found:
            unit = {b"M": 1e6, b"G": 1e9}[found[2]]
            said.append((float(found[1]) * unit, int(found[3])))
    assert len(listed.splitlines()) == len(names) == 345
    # Bytes, hence the time left, which tqdm shows behind the time that went by.
    assert re.search(rb"all: +\d+%.*\d\d:\d\d<\d\d:\d\d", b"".join(shown))
    # No more came twice than the four files that were under way at each kill: what the kernel held of them
    # had been sent, yet not received.
    headers = sum(span == f"bytes=0-{LONGEST_HEADER - 1}" for _, span in server.log)
    twice = headers * LONGEST_HEADER + 5 * 4 * rows * DRAWING
    assert server.sent - whole < twice
    # Each goes on where the last one stopped: what is there is counted as there.
    assert len(said) >= 2
    assert said[0][1] == len(names)
    assert abs(said[0][0] - whole) < 0.06 * whole
    assert said == sorted(said, reverse=True)
    assert said[-1][0] < whole - (moments[-1] - twice) + 0.06 * whole
    for seed, name in enumerate(names):
        fetched = np.load(folder / f"{name}.npy", mmap_mode="r")
        assert (fetched == bitmaps(rows + 7, seed)[:rows]).all()
    assert not list(folder.glob("*.part"))


def test_every_category_comes_complete_through_five_kills(server, tmp_path):
    server.slowness = 0.002
    _killed_five_times(server, tmp_path / "all", 20)


@pytest.mark.long
def test_every_category_of_ten_thousand_drawings_comes_complete_through_five_kills(
    server, tmp_path
):
    if shutil.disk_usage(tmp_path).free < 4e9:
        pytest.skip("takes 2.7 GB of disk")
    try:
        _killed_five_times(server, tmp_path / "all", 10_000)
    finally:  # pytest keeps what the last runs left
        shutil.rmtree(tmp_path / "all", ignore_errors=True)


def test_a_disk_without_room_for_all_is_refused_before_any_drawing_is_fetched(
    server, tmp_path, capsys, monkeypatch
):
    room = shutil.disk_usage(tmp_path)._replace(free=2_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    said = refused(capsys, tmp_path / "new", "--per-category", "2900")
    assert "takes 2.3 MB" in said
    assert "has 2.0 MB free" in said
    assert not server.ranges()
    # Asked for more than there are, it counts those that there are.
    with pytest.warns(UserWarning, match="20 drawings"):
        assert len(qd.load("fish", source="google", per_category=10_000)) == 20
    # What is there already needs no room.
    qd.download("cat", 2000, tmp_path)
    room = room._replace(free=0)
    qd.download("cat", 2000, tmp_path)


def test_a_terminal_is_told_how_many_bytes_are_to_come_and_the_time_left(server, tmp_path):
    qd.download("cat", 1000, tmp_path)
    server.slowness = 0.1
    terminal, stderr = open_terminal()
    command = [sys.executable, "-m", "qdtools", "download", "cat", "--per-category", "2000"]
    command += ["--data-dir", str(tmp_path)]
    with subprocess.Popen(command, stderr=stderr, stdout=-3) as run:
        os.close(stderr)
        shown = b""
        with suppress(OSError):  # how Linux says that the other end has closed
            while piece := os.read(terminal, 10_000):
                shown += piece
        os.close(terminal)
    assert run.returncode == 0
    assert b"1.6 MB of 1 category to fetch; " in shown
    assert b"free in " in shown
    # Half is there at once, and is not taken for speed: 50 kB in a tenth of a second.
    speeds = [float(kb) for kb in re.findall(rb"all:.*?([\d.]+)kB/s", shown)]
    assert speeds
    assert max(speeds) < 700


def test_two_processes_at_once_fetch_each_byte_once(server, tmp_path):
    server.slowness = 0.02
    with start(tmp_path, 600) as one, start(tmp_path, 900) as other:
        assert [one.wait(), other.wait()] == [0, 0]
    rows = np.load(tmp_path / "cat.npy")
    np.testing.assert_array_equal(rows, bitmaps()[: len(rows)])
    assert len(rows) == 900
    assert sum(last + 1 - first for first, last in server.ranges()) == 900 * DRAWING
    assert names_in(tmp_path) == {"cat.npy", "cat.npy.json"}


def test_a_full_disk_is_one_sentence_and_leaves_no_part(server, tmp_path):
    import resource

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    with start(tmp_path, 1000, preexec_fn=small_disk) as run:
        error = run.communicate()[1]
    assert run.returncode == 2
    assert len(error.splitlines()) == 1
    assert "'cat.npy' cannot be written" in error
    assert "make room" in error
    assert names_in(tmp_path) <= {"cat.npy.json"}


def test_a_folder_that_cannot_be_made_is_one_sentence(server, tmp_path, capsys):
    blocker = tmp_path / "a file, not a folder"
    blocker.write_text("")
    assert "cannot be written" in refused(capsys, blocker)


def test_a_memory_of_60_mb_beside_the_libraries_suffices_for_any_file(server, tmp_path):
    server.files["cat"] = as_google_stores(bitmaps(200_000))  # 157 MB
    code = (
        "import resource, qdtools as qd, qdtools.drawings.google\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"qd.download('cat', 10_000, {str(tmp_path)!r})\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60_000


# ---- settings and names ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--per-category", "0"], "per_category"),
        (["--tries", "0"], "tries is 0; give a whole number from 1 to 100"),
        (["--tries", "101"], "tries is 101; give a whole number from 1 to 100"),
        (["--tries", str(10**18)], "whole number from 1 to 100"),
        (["--timeout", "-1"], "timeout"),
        (["--base-url", "ftp://example.org/"], "https://"),
        (["--base-url", "/etc/"], "https://"),
        (["--base-url", "https://"], "https://"),
    ],
)
def test_a_bad_setting_is_one_sentence(server, tmp_path, capsys, options, says):
    assert says in refused(capsys, tmp_path / "none", *options)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("tries", [0.5, 2.5, float("inf"), float("nan"), True, "5", None, 101])
def test_tries_that_nobody_can_count_are_refused(server, tmp_path, tries):
    with pytest.raises(qd.SettingError, match="tries is"):
        qd.download("cat", 1, tmp_path, tries=tries)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("variable", "value"), [("HTTP_PROXY", "gopher://x"), ("SSL_CERT_FILE", "/nowhere.pem")]
)
def test_a_bad_setting_of_the_network_is_named(
    server, tmp_path, capsys, monkeypatch, variable, value
):
    monkeypatch.setenv(variable, value)
    assert variable in refused(capsys, tmp_path)


@given(
    st.one_of(
        st.text(),
        st.sampled_from(
            ["../cat", "/etc/passwd", "cat/../../dog", "cat\0", "c:\\cat", "%2e%2e/cat"]
        ),
        st.sampled_from(qd.ALL_CATEGORIES).flatmap(
            lambda name: st.sampled_from(["../", "/", "\\", "\0"]).map(lambda bad: bad + name)
        ),
    )
)
@hypothesis_settings(deadline=None)
def test_no_name_escapes_the_list_of_345(name):
    try:
        resolved = qd.resolve_categories([name])
    except qd.DataError:
        return
    assert set(resolved) <= set(qd.ALL_CATEGORIES)


def test_an_unknown_name_asks_nothing_of_the_server(server, tmp_path, capsys):
    for name in ("../cat", "/etc/passwd", "cat\0", "kat"):
        assert main(["download", name, "--data-dir", str(tmp_path / "none")]) == 2
        assert "no category" in capsys.readouterr().err
    assert server.log == []
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("typed", [[","], [", ,", ","], ["''"], ['""', ","]])
def test_a_download_of_no_name_at_all_is_one_sentence(server, tmp_path, capsys, typed):
    assert main(["download", *typed, "--data-dir", str(tmp_path / "none")]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert "category" in err
    assert server.log == []


def test_the_record_says_what_was_fetched_from_where(server, tmp_path):
    qd.download("cat", 100, tmp_path)
    record = json.loads((tmp_path / "cat.npy.json").read_text())
    assert record["remote"]["url"] == f"{server.url}cat.npy"
    assert record["remote"]["rows"] == TOTAL
    assert record["remote"]["length"] == len(server.files["cat"])
    assert set(record["sha256"]) == {"100"}


@pytest.mark.parametrize("tag", ['W/"same"', "", "no quotes", 'w/"same"', '"half'])
def test_without_a_strong_validator_no_byte_of_before_is_mixed_with_those_of_now(
    server, tmp_path, capsys, tag
):
    """The content changes between a cut and the next try, under a validator that stays."""
    server.tag = tag
    server.faults = ["", "cut"]
    arguments = ["--data-dir", str(tmp_path / "d"), "--base-url", server.url, "--tries", "1"]
    assert main(["download", "cat", "--per-category", "500", *arguments]) == 2
    assert "goes on" in capsys.readouterr().err
    changed = bitmaps(seed=5)
    server.files["cat"] = as_google_stores(changed)
    assert main(["download", "cat", "--per-category", "500", *arguments]) == 0
    np.testing.assert_array_equal(np.load(tmp_path / "d" / "cat.npy"), changed[:500])
    # Nor does a larger file begin with the drawings of a smaller one.
    again = bitmaps(seed=6)
    server.files["cat"] = as_google_stores(again)
    assert main(["download", "cat", "--per-category", "800", *arguments]) == 0
    np.testing.assert_array_equal(np.load(tmp_path / "d" / "cat.npy"), again[:800])


@pytest.mark.parametrize("junk", ["one byte", "zeros", "longer", "shorter", "another's"])
def test_a_part_that_is_not_what_was_fetched_is_fetched_again(server, tmp_path, junk):
    server.faults = ["", "cut"]
    folder = tmp_path / "d"
    with pytest.raises(qd.DataError):
        qd.download("cat", 500, folder, base_url=server.url, tries=1)
    part = folder / "cat.npy.part"
    content = bytearray(part.read_bytes())
    assert len(content) > 90_000
    if junk == "one byte":
        content[5000] ^= 1
    elif junk == "zeros":
        content[128:] = bytes(len(content) - 128)
    elif junk == "longer":
        content += b"?" * 7840
    elif junk == "shorter":
        del content[-7840:]
    else:
        content[128:] = bitmaps(seed=9).tobytes()[: len(content) - 128]
    part.write_bytes(content)
    qd.download("cat", 500, folder, base_url=server.url)
    np.testing.assert_array_equal(np.load(folder / "cat.npy"), bitmaps()[:500])
    assert not part.exists()


def test_a_part_or_a_record_that_is_no_file_is_not_waited_for(server, tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    os.mkfifo(folder / "cat.npy.part")
    with pytest.raises(qd.DataError, match=r"cat\.npy\.part.*no file"):
        qd.download("cat", 5, folder, base_url=server.url, tries=1)
    (folder / "cat.npy.part").unlink()
    (folder / "cat.npy.json").unlink(missing_ok=True)
    os.mkfifo(folder / "cat.npy.json")
    qd.download("cat", 5, folder, base_url=server.url, tries=1)
    assert len(np.load(folder / "cat.npy")) == 5


def test_what_leads_from_https_to_http_is_refused(server, tmp_path, monkeypatch):
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    script = Server({}, faults=["elsewhere"], forever=True, elsewhere=f"{server.url}/cat.npy")
    with (
        serving(Handler, script, context) as address,
        pytest.raises(qd.DataError, match="from https to http"),
    ):
        qd.download("cat", 5, tmp_path / "d", base_url=address, tries=1)
    assert server.log == []
    script = Server({}, faults=["elsewhere"], forever=True, elsewhere=f"{server.url}/cat.npy")
    with serving(Handler, script) as address:  # from http there is nothing to lose
        qd.download("cat", 5, tmp_path / "d", base_url=address, tries=1)


def test_a_login_in_an_address_is_used_but_neither_shown_nor_kept(server, tmp_path, capsys):
    address = server.url.replace("//", "//ann:s3cret%40@")
    folder = tmp_path / "d"
    arguments = ["--data-dir", str(folder), "--base-url", address, "--tries", "1"]
    for faults in (["404"], ["stall"], ["coloured"], ["", "cut"], ["html"], ["circle"]):
        server.faults, server.forever = list(faults), faults == ["circle"]
        assert main(["download", "cat", *arguments, "--timeout", "1"]) == 2
        out, err = capsys.readouterr()
        assert "s3cret" not in out + err
        assert "\x1b" not in err
        assert "\x07" not in err
        assert len(err.splitlines()) == 1
    server.faults, server.forever = [], False
    assert main(["download", "cat", *arguments]) == 0
    assert all(login and login.startswith("Basic ") for login in server.logins)
    for path in folder.iterdir():
        assert b"s3cret" not in path.read_bytes()
    for bad in ("ftp://ann:s3cret@host/", "https://ann:s3cret@host/?token=s3cret", "//ann:s3cret@"):
        assert main(["download", "cat", "--base-url", bad]) == 2
        assert "s3cret" not in capsys.readouterr().err


@pytest.mark.parametrize("where", ["the drawings", "the header"])
def test_a_byte_now_and_then_ends_at_a_limit(server, tmp_path, where):
    if where == "the drawings":
        server.drips = True
    else:
        server.faults, server.forever = ["drip from the start"], True
    begin = time.monotonic()
    with pytest.raises(qd.DataError, match=r"given up after \d+ seconds"):
        qd.download("cat", 1, tmp_path / "d", base_url=server.url, timeout=1, tries=1)
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize(
    "address",
    [
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 200}example/",
        "https://a..b/",
        "https://./",
        "https://host:99999/",
        "https://host:0/",
        "https://ho st/",
        "https://[::1/",
        "https://\x00/",
        "https://\u202e.example\ud800/",
        "http:///x",
        "host",
    ],
)
def test_an_address_that_no_host_can_have_is_one_sentence(tmp_path, capsys, address):
    arguments = ["--data-dir", str(tmp_path / "d"), "--base-url", address, "--tries", "1"]
    assert main(["download", "cat", *arguments, "--timeout", "1"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "d" / "cat.npy").exists()


@pytest.mark.parametrize(
    "elsewhere", [f"http://{'a' * 64}.x/", "http://host:99999/", "http://a..b/", "//["]
)
def test_being_sent_on_to_where_no_host_can_be_is_one_sentence(server, tmp_path, capsys, elsewhere):
    server.faults, server.forever, server.elsewhere = ["elsewhere"], True, elsewhere
    arguments = ["--data-dir", str(tmp_path / "d"), "--base-url", server.url, "--tries", "1"]
    assert main(["download", "cat", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("timeout", ["inf", "nan", "-1", "0", "1e300", "100000"])
def test_a_timeout_that_no_clock_has_is_one_sentence(server, tmp_path, capsys, timeout):
    arguments = ["--data-dir", str(tmp_path / "d"), "--base-url", server.url, "--timeout", timeout]
    assert main(["download", "cat", *arguments]) == 2
    assert "timeout" in capsys.readouterr().err
    assert server.log == []
