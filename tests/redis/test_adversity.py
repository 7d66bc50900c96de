"""Whatever happens to Redis: the pictures stay, say that they are stale, and are right again by themselves."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
from redis import Redis as Client

from runtime.copies import Mirror
from services.brokerage_desk.publishing import Publisher
from tests.redis.stage import Edge, Scene, folded, following, shown, wait_until, writing
from tests.servers.redises import Redis

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(slots=True)
class Live:
    """Half a life written and followed, each in its thread; the other half is yet to come."""

    scene: Scene
    mirror: Mirror
    publisher: Publisher
    edge: Edge

    def go_on(self) -> None:
        """Let the rest of the life come in: the log does not ask how Redis does."""
        self.scene.grow(self.mirror, len(self.scene.records) // 2)

    def becomes_right(self) -> None:
        expected = folded(self.mirror)
        wait_until(lambda: self.edge.model.positions == expected.positions and not self.edge.is_stale)
        assert shown(self.edge.model) == shown(expected)


@pytest.fixture
def live(own_scene: Scene) -> Iterator[Live]:
    mirror = own_scene.mirror(len(own_scene.records) // 2)
    publisher, edge = own_scene.publisher(mirror), own_scene.edge(answer_s=0.5)
    with writing(publisher, mirror), following(edge):
        found = Live(own_scene, mirror, publisher, edge)
        found.becomes_right()
        yield found


@contextmanager
def set_to(url: str, name: str, value: str, former: str) -> Iterator[None]:
    with Client.from_url(url) as client:
        client.config_set(name, value)
        yield
        client.config_set(name, former)


@contextmanager
def another_ones_replica(url: str) -> Iterator[None]:
    """A replica takes no writes but its master's, and that one is nowhere."""
    with Client.from_url(url) as client:
        client.replicaof("127.0.0.1", "1")
        yield
        client.replicaof("no", "one")


@contextmanager
def standing_still(server: Redis) -> Iterator[None]:
    server.pause()
    yield
    server.resume()


@contextmanager
def down(server: Redis) -> Iterator[None]:
    """It is killed, and comes back empty."""
    server.kill()
    yield
    server.start()


ADVERSITIES: dict[str, Callable[[Redis], AbstractContextManager[None]]] = {
    "down": down,
    "standing still": standing_still,
    "read-only for want of replicas": lambda server: set_to(server.url, "min-replicas-to-write", "1", "0"),
    "read-only as a replica": lambda server: another_ones_replica(server.url),
    "out of memory": lambda server: set_to(server.url, "maxmemory", "1", "0"),
}


@pytest.mark.parametrize("adversity", ADVERSITIES)
def test_the_picture_stays_and_is_called_stale_and_mends_by_itself(
    live: Live, own_redis: Redis, adversity: str
) -> None:
    before = shown(live.edge.model)
    with ADVERSITIES[adversity](own_redis):
        live.go_on()
        wait_until(lambda: live.edge.is_stale and live.publisher.unavailable is not None)
        assert live.edge.follower.freshness.stale_since() is not None
        assert shown(live.edge.model) == before
    live.becomes_right()


def test_a_flush_is_noticed_though_nothing_happens_and_all_is_written_again(
    live: Live, own_redis: Redis
) -> None:
    store = live.scene.store()
    generation, before = store.held().generation, shown(live.edge.model)
    with Client.from_url(own_redis.url) as client:
        client.flushall()
    wait_until(lambda: store.held().generation not in {"", generation})
    live.becomes_right()
    assert shown(live.edge.model) == before


def test_a_flush_in_the_middle_of_things_loses_nothing(live: Live, own_redis: Redis) -> None:
    with Client.from_url(own_redis.url) as client:
        for start in range(len(live.scene.records) // 2, len(live.scene.records), 200):
            live.scene.grow(live.mirror, start, start + 200)
            client.flushall()
    live.becomes_right()


def test_without_whoever_writes_the_picture_is_stale_and_with_another_it_is_fresh(own_scene: Scene) -> None:
    mirror, edge = own_scene.mirror(), own_scene.edge()
    with writing(own_scene.publisher(mirror), mirror), following(edge):
        wait_until(lambda: not edge.is_stale)
        edge.follower.close()
    wait_until(lambda: edge.is_stale)
    again = own_scene.edge()
    with following(again):
        assert again.is_stale
        assert again.follower.freshness.stale_since() is not None
        with writing(own_scene.publisher(mirror), mirror):
            wait_until(lambda: not again.is_stale)


def test_who_does_not_see_the_logs_end_confirms_nothing(own_scene: Scene) -> None:
    mirror, store = own_scene.mirror(), own_scene.store()
    blind = Publisher(mirror, store, own_scene.clock, lambda: False)
    blind.start()
    wait_until(lambda: store.held().generation != "", blind.step)
    for _ in range(50):
        blind.step()
    assert store.held().confirmed == ""
