"""A whole system whose edge has its picture from Redis: words are decided, whatever becomes of what is seen."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from runtime.clock import VirtualClock
from runtime.engine import Engine
from runtime.memory_log import MemoryLog
from schemas.words import Channel as ChannelName
from services.brokerage_desk.adapters.redis_store import RedisStore
from services.brokerage_desk.following import Follower, Freshness
from services.brokerage_desk.projection import ReadModel
from services.brokerage_desk.publishing import Publisher
from services.edge.staleness import HEADER
from services.standalone import Options, compose
from tests.http.world import HARINGEY, START, Silent, World, directory, token_of
from tests.redis.stage import FRESH_S, wait_until
from tests.servers.redises import Redis

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(slots=True)
class Town:
    """Deciders and relays, who writes the read model, and an edge that has a picture from Redis alone."""

    log: MemoryLog
    clock: VirtualClock
    publisher: Publisher
    world: World

    def header(self, path: str = "/v1/vacancies") -> str | None:
        found: str | None = self.world.call("haringey", "GET", path).headers.get(HEADER)
        return found

    def page(self) -> str:
        client = self.world.client
        client.cookies.set("hearth_token", token_of("haringey")[0])
        return str(client.get("/").text)


@contextmanager
def edge(log: MemoryLog, clock: VirtualClock, store: RedisStore) -> Iterator[World]:
    follower = Follower(ReadModel(), store, Freshness(FRESH_S))
    options = Options(channels={ChannelName.OUTBOX: Silent()}, is_edge_alone=True, followed=follower)
    system = compose(log, clock, directory(), options)
    follower.follow()
    system.serve()
    with TestClient(system.app) as client:
        yield World(system, clock, client)
    system.close()
    follower.close()


@contextmanager
def town(url: str, name: str) -> Iterator[Town]:
    clock = VirtualClock(START)
    log = MemoryLog(clock)
    deciding = compose(log, clock, directory(), Options(channels={ChannelName.OUTBOX: Silent()}))
    with (
        closing(RedisStore(url, name, answer_s=0.5)) as writes,
        closing(RedisStore(url, name, answer_s=0.5)) as reads,
    ):
        publisher = Publisher(log, writes, clock)
        writing = Engine(log, [publisher], clock)
        deciding.serve()
        writing.serve()
        with edge(log, clock, reads) as world:
            found = Town(log, clock, publisher, world)
            wait_until(lambda: not world.call("haringey", "GET", "/v1/vacancies").is_error)
            wait_until(lambda: found.header() is None)
            yield found
        writing.stop()
        deciding.close()


@pytest.fixture
def here(own_redis: Redis, fresh_name: str) -> Iterator[Town]:
    with town(own_redis.url, fresh_name) as found:
        yield found


def test_who_says_something_sees_at_once_what_came_of_it(here: Town) -> None:
    world = here.world
    world.register()
    for count in range(1, 5):
        window_id = world.post()
        assert [each["window_id"] for each in world.get("haringey", "/v1/vacancies")].count(window_id) == 1
        assert len(world.get("almond", "/v1/offers")) == count
    referral_id = world.refer()
    assert world.get("haringey", f"/v1/referrals/{referral_id}")["council"] == HARINGEY


def test_while_redis_is_down_words_are_taken_and_decided_and_screens_say_that_they_are_old(
    here: Town, own_redis: Redis
) -> None:
    world = here.world
    world.register()
    first, referral_id = world.post(), world.refer()
    wait_until(lambda: "not up to date" not in here.page())
    own_redis.kill()
    wait_until(lambda: here.header() is not None)
    assert "not up to date" in here.page()
    assert world.get("ops", "/v1/doings")["stale_since"] is not None
    assert [each["window_id"] for each in world.get("haringey", "/v1/vacancies")] == [first]
    second = world.post()
    nominated = world.nominate("haringey", second, referral_id)
    assert nominated.startswith(second.rpartition(":")[0])
    assert [each["window_id"] for each in world.get("haringey", "/v1/vacancies")] == [first]
    own_redis.start()
    wait_until(lambda: here.header() is None)
    wait_until(lambda: "not up to date" not in here.page())
    wait_until(lambda: world.get("ops", "/v1/doings")["stale_since"] is None)
    assert {each["window_id"] for each in world.get("haringey", "/v1/vacancies")} == {first, second}


def test_an_edge_that_starts_while_redis_is_down_shows_nothing_and_takes_everything(
    here: Town, own_redis: Redis
) -> None:
    here.world.register()
    own_redis.kill()
    with closing(RedisStore(own_redis.url, "elsewhere")) as store, edge(here.log, here.clock, store) as late:
        refused = late.call("haringey", "GET", "/v1/vacancies")
        assert (refused.status_code, refused.json()["code"]) == (503, "read_model_unavailable")
        assert "Retry-After" in refused.headers
        assert late.client.get("/health/live").status_code == 200
        assert late.post()
    own_redis.start()
