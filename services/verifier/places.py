"""Counts places, and holds what changes against when it was observed and what was said.

Knows the state's places and the times of observations. Must not know windows.
"""

from datetime import datetime
from typing import Final

from schemas import offer_facts as facts
from schemas import offers, vacancies
from schemas.words import Code, PlaceStatus, Registration, WithdrawReason

from .domain.promises import Promise, Tally
from .rights import Rights
from .steps import OfferStep
from .windows import vacancies_of

ELSEWHERE: Final = frozenset({PlaceStatus.PLANNED, PlaceStatus.PENDING_REGISTRATION, PlaceStatus.RETIRED})
"""Places that are not registered, yet or any more."""
TO_COME: Final = frozenset({Registration.PLANNED, Registration.PENDING})
"""A setting with one of these has no registered place yet: what it will have is future supply."""
GONE = (facts.VacancyFilled, facts.VacancyWithdrawn, facts.MovedIn)
SAID_BY: Final = {
    WithdrawReason.NIL_RETURN: (vacancies.NilReturn,),
    WithdrawReason.NUMBERS_FEWER: (vacancies.NumbersStated,),
    WithdrawReason.PROVIDER_WITHDREW: (vacancies.VacancyWithdrawn,),
    WithdrawReason.PLACE_UNUSABLE: (vacancies.PlaceUnusable,),
    WithdrawReason.PLACE_OCCUPIED: (vacancies.PlaceOccupied,),
}
"""Reasons that only these inputs can give."""


class Places:
    """Judges each state beside the one before."""

    def __init__(self, tally: Tally, rights: Rights) -> None:
        self._check, self._rights = tally.check, rights

    def judge(self, step: OfferStep) -> None:
        state = step.decision.state
        self._judge_future(step)
        if state is None:
            return
        self._judge_sum(step, state)
        if step.before is not None:
            self._judge_times(step, step.before, state)
            self._judge_absence(step, step.before, state)

    def _judge_sum(self, step: OfferStep, state: offers.Setting) -> None:
        counted = [place for place in state.places if place.status not in ELSEWHERE]
        is_to_come = state.registration in TO_COME
        registered = 0 if is_to_come else state.registered_places + state.over
        is_whole = len(counted) == registered
        reason = f"{len(counted)} places are in use or free, of {registered} that are registered or over"
        self._check(Promise.PLACES_CONSERVED, is_whole, step.record, reason)
        in_one = [
            place.number
            for place in counted
            if place.vacancy is not None and place.status != PlaceStatus.VACANT
        ]
        reason = f"place {in_one[:1]} is vacant and something else at once"
        self._check(Promise.PLACES_CONSERVED, not in_one, step.record, reason)

    # --- which observation wins ------------------------------------------------------------------------------

    def _judge_future(self, step: OfferStep) -> None:
        """What was observed in the future is refused."""
        known = self._rights.known.get(step.key)
        observed_at = getattr(step.cause, "observed_at", None)
        if known is None or known.policy is None or observed_at is None:
            return
        is_future = observed_at > step.at + known.policy.future_max
        is_refused = step.decision.answer is not Code.ACCEPTED
        reason = "an observation from the future was accepted"
        self._check(Promise.NEWEST_OBSERVATION, is_refused or not is_future, step.record, reason)

    def _judge_times(self, step: OfferStep, before: offers.Setting, after: offers.Setting) -> None:
        if isinstance(step.cause, vacancies.CorrectionMade):
            return
        for name, former, found in times(before, after):
            is_kept = former is None or (found is not None and found >= former)
            reason = f"{name}: an older observation stands in the place of a newer one"
            self._check(Promise.NEWEST_OBSERVATION, is_kept, step.record, reason)
        if isinstance(step.cause, vacancies.SettingJudged) and before.judged_at is not None:
            is_newer = step.cause.observed_at >= before.judged_at
            is_kept = is_newer or after.judgement is before.judgement
            reason = "an older judgement stands in the place of a newer one"
            self._check(Promise.NEWEST_OBSERVATION, is_kept, step.record, reason)

    # --- what silence must not do ------------------------------------------------------------------------------

    def _judge_absence(self, step: OfferStep, before: offers.Setting, after: offers.Setting) -> None:
        remain = {each.vacancy_id for each in vacancies_of(after)}
        explained = {each.vacancy_id for each in step.decision.facts if isinstance(each, GONE)}
        for vacancy in vacancies_of(before):
            is_said = vacancy.vacancy_id in remain or vacancy.vacancy_id in explained
            reason = f"{vacancy.vacancy_id} is gone, and no fact says so"
            self._check(Promise.ABSENT_IS_NOT_CLOSED, is_said, step.record, reason)
        for fact in step.decision.facts:
            if isinstance(fact, facts.VacancyWithdrawn) and fact.reason in SAID_BY:
                is_said = isinstance(step.cause, SAID_BY[fact.reason])
                reason = f"{fact.vacancy_id} was withdrawn as {fact.reason}, which nobody said"
                self._check(Promise.ABSENT_IS_NOT_CLOSED, is_said, step.record, reason)
        self._judge_closure(step, before, after)

    def _judge_closure(self, step: OfferStep, before: offers.Setting, after: offers.Setting) -> None:
        if before.registration is after.registration:
            return
        is_amended = isinstance(step.cause, vacancies.SettingAmended) and step.is_accepted
        is_announced = (
            after.registration is Registration.CLOSED
            and before.closes_at is not None
            and before.closes_at <= step.at
        )
        reason = f"the setting became {after.registration}, and nobody said so"
        self._check(Promise.ABSENT_IS_NOT_CLOSED, is_amended or is_announced, step.record, reason)


def times(
    before: offers.Setting, after: offers.Setting
) -> list[tuple[str, datetime | None, datetime | None]]:
    """Return what each part of the state was last observed, before and after."""
    found: list[tuple[str, datetime | None, datetime | None]] = [
        ("the setting", before.amended_at, after.amended_at),
        ("its judgement", before.judged_at, after.judged_at),
        ("its admissions", before.admissions_at, after.admissions_at),
        ("its numbers", before.stated_at, after.stated_at),
        ("its confirmation", before.confirmed_at, after.confirmed_at),
    ]
    places = {place.number: place.observed_at for place in after.places}
    found += [
        (f"place {place.number}", place.observed_at, places.get(place.number, place.observed_at))
        for place in before.places
    ]
    shown = {each.vacancy_id: each.confirmed_at for each in vacancies_of(after)}
    found += [
        (each.vacancy_id, each.confirmed_at, shown.get(each.vacancy_id, each.confirmed_at))
        for each in vacancies_of(before)
    ]
    return found
