"""Processes that are started here and ended here, each known by its id *and* the instant at which it began.

Knows the operating system's processes. Must not know what they serve. An id alone names whatever process has
it today; with the instant (psutil's identity) only the one that was started can be meant.
"""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import orjson
import psutil

from runtime.clock import monotonic_s

POLL_S = 0.05
STOP_MAX_S = 30.0


class CannotStart(Exception):
    """A server did not come up; the reason is in plain words."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One process among all that ever ran on this machine."""

    pid: int
    began_s: float

    @classmethod
    def of(cls, pid: int) -> Self:
        """Mark a running process; psutil.NoSuchProcess if there is none."""
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process, if it still runs."""
        try:
            process = psutil.Process(self.pid)
            is_it = process.create_time() == self.began_s and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if is_it else None

    def write(self, path: Path) -> None:
        path.write_bytes(orjson.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote; OSError, ValueError."""
        return cls(**orjson.loads(path.read_bytes()))


def spawn(command: Sequence[str], output: Path, *, env: Mapping[str, str] | None = None) -> Mark:
    """Start a process in a session of its own, its output appended to a file; OSError if it cannot be started."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawnp(
        command[0],
        list(command),
        os.environ if env is None else env,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(output), flags, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    return Mark.of(pid)


def send(mark: Mark, number: signal.Signals) -> bool:
    """Send a signal, if the process still runs; tell whether it did."""
    process = mark.find()
    if process is None:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
    return True


def end(mark: Mark, *, stop_max_s: float = STOP_MAX_S) -> bool:
    """Ask the process to end, insist after `stop_max_s`, and return once it is gone. False: it was gone before."""
    return _end(mark, signal.SIGTERM, stop_max_s) or _end(mark, signal.SIGKILL, stop_max_s)


def kill(mark: Mark) -> bool:
    """End the process without asking (SIGKILL), and return once it is gone."""
    return _end(mark, signal.SIGKILL, STOP_MAX_S)


def _end(mark: Mark, number: signal.Signals, wait_max_s: float) -> bool:
    process = mark.find()
    if process is None:
        return False
    process.send_signal(signal.SIGCONT)  # a stopped process hears nothing else
    process.send_signal(number)
    try:
        process.wait(wait_max_s)
    except psutil.TimeoutExpired:
        return False
    return True


def wait_until(is_met: Callable[[], bool], timeout_s: float) -> bool:
    """Poll until the condition is met; False once `timeout_s` have passed."""
    until_s = monotonic_s() + timeout_s
    while not is_met():
        if monotonic_s() > until_s:
            return False
        time.sleep(POLL_S)
    return True


def is_listening(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody had a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def last_lines(path: Path, count: int = 5) -> str:
    """The end of a log file, on one line, to say why a server did not come up."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return "it wrote nothing"
    return " | ".join(line.strip() for line in lines[-count:] if line.strip()) or "it wrote nothing"
