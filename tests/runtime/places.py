"""Where a log lives between two runs."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from runtime.clock import VirtualClock
from runtime.log import Log, Record
from runtime.memory_log import MemoryLog
from runtime.sqlite_log import SqliteLog

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Place(Protocol):
    clock: VirtualClock

    def open(self) -> Log:
        """Open the log as after a restart: whoever held it before is gone."""
        ...

    def fresh(self) -> "Place":
        """Another place of the same kind, with an empty log."""
        ...

    def close(self) -> None: ...


class MemoryPlace:
    def __init__(self) -> None:
        self.clock = VirtualClock(START)
        self._log = MemoryLog(self.clock, "toy")

    def open(self) -> Log:
        return self._log

    def fresh(self) -> Place:
        return MemoryPlace()

    def close(self) -> None:
        """Nothing to let go of."""


class SqlitePlace:
    def __init__(self, directories: Callable[[], Path]) -> None:
        self.clock = VirtualClock(START)
        self._directories, self.directory = directories, directories()
        self._opened: list[SqliteLog] = []
        self._places: list[Place] = []

    def open(self) -> Log:
        log = SqliteLog(self.directory, self.clock, log_id="toy")
        self._opened.append(log)
        return log

    def fresh(self) -> Place:
        place = SqlitePlace(self._directories)
        self._places.append(place)
        return place

    def close(self) -> None:
        for log in self._opened:
            log.close()
        for place in self._places:
            place.close()


def everything(log: Log, topic: str) -> list[Record]:
    return log.read(topic, 0, 1_000_000)


def story(log: Log, topic: str) -> list[tuple[str, bytes, dict[str, str]]]:
    """What a topic says, without its stamps."""
    return [(record.key, record.value, dict(record.headers)) for record in everything(log, topic)]
