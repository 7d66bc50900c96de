"""Knows how long a storm lasts and from which seed it comes; lays out a Kafka and the processes on it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import psutil
import pytest

from runtime import kafka_topics
from runtime.clock import new_id
from runtime.kafka_link import KafkaLink
from schemas.topics import CATALOGUE
from tests.servers.brokers import Broker
from tests.servers.plugin import RUN
from tests.servers.shared import guard
from tests.storm_kafka.parts import Parts

LONGEST = Path(__file__).with_name("test_storm.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that nobody waits for it alone at the end."""
    items.sort(key=lambda each: each.path != LONGEST)


@pytest.fixture
def storm_s() -> float:
    """How long the storm lasts: five minutes, or HEARTH_STORM_KAFKA_S seconds (`make storm-kafka`: an hour)."""
    return float(os.environ.get("HEARTH_STORM_KAFKA_S", "300"))


@pytest.fixture
def storm_seed() -> int:
    """HEARTH_STORM_SEED plays a storm again; without it a CI plays one and the same, and every other run another."""
    drawn = "84" if os.environ.get("CI") else str(int(new_id()[:8], 16))
    return int(os.environ.get("HEARTH_STORM_SEED") or drawn)


@pytest.fixture
def brokers(own_kafka: Broker) -> str:
    """The address of this module's own Kafka, with the topics of the catalogue."""
    kafka_topics.apply(own_kafka.address, CATALOGUE, replication=1)
    return own_kafka.address


@pytest.fixture
def link(brokers: str) -> Iterator[KafkaLink]:
    wire = KafkaLink(brokers, "storm", request_s=20)
    yield wire
    wire.close()


@pytest.fixture
def note(pytestconfig: pytest.Config) -> Callable[[str, int], None]:
    """Write down a process of the storm, so that it is ended should the run be killed."""
    run, mine = pytestconfig.stash[RUN], new_id()
    guard(run)

    def write(name: str, pid: int) -> None:
        mark = {"pid": pid, "began_s": psutil.Process(pid).create_time()}
        (run / f"own-{mine}-{name}.json").write_bytes(orjson.dumps(mark))

    return write


@pytest.fixture
def parts(brokers: str, tmp_path: Path, note: Callable[[str, int], None]) -> Iterator[Parts]:
    found = Parts(brokers, tmp_path / "parts", note)
    yield found
    found.end()
