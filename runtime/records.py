"""The envelope of a decision record, and which decision records count.

Headers are CloudEvents 1.0 in binary mode (https://github.com/cloudevents/spec, Kafka binding: prefix `ce_`).
Knows versions, digests and positions. Must not know what was decided.

A record counts only if its version is the next of its key and its parent is the digest of the record that
counted before. Anything else was written by somebody who had not read on: it is void for every reader alike.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

from runtime.log import Entry, Record

ENVELOPE = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_subject",
    "ce_version",
    "ce_parent",
    "ce_cause",
    "ce_position",
    "ce_log",
)


SUBJECT = "ce_sequenceof"
SEQUENCE = "ce_sequence"
"""The headers of a record that says how something stands: what, and a text that sorts later the newer that is."""


class Mark(NamedTuple):
    """Where a key stands: the version and digest of its last record that counts."""

    version: int
    digest: str


UNMARKED = Mark(0, "")


def rfc3339(at: datetime) -> str:
    """An aware UTC instant in microseconds, ending in Z."""
    return at.isoformat(timespec="microseconds")[:-6] + "Z"


def instant(text: str) -> datetime:
    """The aware UTC instant that `rfc3339` wrote; ValueError for anything that is not an instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def decision_headers(  # noqa: PLR0913 - an envelope has this many independent parts
    key: str,
    last: Mark,
    *,
    source: str,
    record_type: str,
    decided_at: datetime,
    cause_id: str,
    position: int,
    log_id: str,
) -> dict[str, str]:
    """The envelope of the decision that follows `last`; position and log id are the causing input's."""
    version = last.version + 1
    return {
        "ce_specversion": "1.0",
        "ce_id": f"{key}:{version}",
        "ce_source": source,
        "ce_type": record_type,
        "ce_time": rfc3339(decided_at),
        "ce_subject": key,
        "ce_version": str(version),
        "ce_parent": last.digest,
        "ce_cause": cause_id,
        "ce_position": str(position),
        "ce_log": log_id,
    }


def digest(record: Record | Entry) -> str:
    """32 hex digits over key, envelope and value; not over offset and stamp, so a copied log keeps them."""
    return record.digest if isinstance(record, DecisionEntry) else _digest(record)


def _digest(record: Record | Entry) -> str:
    headers = record.headers
    get = headers.get
    name = orjson.dumps([record.key, *[get(header, "") for header in ENVELOPE]])
    return hashlib.sha256(name + b"\n" + record.value).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class DecisionEntry(Entry):
    """A decision that is to be appended, with its digest: who makes it and who appends it both need that."""

    digest: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", _digest(self))


def is_decision(headers: Mapping[str, str]) -> bool:
    """Tell whether the record belongs to a chain of versions at all."""
    return "ce_parent" in headers


def mark_after(last: Mark, record: Record | Entry) -> Mark | None:
    """Where the key stands once this decision record is counted; None if it is void."""
    headers = record.headers
    is_next = headers.get("ce_version") == str(last.version + 1) and headers.get("ce_parent") == last.digest
    return Mark(last.version + 1, digest(record)) if is_next else None


class Chain:
    """The marks of all keys of one topic, for a reader that judges by itself what counts."""

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}

    def accepts(self, record: Record | Entry) -> bool:
        """Count the record if it is exactly next. A void one, or one seen before, changes nothing."""
        mark = mark_after(self.mark(record.key), record)
        if mark is not None:
            self._marks[record.key] = mark
        return mark is not None

    def mark(self, key: str) -> Mark:
        """Where the key stands; version 0 before its first record."""
        return self._marks.get(key, UNMARKED)

    def snapshot(self) -> bytes:
        """All marks, for `restore`."""
        marks = {key: [mark.version, mark.digest] for key, mark in self._marks.items()}
        return orjson.dumps(marks, option=orjson.OPT_SORT_KEYS)

    @classmethod
    def restore(cls, body: bytes) -> "Chain":
        """The chain that wrote the snapshot."""
        chain = cls()
        chain._marks = {key: Mark(*mark) for key, mark in orjson.loads(body).items()}
        return chain
