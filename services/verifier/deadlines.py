"""Recomputes every deadline that a fact sets or moves, and every lapse that is not a window's.

Exact: extended, topped up (unless the sum of all top-ups binds), paused, first move, choice, hold. Bounded, where two
readings are lawful: a credit (from the deadline or from the moment that it was noticed) and a move after a credit (the
credit counts or does not). Must not know whose turn it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from schemas import offer_facts as facts
from schemas import offers, vacancies
from schemas.words import Kind, NominationEnd, ProviderDecline, Role, WithdrawReason

from .domain.hours import Hours, Span, midnight_after
from .domain.promises import Promise, Tally
from .domain.terms import Policy
from .ladders import ROUNDING, Ladders, after, near
from .rights import Rights
from .steps import OfferStep
from .windows import Track, Windows, vacancies_of


@dataclass(slots=True)
class Moved:
    """What has moved one window's deadline so far."""

    topped_up_s: float = 0.0
    delay_s: int = 0
    asked_s: int | None = None
    is_extended: bool = False
    is_paused: bool = False
    is_credited: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One fact about one window, with all that its deadline follows from."""

    step: OfferStep
    track: Track
    moved: Moved
    length: Span
    policy: Policy
    hours: Hours

    def after(self, start: datetime, seconds: float) -> datetime | None:
        return after(self.hours, start, self.length, seconds)

    def between(self, start: datetime, end: datetime) -> float:
        return self.hours.between(start, end, self.length.calendar)


class Deadlines:
    """Judges facts about deadlines before the windows follow them."""

    def __init__(self, tally: Tally, rights: Rights, windows: Windows, ladders: Ladders) -> None:
        self._check, self._rights, self._windows, self._ladders = tally.check, rights, windows, ladders
        self._moved: dict[str, Moved] = {}

    def take(self, step: OfferStep, fact: facts.Fact) -> None:
        """Judge one fact; the deadline that it moves still stands as it was."""
        window_id = getattr(fact, "window_id", None)
        judge = JUDGE.get(type(fact))
        if judge is not None and isinstance(window_id, str) and (case := self._case(step, window_id)):
            judge(self, case, fact)
        elif isinstance(fact, facts.PlaceHeld):
            self._judge_hold(step, fact)
        elif (early := EARLY.get(type(fact))) is not None and step.before is not None:
            early(self, step, step.before, fact)

    def _case(self, step: OfferStep, window_id: str) -> Case | None:
        track, known = self._windows.tracks.get(window_id), self._rights.known.get(step.key)
        length = self._ladders.lengths.get(window_id)
        if track is None or known is None or known.policy is None or known.hours is None or length is None:
            return None
        return Case(
            step, track, self._moved.setdefault(window_id, Moved()), length, known.policy, known.hours
        )

    def _exact(self, case: Case, fact: Any, expected: datetime | None, how: str) -> None:
        reason = f"{fact.window_id}: {how} to another instant than the one recomputed"
        self._check(Promise.FULL_LENGTH, near(expected, fact.closes_at), case.step.record, reason)

    def _within(self, case: Case, fact: Any, least: datetime | None, most: datetime | None, how: str) -> None:
        is_within = (
            least is not None and most is not None and least - ROUNDING <= fact.closes_at <= most + ROUNDING
        )
        reason = f"{fact.window_id}: {how} beyond the bounds recomputed"
        self._check(Promise.FULL_LENGTH, is_within, case.step.record, reason)

    # --- what moves a window's deadline ----------------------------------------------------------------------

    def asked(self, case: Case, fact: facts.WindowExtensionAsked) -> None:
        case.moved.asked_s = fact.seconds

    def extended(self, case: Case, fact: facts.WindowExtended) -> None:
        """Once, by the provider or with its consent, at most by the original length."""
        cause = case.step.cause
        seconds = cause.seconds if isinstance(cause, vacancies.ExtendWindow) else case.moved.asked_s
        is_provider = getattr(getattr(cause, "by", None), "role", None) in {Role.PROVIDER, Role.OPS}
        is_right = is_provider and not case.moved.is_extended and (seconds or 0) <= case.length.seconds
        reason = f"{fact.window_id} was extended twice, too far, or by a council alone"
        self._check(Promise.FULL_LENGTH, is_right, case.step.record, reason)
        case.moved.is_extended = True
        self._exact(case, fact, case.after(case.track.closes_at, seconds or 0), "extended")

    def topped_up(self, case: Case, fact: facts.WindowToppedUp) -> None:
        """To the least remainder; top-ups of a window never add up to more than its length."""
        former = case.track.closes_at
        expected = case.after(case.step.at, case.policy.remainder(case.length))
        added = case.between(former, fact.closes_at)
        case.moved.topped_up_s += added
        is_bound = case.moved.topped_up_s >= case.length.seconds - 1
        if is_bound:
            self._within(case, fact, former, expected, "topped up")
        else:
            self._exact(case, fact, expected, "topped up")
        reason = f"{fact.window_id}: its top-ups add up to more than its length"
        is_bounded = case.moved.topped_up_s <= case.length.seconds + 1
        self._check(Promise.FULL_LENGTH, is_bounded, case.step.record, reason)

    def paused(self, case: Case, fact: facts.WindowPaused) -> None:
        """Once, by a decline for want of information."""
        cause, pause = case.step.cause, case.policy.pause[case.track.kind]
        is_asked = (
            isinstance(cause, vacancies.DeclineNomination)
            and cause.reason is ProviderDecline.INSUFFICIENT_INFORMATION
            and not case.moved.is_paused
        )
        reason = f"{fact.window_id} was paused twice, or for another reason than information"
        self._check(Promise.FULL_LENGTH, is_asked, case.step.record, reason)
        case.moved.is_paused = True
        self._exact(case, fact, case.hours.after(case.track.closes_at, pause), "paused")

    def told_late(self, case: Case, fact: facts.WindowMoved) -> None:
        """By the delay with which the holder was told."""
        cause, former = case.step.cause, case.track.closes_at
        told_at = cause.told_at if isinstance(cause, vacancies.WindowTold) else case.step.at
        delay = case.between(case.track.opened_at, told_at)
        is_its_delay = abs(delay - fact.delay_s) <= 1 and delay > case.policy.told_late_s
        reason = f"{fact.window_id} was moved by another delay than that of its telling"
        self._check(Promise.FULL_LENGTH, is_its_delay, case.step.record, reason)
        if case.moved.is_credited or case.moved.delay_s:
            self._within(case, fact, former, case.after(former, fact.delay_s), "moved")
        else:
            self._exact(case, fact, case.after(former, fact.delay_s), "moved")
        case.moved.delay_s = fact.delay_s

    def credited(self, case: Case, fact: facts.WindowCredited) -> None:
        """At the deadline, once, where nobody was told: one more full length."""
        former = case.track.closes_at
        reason = f"{fact.window_id} was credited before its deadline"
        self._check(Promise.NEVER_EARLY, case.step.at >= former, case.step.record, reason)
        is_right = not case.moved.is_credited and not case.track.told
        reason = f"{fact.window_id} was credited twice, or though somebody was told"
        self._check(Promise.FULL_LENGTH, is_right, case.step.record, reason)
        case.moved.is_credited = True
        seconds = case.length.seconds
        self._within(case, fact, case.after(former, seconds), case.after(case.step.at, seconds), "credited")

    def judge_state(self, step: OfferStep) -> None:
        """After a decline in an open window there is the minimum remainder, unless the top-ups are used up."""
        for fact in step.decision.facts:
            if not isinstance(fact, facts.NominationEnded) or fact.end is not NominationEnd.DECLINED:
                continue
            track = self._windows.open_of.get(fact.vacancy_id)
            case = None if track is None else self._case(step, track.window_id)
            if case is None:
                continue
            rest = case.between(step.at, case.track.closes_at)
            is_used_up = case.moved.topped_up_s >= case.length.seconds - 1
            is_enough = is_used_up or rest + 1 >= case.policy.remainder(case.length)
            reason = f"{case.track.window_id} has less than the minimum remainder after a decline"
            self._check(Promise.FULL_LENGTH, is_enough, step.record, reason)

    # --- choices and holds -------------------------------------------------------------------------------------

    def choice(self, case: Case, fact: facts.ChoiceOpened) -> None:
        expected = case.hours.after(case.step.at, case.policy.choice[case.track.kind])
        self._exact(case, fact, expected, "the choice runs")

    def choice_ended(self, case: Case, fact: facts.ChoiceEnded) -> None:
        """Unanswered only at its deadline, or where the place is gone."""
        found = None if case.step.before is None else vacancy_in(case.step.before, fact.vacancy_id)
        if found is None or found.choice is None or not fact.unanswered:
            return
        is_gone = case.step.decision.state is not None and not vacancy_in(
            case.step.decision.state, fact.vacancy_id
        )
        is_over = case.step.at >= found.choice.closes_at
        reason = f"the choice of {fact.window_id} ended unanswered before its deadline"
        self._check(Promise.NEVER_EARLY, is_over or is_gone, case.step.record, reason)

    def _judge_hold(self, step: OfferStep, fact: facts.PlaceHeld) -> None:
        known, kind = self._rights.known.get(step.key), self._kind(step, fact.vacancy_id)
        if known is None or known.policy is None or known.hours is None or kind is None:
            return
        expected = known.hours.after(step.at, known.policy.hold[kind])
        reason = f"{fact.hold_id} does not have its full length"
        self._check(Promise.FULL_LENGTH, near(expected, fact.until), step.record, reason)

    def _kind(self, step: OfferStep, vacancy_id: str) -> Kind | None:
        state = step.decision.state
        found = None if state is None else vacancy_in(state, vacancy_id)
        return None if found is None else found.kind

    # --- other lapses --------------------------------------------------------------------------------------------

    def freshness(self, step: OfferStep, before: offers.Setting, fact: Any) -> None:
        known, found = self._rights.known.get(step.key), vacancy_in(before, fact.vacancy_id)
        if known is None or known.policy is None or found is None:
            return
        staleness = known.policy.staleness(known.provision)
        waits: dict[type[Any], timedelta] = {
            facts.VacancyAged: staleness.ageing,
            facts.VacancyBecameStale: staleness.stale,
            facts.VacancyWithdrawn: staleness.withdrawn,
        }
        if isinstance(fact, facts.VacancyWithdrawn) and fact.reason is not WithdrawReason.NOT_CONFIRMED:
            return
        self._early(step, found.confirmed_at + waits[fact.__class__], f"{fact.vacancy_id} aged")

    def review(self, step: OfferStep, before: offers.Setting, fact: facts.PlaceReviewDue) -> None:
        found = next((each.unusable for each in before.places if each.number == fact.place), None)
        if found is not None:
            self._early(step, found.review_at, f"place {fact.place} was due for review")

    def overdue(self, step: OfferStep, before: offers.Setting, fact: facts.MoveInOverdue) -> None:
        found = vacancy_in(before, fact.vacancy_id)
        if found is not None and found.reservation is not None:
            due_at = midnight_after(found.reservation.starts_on)
            self._early(step, due_at, f"{fact.vacancy_id} was overdue")

    def closed(self, step: OfferStep, before: offers.Setting, _fact: facts.SettingClosed) -> None:
        if before.closes_at is not None and isinstance(step.cause, vacancies.ClosureDue):
            self._early(step, before.closes_at, "the setting closed")

    def _early(self, step: OfferStep, due_at: datetime, what: str) -> None:
        self._check(Promise.NEVER_EARLY, step.at >= due_at, step.record, f"{what} before its time")


def vacancy_in(state: offers.Setting, vacancy_id: str) -> offers.Vacancy | None:
    return next((each for each in vacancies_of(state) if each.vacancy_id == vacancy_id), None)


JUDGE: Final[Mapping[type[facts.Fact], Callable[[Deadlines, Case, Any], None]]] = {
    facts.WindowExtensionAsked: Deadlines.asked,
    facts.WindowExtended: Deadlines.extended,
    facts.WindowToppedUp: Deadlines.topped_up,
    facts.WindowPaused: Deadlines.paused,
    facts.WindowMoved: Deadlines.told_late,
    facts.WindowCredited: Deadlines.credited,
    facts.ChoiceOpened: Deadlines.choice,
    facts.ChoiceEnded: Deadlines.choice_ended,
}
EARLY: Final[Mapping[type[facts.Fact], Callable[[Deadlines, OfferStep, offers.Setting, Any], None]]] = {
    facts.VacancyAged: Deadlines.freshness,
    facts.VacancyBecameStale: Deadlines.freshness,
    facts.VacancyWithdrawn: Deadlines.freshness,
    facts.PlaceReviewDue: Deadlines.review,
    facts.MoveInOverdue: Deadlines.overdue,
    facts.SettingClosed: Deadlines.closed,
}
