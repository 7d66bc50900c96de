"""Registered places: a raised number adds or restores places, a lowered one retires free ones.

Law: capacity below what is occupied, held, reserved or unusable is taken as said, marked *over*, and opens nothing.
Source: domain page, settled readings (numbers-only statements).
"""

from datetime import datetime

from schemas.words import PlaceStatus, Registration, WithdrawReason

from . import facts
from .draft import Draft
from .endings import Withdrawal, withdraw
from .replacing import replace
from .setting import Place, Vacancy

BEFORE_REGISTRATION = {
    Registration.PLANNED: PlaceStatus.PLANNED,
    Registration.PENDING: PlaceStatus.PENDING_REGISTRATION,
}


def settle_capacity(draft: Draft, observed_at: datetime, *, is_whole_count: bool = False) -> None:
    """Make the places agree with the registered number as far as nobody is turned out.

    In a whole count the vacant places were counted too, so that an occupied one is retired before a vacant one.
    """
    missing = draft.setting.registered_places - len(standing(draft))
    for _ in range(missing):
        _add(draft, observed_at)
    for _ in range(-missing):
        if not _retire_one(draft, observed_at, is_whole_count=is_whole_count):
            break
    over = max(0, len(standing(draft)) - draft.setting.registered_places)
    if over != draft.setting.over:
        draft.amend(over=over)
        if over:
            draft.tell(facts.CapacityExceeded(over=over))


def standing(draft: Draft) -> list[Place]:
    """The places that count against the registered number, planned ones included."""
    return [place for place in draft.setting.places if place.status is not PlaceStatus.RETIRED]


def _add(draft: Draft, observed_at: datetime) -> None:
    status = BEFORE_REGISTRATION.get(draft.setting.registration, PlaceStatus.UNREPORTED)
    retired = next((each for each in draft.setting.places if each.status is PlaceStatus.RETIRED), None)
    if retired is not None:
        draft.put_place(_counted(retired, status, observed_at))
        return
    place = Place(number=len(draft.setting.places) + 1, status=status, observed_at=observed_at)
    draft.amend(places=(*draft.setting.places, place))


def _counted(place: Place, status: PlaceStatus, observed_at: datetime) -> Place:
    """A place as a number leaves it. What was observed of it later is not made older by that."""
    return replace(
        place,
        status=status,
        observed_at=max(place.observed_at, observed_at),
        is_counted=place.is_counted or observed_at >= place.observed_at,
        was_vacant=False,
    )


def _retire_one(draft: Draft, observed_at: datetime, *, is_whole_count: bool) -> bool:
    place = _to_retire(draft, is_whole_count=is_whole_count)
    if place is None:
        return False
    if place.vacancy is not None:
        withdraw(
            draft,
            place.vacancy,
            Withdrawal(
                reason=WithdrawReason.PLACE_RETIRED,
                leaves=PlaceStatus.RETIRED,
                observed_at=observed_at,
                is_counted=True,
            ),
        )
    else:
        draft.put_place(replace(_counted(place, PlaceStatus.RETIRED, observed_at), notice=None))
    draft.tell(facts.PlaceRetired(place=place.number))
    return True


def _to_retire(draft: Draft, *, is_whole_count: bool) -> Place | None:
    """The highest-numbered place that nobody is known to live in, else the newest uncommitted vacancy."""
    free = {PlaceStatus.UNREPORTED, *BEFORE_REGISTRATION.values()}
    if is_whole_count:
        free |= {PlaceStatus.OCCUPIED, PlaceStatus.ON_NOTICE}
    for place in reversed(draft.setting.places):
        if place.status in free:
            return place
    uncommitted = newest_first(draft)
    return draft.place(uncommitted[0].place) if uncommitted else None


def newest_first(draft: Draft) -> list[Vacancy]:
    """Uncommitted vacancies in the order in which a lower number takes them: outside windows first, then newest."""
    uncommitted = [each for each in draft.setting.vacancies() if not each.is_committed]
    return sorted(
        uncommitted,
        key=lambda each: (each.window is None and each.choice is None, each.posted_at, each.place),
        reverse=True,
    )
