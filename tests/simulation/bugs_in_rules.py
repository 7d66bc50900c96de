"""Seeded bugs in the two rule books: each stands in for `decide`, and asks the real one about something else.

A bug changes the state or the input before, or the decision after. It is pure, as the rules are.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, TypeAlias

from schemas.words import Code, HoldEnd, NominationEnd, ReferralStatus
from services.matcher.domain import facts, inputs, offers, placements, referral_facts, referral_inputs
from services.matcher.domain.deadlines import earliest
from services.matcher.domain.decision import Decision
from services.matcher.domain.draft import Draft
from services.matcher.domain.opening import open_windows
from services.matcher.domain.policy import Terms
from services.matcher.domain.referral import Referral
from services.matcher.domain.setting import Return, Setting, Vacancy
from services.matcher.domain.values import AudienceId, CouncilId, HoldId

from .scene import COUNCIL_OF, TICK

Decided: TypeAlias = Decision[Any] | None
Decide: TypeAlias = Callable[[Terms, Any, Any, datetime], Decided]


def each_vacancy(setting: Any, change: Callable[[Vacancy], Vacancy]) -> Setting:
    """The setting with every vacancy changed."""
    places = [
        place if place.vacancy is None else replace(place, vacancy=change(place.vacancy))
        for place in setting.places
    ]
    changed: Setting = replace(setting, places=tuple(places))
    return changed


def facts_of(decision: Decided, kind: type[Any]) -> list[Any]:
    return [] if decision is None else [each for each in decision.facts if isinstance(each, kind)]


def _finish(draft: Draft, answer: Code) -> Decision[Setting]:
    return Decision(draft.setting, answer, tuple(draft.facts), earliest(draft.setting, draft.policy))


# --- time --------------------------------------------------------------------------------------------------


def one_tick_early(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    is_due = isinstance(order, inputs.DeadlineDue)
    return offers.decide(terms, state, order, now + TICK if is_due else now)


def answered_at_the_deadline(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    if state is not None and not isinstance(order, inputs.DeadlineDue):
        policy = terms.policy(state.policy)
        due = earliest(state, policy)
        if due is not None and due.at == now:
            return offers.decide(terms, state, order, now - TICK)
    return offers.decide(terms, state, order, now)


def policy_shortens(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    if decision is None or not facts_of(decision, facts.PolicyAdopted):
        return decision

    def shorten(vacancy: Vacancy) -> Vacancy:
        window = vacancy.window
        if window is None:
            return vacancy
        seconds = terms.policy(order.policy).lengths[window.kind][0].seconds
        closes_at = min(window.closes_at, window.opened_at + timedelta(seconds=seconds))
        return replace(vacancy, window=replace(window, closes_at=max(closes_at, now + TICK)))

    changed = each_vacancy(decision.state, shorten)
    return replace(decision, state=changed, deadline=earliest(changed, terms.policy(changed.policy)))


def runs_from_what_was_due(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    """The deadline's own time is taken for now: late is then forgotten, and the next window runs too short."""
    if isinstance(order, inputs.DeadlineDue) and state is not None:
        due = earliest(state, terms.policy(state.policy))
        if due is not None and due.at <= now:
            return offers.decide(terms, state, order, due.at)
    return offers.decide(terms, state, order, now)


DECIDED = count()


def not_pure(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    """How often this process has decided gets into the state."""
    decision = offers.decide(terms, state, order, now)
    if decision is None or decision.state is None:
        return decision
    return replace(decision, state=replace(decision.state, inspected_on=date.fromordinal(1 + next(DECIDED))))


# --- windows and tiers -------------------------------------------------------------------------------------


def lost_release(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    opened = facts_of(decision, facts.WindowOpened)
    if decision is None or not isinstance(order, inputs.ReleaseWindow) or not opened:
        return decision
    ids = {each.window_id for each in opened}

    def closed(vacancy: Vacancy) -> Vacancy:
        is_new = vacancy.window is not None and vacancy.window.window_id in ids
        return replace(vacancy, window=None, openings=vacancy.openings - 1) if is_new else vacancy

    told = tuple(each for each in decision.facts if not isinstance(each, facts.WindowOpened))
    changed = each_vacancy(decision.state, closed)
    return replace(
        decision, state=changed, facts=told, deadline=earliest(changed, terms.policy(changed.policy))
    )


def tier_skipped(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    if not isinstance(order, inputs.ReleaseWindow) or not facts_of(decision, facts.WindowEnded):
        return decision
    below = (AudienceId("both"),)
    skipping = each_vacancy(state, lambda vacancy: replace(vacancy, served=(*vacancy.served, *below)))
    return offers.decide(terms, skipping, order, now)


def second_window(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    if (
        decision is None
        or not facts_of(decision, facts.VacancyConfirmed)
        or decision.answer is not Code.ACCEPTED
    ):
        return decision
    draft = Draft(terms, each_vacancy(decision.state, lambda each: replace(each, window=None)), order.id, now)
    draft.facts.extend(decision.facts)
    open_windows(draft)
    return _finish(draft, decision.answer)


def reopened_by_an_old_fact(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    is_old = isinstance(order, inputs.HoldLetGo | inputs.NominationLetGo | inputs.NominationDenied)
    if decision is None or not is_old or decision.answer is Code.ACCEPTED:
        return decision

    def idle(vacancy: Vacancy) -> Vacancy:
        is_idle = vacancy.window is None and vacancy.choice is None and not vacancy.is_committed
        return replace(vacancy, served=vacancy.served[:-1]) if is_idle else vacancy

    draft = Draft(terms, each_vacancy(decision.state, idle), order.id, now)
    draft.facts.extend(decision.facts)
    open_windows(draft)
    return _finish(draft, decision.answer)


def returns_to_the_next_tier(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    if not any(each.end is not HoldEnd.TAKEN for each in facts_of(decision, facts.HoldEnded)):
        return decision

    def elsewhere(vacancy: Vacancy) -> Vacancy:
        if vacancy.hold is None:
            return vacancy
        nowhere = Return(audience=AudienceId("nowhere"), seconds=1)
        return replace(vacancy, hold=replace(vacancy.hold, returns_to=nowhere))

    return offers.decide(terms, each_vacancy(state, elsewhere), order, now)


def stale_release(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    if isinstance(order, inputs.ReleaseWindow) and state is not None:
        vacancy_id = order.window_id.rpartition(":w")[0]
        for vacancy in state.vacancies():
            if vacancy.vacancy_id == vacancy_id and vacancy.window is not None:
                order = replace(order, window_id=vacancy.window.window_id)
    return offers.decide(terms, state, order, now)


def extended_again(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    if decision is None or decision.answer is not Code.ALREADY_EXTENDED:
        return decision

    def not_extended(vacancy: Vacancy) -> Vacancy:
        window = vacancy.window
        return vacancy if window is None else replace(vacancy, window=replace(window, is_extended=False))

    again = offers.decide(terms, each_vacancy(state, not_extended), order, now)
    return again if again is not None and again.answer is Code.ACCEPTED else decision


# --- nominations, holds, takes -----------------------------------------------------------------------------


def not_vouched(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    if isinstance(order, inputs.AcceptNomination) and state is not None:

        def vouched(vacancy: Vacancy) -> Vacancy:
            nominations = tuple(replace(each, is_vouched=True) for each in vacancy.nominations)
            return replace(vacancy, nominations=nominations)

        state = each_vacancy(state, vouched)
    return offers.decide(terms, state, order, now)


def loser_not_told(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    if decision is None:
        return None
    told = [each for each in decision.facts if getattr(each, "end", None) is not NominationEnd.ANOTHER_CHOSEN]
    return replace(decision, facts=tuple(told))


def hold_without_id(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    if decision is None or not facts_of(decision, facts.PlaceHeld):
        return decision

    def plain(vacancy: Vacancy) -> Vacancy:
        if vacancy.hold is None:
            return vacancy
        return replace(vacancy, hold=replace(vacancy.hold, hold_id=HoldId(f"{vacancy.vacancy_id}:h1")))

    told = [
        replace(each, hold_id=HoldId(f"{each.vacancy_id}:h1")) if isinstance(each, facts.PlaceHeld) else each
        for each in decision.facts
    ]
    changed = each_vacancy(decision.state, plain)
    deadline = earliest(changed, terms.policy(changed.policy))
    return replace(decision, state=changed, facts=tuple(told), deadline=deadline)


def _present_hold(state: Any, order: Any) -> HoldId:
    for vacancy in state.vacancies() if state is not None else ():
        if vacancy.vacancy_id == order.vacancy_id and vacancy.hold is not None:
            present: HoldId = vacancy.hold.hold_id
            return present
    return HoldId(order.hold_id)


def any_hold_is_let_go(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    if isinstance(order, inputs.HoldLetGo):
        order = replace(order, hold_id=_present_hold(state, order))
    return offers.decide(terms, state, order, now)


def take_of_any_hold(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    if isinstance(order, inputs.TakeAsked):
        order = replace(order, hold_id=_present_hold(state, order))
    return offers.decide(terms, state, order, now)


def take_without_grace(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    if isinstance(order, inputs.TakeAsked) and state is not None:
        for vacancy in state.vacancies():
            held = vacancy.hold
            if held is not None and held.hold_id == order.hold_id and held.ends_at <= now:
                return offers.decide(terms, state, order, held.ends_at - TICK)
    return offers.decide(terms, state, order, now)


def answer_of_another_take(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    if isinstance(order, referral_inputs.TakeAnswered) and state is not None and state.take is not None:
        order = replace(order, take_id=state.take.take_id)
    return placements.decide(terms, state, order, now)


def frees_itself(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    """By the word that its hold fell through, which is not the word that its take was refused."""
    decision = placements.decide(terms, state, order, now)
    if decision is None or not isinstance(order, referral_inputs.HoldEndTold) or decision.state is None:
        return decision
    after: Referral = decision.state
    is_of_take = after.take is not None and after.take.hold_id == order.hold_id
    if not is_of_take or after.status is not ReferralStatus.LOCKED or order.end is HoldEnd.TAKEN:
        return decision
    assert after.take is not None
    told = (*decision.facts, referral_facts.ReferralReopened(take_id=after.take.take_id))
    freed = replace(after, status=ReferralStatus.OPEN, take=None)
    return replace(decision, state=freed, facts=told)


def closes_while_locked(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    is_closing = isinstance(order, referral_inputs.ReferralClosed)
    if is_closing and state is not None and state.status is ReferralStatus.LOCKED:
        state = replace(state, status=ReferralStatus.OPEN, take=None)
    return placements.decide(terms, state, order, now)


def takes_two(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    is_take = isinstance(order, referral_inputs.TakePlace)
    if is_take and state is not None and state.status is ReferralStatus.LOCKED:
        state = replace(state, status=ReferralStatus.OPEN)
    return placements.decide(terms, state, order, now)


def vouches_for_all(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    if isinstance(order, referral_inputs.NominationTold):
        order = replace(order, council=COUNCIL_OF.get(order.referral_id, CouncilId(order.council)))
    return placements.decide(terms, state, order, now)
