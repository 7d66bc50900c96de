"""Writes a log again with one thing altered, and everything that hangs on a decision's bytes put right behind it.

So that what is found is the alteration itself: parents and versions are linked afresh, stamps and the log's name stay.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from runtime.clock import VirtualClock
from runtime.log import Entry, Log, Record
from runtime.memory_log import MemoryLog
from runtime.records import UNMARKED, Mark, digest, instant, is_decision, rfc3339

TOPICS = (
    "vacancies",
    "referrals",
    "offers",
    "placements",
    "listings",
    "matches",
    "deliveries",
    "dead-letters",
)

Json = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """One record that may be altered."""

    topic: str
    offset: int
    key: str
    value: Json
    headers: dict[str, str]
    stamped_at: datetime
    raw: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("ce_type", "").split(".")[2]

    def fact(self, kind: str) -> Json:
        found: Json = next(each for each in self.value["facts"] if each["type"] == kind)
        return found

    def facts(self, kind: str) -> list[Json]:
        return [each for each in self.value.get("facts", []) if each["type"] == kind]

    def vacancy(self, vacancy_id: str) -> Json:
        """The vacancy in the decision's state."""
        places = (place["vacancy"] for place in self.value["state"]["places"])
        found: Json = next(each for each in places if each and each["vacancy_id"] == vacancy_id)
        return found


@dataclass(slots=True)
class Drafts:
    """A whole log, to be altered."""

    records: list[Draft]
    log_id: str

    def of(self, topic: str) -> list[Draft]:
        return [each for each in self.records if each.topic == topic]

    def first(self, topic: str, is_wanted: Callable[[Draft], bool]) -> Draft:
        return next(each for each in self.of(topic) if is_wanted(each))

    def with_fact(self, kind: str, **fields: Any) -> Draft:
        """The first decision about a setting that says this."""
        return self.first("offers", lambda each: any(is_like(fact, fields) for fact in each.facts(kind)))

    def from_on(self, draft: Draft) -> list[Draft]:
        """The later decisions of the same key, this one included."""
        same = [each for each in self.of(draft.topic) if each.key == draft.key]
        return same[same.index(draft) :]

    def drop(self, draft: Draft) -> None:
        self.records.remove(draft)

    def after(self, draft: Draft, other: Draft) -> None:
        """Put another record behind this one."""
        self.records.insert(self.records.index(draft) + 1, other)


def is_like(fact: Json, fields: Json) -> bool:
    return all(fact.get(name) == value for name, value in fields.items())


def drafts_of(log: Log) -> Drafts:
    records = [record for topic in TOPICS for record in log.read(topic, 0, log.end(topic))]
    return Drafts([draft_of(record) for record in records], log.log_id)


def draft_of(record: Record) -> Draft:
    at = (record.topic, record.offset, record.key)
    return Draft(*at, parsed(record.value), dict(record.headers), record.stamped_at, record.value)


def parsed(raw: bytes) -> Json:
    """What the bytes say; nothing, if they are no JSON."""
    try:
        found: Json = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return found


def clone(draft: Draft) -> Draft:
    return replace(draft, value=copy.deepcopy(draft.value), headers=dict(draft.headers))


def written(drafts: Drafts, *, is_linked: bool = True) -> MemoryLog:
    """Write the drafts as a log. `is_linked`: each decision names the one before it as its parent."""
    clock = VirtualClock(drafts.records[0].stamped_at)
    log = MemoryLog(clock, drafts.log_id)
    marks: dict[tuple[str, str], Mark] = {}
    for draft in drafts.records:
        clock.set(draft.stamped_at)
        entry = entry_of(draft)
        if is_linked and is_decision(draft.headers):
            last = marks.get((draft.topic, draft.key), UNMARKED)
            linked = {"ce_version": str(last.version + 1), "ce_parent": last.digest}
            entry = replace(entry, headers={**draft.headers, **linked})
            marks[draft.topic, draft.key] = Mark(last.version + 1, digest(entry))
        log.append([entry])
    return log


def entry_of(draft: Draft) -> Entry:
    value = draft.raw if parsed(draft.raw) == draft.value else orjson.dumps(draft.value)
    return Entry(draft.topic, draft.key, value, draft.headers)


def moved(text: str, by: timedelta) -> str:
    """An instant as the log writes it, earlier or later."""
    return rfc3339(instant(text) + by)


# --- what alterations have in common ---------------------------------------------------------------------------


def last_of(drafts: Drafts, key: str) -> Draft:
    """The last decision about a setting: nothing hangs on it."""
    return [each for each in drafts.of("offers") if each.key == key][-1]


def confirmation_of_nothing(draft: Draft) -> Json:
    """A fact that changes nothing here, so that the others keep their numbers."""
    return {"type": "SettingConfirmed", "confirmed_at": draft.headers["ce_time"]}


def shift(drafts: Drafts, decision: Draft, by: timedelta) -> None:
    """Move an input and its decision in time."""
    source = drafts.of("vacancies")[int(decision.headers["ce_position"])]
    source.stamped_at += by
    source.value["observed_at"] = moved(source.value["observed_at"], by)
    decision.stamped_at += by
    decision.headers["ce_time"] = rfc3339(instant(decision.headers["ce_time"]) + by)


def set_deadline(drafts: Drafts, window_id: str, at: str, by: timedelta) -> None:
    """Move one deadline of one window wherever it is written: facts, states, listings."""
    for draft in drafts.records:
        replace_in(draft.value, window_id, instant(at), moved(at, by))


def replace_in(value: Any, window_id: str, old: Any, new: str) -> None:
    if isinstance(value, dict):
        if (
            value.get("window_id") == window_id
            and value.get("closes_at")
            and instant(value["closes_at"]) == old
        ):
            value["closes_at"] = new
        for each in value.values():
            replace_in(each, window_id, old, new)
    elif isinstance(value, list):
        for each in value:
            replace_in(each, window_id, old, new)
