"""The processes of Hearth on a real Kafka with a real Redis that is mistreated while people go on talking."""

from collections.abc import Iterator

import pytest
from redis import Redis as Client

from services.edge.staleness import HEADER
from tests.redis.test_adversity import ADVERSITIES
from tests.scenarios.installation import noting
from tests.scenarios.realisations import must_be_whole
from tests.scenarios.town import Town, town_on_kafka
from tests.servers.brokers import Broker
from tests.servers.plugin import RUN
from tests.servers.redises import Redis

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def town(
    own_kafka: Broker, own_redis: Redis, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    note, folder = noting(pytestconfig.stash[RUN]), tmp_path_factory.mktemp("on-kafka")
    with town_on_kafka(own_kafka.address, own_redis.url, folder, note) as found:
        yield found


def stale_since(town: Town) -> str | None:
    header: str | None = town.call("first", "GET", "/v1/vacancies").headers.get(HEADER)
    return header


def ids(town: Town) -> set[str]:
    return {each["vacancy_id"] for each in town.get("first", "/v1/vacancies")}


def becomes_right(town: Town, decided: set[str], after: str) -> None:
    """Nobody does anything, and everything is shown, and called fresh."""
    town.wait_for(
        lambda: stale_since(town) is None and ids(town) == decided, f"a right picture after {after}"
    )
    assert set(offered(town)) == decided, after


def offered(town: Town) -> list[str]:
    return [each["vacancy_id"] for each in town.get("provider", "/v1/offers")]


def test_whatever_becomes_of_redis_words_are_decided_and_screens_say_that_they_are_old_and_mend(
    town: Town, own_redis: Redis
) -> None:
    decided = {town.posts(town.opens())}
    becomes_right(town, decided, "the beginning")
    for name, adversity in ADVERSITIES.items():
        with adversity(own_redis):
            town.wait_for(lambda: stale_since(town), f"screens say that they are old: {name}")
            posted = town.posts(town.opens())
            assert ids(town) == decided, name
        decided.add(posted)
        becomes_right(town, decided, name)
    with Client.from_url(own_redis.url) as client:
        client.flushall()
    decided.add(town.posts(town.opens()))
    becomes_right(town, decided, "a flush")
    must_be_whole(town.hearth)
