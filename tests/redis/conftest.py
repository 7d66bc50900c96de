"""One life for all tests, and scenes on the shared server or on a server of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.log import Record
from tests.redis.stage import Scene, played
from tests.servers.redises import Redis


@pytest.fixture(scope="session")
def life() -> list[Record]:
    return played()


@pytest.fixture
def scene_at(tmp_path: Path, fresh_name: str, life: list[Record]) -> Iterator[Callable[[str], Scene]]:
    made: list[Scene] = []

    def make(url: str) -> Scene:
        made.append(Scene(url, fresh_name, tmp_path, life))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def scene(redis_url: str, scene_at: Callable[[str], Scene]) -> Scene:
    """On the server that all tests share, under a name of its own."""
    return scene_at(redis_url)


@pytest.fixture
def own_scene(own_redis: Redis, scene_at: Callable[[str], Scene]) -> Scene:
    """On a server that this test may treat as it likes."""
    return scene_at(own_redis.url)
