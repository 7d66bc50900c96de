"""A log of each kind, opened for a test and closed after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.log import Log
from tests.runtime.places import MemoryPlace, Place, SqlitePlace


@pytest.fixture(params=["memory", "sqlite"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    def directory() -> Path:
        return tmp_path_factory.mktemp("log")

    made: Place = MemoryPlace() if request.param == "memory" else SqlitePlace(directory)
    yield made
    made.close()


@pytest.fixture
def log(place: Place) -> Log:
    return place.open()
