"""What the vacancies' words do to a referral: nominations and holds that are told, and answers to its takes.

Knows one referral. Must not know time or policy: the vacancy has judged both.

Laws: every message is answered, also about a referral or an instance that is not there · *locked* and
*placed* end here and nowhere else, but for a child who has moved in · a word about a take that is not the
present one is stale and changes nothing · a word that comes again, however late, brings nothing back: what
has ended is remembered, and is let go again.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from schemas.words import Code, ReferralStatus

from . import referral_facts as facts
from . import referral_inputs as inputs
from .facts import Fact
from .placements_outcome import (
    BY_STATUS,
    Outcome,
    accepted,
    close,
    freed,
    hold_of,
    let_all_go,
    refused,
    without_hold,
    without_nomination,
)
from .referral import HeldPlace, PendingNomination, Referral
from .replacing import replace

TakeWord: TypeAlias = inputs.TakeAnswered | inputs.MoveInTold | inputs.FallThroughTold
Step: TypeAlias = Callable[[Referral, Any], Outcome]


def judge(state: Referral | None, order: inputs.ReferralInput) -> Outcome:
    """Answer a word that is already known to come from offers."""
    if state is None:
        return _answer_without_referral(order)
    return WORDS[type(order)](state, order)


def _answer_without_referral(order: inputs.ReferralInput) -> Outcome:
    code = Code.UNKNOWN_REFERRAL
    match order:
        case inputs.NominationTold():
            return refused(None, code, _denied(order, code))
        case inputs.HoldTold():
            return refused(None, code, _let_go(order))
        case _:
            return refused(None, code)


# --- nominations -------------------------------------------------------------------------------------------


def _hear_nomination(state: Referral, order: inputs.NominationTold) -> Outcome:
    if any(each.nomination_id == order.nomination_id for each in state.nominations):
        return accepted(state, _vouched(order))
    code = _denial(state, order)
    if code is not None:
        is_own = order.council == state.council
        ended = without_nomination(state, order.nomination_id) if is_own else state
        return refused(ended, code, _denied(order, code))
    pending = PendingNomination(
        nomination_id=order.nomination_id, vacancy_id=order.vacancy_id, setting_id=order.setting_id
    )
    return accepted(replace(state, nominations=(*state.nominations, pending)), _vouched(order))


def _denial(state: Referral, order: inputs.NominationTold) -> Code | None:
    """Why the referral cannot be put forward; another council learns nothing of its status."""
    if order.council != state.council:
        return Code.NOT_YOUR_REFERRAL
    if order.nomination_id in state.nominations_ended:
        return Code.STALE_INSTANCE
    if state.status is not ReferralStatus.OPEN:
        return BY_STATUS[state.status]
    return Code.REFERRAL_NOT_CONFIRMED if state.is_confirmation_due else None


def _end_nomination(state: Referral, order: inputs.NominationEndTold) -> Outcome:
    """An end that is told of what does not stand is remembered, and changes nothing else."""
    stood = any(each.nomination_id == order.nomination_id for each in state.nominations)
    ended = without_nomination(state, order.nomination_id)
    if not stood:
        return refused(ended, Code.CHANGES_NOTHING)
    return accepted(ended, facts.NominationSettled(nomination_id=order.nomination_id))


# --- holds -------------------------------------------------------------------------------------------------


def _hear_hold(state: Referral, order: inputs.HoldTold) -> Outcome:
    """Keep the held place, or let it go at once. The hold that was taken is neither: it is the vacancy's."""
    is_taken = state.take is not None and state.take.hold_id == order.hold_id
    if is_taken or hold_of(state, order.hold_id) is not None:
        return refused(state, Code.CHANGES_NOTHING)
    code = _useless(state, order)
    if code is not None:
        ended = without_hold(state, order.hold_id) if order.council == state.council else state
        return refused(ended, code, _let_go(order))
    hold = HeldPlace(
        hold_id=order.hold_id,
        vacancy_id=order.vacancy_id,
        setting_id=order.setting_id,
        until=order.until,
    )
    known = facts.HoldKnown(hold_id=hold.hold_id, vacancy_id=hold.vacancy_id, until=hold.until)
    return accepted(replace(state, holds=(*state.holds, hold)), known)


def _useless(state: Referral, order: inputs.HoldTold) -> Code | None:
    """Why the referral cannot use the place. While it is locked it may still come to need it."""
    if order.council != state.council:
        return Code.NOT_YOUR_REFERRAL
    if order.hold_id in state.holds_ended:
        return Code.STALE_INSTANCE
    is_of_use = state.status in (ReferralStatus.OPEN, ReferralStatus.LOCKED)
    return None if is_of_use else BY_STATUS[state.status]


def _end_hold(state: Referral, order: inputs.HoldEndTold) -> Outcome:
    """The hold of the present take may end too; the take itself is answered in its own word."""
    stood = hold_of(state, order.hold_id) is not None
    ended = without_hold(state, order.hold_id)
    if not stood:
        return refused(ended, Code.CHANGES_NOTHING)
    return accepted(ended, facts.HoldGone(hold_id=order.hold_id))


# --- the present take --------------------------------------------------------------------------------------


def _hear_of_take(state: Referral, order: TakeWord) -> Outcome:
    is_present = state.take is not None and state.take.take_id == order.take_id
    step = TAKES.get((type(order), state.status))
    if step is None or not is_present:
        return refused(state, Code.STALE_INSTANCE)
    return step(state, order)


def _settle(state: Referral, order: inputs.TakeAnswered) -> Outcome:
    return _place(state) if order.code is Code.ACCEPTED else _fail(state, order)


def _place(state: Referral) -> Outcome:
    """Placed lets everything else go. One that is to be closed waits on: its place is reserved now."""
    assert state.take is not None
    take = state.take
    free, gone = let_all_go(without_hold(state, take.hold_id))
    placed = facts.Placed(take_id=take.take_id, vacancy_id=take.vacancy_id)
    return accepted(replace(free, status=ReferralStatus.PLACED), placed, *gone)


def _fail(state: Referral, order: inputs.TakeAnswered) -> Outcome:
    free, gone = freed(state)
    return _reopen(free, facts.TakeFailed(take_id=order.take_id, code=order.code), *gone)


def _fall_through(state: Referral, order: inputs.FallThroughTold) -> Outcome:
    """By the vacancy's word alone, also if it comes before the answer to the take."""
    free, gone = freed(state)
    if free.closing is not None:
        return _reopen(free, *gone)
    return _reopen(free, facts.ReferralReopened(take_id=order.take_id), *gone)


def _reopen(free: Referral, *told: Fact) -> Outcome:
    """Open again, unless its council has meanwhile asked to close it."""
    return accepted(free, *told) if free.closing is None else close(free, free.closing, *told)


def _move_in(state: Referral, order: inputs.MoveInTold) -> Outcome:
    assert state.take is not None
    if state.take.has_moved_in:
        return refused(state, Code.CHANGES_NOTHING)
    moved = replace(state, take=replace(state.take, has_moved_in=True))
    told = facts.ChildMovedIn(take_id=order.take_id, vacancy_id=state.take.vacancy_id)
    return accepted(moved, told) if state.closing is None else close(moved, state.closing, told)


# --- answers to the vacancy --------------------------------------------------------------------------------


def _vouched(order: inputs.NominationTold) -> facts.NominationVouched:
    return facts.NominationVouched(nomination_id=order.nomination_id, setting_id=order.setting_id)


def _denied(order: inputs.NominationTold, code: Code) -> facts.NominationDenied:
    return facts.NominationDenied(nomination_id=order.nomination_id, setting_id=order.setting_id, code=code)


def _let_go(order: inputs.HoldTold) -> facts.HoldLetGo:
    return facts.HoldLetGo(hold_id=order.hold_id, vacancy_id=order.vacancy_id, setting_id=order.setting_id)


WORDS: Mapping[type[inputs.ReferralInput], Step] = {
    inputs.NominationTold: _hear_nomination,
    inputs.NominationEndTold: _end_nomination,
    inputs.HoldTold: _hear_hold,
    inputs.HoldEndTold: _end_hold,
    inputs.TakeAnswered: _hear_of_take,
    inputs.MoveInTold: _hear_of_take,
    inputs.FallThroughTold: _hear_of_take,
}
"""Every word that offers may say."""

TAKES: Mapping[tuple[type[inputs.ReferralInput], ReferralStatus], Step] = {
    (inputs.TakeAnswered, ReferralStatus.LOCKED): _settle,
    (inputs.MoveInTold, ReferralStatus.PLACED): _move_in,
    (inputs.FallThroughTold, ReferralStatus.LOCKED): _fall_through,
    (inputs.FallThroughTold, ReferralStatus.PLACED): _fall_through,
}
"""What a word about the present take does in each status; a pair that is missing is stale."""
