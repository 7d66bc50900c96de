"""Keeps a log as a file of lines: what was put in with its stamps, and what was decided, whole. Knows records."""

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from runtime.clock import VirtualClock
from runtime.log import Entry, Log, Record
from runtime.memory_log import MemoryLog

FOLDER = Path(__file__).parent
ENDING = ".log.jsonl.gz"
TOPICS = ("vacancies", "referrals", "offers", "placements")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BYTES = "latin-1"
"""Any bytes at all are text in it, and the same bytes again."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A kept log: its name, the version that made it, and its records."""

    name: str
    version: str
    log_id: str
    records: Sequence[Record]

    def log(self) -> MemoryLog:
        """Write it as a log: each record with the stamp that it had."""
        clock = VirtualClock(EPOCH)
        log = MemoryLog(clock, self.log_id)
        for record in self.records:
            clock.set(record.stamped_at)
            log.append([Entry(record.topic, record.key, record.value, record.headers)])
        return log


def path_of(name: str) -> Path:
    return FOLDER / f"{name}{ENDING}"


def names() -> list[str]:
    return sorted(path.name.removesuffix(ENDING) for path in FOLDER.glob(f"*{ENDING}"))


def kept(log: Log, name: str, version: str) -> Golden:
    """Take the decided part of a log."""
    records = [record for topic in TOPICS for record in log.read(topic, 0, log.end(topic))]
    return Golden(name, version, log.log_id, records)


def write(golden: Golden) -> int:
    """Write the file and return its size in bytes; the same golden is the same bytes."""
    head = {"name": golden.name, "version": golden.version, "log_id": golden.log_id}
    lines = [orjson.dumps(head), *map(_line, golden.records)]
    body = gzip.compress(b"\n".join(lines) + b"\n", mtime=0)
    return path_of(golden.name).write_bytes(body)


def _line(record: Record) -> bytes:
    stamped_us = (record.stamped_at - EPOCH) // timedelta(microseconds=1)
    return orjson.dumps(
        [record.topic, record.key, stamped_us, dict(record.headers), record.value.decode(BYTES)]
    )


def read(name: str) -> Golden:
    head, *lines = gzip.decompress(path_of(name).read_bytes()).splitlines()
    return Golden(**orjson.loads(head), records=list(_records(lines)))


def _records(lines: Iterable[bytes]) -> Iterable[Record]:
    ends = dict.fromkeys(TOPICS, 0)
    for line in lines:
        topic, key, stamped_us, headers, value = orjson.loads(line)
        stamped_at = EPOCH + timedelta(microseconds=stamped_us)
        yield Record(topic, ends[topic], key, value.encode(BYTES), headers, stamped_at)
        ends[topic] += 1
