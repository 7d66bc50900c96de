"""The log in one SQLite file, `DIR/log.sqlite3`.

Knows SQL and files. Must not know what a value says. Append-only by triggers; write-ahead log with
`synchronous=FULL`, so what `append` returned survives a power cut (https://www.sqlite.org/pragma.html#pragma_synchronous).
One connection writes, one reads, each under its own lock; other processes may do the same to the same file.
What this process appended last is read from memory: records stay as they are, so nobody can tell.
"""

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from runtime.clock import Clock, monotonic_s, new_id
from runtime.log import Entry, Log, LogUnavailable, Overtaken, Placed, Record
from runtime.records import UNMARKED, Mark, is_decision, mark_after
from runtime.tail import Tail
from runtime.witness import Witness, is_cut

FILE_NAME = "log.sqlite3"
FORMAT = 1
POLL_S = 0.05
BUSY_POLL_S = 0.01
CHUNK = 1000
CHECKPOINT_PAGES = 8000
CACHE_KIB = 65536
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

SCHEMA = (
    "CREATE TABLE log (log_id TEXT NOT NULL)",
    """CREATE TABLE records (
    seq INTEGER PRIMARY KEY, topic TEXT NOT NULL, offset INTEGER NOT NULL, key TEXT NOT NULL,
    value BLOB NOT NULL, headers BLOB NOT NULL, stamped_us INTEGER NOT NULL, is_void INTEGER NOT NULL,
    UNIQUE (topic, offset))""",
    """CREATE TRIGGER records_stay BEFORE DELETE ON records
    BEGIN SELECT RAISE(ABORT, 'records are never deleted'); END""",
    """CREATE TRIGGER records_stand BEFORE UPDATE ON records
    BEGIN SELECT RAISE(ABORT, 'records are never changed'); END""",
    "CREATE TABLE topics (topic TEXT PRIMARY KEY, end_offset INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE latest (
    topic TEXT, key TEXT, seq INTEGER NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (topic, key)) WITHOUT ROWID""",
    """CREATE TABLE causes (
    topic TEXT, cause TEXT, seq INTEGER NOT NULL, PRIMARY KEY (topic, cause)) WITHOUT ROWID""",
    "CREATE TABLE positions (name TEXT PRIMARY KEY, next_offset INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE snapshots (name TEXT PRIMARY KEY, offset INTEGER NOT NULL, body BLOB NOT NULL)",
    f"PRAGMA user_version = {FORMAT}",
)

READ = "SELECT * FROM records WHERE topic = ? AND offset >= ? ORDER BY offset LIMIT ?"
CAUSED = "SELECT * FROM records WHERE seq = (SELECT seq FROM causes WHERE topic = ? AND cause = ?)"
CAUSED_BY_EACH = """SELECT c.cause, r.offset FROM causes AS c JOIN records AS r USING (seq)
    WHERE c.topic = ? AND c.cause IN (SELECT value FROM json_each(?))"""
LATEST = "SELECT r.* FROM latest AS l JOIN records AS r USING (seq) WHERE l.topic = ? AND l.key = ?"
LATEST_BY_EACH = """SELECT r.* FROM latest AS l JOIN records AS r USING (seq)
    WHERE l.topic = ? AND l.key IN (SELECT value FROM json_each(?))"""
LATEST_OF_EACH = """SELECT r.* FROM latest AS l JOIN records AS r USING (seq)
    WHERE l.topic = ? AND l.key >= ? ORDER BY l.key LIMIT ?"""
INSERT = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_CAUSE = "INSERT OR IGNORE INTO causes VALUES (?, ?, ?)"
MARKS = "SELECT key, version, digest FROM latest WHERE topic = ? AND key IN (SELECT value FROM json_each(?))"
REPLACE_LATEST = "REPLACE INTO latest VALUES (?, ?, ?, ?, ?)"

REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the file is read-only",
    sqlite3.SQLITE_BUSY: "the file is locked by another process",
    sqlite3.SQLITE_LOCKED: "the file is locked",
    sqlite3.SQLITE_CORRUPT: "the file is corrupt",
    sqlite3.SQLITE_NOTADB: "the file is not a log",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_PERM: "the file may not be opened",
    sqlite3.SQLITE_NOMEM: "the machine is out of memory",
}


class SqliteLog(Log):
    """A durable log. Safe to use from several threads, and beside other processes on the same file."""

    synchronous = "FULL"
    """When SQLite waits for the disk: at each commit."""

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        *,
        is_read_only: bool = False,
        pages_max: int | None = None,
        log_id: str | None = None,
        busy_timeout_s: float = 10.0,
        is_synced: bool = True,
    ) -> None:
        """Open the log in `directory`, or make a new one there.

        `pages_max` limits its size (4 KiB each); `log_id` names a new log, which else gets a name of its own.
        Not `is_synced`: fast, and a power cut may destroy the file; for what is made up and can be made again.
        """
        self.path = directory / FILE_NAME
        self._clock, self._new_log_id = clock, log_id or new_id()
        self._uri = f"{self.path.absolute().as_uri()}?mode={'ro' if is_read_only else 'rwc'}"
        self._busy_timeout_s, self._is_synced = busy_timeout_s, is_synced
        self._write_lock, self._read_lock = threading.Lock(), threading.Lock()
        self._changed = threading.Condition()
        self._tails: defaultdict[str, Tail] = defaultdict(Tail)
        self._witness = self._call_witness(is_read_only)
        with plain_reasons(self.path):
            self._writer = self._connect(is_read_only)
            self._reader = self._connect(is_read_only)
            self._log_id: str = self._reader.execute("SELECT log_id FROM log").fetchone()[0]
            if pages_max is not None:
                self._writer.execute(f"PRAGMA max_page_count = {pages_max}")
            seq = last_seq(self._reader)
        if (problem := self._witness.contradicts(self._log_id, seq)) is not None:
            self.close()
            raise LogUnavailable(f"{self.path}: {problem}")
        self._witness.note(self._log_id, seq)

    def _call_witness(self, is_read_only: bool) -> Witness:
        """Refuse a file that is visibly cut off; what is witnessed is read before the log, which may grow meanwhile."""
        if is_cut(self.path):
            raise LogUnavailable(f"{self.path}: the file is corrupt: it ends within a page")
        return Witness(self.path, is_read_only=is_read_only)

    def _connect(self, is_read_only: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri, uri=True, isolation_level=None, check_same_thread=False, timeout=self._busy_timeout_s
        )
        if not is_read_only:
            self._write_ahead(connection)
        connection.execute(f"PRAGMA synchronous = {self.synchronous if self._is_synced else 'OFF'}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > FORMAT:
            raise LogUnavailable(f"{self.path}: written by a newer version (format {found})")
        if found == 0 and not is_read_only:
            self._create(connection)
        return connection

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Switch a new file to a write-ahead log. SQLite does not wait where another process is doing the same."""
        until_s, nothing = monotonic_s() + self._busy_timeout_s, threading.Event()
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if primary_code(error) != sqlite3.SQLITE_BUSY or monotonic_s() >= until_s:
                    raise
                nothing.wait(BUSY_POLL_S)
            else:
                return

    def _create(self, connection: sqlite3.Connection) -> None:
        with transaction(connection):
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in SCHEMA:
                    connection.execute(statement)
                connection.execute("INSERT INTO log VALUES (?)", (self._new_log_id,))

    @property
    def log_id(self) -> str:
        return self._log_id

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,
        positions: Mapping[str, int] | None = None,
    ) -> tuple[Placed, ...]:
        with self._writing() as writer:
            ends: dict[str, int] = {}
            for topic in {entry.topic for entry in entries}.union(expected or ()):
                ends[topic] = end_of(writer, topic)
            for topic, end in (expected or {}).items():
                if ends[topic] != end:
                    raise Overtaken(topic, end, ends[topic])
            appending = Appending(writer, ends)
            appending.add_all(entries, [self._clock.now()] * len(entries))
            writer.executemany("REPLACE INTO positions VALUES (?, ?)", (positions or {}).items())
        self._tell(appending.records)
        self._witness.note(self._log_id, appending.seq)
        return tuple(Placed(record.offset, record.stamped_at) for record in appending.records)

    def _tell(self, records: Sequence[Record] = ()) -> None:
        """Keep what was committed, and wake who waits. Two threads that have committed may come in either order."""
        by_topic: defaultdict[str, list[Record]] = defaultdict(list)
        for record in records:
            by_topic[record.topic].append(record)
        with self._changed:
            for topic, run in by_topic.items():
                self._tails[topic].add(run)
            self._changed.notify_all()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with plain_reasons(self.path), self._write_lock, transaction(self._writer):
            yield self._writer

    def _all(self, sql: str, *values: Any) -> list[Any]:
        with plain_reasons(self.path), self._read_lock:
            return self._reader.execute(sql, values).fetchall()

    def _one(self, sql: str, *values: Any) -> Any:
        rows = self._all(sql, *values)
        return rows[0] if rows else None

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        run = self._tails[topic].run(start, limit) if topic in self._tails else []
        if (left := limit - len(run)) > 0:
            run += map(record_of, self._all(READ, topic, start + len(run), left))
        return run

    def end(self, topic: str) -> int:
        row = self._one("SELECT end_offset FROM topics WHERE topic = ?", topic)
        return row[0] if row else 0

    def latest(self, topic: str, key: str) -> Record | None:
        row = self._one(LATEST, topic, key)
        return record_of(row) if row else None

    def latest_by_each(self, topic: str, keys: Iterable[str]) -> dict[str, Record]:
        rows = self._all(LATEST_BY_EACH, topic, orjson.dumps([*keys]).decode())
        return {record.key: record for record in map(record_of, rows)}

    def latest_of_each(self, topic: str) -> Iterator[Record]:
        key = ""
        while rows := self._all(LATEST_OF_EACH, topic, key, CHUNK):
            yield from map(record_of, rows)
            key = rows[-1][3] + "\0"  # the very next text after this key

    def caused(self, topic: str, cause_id: str) -> Record | None:
        row = self._one(CAUSED, topic, cause_id)
        return record_of(row) if row else None

    def caused_by_each(self, topic: str, cause_ids: Iterable[str]) -> dict[str, Record]:
        wanted = [*cause_ids]
        rows = self._all(CAUSED_BY_EACH, topic, orjson.dumps(wanted).decode()) if wanted else []
        return {cause_id: self.read(topic, offset, 1)[0] for cause_id, offset in rows}

    def position(self, name: str) -> int:
        row = self._one("SELECT next_offset FROM positions WHERE name = ?", name)
        return row[0] if row else 0

    def save_snapshot(self, name: str, offset: int, body: bytes) -> None:
        with self._writing() as writer:
            writer.execute("REPLACE INTO snapshots VALUES (?, ?, ?)", (name, offset, body))
        self._tell()

    def load_snapshot(self, name: str) -> tuple[int, bytes] | None:
        row = self._one("SELECT offset, body FROM snapshots WHERE name = ?", name)
        return (row[0], row[1]) if row else None

    def pulse(self) -> int:
        row = self._one("PRAGMA data_version")
        return int(row[0])

    def wait(self, pulse: int, timeout_s: float) -> int:
        until_s = monotonic_s() + timeout_s
        with self._changed:
            while (found := self.pulse()) == pulse and (left_s := until_s - monotonic_s()) > 0:
                self._changed.wait(min(POLL_S, left_s))
        return found

    def close(self) -> None:
        """Let go of the file; the log must not be used afterwards."""
        with self._write_lock, self._read_lock:
            self._writer.close()
            self._reader.close()
            self._witness.close()


def last_seq(connection: sqlite3.Connection) -> int:
    """Return the number of the newest record, 0 if there is none."""
    found: int | None = connection.execute("SELECT max(seq) FROM records").fetchone()[0]
    return found or 0


def end_of(connection: sqlite3.Connection, topic: str) -> int:
    row = connection.execute("SELECT end_offset FROM topics WHERE topic = ?", (topic,)).fetchone()
    return row[0] if row else 0


class Appending:
    """One append: numbers the records, judges which decisions count, and writes all of it in a few statements."""

    def __init__(self, writer: sqlite3.Connection, ends: dict[str, int]) -> None:
        """`ends` has the end of every topic that will be written to."""
        self._writer, self._ends = writer, ends
        self._marks: dict[tuple[str, str], Mark] = {}
        self._latest: dict[tuple[str, str], tuple[int, Mark]] = {}
        self._causes: list[tuple[str, str, int]] = []
        self.records: list[Record] = []
        self.seq = last_seq(writer)

    def add_all(self, entries: Sequence[Entry], stamps: Sequence[datetime]) -> None:
        """Write the entries where their topics end, each with its stamp."""
        self._look_up_marks(entries)
        rows = [self._row(entry, stamped_at) for entry, stamped_at in zip(entries, stamps, strict=True)]
        latest = [(*place, seq, *mark) for place, (seq, mark) in self._latest.items()]
        self._writer.executemany(INSERT, rows)
        self._writer.executemany(REPLACE_LATEST, latest)
        self._writer.executemany(INSERT_CAUSE, self._causes)
        topics = {entry.topic for entry in entries}
        self._writer.executemany(
            "REPLACE INTO topics VALUES (?, ?)", [(topic, self._ends[topic]) for topic in topics]
        )

    def _row(self, entry: Entry, stamped_at: datetime) -> tuple[Any, ...]:
        topic, key, value, headers = entry.topic, entry.key, entry.value, dict(entry.headers)
        offset, is_void = self._ends[topic], not self._count(entry)
        self._ends[topic] = offset + 1
        self.records.append(Record(topic, offset, key, value, headers, stamped_at, is_void))
        stamped_us = (stamped_at - EPOCH) // MICROSECOND
        return self.seq, topic, offset, key, value, orjson.dumps(headers), stamped_us, is_void

    def _count(self, entry: Entry) -> bool:
        """Give the entry its number, and note it as its key's latest and its cause's first, unless it is void."""
        self.seq += 1
        place, mark = (entry.topic, entry.key), UNMARKED
        if is_decision(entry.headers):
            next_mark = mark_after(self._marks.get(place, UNMARKED), entry)
            if next_mark is None:
                return False
            mark = next_mark
        self._marks[place] = mark
        self._latest[place] = self.seq, mark
        if (cause_id := entry.headers.get("ce_cause")) is not None:
            self._causes.append((entry.topic, cause_id, self.seq))
        return True

    def _look_up_marks(self, entries: Sequence[Entry]) -> None:
        """Where the keys of these decisions stand, asked at once for each topic."""
        keys: defaultdict[str, set[str]] = defaultdict(set)
        for entry in entries:
            if is_decision(entry.headers):
                keys[entry.topic].add(entry.key)
        for topic, wanted in keys.items():
            for key, *mark in self._writer.execute(MARKS, (topic, orjson.dumps([*wanted]).decode())):
                self._marks[topic, key] = Mark(*mark)


def record_of(row: Any) -> Record:
    _, topic, offset, key, value, headers, stamped_us, is_void = row
    stamped_at = EPOCH + timedelta(microseconds=stamped_us)
    return Record(topic, offset, key, value, orjson.loads(headers), stamped_at, bool(is_void))


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside or nothing, whatever ends it. The write lock of the file is taken at once."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def plain_reasons(path: Path) -> Iterator[None]:
    """Turn SQLite's word for a world out of reach into LogUnavailable; a bug stays what it is."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if (code := primary_code(error)) not in REASONS:
            raise
        raise LogUnavailable(f"{path}: {REASONS[code]}") from error


def primary_code(error: sqlite3.Error) -> int:
    """Return what SQLite says is wrong, without its detail (https://www.sqlite.org/rescode.html#pve)."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
