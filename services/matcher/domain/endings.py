"""How windows, nominations, choices, holds and vacancies end, and how a vacancy goes back to its tier.

Laws: a window ends exactly once, with an outcome; a nomination ends with its reason and the loser is told; a place
that is not taken in the end goes back to the tier that it left with at least the minimum remainder.
Source: domain page, offer windows, laws 3, 6, 11 and 12.
"""

from dataclasses import dataclass
from datetime import datetime

from schemas.words import (
    BypassCode,
    CalendarKind,
    CouncilDecline,
    FallThroughReason,
    HoldEnd,
    NominationEnd,
    PlaceStatus,
    ProviderDecline,
    WindowOutcome,
    WithdrawReason,
)

from . import facts
from .draft import Draft
from .replacing import replace
from .setting import Choice, LastEnd, Nomination, Return, Vacancy, Window
from .values import Length


def seconds_left(draft: Draft, window: Window) -> int:
    """The seconds of its own calendar that a window still has."""
    calendar = draft.terms.calendar(window.calendar)
    return calendar.seconds_between(draft.now, window.closes_at, window.length.calendar)


def return_of(draft: Draft, window: Window) -> Return:
    """Where a vacancy that leaves this window goes back to: at least the minimum remainder, at most the length."""
    left = max(seconds_left(draft, window), draft.policy.remainder_min(window.length))
    return Return(audience=window.audience, seconds=min(left, window.length.seconds))


def end_window(draft: Draft, vacancy: Vacancy, outcome: WindowOutcome, reason: str | None = None) -> Vacancy:
    """End the open window. What becomes of its nominations is for the caller to say.

    A release can be put right only where it is why the window ended.
    """
    window = vacancy.window
    if window is None:
        raise LookupError(vacancy.vacancy_id)
    draft.tell(
        facts.WindowEnded(
            window_id=window.window_id,
            vacancy_id=vacancy.vacancy_id,
            audience=window.audience,
            tier=window.tier,
            outcome=outcome,
            reason=reason,
        )
    )
    release = vacancy.release
    if (
        release is not None
        and release.window_id == window.window_id
        and outcome is not WindowOutcome.RELEASED
    ):
        release = None
    served = (*vacancy.served, window.audience)
    return draft.put(replace(vacancy, window=None, served=served, release=release))


def end_nominated(draft: Draft, vacancy: Vacancy) -> Vacancy:
    """End a window that has nominations, and give the provider its time to choose."""
    window = vacancy.window
    if window is None:
        raise LookupError(vacancy.vacancy_id)
    returns_to = return_of(draft, window)
    vacancy = end_window(draft, vacancy, WindowOutcome.NOMINATED)
    closes_at = choice_deadline(draft, window)
    draft.tell(
        facts.ChoiceOpened(vacancy_id=vacancy.vacancy_id, window_id=window.window_id, closes_at=closes_at)
    )
    choice = Choice(window_id=window.window_id, closes_at=closes_at, returns_to=returns_to)
    return draft.put(replace(vacancy, choice=choice))


def choice_deadline(draft: Draft, window: Window) -> datetime:
    """When the provider's time to choose is over. Beyond the known holidays a working hour is three that pass."""
    length = draft.policy.choice[window.kind]
    calendar = draft.terms.calendar(window.calendar)
    in_calendar = calendar.deadline(draft.now, length)
    if in_calendar is not None:
        return in_calendar
    elapsed = calendar.deadline(draft.now, Length(CalendarKind.ELAPSED, 3 * length.seconds))
    if elapsed is None:
        raise AssertionError("elapsed time needs no calendar")
    return elapsed


def end_nomination(
    draft: Draft,
    vacancy: Vacancy,
    nomination: Nomination,
    end: NominationEnd,
    provider_reason: ProviderDecline | None = None,
    council_reason: CouncilDecline | None = None,
) -> Vacancy:
    draft.tell(
        facts.NominationEnded(
            nomination_id=nomination.nomination_id,
            vacancy_id=vacancy.vacancy_id,
            council=nomination.council,
            referral_id=nomination.referral_id,
            end=end,
            provider_reason=provider_reason,
            council_reason=council_reason,
        )
    )
    left = tuple(each for each in vacancy.nominations if each.nomination_id != nomination.nomination_id)
    return draft.put(replace(vacancy, nominations=left))


def end_nominations(draft: Draft, vacancy: Vacancy, end: NominationEnd) -> Vacancy:
    for nomination in vacancy.nominations:
        vacancy = end_nomination(draft, vacancy, nomination, end)
    return vacancy


def end_choice(draft: Draft, vacancy: Vacancy, unanswered: int) -> Vacancy:
    choice = vacancy.choice
    if choice is None:
        raise LookupError(vacancy.vacancy_id)
    draft.tell(
        facts.ChoiceEnded(vacancy_id=vacancy.vacancy_id, window_id=choice.window_id, unanswered=unanswered)
    )
    return draft.put(replace(vacancy, choice=None))


def after_a_nomination_went(draft: Draft, vacancy: Vacancy) -> Vacancy:
    """A choice among no nominations is over."""
    if vacancy.choice is not None and not vacancy.nominations:
        return end_choice(draft, vacancy, unanswered=0)
    return vacancy


def rejudge(draft: Draft, vacancy: Vacancy, reason: str) -> Vacancy:
    """End the window or choice because its setting may be offered no longer; the tier keeps what it had left."""
    if vacancy.window is not None:
        returns_to = return_of(draft, vacancy.window)
        vacancy = end_window(draft, vacancy, WindowOutcome.REJUDGED, reason)
    elif vacancy.choice is not None:
        returns_to = vacancy.choice.returns_to
        vacancy = end_choice(draft, vacancy, unanswered=0)
    else:
        return vacancy
    vacancy = end_nominations(draft, vacancy, NominationEnd.WINDOW_ENDED)
    return go_back(draft, vacancy, returns_to)


def go_back(draft: Draft, vacancy: Vacancy, returns_to: Return) -> Vacancy:
    """Make the tier that the vacancy left the next one again, with the time that it still has."""
    served = tuple(each for each in vacancy.served if each != returns_to.audience)
    return draft.put(
        replace(vacancy, served=served, returns_to=returns_to, hold=None, reservation=None, choice=None)
    )


def end_hold(draft: Draft, vacancy: Vacancy, end: HoldEnd) -> Vacancy:
    """End the hold. Unless it was taken, the vacancy goes back to its tier."""
    hold = vacancy.hold
    if hold is None:
        raise LookupError(vacancy.vacancy_id)
    draft.tell(
        facts.HoldEnded(
            hold_id=hold.hold_id,
            vacancy_id=vacancy.vacancy_id,
            council=hold.council,
            referral_id=hold.referral_id,
            end=end,
        )
    )
    if end is HoldEnd.TAKEN:
        return draft.put(replace(vacancy, hold=None))
    return go_back(draft, vacancy, hold.returns_to)


def fall_through(draft: Draft, vacancy: Vacancy, reason: FallThroughReason) -> Vacancy:
    """End the reservation; the vacancy goes back to its tier."""
    reservation = vacancy.reservation
    if reservation is None:
        raise LookupError(vacancy.vacancy_id)
    draft.tell(
        facts.FellThrough(
            vacancy_id=vacancy.vacancy_id,
            take_id=reservation.take_id,
            council=reservation.council,
            referral_id=reservation.referral_id,
            reason=reason,
        )
    )
    return go_back(draft, vacancy, reservation.returns_to)


def end_whatever_runs(draft: Draft, vacancy: Vacancy, outcome: WindowOutcome, reason: str) -> Vacancy:
    """End window, choice, nominations and hold of a vacancy that is about to end; what it had left is kept."""
    if vacancy.window is not None:
        returns_to = return_of(draft, vacancy.window)
        vacancy = go_back(draft, end_window(draft, vacancy, outcome, reason), returns_to)
    elif vacancy.choice is not None:
        vacancy = go_back(draft, end_choice(draft, vacancy, unanswered=0), vacancy.choice.returns_to)
    elif vacancy.hold is not None:
        vacancy = end_hold(draft, vacancy, HoldEnd.PLACE_FILLED)
    return end_nominations(draft, vacancy, NominationEnd.PLACE_GONE)


def close_vacancy(
    draft: Draft,
    vacancy: Vacancy,
    status: PlaceStatus,
    observed_at: datetime,
    *,
    is_counted: bool = False,
    is_correctable: bool = True,
) -> None:
    """Take the vacancy off its place, which now has another status; remembered where it may have been a mistake."""
    place = draft.place(vacancy.place)
    remembered = LastEnd(caused_by=draft.caused_by, vacancy=replace(vacancy, release=None, standbys=()))
    draft.put_place(
        replace(
            place,
            status=status,
            observed_at=max(place.observed_at, observed_at),
            is_counted=is_counted,
            was_vacant=True,
            vacancy=None,
            last_end=remembered if is_correctable else None,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Why a vacancy is withdrawn, and what its place is from then on.

    `is_own_act`: the provider's own act, which during a window is a bypass, unexplained unless it has a code.
    """

    reason: WithdrawReason
    leaves: PlaceStatus
    observed_at: datetime
    is_counted: bool = False
    is_own_act: bool = False
    code: BypassCode | None = None


def withdraw(draft: Draft, vacancy: Vacancy, withdrawal: Withdrawal) -> None:
    """Withdraw an uncommitted vacancy and whatever runs on it."""
    if withdrawal.is_own_act:
        record_bypass(draft, vacancy, withdrawal.code)
    vacancy = end_whatever_runs(draft, vacancy, WindowOutcome.WITHDRAWN, withdrawal.reason)
    draft.tell(facts.VacancyWithdrawn(vacancy_id=vacancy.vacancy_id, reason=withdrawal.reason))
    close_vacancy(draft, vacancy, withdrawal.leaves, withdrawal.observed_at, is_counted=withdrawal.is_counted)


def fill(draft: Draft, vacancy: Vacancy, code: BypassCode | None, observed_at: datetime) -> None:
    """A child was placed outside the windows: whatever runs ends, and during a window or hold it is a bypass."""
    record_bypass(draft, vacancy, code)
    vacancy = end_whatever_runs(draft, vacancy, WindowOutcome.BYPASSED, code or "unexplained")
    draft.tell(facts.VacancyFilled(vacancy_id=vacancy.vacancy_id, place=vacancy.place))
    close_vacancy(draft, vacancy, PlaceStatus.OCCUPIED, observed_at)
    group_changed(draft)


def record_bypass(draft: Draft, vacancy: Vacancy, code: BypassCode | None) -> None:
    """Make a placement outside the order visible. Outside windows, choices and holds only a given code is recorded."""
    running = vacancy.window or vacancy.choice
    if running is None and vacancy.hold is None and code is None:
        return
    window_id = running.window_id if running is not None else None
    draft.tell(facts.BypassRecorded(vacancy_id=vacancy.vacancy_id, window_id=window_id, code=code))


def group_changed(draft: Draft) -> None:
    """Other children live there now: what was declined for the sake of the former ones may be asked again."""
    kept = tuple(pair for pair in draft.setting.blocked_pairs if not pair.is_until_group_changes)
    if kept != draft.setting.blocked_pairs:
        draft.amend(blocked_pairs=kept)
