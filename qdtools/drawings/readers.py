"""Reads very many pictures in their order, by processes beside this one where they take long."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from ..errors import ImageError, QdToolsError
from .pictures import Reading, read_drawings, read_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Future

    from .opening import PictureSource

    #: The drawings of a picture, or why there are none.
    Found: TypeAlias = list[Reading] | QdToolsError
    #: What only this process can read is asked for when its turn comes.
    Source: TypeAlias = str | Callable[[], bytes]

#: Seconds of reading after which other processes are worth their start, for as many pictures at least.
_ALONE, _FEWEST = 1.0, 32
#: Processes at most: each takes 20 MB, for large pictures 100 and more.
_MOST = 4
#: Pictures of a task; pictures that are read ahead of those that are asked for.
_TASK, _AHEAD = 16, 512
#: What starts one, wherever this process has its modules from; the working folder is not among them.
_START = "import sys; sys.path[:] = {path!r}; from {module} import serve; serve({noisy}, {each})"
_READY = b"ready"


def read_all(
    sources: Sequence[Source], noisy: bool | None = None, each: bool = False
) -> Generator[Found]:
    """Read pictures one after another, on several cores where there are many (chapter 5).

    Reading holds Python's lock for most of its time, so threads would wait for each other. Processes
    take their time to start, so the first pictures are read by this one.

    Parameters
    ----------
    sources : sequence of str or callable
        Files, or what gives the bytes of one; that is called by this process when its turn comes.
    noisy : bool, optional
        As `qdtools.read_picture` takes it.
    each : bool
        Whether to read each of the drawings that stand apart from each other on a picture.

    Yields
    ------
    list of Reading, or QdToolsError
        For each picture, in order, the drawings found on it, without the steps there; or why it is
        refused. Nothing of what other processes do changes them.
    """
    spent, place = 0.0, 0
    while place < len(sources) and not _are_worth_it(spent, len(sources) - place):
        start = time.perf_counter()
        found = _found(sources[place], noisy, each)
        spent += time.perf_counter() - start
        place += 1
        yield found
    if place < len(sources):
        yield from _read_beside(sources[place:], noisy, each)


def _are_worth_it(spent: float, left: int) -> bool:
    """Tell whether other processes are worth their start, after seconds of reading, for those left."""
    return spent >= _ALONE and left >= _FEWEST and (os.cpu_count() or 1) > 1


def _found(source: Source, noisy: bool | None, each: bool) -> Found:
    """Read a picture, or give the sentence that refuses it."""
    try:
        picture: PictureSource = source if isinstance(source, str) else source()
        found = read_drawings(picture) if each else [read_picture(picture, noisy)]
    except QdToolsError as error:
        return error
    # The way to an image takes megabytes where the picture is large.
    return [replace(one, steps={}) for one in found]


def _read_beside(sources: Sequence[Source], noisy: bool | None, each: bool) -> Iterator[Found]:
    """Read pictures by processes beside this one, some ahead of those that are asked for."""
    readers = [_Reader(noisy, each) for _ in range(min(_MOST, os.cpu_count() or 1))]
    idle: SimpleQueue[_Reader] = SimpleQueue()
    for reader in readers:
        idle.put(reader)

    def read(names: list[str]) -> list[Found | None]:
        reader = idle.get()
        try:
            return reader.read(names)
        finally:
            idle.put(reader)

    tasks = (sources[place : place + _TASK] for place in range(0, len(sources), _TASK))
    under_way: deque[tuple[Sequence[Source], Future[list[Found | None]]]] = deque()
    # Its threads only wait for the processes, one each.
    pool = ThreadPoolExecutor(len(readers))

    def hand_out(n: int) -> None:
        for task in islice(tasks, n):
            names = [source for source in task if isinstance(source, str)]
            under_way.append((task, pool.submit(read, names)))

    try:
        hand_out(_AHEAD // _TASK)
        while under_way:
            task, future = under_way.popleft()
            answers = iter(future.result())
            for source in task:
                found = next(answers) if isinstance(source, str) else None
                yield _found(source, noisy, each) if found is None else found
            hand_out(1)
    finally:  # at the end, after Ctrl-C, or where nobody wants the others
        for reader in readers:
            reader.stop()
        pool.shutdown(cancel_futures=True)
        for reader in readers:
            reader.close()


class _Reader:
    """A process that reads pictures: it starts when it is needed, again where a picture ended it.

    A pool of processes would end as a whole with one of them, without a word which picture it was.
    """

    def __init__(self, noisy: bool | None, each: bool) -> None:
        named = {"path": sys.path, "module": __name__, "noisy": noisy, "each": each}
        self._command = [sys.executable, "-P", "-c", _START.format(**named)]
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self._lock = threading.Lock()

    def read(self, names: Sequence[str]) -> list[Found | None]:
        """Read files; None stands for one that the process that asks has to read by itself."""
        found: list[Found | None] = []
        suspect = -1
        while len(found) < len(names) and not self._is_over:
            try:
                for one in self._answers(names[len(found) :]):
                    found.append(one)  # noqa: PERF402  # those before a failure count
            except (OSError, EOFError, pickle.UnpicklingError):
                self.close()
                if suspect == len(found):  # alone, too, it ended one
                    name = repr(Path(names[suspect]).name)
                    why = f"{name} ends whatever process reads it; save it again as PNG."
                    found.append(ImageError(why))
                else:
                    suspect = len(found)
        return found + [None] * (len(names) - len(found))

    def _answers(self, names: Sequence[str]) -> Iterator[Found | None]:
        process = self._running()
        if process is None or process.stdin is None or process.stdout is None:
            return
        pickle.dump(names, process.stdin)
        process.stdin.flush()
        for _ in names:
            yield pickle.load(process.stdout)  # noqa: S301  # our own code wrote it

    def _running(self) -> subprocess.Popen[bytes] | None:
        """Give the process, which is started where there is none; None where that fails."""
        with self._lock:  # none is started once all are to stop
            if self._process is not None or self._is_over:
                return self._process
            try:
                # A session of its own: Ctrl-C reaches the process alone that asks, which ends this.
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError:
                self._is_over = True
                return None
        process = self._process
        if process.stdout is not None and process.stdout.read(len(_READY)) == _READY:
            return process
        # It cannot start here at all, so no picture is to blame.
        self._is_over = True
        self.close()
        return None

    def stop(self) -> None:
        """Kill the process; whoever waits for it goes on at once."""
        with self._lock:
            self._is_over = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """See off the process, once nobody waits for it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what it was sent last finds nobody
                    pipe.close()


def serve(noisy: bool | None, each: bool) -> None:
    """Read the pictures that standard input names, until it ends (chapter 5).

    Parameters
    ----------
    noisy, each
        As `read_all` takes them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a decoder prints is no answer
    try:
        answers.write(_READY)
        answers.flush()
        while True:
            for name in pickle.load(sys.stdin.buffer):  # noqa: S301  # our own code wrote it
                pickle.dump(_answer(name, noisy, each), answers)
                answers.flush()
    except (EOFError, OSError):  # whoever asked has all, or is gone
        os._exit(0)


def _answer(name: str, noisy: bool | None, each: bool) -> Found | None:
    try:
        return _found(name, noisy, each)
    except Exception:  # no refusal: it comes out where the process that asks reads the picture
        return None
