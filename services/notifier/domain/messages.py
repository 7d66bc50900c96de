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

from schemas.words import MessageKind, Role

MessageKey = NewType("MessageKey", str)

KEY_DIGITS = 32


class Inbox(StrEnum):
    """Who of a party reads it."""

    TEAM = "team"
    DUTY_MANAGER = "duty_manager"
    OPS = "ops"


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
