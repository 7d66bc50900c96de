"""Where bad records go, and when too many of them mean that something else is wrong.

Knows where a bad record lies, its size and its hash. Must not repeat its payload.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from runtime.log import DEAD_LETTERS, Entry, Record
from runtime.records import rfc3339

LETTER_TYPE = "hearth.dead-letters.dead_letter.v1"
ID_FORM = re.compile(r"[A-Z]{0,2}-?[0-9]{1,12}|[A-Z]-[0-9a-f]{8,16}")
"""What a key looks like that was given by a program: letters and digits that spell no word."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """Why a record cannot be read: a code, the field, and the rule that it breaks. Never the value."""

    code: str
    field: str
    rule: str


class LettersLog(Protocol):
    """What the breaker asks of the log; see `runtime.log.Log`."""

    def read(self, topic: str, start: int, limit: int) -> list[Record]: ...

    def end(self, topic: str) -> int: ...


class CircuitOpen(Exception):
    """Too many of the last inputs were bad: probably the reader is wrong, not the inputs."""


def dead_letter(record: Record, invalid: Invalid, source: str) -> Entry:
    """The letter about a bad record. Its id is the record's place, so telling twice is telling once."""
    key = shown(record.key)
    headers = {
        "ce_specversion": "1.0",
        "ce_id": place_of(record),
        "ce_source": source,
        "ce_type": LETTER_TYPE,
        "ce_time": rfc3339(record.stamped_at),
        "ce_subject": key,
        "content-type": "application/json",
        "ce_cause": record.headers.get("ce_id", ""),
    }
    partition = {} if record.partition is None else {"partition": record.partition}
    body = {
        "topic": record.topic,
        **partition,
        "offset": record.offset,
        "key": key,
        "code": invalid.code,
        "field": invalid.field,
        "rule": invalid.rule,
        "sha256": hashlib.sha256(record.value).hexdigest(),
        "size": len(record.value),
    }
    return Entry(DEAD_LETTERS, key, orjson.dumps(body), headers)


def place_of(record: Record) -> str:
    """Where a record lies, as one word: `topic:offset`, or `topic:partition:offset`."""
    partition = "" if record.partition is None else f"{record.partition}:"
    return f"{record.topic}:{partition}{record.offset}"


def shown(key: str) -> str:
    """A key as a letter may show it: itself if it is an id, else its digest."""
    return key if ID_FORM.fullmatch(key) else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


class Breaker:
    """Opens when more than `bad_max` of the last `bad_of` inputs of a topic are bad.

    It remembers by the dead letters themselves, so a restart by the same code opens it again at once,
    and one by code that can read the inputs goes on.
    """

    def __init__(self, log: LettersLog, topic: str, bad_max: int, bad_of: int) -> None:
        self._log, self._topic = log, topic
        self._bad_max, self._bad_of = bad_max, bad_of
        self._bad_offsets: set[int] = set()

    def start(self) -> None:
        """Read from the last letters which inputs were bad."""
        start = max(0, self._log.end(DEAD_LETTERS) - self._bad_of)
        letters = [orjson.loads(record.value) for record in self._log.read(DEAD_LETTERS, start, self._bad_of)]
        self._bad_offsets = {letter["offset"] for letter in letters if letter["topic"] == self._topic}

    def check(self, newer: Sequence[int]) -> None:
        """Raise CircuitOpen if with these (the last of them the newest) there are too many."""
        oldest = newer[-1] - self._bad_of
        count = sum(offset > oldest for offset in self._bad_offsets.union(newer))
        if count > self._bad_max:
            raise CircuitOpen(f"{count} of the last {self._bad_of} inputs of {self._topic} are bad")

    def add(self, bad_offsets: Sequence[int]) -> None:
        """Remember inputs that were now dead-lettered."""
        if bad_offsets:
            oldest = bad_offsets[-1] - self._bad_of
            self._bad_offsets = {offset for offset in self._bad_offsets.union(bad_offsets) if offset > oldest}
