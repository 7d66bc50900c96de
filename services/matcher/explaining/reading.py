"""Finds in the log what a story is made of. Knows topics, records and ids; must not know what a fact means."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson

from runtime.copies import PLACE
from runtime.log import Log, Record
from runtime.records import instant

Fields = Mapping[str, Any]
Progress = Callable[[int], None]

CHUNK: Final = 1000
INPUTS: Final[Mapping[str, str]] = {"offers": "vacancies", "placements": "referrals"}
IDS: Final = ("vacancy_id", "window_id", "nomination_id", "hold_id", "take_id", "referral_id")


class Kind(StrEnum):
    VACANCY = "vacancy"
    WINDOW = "window"
    NOMINATION = "nomination"
    HOLD = "hold"
    TAKE = "take"
    REFERRAL = "referral"
    MATCH = "match"


_PART: Final = "[A-Za-z0-9._-]+"
_VACANCY: Final = rf"(?P<vacancy>(?P<setting>{_PART}):[0-9]+:[0-9]+)"
_FORMS: Final[Mapping[Kind, re.Pattern[str]]] = {
    Kind.VACANCY: re.compile(_VACANCY),
    Kind.WINDOW: re.compile(rf"{_VACANCY}:w[0-9]+"),
    Kind.NOMINATION: re.compile(rf"{_VACANCY}:n[0-9]+"),
    Kind.HOLD: re.compile(rf"{_VACANCY}:h[0-9]+"),
    Kind.TAKE: re.compile(rf"(?P<referral>{_PART}):t[0-9]+"),
    Kind.REFERRAL: re.compile(rf"(?P<referral>{_PART})"),
    Kind.MATCH: re.compile(rf"(?P<place>{_VACANCY}(?::w[0-9]+)?):(?P<referral>{_PART}):p[0-9]+"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What an id names, by its form alone; parts that it does not have are empty."""

    id: str
    kind: Kind
    setting: str = ""
    vacancy: str = ""
    referral: str = ""


def named(text: str) -> Named | None:
    """Read an id; None if it has no form that the log gives."""
    for kind, form in _FORMS.items():
        if (found := form.fullmatch(text)) is not None:
            parts = found.groupdict()
            return Named(
                text, kind, parts.get("setting", ""), parts.get("vacancy", ""), parts.get("referral", "")
            )
    return None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on the log, and the input that caused it, if that is still there."""

    record: Record
    answer: str
    facts: Sequence[Fields]
    cause: Record | None

    @property
    def at(self) -> str:
        return self.record.headers["ce_time"]

    @property
    def name(self) -> str:
        return name_of(self.record)

    @property
    def said(self) -> Fields:
        """The input's fields; none of what cannot be read."""
        try:
            found = orjson.loads(self.cause.value) if self.cause is not None else {}
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


def name_of(record: Record) -> str:
    """Where it lies: topic and offset, on a log that has partitions with the partition between them."""
    return f"{record.topic}:{record.headers.get(PLACE, record.offset)}"


def records(log: Log, topic: str, progress: Progress = lambda _: None) -> Iterator[Record]:
    """Every record of a topic that counts, as the topic ends now."""
    start, end = 0, log.end(topic)
    while start < end and (found := log.read(topic, start, min(CHUNK, end - start))):
        yield from (record for record in found if not record.is_void)
        start = found[-1].offset + 1
        progress(len(found))


def decisions(log: Log, topic: str, keys: Collection[str], progress: Progress) -> list[Decided]:
    """Every decision about the keys, in the order of the log."""
    if not keys:
        return []
    return [_decided(log, record) for record in records(log, topic, progress) if record.key in keys]


def _decided(log: Log, record: Record) -> Decided:
    value = orjson.loads(record.value)
    return Decided(record, value["answer"], value["facts"], log.cause_of(record, INPUTS[record.topic]))


def is_about(fields: Fields, wanted: str) -> bool:
    """Tell whether one of the ids is the wanted one, or the wanted one begins it."""
    return any(
        value == wanted or (isinstance(value, str) and value.startswith(f"{wanted}:"))
        for name in IDS
        if (value := fields.get(name)) is not None
    )


def in_order(found: Sequence[Decided]) -> list[Decided]:
    """Merge decisions of several keys: by time, each key in its own order, and no effect before its cause."""
    queues: dict[tuple[str, str], list[Decided]] = {}
    for each in found:
        queues.setdefault((each.record.topic, each.record.key), []).append(each)
    waiting = {each.record.headers["ce_id"]: each for each in found}
    merged: list[Decided] = []
    while queues:
        heads = [queue[0] for queue in queues.values()]
        free = [each for each in heads if _parent(each) not in waiting] or heads
        first = min(free, key=lambda each: (instant(each.at), each.record.topic, each.record.offset))
        merged.append(first)
        waiting.pop(first.record.headers["ce_id"], None)
        name = (first.record.topic, first.record.key)
        queues[name].pop(0)
        if not queues[name]:
            del queues[name]
    return merged


def _parent(decided: Decided) -> str:
    """The decision that a courier carried here: its message is named `{key}:{version}:{index}`."""
    return decided.record.headers["ce_cause"].rpartition(":")[0]


def last_word_at(log: Log) -> datetime | None:
    """The stamp of the newest record of all decisions and inputs; None for an empty log."""
    ends = [(topic, log.end(topic)) for topic in (*INPUTS, *INPUTS.values())]
    return max((log.read(topic, end - 1, 1)[0].stamped_at for topic, end in ends if end), default=None)


def match_id(record: Record) -> str:
    """Which match a record of `matches` is about."""
    found: str = orjson.loads(record.value).get("match_id", "")
    return found
