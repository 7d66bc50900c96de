"""What the disk alone gives, with the same promise: rows are synced before the transaction returns. Knows no rule."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import orjson

from runtime.clock import SystemClock, monotonic_s
from runtime.sqlite_log import SqliteLog

from .feed import SETTINGS_PER_PROVIDER


def record_bytes(data: Path, events: int) -> list[int]:
    """Return how long an input and its decision are in the log, headers included, on average of the newest."""
    with closing(SqliteLog(data, SystemClock(), is_read_only=True)) as log:
        newest = [log.read(topic, log.end(topic) - events, events) for topic in ("vacancies", "offers")]
    return [
        sum(len(each.value) + len(orjson.dumps(dict(each.headers))) for each in found) // len(found)
        for found in newest
    ]


def raw_batches(folder: Path, sizes: Sequence[int], count: int) -> float:
    """Return the seconds for so many synced transactions of 100 rows of each size, without any rule or HTTP."""
    with closing(sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("CREATE TABLE records (seq INTEGER PRIMARY KEY, value BLOB NOT NULL)")
        began_s = monotonic_s()
        for size in [*sizes] * count:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(
                "INSERT INTO records (value) VALUES (?)", [(bytes(size),)] * SETTINGS_PER_PROVIDER
            )
            raw.execute("COMMIT")
        return monotonic_s() - began_s


def syncs(folder: Path, count: int) -> list[float]:
    """Return how long the disk takes to keep one page more, each time."""
    times_s, path = [], folder / "synced"
    with path.open("wb", buffering=0) as file:
        for _ in range(count):
            file.write(bytes(4096))
            began_s = monotonic_s()
            os.fsync(file.fileno())
            times_s.append(monotonic_s() - began_s)
    return times_s
