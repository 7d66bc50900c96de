"""What somebody concerned might say next, read off a setting's state: mostly accepted, so that lives go on.

Knows states and inputs. Judges nothing: some of these moves are refused, as in life.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from schemas.words import (
    BypassCode,
    ChoiceReason,
    CouncilDecline,
    FallThroughReason,
    Kind,
    Mistake,
    PlaceStatus,
    ProviderDecline,
)
from services.matcher.domain import inputs
from services.matcher.domain.setting import Nomination, Place, Setting, Vacancy, Window
from services.matcher.domain.values import CouncilId
from tests.rules.offers_story import DAY, HOUR, OPS, PROVIDER, team

Move: TypeAlias = tuple[type[inputs.Input], dict[str, Any]]
REFERRALS = ("R-1", "R-2", "R-3")
COUNCILS_MAX = 4
"""How many members of a window speak here."""


def moves(setting: Setting, now: datetime) -> Mapping[str, list[Move]]:
    """Moves by theme; a theme without one is left out."""
    found: dict[str, list[Move]] = {}
    for place in setting.places:
        for theme, move in _of_place(place, now):
            found.setdefault(theme, []).append(move)
    return found


def _of_place(place: Place, now: datetime) -> Iterator[tuple[str, Move]]:
    if place.last_end is not None:
        for mistake in (Mistake.FILLED_IN_ERROR, Mistake.WITHDRAWN_IN_ERROR):
            wrong = {"corrects": place.last_end.caused_by, "mistake": mistake}
            yield "mistakes", (inputs.CorrectionMade, wrong)
    if place.vacancy is None:
        for move in _of_a_place_without_vacancy(place, now):
            yield "places", move
        return
    vacancy = place.vacancy
    for move in _of_vacancy(vacancy, place):
        yield "vacancies", move
    for theme, of in THEMES.items():
        for move in of(vacancy, now):
            yield theme, move


def _of_a_place_without_vacancy(place: Place, now: datetime) -> Iterator[Move]:
    for kind in (Kind.EMERGENCY, Kind.EMERGENCY, Kind.PLANNED):
        yield inputs.VacancyPosted, {"place": place.number, "kind": kind, "fee": 500}
    yield inputs.PlaceOnNotice, {"place": place.number, "vacant_from": now + 3 * HOUR}
    if place.status is PlaceStatus.UNUSABLE:
        yield inputs.PlaceUsable, {"place": place.number}
    else:
        yield inputs.PlaceUnusable, {"place": place.number, "review_at": now + DAY}


def _of_vacancy(vacancy: Vacancy, place: Place) -> Iterator[Move]:
    for kind in (inputs.VacancyConfirmed, inputs.VacancyFilled, inputs.VacancyWithdrawn):
        yield kind, {"vacancy_id": vacancy.vacancy_id}
    yield inputs.DeclareBypass, {"vacancy_id": vacancy.vacancy_id, "code": BypassCode.IMMINENT_RISK}
    yield inputs.VacancyAmended, {"vacancy_id": vacancy.vacancy_id, "fee": 700}
    for owner in place.owners:
        yield inputs.LetBlockPlaceGo, {"vacancy_id": vacancy.vacancy_id, "by": team(owner)}


def _of_window(vacancy: Vacancy, now: datetime) -> Iterator[Move]:
    window = vacancy.window
    if window is None:
        return
    for council in window.members[:COUNCILS_MAX]:
        by = {"by": team(council), "window_id": window.window_id}
        for referral in REFERRALS[:2]:
            yield inputs.Nominate, {**by, "referral_id": referral}
        yield inputs.ReleaseWindow, {**by, "reason": CouncilDecline.PRICE}
        yield inputs.AcknowledgeWindow, by
        yield from _told(window, council, now)


def _told(window: Window, council: CouncilId, now: datetime) -> Iterator[Move]:
    named = {"window_id": window.window_id, "council": council}
    yield inputs.WindowTold, {**named, "told_at": window.opened_at}
    yield inputs.WindowTold, {**named, "told_at": now}
    yield inputs.WindowNotTold, named


def _of_length(vacancy: Vacancy, _now: datetime) -> Iterator[Move]:
    window = vacancy.window
    if window is None:
        return
    named = {"window_id": window.window_id, "seconds": window.length.seconds // 2}
    yield inputs.ExtendWindow, {**named, "by": PROVIDER}
    yield inputs.ExtendWindow, {**named, "by": team(window.members[0])}
    yield inputs.ConsentToExtension, {"window_id": window.window_id}


def _of_standby(vacancy: Vacancy, _now: datetime) -> Iterator[Move]:
    if vacancy.window is not None:
        for council in vacancy.window.standby_members[:COUNCILS_MAX]:
            named = {"vacancy_id": vacancy.vacancy_id, "referral_id": REFERRALS[2]}
            yield inputs.RegisterStandby, {**named, "by": team(council)}


def _of_nomination(vacancy: Vacancy, _now: datetime) -> Iterator[Move]:
    for nomination in vacancy.nominations:
        named = {"nomination_id": nomination.nomination_id}
        if not nomination.is_vouched:
            yield inputs.NominationVouched, named
            yield inputs.NominationVouched, named
            yield inputs.NominationDenied, named
        else:
            yield from _choice_about(nomination)
        yield inputs.NominationLetGo, named
        yield inputs.WithdrawNomination, {**named, "by": team(nomination.council)}


def _choice_about(nomination: Nomination) -> Iterator[Move]:
    named = {"nomination_id": nomination.nomination_id}
    for why in (None, ChoiceReason.BEST_MATCH, ChoiceReason.URGENCY, ChoiceReason.ALL_EQUAL):
        yield inputs.AcceptNomination, {**named, "reason": why}
    for reason in ProviderDecline:
        yield inputs.DeclineNomination, {**named, "reason": reason}


def _of_hold(vacancy: Vacancy, now: datetime) -> Iterator[Move]:
    hold = vacancy.hold
    if hold is None:
        return
    named = {"vacancy_id": vacancy.vacancy_id, "hold_id": hold.hold_id}
    take = {**named, "referral_id": hold.referral_id, "starts_on": (now + DAY).date()}
    _, place, episode = vacancy.vacancy_id.split(":")
    instants = (now, now, hold.until - timedelta(seconds=1), hold.until)
    for number, asked_at in enumerate(instants, start=1):
        take_id = f"{hold.referral_id}:t{place}{episode}0{vacancy.holds_made}0{number}"
        yield inputs.TakeAsked, {**take, "take_id": take_id, "asked_at": asked_at}
    yield inputs.HoldLetGo, named
    yield from _falling_through(vacancy, hold.council)


def _of_reservation(vacancy: Vacancy, _now: datetime) -> Iterator[Move]:
    reserved = vacancy.reservation
    if reserved is None:
        return
    named = {"vacancy_id": vacancy.vacancy_id}
    yield inputs.MovedIn, named
    yield inputs.MovedIn, {**named, "by": team(reserved.council)}
    yield from _falling_through(vacancy, reserved.council)


def _falling_through(vacancy: Vacancy, council: CouncilId) -> Iterator[Move]:
    for by in (PROVIDER, team(council)):
        named = {"vacancy_id": vacancy.vacancy_id, "reason": FallThroughReason.PLAN_CHANGED}
        yield inputs.FellThrough, {**named, "by": by}


def _of_release(vacancy: Vacancy, _now: datetime) -> Iterator[Move]:
    for wrong in vacancy.release.by if vacancy.release is not None else ():
        for by in (team(wrong.council), OPS):
            yield (
                inputs.CorrectionMade,
                {"corrects": wrong.caused_by, "mistake": Mistake.WRONG_RELEASE, "by": by},
            )


THEMES: Mapping[str, Callable[[Vacancy, datetime], Iterator[Move]]] = {
    "windows": _of_window,
    "lengths": _of_length,
    "standby": _of_standby,
    "nominations": _of_nomination,
    "holds": _of_hold,
    "reservations": _of_reservation,
    "releases": _of_release,
}
