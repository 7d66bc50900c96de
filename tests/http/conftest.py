from collections.abc import Iterator

import pytest

from tests.http.world import World, world_in_memory


@pytest.fixture
def world() -> Iterator[World]:
    """The whole app on a log in memory; what must be durable is tested on a file."""
    with world_in_memory() as found:
        yield found
