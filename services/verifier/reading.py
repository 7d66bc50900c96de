"""Reads a log as it stands at one moment, also beside a running server. Knows records; writes nothing."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from runtime.clock import SystemClock
from runtime.copies import Mirror
from runtime.log import Log, Record
from runtime.sqlite_log import FILE_NAME, SqliteLog

CHUNK = 1000
CHUNKS_MAX = 4
DOWNSTREAM_FIRST = (
    "dead-letters",
    "deliveries",
    "matches",
    "listings",
    "placements",
    "offers",
    "referrals",
    "vacancies",
    "register",
)
"""Every topic, what is caused before what causes it: whatever ends are found, no effect is seen without its cause."""

Told = Callable[[int], None]


class NoLog(Exception):
    """There is no log to read."""


def open_log(directory: Path) -> SqliteLog:
    """Open the log in a directory for reading alone; NoLog if there is none, LogUnavailable."""
    path = directory / FILE_NAME
    if not path.is_file():
        raise NoLog(f"{path}: there is no log")
    try:
        return SqliteLog(directory, SystemClock(), is_read_only=True)
    except sqlite3.DatabaseError as error:
        raise NoLog(f"{path}: this is no log of Hearth") from error


class LogView:
    """The log up to where each topic ended when the view was made."""

    def __init__(self, log: Log, progress: Told | None = None) -> None:
        self._log, self._progress = log, progress
        self.ends = {topic: log.end(topic) for topic in DOWNSTREAM_FIRST}
        self._chunks: dict[tuple[str, int], list[Record]] = {}
        self.horizon = max(
            (log.read(topic, end - 1, 1)[0].stamped_at for topic, end in self.ends.items() if end),
            default=datetime.min.replace(tzinfo=UTC),
        )

    @property
    def log_id(self) -> str:
        return self._log.log_id

    def is_own(self, decision: Record) -> bool:
        """Tell whether a decision was made from this log: its positions and stamps are then those of its inputs."""
        return decision.headers["ce_log"].partition("/")[0] == self._log.log_id

    @property
    def size(self) -> int:
        return sum(self.ends.values())

    def records(self, topic: str) -> Iterator[Record]:
        """Give every record of a topic, and count it as read."""
        start, end = 0, self.ends[topic]
        while start < end:
            records = self._log.read(topic, start, min(CHUNK, end - start))
            yield from records
            start = records[-1].offset + 1
            if self._progress is not None:
                self._progress(len(records))

    def counted(self, topic: str) -> Iterator[Record]:
        """Give every record of a topic that counts: one that was said again, or late, tells nobody anything."""
        return (record for record in self.records(topic) if not record.is_void)

    def cause_of(self, decision: Record, inputs: str) -> Record | None:
        """Return the input that a decision names, None beyond the view."""
        if not isinstance(self._log, Mirror):
            return self.at(inputs, int(decision.headers["ce_position"]))
        return self._within(self._log.cause_of(decision, inputs))

    def lying_at(self, topic: str, partition: int | None, offset: int) -> Record | None:
        """Return the record at a place, in a partition where the topic has several; None beyond the view."""
        if partition is None or not isinstance(self._log, Mirror):
            return self.at(topic, offset)
        return self._within(self._log.at(topic, partition, offset))

    def _within(self, found: Record | None) -> Record | None:
        return found if found is not None and found.offset < self.ends[found.topic] else None

    def at(self, topic: str, offset: int) -> Record | None:
        """Return one record, None beyond the view. Neighbours are kept at hand."""
        if not 0 <= offset < self.ends.get(topic, 0):
            return None
        name = (topic, offset // CHUNK)
        if name not in self._chunks:
            while len(self._chunks) >= CHUNKS_MAX:
                self._chunks.pop(next(iter(self._chunks)))
            self._chunks[name] = self._log.read(topic, name[1] * CHUNK, CHUNK)
        chunk = self._chunks[name]
        return chunk[offset % CHUNK] if offset % CHUNK < len(chunk) else None
