"""The workers of one training before any network wakes: addresses, how they meet, how they are restarted."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import platform
import signal
import socket
import subprocess
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from .._terminal import tell
from ..errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: With what a worker ends that has lost the others; it is started again, and goes on from a checkpoint.
AGAIN = 75
#: What a worker ends with that is not started again: done, a fault of ours, refused, stopped.
_FINAL = (0, 1, 2, 130)
#: A training that fails so often within so many seconds is given up.
_MOST_FAILURES, _WITHIN = 10, 600
#: Bytes of one message while workers meet.
_MOST_SAID = 65_536


@dataclass(frozen=True)
class Place:
    """Where a worker stands among all (chapter 8).

    Attributes
    ----------
    addresses : tuple of str
        ``host:port`` of every worker, in order.
    rank : int
        Which of them this one is.

    Raises
    ------
    SettingError
        If an address is none, or named twice, or there is no worker of that number.
    """

    addresses: tuple[str, ...]
    rank: int

    def __post_init__(self) -> None:
        for address in self.addresses:
            host, _, port = address.rpartition(":")
            if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
                raise SettingError(
                    f"{address!r} is no address of a worker; give host:port, as in 10.0.0.1:5000."
                )
        for number, address in enumerate(self.addresses):
            if address in self.addresses[:number]:
                raise SettingError(f"{address!r} is named twice; each worker has its own address.")
        if not 0 <= self.rank < self.world:
            raise SettingError(
                f"There is no worker {self.rank}; of {self.world} the index is 0 to {self.world - 1}."
            )

    @property
    def world(self) -> int:
        """How many workers there are (chapter 8)."""
        return len(self.addresses)

    @property
    def beside(self) -> int:
        """How many workers before this one share its machine (chapter 8)."""
        hosts = [address.rpartition(":")[0] for address in self.addresses]
        return hosts[: self.rank].count(hosts[self.rank])

    def named(self, rank: int) -> str:
        """Say which worker a number means (chapter 8)."""
        return f"worker {rank} ({self.addresses[rank]})"


def facts(drawings: str, options: str) -> dict[str, str]:
    """Say by hashes what must be equal on every worker (chapter 8).

    Parameters
    ----------
    drawings : str
        The hash of all drawings.
    options : str
        Whatever else decides how weights come out.
    """
    package = Path(__file__).resolve().parents[1]
    code = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        code.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    versions = {name: version(name) for name in ("keras", "numpy")}
    for name in ("tensorflow", "tensorflow-cpu"):
        with suppress(ModuleNotFoundError):
            versions["tensorflow"] = version(name)
    versions["python"] = ".".join(platform.python_version_tuple()[:2])
    return {
        "code of qdtools": code.hexdigest(),
        "drawings": drawings,
        "options": hashlib.sha256(options.encode()).hexdigest(),
        **{f"version of {name}": value for name, value in versions.items()},
    }


def meet(place: Place, own: Mapping[str, str], wait: float) -> None:
    """Wait until every worker is there, and see that all are alike (chapter 8).

    Worker 0 listens at its own address, which TensorFlow takes over afterwards.

    Parameters
    ----------
    place : Place
        Of this worker.
    own : mapping of str to str
        What `facts` says on this worker.
    wait : float
        Seconds to wait for the others.

    Raises
    ------
    SettingError
        If this worker's port is in use, another worker does not come in time, or one differs.
    """
    if place.world == 1:
        return
    deadline = time.monotonic() + wait
    with _listening(place) as server:
        if place.rank == 0:
            _receive(place, own, server, deadline, wait)
            return
    _report(place, own, deadline, wait)


def _listening(place: Place) -> socket.socket:
    port = int(place.addresses[place.rank].rpartition(":")[2])
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind(("", port))
        server.listen(place.world)
    except OSError as error:
        server.close()
        raise SettingError(
            f"Port {port} of {place.named(place.rank)} cannot be used here: {error.strerror}; end what "
            "uses it, or give every worker another port."
        ) from error
    return server


def _receive(
    place: Place, own: Mapping[str, str], server: socket.socket, deadline: float, wait: float
) -> None:
    """Let every other worker come, then send all of them on, or away."""
    with ExitStack() as held:
        there: dict[int, socket.socket] = {}
        refusal = ""
        while len(there) < place.world - 1 and not refusal:
            left = deadline - time.monotonic()
            server.settimeout(max(left, 0.01))
            try:
                guest, _ = server.accept()
            except TimeoutError:
                missing = [place.named(n) for n in range(1, place.world) if n not in there]
                refusal = (
                    f"{_begun(', '.join(missing))} did not come within {wait:g} seconds; start the same "
                    "command there, with its own --index."
                )
                break
            held.enter_context(guest)
            guest.settimeout(5)
            try:
                said = json.loads(_line(guest))
                rank = int(said["index"])
                theirs = dict(said["facts"])
                if list(said["addresses"]) != list(place.addresses):
                    refusal = (
                        f"The worker that calls itself {rank} names other workers "
                        f"({', '.join(map(str, said['addresses']))}) than worker 0 does; give each the "
                        "same --workers."
                    )
                    there[-1] = guest
                    break
            except (OSError, ValueError, KeyError, TypeError):
                continue  # it is none of ours: what is left of an earlier run knocks here, too
            if rank in there:  # it was started again meanwhile
                there[rank].close()
            there[rank] = guest
            refusal = _unlike(place, rank, own, theirs)
        for guest in there.values():
            with suppress(OSError):
                guest.sendall((json.dumps({"refused": refusal}) + "\n").encode())
        if refusal:
            raise SettingError(refusal)


def _begun(words: str) -> str:
    """Begin a sentence with words, whose addresses stay as they were typed."""
    return words[:1].upper() + words[1:]


def _unlike(place: Place, rank: int, own: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """Say in what another worker differs, or nothing."""
    for what in dict(own) | dict(theirs):
        if own.get(what) != theirs.get(what):
            one, other = ((f[what][:12] if what in f else "none") for f in (own, theirs))
            return (
                f"{_begun(place.named(rank))} does not have the same {what} as worker 0 ({other}, not "
                f"{one}); make all workers alike, then start them again."
            )
    return ""


def _report(place: Place, own: Mapping[str, str], deadline: float, wait: float) -> None:
    """Knock at worker 0 until it answers."""
    host, _, port = place.addresses[0].rpartition(":")
    said = {"index": place.rank, "addresses": place.addresses, "facts": dict(own)}
    why = "no answer"
    while (left := deadline - time.monotonic()) > 0:
        try:
            with socket.create_connection((host, int(port)), timeout=min(left, 5)) as host_line:
                host_line.sendall((json.dumps(said) + "\n").encode())
                host_line.settimeout(max(deadline - time.monotonic(), 0.01))
                answer = json.loads(_line(host_line))
        except OSError as error:
            why = error.strerror or str(error) or why
        except ValueError:
            why = "what answers there is no worker of this training"
        else:
            if answer["refused"]:
                raise SettingError(answer["refused"])
            return
        time.sleep(min(0.3, max(left, 0)))
    raise SettingError(
        f"{_begun(place.named(0))} cannot be reached from worker {place.rank} within {wait:g} "
        f"seconds ({why}); start it, or see that the network lets the two speak."
    )


def _line(connection: socket.socket) -> bytes:
    """Read a line; one that is cut off is none."""
    said = b""
    while not said.endswith(b"\n"):
        more = connection.recv(4096)
        if not more or len(said) > _MOST_SAID:
            raise ValueError("no whole line")
        said += more
    return said


def end_with_parent() -> None:
    """End this process when the one that started it ends, even by -9 (chapter 8).

    It holds the other end of standard input.
    """

    def listen() -> None:
        with suppress(OSError):
            while os.read(0, 1):
                pass
        os._exit(AGAIN)

    with suppress(OSError, AttributeError):  # Linux sends a signal that waits for no thread of ours
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    threading.Thread(target=listen, daemon=True).start()


def free_ports(count: int) -> list[int]:
    """Find ports on this machine that nobody listens at (chapter 8)."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("", 0))
        return [one.getsockname()[1] for one in sockets]


def supervise(commands: Mapping[int, Sequence[str]]) -> int:
    """Run workers, start each again that was killed or has lost the others (chapter 8).

    Parameters
    ----------
    commands : mapping of int to sequence of str
        By the number of a worker what starts it.

    Returns
    -------
    int
        0 once all are done, or worker 0 is; else what one was refused with.
    """
    running: dict[int, subprocess.Popen[bytes]] = {}
    failures: list[float] = []
    try:
        running |= {rank: _started(command) for rank, command in commands.items()}
        while running:
            time.sleep(0.05)
            for rank, process in list(running.items()):
                code = process.poll()
                if code is None:
                    continue
                _close(process)
                if code in _FINAL:
                    del running[rank]
                    if code or rank == 0:
                        return code
                    continue
                now = time.monotonic()
                failures = [then for then in failures if now - then < _WITHIN] + [now]
                if len(failures) > _MOST_FAILURES:
                    tell(
                        f"error: Worker {rank} {_ended(code)}, the failure number {len(failures)} within "
                        f"{_WITHIN // 60} minutes; what was trained is kept, and the same command goes "
                        "on from there."
                    )
                    return 2
                tell(f"worker {rank} {_ended(code)}; it starts again from the last checkpoint")
                running[rank] = _started(commands[rank])
        return 0
    finally:
        for process in running.values():
            process.kill()
            process.wait()
            _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close this side of what an ended worker read."""
    if process.stdin is not None:
        process.stdin.close()


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches this process alone, which ends the others.
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _ended(code: int) -> str:
    if code == AGAIN:
        return "has lost the others"
    return f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
