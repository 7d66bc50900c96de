"""The port of the log: what every runner may ask of it, whatever lies underneath.

Knows topics, keys, offsets and instants. Must not know SQLite, Kafka, or what a value says.
Offsets count from 0 in each topic without gaps. A *position* is the next offset that a named reader
will read. A decision record (one with a `ce_parent` header) that is not exactly the next of its key
is *void*: it stays in the log, `read` marks it, and `latest`, `latest_of_each` and `caused` pass it over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

DEAD_LETTERS = "dead-letters"


class LogUnavailable(Exception):
    """The log cannot be read or written now (disk full, read-only, locked, corrupt); nothing was changed."""


class LogMismatch(Exception):
    """This log is not the one that the decisions were made from, or it is shorter than they say."""


class Overtaken(Exception):
    """Somebody else has appended to the topic since; nothing was changed."""

    def __init__(self, topic: str, expected: int, found: int) -> None:
        super().__init__(f"{topic} ends at {found}, not at {expected}")
        self.topic, self.expected, self.found = topic, expected, found


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be appended."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """What was appended, where, and when by the log's own time (which may run backwards).

    `partition` None: its topic is one sequence.
    """

    topic: str
    offset: int
    key: str
    value: bytes
    headers: Mapping[str, str]
    stamped_at: datetime
    is_void: bool = False
    partition: int | None = None


class Placed(NamedTuple):
    """Where an entry came to lie, and when by the log's own time."""

    offset: int
    stamped_at: datetime


class Log(Protocol):
    """Topics of records, shared by all runners. Every method may raise LogUnavailable."""

    @property
    def log_id(self) -> str:
        """Names this log for ever; another log never has the same."""
        ...

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,
        positions: Mapping[str, int] | None = None,
    ) -> tuple[Placed, ...]:
        """Append all or nothing, durable on return, and return the places in the order of `entries`.

        `expected` names the end that a topic must still have, else Overtaken. `positions` are the readers'
        positions that move in the same transaction.
        """
        ...

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        """Up to `limit` records from offset `start` on; none from an unknown topic."""
        ...

    def end(self, topic: str) -> int:
        """The offset that the topic's next record will have."""
        ...

    def latest(self, topic: str, key: str) -> Record | None:
        """The last record of the key that counts."""
        ...

    def last(self, topic: str) -> Record | None:
        """The topic's last record that counts."""
        for offset in range(self.end(topic) - 1, -1, -1):
            [record] = self.read(topic, offset, 1)
            if not record.is_void:
                return record
        return None

    def latest_by_each(self, topic: str, keys: Iterable[str]) -> dict[str, Record]:
        """What `latest` finds for each of these keys, by key; one without a record is left out."""
        found = {key: self.latest(topic, key) for key in keys}
        return {key: record for key, record in found.items() if record is not None}

    def latest_of_each(self, topic: str) -> Iterator[Record]:
        """The last record that counts of every key. What is appended meanwhile may or may not be seen."""
        ...

    def caused(self, topic: str, cause_id: str) -> Record | None:
        """The first record that counts whose `ce_cause` is `cause_id`."""
        ...

    def caused_by_each(self, topic: str, cause_ids: Iterable[str]) -> dict[str, Record]:
        """What `caused` finds for each of these ids, by id; one that caused nothing is left out."""
        found = {cause_id: self.caused(topic, cause_id) for cause_id in cause_ids}
        return {cause_id: record for cause_id, record in found.items() if record is not None}

    def cause_of(self, decision: Record, inputs_topic: str) -> Record | None:
        """The input at the position that a decision names; None if there is none (yet).

        Whether the decision was made from this log is said by its `ce_log`.
        """
        found = self.read(inputs_topic, int(decision.headers["ce_position"]), 1)
        return found[0] if found else None

    def position(self, name: str) -> int:
        """The committed position of a reader, 0 for a new one."""
        ...

    def save_snapshot(self, name: str, offset: int, body: bytes) -> None:
        """Keep `body`, which holds everything before `offset`, in place of the former snapshot."""
        ...

    def load_snapshot(self, name: str) -> tuple[int, bytes] | None:
        """The snapshot that was last saved."""
        ...

    def pulse(self) -> int:
        """A number that differs once anybody, in this process or another, has changed the log."""
        ...

    def wait(self, pulse: int, timeout_s: float) -> int:
        """Return the pulse once it differs from `pulse`, at the latest after `timeout_s`."""
        ...
