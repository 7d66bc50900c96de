"""Seeded bugs that are found only where there is working time, late news, a wrong clock or a next version of the code.

Each stands in for a part of the program, as all seeded bugs do. It is pure, as the rules are.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from schemas.words import CalendarKind, Code
from services.matcher.domain import facts, inputs, offers, placements, referral_inputs
from services.matcher.domain.calendar import LONDON, WorkingCalendar
from services.matcher.domain.deadlines import earliest
from services.matcher.domain.policy import Policy, Terms
from services.matcher.domain.setting import Vacancy
from services.matcher.domain.values import Length

from .bugs_in_rules import Decide, Decided, each_vacancy, facts_of
from .codes import CODES, NEXT
from .log import UNMARKED, Key
from .runners import Held, Worker
from .scene import NEVER

# --- working time ------------------------------------------------------------------------------------------


def under(terms_of: Callable[[Terms], Terms]) -> Decide:
    """The offers rule book under terms of its own making."""
    made: dict[int, Terms] = {}

    def decide(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
        mistaken = made.get(id(terms))
        if mistaken is None:
            mistaken = made[id(terms)] = terms_of(terms)
        return offers.decide(mistaken, state, order, now)

    return decide


def with_calendars(change: Callable[[WorkingCalendar], WorkingCalendar]) -> Decide:
    return under(
        lambda terms: Terms(terms.policies, {n: change(each) for n, each in terms.calendars.items()})
    )


def works_on_holidays(calendar: WorkingCalendar) -> WorkingCalendar:
    return replace(calendar, holidays=frozenset())


def guesses_on(calendar: WorkingCalendar) -> WorkingCalendar:
    """Beyond the known holidays there are none."""
    return replace(calendar, known_until=calendar.known_until + timedelta(days=60))


class WinterTime(WorkingCalendar):
    """Nine o'clock is nine o'clock in Greenwich all the year."""

    def deadline(self, begins_at: datetime, length: Length) -> datetime | None:
        if length.calendar is CalendarKind.ELAPSED:
            return begins_at + timedelta(seconds=length.seconds)
        found = WorkingCalendar.deadline(self, begins_at - _summer_time(begins_at), length)
        return None if found is None else found + _summer_time(found)


def _summer_time(at: datetime) -> timedelta:
    return at.astimezone(LONDON).dst() or timedelta()


class NextMorning(WorkingCalendar):
    """A length that is used up exactly at 17:00 ends at 09:00 of the next working day."""

    def deadline(self, begins_at: datetime, length: Length) -> datetime | None:
        found = WorkingCalendar.deadline(self, begins_at, length)
        if length.calendar is CalendarKind.ELAPSED or found is None:
            return found
        a_bit_later = WorkingCalendar.deadline(self, found, Length(length.calendar, 1))
        return None if a_bit_later is None else a_bit_later - timedelta(seconds=1)


class ByTheWall(WorkingCalendar):
    """What is left of working time, or has passed of it, is read off the wall."""

    def seconds_between(self, begins_at: datetime, ends_at: datetime, kind: CalendarKind) -> int:
        del kind
        return WorkingCalendar.seconds_between(self, begins_at, ends_at, CalendarKind.ELAPSED)


def of_class(wrong: type[WorkingCalendar]) -> Callable[[WorkingCalendar], WorkingCalendar]:
    return lambda known: wrong(known.version, known.known_from, known.known_until, known.holidays)


def calendar_shifts(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    """A later calendar is applied to the windows that run."""
    decision = offers.decide(terms, state, order, now)
    if decision is None or not facts_of(decision, facts.PolicyAdopted):
        return decision
    calendar = terms.calendar(order.calendar)

    def shifted(vacancy: Vacancy) -> Vacancy:
        window = vacancy.window
        if window is None or window.length.calendar is CalendarKind.ELAPSED:
            return vacancy
        closes_at = calendar.deadline(window.opened_at, window.length) or window.closes_at
        return replace(vacancy, window=replace(window, closes_at=max(closes_at, now + timedelta(seconds=1))))

    changed = each_vacancy(decision.state, shifted)
    return replace(decision, state=changed, deadline=earliest(changed, terms.policy(changed.policy)))


def a_day_is_a_day(terms: Terms) -> Terms:
    """Eight working hours are taken for a third of a day that passes: lengths of working time run through the night."""

    def elapsed(length: Length) -> Length:
        return Length(CalendarKind.ELAPSED, length.seconds)

    def changed(policy: Policy) -> Policy:
        return replace(policy, hold={kind: elapsed(each) for kind, each in policy.hold.items()})

    return Terms({name: changed(each) for name, each in terms.policies.items()}, terms.calendars)


# --- late news ---------------------------------------------------------------------------------------------


def by_arrival(*kinds: type[Any]) -> Decide:
    """What arrives last stands, whenever it was observed."""

    def decide(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
        decision = offers.decide(terms, state, order, now)
        if decision is None or decision.answer is not Code.OLDER_OBSERVATION or not isinstance(order, kinds):
            return decision
        return offers.decide(terms, state, replace(order, observed_at=now), now)

    return decide


of_places = by_arrival(
    *(inputs.PlaceUnusable, inputs.PlaceUsable, inputs.PlaceOnNotice, inputs.PlaceOccupied),
    *(inputs.VacancyFilled, inputs.VacancyWithdrawn, inputs.DeclareBypass),
)
of_amendments = by_arrival(inputs.VacancyAmended)
of_numbers = by_arrival(inputs.NumbersStated, inputs.NilReturn)
of_judgements = by_arrival(inputs.SettingJudged)
of_pauses = by_arrival(inputs.SettingPaused, inputs.SettingResumed)
of_registrations = by_arrival(inputs.SettingAmended)


def no_change_is_no_news(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    """Who says that nothing has changed has not spoken of each vacancy."""
    decision = offers.decide(terms, state, order, now)
    if decision is None or not isinstance(order, inputs.NoChange) or decision.answer is not Code.ACCEPTED:
        return decision
    after: Any = decision.state
    places = [
        replace(new, observed_at=old.observed_at, is_counted=old.is_counted, was_vacant=old.was_vacant)
        for old, new in zip(state.places, after.places, strict=True)
    ]
    return replace(decision, state=replace(after, places=tuple(places)))


def of_needs(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = placements.decide(terms, state, order, now)
    is_amended = isinstance(order, referral_inputs.ReferralAmended)
    if decision is None or decision.answer is not Code.OLDER_OBSERVATION or not is_amended:
        return decision
    return placements.decide(terms, state, replace(order, observed_at=now), now)


# --- wrong times -------------------------------------------------------------------------------------------


def believes_the_clock(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    """A deadline is due because the clock says so, whatever the log's time."""
    is_due = isinstance(order, inputs.DeadlineDue)
    return offers.decide(terms, state, order, max(now, order.observed_at) if is_due else now)


def believes_the_people(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    """It is at least as late as somebody's watch says."""
    is_due = isinstance(order, inputs.DeadlineDue)
    return offers.decide(terms, state, order, now if is_due else max(now, order.observed_at))


def takes_the_future(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    decision = offers.decide(terms, state, order, now)
    if decision is None or decision.answer is not Code.OBSERVED_IN_FUTURE:
        return decision
    return offers.decide(terms, state, replace(order, observed_at=now), now)


# --- the next version of the code --------------------------------------------------------------------------


def _is_next(terms: Terms) -> bool:
    return terms is CODES[NEXT].terms


def another_default(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    """The next version has another default for what a policy says, and prefers it."""
    if _is_next(terms):
        known = {name: replace(each, nominations_max=1) for name, each in terms.policies.items()}
        terms = Terms(known, terms.calendars)
    return offers.decide(terms, state, order, now)


def answers_otherwise(terms: Terms, state: Any, order: Any, now: datetime) -> Decided:
    """The next version refuses with another code."""
    decision = offers.decide(terms, state, order, now)
    if decision is None or decision.answer is not Code.CHANGES_NOTHING or not _is_next(terms):
        return decision
    return replace(decision, answer=Code.STALE_INSTANCE)


class ForgetsTheRest(Worker):
    """A key that is held no more begins anew."""

    def start(self, key: Key) -> Held:
        if key.name not in self.read:
            return super().start(key)
        held = Held(None, UNMARKED, NEVER, self.read.pop(key.name), len(key.records))
        self.held[key.name] = held
        return held


class ForgetsWhatIsOnItsWay(Worker):
    """Keys are forgotten whatever is on its way, and then read again up to where the log ends without it."""

    def evict(self, but: str) -> None:
        keys_max = CODES[self.code].keys_max
        if keys_max is not None:
            for name in [each for each in self.held if each != but][: max(0, len(self.held) - keys_max)]:
                self.forget(name)


class OneTimeForAll(Worker):
    """What is decided together has one time: that of the last input that waits."""

    def decide(self, key: Key) -> bool:
        held = self.held.get(key.name)
        self.waits = (
            key.inputs[held.next : held.next + CODES[self.code].batch_max] if held is not None else []
        )
        return super().decide(key)

    def time_of(self, held: Held, stamped_at: datetime) -> datetime:
        stamps = [said.stamped_at for said in self.waits]
        return max([stamped_at, held.decided_at, *stamps])
