"""What counts last for each key of one partition of decisions: the snapshot that its decider starts from.

A cache on this machine's disk, taken only from what lies in the partition, up to a named offset: who loses it reads the
partition again. What is new is held in memory until it is written down, so a key that changes often is written
seldom; who starts again reads what was not. Knows records, marks and a file. Must not know a server, nor what a
record says. Beside it, in the same file, lie the dead letters about the partition, as a copy.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from runtime.copies import Copy, as_json
from runtime.log import Entry, Record
from runtime.records import UNMARKED, Mark, digest, mark_after
from runtime.sqlite_log import EPOCH, MICROSECOND

STANDING: Final = """CREATE TABLE IF NOT EXISTS standing (
    key TEXT PRIMARY KEY, offset INTEGER NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL,
    stamped_us INTEGER NOT NULL, headers BLOB NOT NULL, value BLOB NOT NULL)"""
BY_OFFSET: Final = "CREATE INDEX IF NOT EXISTS standing_by_offset ON standing (offset)"
OF_KEY: Final = "SELECT * FROM standing WHERE key = ?"
LAST: Final = "SELECT * FROM standing ORDER BY offset DESC LIMIT 1"
MARKS: Final = "SELECT key, version, digest FROM standing WHERE key IN (SELECT value FROM json_each(?))"
WRITE: Final = "REPLACE INTO standing VALUES (?, ?, ?, ?, ?, ?, ?)"
NEWS_MAX: Final = 500
"""Records, some 10 kB each, until what is new is written down: so much is read again by who was killed."""


class Stand(NamedTuple):
    """The last record of a key that counts, and where it leaves the key."""

    record: Record
    mark: Mark


class Standing(Copy):
    """The keys of one partition of `topic`, as they stand at `next`. One thread at a time uses it."""

    def __init__(self, directory: Path, log_id: str, *, topic: str) -> None:
        """Open what was written down in `directory`, or begin; LogMismatch if it is another log's."""
        super().__init__(directory, log_id)
        self._topic = topic
        with self._writing() as writer:
            writer.execute(STANDING)
            writer.execute(BY_OFFSET)
        self._news: dict[str, Stand] = {}
        self._written = self.next = self.position(topic)
        """`next`: the offset after what was taken in; everything before it is in what stands."""

    def land(self, entries: Sequence[Entry], stamps: Sequence[datetime]) -> None:
        """Take in decisions that have just come to lie at `next`: each was made from what stands."""
        for entry, stamped_at in zip(entries, stamps, strict=True):
            record = Record(entry.topic, self.next, entry.key, entry.value, entry.headers, stamped_at)
            self._news[entry.key] = Stand(record, Mark(int(entry.headers["ce_version"]), digest(entry)))
            self.next += 1
        self._write_down_if_many()

    def follow(self, records: Sequence[Record], end: int) -> None:
        """Take in what lies between `next` and `end`, whoever wrote it. What is void, or was seen, changes nothing."""
        marks = self._marks({record.key for record in records})
        for record in records:
            mark = mark_after(marks.get(record.key, UNMARKED), record)
            if mark is not None:
                marks[record.key] = mark
                self._news[record.key] = Stand(record, mark)
        self.next = max(self.next, end)
        self._write_down_if_many()

    def _marks(self, keys: Iterable[str]) -> dict[str, Mark]:
        unknown = [key for key in keys if key not in self._news]
        marks = {key: Mark(*mark) for key, *mark in self._all(MARKS, as_json(unknown))}
        return marks | {key: self._news[key].mark for key in keys if key in self._news}

    def end(self, topic: str) -> int:
        return self.next if topic == self._topic else super().end(topic)

    def latest(self, topic: str, key: str) -> Record | None:
        """The last record of the key that counts, of the partition alone."""
        assert topic == self._topic
        if (stand := self._news.get(key)) is not None:
            return stand.record
        row = self._one(OF_KEY, key)
        return self._record(row) if row else None

    def last(self, topic: str) -> Record | None:
        """The partition's last record that counts; what is new is later than all that was written down."""
        assert topic == self._topic
        if self._news:
            return max((stand.record for stand in self._news.values()), key=lambda each: each.offset)
        row = self._one(LAST)
        return self._record(row) if row else None

    def write_down(self) -> None:
        """Keep what is new for who starts again."""
        if self._written == self.next:
            return
        with self._writing() as writer:
            writer.executemany(WRITE, [_row(*stand) for stand in self._news.values()])
            writer.execute("REPLACE INTO positions VALUES (?, ?)", (self._topic, self.next))
        self._written = self.next
        self._news.clear()

    def _write_down_if_many(self) -> None:
        if self.next - self._written >= NEWS_MAX:
            self.write_down()

    def _record(self, row: Any) -> Record:
        key, offset, _, _, stamped_us, headers, value = row
        return Record(
            self._topic, offset, key, value, orjson.loads(headers), EPOCH + stamped_us * MICROSECOND
        )


def _row(record: Record, mark: Mark) -> tuple[Any, ...]:
    stamped_us = (record.stamped_at - EPOCH) // MICROSECOND
    return record.key, record.offset, *mark, stamped_us, orjson.dumps(dict(record.headers)), record.value
