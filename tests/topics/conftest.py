"""A broker that asks who is there, one for all tests that need it."""

from collections.abc import Iterator

import pytest

from deploy.local.processes import CannotStart
from runtime.kafka_link import KafkaLink
from tests.servers.brokers import NoServer
from tests.servers.plugin import without
from tests.topics import secured
from tests.topics.secured import OPS, Secured


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    try:
        found = secured.start(tmp_path_factory.mktemp("secured"))
    except CannotStart as error:
        without(NoServer(str(error)))
        raise
    found.admit(OPS)
    yield found
    found.broker.kill()


@pytest.fixture
def link(kafka: Secured) -> Iterator[KafkaLink]:
    """Of whoever set the broker up, who may do anything."""
    wire = KafkaLink(kafka.plain, "test", request_s=60)
    yield wire
    wire.close()
