"""Mistakes put right: an input names the one that was wrong. Nothing is erased; what can be put right is.

Laws: a wrong release re-opens its window with what it had left, if no lower tier has answered; a vacancy that was
filled or withdrawn in error comes back with its history. Source: domain page, settled readings (a mistake).
"""

from dataclasses import replace

from schemas.words import Code, Freshness, Mistake, PlaceStatus, Role, WindowOutcome

from . import facts, inputs
from .draft import Draft
from .endings import end_window, go_back
from .setting import Place, Release, Return, Vacancy
from .values import VacancyId

BACK_FROM = {
    Mistake.FILLED_IN_ERROR: (PlaceStatus.OCCUPIED,),
    Mistake.WITHDRAWN_IN_ERROR: (PlaceStatus.OCCUPIED, PlaceStatus.UNREPORTED, PlaceStatus.UNUSABLE),
}
"""What a place must be for its last vacancy to come back."""


def correct(draft: Draft, order: inputs.CorrectionMade) -> Code | None:
    if order.mistake is Mistake.WRONG_RELEASE:
        return _correct_release(draft, order)
    if order.by.role is Role.TEAM:
        return Code.NOT_YOUR_ROLE
    return _bring_back(draft, order)


def _told(draft: Draft, order: inputs.CorrectionMade, vacancy_id: VacancyId) -> None:
    draft.tell(facts.Corrected(corrects=order.corrects, mistake=order.mistake, vacancy_id=vacancy_id))


def _bring_back(draft: Draft, order: inputs.CorrectionMade) -> Code | None:
    place = next((each for each in draft.setting.places if _ended_by(each, order)), None)
    if place is None or place.last_end is None or place.status not in BACK_FROM[order.mistake]:
        return Code.NOTHING_TO_CORRECT
    vacancy = replace(
        place.last_end.vacancy,
        confirmed_at=max(place.last_end.vacancy.confirmed_at, order.observed_at),
        freshness=Freshness.FRESH,
        blocked=None,
    )
    draft.put_place(
        replace(
            place,
            status=PlaceStatus.VACANT,
            observed_at=max(place.observed_at, order.observed_at),
            is_counted=False,
            was_vacant=False,
            unusable=None,
            vacancy=vacancy,
            last_end=None,
        )
    )
    _told(draft, order, vacancy.vacancy_id)
    return None


def _ended_by(place: Place, order: inputs.CorrectionMade) -> bool:
    return place.last_end is not None and place.last_end.caused_by == order.corrects


def _correct_release(draft: Draft, order: inputs.CorrectionMade) -> Code | None:
    for vacancy in draft.setting.vacancies():
        release = vacancy.release
        if release is not None and release.caused_by == order.corrects:
            if order.by.role is Role.PROVIDER or (
                order.by.role is Role.TEAM and order.by.id != release.council
            ):
                return Code.NOTHING_TO_CORRECT
            return _undo(draft, order, vacancy, release)
    return Code.NOTHING_TO_CORRECT


def _undo(draft: Draft, order: inputs.CorrectionMade, vacancy: Vacancy, release: Release) -> Code | None:
    window = vacancy.window
    if window is not None and window.window_id == release.window.window_id:
        released = tuple(each for each in window.released if each != release.council)
        draft.put(replace(vacancy, window=replace(window, released=released), release=None))
        _told(draft, order, vacancy.vacancy_id)
        return None
    has_answers = bool(vacancy.nominations or vacancy.choice or vacancy.is_committed)
    if has_answers or (window is not None and window.released) or _was_answered_since(vacancy, release):
        return Code.LOWER_TIER_ANSWERED
    if window is not None:
        lower = Return(audience=window.audience, seconds=window.length.seconds)
        vacancy = go_back(draft, end_window(draft, vacancy, WindowOutcome.CORRECTED), lower)
    returns_to = Return(audience=release.window.audience, seconds=max(1, release.seconds_left))
    go_back(draft, replace(vacancy, release=None, blocked=None), returns_to)
    _told(draft, order, vacancy.vacancy_id)
    return None


def _was_answered_since(vacancy: Vacancy, release: Release) -> bool:
    """Only the window right below may have opened since; a further one means that a lower tier had its time."""
    return vacancy.openings > release.window.opening + 1
