"""What a council's words do to its referral: submit, amend, confirm, close, take a held place.

Knows one referral, its policy and now. Must not know what comes from the vacancies.

Laws: a referral is its own council's alone, and nobody may speak for that council · what is not in the table
is refused and changes nothing · an older observation never overwrites a newer · a referral is locked for one
hold at a time, and nothing that its council says frees it: closing a locked or placed referral waits.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from schemas.words import Code, ReferralStatus

from . import referral_facts as facts
from . import referral_inputs as inputs
from .placements_outcome import BY_STATUS, Outcome, accepted, close, hold_of, refused
from .policy import Policy, Terms
from .referral import Referral, Take
from .replacing import replace
from .values import TakeId

Beginning: TypeAlias = inputs.ReferralAnticipated | inputs.ReferralSubmitted
Step: TypeAlias = Callable[[Referral, Any, datetime], Outcome]


def judge(terms: Terms, state: Referral | None, order: inputs.ReferralInput, now: datetime) -> Outcome:
    """The council's word about a referral, known or not; `order.by` is a brokerage team, that is checked."""
    if state is None:
        return _begin(terms, order, now)
    code = _refusal(terms, state, order, now)
    if code is not None:
        return refused(state, code)
    step = STEPS.get((type(order), state.status))
    if step is None:
        return refused(state, _missing(state, order))
    return step(state, order, now)


def _begin(terms: Terms, order: inputs.ReferralInput, now: datetime) -> Outcome:
    if not isinstance(order, inputs.ReferralAnticipated | inputs.ReferralSubmitted):
        return refused(None, Code.UNKNOWN_REFERRAL)
    code = _refusal_of_terms(terms, order)
    if code is None and _is_in_future(terms.policy(order.policy), order, now):
        code = Code.OBSERVED_IN_FUTURE
    if code is not None:
        return refused(None, code)
    begun = Referral(
        referral_id=order.referral_id,
        council=order.council,
        status=ReferralStatus.ANTICIPATED,
        needs=order.needs,
        profile_version=1,
        policy=order.policy,
        amended_at=order.observed_at,
        confirmed_at=order.observed_at,
    )
    if isinstance(order, inputs.ReferralAnticipated):
        return accepted(begun, facts.ReferralAnticipated(council=begun.council))
    return _opened(begun)


def _refusal(terms: Terms, state: Referral, order: inputs.ReferralInput, now: datetime) -> Code | None:
    """What speaks against the word whatever the referral's status is."""
    if order.by.id != state.council:
        return Code.NOT_YOUR_REFERRAL
    if isinstance(order, inputs.ReferralAnticipated | inputs.ReferralSubmitted):
        code = _refusal_of_terms(terms, order)
        if code is not None:
            return code
    return Code.OBSERVED_IN_FUTURE if _is_in_future(terms.policy(state.policy), order, now) else None


def _refusal_of_terms(terms: Terms, order: Beginning) -> Code | None:
    if order.council != order.by.id:
        return Code.NOT_YOUR_REFERRAL
    return None if order.policy in terms.policies else Code.UNKNOWN_POLICY


def _is_in_future(policy: Policy, order: inputs.ReferralInput, now: datetime) -> bool:
    """Clocks differ: up to `future_max_s` ahead, itself included, is taken as now."""
    return order.observed_at > now + timedelta(seconds=policy.future_max_s)


def _missing(state: Referral, order: inputs.ReferralInput) -> Code:
    is_beginning = isinstance(order, inputs.ReferralAnticipated | inputs.ReferralSubmitted)
    return Code.ALREADY_SUBMITTED if is_beginning else BY_STATUS[state.status]


# --- the steps ---------------------------------------------------------------------------------------------


def _submit_anticipated(state: Referral, order: inputs.ReferralSubmitted, _now: datetime) -> Outcome:
    """The need is now. Its version is raised only if the needs differ from those anticipated."""
    if order.observed_at < state.amended_at:
        return refused(state, Code.OLDER_OBSERVATION)
    amended = replace(
        state,
        needs=order.needs,
        policy=order.policy,
        profile_version=state.profile_version + (order.needs != state.needs),
        amended_at=order.observed_at,
    )
    return _opened(_confirmed(amended, max(state.confirmed_at, order.observed_at)))


def _amend(state: Referral, order: inputs.ReferralAmended, _now: datetime) -> Outcome:
    if order.observed_at < state.amended_at:
        return refused(state, Code.OLDER_OBSERVATION)
    version = state.profile_version + 1
    amended = replace(state, needs=order.needs, profile_version=version, amended_at=order.observed_at)
    return accepted(amended, facts.ReferralAmended(profile_version=version))


def _confirm(state: Referral, order: inputs.ReferralConfirmed, _now: datetime) -> Outcome:
    if order.observed_at < state.confirmed_at:
        return refused(state, Code.OLDER_OBSERVATION)
    confirmed = _confirmed(state, order.observed_at)
    return accepted(confirmed, facts.ReferralConfirmed(confirmed_at=confirmed.confirmed_at))


def _close(state: Referral, order: inputs.ReferralClosed, _now: datetime) -> Outcome:
    return close(state, order.reason)


def _close_later(state: Referral, order: inputs.ReferralClosed, _now: datetime) -> Outcome:
    """A child who has moved in needs nothing more; else the vacancy's word is waited for."""
    assert state.take is not None
    if state.take.has_moved_in:
        return close(state, order.reason)
    if state.closing is not None:
        return refused(state, Code.CHANGES_NOTHING)
    return accepted(replace(state, closing=order.reason), facts.ReferralClosing(reason=order.reason))


def _take(state: Referral, order: inputs.TakePlace, now: datetime) -> Outcome:
    """Lock the referral for one hold. At `until` it is already too late, by the log's time."""
    hold = hold_of(state, order.hold_id)
    if hold is None:
        is_ended = order.hold_id in state.holds_ended
        return refused(state, Code.HOLD_ENDED if is_ended else Code.UNKNOWN_HOLD)
    if now >= hold.until:
        return refused(state, Code.HOLD_ENDED)
    number = state.takes_made + 1
    take = Take(
        take_id=TakeId(f"{state.referral_id}:t{number}"),
        hold_id=hold.hold_id,
        vacancy_id=hold.vacancy_id,
        setting_id=hold.setting_id,
        asked_at=now,
        starts_on=order.starts_on,
    )
    locked = replace(state, status=ReferralStatus.LOCKED, takes_made=number, take=take)
    return accepted(locked, _asked(take))


def _asked(take: Take) -> facts.TakeAsked:
    return facts.TakeAsked(
        take_id=take.take_id,
        hold_id=take.hold_id,
        vacancy_id=take.vacancy_id,
        setting_id=take.setting_id,
        asked_at=take.asked_at,
        starts_on=take.starts_on,
    )


def _opened(state: Referral) -> Outcome:
    return accepted(replace(state, status=ReferralStatus.OPEN), facts.ReferralOpened(council=state.council))


def _confirmed(state: Referral, at: datetime) -> Referral:
    return replace(state, confirmed_at=at, is_confirmation_due=False)


STEPS: Mapping[tuple[type[inputs.ReferralInput], ReferralStatus], Step] = {
    (inputs.ReferralSubmitted, ReferralStatus.ANTICIPATED): _submit_anticipated,
    (inputs.ReferralAmended, ReferralStatus.ANTICIPATED): _amend,
    (inputs.ReferralAmended, ReferralStatus.OPEN): _amend,
    (inputs.ReferralAmended, ReferralStatus.LOCKED): _amend,
    (inputs.ReferralAmended, ReferralStatus.PLACED): _amend,
    (inputs.ReferralConfirmed, ReferralStatus.ANTICIPATED): _confirm,
    (inputs.ReferralConfirmed, ReferralStatus.OPEN): _confirm,
    (inputs.ReferralConfirmed, ReferralStatus.LOCKED): _confirm,
    (inputs.ReferralConfirmed, ReferralStatus.PLACED): _confirm,
    (inputs.ReferralClosed, ReferralStatus.ANTICIPATED): _close,
    (inputs.ReferralClosed, ReferralStatus.OPEN): _close,
    (inputs.ReferralClosed, ReferralStatus.LOCKED): _close_later,
    (inputs.ReferralClosed, ReferralStatus.PLACED): _close_later,
    (inputs.TakePlace, ReferralStatus.OPEN): _take,
}
"""What a council's word does in each status; a pair that is missing is refused."""
