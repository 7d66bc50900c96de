"""Numbers reconciled into vacancies: "two vacancies as of today", and the nil return.

Laws: a statement counts empty, usable, unheld places as of its time; which fact wins is decided by when it was
observed, never by when it arrived; at equal times a word about a place beats a number, and a later arrival beats an
earlier one; what does not fit is a named conflict for a person. Source: domain page, settled readings.
"""

from datetime import datetime

from schemas.words import Code, ConflictKind, PlaceStatus, WithdrawReason

from . import facts, inputs
from .calendar import LONDON
from .capacity import newest_first, settle_capacity, standing
from .draft import Draft
from .endings import Withdrawal, withdraw
from .places import LIVED_IN, NOT_ON_BED_LADDERS
from .replacing import replace
from .setting import Conflict, Place
from .vacancies import confirm, confirm_setting, post

SPOKEN_OF = LIVED_IN | {PlaceStatus.VACANT, PlaceStatus.UNUSABLE}


def state_numbers(draft: Draft, order: inputs.NumbersStated) -> Code | None:
    if draft.setting.provision in NOT_ON_BED_LADDERS:
        return Code.NOT_ON_BED_LADDER
    code = _older(draft, order)
    if code is not None:
        return code
    is_whole_count = order.registered_places is not None
    if order.registered_places is not None:
        _register_more(draft, order.registered_places, order.observed_at)
    _reconcile(draft, order)
    if is_whole_count:
        settle_capacity(draft, order.observed_at, is_whole_count=True)
        _the_rest_is_occupied(draft, order.observed_at)
    return None


def nil_return(draft: Draft, order: inputs.NilReturn) -> Code | None:
    code = _older(draft, order)
    if code is not None:
        return code
    draft.amend(stated_at=order.observed_at, conflicts=())
    confirm_setting(draft, order.observed_at)
    for vacancy in newest_first(draft):
        if not is_pinned(draft.place(vacancy.place), order.observed_at):
            withdraw(
                draft,
                vacancy,
                Withdrawal(
                    reason=WithdrawReason.NIL_RETURN,
                    leaves=PlaceStatus.OCCUPIED,
                    observed_at=order.observed_at,
                    is_counted=True,
                    is_own_act=True,
                ),
            )
    return None


def _older(draft: Draft, order: inputs.Input) -> Code | None:
    stated_at = draft.setting.stated_at
    return Code.OLDER_OBSERVATION if stated_at is not None and order.observed_at < stated_at else None


def is_pinned(place: Place, stated_at: datetime) -> bool:
    """Tell whether a word about this place stands against a number observed at `stated_at`."""
    if place.observed_at == stated_at:
        return not place.is_counted
    if place.vacancy is not None and place.vacancy.is_committed:
        return True
    return place.observed_at > stated_at


def was_vacant_at(place: Place, stated_at: datetime) -> bool:
    """Tell whether a place was empty, usable and unheld at an instant, as far as is known."""
    if place.observed_at > stated_at:
        return place.was_vacant
    if place.vacancy is None:
        return False
    held = place.vacancy.hold or place.vacancy.reservation
    return held is None or held.held_at > stated_at


def _register_more(draft: Draft, registered_places: int, observed_at: datetime) -> None:
    """Take a whole count's number of places. A lower one is settled only after its vacancies are reconciled."""
    if observed_at < draft.setting.amended_at:
        return
    draft.amend(registered_places=registered_places, amended_at=observed_at)
    if registered_places > len(standing(draft)):
        settle_capacity(draft, observed_at, is_whole_count=True)


def _reconcile(draft: Draft, order: inputs.NumbersStated) -> None:
    stated_at = order.observed_at
    known = sum(was_vacant_at(place, stated_at) for place in draft.setting.places)
    draft.amend(stated_at=stated_at, conflicts=())
    confirm_setting(draft, stated_at)
    before = [each.vacancy_id for each in draft.setting.vacancies() if not each.is_committed]
    gone, posted = _post(draft, order, max(0, order.vacant - known))
    known += gone
    withdrawn = _withdraw(draft, stated_at, max(0, known - order.vacant))
    for vacancy in tuple(draft.setting.vacancies()):
        if vacancy.vacancy_id in before and vacancy.confirmed_at <= stated_at:
            confirm(draft, vacancy, stated_at)
    draft.tell(facts.NumbersReconciled(stated=order.vacant, known=known, posted=posted, withdrawn=withdrawn))
    if known + posted - withdrawn != order.vacant:
        _conflict(draft, order.vacant, known + posted - withdrawn)


def _post(draft: Draft, order: inputs.NumbersStated, wanted: int) -> tuple[int, int]:
    """Post vacancies on the lowest-numbered places that could be free at the time.

    Return how many of them are known by a later word to be so no more (or still), and how many were posted.
    """
    stated_at = order.observed_at
    found = [place for place in draft.setting.places if _could_be_free_at(place, stated_at)][:wanted]
    free = [place for place in found if not is_pinned(place, stated_at)]
    available_from = stated_at.astimezone(LONDON).date()
    for place in free:
        post(draft, place, order.kind, available_from, order.fee, stated_at, is_counted=True)
    return len(found) - len(free), len(free)


def _could_be_free_at(place: Place, stated_at: datetime) -> bool:
    """Tell whether a vacancy of that time may be this place's, though none is known of.

    Of a place that somebody has spoken of since, only what it was before is unknown.
    """
    if is_pinned(place, stated_at):
        is_spoken_of_since = place.observed_at > stated_at and not place.is_counted
        return is_spoken_of_since and not place.was_vacant and place.status in SPOKEN_OF
    return place.status in LIVED_IN


def _withdraw(draft: Draft, stated_at: datetime, wanted: int) -> int:
    """Withdraw the newest vacancies, outside windows first, never a held or reserved one; return how many."""
    surplus = [
        vacancy for vacancy in newest_first(draft) if not is_pinned(draft.place(vacancy.place), stated_at)
    ][:wanted]
    for vacancy in surplus:
        withdraw(
            draft,
            vacancy,
            Withdrawal(
                reason=WithdrawReason.NUMBERS_FEWER,
                leaves=PlaceStatus.OCCUPIED,
                observed_at=stated_at,
                is_counted=True,
                is_own_act=True,
            ),
        )
    return len(surplus)


def _conflict(draft: Draft, stated: int, known: int) -> None:
    has_too_few = stated > known
    kind = (
        ConflictKind.MORE_VACANCIES_THAN_FREE_PLACES
        if has_too_few
        else ConflictKind.FEWER_VACANCIES_THAN_HELD
    )
    conflict = Conflict(kind=kind, found_at=draft.now, stated=stated, known=known)
    draft.amend(conflicts=(conflict,))
    draft.tell(facts.ConflictFound(kind=kind, stated=stated, known=known))


def _the_rest_is_occupied(draft: Draft, observed_at: datetime) -> None:
    for place in draft.setting.places:
        if place.status is PlaceStatus.UNREPORTED and not is_pinned(place, observed_at):
            draft.put_place(
                replace(place, status=PlaceStatus.OCCUPIED, observed_at=observed_at, is_counted=True)
            )
