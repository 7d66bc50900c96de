"""A log of each kind, opened for a test and closed after it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest

from runtime.log import Log
from tests.runtime.places import MemoryPlace, Place, SqlitePlace

# Where there is a disk in memory the many small logs live there: what they prove does not hang on the disk.
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a fresh directory of its own is made within


@pytest.fixture(params=["memory", "sqlite"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as root:
        is_memory = request.param == "memory"
        made: Place = MemoryPlace() if is_memory else SqlitePlace(lambda: Path(mkdtemp(dir=root)))
        yield made
        made.close()


@pytest.fixture
def log(place: Place) -> Log:
    return place.open()
