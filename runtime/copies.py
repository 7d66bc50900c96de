"""A copy, on this machine's disk, of records that were appended elsewhere: a cache at named offsets.

Knows records and their stamps. Must not know where they come from, and makes none itself: a copy that is lost is
made again. It judges what counts by the same rule as the log that it copies.
"""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Final, TypeVar

import orjson

from runtime.clock import SystemClock
from runtime.log import Entry, LogMismatch, LogUnavailable, Overtaken, Record
from runtime.records import SEQUENCE, SUBJECT
from runtime.sqlite_log import Appending, SqliteLog, end_of

PLACE: Final = "mirrored_place"
"""The header, of a mirrored record alone, that says where it lies: `partition:offset`. Not part of any digest."""
PLACES: Final = """CREATE TABLE IF NOT EXISTS places (
    topic TEXT, partition INTEGER, source INTEGER, offset INTEGER NOT NULL, PRIMARY KEY (topic, partition, source)
    ) WITHOUT ROWID"""
STANDS: Final = """CREATE TABLE IF NOT EXISTS stands (
    topic TEXT, key TEXT, subject TEXT, sequence TEXT NOT NULL, PRIMARY KEY (topic, key, subject)) WITHOUT ROWID"""
IDS: Final = """CREATE TABLE IF NOT EXISTS ids (
    topic TEXT, id TEXT, offset INTEGER NOT NULL, PRIMARY KEY (topic, id)) WITHOUT ROWID"""
KNOWN: Final = "SELECT id, offset FROM ids WHERE topic = ? AND id IN (SELECT value FROM json_each(?))"
STOOD: Final = """SELECT subject, sequence FROM stands
    WHERE topic = ? AND key = ? AND subject IN (SELECT value FROM json_each(?))"""


class Copy(SqliteLog):
    """Topics of records as they lie elsewhere, offset by offset."""

    synchronous = "NORMAL"
    """Only where the file would else break: a power cut may take its end, and that is copied again."""

    def __init__(self, directory: Path, log_id: str) -> None:
        """Open the copy of the log `log_id` in `directory`, or begin one; LogMismatch if it is another log's."""
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(directory, SystemClock(), log_id=log_id)
        if self.log_id != log_id:
            self.close()
            raise LogMismatch(f"{directory} holds a copy of log {self.log_id}, not of {log_id}")

    def take_in(self, records: Sequence[Record], positions: Mapping[str, int] | None = None) -> None:
        """Copy records that follow those that are here; Overtaken if one does not. All or nothing."""
        with self._writing() as writer:
            ends = {topic: end_of(writer, topic) for topic in {record.topic for record in records}}
            for record in records:
                if record.offset != ends[record.topic]:
                    raise Overtaken(record.topic, record.offset, ends[record.topic])
                ends[record.topic] += 1
            copied = _copied(writer, Appending(writer, ends_before(records)), records, positions or {})
        self._made_known(copied)

    def _made_known(self, copied: Appending) -> None:
        self._tell(copied.records)
        self._witness.note(self.log_id, copied.seq)


class Mirror(Copy):
    """All partitions of some topics, each topic in one sequence: of a key in its order, among keys as they came.

    A mirrored record has an offset of its own, and knows in a header where it lies. Void is also what somebody said
    who did not know that it was said: in a topic of which each id counts once, a record with an id that it has; in
    any, one that says how something stood before. Records of a key have one order, so every reader judges alike.
    """

    def __init__(self, directory: Path, log_id: str, once: Collection[str] = ()) -> None:
        """As for a copy; `once` names the topics of which each id counts once."""
        super().__init__(directory, log_id)
        self._once = frozenset(once)
        with self._writing() as writer:
            for table in (PLACES, IDS, STANDS):
                writer.execute(table)

    def take_in(
        self,
        records: Sequence[Record],
        positions: Mapping[str, int] | None = None,
        begins: Mapping[str, int] | None = None,
    ) -> None:
        """Copy records, those of one partition in order; one that is here is passed over, Overtaken at a gap.

        `begins` names readers of whose partitions everything was read from there to their `positions`: what is
        missing between is no gap.
        """
        with self._writing() as writer:
            nexts = self._nexts(records, begins or {})
            ends = {topic: end_of(writer, topic) for topic in {record.topic for record in records}}
            mirrored = [_mirrored(each, ends) for each in _new(records, nexts, begins or {})]
            mirroring = Mirroring(writer, ends_before(mirrored), self._once)
            told = {name: max(at, nexts.get(name, at)) for name, at in (positions or {}).items()}
            copied = _copied(writer, mirroring, mirrored, {**nexts, **told})
            writer.executemany(
                "INSERT INTO places VALUES (?, ?, ?, ?)",
                [(each.topic, *place_of(each), each.offset) for each in copied.records],
            )
            writer.executemany(
                "INSERT OR IGNORE INTO ids VALUES (?, ?, ?)",
                [(each.topic, each.headers.get("ce_id", ""), each.offset) for each in copied.records],
            )
        self._made_known(copied)

    def _nexts(self, records: Iterable[Record], begins: Mapping[str, int]) -> dict[str, int]:
        """How far each reader's partition is copied; Overtaken if what was read begins further on."""
        nexts = {reader: self.position(reader) for reader in {*map(reader_of, records), *begins}}
        for reader, begin in begins.items():
            if begin > nexts[reader]:
                raise Overtaken(reader, begin, nexts[reader])
        return nexts

    def cause_of(self, decision: Record, inputs_topic: str) -> Record | None:
        """The input of a decision, which lies in the partition of the same number."""
        return self.at(inputs_topic, place_of(decision)[0], int(decision.headers["ce_position"]))

    def at(self, topic: str, partition: int, offset: int) -> Record | None:
        """The record that lies there in the log that is mirrored; None if it is not here (yet)."""
        found = self.offset_of(topic, partition, offset)
        return None if found is None else self.read(topic, found, 1)[0]

    def known(self, topic: str, ids: Iterable[str]) -> dict[str, int]:
        """Where the first record of each of these ids is in this mirror; one that is not here is left out."""
        return dict(self._all(KNOWN, topic, as_json(ids)))

    def offset_of(self, topic: str, partition: int, offset: int) -> int | None:
        """Where the record that lies there is in this mirror; None if it is not here (yet)."""
        sql = "SELECT offset FROM places WHERE topic = ? AND partition = ? AND source = ?"
        row = self._one(sql, topic, partition, offset)
        return row[0] if row else None


def _new(records: Iterable[Record], nexts: dict[str, int], whole: Collection[str]) -> Iterator[Record]:
    """The records that are not here yet, and move `nexts` over them; Overtaken at a gap of a reader not `whole`."""
    for record in records:
        reader = reader_of(record)
        if record.offset > nexts[reader] and reader not in whole:
            raise Overtaken(reader, record.offset, nexts[reader])
        if record.offset >= nexts[reader]:
            nexts[reader] = record.offset + 1
            yield record


def _mirrored(record: Record, ends: dict[str, int]) -> Record:
    """The record as it comes to lie at its topic's end here, which moves on."""
    offset = ends[record.topic]
    ends[record.topic] += 1
    headers = {**record.headers, PLACE: f"{record.partition}:{record.offset}"}
    return replace(record, offset=offset, headers=headers)


def reader_of(record: Record) -> str:
    """The name under which it is known how far a partition is copied."""
    return f"{record.topic}/{record.partition}"


def place_of(mirrored: Record) -> tuple[int, int]:
    """Partition and offset of a mirrored record in the log that it was copied from."""
    partition, _, offset = mirrored.headers[PLACE].partition(":")
    return int(partition), int(offset)


class Mirroring(Appending):
    """Takes records in; one that says again or late what was said counts for nothing."""

    def __init__(self, writer: Connection, ends: dict[str, int], once: Collection[str]) -> None:
        super().__init__(writer, ends)
        self._once = once
        self._ids: set[tuple[str, str]] = set()
        self._stands: dict[tuple[str, str, str], str] = {}

    def add_all(self, entries: Sequence[Entry], stamps: Sequence[datetime]) -> None:
        """As for any append."""
        self._look_up_ids([each for each in entries if each.topic in self._once])
        self._look_up_stands([each for each in entries if SUBJECT in each.headers])
        super().add_all(entries, stamps)
        stands = [(*subject, sequence) for subject, sequence in self._stands.items()]
        self._writer.executemany("REPLACE INTO stands VALUES (?, ?, ?, ?)", stands)

    def _look_up_ids(self, entries: Sequence[Entry]) -> None:
        for topic in {each.topic for each in entries}:
            ids = [each.headers.get("ce_id", "") for each in entries if each.topic == topic]
            self._ids |= {(topic, each) for each, _ in self._writer.execute(KNOWN, (topic, as_json(ids)))}

    def _look_up_stands(self, entries: Sequence[Entry]) -> None:
        for topic, key in {(each.topic, each.key) for each in entries}:
            subjects = {each.headers[SUBJECT] for each in entries if (each.topic, each.key) == (topic, key)}
            for subject, sequence in self._writer.execute(STOOD, (topic, key, as_json(subjects))):
                self._stands[topic, key, subject] = sequence

    def _count(self, entry: Entry) -> bool:
        if self._is_said_again(entry) or self._is_late(entry):
            self.seq += 1
            return False
        return super()._count(entry)

    def _is_said_again(self, entry: Entry) -> bool:
        """Note its id; a record without one is nobody's repetition."""
        name = entry.topic, entry.headers.get("ce_id", "")
        if entry.topic not in self._once or not name[1]:
            return False
        is_known = name in self._ids
        self._ids.add(name)
        return is_known

    def _is_late(self, entry: Entry) -> bool:
        """Note how its subject stands."""
        if SUBJECT not in entry.headers:
            return False
        name = entry.topic, entry.key, entry.headers[SUBJECT]
        sequence = entry.headers.get(SEQUENCE, "")
        if sequence < self._stands.get(name, ""):
            return True
        self._stands[name] = sequence
        return False


def ends_before(records: Sequence[Record]) -> dict[str, int]:
    """Where the topics of these records end before them."""
    return {record.topic: record.offset for record in reversed(records)}


def as_json(texts: Iterable[str]) -> str:
    """A list of texts as an SQL statement takes it."""
    return orjson.dumps([*texts]).decode()


def _copied(
    writer: Connection, appending: Appending, records: Sequence[Record], positions: Mapping[str, int]
) -> Appending:
    """Write records with their stamps, and positions."""
    entries = [Entry(each.topic, each.key, each.value, each.headers) for each in records]
    appending.add_all(entries, [each.stamped_at for each in records])
    writer.executemany("REPLACE INTO positions VALUES (?, ?)", positions.items())
    return appending


Kind = TypeVar("Kind", bound=Copy)


def opened(kind: Callable[[Path, str], Kind], directory: Path, log_id: str) -> Kind:
    """Open a copy. One that cannot be read is thrown away, for there is more where it came from."""
    try:
        return kind(directory, log_id)
    except LogUnavailable:
        shutil.rmtree(directory, ignore_errors=True)
        return kind(directory, log_id)
