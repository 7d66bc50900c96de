"""Held and reserved places: the vacancy's side of taking a place, moving in and falling through.

Laws: a take is agreed only for the very hold that it names, asked before the hold's deadline, and every take that is
asked is answered; one winner; what is not taken goes back to its tier.
Source: domain page, offer windows, law 11; one winner for a vacancy, one place for a referral.
"""

from datetime import timedelta

from schemas.words import Code, FallThroughReason, HoldEnd, PlaceStatus, Role

from . import facts, inputs
from .calendar import london_midnight
from .draft import Draft
from .endings import close_vacancy, end_hold, fall_through, group_changed
from .replacing import replace
from .setting import Hold, Reservation, Vacancy


def take_asked(draft: Draft, order: inputs.TakeAsked) -> Code | None:
    vacancy = draft.setting.vacancy(order.vacancy_id)
    reservation = vacancy.reservation if vacancy is not None else None
    if reservation is not None and reservation.take_id == order.take_id:
        return Code.STALE_INSTANCE
    hold = vacancy.hold if vacancy is not None else None
    if vacancy is None or hold is None or not _stands(hold, order):
        refuse_take(draft, order)
        return Code.HOLD_ENDED
    vacancy = end_hold(draft, vacancy, HoldEnd.TAKEN)
    _reserve(draft, vacancy, hold, order)
    return None


def _stands(hold: Hold, order: inputs.TakeAsked) -> bool:
    """What is due has been ended before, so a hold that is there is within its grace."""
    is_this_hold = hold.hold_id == order.hold_id and hold.referral_id == order.referral_id
    return is_this_hold and order.asked_at < hold.until


def refuse_take(draft: Draft, order: inputs.TakeAsked) -> None:
    draft.tell(take_refused(order))


def take_refused(order: inputs.TakeAsked) -> facts.TakeRefused:
    return facts.TakeRefused(
        take_id=order.take_id,
        hold_id=order.hold_id,
        vacancy_id=order.vacancy_id,
        referral_id=order.referral_id,
    )


def _reserve(draft: Draft, vacancy: Vacancy, hold: Hold, order: inputs.TakeAsked) -> None:
    reservation = Reservation(
        hold_id=hold.hold_id,
        take_id=order.take_id,
        council=hold.council,
        referral_id=hold.referral_id,
        held_at=hold.held_at,
        starts_on=order.starts_on,
        overdue_at=london_midnight(order.starts_on + timedelta(days=1)),
        returns_to=hold.returns_to,
    )
    draft.put(replace(vacancy, reservation=reservation))
    draft.tell(
        facts.TakeAgreed(
            take_id=order.take_id,
            hold_id=hold.hold_id,
            vacancy_id=vacancy.vacancy_id,
            council=hold.council,
            referral_id=hold.referral_id,
            starts_on=order.starts_on,
        )
    )


def hold_let_go(draft: Draft, order: inputs.HoldLetGo) -> Code | None:
    vacancy = draft.setting.vacancy(order.vacancy_id)
    if vacancy is None or vacancy.hold is None or vacancy.hold.hold_id != order.hold_id:
        return Code.STALE_INSTANCE
    end_hold(draft, vacancy, HoldEnd.LET_GO)
    return None


def moved_in(draft: Draft, order: inputs.MovedIn) -> Code | None:
    vacancy = draft.setting.vacancy(order.vacancy_id)
    if vacancy is None:
        return Code.UNKNOWN_VACANCY
    reservation = vacancy.reservation
    if reservation is None:
        return Code.NOT_RESERVED
    if order.by.role is Role.TEAM and order.by.id != reservation.council:
        return Code.UNKNOWN_VACANCY
    draft.tell(
        facts.MovedIn(
            vacancy_id=vacancy.vacancy_id,
            take_id=reservation.take_id,
            council=reservation.council,
            referral_id=reservation.referral_id,
        )
    )
    draft.tell(facts.VacancyFilled(vacancy_id=vacancy.vacancy_id, place=vacancy.place))
    ended = replace(vacancy, reservation=None)
    close_vacancy(draft, ended, PlaceStatus.OCCUPIED, order.observed_at, is_correctable=False)
    group_changed(draft)
    return None


def fell_through(draft: Draft, order: inputs.FellThrough) -> Code | None:
    vacancy = draft.setting.vacancy(order.vacancy_id)
    if vacancy is None:
        return Code.UNKNOWN_VACANCY
    committed = vacancy.reservation or vacancy.hold
    if committed is None:
        return Code.NOT_HELD_OR_RESERVED
    if order.by.role is Role.TEAM and order.by.id != committed.council:
        return Code.UNKNOWN_VACANCY
    if vacancy.reservation is not None:
        fall_through(draft, vacancy, order.reason)
    else:
        end_hold(draft, vacancy, HoldEnd.FELL_THROUGH)
    return None


def end_commitments(draft: Draft, vacancy: Vacancy, end: HoldEnd, reason: FallThroughReason) -> Vacancy:
    """The setting can take nobody: what is held or reserved ends, and the vacancy goes back to its tier."""
    if vacancy.hold is not None:
        return end_hold(draft, vacancy, end)
    if vacancy.reservation is not None:
        return fall_through(draft, vacancy, reason)
    return vacancy
