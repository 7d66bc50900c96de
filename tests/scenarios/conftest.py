"""Starts both realisations, each once for all scenarios, and gives each scenario a town of its own."""

import itertools
from collections.abc import Iterator

import pytest

from runtime import kafka_topics
from schemas.topics import CATALOGUE
from tests.scenarios.installation import Note, noting
from tests.scenarios.parties import TOWNS
from tests.scenarios.realisations import Embedded, Hearth, OnKafka, must_be_whole
from tests.scenarios.town import Town
from tests.servers.brokers import NoServer, start_broker
from tests.servers.plugin import RUN, without
from tests.servers.shared import note_own


@pytest.fixture(scope="session")
def note(pytestconfig: pytest.Config) -> Note:
    return noting(pytestconfig.stash[RUN])


@pytest.fixture(scope="session")
def brokers(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker that has no other log than the scenarios'."""
    try:
        broker = start_broker(tmp_path_factory.mktemp("kafka"))
    except NoServer as error:
        without(error)
        raise
    note_own(pytestconfig.stash[RUN], broker)
    kafka_topics.apply(broker.address, CATALOGUE, replication=1)
    yield broker.address
    broker.remove()


@pytest.fixture(scope="session", params=["embedded", "kafka"])
def hearth(
    request: pytest.FixtureRequest, note: Note, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hearth]:
    """All of Hearth on one of its two logs. What does not fit the other asks for one by `indirect`."""
    folder, found = tmp_path_factory.mktemp(request.param), None
    if request.param == "kafka":
        brokers, redis = request.getfixturevalue("brokers"), request.getfixturevalue("redis_url")
        found = OnKafka(brokers, redis, folder, note)
    made: Hearth = found or Embedded(folder, note)
    try:
        made.start()
        yield made
        if not made.is_over:  # some of the scenarios alone were asked for, or others were played elsewhere
            must_be_whole(made)
    finally:
        made.end()


NUMBERS = itertools.cycle(range(TOWNS))


@pytest.fixture
def town(hearth: Hearth) -> Iterator[Town]:
    """Providers and councils that no other scenario has."""
    with Town.in_(hearth, next(NUMBERS)) as found:
        yield found
