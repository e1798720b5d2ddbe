"""Fetches the first drawings of Google's bitmap files by HTTP range requests.

Beside each ``<category>.npy`` lie ``<category>.npy.json``, the record of what was fetched from where,
``<category>.npy.part`` while bytes are missing, of which the record says how many are good, and
``<category>.npy.lock``, which one process holds.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import socket
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import filelock
import httpx
import numpy as np
import tenacity
from tqdm import tqdm

from .. import settings
from .._checks import check_per_category, read_regular
from ..errors import DataError, QdToolsError, SettingError
from .canvas import SIDE
from .categories import default_categories, resolve_categories
from .npy import LONGEST_HEADER, open_npy, parse_header

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

#: Bytes of one drawing, one a pixel.
DRAWING = SIDE * SIDE
#: Categories that are fetched at once.
PARALLEL = 4
#: Statuses that pass, by RFC 9110 and RFC 6585.
PASSING = {408, 425, 429, 500, 502, 503, 504}
#: Seconds: no longer pause is made between two tries, whatever the server asks for.
LONGEST_PAUSE = 60.0
#: Most tries for each category: with the longest pauses between them an hour and a half.
MOST_TRIES = 100
#: Longest silence that may be asked for, in seconds; slowest transfer that is waited for, in bytes a second.
LONGEST_TIMEOUT, SLOWEST = 86_400.0, 2_000
#: Bytes of a record; each number of drawings that was fetched takes less than a hundred.
MOST_RECORD = 1_000_000
RESUME = "run the same again, and it goes on where it stopped"
ADDRESS = "check QD_GOOGLE_URL or --base-url, and proxies on the way"


class _Passing(DataError):
    """A failure that another try may mend, after a pause in seconds that the server may ask for."""

    def __init__(self, message: str, pause: float = 0) -> None:
        super().__init__(message)
        self.pause = pause


class _Job(NamedTuple):
    """One category to fetch: from where, to where, how many drawings."""

    category: str
    url: str
    path: Path
    rows: int

    def beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def __str__(self) -> str:
        return f"{self.url} (for {self.category!r})"


@dataclass(frozen=True)
class _Remote:
    """The whole file behind an address; where two of these differ, no byte of one serves the other."""

    url: str
    etag: str
    length: int
    rows: int

    @property
    def offset(self) -> int:
        """Where the first drawing begins."""
        return self.length - self.rows * DRAWING


def download(
    categories: str | Iterable[str] | None = None,
    per_category: int = settings.GOOGLE_SIZE,
    folder: str | os.PathLike[str] | None = None,
    *,
    base_url: str | None = None,
    timeout: float = 30,
    tries: int = 5,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Fetch the first drawings of Google's bitmap files, only those that are missing (chapter 1).

    Parameters
    ----------
    categories : str or iterable of str, optional
        Category names in any case, or ``"all"``. By default those that ``QD_CATEGORIES``
        names, or the original demo's five.
    per_category : int
        How many drawings of each, 784 bytes each: by default 1000, 0.8 MB. A category with fewer
        is fetched whole.
    folder : str or path, optional
        Where the files go, ``google`` in the cache folder by default; `load` reads it like any other.
    base_url : str, optional
        What stands before ``<category>.npy``; by default ``QD_GOOGLE_URL`` or Google's own address.
    timeout : float
        Seconds without an answer or a byte after which a try has failed, at most a day. A try also
        fails where bytes come more slowly than 2 kB a second on the whole.
    tries : int
        Tries for each category, 1 to 100, with growing pauses between them.
    tell : callable
        Receives a line on how many bytes are missing, before any is fetched.

    Returns
    -------
    Path
        The folder. A file in it is whole at every moment; what is asked for again is not fetched
        again, and what was cut off goes on at the byte where it stopped.

    Raises
    ------
    DataError
        If a category is unknown, the server fails or sends something else, the folder cannot be
        written, or its disk has less room than all of it takes.
    SettingError
        If a number or the address, proxy or certificate file in the settings cannot be used.
    """
    names = resolve_categories(default_categories() if categories is None else categories)
    check_per_category(per_category)
    if not 0 < timeout <= LONGEST_TIMEOUT:
        raise SettingError(
            f"timeout is {timeout!r}; give a number of seconds above 0, at most {LONGEST_TIMEOUT:.0f}."
        )
    if not isinstance(tries, Integral) or isinstance(tries, bool) or not 0 < tries <= MOST_TRIES:
        raise SettingError(f"tries is {tries!r}; give a whole number from 1 to {MOST_TRIES}.")
    base, login = _check_address(base_url or settings.google_url())
    folder = settings.expanded(folder or settings.cache_dir() / "google")
    jobs = [
        _Job(name, f"{base}{quote(name)}.npy", folder / f"{name}.npy", int(per_category))
        for name in names
    ]
    jobs = [job for job in jobs if not _is_done(job)]
    if not jobs:
        return folder
    with _client(timeout, base, login) as client:
        tell(_checked_room(client, jobs, folder))
        _fetch_all(client, jobs, tries)
    return folder


def _fetch_all(client: httpx.Client, jobs: list[_Job], tries: int) -> None:
    """Fetch several categories at once, until all are there or one has failed."""
    stop = threading.Event()
    with (
        _bar("all", sum(job.rows for job in jobs), leave=True) as total,
        ThreadPoolExecutor(PARALLEL) as pool,
    ):
        futures = [pool.submit(_fetch, client, job, tries, total, stop) for job in jobs]
        try:
            for future in as_completed(futures):
                future.result()
        finally:  # after the first failure, or Ctrl-C, the others stop too, each with its .part
            stop.set()
            pool.shutdown(cancel_futures=True)


def _checked_room(client: httpx.Client, jobs: list[_Job], folder: Path) -> str:
    """Say how much there is to fetch, or refuse what its disk has no room for.

    Where the files might not fit, the server is asked how many drawings each has.
    """
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
    try:
        free = shutil.disk_usage(there).free
    except OSError:  # whoever writes there says so
        return ""
    missing = [_missing(job, job.rows) for job in jobs]
    if sum(missing) > free:
        with ThreadPoolExecutor(PARALLEL) as pool:
            missing = list(pool.map(partial(_missing_by_server, client), jobs))
    categories = "1 category" if len(jobs) == 1 else f"{len(jobs)} categories"
    if sum(missing) > free:
        raise DataError(
            f"What is missing of {categories} takes {_size(sum(missing))}, and the disk of {str(folder)!r} "
            f"has {_size(free)} free; make room there, name another folder with QD_CACHE_DIR or "
            "--data-dir, or ask for fewer with --per-category."
        )
    return f"{_size(sum(missing))} of {categories} to fetch; {_size(free)} free in {str(folder)!r}"


def _missing(job: _Job, rows: int) -> int:
    """Count the bytes that so many drawings take on the disk besides those of the ``.part``."""
    remote = _read_record(job).remote
    if remote is not None and remote.url == job.url:
        rows = min(rows, remote.rows)
    try:
        begun = job.beside(".part").stat().st_size
    except OSError:
        begun = 0
    return max(0, len(_header(0)) + rows * DRAWING - begun)


def _missing_by_server(client: httpx.Client, job: _Job) -> int:
    try:
        return _missing(job, min(job.rows, _look(client, job).rows))
    except DataError:  # the download itself tries again, and says so
        return 0


def _size(n: int) -> str:
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.1f} MB"


def _check_address(base: str) -> tuple[str, tuple[str, str] | None]:
    """Give an address without the name and the password in it, and these, which are never shown."""
    try:
        address = httpx.URL(base)
        host = address.host.encode("idna")  # no label of more than 63 letters, none empty
        good = address.scheme in {"http", "https"} and host.strip(b".") and not address.query
        good = good and (address.port is None or 0 < address.port < 2**16)
    except (httpx.InvalidURL, UnicodeError):
        good = False
    if not good:
        raise SettingError(
            f"The base address is {hidden(base)!r}; give one of a host that can be, which begins with "
            "https:// or http://, as QD_GOOGLE_URL or --base-url, or leave it out for "
            f"{settings.GOOGLE_URL}."
        )
    login = (address.username, address.password) if address.userinfo else None
    plain = str(address.copy_with(userinfo=b"", fragment=None))
    return plain.rstrip("/") + "/", login


def hidden(text: str) -> str:
    """Leave out what in addresses may be a password: what stands before @, and after a question mark."""
    return re.sub(r"\?[^\s'\"]*", "?…", re.sub(r"//[^/\s]*@", "//…@", text))


def _client(timeout: float, base: str, login: tuple[str, str] | None) -> httpx.Client:
    """Make a client that heeds the proxies and certificates of the environment."""
    as_kept = {"Accept-Encoding": "identity"}

    def refuse_unsafe(request: httpx.Request) -> None:
        if base.startswith("https:") and request.url.scheme != "https":
            raise DataError(
                f"{base} sends on from https to {request.url.scheme}, where anybody on the way may change "
                f"what comes; {ADDRESS}."
            )

    try:
        return httpx.Client(
            timeout=timeout,
            follow_redirects=True,
            headers=as_kept,
            auth=login,
            event_hooks={"request": [refuse_unsafe]},
            # One connection a request, so that a slow one can be ended without ending another.
            limits=httpx.Limits(max_keepalive_connections=0),
        )
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        raise SettingError(
            f"The settings of the network cannot be used ({hidden(str(error))}); correct HTTP_PROXY, "
            "HTTPS_PROXY, ALL_PROXY, NO_PROXY or SSL_CERT_FILE."
        ) from error


def _bar(label: str, rows: int, leave: bool = False) -> tqdm:
    """Make a progress bar of bytes on standard error, silent where that is no terminal."""
    return tqdm(
        desc=label, total=rows * DRAWING, leave=leave, unit="B", unit_scale=True, disable=None
    )


# ---- what is on disk -----------------------------------------------------------------------------


class _Record(NamedTuple):
    """Which remote file was fetched, of what is at hand the SHA-256.

    `digests` holds those of files of the first drawings, by their number; `part` how many bytes of
    drawings in the ``.part`` are good, with the digest of these.
    """

    remote: _Remote | None = None
    digests: dict[str, str] = {}  # noqa: RUF012  # never changed
    part: tuple[int, str] = (0, "")


def _read_record(job: _Job) -> _Record:
    try:
        path = job.beside(".json")
        record = json.loads(read_regular(path, MOST_RECORD))
        remote, digests = _Remote(**record["remote"]), dict(record["sha256"])
        size, digest = record.get("part") or (0, "")
        if not isinstance(remote.rows, int) or not isinstance(size, int):
            return _Record()
        return _Record(remote, digests, (size, str(digest)))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return _Record()


def _write_record(job: _Job, record: _Record) -> None:
    part = job.beside(".json.part")
    content = {"remote": asdict(record.remote), "sha256": record.digests, "part": record.part}  # type: ignore[arg-type]
    part.write_text(json.dumps(content), encoding="utf-8")
    part.replace(job.beside(".json"))


def _kept(job: _Job, digests: dict[str, str]) -> np.ndarray | None:
    """Drawings of the file in place, uint8 (n, 784), or None unless their digest is on record."""
    try:
        drawings = open_npy(job.path)
    except DataError:
        return None
    good = drawings.flags.c_contiguous and digests.get(str(len(drawings))) == _digest(drawings)
    return drawings if good else None


def _digest(drawings: np.ndarray) -> str:
    return hashlib.sha256(drawings.data).hexdigest()


def _is_done(job: _Job) -> bool:
    """Tell whether the file in place holds as many drawings from this address as there are to have."""
    remote, digests, _ = _read_record(job)
    if remote is None or remote.url != job.url:
        return False
    kept = _kept(job, digests)
    return kept is not None and len(kept) >= min(job.rows, remote.rows)


def _header(rows: int) -> bytes:
    """Header of a bitmap file; numpy pads it, so that it is as long for any number of rows."""
    file = io.BytesIO()
    about = {"descr": "|u1", "fortran_order": False, "shape": (rows, DRAWING)}
    np.lib.format.write_array_header_1_0(file, about)
    return file.getvalue()


# ---- one category ----------------------------------------------------------------------------------


def _fetch(client: httpx.Client, job: _Job, tries: int, total: tqdm, stop: threading.Event) -> None:
    """Do one job alone among all processes, trying again after failures that may pass."""
    backoff = tenacity.wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE)

    def pause(state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        return max(backoff(state), failure.pause if isinstance(failure, _Passing) else 0)

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_Passing),
        wait=pause,
        stop=tenacity.stop_after_attempt(tries) | tenacity.stop_when_event_set(stop),
        sleep=tenacity.sleep_using_event(stop),
        reraise=True,
    )
    folder = job.path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(job.beside(".lock"))
        with lock.acquire(cancel_check=stop.is_set), _bar(job.category, job.rows) as bar:
            if _is_done(job):  # by another process, in the meantime
                return
            if job.path.exists() and not job.beside(".json").exists():
                raise DataError(
                    f"{job.path.name!r} in {str(folder)!r} was not put there by a download, so it "
                    "is not overwritten; move it away or name another folder."
                )
            try:
                retrying(_try, client, job, (bar, total), stop)
            except OSError:  # on a full disk the bytes that arrived are wanted back
                for suffix in (".part", ".json.part"):
                    job.beside(suffix).unlink(missing_ok=True)
                raise
    except filelock.Timeout as error:
        raise DataError(f"{job} was stopped; {RESUME}.") from error
    except OSError as error:
        raise DataError(
            f"{job.path.name!r} cannot be written to {str(folder)!r} ({error.strerror or error}); "
            "make room there, or name another folder with QD_CACHE_DIR or --data-dir."
        ) from error


def _try(client: httpx.Client, job: _Job, bars: tuple[tqdm, tqdm], stop: threading.Event) -> None:
    """Ask what the file is, go on where the bytes at hand end, verify, put in place."""
    remote = _look(client, job)
    record, part, start = _read_record(job), job.beside(".part"), len(_header(0))
    if part.exists() and not part.is_file():
        raise DataError(f"{part.name!r} in {str(part.parent)!r} is no file; remove it.")
    if record.remote != remote or not remote.etag:
        # Without a strong validator nobody can say whether what is at hand belongs to what comes.
        record = _Record(remote)
        part.unlink(missing_ok=True)
        _write_record(job, record)
    kept = _kept(job, record.digests)
    at_hand = _good_bytes(part, record)
    if at_hand < (0 if kept is None else kept.size) or not part.exists():
        with part.open("wb") as file:
            file.write(_header(0))
            at_hand = 0 if kept is None else file.write(kept.data)
    # A larger download that was cut off may have left more than is asked for: it is kept.
    rows = min(max(job.rows, at_hand // DRAWING), remote.rows)
    want = rows * DRAWING
    have = min(at_hand, want)
    bar, total = bars
    total.total, bar.total = total.total + want - bar.total, want

    def advance(size: int) -> None:
        bar.update(size)
        total.update(size)

    with part.open("r+b") as longer:
        longer.write(_header(rows))
        longer.truncate(start + have)
        longer.seek(start)
        digest, left = hashlib.sha256(), have
        while left and (piece := longer.read(min(left, 1 << 20))):
            digest.update(piece)
            left -= len(piece)
        _advance_at_once(bars, have - bar.n)
        try:
            for piece in _body(client, job, remote, have, want):
                if stop.is_set():
                    raise DataError(f"{job} was stopped; {RESUME}.")
                longer.write(piece)
                longer.flush()
                digest.update(piece)
                have += len(piece)
                advance(len(piece))
                _write_record(job, record._replace(part=(have, digest.hexdigest())))
        except BaseException:
            if not remote.etag:  # nothing of it can be gone on from
                longer.close()
                part.unlink(missing_ok=True)
            raise
    drawings = open_npy(part)
    # The old digest stays on record: a kill between these two lines leaves a pair that agrees.
    digests = {**record.digests, str(rows): digest.hexdigest()}
    if _digest(drawings) != digest.hexdigest():
        raise DataError(f"{part.name!r} in {str(part.parent)!r} changed meanwhile; {RESUME}.")
    _write_record(job, _Record(remote, digests))
    part.replace(job.path)


def _advance_at_once(bars: tuple[tqdm, ...], size: int) -> None:
    """Count bytes that are at hand already, which say nothing of how long the others take."""
    for bar in bars:
        if not bar.disable:
            bar.initial, bar.n = bar.initial + size, bar.n + size
            bar.last_print_n += size


def _good_bytes(part: Path, record: _Record) -> int:
    """Count the bytes of drawings in a ``.part`` that are those on record, 0 where one has changed."""
    size, wanted = record.part
    try:
        with part.open("rb") as file:
            file.seek(len(_header(0)))
            digest, left = hashlib.sha256(), size
            while left > 0 and (piece := file.read(min(left, 1 << 20))):
                digest.update(piece)
                left -= len(piece)
    except FileNotFoundError:
        return 0
    return size if left == 0 and digest.hexdigest() == wanted else 0


# ---- one request -------------------------------------------------------------------------------------


def _look(client: httpx.Client, job: _Job) -> _Remote:
    """Ask for the header of the remote file, and check that the file's length bears it out."""
    with _ask(client, job, 0, LONGEST_HEADER) as (response, first, length):
        start = b"".join(_cut(response, first, LONGEST_HEADER))
    header = parse_header(start, f"What comes from {job}")
    if header.fortran_order or header.shape[1:] != (DRAWING,) or not header.shape[0]:
        order = " in Fortran order" if header.fortran_order else ""
        raise DataError(
            f"{job} has the shape {header.shape}{order}, not (n, {DRAWING}); {ADDRESS}."
        )
    if length != header.file_size:
        raise DataError(
            f"{job} has {length:,} bytes where its header promises {header.file_size:,}; {ADDRESS}."
        )
    return _Remote(job.url, _tag(response), length, header.shape[0])


def _tag(response: httpx.Response) -> str:
    """Give the strong validator of a file, "" where there is none: others may outlive a change."""
    tag = str(response.headers.get("etag", ""))
    return tag if re.fullmatch(r'"[^"]*"', tag) else ""


def _body(
    client: httpx.Client, job: _Job, remote: _Remote, have: int, want: int
) -> Iterator[bytes]:
    """Yield the bytes `have` to `want` of the remote drawings, all of them or an error."""
    if have == want:
        return
    begin, end = remote.offset + have, remote.offset + want
    with _ask(client, job, begin, end) as (response, first, length):
        if (_tag(response), length) != (remote.etag, remote.length):
            raise _Passing(f"{job} changed on the way; {RESUME}.")
        for piece in _cut(response, begin - first, want - have):
            begin += len(piece)
            yield piece
    if begin < end:
        raise _Passing(f"{job} ended {end - begin:,} bytes too early; {RESUME}.")


def _cut(response: httpx.Response, skip: int, want: int) -> Iterator[bytes]:
    """Yield `want` bytes of a body after its first `skip`, and read no further."""
    for piece in response.iter_raw():
        piece, skip = piece[skip : skip + want], max(0, skip - len(piece))
        yield piece
        want -= len(piece)
        if not want:
            return


@contextmanager
def _ask(
    client: httpx.Client, job: _Job, begin: int, end: int
) -> Iterator[tuple[httpx.Response, int, int]]:
    """Ask for the bytes `begin` to `end`: the answer, which byte it begins with, the file's length."""
    span = {"Range": f"bytes={begin}-{end - 1}"}
    limit = (client.timeout.read or 0) + (end - begin) / SLOWEST
    ended = threading.Event()
    try:
        with (
            _ended_after(limit, ended) as watch,
            client.stream("GET", job.url, headers=span, extensions={"trace": watch}) as response,
        ):
            _check_status(response, job)
            yield response, *_extent(response, job, begin)
    except QdToolsError:
        raise
    except (httpx.InvalidURL, UnicodeError, OverflowError) as error:  # where it is sent on to
        raise DataError(f"{job} leads to an address that cannot be; {ADDRESS}.") from error
    except httpx.TransportError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise DataError(
                f"{job} shows a certificate that nobody known here has signed; where a proxy signs "
                "connections itself, set SSL_CERT_FILE to its certificate."
            ) from error
        if ended.is_set():
            raise _Passing(
                f"{job} was given up after {limit:,.0f} seconds, in which {end - begin:,} bytes had not all "
                f"come; {RESUME}, best over a faster connection."
            ) from error
        raise _Passing(
            f"{job} was not to be had ({hidden(str(error)) or type(error).__name__}); check the "
            f"connection, behind a proxy HTTPS_PROXY too; {RESUME}."
        ) from error
    except httpx.RequestError as error:  # redirected in circles, for one
        raise DataError(f"{job} was not to be had ({hidden(str(error))}); {ADDRESS}.") from error


@contextmanager
def _ended_after(
    seconds: float, ended: threading.Event
) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """End a request after some seconds, even one that gets a byte now and then; `ended` is set then.

    Gives what httpx tells of each connection it makes, as the request's extension ``trace``.
    """
    sockets: list[socket.socket] = []

    def watch(event: str, about: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            sockets.append(about["return_value"].get_extra_info("socket"))

    def end() -> None:
        ended.set()
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()


def _check_status(response: httpx.Response, job: _Job) -> None:
    status = f"{job} answers {response.status_code} {response.reason_phrase}"
    if response.status_code in PASSING:
        pause = _retry_after(response)
        if pause > LONGEST_PAUSE:
            raise DataError(
                f"{status} and asks to wait {pause:.0f} seconds; {RESUME}, after those."
            )
        raise _Passing(f"{status}; wait a while, {RESUME}.", pause)
    if response.status_code not in {200, 206}:
        raise DataError(f"{status}; {ADDRESS}.")
    if response.headers.get("content-type", "").startswith("text/html"):
        raise DataError(
            f"{job} answers with a web page in place of the file: perhaps one to sign in to the "
            f"network; open the address in a browser; {ADDRESS}."
        )
    if response.headers.get("content-encoding", "identity") != "identity":
        raise DataError(f"{job} comes compressed, of which no range can be used; {ADDRESS}.")


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks to wait, 0 where it does not say."""
    asked = response.headers.get("retry-after", "")
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _extent(response: httpx.Response, job: _Job, begin: int) -> tuple[int, int]:
    """First byte of the body within the file, and length of the file, as the server says."""
    said = response.headers.get("content-range", "")
    if response.status_code == 200:  # the server ignores ranges and sends all
        said = f"bytes 0-/{response.headers.get('content-length')}"
    extent = re.fullmatch(r"bytes (\d{1,15})-\d*/(\d{1,15})", said)
    if extent and int(extent[1]) <= begin:
        return int(extent[1]), int(extent[2])
    raise DataError(f"{job} does not say which bytes of how many it sends; {ADDRESS}.")
