"""A Kafka broker that nobody else uses: in a container where an engine has one, else from Kafka's own jars."""

from pathlib import Path
from typing import Protocol

from testcontainers.core.container import DockerContainer

from deploy.local import kafka
from deploy.local.kafka import LocalKafka, answers
from deploy.local.processes import CannotStart, free_port, wait_until
from tests.servers.engine import Contained, why_not

IMAGE = f"apache/kafka:{kafka.VERSION}"
QUICK_SETTINGS = {"broker.session.timeout.ms": "3000", "broker.heartbeat.interval.ms": "500"}
"""A broker that was killed may come back after three seconds, not nine."""


class NoServer(Exception):
    """No way led to a server; all reasons are in plain words."""


class Broker(Protocol):
    """A broker to treat as one likes. Whatever is done to it, it keeps its address and its content."""

    @property
    def address(self) -> str:
        """Its host:port."""
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


class JarBroker(LocalKafka):
    """From Kafka's own jars."""

    def remove(self) -> None:
        self.kill()


class DockerBroker(Contained):
    """In a container of the official image, by its documented variables (https://hub.docker.com/r/apache/kafka)."""

    def __init__(self) -> None:
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        settings = {**kafka.SETTINGS, **QUICK_SETTINGS, **self._places(port)}
        container = DockerContainer(IMAGE).with_bind_ports(9092, port)
        for name, value in settings.items():
            container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
        container.with_env("KAFKA_HEAP_OPTS", f"-Xmx512m -XX:+UseSerialGC {' '.join(kafka.QUICK)}")
        super().__init__(container)
        self._wait()

    def _places(self, port: int) -> dict[str, str]:
        return {
            # It speaks to itself too, when a transaction begins, and its outer port is not open inside.
            "listeners": "PLAINTEXT://:9092,INNER://:9094,CONTROLLER://:9093",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},INNER://localhost:9094",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,INNER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "inter.broker.listener.name": "INNER",
            "controller.quorum.voters": "1@localhost:9093",
            "log.dirs": "/var/lib/kafka/data",
        }

    def start(self) -> None:
        super().start()
        self._wait()

    def _wait(self) -> None:
        if not wait_until(lambda: answers(self.address), kafka.START_MAX_S):
            raise CannotStart("Kafka did not come up in its container")


def start_broker(directory: Path) -> Broker:
    """Start a broker by the first way that there is; NoServer."""
    if (problem := why_not(IMAGE)) is None:
        return DockerBroker()
    try:
        jars = kafka.fetch_jars(kafka.user_cache())
        broker = JarBroker(directory, jars, settings=QUICK_SETTINGS, java_options=kafka.QUICK)
        broker.start()
    except CannotStart as error:
        raise NoServer(f"{problem}; {error}") from error
    return broker
