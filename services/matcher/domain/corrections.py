"""Mistakes put right: an input names the one that was wrong. Nothing is erased; what can be put right is.

Laws: a wrong release re-opens its window with what it had left, if no lower tier has answered; a vacancy that was
filled or withdrawn in error comes back with its history. Source: domain page, settled readings (a mistake).
"""

from schemas.words import Code, Freshness, Mistake, PlaceStatus, Role, WindowOutcome

from . import facts, inputs
from .draft import Draft
from .endings import end_window, go_back
from .places import is_counted_since
from .replacing import replace
from .setting import Place, Release, ReleasedBy, Return, Vacancy, Window
from .values import Party, VacancyId

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
    """Bring back every vacancy that the wrong input ended: a nil return may have ended several."""
    ended = [each for each in draft.setting.places if _ended_by(each, order)]
    if not ended:
        return Code.NOTHING_TO_CORRECT
    is_older = any(order.observed_at < place.observed_at for place in ended)
    if is_older or is_counted_since(draft.setting, order):
        return Code.OLDER_OBSERVATION
    for place in ended:
        _vacant_again(draft, order, place)
    return None


def _ended_by(place: Place, order: inputs.CorrectionMade) -> bool:
    is_named = place.last_end is not None and place.last_end.caused_by == order.corrects
    return is_named and place.status in BACK_FROM[order.mistake]


def _vacant_again(draft: Draft, order: inputs.CorrectionMade, place: Place) -> None:
    if place.last_end is None:
        raise LookupError(place.number)
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
            observed_at=order.observed_at,
            is_counted=False,
            was_vacant=False,
            unusable=None,
            vacancy=vacancy,
            last_end=None,
        )
    )
    _told(draft, order, vacancy.vacancy_id)


def _correct_release(draft: Draft, order: inputs.CorrectionMade) -> Code | None:
    for vacancy in draft.setting.vacancies():
        release = vacancy.release
        wrong = (
            next((each for each in release.by if each.caused_by == order.corrects), None) if release else None
        )
        if release is None or wrong is None:
            continue
        is_theirs = order.by.role is Role.OPS or order.by == Party(Role.TEAM, wrong.council)
        return _undo(draft, order, vacancy, release, wrong) if is_theirs else Code.NOTHING_TO_CORRECT
    return Code.NOTHING_TO_CORRECT


def _undo(
    draft: Draft, order: inputs.CorrectionMade, vacancy: Vacancy, release: Release, wrong: ReleasedBy
) -> Code | None:
    window = vacancy.window
    if window is not None and window.window_id == release.window_id:
        _take_back(draft, vacancy, window, release, wrong)
    elif _has_lower_tier_answered(vacancy, release):
        return Code.LOWER_TIER_ANSWERED
    else:
        _reopen(draft, vacancy, release)
    _told(draft, order, vacancy.vacancy_id)
    return None


def _take_back(draft: Draft, vacancy: Vacancy, window: Window, release: Release, wrong: ReleasedBy) -> None:
    """The window is still open to the others of its tier; it is open to this council again, which knows of it."""
    released = tuple(each for each in window.released if each != wrong.council)
    known = window.acknowledged
    acknowledged = known if wrong.council in known else (*known, wrong.council)
    by = tuple(each for each in release.by if each != wrong)
    left = replace(release, by=by) if by else None
    draft.put(
        replace(vacancy, window=replace(window, released=released, acknowledged=acknowledged), release=left)
    )


def _has_lower_tier_answered(vacancy: Vacancy, release: Release) -> bool:
    """Only the window right below may have opened since; a further one means that a lower tier had its time."""
    is_running_on = vacancy.choice is not None or vacancy.is_committed
    return release.is_answered_below or is_running_on or vacancy.openings > release.opening + 1


def _reopen(draft: Draft, vacancy: Vacancy, release: Release) -> None:
    """Open the window that was let go again, with what it had left; the one below has had nothing of its own."""
    window = vacancy.window
    if window is not None:
        lower = Return(audience=window.audience, seconds=window.length.seconds)
        vacancy = go_back(draft, end_window(draft, vacancy, WindowOutcome.CORRECTED), lower)
    returns_to = Return(audience=release.audience, seconds=max(1, release.seconds_left))
    go_back(draft, replace(vacancy, release=None, blocked=None), returns_to)
