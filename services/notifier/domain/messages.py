"""What can be said, to whom, about what. Values; knows no channel, no address, no name.

Laws: a message stands for one fact and one recipient, and its key names both, so the same news is the same key
on every run. It holds ids, instants, numbers and words of closed lists, nothing else: whatever a reader needs
beyond that is looked up when it is sent.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from schemas.words import Role

MessageKey = NewType("MessageKey", str)

KEY_DIGITS = 32


class Inbox(StrEnum):
    """Who of a party reads it."""

    TEAM = "team"
    DUTY_MANAGER = "duty_manager"
    OPS = "ops"


class MessageKind(StrEnum):
    """What a message is about; one text each."""

    WINDOW_OPENED = "window_opened"
    WINDOW_UNACKNOWLEDGED = "window_unacknowledged"
    WINDOW_NEARLY_OVER = "window_nearly_over"
    WINDOW_MOVED = "window_moved"
    WINDOW_ENDED = "window_ended"
    WINDOW_CREDITED = "window_credited"
    EXTENSION_ASKED = "extension_asked"
    NOMINATION_RECEIVED = "nomination_received"
    NOMINATION_ENDED = "nomination_ended"
    CHOICE_OPENED = "choice_opened"
    PLACE_HELD = "place_held"
    HOLD_ENDED = "hold_ended"
    PLACE_TAKEN = "place_taken"
    TAKE_REFUSED = "take_refused"
    MOVE_IN_OVERDUE = "move_in_overdue"
    MOVED_IN = "moved_in"
    FELL_THROUGH = "fell_through"
    VACANCY_AGED = "vacancy_aged"
    VACANCY_STALE = "vacancy_stale"
    VACANCY_WITHDRAWN = "vacancy_withdrawn"
    MATCH_FOUND = "match_found"
    REFERRAL_CONFIRMATION_DUE = "referral_confirmation_due"
    PLACE_REVIEW_DUE = "place_review_due"
    PROFILE_NEEDS_CORRECTION = "profile_needs_correction"
    CONFLICT_FOUND = "conflict_found"
    CAPACITY_EXCEEDED = "capacity_exceeded"
    BYPASS_RECORDED = "bypass_recorded"
    SETTING_DOWNGRADED = "setting_downgraded"


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """A party, and who of it. `id` is a provider's, a council's, or `ops`."""

    role: Role
    id: str
    inbox: Inbox


OPS = Recipient(Role.OPS, "ops", Inbox.OPS)


def team(council: str) -> Recipient:
    return Recipient(Role.TEAM, council, Inbox.TEAM)


def duty_manager(council: str) -> Recipient:
    return Recipient(Role.TEAM, council, Inbox.DUTY_MANAGER)


def provider(provider_id: str) -> Recipient:
    return Recipient(Role.PROVIDER, provider_id, Inbox.TEAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The ids of what a message is about; empty where there is none."""

    setting_id: str = ""
    place: int = 0
    vacancy_id: str = ""
    window_id: str = ""
    nomination_id: str = ""
    hold_id: str = ""
    take_id: str = ""
    referral_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One piece of news for one recipient.

    `at` is when it became news. `until` is the deadline that it speaks of; at that instant it is no news any
    more. `code` and `number` are a word of a closed list and a count, as the kind's text needs them.
    `window_ids` are the windows of all the matches that one message tells of.
    """

    key: MessageKey
    kind: MessageKind
    recipient: Recipient
    fact_id: str
    about: About
    at: datetime
    until: datetime | None = None
    code: str = ""
    number: int = 0
    on: date | None = None
    window_ids: tuple[str, ...] = ()


def message_key(fact_id: str, recipient: Recipient) -> MessageKey:
    """Names a fact and a recipient: 32 hex digits, the same on every machine."""
    words = f"{fact_id}\n{recipient.role}\n{recipient.id}\n{recipient.inbox}"
    return MessageKey(sha256(words.encode()).hexdigest()[:KEY_DIGITS])
