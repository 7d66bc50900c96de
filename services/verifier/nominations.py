"""Follows nominations, choices and holds to their ends, by the facts alone, and holds the state against them.

Knows who was put forward, chosen and held for. Must not know a ladder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from schemas import offer_facts as facts
from schemas import offers, vacancies
from schemas.words import ChoiceReason, HoldEnd, NominationEnd

from .domain.promises import Promise, Tally
from .domain.terms import Policy
from .steps import OfferStep
from .windows import vacancies_of


@dataclass(slots=True)
class Standing:
    """A nomination or a hold that has not ended."""

    vacancy_id: str
    council: str
    referral_id: str
    is_vouched: bool = False
    until: datetime | None = None


class Nominations:
    """Follows nominations, choices and holds to their ends."""

    def __init__(self, tally: Tally) -> None:
        self._check = tally.check
        self.nominations: dict[str, Standing] = {}
        self.holds: dict[str, Standing] = {}
        self._held: dict[str, str] = {}
        self._reserved: dict[str, str] = {}
        self._known: set[str] = set()
        self._vouched: set[str] = set()
        self._of: dict[str, set[str]] = {}

    def judge_answer(self, step: OfferStep) -> None:
        """A provider accepts only what stands and is vouched for; its own."""
        cause = step.cause
        if not step.is_accepted or not isinstance(
            cause, vacancies.AcceptNomination | vacancies.DeclineNomination
        ):
            return
        found = self.nominations.get(cause.nomination_id)
        reason = f"{cause.nomination_id} was answered, and did not stand or was not vouched for"
        is_right = found is not None and found.is_vouched
        self._check(Promise.ANSWERED_BY_RIGHT, is_right, step.record, reason)

    def take(self, step: OfferStep, fact: facts.Fact, policy: Policy | None) -> None:
        """Follow one fact."""
        follow = FOLLOW.get(type(fact))
        if follow is not None:
            follow(self, step, fact, policy)

    def vouch(self, _step: OfferStep, fact: facts.NominationVouched, _policy: Policy | None) -> None:
        if (found := self.nominations.get(fact.nomination_id)) is not None:
            found.is_vouched = True
            self._vouched.add(fact.nomination_id)

    def free(self, _step: OfferStep, fact: Any, _policy: Policy | None) -> None:
        self._reserved.pop(fact.vacancy_id, None)

    def make(self, step: OfferStep, fact: facts.NominationMade, _policy: Policy | None) -> None:
        is_new = fact.nomination_id not in self._known
        reason = f"{fact.nomination_id} was made before"
        if self._check(Promise.NOMINATIONS_END_ONCE, is_new, step.record, reason):
            self._known.add(fact.nomination_id)
            self.nominations[fact.nomination_id] = Standing(fact.vacancy_id, fact.council, fact.referral_id)
            self._of.setdefault(step.key, set()).add(fact.nomination_id)

    def end(self, step: OfferStep, fact: facts.NominationEnded, _policy: Policy | None) -> None:
        reason = f"{fact.nomination_id} ended, and did not stand"
        found = self.nominations.get(fact.nomination_id)
        if not self._check(Promise.NOMINATIONS_END_ONCE, found is not None, step.record, reason):
            return
        if fact.end is NominationEnd.CHOSEN and found is not None:
            self._judge_choice(step, fact, found)
        self.nominations.pop(fact.nomination_id, None)
        self._of[step.key].discard(fact.nomination_id)

    def _judge_choice(self, step: OfferStep, fact: facts.NominationEnded, found: Standing) -> None:
        held = [each for each in step.decision.facts if isinstance(each, facts.PlaceHeld)]
        is_held = any(each.nomination_id == fact.nomination_id for each in held)
        reason = f"{fact.nomination_id} was chosen unvouched, or its place was not held"
        self._check(Promise.ONE_WINNER, is_held and found.is_vouched, step.record, reason)

    def hold(self, step: OfferStep, fact: facts.PlaceHeld, _policy: Policy | None) -> None:
        is_free = fact.vacancy_id not in self._held and fact.vacancy_id not in self._reserved
        reason = f"{fact.hold_id}: the place was held or reserved already"
        if not self._check(Promise.ONE_WINNER, is_free, step.record, reason):
            return
        self._judge_winner(step, fact)
        is_new = fact.hold_id not in self._known
        self._check(Promise.HOLDS_END_ONCE, is_new, step.record, f"{fact.hold_id} began before")
        self._known.add(fact.hold_id)
        self._held[fact.vacancy_id] = fact.hold_id
        self.holds[fact.hold_id] = Standing(
            fact.vacancy_id, fact.council, fact.referral_id, is_vouched=True, until=fact.until
        )

    def _judge_winner(self, step: OfferStep, fact: facts.PlaceHeld) -> None:
        """Exactly the one nomination was chosen that the place is held for, and among several with a reason.

        What is not vouched for is nothing to choose from.
        """
        chosen = [
            each.nomination_id
            for each in step.decision.facts
            if isinstance(each, facts.NominationEnded)
            and each.end is NominationEnd.CHOSEN
            and each.vacancy_id == fact.vacancy_id
        ]
        reason = f"{fact.hold_id}: not exactly the one nomination was chosen that it is held for"
        self._check(Promise.ONE_WINNER, chosen == [fact.nomination_id], step.record, reason)
        was_a_choice = any(
            isinstance(each, facts.NominationEnded)
            and each.end is NominationEnd.ANOTHER_CHOSEN
            and each.nomination_id in self._vouched
            for each in step.decision.facts
        )
        has_reason = fact.reason not in {None, ChoiceReason.ONLY_NOMINATION}
        reason = f"{fact.hold_id}: it was chosen among several, and no reason is recorded"
        self._check(Promise.ONE_WINNER, has_reason or not was_a_choice, step.record, reason)

    def end_hold(self, step: OfferStep, fact: facts.HoldEnded, policy: Policy | None) -> None:
        found = self.holds.get(fact.hold_id)
        reason = f"{fact.hold_id} ended, and did not stand"
        if not self._check(Promise.HOLDS_END_ONCE, found is not None, step.record, reason) or found is None:
            return
        if fact.end is HoldEnd.LAPSED and found.until is not None and policy is not None:
            is_over = step.at >= found.until + policy.take_grace
            self._check(
                Promise.NEVER_EARLY, is_over, step.record, f"{fact.hold_id} lapsed before its deadline"
            )
        if fact.end is not HoldEnd.TAKEN:
            self.holds.pop(fact.hold_id)
        self._held.pop(found.vacancy_id, None)

    def agree(self, step: OfferStep, fact: facts.TakeAgreed, policy: Policy | None) -> None:
        found = self.holds.pop(fact.hold_id, None)
        is_its_own = found is not None and found.referral_id == fact.referral_id
        reason = f"{fact.take_id} was agreed to without a hold for {fact.referral_id}"
        self._check(Promise.ONE_WINNER, is_its_own, step.record, reason)
        if found is not None and found.until is not None and isinstance(step.cause, vacancies.TakeAsked):
            grace = policy.take_grace if policy is not None else timedelta()
            is_timely = step.cause.asked_at < found.until and step.at < found.until + grace
            reason = f"{fact.take_id} was agreed to after the hold's deadline"
            self._check(Promise.ANSWERED_BY_RIGHT, is_timely, step.record, reason)
        self._reserved[fact.vacancy_id] = fact.take_id

    def judge_state(self, step: OfferStep) -> None:
        """The state shows what stands by the facts, and no loser waits beside a winner."""
        state = step.decision.state
        if state is None:
            return
        shown = vacancies_of(state)
        made = {each.nomination_id for vacancy in shown for each in vacancy.nominations}
        odd = sorted(made.symmetric_difference(self._of.get(step.key, ())))
        reason = f"{', '.join(odd[:1])} stands by the facts or by the state alone"
        self._check(Promise.NOMINATIONS_END_ONCE, not odd, step.record, reason)
        for vacancy in shown:
            self._judge_vacancy(step, vacancy)

    def _judge_vacancy(self, step: OfferStep, vacancy: offers.Vacancy) -> None:
        held = vacancy.hold.hold_id if vacancy.hold else None
        taken = vacancy.reservation.take_id if vacancy.reservation else None
        is_same = held == self._held.get(vacancy.vacancy_id)
        reason = f"the hold of {vacancy.vacancy_id} stands by the facts or by the state alone"
        self._check(Promise.HOLDS_END_ONCE, is_same, step.record, reason)
        if held or taken:
            is_alone = vacancy.window is None and not (held and taken)
            has_no_rival = not vacancy.nominations
            reason = f"{vacancy.vacancy_id} is given, and others still wait for it"
            self._check(Promise.ONE_WINNER, is_alone and has_no_rival, step.record, reason)
        for name, due in (
            ("choice", vacancy.choice.closes_at if vacancy.choice else None),
            ("hold", vacancy.hold.ends_at if vacancy.hold else None),
        ):
            if due is not None:
                reason = f"the {name} of {vacancy.vacancy_id} stands at its deadline"
                self._check(Promise.NEVER_LATE, step.at < due, step.record, reason)


FOLLOW: Final[Mapping[type[facts.Fact], Callable[[Nominations, OfferStep, Any, Policy | None], None]]] = {
    facts.NominationMade: Nominations.make,
    facts.NominationVouched: Nominations.vouch,
    facts.NominationEnded: Nominations.end,
    facts.PlaceHeld: Nominations.hold,
    facts.HoldEnded: Nominations.end_hold,
    facts.TakeAgreed: Nominations.agree,
    facts.FellThrough: Nominations.free,
    facts.MovedIn: Nominations.free,
    facts.VacancyFilled: Nominations.free,
    facts.VacancyWithdrawn: Nominations.free,
}
