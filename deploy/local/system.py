"""The whole system as processes of this machine: Kafka, Valkey, the topics, and every service in turn.

Knows which services there are and how each is started. Each server has a folder of its own under one state
directory, with the note of its process; `down` ends exactly what these notes name, last begun first ended.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runtime import kafka_topics
from runtime.clock import SystemClock
from runtime.heartbeat import Problem, problem_of, read
from schemas.topics import CATALOGUE, NAMING

from .kafka import LocalKafka, fetch_jars, user_cache
from .processes import CannotStart, Mark, end, is_listening, last_lines, wait_until
from .server import NOTE, LocalServer
from .valkey import LocalValkey

HOST: Final = "127.0.0.1"
SERVICE_START_MAX_S: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the system works, and on which ports of this machine."""

    state: Path
    kafka_port: int
    valkey_port: int
    page_port: int
    directory: Path | None
    """Who may call. None: the demo's made-up directory, and its people."""

    @property
    def is_demo(self) -> bool:
        return self.directory is None

    @property
    def directory_file(self) -> Path:
        return self.state / "directory.json" if self.directory is None else self.directory


@dataclass(frozen=True, slots=True)
class Service:
    """One process of Hearth: the parts that it works on."""

    name: str
    parts: tuple[str, ...]
    is_edge: bool = False
    has_directory: bool = False
    has_redis: bool = False


SERVICES: Final = (
    Service("offers", ("offers",)),
    Service("placements", ("placements",)),
    Service("relays", ("clock", "courier-offers", "courier-placements", "listings", "fit")),
    Service("read-model", ("read-model",), has_redis=True),
    Service("notifier", ("notifier",), has_directory=True),
    Service("edge", ("edge",), is_edge=True, has_directory=True, has_redis=True),
)
"""In the order in which they are started. A further service is a further line."""
PEOPLE: Final = Service("people", ("made-up-people",))
"""The demo's: real register, made-up people. Started where nobody names a directory."""


class LocalService(LocalServer):
    """A process of `hearth work`."""

    start_max_s = SERVICE_START_MAX_S

    def __init__(self, service: Service, place: Place) -> None:
        super().__init__(place.state / service.name)
        self.name = f"hearth work {' '.join(service.parts)}"
        self._service, self._place = service, place

    def command(self) -> Sequence[str]:
        place, mirror, service = self._place, str(self.directory / "state"), self._service
        words = [sys.executable, "-m", "services.cli", "work", *service.parts]
        words += ["--brokers", f"{HOST}:{place.kafka_port}", "--state", mirror]
        if service.has_directory:
            words += ["--directory", str(place.directory_file)]
        if service.has_redis:
            words += ["--redis", f"redis://{HOST}:{place.valkey_port}/0"]
        return [*words, "--host", HOST, "--port", str(place.page_port)] if service.is_edge else words

    def is_up(self) -> bool:
        """Tell whether it serves, or runs at all if it serves nobody."""
        return is_listening(HOST, self._place.page_port) if self._service.is_edge else self.is_running

    def is_settled(self) -> bool:
        """Tell whether it comes on, or never will."""
        return self.problem is None or not self.is_running

    @property
    def problem(self) -> Problem | None:
        """Why it does not come on, by its own sign."""
        return problem_of(read(self.directory / "state"), SystemClock().now())


def running(state: Path) -> list[tuple[str, Mark]]:
    """What runs under this state directory, first begun first."""
    marks = [(note.parent.name, Mark.read(note)) for note in state.glob(f"*/{NOTE}")]
    return sorted((each for each in marks if each[1].find() is not None), key=lambda each: each[1].began_s)


def up(place: Place, tell: Callable[[str], None]) -> None:
    """Start everything; CannotStart, and then nothing runs that was started here. LogUnavailable, TopicsDiffer."""
    if there := [name for name, _ in running(place.state)]:
        raise CannotStart(f"already up: {', '.join(there)}")
    place.state.mkdir(parents=True, exist_ok=True)
    try:
        stores, services = list(_start_stores(place, tell)), list(_start_services(place, tell))
        if ended := [server for server in (*stores, *services) if not server.is_running]:
            raise CannotStart(f"{ended[0].name} ended at once: {last_lines(ended[0].log)}")
        _await_well(services, tell)
    except BaseException:
        down(place.state, tell)
        raise


def _start_stores(place: Place, tell: Callable[[str], None]) -> Iterator[LocalServer]:
    tell("Kafka's jars (the first time they are fetched with Maven) ...")
    kafka = LocalKafka(place.state / "kafka", fetch_jars(user_cache()), port=place.kafka_port)
    valkey = LocalValkey(place.state / "valkey", port=place.valkey_port)
    for server, port in ((kafka, place.kafka_port), (valkey, place.valkey_port)):
        yield _start(server, port, tell)
    for done in kafka_topics.apply(kafka.address, CATALOGUE, replication=1):
        if done.did != "left":
            tell(f"  topic {done.topic} {done.did}")
    tell(f"  log {kafka_topics.require(kafka.address, CATALOGUE, NAMING)}")


def _await_well(services: Sequence[LocalService], tell: Callable[[str], None]) -> None:
    """Return once each has shown that it comes on; CannotStart."""
    tell("waiting until each comes on ...")
    for each in services:
        wait_until(each.is_settled, SERVICE_START_MAX_S)
        if (problem := each.problem) is not None:
            raise CannotStart(f"{each.name}: {problem.says}: {last_lines(each.log)}")


def services_of(place: Place) -> Sequence[Service]:
    """The services that are started there."""
    return (*SERVICES, PEOPLE) if place.is_demo else SERVICES


def _start_services(place: Place, tell: Callable[[str], None]) -> Iterator[LocalService]:
    if place.is_demo:
        made = (sys.executable, "-m", "services.cli", "directory", "made-up", str(place.directory_file))
        told = subprocess.run(made, capture_output=True, text=True, check=False, timeout=SERVICE_START_MAX_S)
        if told.returncode != 0:
            raise CannotStart(f"no made-up directory: {' '.join(told.stderr.split())[-300:]}")
        tell(told.stdout.rstrip())
    for service in services_of(place):
        port = place.page_port if service.is_edge else None
        local = LocalService(service, place)
        _start(local, port, tell)
        yield local


def _start(server: LocalServer, port: int | None, tell: Callable[[str], None]) -> LocalServer:
    if port is not None and is_listening(HOST, port):
        raise CannotStart(f"{server.name} cannot have port {port} of this machine: somebody else has it")
    tell(f"{server.name} ...")
    server.start()
    return server


def down(state: Path, tell: Callable[[str], None]) -> int:
    """End what `up` started, last begun first, and nothing else; return how many processes that were."""
    there = running(state)
    for name, mark in reversed(there):
        tell(f"ending {name} ...")
        end(mark)
    return len(there)
