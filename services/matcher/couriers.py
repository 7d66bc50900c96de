"""The couriers between the two rule books: facts of one become inputs of the other. They decide nothing.

Know the names of facts and inputs, and which key each message goes to. Must not know a rule or a state: every
record is carried, also one whose input was refused, for its facts may answer somebody.

A message's id is `{key}:{version}:{index}` of the fact that caused it, so that what is carried twice is the
same message. `observed_at` is the time of the decision.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
import orjson

from runtime.log import Entry, Record
from runtime.records import instant
from schemas import referrals, vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.words import Code, Role

Fields: TypeAlias = Mapping[str, Any]
"""A fact, or the fields of an input, as they stand on the wire."""

OFFERS, PLACEMENTS = "offers", "placements"
REFERRALS, VACANCIES = "referrals", "vacancies"
SOURCE = "hearth/couriers"


@dataclass(frozen=True, slots=True)
class Told:
    """A decision as a courier reads it: whose it is, which, when, and what came of it."""

    key: str
    version: int
    decided_at: str
    """As it stands in the record's envelope."""
    facts: Sequence[Fields]


@dataclass(frozen=True, slots=True)
class Message:
    """An input for the other rule book."""

    topic: str
    key: str
    id: str
    model: type[Event]
    fields: Fields


def _nothing(_key: str) -> Fields:
    return {}


@dataclass(frozen=True, slots=True)
class Route:
    """What one fact becomes. `fields` are copied from the fact under their own names."""

    model: type[Event]
    fields: tuple[str, ...]
    added: Callable[[str], Fields] = _nothing
    """What the fact leaves to its key, or to its own name."""


def _setting(key: str) -> Fields:
    return {"setting_id": key}


def _agreed(_key: str) -> Fields:
    return {"code": Code.ACCEPTED}


def _refused(_key: str) -> Fields:
    """A vacancy refuses a take for one reason: the hold stands no more."""
    return {"code": Code.HOLD_ENDED}


def _referral(key: str) -> Fields:
    return {"referral_id": key}


OFFERS_ROUTES: Mapping[str, Route] = {
    "NominationMade": Route(referrals.NominationTold, ("nomination_id", "vacancy_id", "council"), _setting),
    "NominationEnded": Route(referrals.NominationEndTold, ("nomination_id", "end")),
    "PlaceHeld": Route(
        referrals.HoldTold, ("hold_id", "nomination_id", "vacancy_id", "council", "until"), _setting
    ),
    "HoldEnded": Route(referrals.HoldEndTold, ("hold_id", "end")),
    "TakeAgreed": Route(referrals.TakeAnswered, ("take_id",), _agreed),
    "TakeRefused": Route(referrals.TakeAnswered, ("take_id",), _refused),
    "MovedIn": Route(referrals.MoveInTold, ("take_id",)),
    "FellThrough": Route(referrals.FallThroughTold, ("take_id",)),
}
"""Facts of offers that a referral is told."""

PLACEMENTS_ROUTES: Mapping[str, Route] = {
    "NominationVouched": Route(vacancies.NominationVouched, ("nomination_id",)),
    "NominationDenied": Route(vacancies.NominationDenied, ("nomination_id",)),
    "TakeAsked": Route(
        vacancies.TakeAsked, ("vacancy_id", "hold_id", "take_id", "asked_at", "starts_on"), _referral
    ),
    "NominationLetGo": Route(vacancies.NominationLetGo, ("nomination_id",)),
    "HoldLetGo": Route(vacancies.HoldLetGo, ("vacancy_id", "hold_id")),
}
"""Facts of placements that a setting is told."""


def carry_offers(record: Record) -> list[Entry]:
    """What a decision of offers gives to the topic `referrals`; for a relay."""
    return [_entry(message, record) for message in to_referrals(_told(record))]


def carry_placements(record: Record) -> list[Entry]:
    """What a decision of placements gives to the topic `vacancies`; for a relay."""
    return [_entry(message, record) for message in to_vacancies(_told(record))]


def to_referrals(told: Told) -> Iterator[Message]:
    """What the referrals are told of a decision of offers, in the order of its facts."""
    yield from _carry(told, OFFERS_ROUTES, REFERRALS, "referral_id", Role.OFFERS)


def to_vacancies(told: Told) -> Iterator[Message]:
    """What the settings are told of a decision of placements, in the order of its facts."""
    yield from _carry(told, PLACEMENTS_ROUTES, VACANCIES, "setting_id", Role.PLACEMENTS)


def _carry(
    told: Told, routes: Mapping[str, Route], topic: str, key_field: str, role: Role
) -> Iterator[Message]:
    """The index counts all facts of the decision: an id does not hang on which of them are carried."""
    for index, fact in enumerate(told.facts):
        route = routes.get(fact["type"])
        if route is None:
            continue
        fields = {
            key_field: fact[key_field],
            "by": {"role": role, "id": str(role)},
            "observed_at": told.decided_at,
            **{name: fact[name] for name in route.fields},
            **route.added(told.key),
        }
        yield Message(topic, fact[key_field], f"{told.key}:{told.version}:{index}", route.model, fields)


# --- records -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """The part of a decision record that a courier reads; the state is passed over."""

    facts: list[dict[str, Any]]


_READ = msgspec.json.Decoder(_Facts)


def _told(record: Record) -> Told:
    version = int(record.headers["ce_version"])
    return Told(record.key, version, record.headers["ce_time"], _READ.decode(record.value).facts)


def _entry(message: Message, record: Record) -> Entry:
    headers = headers_of(
        message.model,
        id=message.id,
        source=SOURCE,
        at=instant(record.headers["ce_time"]),
        subject=message.key,
    )
    return Entry(message.topic, message.key, orjson.dumps(message.fields), headers)
