"""The placements rule book: one referral's life, from anticipated or submitted to placed and closed.

Standard library only, pure: state, input and now decide, nothing else. `decide` is the only door.

Its laws:
- What is due by now is ended before the input is looked at.
- Every first-seen input gets exactly one decision, a refusal included. A repeat that is still remembered, and
  a deadline that finds nothing due, get none.
- A refusal changes nothing but what is remembered; facts beside it only answer the vacancy that asked.
- Each input has one role that may say it. A council speaks for its own referrals alone; `ops` cannot.
- At most one take is present. *Locked* and *placed* end on the vacancy's word alone.
- A referral that is to be closed while it is locked is closed when its take fails. If the take is agreed the
  place is reserved: it stays placed until the vacancy says that the child moved in or that it fell through.
- Confirmation matters while a referral looks for a place: anticipated or open. One that is due may still take
  a place that is held for it, but is vouched for nowhere else.

The steps stand in two tables: `placements_council` has what a council says, `placements_offers` what the
vacancies say.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from schemas.words import Code, DeadlineKind, ReferralStatus, Role

from . import placements_council, placements_offers
from . import referral_inputs as inputs
from .decision import Deadline, Decision
from .facts import Fact
from .placements_outcome import Outcome, refused
from .policy import Terms
from .referral import Referral
from .referral_facts import ReferralConfirmationDue
from .replacing import replace
from .values import InputId

Item = TypeVar("Item")


SPEAKERS: Mapping[type[inputs.ReferralInput], Role] = {
    inputs.ReferralAnticipated: Role.TEAM,
    inputs.ReferralSubmitted: Role.TEAM,
    inputs.ReferralAmended: Role.TEAM,
    inputs.ReferralConfirmed: Role.TEAM,
    inputs.ReferralClosed: Role.TEAM,
    inputs.TakePlace: Role.TEAM,
    inputs.NominationTold: Role.OFFERS,
    inputs.NominationEndTold: Role.OFFERS,
    inputs.HoldTold: Role.OFFERS,
    inputs.HoldEndTold: Role.OFFERS,
    inputs.TakeAnswered: Role.OFFERS,
    inputs.MoveInTold: Role.OFFERS,
    inputs.FallThroughTold: Role.OFFERS,
}
"""The one role that may say each input. A deadline is judged by the state alone, whoever says it."""


def decide(
    terms: Terms, state: Referral | None, order: inputs.ReferralInput, now: datetime
) -> Decision[Referral] | None:
    """Decide one input about one referral; None for a repeat, or for a deadline when nothing is due.

    `now` is the later of the input's stamp and the key's last decision. The same arguments always give the
    same decision. Raise TermsUnknown if the state names a policy that this process was not given.
    """
    is_deadline = isinstance(order, inputs.ReferralDeadlineDue)
    if state is not None and not is_deadline and order.id in state.memory:
        return None
    current, due = _end_what_is_due(terms, state, now)
    if is_deadline:
        return _decision(terms, current, Code.ACCEPTED, due) if due else None
    outcome = _judge(terms, current, order, now)
    settled, due_still = _end_what_is_due(terms, outcome.state, now)
    remembered = _remember(terms, settled, order.id)
    return _decision(terms, remembered, outcome.answer, (*due, *outcome.facts, *due_still))


def _judge(terms: Terms, state: Referral | None, order: inputs.ReferralInput, now: datetime) -> Outcome:
    if order.by.role is not SPEAKERS[type(order)]:
        return refused(state, Code.NOT_YOUR_ROLE)
    if order.by.role is Role.OFFERS:
        return placements_offers.judge(state, order)
    return placements_council.judge(terms, state, order, now)


def _decision(
    terms: Terms, state: Referral | None, answer: Code, facts: tuple[Fact, ...]
) -> Decision[Referral]:
    return Decision(state, answer, facts, _deadline(terms, state))


# --- what is due -------------------------------------------------------------------------------------------


def _deadline(terms: Terms, state: Referral | None) -> Deadline | None:
    """When the referral will no longer count as confirmed; None if that is past or does not matter."""
    looking = (ReferralStatus.ANTICIPATED, ReferralStatus.OPEN)
    if state is None or state.is_confirmation_due or state.status not in looking:
        return None
    days = timedelta(days=terms.policy(state.policy).referral_confirm_days)
    return Deadline(state.confirmed_at + days, DeadlineKind.REFERRAL_CONFIRMATION_DUE, state.referral_id)


def _end_what_is_due(
    terms: Terms, state: Referral | None, now: datetime
) -> tuple[Referral | None, tuple[Fact, ...]]:
    deadline = _deadline(terms, state)
    if state is None or deadline is None or now < deadline.at:
        return state, ()
    return replace(state, is_confirmation_due=True), (ReferralConfirmationDue(),)


# --- what is remembered ------------------------------------------------------------------------------------


def _remember(terms: Terms, state: Referral | None, input_id: InputId) -> Referral | None:
    """Keep the last ids of inputs, and of what has ended; an unknown referral has no memory."""
    if state is None:
        return None
    count = terms.policy(state.policy).memory_max
    return replace(
        state,
        memory=_last(count, (*state.memory, input_id)),
        nominations_ended=_last(count, state.nominations_ended),
        holds_ended=_last(count, state.holds_ended),
    )


def _last(count: int, items: tuple[Item, ...]) -> tuple[Item, ...]:
    return items[max(0, len(items) - count) :]
