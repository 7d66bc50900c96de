"""The runner of a rule book: inputs in, decisions out, each exactly once.

Knows positions, versions and batches. Must not know what a rule book decides.

Its laws: an input gets at most one append · no append, no change, not even in memory · decisions, dead
letters and the new position of a batch are one transaction · a batch lands exactly where the output was last
seen to end, else it is forgotten and decided again · an input at or before its key's last position is not
decided again.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

import structlog

from runtime.dead_letters import Breaker, Invalid, dead_letter
from runtime.log import DEAD_LETTERS, Entry, LogMismatch, Overtaken, Record
from runtime.records import UNMARKED, DecisionEntry, Mark, decision_headers, digest, instant

State = TypeVar("State")
Input = TypeVar("Input")

logger = structlog.get_logger()

KEYS_MAX = 10_000
"""Keys that are held in memory; any other is read again from its last record. A setting takes some 10 kB."""
NEVER = datetime.min.replace(tzinfo=UTC)
NAMELESS = Invalid("missing", "ce_id", "an input names itself")


@dataclass(frozen=True, slots=True)
class Decided(Generic[State]):
    """A decision: the key's new state, and the encoded record (facts and state) that tells it."""

    state: State
    value: bytes


class Rulebook(Protocol[State, Input]):
    """A pure rule book. The same state, input and time always give the same bytes."""

    @property
    def name(self) -> str: ...
    @property
    def inputs_topic(self) -> str: ...
    @property
    def outputs_topic(self) -> str: ...
    @property
    def record_type(self) -> str: ...
    @property
    def source(self) -> str: ...

    def read(self, record: Record) -> Input | Invalid:
        """Decode an input, or say which field breaks which rule; never raise for what a record may hold."""
        ...

    def restore(self, value: bytes) -> State:
        """The state within a decision record that this rule book wrote."""
        ...

    def decide(self, state: State | None, cause: Input, now: datetime, /) -> Decided[State] | None:
        """Decide; None for a repeat or a deadline that is not honoured, and then nothing changes."""
        ...


class DecidersLog(Protocol):
    """What a decider asks of the log; see `runtime.log.Log`."""

    @property
    def log_id(self) -> str: ...

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,
        positions: Mapping[str, int] | None = None,
    ) -> object: ...

    def read(self, topic: str, start: int, limit: int) -> list[Record]: ...

    def end(self, topic: str) -> int: ...

    def latest(self, topic: str, key: str) -> Record | None: ...

    def last(self, topic: str) -> Record | None: ...

    def position(self, name: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Held(Generic[State]):
    """A key as its last decision left it; `position` is the offset of the input that caused it."""

    state: State | None = None
    mark: Mark = UNMARKED
    decided_at: datetime = NEVER
    position: int = -1


@dataclass(slots=True)
class Batch(Generic[State]):
    """What a batch of inputs comes to, before any of it is true."""

    next_offset: int
    decisions: list[Entry] = field(default_factory=list)
    letters: list[Entry] = field(default_factory=list)
    held: dict[str, Held[State]] = field(default_factory=dict)
    bad_offsets: list[int] = field(default_factory=list)


class Decider(Generic[State, Input]):
    """Runs one rule book. Only one should run per log; a second one costs time and changes nothing."""

    def __init__(
        self,
        log: DecidersLog,
        rulebook: Rulebook[State, Input],
        batch_max: int = 500,
        *,
        keys_max: int = KEYS_MAX,
        bad_max: int = 100,
        bad_of: int = 1000,
    ) -> None:
        """Hold `keys_max` keys in memory at most; stop when over `bad_max` of `bad_of` inputs are bad."""
        self._log, self._rulebook = log, rulebook
        self._batch_max, self._keys_max = batch_max, keys_max
        self._cache: OrderedDict[str, Held[State]] = OrderedDict()
        self._breaker = Breaker(log, rulebook.inputs_topic, bad_max, bad_of)
        self._next = 0
        self._ends: dict[str, int] = {}

    @property
    def name(self) -> str:
        return self._rulebook.name

    def start(self) -> None:
        """Find the place to go on from; LogMismatch if the inputs are not those that were decided."""
        self._cache.clear()
        self._ends = {topic: self._log.end(topic) for topic in (self._rulebook.outputs_topic, DEAD_LETTERS)}
        self._breaker.start()
        self._resume()

    def step(self) -> int:
        """Decide the next inputs and return how many were read; 0 when there is nothing to do."""
        inputs = self._log.read(self._rulebook.inputs_topic, self._next, self._batch_max)
        if inputs:
            self.take(inputs)
        return len(inputs)

    def take(self, inputs: Sequence[Record]) -> bool:
        """Decide inputs that follow each other; False if somebody else had written: then they must be given again.

        They may be given any number of times: what is decided is not decided again.
        """
        batch: Batch[State] = Batch(inputs[-1].offset + 1)
        for record in inputs:
            self._decide(record, batch)
        try:
            self._commit(batch)
        except Overtaken as overtaken:
            logger.warning("decider_overtaken", decider=self.name, topic=overtaken.topic, at=overtaken.found)
            self._catch_up()
            return False
        return True

    def _decide(self, record: Record, batch: Batch[State]) -> None:
        cause_id = record.headers.get("ce_id")
        if cause_id is None:
            self._refuse(record, NAMELESS, batch)
            return
        cause = self._rulebook.read(record)
        if isinstance(cause, Invalid):
            self._refuse(record, cause, batch)
            return
        held = batch.held.get(record.key) or self._hold(record.key)
        if record.offset <= held.position:
            return
        now = max(record.stamped_at, held.decided_at)
        decided = self._rulebook.decide(held.state, cause, now)
        if decided is None:
            return
        entry = self._entry(record, decided, held.mark, now, cause_id)
        batch.decisions.append(entry)
        mark = Mark(held.mark.version + 1, digest(entry))
        batch.held[record.key] = Held(decided.state, mark, now, record.offset)

    def _entry(
        self, record: Record, decided: Decided[State], last: Mark, now: datetime, cause_id: str
    ) -> Entry:
        headers = decision_headers(
            record.key,
            last,
            source=self._rulebook.source,
            record_type=self._rulebook.record_type,
            decided_at=now,
            cause_id=cause_id,
            position=record.offset,
            log_id=self._log.log_id,
        )
        return DecisionEntry(self._rulebook.outputs_topic, record.key, decided.value, headers)

    def _refuse(self, record: Record, invalid: Invalid, batch: Batch[State]) -> None:
        batch.bad_offsets.append(record.offset)
        self._breaker.check(batch.bad_offsets)
        batch.letters.append(dead_letter(record, invalid, self._rulebook.source))

    def _hold(self, key: str) -> Held[State]:
        held = self._cache.get(key)
        if held is not None:
            self._cache.move_to_end(key)
            return held
        record = self._log.latest(self._rulebook.outputs_topic, key)
        return Held() if record is None else self._restore(record)

    def _restore(self, record: Record) -> Held[State]:
        mark = Mark(int(record.headers["ce_version"]), digest(record))
        decided_at = instant(record.headers["ce_time"])
        state = self._rulebook.restore(record.value)
        return Held(state, mark, decided_at, self._decided_position(record))

    def _commit(self, batch: Batch[State]) -> None:
        """Make the batch true. No other dead letters may have come meanwhile, lest one is told twice."""
        expected = {self._rulebook.outputs_topic: self._ends[self._rulebook.outputs_topic]}
        if batch.letters:
            expected[DEAD_LETTERS] = self._ends[DEAD_LETTERS]
        positions = {self.name: batch.next_offset}
        self._log.append([*batch.decisions, *batch.letters], expected=expected, positions=positions)
        self._ends[self._rulebook.outputs_topic] += len(batch.decisions)
        self._ends[DEAD_LETTERS] += len(batch.letters)
        self._breaker.add(batch.bad_offsets)
        for letter in batch.letters:
            logger.warning("record_dead_lettered", decider=self.name, record_id=letter.headers["ce_id"])
        self._next = batch.next_offset
        self._keep(batch.held)

    def _keep(self, held: dict[str, Held[State]]) -> None:
        self._cache.update(held)
        while len(self._cache) > self._keys_max:
            self._cache.popitem(last=False)

    def _catch_up(self) -> None:
        """Somebody else has written: forget every key that changed, and go on from where they are."""
        topic = self._rulebook.outputs_topic
        start, end = self._ends[topic], self._log.end(topic)
        while start < end and (records := self._log.read(topic, start, self._batch_max)):
            for record in records:
                self._cache.pop(record.key, None)
            start = records[-1].offset + 1
        self._ends[topic] = end
        self._ends[DEAD_LETTERS] = self._log.end(DEAD_LETTERS)
        self._breaker.start()
        self._resume()

    def _resume(self) -> None:
        """The committed position is a hint; what the output shows as decided is decided."""
        self._next = max(self._log.position(self.name), self._decided_end())
        topic = self._rulebook.inputs_topic
        if (end := self._log.end(topic)) < self._next:
            raise LogMismatch(f"{topic} ends at {end}, but {self._next} inputs were decided")

    def _decided_end(self) -> int:
        """The input after the one that caused the last decision that counts."""
        record = self._log.last(self._rulebook.outputs_topic)
        return 0 if record is None else self._decided_position(record) + 1

    def _decided_position(self, record: Record) -> int:
        if record.headers["ce_log"] != self._log.log_id:
            raise LogMismatch(f"{record.topic} was decided from another log than {self._log.log_id}")
        return int(record.headers["ce_position"])
