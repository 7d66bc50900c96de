"""Which facts of a referral and which matches are news to its council. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.words import MessageKind

from .board import Referral
from .messages import About, Message, message_key, team


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralFact:
    """A fact of a referral as far as its council is told of it."""

    type: str
    take_id: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralDecided:
    record_id: str
    at: datetime
    after: Referral
    facts: tuple[ReferralFact, ...]


KINDS = {
    "TakeFailed": MessageKind.TAKE_REFUSED,
    "ReferralConfirmationDue": MessageKind.REFERRAL_CONFIRMATION_DUE,
}


def referral_news(decided: ReferralDecided) -> tuple[Message, ...]:
    """What the referral's council is told; all else it has done itself or hears of from the setting."""
    recipient, messages = team(decided.after.council), []
    for index, fact in enumerate(decided.facts):
        if (kind := KINDS.get(fact.type)) is not None:
            fact_id = f"{decided.record_id}:{index}"
            about = About(referral_id=decided.after.referral_id, take_id=fact.take_id)
            messages.append(
                Message(
                    key=message_key(fact_id, recipient),
                    kind=kind,
                    recipient=recipient,
                    fact_id=fact_id,
                    about=about,
                    at=decided.at,
                    code=fact.code,
                )
            )
    return tuple(messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One vacancy in an open window that fits one referral, for the referral's council."""

    match_id: str
    council: str
    referral_id: str
    vacancy_id: str
    window_id: str
    at: datetime

    @property
    def setting_id(self) -> str:
        """The part of a vacancy's id before the first colon."""
        return setting_of(self.vacancy_id)


def setting_of(instance_id: str) -> str:
    """The setting of a vacancy, window, nomination or hold: every such id begins with it."""
    return instance_id.partition(":")[0]


def digests(matches: Sequence[Match]) -> tuple[Message, ...]:
    """One message per referral, however many vacancies were found for it at once.

    It is named by the first of them; `number` says how many there are.
    """
    by_referral: dict[tuple[str, str], list[Match]] = {}
    for match in matches:
        by_referral.setdefault((match.council, match.referral_id), []).append(match)
    return tuple(_digest(found) for found in by_referral.values())


def _digest(found: Sequence[Match]) -> Message:
    first, recipient = found[0], team(found[0].council)
    about = About(
        setting_id=first.setting_id,
        vacancy_id=first.vacancy_id,
        window_id=first.window_id,
        referral_id=first.referral_id,
    )
    return Message(
        key=message_key(first.match_id, recipient),
        kind=MessageKind.MATCH_FOUND,
        recipient=recipient,
        fact_id=first.match_id,
        about=about,
        at=first.at,
        number=len(found),
        window_ids=tuple(each.window_id for each in found),
    )
