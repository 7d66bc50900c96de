"""Counts what the log of a demo came to. Knows the wire form of records; must not know how they came to be.

Everything is counted from the log alone, so that the same log gives the same numbers however it was made.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from runtime.log import DEAD_LETTERS, Log, Record
from services.demo.stage import DECIDED, READ_AT_ONCE
from services.demo.world import MADE_UP

Counts = dict[str, int]
ACCEPTED = "accepted"


class Ended(msgspec.Struct, frozen=True):
    """The part of a delivery that is counted."""

    kind: str
    recipient: dict[str, str]
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One fact as it stands in the log, with the key and the time of its decision."""

    key: str
    at: str
    kind: str
    fact: dict[str, Any]


@dataclass(slots=True)
class Tally:
    """All that is counted, and the facts by kind for whoever looks closer."""

    facts: defaultdict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    of_referrals: defaultdict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    refusals: Counter[str] = field(default_factory=Counter)
    decisions: int = 0
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Messages sent, by kind and role of the recipient."""
    superseded: Counter[str] = field(default_factory=Counter)
    not_sent: Counter[str] = field(default_factory=Counter)
    matches: int = 0
    near_misses: int = 0
    anticipated: int = 0
    of_places_to_come: int = 0
    """Matches with places that are on notice or planned."""
    letters: Counter[str] = field(default_factory=Counter)
    inputs: Counter[str] = field(default_factory=Counter)
    """Inputs by id: one that was said twice counts two."""
    by_telephone: int = 0
    registered_as: dict[str, str] = field(default_factory=dict)
    """What the register says that each of its settings is; a home for short breaks is a children's home there."""
    registered: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """Settings that are not closed: provision, registration, registered places."""

    def all(self, kind: str) -> list[Told]:
        return self.facts[kind] + self.of_referrals[kind]


def read_tally(log: Log) -> Tally:
    """Read a log from its beginning."""
    tally = Tally()
    for topic, take in TAKES.items():
        for record in records(log, topic):
            take(tally, record)
    for record in log.latest_of_each("offers"):
        _setting(tally, record)
    return tally


def records(log: Log, topic: str) -> Iterator[Record]:
    """Every record of a topic that counts."""
    start = 0
    while found := log.read(topic, start, READ_AT_ONCE):
        yield from (record for record in found if not record.is_void)
        start = found[-1].offset + 1


def _decision(tally: Tally, record: Record) -> None:
    decided, at = DECIDED.decode(record.value), record.headers["ce_time"]
    tally.decisions += 1
    if decided.answer != ACCEPTED:
        tally.refusals[decided.answer] += 1
    kept = tally.facts if record.topic == "offers" else tally.of_referrals
    for fact in decided.facts:
        kept[fact["type"]].append(Told(record.key, at, fact["type"], fact))


def _match(tally: Tally, record: Record) -> None:
    if not record.headers["ce_type"].endswith("match_found.v1"):
        return
    match = msgspec.json.decode(record.value)
    tally.near_misses += match["near_miss"] is not None
    tally.anticipated += match["is_anticipated"]
    tally.of_places_to_come += match["window_id"] is None
    tally.matches += match["near_miss"] is None


def _delivery(tally: Tally, record: Record) -> None:
    if "delivery_ended" not in record.headers["ce_type"]:
        return
    ended = msgspec.json.decode(record.value, type=Ended)
    if ended.outcome == "sent":
        tally.sent[ended.kind, ended.recipient["role"]] += 1
    elif ended.outcome == "superseded":
        tally.superseded[ended.kind] += 1
    else:
        tally.not_sent[ended.outcome] += 1


def _letter(tally: Tally, record: Record) -> None:
    tally.letters[msgspec.json.decode(record.value)["code"]] += 1


def _input(tally: Tally, record: Record) -> None:
    tally.inputs[record.headers.get("ce_id", "")] += 1
    tally.by_telephone += b'"recorded_by":{' in record.value


def _change(tally: Tally, record: Record) -> None:
    stated = msgspec.json.decode(record.value)
    if stated.get("registered_as"):
        tally.registered_as[record.key] = stated["registered_as"]


TAKES: dict[str, Callable[[Tally, Record], None]] = {
    "offers": _decision,
    "placements": _decision,
    "matches": _match,
    "deliveries": _delivery,
    DEAD_LETTERS: _letter,
    "vacancies": _input,
    "referrals": _input,
    "register": _change,
}


def _setting(tally: Tally, record: Record) -> None:
    state = msgspec.json.decode(record.value)["state"]
    if state is not None and state["registration"] != "closed":
        found = (state["provision"], state["registration"], state["registered_places"])
        tally.registered[record.key] = found


# --- the numbers --------------------------------------------------------------------------------------------


def settings_and_places(tally: Tally, *, is_made_up: bool) -> tuple[Counts, Counts]:
    """Count settings and registered places by provision type, as the register has it; real ones or made-up ones."""
    settings: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for setting_id, (provision, _, registered) in tally.registered.items():
        if setting_id.startswith(MADE_UP) is is_made_up:
            kind = tally.registered_as.get(setting_id, provision)
            settings[kind] += 1
            places[kind] += registered
    return ordered(settings), ordered(places)


def windows(tally: Tally) -> dict[str, Counts]:
    """Count windows that ended, by outcome and then by tier."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for told in tally.facts["WindowEnded"]:
        found[told.fact["outcome"]][str(told.fact["tier"])] += 1
    return {outcome: ordered(found[outcome]) for outcome in sorted(found)}


def ordered(counter: Counter[str]) -> Counts:
    return dict(sorted(counter.items()))
