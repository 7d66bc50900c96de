"""Every timed thing of a setting: when it is due, and what then happens.

Laws: deadlines are judged by state alone; what is due is ended before anything else is looked at, the earliest first;
nothing is ended early. Source: domain page, offer windows, laws 4, 6, 10, 11 and 13; freshness.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import starmap

from schemas.words import (
    Freshness,
    HoldEnd,
    NominationEnd,
    PlaceStatus,
    Registration,
    WindowOutcome,
    WithdrawReason,
)

from . import facts
from .agreement import Agreement
from .calendar import LONDON
from .decision import Deadline
from .draft import Draft
from .endings import Withdrawal, end_choice, end_hold, end_nominated, end_nomination, end_window, withdraw
from .opening import age_days
from .policy import FreshnessPolicy, Policy
from .registering import close, rejudge_all_of
from .replacing import replace
from .setting import Setting, Vacancy, Window
from .vacancies import post

Found = tuple[datetime, str, str]
"""A deadline as it is compared: the instant, its kind, its subject."""


def deadlines(setting: Setting, policy: Policy) -> Iterator[Deadline]:
    """Every deadline that stands. A closed setting has none."""
    return starmap(Deadline, _deadlines(setting, policy))


def earliest(setting: Setting, policy: Policy) -> Deadline | None:
    return deadline_of(next_due(setting, policy))


def next_due(setting: Setting, policy: Policy) -> Found | None:
    return min(_deadlines(setting, policy), default=None)


def deadline_of(found: Found | None) -> Deadline | None:
    return None if found is None else Deadline(*found)


def _deadlines(setting: Setting, policy: Policy) -> list[Found]:
    if setting.registration is Registration.CLOSED:
        return []
    found: list[Found] = []
    if setting.closes_at is not None:
        found.append((setting.closes_at, "closure_due", setting.setting_id))
    for agreement in setting.agreements:
        _of_agreement(found, agreement, setting.looked_at)
    for place in setting.places:
        if place.notice is not None:
            found.append((place.notice.vacant_from, "notice_due", f"{setting.setting_id}:{place.number}"))
        if place.unusable is not None and not place.unusable.is_review_due:
            found.append((place.unusable.review_at, "review_due", f"{setting.setting_id}:{place.number}"))
        if place.vacancy is not None:
            _of_vacancy(found, place.vacancy, policy.freshness_of(setting.provision))
    return found


def _of_agreement(found: list[Found], agreement: Agreement, looked_at: datetime) -> None:
    """Where it or a membership begins or ends; what was looked at is over, but an end stands until it is ended."""
    found.extend((at, "agreement_due", agreement.agreement_id) for at in agreement.instants if at > looked_at)
    if agreement.valid_to is not None:
        found.append((agreement.valid_to, "agreement_due", agreement.agreement_id))


def _of_vacancy(found: list[Found], vacancy: Vacancy, days: FreshnessPolicy) -> None:
    if vacancy.window is not None:
        found.append((vacancy.window.closes_at, "window_due", vacancy.window.window_id))
    if vacancy.choice is not None:
        found.append((vacancy.choice.closes_at, "choice_due", vacancy.choice.window_id))
    if vacancy.hold is not None:
        found.append((vacancy.hold.ends_at, "hold_due", vacancy.hold.hold_id))
    elif vacancy.reservation is not None:
        if not vacancy.reservation.is_overdue:
            found.append((vacancy.reservation.overdue_at, "reservation_due", vacancy.reservation.take_id))
    else:
        changes_at = vacancy.confirmed_at + timedelta(days=_days_until_change(vacancy.freshness, days))
        found.append((changes_at, "freshness_due", vacancy.vacancy_id))


def _days_until_change(freshness: Freshness, days: FreshnessPolicy) -> int:
    """The age in days at which a vacancy of this freshness changes it."""
    if freshness is Freshness.FRESH:
        return days.ageing_days
    return days.stale_days if freshness is Freshness.AGEING else days.withdrawn_days


def end_what_is_due(draft: Draft) -> Found | None:
    """End everything that is due by now, the earliest first, and return what is next. At a deadline it is due."""
    while True:
        found = next_due(draft.setting, draft.policy)
        if found is None or found[0] > draft.now:
            return found
        due = Deadline(*found)
        HANDLERS[due.kind](draft, due)


def _window_of(draft: Draft, due: Deadline) -> tuple[Vacancy, Window]:
    for vacancy in draft.setting.vacancies():
        if vacancy.window is not None and vacancy.window.window_id == due.subject:
            return vacancy, vacancy.window
    raise LookupError(due.subject)


def _window_due(draft: Draft, due: Deadline) -> None:
    """Who acknowledged or released knows of the window, whatever the notifier could say."""
    vacancy, window = _window_of(draft, due)
    if vacancy.nominations:
        end_nominated(draft, vacancy)
    elif window.told or window.acknowledged or window.released:
        end_window(draft, vacancy, WindowOutcome.LAPSED)
    elif window.is_credited:
        end_window(draft, vacancy, WindowOutcome.UNTOLD)
    else:
        _credit(draft, vacancy, window)


def _credit(draft: Draft, vacancy: Vacancy, window: Window) -> None:
    """Nobody was told: one more full length from now on. Beyond the known holidays there is none to give."""
    calendar = draft.terms.calendar(window.calendar)
    closes_at = calendar.deadline(draft.now, window.length)
    if closes_at is None:
        end_window(draft, vacancy, WindowOutcome.UNTOLD)
        return
    moved_s = window.moved_s + window.length.seconds
    credited = replace(window, closes_at=closes_at, is_credited=True, moved_s=moved_s)
    draft.put(replace(vacancy, window=credited))
    draft.tell(facts.WindowCredited(window_id=window.window_id, closes_at=closes_at))


def _choice_due(draft: Draft, due: Deadline) -> None:
    choosing = (each for each in draft.setting.vacancies() if each.choice is not None)
    vacancy = next(each for each in choosing if each.choice and each.choice.window_id == due.subject)
    unanswered = sum(each.is_vouched for each in vacancy.nominations)
    for nomination in vacancy.nominations:
        end = NominationEnd.UNANSWERED_BY_PROVIDER if nomination.is_vouched else NominationEnd.WINDOW_ENDED
        vacancy = end_nomination(draft, vacancy, nomination, end)
    end_choice(draft, vacancy, unanswered)


def _hold_due(draft: Draft, due: Deadline) -> None:
    held = (each for each in draft.setting.vacancies() if each.hold is not None)
    vacancy = next(each for each in held if each.hold and each.hold.hold_id == due.subject)
    end_hold(draft, vacancy, HoldEnd.LAPSED)


def _reservation_due(draft: Draft, due: Deadline) -> None:
    for vacancy in draft.setting.vacancies():
        reservation = vacancy.reservation
        if reservation is not None and reservation.take_id == due.subject:
            draft.put(replace(vacancy, reservation=replace(reservation, is_overdue=True)))
            draft.tell(facts.MoveInOverdue(vacancy_id=vacancy.vacancy_id, take_id=reservation.take_id))
            return


def _freshness_due(draft: Draft, due: Deadline) -> None:
    vacancy = next(each for each in draft.setting.vacancies() if each.vacancy_id == due.subject)
    days = draft.policy.freshness_of(draft.setting.provision)
    age = age_days(vacancy, draft.now)
    if age >= days.withdrawn_days:
        withdraw(
            draft,
            vacancy,
            Withdrawal(
                reason=WithdrawReason.NOT_CONFIRMED,
                leaves=PlaceStatus.UNREPORTED,
                observed_at=vacancy.confirmed_at,
            ),
        )
    elif age >= days.stale_days:
        draft.put(replace(vacancy, freshness=Freshness.STALE))
        draft.tell(facts.VacancyBecameStale(vacancy_id=vacancy.vacancy_id))
    else:
        draft.put(replace(vacancy, freshness=Freshness.AGEING))
        draft.tell(facts.VacancyAged(vacancy_id=vacancy.vacancy_id))


def _notice_due(draft: Draft, due: Deadline) -> None:
    place = draft.place(int(due.subject.rpartition(":")[2]))
    if place.notice is None:
        raise LookupError(due.subject)
    vacant_from = place.notice.vacant_from
    available_from = vacant_from.astimezone(LONDON).date()
    seen_at = max(vacant_from, place.observed_at)
    post(draft, place, place.notice.kind, available_from, place.notice.fee, seen_at)


def _review_due(draft: Draft, due: Deadline) -> None:
    place = draft.place(int(due.subject.rpartition(":")[2]))
    if place.unusable is None:
        raise LookupError(due.subject)
    draft.put_place(replace(place, unusable=replace(place.unusable, is_review_due=True)))
    draft.tell(facts.PlaceReviewDue(place=place.number, reason=place.unusable.reason))


def _agreement_due(draft: Draft, due: Deadline) -> None:
    """Something about agreements began or ended at this instant; a running window keeps its members."""
    agreements = draft.setting.agreements
    for agreement in agreements:
        if agreement.valid_from == due.at:
            draft.tell(
                facts.AgreementCameIntoForce(agreement_id=agreement.agreement_id, version=agreement.version)
            )
        for tier in agreement.tiers:
            for member in tier.members:
                if member.valid_to == due.at:
                    draft.tell(facts.MembershipEnded(audience=tier.audience, council=member.council))
    ended = [each for each in agreements if each.valid_to is not None and each.valid_to <= due.at]
    draft.amend(
        agreements=tuple(each for each in agreements if each not in ended),
        looked_at=max(draft.setting.looked_at, due.at),
    )
    for agreement in ended:
        draft.tell(facts.AgreementEnded(agreement_id=agreement.agreement_id, version=agreement.version))
        successor = draft.setting.agreement(draft.now)
        if successor is None or successor.agreement_id != agreement.agreement_id:
            rejudge_all_of(draft, agreement)


def _closure_due(draft: Draft, due: Deadline) -> None:
    close(draft, due.at)


HANDLERS = {
    "window_due": _window_due,
    "choice_due": _choice_due,
    "hold_due": _hold_due,
    "reservation_due": _reservation_due,
    "freshness_due": _freshness_due,
    "notice_due": _notice_due,
    "review_due": _review_due,
    "agreement_due": _agreement_due,
    "closure_due": _closure_due,
}
