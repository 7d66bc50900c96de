"""Between wire and domain: the only file that sees both.

Decisions are read as far as the notifier's own views go; a record that does not read is a bug, for it was written by
this program. Knows headers and values. Must not decide who is told.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

import msgspec

from runtime.log import Entry, Record
from runtime.records import instant
from schemas import deliveries, matches, vacancies, words
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.registry import type_of
from schemas.values import Party
from schemas.words import Channel, DeliveryOutcome, Role
from services.notifier.domain.board import Referral, Setting
from services.notifier.domain.messages import Inbox, Message, Recipient
from services.notifier.domain.news import RULES, Decided, Fact
from services.notifier.domain.referral_news import Match, ReferralDecided, ReferralFact, setting_of

OFFERS, PLACEMENTS, MATCHES = "offers", "placements", "matches"
DELIVERIES, VACANCIES = "deliveries", "vacancies"
SOURCE = "/hearth/notifier"
NOTIFIER = Party(role=Role.NOTIFIER, id="notifier")

MATCH_FOUND = type_of(matches.MatchFound)
BEGUN, ENDED = type_of(deliveries.DeliveryBegun), type_of(deliveries.DeliveryEnded)


@dataclass(frozen=True, slots=True)
class OffersValue:
    state: Setting | None = None
    facts: tuple[msgspec.Raw, ...] = ()


@dataclass(frozen=True, slots=True)
class FactType:
    type: str


@dataclass(frozen=True, slots=True)
class PlacementsValue:
    state: Referral | None = None
    facts: tuple[ReferralFact, ...] = field(default=())


_OFFERS = msgspec.json.Decoder(OffersValue)
_PLACEMENTS = msgspec.json.Decoder(PlacementsValue)
_TYPE, _FACT = msgspec.json.Decoder(FactType), msgspec.json.Decoder(Fact)


# --- inwards ----------------------------------------------------------------------------------------------


def read_offers(record: Record, before: Setting | None) -> Decided | None:
    """The decision with the state before it; None while the setting is unknown."""
    value = _OFFERS.decode(record.value)
    if value.state is None:
        return None
    return Decided(
        record_id=record.headers["ce_id"],
        at=instant(record.headers["ce_time"]),
        before=before,
        after=value.state,
        facts=tuple([read_fact(raw) for raw in value.facts]),
    )


def read_fact(raw: msgspec.Raw) -> Fact:
    """A fact of offers. Most are news to nobody; of those the type is read and no more."""
    name = _TYPE.decode(raw).type
    return _FACT.decode(raw) if name in RULES else _silent(name)


@cache
def _silent(name: str) -> Fact:
    return Fact(type=name)


def read_placements(record: Record) -> ReferralDecided | None:
    """The decision; None while the referral is unknown."""
    value = _PLACEMENTS.decode(record.value)
    if value.state is None:
        return None
    at = instant(record.headers["ce_time"])
    return ReferralDecided(record_id=record.headers["ce_id"], at=at, after=value.state, facts=value.facts)


def read_match(record: Record) -> Match | None:
    """A match that its council can act on: an open window, every constraint met, a need that is now; else None."""
    if record.headers["ce_type"] != MATCH_FOUND:
        return None
    found = matches.MatchFound.model_validate_json(record.value)
    if found.window_id is None or found.near_miss is not None or found.is_anticipated:
        return None
    return Match(
        match_id=found.match_id,
        council=found.council,
        referral_id=found.referral_id,
        vacancy_id=found.vacancy_id,
        window_id=found.window_id,
        at=instant(record.headers["ce_time"]),
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What the deliveries log says of one try; `outcome` None: begun."""

    key: str
    fact_id: str
    recipient: Recipient
    kind: str
    channel: Channel
    attempt: int
    at: datetime
    outcome: DeliveryOutcome | None
    is_over: bool


def read_delivery(record: Record) -> Written:
    """One record of `deliveries`, whichever of the two it is."""
    is_ended = record.headers["ce_type"] == ENDED
    model = deliveries.DeliveryEnded if is_ended else deliveries.DeliveryBegun
    value = model.model_validate_json(record.value)
    return Written(
        key=value.message_key,
        fact_id=value.fact_id,
        recipient=Recipient(value.recipient.role, value.recipient.id, Inbox.TEAM),
        kind=value.kind,
        channel=value.channel,
        attempt=value.attempt,
        at=instant(record.headers["ce_time"]),
        outcome=value.outcome if isinstance(value, deliveries.DeliveryEnded) else None,
        is_over=record.headers["ce_id"] == last_id(value.message_key, value.channel),
    )


# --- outwards ---------------------------------------------------------------------------------------------


def begun_id(key: str, channel: Channel, attempt: int) -> str:
    return f"{key}:{channel}:{attempt}"


def last_id(key: str, channel: Channel) -> str:
    """Names the end of a message on a channel, after which it is never tried there again."""
    return f"{key}:{channel}:ended"


def delivery_begun(message: Message, channel: Channel, attempt: int, at: datetime) -> Entry:
    """That a try begins; to be written before it does."""
    value = deliveries.DeliveryBegun(
        message_key=message.key,
        fact_id=message.fact_id,
        recipient=_party(message.recipient),
        channel=channel,
        kind=message.kind,
        attempt=attempt,
    )
    return _entry(DELIVERIES, message.recipient.id, value, begun_id(message.key, channel, attempt), at)


def delivery_ended(
    message: Message, channel: Channel, attempt: int, at: datetime, outcome: DeliveryOutcome, *, is_over: bool
) -> Entry:
    """How a try ended; with `is_over` it was the last. A message that was never tried ends with try number 1."""
    value = deliveries.DeliveryEnded(
        message_key=message.key,
        fact_id=message.fact_id,
        recipient=_party(message.recipient),
        channel=channel,
        kind=message.kind,
        attempt=max(attempt, 1),
        outcome=outcome,
    )
    ended_id = last_id(message.key, channel) if is_over else f"{message.key}:{channel}:{attempt}:ended"
    return _entry(DELIVERIES, message.recipient.id, value, ended_id, at)


def lost(written: Written, at: datetime) -> Entry:
    """The end of a message that was begun, and of which nothing is news any more."""
    value = deliveries.DeliveryEnded(
        message_key=written.key,
        fact_id=written.fact_id,
        recipient=_party(written.recipient),
        channel=written.channel,
        kind=words.MessageKind(written.kind),
        attempt=written.attempt,
        outcome=DeliveryOutcome.SUPERSEDED,
    )
    return _entry(DELIVERIES, written.recipient.id, value, last_id(written.key, written.channel), at)


def window_told(message: Message, at: datetime) -> Entry:
    """That the council was told of the window; one such input for each window and council."""
    window_id, council = message.about.window_id, message.recipient.id
    setting_id = setting_of(window_id)
    value = vacancies.WindowTold(
        setting_id=setting_id, by=NOTIFIER, observed_at=at, window_id=window_id, council=council, told_at=at
    )
    name = sha256(f"{window_id}\n{council}".encode()).hexdigest()[:32]
    return _entry(VACANCIES, setting_id, value, f"told:{name}", at)


def window_not_told(message: Message, at: datetime) -> Entry:
    """That every channel of the council failed for this message."""
    window_id, council = message.about.window_id, message.recipient.id
    setting_id = setting_of(window_id)
    value = vacancies.WindowNotTold(
        setting_id=setting_id, by=NOTIFIER, observed_at=at, window_id=window_id, council=council
    )
    return _entry(VACANCIES, setting_id, value, f"not-told:{message.key}", at)


def _party(recipient: Recipient) -> Party:
    return Party(role=recipient.role, id=recipient.id)


def _entry(topic: str, key: str, value: Event, event_id: str, at: datetime) -> Entry:
    """An entry that the log can find again by its id, which its `ce_cause` repeats."""
    headers = headers_of(type(value), id=event_id, source=SOURCE, at=at.astimezone(UTC), subject=key)
    return Entry(topic, key, value.model_dump_json().encode(), {**headers, "ce_cause": event_id})
