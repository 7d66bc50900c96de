"""Counters that close after a while: a rule book for tests of the runners."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from runtime.dead_letters import Invalid
from runtime.decider import Decided
from runtime.log import Entry, Record
from runtime.records import instant, rfc3339
from runtime.timer import Due

NUMBERS, COUNTERS, ECHOES = "numbers", "counters", "echoes"


@dataclass(frozen=True)
class Counter:
    total: int = 0
    closes_at: str = ""
    closed: int = 0
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Number:
    """Add `add`, and close `open_s` seconds later; or `due` says that an instant has passed."""

    id: str
    add: int = 0
    open_s: int = 0
    due: str = ""


class Counters:
    name, inputs_topic, outputs_topic = "counters", NUMBERS, COUNTERS
    record_type, source = "counter.v1", "/toy"

    def __init__(self) -> None:
        self.decided = 0

    def read(self, record: Record) -> Number | Invalid:
        try:
            fields: dict[str, Any] = orjson.loads(record.value)
        except orjson.JSONDecodeError:
            return Invalid("not_json", "value", "a number is JSON")
        return Number(id=record.headers["ce_id"], **fields)

    def restore(self, value: bytes) -> Counter:
        fields: dict[str, Any] = orjson.loads(value)["state"]
        return Counter(**fields | {"seen": tuple(fields["seen"])})

    def decide(self, state: Counter | None, cause: Number, now: datetime, /) -> Decided[Counter] | None:
        self.decided += 1
        counter = state or Counter()
        if cause.id in counter.seen or (cause.due and not self._is_honoured(counter, cause, now)):
            return None
        facts: list[dict[str, Any]] = []
        if counter.closes_at and now >= instant(counter.closes_at):
            facts.append({"closed": counter.closes_at, "at": rfc3339(now)})
            counter = replace(counter, closes_at="", closed=counter.closed + 1)
        if not cause.due:
            facts.append({"added": cause.add, "at": rfc3339(now)})
            seen = (*counter.seen, cause.id)[-20:]
            counter = replace(counter, total=counter.total + cause.add, seen=seen)
        if cause.open_s:
            counter = replace(counter, closes_at=rfc3339(now + timedelta(seconds=cause.open_s)))
        return Decided(counter, orjson.dumps({"facts": facts, "state": asdict(counter)}))

    @staticmethod
    def _is_honoured(counter: Counter, cause: Number, now: datetime) -> bool:
        return counter.closes_at == cause.due and now >= instant(cause.due)


def number(key: str, cause_id: str, **fields: int | str) -> Entry:
    return Entry(NUMBERS, key, orjson.dumps(fields), {"ce_id": cause_id})


def garbage(key: str, cause_id: str) -> Entry:
    return Entry(NUMBERS, key, b"\xffinvented garbage", {"ce_id": cause_id})


def due_of(record: Record) -> Due | None:
    closes_at = orjson.loads(record.value)["state"]["closes_at"]
    if not closes_at:
        return None
    return Due(instant(closes_at), number(record.key, f"due:{record.key}:{closes_at}", due=closes_at))


def echo(record: Record) -> list[Entry]:
    """One entry per fact; its id names the decision and the fact's place in it."""
    facts = orjson.loads(record.value)["facts"]
    name = record.headers["ce_id"]
    return [
        Entry(ECHOES, record.key, orjson.dumps(fact), {"ce_id": f"{name}:{at}", "ce_cause": name})
        for at, fact in enumerate(facts)
    ]


class Totals:
    """Something to look at: the total of each counter, and every version that it was told of."""

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}
        self.versions: list[str] = []

    def fold(self, record: Record) -> None:
        self.totals[record.key] = orjson.loads(record.value)["state"]["total"]
        self.versions.append(record.headers["ce_id"])

    def dump(self) -> bytes:
        return orjson.dumps([self.totals, self.versions])

    def load(self, body: bytes | None) -> None:
        self.totals, self.versions = orjson.loads(body) if body else ({}, [])
