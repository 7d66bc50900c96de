"""A Docker engine and what it can provide. Servers in containers keep one port of this machine for their whole life."""

import os
import socket
from contextlib import suppress
from functools import cache

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.models.containers import Container
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from deploy.local.processes import wait_until

PULL_MAX_S = 300
FREEZE_MAX_S = 60
SOCKET = "/var/run/docker.sock"

# A container may serve several test processes; Ryuk would remove it with the first of them. Whoever began the
# run removes it (tests/servers/plugin.py).
testcontainers_config.ryuk_disabled = True


@cache
def client() -> docker.DockerClient:
    """The engine that answers; DockerException."""
    return docker.from_env(timeout=PULL_MAX_S)


def is_there() -> bool:
    """Tell whether there is an engine to ask: docker-py leaves a socket open where there is none."""
    if "DOCKER_HOST" in os.environ:
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(SOCKET) == 0


def why_not(image: str) -> str | None:
    """Why no engine can provide this image, in plain words; None if one can. An image that is missing is pulled."""
    if not is_there():
        return "no Docker engine answers"
    try:
        images = client().images
    except DockerException:
        return "no Docker engine answers"
    try:
        images.get(image)
    except ImageNotFound:
        try:
            images.pull(image)
        except DockerException as error:
            return f"the Docker engine cannot provide {image}: {str(error).splitlines()[0]}"
    return None


def remove(container_id: str) -> None:
    """Remove a container with what it holds; one that is gone, with its engine or without, is no error."""
    if not is_there():
        return
    with suppress(NotFound):
        client().containers.get(container_id).remove(force=True, v=True)


class Contained:
    """A server in a container on a fixed port; it may be stopped, killed, paused and started again."""

    def __init__(self, container: DockerContainer) -> None:
        container.start()
        self.container_id: str = container.get_container_id()
        container.get_docker_client().client.close()

    def start(self) -> None:
        self._wrapped().start()

    def stop(self) -> None:
        self._wrapped().stop(timeout=30)

    def kill(self) -> None:
        self._wrapped().kill("SIGKILL")
        self._wrapped().wait()

    def pause(self) -> None:
        """Let it stand still. A busy kernel may give up freezing it: then it is tried again."""
        assert wait_until(self._froze, FREEZE_MAX_S), "the engine cannot freeze it"

    def _froze(self) -> bool:
        try:
            self._wrapped().pause()
        except APIError as error:
            if "unable to freeze" not in str(error):
                raise
            return False
        return True

    def resume(self) -> None:
        self._wrapped().unpause()

    def remove(self) -> None:
        remove(self.container_id)

    def _wrapped(self) -> Container:
        return client().containers.get(self.container_id)
