"""Decides a log again and holds what comes out against what it says, byte for byte.

Knows topics, positions and envelopes, and which rule book reads what. Writes nothing, decides nothing itself: the same
runner and the same rule books do, over inputs with the stamps that they came with.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from runtime.clock import SystemClock
from runtime.decider import Decider, Rulebook
from runtime.log import Entry, Log, Placed, Record
from runtime.memory_log import MemoryLog
from runtime.records import rfc3339
from services.matcher.domain.policy import Terms
from services.matcher.rulebooks import OffersRules, PlacementsRules

Told = Callable[[int], None]
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """The first decision that is not what the rules say. `record` is `topic:offset`; no value is repeated."""

    record: str
    key: str
    what: str


@dataclass(slots=True)
class Replayed:
    """What one rule book came to: how many inputs were read, and how many decisions were the same.

    `values` has each key's last decision by the instant that was asked for.
    """

    inputs: int = 0
    decisions: int = 0
    values: dict[str, bytes] = field(default_factory=dict)
    difference: Difference | None = None


class _Differs(Exception):
    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.what)
        self.difference = difference


@dataclass(frozen=True, slots=True)
class Span:
    """How far both topics are read: all inputs before `inputs_end` have been decided before `outputs_end`."""

    inputs_end: int
    outputs_end: int


def span_of(log: Log, rules: Rulebook[Any, Any], until: datetime | None = None) -> Span:
    """Find what is there to be replayed, also beside a running server: the committed position is asked first.

    With `until` the last input is the one whose decision is the last of that instant.
    """
    position = log.position(rules.name)
    end = log.end(rules.outputs_topic)
    if until is None:
        newest = log.read(rules.outputs_topic, max(0, end - CHUNK), min(CHUNK, end))
        last = max((_position(each) for each in newest if not each.is_void), default=-1)
        decided = max(position, last + 1)
    else:
        by = rfc3339(until)
        positions = (_position(each) for each in _counted(log, rules.outputs_topic, end) if _time(each) <= by)
        decided = max(positions, default=-1) + 1
    return Span(min(decided, log.end(rules.inputs_topic)), end)


def _time(record: Record) -> str:
    """When it was decided; the log writes all instants alike, so that their texts are in their order."""
    return record.headers.get("ce_time", "")


def _position(record: Record) -> int:
    """The offset of the input that was decided; -1 if the record does not say."""
    text = record.headers.get("ce_position", "")
    return int(text) if text.isdecimal() else -1


def _records(log: Log, topic: str, end: int) -> Iterator[Record]:
    start = 0
    while start < end and (records := log.read(topic, start, min(CHUNK, end - start))):
        yield from records
        start = records[-1].offset + 1


def _counted(log: Log, topic: str, end: int) -> Iterator[Record]:
    return (record for record in _records(log, topic, end) if not record.is_void)


class Rehearsal(MemoryLog):
    """A log for the runner of a rule book: inputs come from the true one, and what is appended is compared with it.

    Keeps the last decision of each key and nothing else.
    """

    def __init__(
        self, log: Log, rules: Rulebook[Any, Any], span: Span, until: datetime | None, progress: Told
    ) -> None:
        super().__init__(SystemClock(), log.log_id)
        self._true, self._rules, self._span, self._progress = log, rules, span, progress
        self._by = None if until is None else rfc3339(until)
        self._told = _records(log, rules.outputs_topic, span.outputs_end)
        self._void: list[Record] = []
        self._last: dict[str, Record] = {}
        self._count = 0
        self.replayed = Replayed()

    # --- what the runner asks for -----------------------------------------------------------------------------

    def end(self, topic: str) -> int:
        if topic == self._rules.inputs_topic:
            return self._span.inputs_end
        return self._count if topic == self._rules.outputs_topic else 0

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        if topic != self._rules.inputs_topic:
            return []
        limit = min(limit, self._span.inputs_end - start)
        records = self._true.read(topic, start, limit) if limit > 0 else []
        self.replayed.inputs += len(records)
        self._progress(len(records))
        return records

    def latest(self, topic: str, key: str) -> Record | None:
        return self._last.get(key) if topic == self._rules.outputs_topic else None

    def last(self, topic: str) -> Record | None:  # noqa: ARG002 - it begins before the first
        return None

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,  # noqa: ARG002 - nobody else writes here
        positions: Mapping[str, int] | None = None,  # noqa: ARG002 - nor goes on from here
    ) -> tuple[Placed, ...]:
        for entry in entries:
            if entry.topic == self._rules.outputs_topic:
                self._compare(entry)
        return ()

    # --- what is compared -------------------------------------------------------------------------------------

    def _compare(self, entry: Entry) -> None:
        found = self._next()
        if found is None or not _is_of_same_input(found, entry):
            raise _Differs(self._missing_or_extra(found, entry))
        if (what := difference(found, entry)) is not None:
            raise _Differs(Difference(_name(found), found.key, what))
        self._last[entry.key] = found
        self._count += 1
        self.replayed.decisions += 1
        if self._by is None or _time(found) <= self._by:
            self.replayed.values[entry.key] = found.value

    def _next(self) -> Record | None:
        """The next decision on the log that counts; those that do not are remembered."""
        for record in self._told:
            if not record.is_void:
                return record
            self._void.append(record)
        return None

    def _missing_or_extra(self, found: Record | None, entry: Entry) -> Difference:
        position = int(entry.headers["ce_position"])
        if found is not None and _position(found) < position:
            return self._extra(found)
        void = next((each for each in self._void if _is_of_same_input(each, entry)), None)
        if void is not None:
            return Difference(_name(void), void.key, "is void: it does not follow the key's last decision")
        what = "its decision is not on the log"
        return Difference(f"{self._rules.inputs_topic}:{position}", entry.key, what)

    def _extra(self, found: Record) -> Difference:
        return Difference(_name(found), found.key, "no input of the log leads to it")

    def check_rest(self) -> None:
        """Nothing else was decided from the inputs that were read."""
        while (found := self._next()) is not None:
            if _position(found) < self._span.inputs_end or self._by is None:
                raise _Differs(self._extra(found))


def _name(record: Record) -> str:
    return f"{record.topic}:{record.offset}"


def _is_of_same_input(record: Record, entry: Entry) -> bool:
    names = ("ce_position", "ce_cause")
    return record.key == entry.key and any(record.headers.get(each) == entry.headers[each] for each in names)


def difference(record: Record, entry: Entry) -> str | None:
    """Say where a record is not what was decided again; None if it is the same to the byte. Repeats no value."""
    if record.value != entry.value:
        return f"its value differs at {_place(record.value, entry.value)}"
    names = sorted({*record.headers, *entry.headers})
    odd = next((each for each in names if record.headers.get(each) != entry.headers.get(each)), None)
    return None if odd is None else f"its header {odd if odd in entry.headers else '*'} differs"


def _place(told: bytes, decided: bytes) -> str:
    """Where two values part: a path through the value that was decided, or a byte."""
    try:
        path = _path(orjson.loads(told), orjson.loads(decided))
    except orjson.JSONDecodeError:
        path = None
    if path:
        return ".".join(path)
    pairs = zip(told, decided, strict=False)
    shorter = min(len(told), len(decided))
    return f"byte {next((at for at, (one, other) in enumerate(pairs) if one != other), shorter)}"


def _path(told: Any, decided: Any) -> list[str] | None:
    if isinstance(told, dict) and isinstance(decided, dict):
        parts = [(name, told.get(name), value) for name, value in decided.items()]
    elif isinstance(told, list) and isinstance(decided, list) and len(told) == len(decided):
        parts = [(str(index), *pair) for index, pair in enumerate(zip(told, decided, strict=True))]
    else:
        return None if told == decided else []
    for name, one, other in parts:
        if (deeper := _path(one, other)) is not None:
            return [name, *deeper]
    return None if told == decided else []


# --- the whole log ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replay:
    """Both rule books over one log. `as_at` None: all that was decided."""

    log_id: str
    as_at: datetime | None
    offers: Replayed
    placements: Replayed

    @property
    def difference(self) -> Difference | None:
        return self.offers.difference or self.placements.difference


def rulebooks(terms: Terms) -> tuple[OffersRules, PlacementsRules]:
    return OffersRules(terms), PlacementsRules(terms)


def passes(log: Log, terms: Terms) -> int:
    """At most how many inputs a replay will read; for a bar."""
    return sum(log.end(rules.inputs_topic) for rules in rulebooks(terms))


def replay(log: Log, terms: Terms, until: datetime | None = None, progress: Told = lambda _: None) -> Replay:
    """Decide every input again, up to the decisions of an instant, and stop at each rule book's first difference.

    LogUnavailable; TermsUnknown where the log names a policy or calendar that is not among `terms`.
    """
    offers, placements = rulebooks(terms)
    return Replay(
        log.log_id,
        until,
        _replay(log, offers, until, progress),
        _replay(log, placements, until, progress),
    )


def together(parts: Mapping[int, Replay], log_id: str) -> Replay:
    """The replays of a log's partitions as one: each was decided by itself, under the numbers of its own records."""
    return Replay(
        log_id,
        next((each.as_at for each in parts.values()), None),
        _sum({number: each.offers for number, each in parts.items()}),
        _sum({number: each.placements for number, each in parts.items()}),
    )


def _sum(parts: Mapping[int, Replayed]) -> Replayed:
    found = Replayed()
    for number, each in parts.items():
        found.inputs += each.inputs
        found.decisions += each.decisions
        found.values |= each.values
        if found.difference is None and each.difference is not None:
            topic, _, offset = each.difference.record.partition(":")
            found.difference = replace(each.difference, record=f"{topic}:{number}:{offset}")
    return found


def _replay(log: Log, rules: Rulebook[Any, Any], until: datetime | None, progress: Told) -> Replayed:
    rehearsal = Rehearsal(log, rules, span_of(log, rules, until), until, progress)
    # Whoever decided first had a breaker; here nothing is acknowledged, so bad records only fall out.
    decider: Decider[Any, Any] = Decider(rehearsal, rules, bad_max=CHUNK, bad_of=CHUNK)
    try:
        decider.start()
        while decider.step():
            pass
        rehearsal.check_rest()
    except _Differs as differs:
        rehearsal.replayed.difference = differs.difference
    return rehearsal.replayed
