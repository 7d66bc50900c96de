"""What one input comes to, before what is due and remembered: the building blocks of the placements tables.

Knows the state of one referral and its facts. Must not know who speaks, time, or policy.
"""

from dataclasses import dataclass
from typing import TypeVar

from schemas.words import CloseReason, Code, ReferralStatus

from .facts import Fact
from .referral import HeldPlace, Referral
from .referral_facts import HoldGone, HoldLetGo, NominationLetGo, ReferralClosed
from .replacing import replace
from .values import HoldId, NominationId

Id = TypeVar("Id", NominationId, HoldId)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the input is answered, the state after it, and its facts.

    A refusal has the state as it was, but for what is remembered as ended.
    """

    answer: Code
    state: Referral | None
    facts: tuple[Fact, ...] = ()


BY_STATUS = {
    ReferralStatus.ANTICIPATED: Code.REFERRAL_ANTICIPATED,
    ReferralStatus.OPEN: Code.STALE_INSTANCE,
    ReferralStatus.LOCKED: Code.REFERRAL_LOCKED,
    ReferralStatus.PLACED: Code.REFERRAL_PLACED,
    ReferralStatus.CLOSED: Code.REFERRAL_CLOSED,
}
"""The refusal that a pair missing from a table stands for."""


def accepted(state: Referral, *facts: Fact) -> Outcome:
    return Outcome(Code.ACCEPTED, state, facts)


def refused(state: Referral | None, code: Code, *facts: Fact) -> Outcome:
    """`facts` are for the vacancy that asked; they change nothing in the referral."""
    return Outcome(code, state, facts)


def close(state: Referral, reason: CloseReason, *facts: Fact) -> Outcome:
    """Close now; everything that still stands for the referral elsewhere is let go."""
    free, gone = let_all_go(state)
    closed = replace(free, status=ReferralStatus.CLOSED, take=None, closing=None, closed=reason)
    return accepted(closed, *facts, ReferralClosed(reason=reason), *gone)


def let_all_go(state: Referral) -> tuple[Referral, tuple[Fact, ...]]:
    """Let every nomination and every held place go that stands in the state."""
    nominations = [
        NominationLetGo(nomination_id=each.nomination_id, setting_id=each.setting_id)
        for each in state.nominations
    ]
    holds = [
        HoldLetGo(hold_id=each.hold_id, vacancy_id=each.vacancy_id, setting_id=each.setting_id)
        for each in state.holds
    ]
    for nomination in state.nominations:
        state = without_nomination(state, nomination.nomination_id)
    for hold in state.holds:
        state = without_hold(state, hold.hold_id)
    return state, (*nominations, *holds)


def without_nomination(state: Referral, nomination_id: NominationId) -> Referral:
    """The nomination stands no more, whether or not it stood, and is remembered as ended."""
    kept = tuple(each for each in state.nominations if each.nomination_id != nomination_id)
    ended = _with(state.nominations_ended, nomination_id)
    return replace(state, nominations=kept, nominations_ended=ended)


def without_hold(state: Referral, hold_id: HoldId) -> Referral:
    """The held place stands no more, whether or not it stood, and is remembered as ended."""
    kept = tuple(each for each in state.holds if each.hold_id != hold_id)
    return replace(state, holds=kept, holds_ended=_with(state.holds_ended, hold_id))


def hold_of(state: Referral, hold_id: HoldId) -> HeldPlace | None:
    return next((each for each in state.holds if each.hold_id == hold_id), None)


def freed(state: Referral) -> tuple[Referral, tuple[Fact, ...]]:
    """Open again and without its take, by the vacancy's word; the hold that was taken is gone with it."""
    assert state.take is not None
    hold_id = state.take.hold_id
    gone = (HoldGone(hold_id=hold_id),) if hold_of(state, hold_id) else ()
    return replace(without_hold(state, hold_id), status=ReferralStatus.OPEN, take=None), gone


def _with(ids: tuple[Id, ...], new: Id) -> tuple[Id, ...]:
    return ids if new in ids else ids + (new,)  # noqa: RUF005 - keeps the type of the ids
