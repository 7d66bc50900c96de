"""What somebody concerned says next, read off what they last saw: mostly sensible, sometimes late, sometimes wrong.

Knows states and inputs. Judges nothing. Draws its choices from two numbers, so that a step means the same again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from schemas.words import (
    BypassCode,
    ChoiceReason,
    CloseReason,
    CouncilDecline,
    ExtendReason,
    FallThroughReason,
    Judgement,
    Kind,
    Mistake,
    PauseReason,
    PlaceStatus,
    ProviderDecline,
    Registration,
    UnusableReason,
)
from services.matcher.domain import inputs, referral_inputs
from services.matcher.domain.referral import Referral
from services.matcher.domain.setting import Nomination, Setting, Vacancy, Window
from services.matcher.domain.values import CouncilId, Party

from .scene import (
    AGREED,
    BRISK,
    COUNCIL_OF,
    ENGLAND,
    ENGLAND_MENDED,
    NEEDS,
    NO_CALENDAR,
    NOTIFIER,
    OPS,
    OTHER_NEEDS,
    STARTS_ON,
    TEAMS,
    UNKNOWN_REFERRAL,
    USUAL,
    WORKING,
    agreement,
)

Words: TypeAlias = tuple[type[Any], Party | None, dict[str, Any]]
"""An input, who says it (None: the provider), and its fields."""
OfVacancy: TypeAlias = Callable[[Vacancy, int, datetime], Words]

DECLINES = tuple(ProviderDecline)
OWN = {council: tuple(name for name, each in COUNCIL_OF.items() if each == council) for council in TEAMS}


def about_setting(setting: Setting, a: int, b: int, now: datetime) -> Words:
    """Something about a vacancy, or seldom about the setting as a whole."""
    vacancies = [place.vacancy for place in setting.places if place.vacancy is not None]
    if not vacancies or a % 11 == 0:
        return OF_SETTING[b % len(OF_SETTING)](setting, b // len(OF_SETTING), now)
    vacancy = vacancies[a % len(vacancies)]
    if b % 13 == 0:
        moves: tuple[OfVacancy, ...] = AT_ANY_TIME
    elif vacancy.window is not None:
        moves = PENDING if vacancy.nominations and b % 3 else IN_WINDOW
    elif vacancy.choice is not None:
        moves = PENDING
    elif vacancy.hold is not None:
        moves = HELD
    else:
        moves = RESERVED if vacancy.reservation is not None else WAITING
    b //= 13
    return moves[b % len(moves)](vacancy, b // len(moves), now)


def about_referral(referral: Referral, a: int, b: int) -> Words | None:
    by = TEAMS[referral.council]
    if referral.holds and a % 4:
        held = referral.holds[b % len(referral.holds)]
        return referral_inputs.TakePlace, by, {"hold_id": held.hold_id, "starts_on": STARTS_ON}
    if b % 8 == 0:
        return referral_inputs.ReferralClosed, by, {"reason": CloseReason.PLAN_CHANGED}
    if b % 8 == 1:
        return referral_inputs.ReferralAmended, by, {"needs": OTHER_NEEDS}
    if b % 8 == 2 and referral.take is not None:
        return referral_inputs.TakePlace, by, {"hold_id": referral.take.hold_id, "starts_on": STARTS_ON}
    return (referral_inputs.ReferralConfirmed, by, {}) if b % 8 == 3 else None


def what_is(setting: Setting, a: int, b: int, now: datetime) -> Words:
    """What somebody sees in a home: of one vacancy, or of the home as a whole."""
    vacancies = [place.vacancy for place in setting.places if place.vacancy is not None]
    if vacancies and a % 3 == 0:
        return OF_A_VACANCY[b % len(OF_A_VACANCY)](vacancies[a % len(vacancies)], b // len(OF_A_VACANCY), now)
    return SEEN[b % len(SEEN)](setting, b // len(SEEN), now)


def what_is_of_referral(referral: Referral, _a: int, b: int) -> Words | None:
    by = TEAMS[referral.council]
    if b % 3 == 0:
        return referral_inputs.ReferralConfirmed, by, {}
    return referral_inputs.ReferralAmended, by, {"needs": OTHER_NEEDS if b % 2 else NEEDS}


# --- an open window ----------------------------------------------------------------------------------------


def _window(vacancy: Vacancy) -> Window:
    assert vacancy.window is not None
    return vacancy.window


def _member(window: Window, b: int) -> CouncilId:
    return window.members[b % len(window.members)]


def _nominate(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    window = _window(vacancy)
    council = _member(window, b)
    own = OWN[council]
    referral = own[(b >> 3) % len(own)]
    if b % 17 == 0:
        referral = UNKNOWN_REFERRAL if b % 2 else "R-3"
    return inputs.Nominate, TEAMS[council], {"window_id": window.window_id, "referral_id": referral}


def _release(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    window = _window(vacancy)
    fields = {"window_id": window.window_id, "reason": CouncilDecline.PRICE}
    return inputs.ReleaseWindow, TEAMS[_member(window, b)], fields


def _acknowledge(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    window = _window(vacancy)
    return inputs.AcknowledgeWindow, TEAMS[_member(window, b)], {"window_id": window.window_id}


def _told(vacancy: Vacancy, b: int, now: datetime) -> Words:
    window = _window(vacancy)
    named = {"window_id": window.window_id, "council": _member(window, b)}
    if b % 7 == 0:
        return inputs.WindowNotTold, NOTIFIER, named
    return inputs.WindowTold, NOTIFIER, {**named, "told_at": window.opened_at if b % 3 else now}


def _extend(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    window = _window(vacancy)
    fields = {"window_id": window.window_id, "seconds": 900, "reason": ExtendReason.VISIT}
    return inputs.ExtendWindow, (TEAMS[_member(window, b)] if b % 2 else None), fields


def _consent(vacancy: Vacancy, _b: int, _now: datetime) -> Words:
    return inputs.ConsentToExtension, None, {"window_id": _window(vacancy).window_id}


def _standby(vacancy: Vacancy, b: int, now: datetime) -> Words:
    below = _window(vacancy).standby_members
    if not below:
        return _nominate(vacancy, b, now)
    council = below[b % len(below)]
    fields = {"vacancy_id": vacancy.vacancy_id, "referral_id": OWN[council][0]}
    return inputs.RegisterStandby, TEAMS[council], fields


# --- nominations -------------------------------------------------------------------------------------------


def _nomination(vacancy: Vacancy, b: int) -> Nomination:
    return vacancy.nominations[b % len(vacancy.nominations)]


def _accept(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    named = {"nomination_id": _nomination(vacancy, b).nomination_id, "reason": ChoiceReason.URGENCY}
    return inputs.AcceptNomination, None, named


def _decline(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    named = {"nomination_id": _nomination(vacancy, b).nomination_id}
    return inputs.DeclineNomination, None, {**named, "reason": DECLINES[(b >> 2) % len(DECLINES)]}


def _take_back(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    nomination = _nomination(vacancy, b)
    fields = {"nomination_id": nomination.nomination_id, "reason": CouncilDecline.PLAN_CHANGED}
    return inputs.WithdrawNomination, TEAMS[nomination.council], fields


# --- held, reserved, at any time ---------------------------------------------------------------------------


def _falls_through(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    committed = vacancy.hold or vacancy.reservation
    by = TEAMS[committed.council] if committed is not None and b % 2 else None
    fields = {"vacancy_id": vacancy.vacancy_id, "reason": FallThroughReason.PLAN_CHANGED}
    return inputs.FellThrough, by, fields


def _moved_in(vacancy: Vacancy, _b: int, _now: datetime) -> Words:
    return inputs.MovedIn, None, {"vacancy_id": vacancy.vacancy_id}


def _confirm(vacancy: Vacancy, _b: int, _now: datetime) -> Words:
    return inputs.VacancyConfirmed, None, {"vacancy_id": vacancy.vacancy_id}


def _amend(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    return inputs.VacancyAmended, None, {"vacancy_id": vacancy.vacancy_id, "fee": 400_000 + b % 7}


def _gone(vacancy: Vacancy, b: int, _now: datetime) -> Words:
    kind = inputs.VacancyFilled if b % 2 else inputs.VacancyWithdrawn
    return kind, None, {"vacancy_id": vacancy.vacancy_id}


def _bypass(vacancy: Vacancy, _b: int, _now: datetime) -> Words:
    return inputs.DeclareBypass, None, {"vacancy_id": vacancy.vacancy_id, "code": BypassCode.COURT_ORDER}


def _wrong_release(vacancy: Vacancy, b: int, now: datetime) -> Words:
    if vacancy.release is None:
        return _confirm(vacancy, b, now)
    by = vacancy.release.by[-1]
    fields = {"corrects": by.caused_by, "mistake": Mistake.WRONG_RELEASE}
    return inputs.CorrectionMade, TEAMS[by.council], fields


def _release_anyhow(vacancy: Vacancy, b: int, now: datetime) -> Words:
    """About the last window, also after it ended."""
    if vacancy.window is not None or not vacancy.openings:
        return _confirm(vacancy, b, now)
    council = tuple(TEAMS)[b % len(TEAMS)]
    fields = {"window_id": f"{vacancy.vacancy_id}:w{vacancy.openings}", "reason": CouncilDecline.PRICE}
    return inputs.ReleaseWindow, TEAMS[council], fields


IN_WINDOW: tuple[OfVacancy, ...] = (
    *(_nominate, _nominate, _nominate, _nominate, _told, _told, _release, _release),
    *(_acknowledge, _extend, _consent, _standby, _wrong_release),
)
PENDING = (_accept, _accept, _accept, _decline, _take_back)
HELD = (_falls_through, _release_anyhow, _confirm, _wrong_release)
RESERVED = (_falls_through, _falls_through, _moved_in)
WAITING = (_confirm, _gone, _release_anyhow, _wrong_release)
OF_A_VACANCY: tuple[OfVacancy, ...] = (_confirm, _amend, _amend, _gone, _gone, _bypass)
AT_ANY_TIME = (_confirm, _gone, _gone, _bypass, _release_anyhow, _wrong_release)


# --- the setting as a whole --------------------------------------------------------------------------------


def _post(_setting: Setting, b: int, now: datetime) -> Words:
    kind = (Kind.EMERGENCY, Kind.PLANNED)[b % 2]
    return inputs.VacancyPosted, None, {"kind": kind, "available_from": now.date()}


def _pause(setting: Setting, _b: int, _now: datetime) -> Words:
    if setting.is_paused:
        return inputs.SettingResumed, None, {}
    return inputs.SettingPaused, None, {"reason": PauseReason.STAFFING}


def _register(setting: Setting, _b: int, _now: datetime) -> Words:
    is_up = setting.registration is Registration.REGISTERED
    to = Registration.SUSPENDED if is_up else Registration.REGISTERED
    return inputs.SettingAmended, None if is_up else OPS, {"registration": to}


def _judge(setting: Setting, _b: int, _now: datetime) -> Words:
    is_good = setting.judgement is Judgement.GOOD
    return inputs.SettingJudged, OPS, {"judgement": Judgement.INADEQUATE if is_good else Judgement.GOOD}


def _adopt(setting: Setting, b: int, _now: datetime) -> Words:
    if setting.calendar == NO_CALENDAR:
        version = USUAL if setting.policy == BRISK else BRISK
        return inputs.PolicyAdopted, OPS, {"policy": version, "calendar": NO_CALENDAR}
    calendar = ENGLAND if setting.calendar == ENGLAND_MENDED else ENGLAND_MENDED
    return inputs.PolicyAdopted, OPS, {"policy": BRISK if b % 4 == 0 else WORKING, "calendar": calendar}


def _attach(setting: Setting, b: int, now: datetime) -> Words:
    if setting.setting_id != AGREED:
        return _post(setting, b, now)
    version = max([each.version for each in setting.agreements], default=1) + 1
    return inputs.AgreementAttached, OPS, {"agreement": agreement(version)}


def _end_agreement(_setting: Setting, _b: int, now: datetime) -> Words:
    fields = {"agreement_id": "haringey-first", "ends_at": now + timedelta(hours=1)}
    return inputs.AgreementEnded, OPS, fields


def _no_change(_setting: Setting, b: int, _now: datetime) -> Words:
    return (inputs.NoChange if b % 2 else inputs.NilReturn), None, {}


def _numbers(_setting: Setting, b: int, _now: datetime) -> Words:
    return inputs.NumbersStated, None, {"vacant": b % 3, "kind": Kind.EMERGENCY}


def _place(setting: Setting, b: int, now: datetime) -> Words:
    place = setting.places[b % len(setting.places)]
    if place.status is PlaceStatus.UNUSABLE:
        return inputs.PlaceUsable, None, {"place": place.number}
    fields = {"reason": UnusableReason.STAFFING, "review_at": now + timedelta(hours=2)}
    return inputs.PlaceUnusable, None, {"place": place.number, **fields}


def _on_notice(setting: Setting, b: int, now: datetime) -> Words:
    place = setting.places[b % len(setting.places)]
    if b % 5 == 0:
        return inputs.PlaceOccupied, None, {"place": place.number}
    leaves = {"vacant_from": now + timedelta(hours=1), "kind": Kind.PLANNED}
    return inputs.PlaceOnNotice, None, {"place": place.number, **leaves}


def _filled_in_error(setting: Setting, b: int, now: datetime) -> Words:
    for place in setting.places:
        if place.last_end is not None:
            mistake = Mistake.FILLED_IN_ERROR if b % 2 else Mistake.WITHDRAWN_IN_ERROR
            return inputs.CorrectionMade, None, {"corrects": place.last_end.caused_by, "mistake": mistake}
    return _post(setting, b, now)


OF_SETTING: tuple[Callable[[Setting, int, datetime], Words], ...] = (
    *(_post, _post, _post, _pause, _register, _judge, _adopt, _attach, _end_agreement),
    *(_no_change, _numbers, _place, _on_notice, _filled_in_error),
)
SEEN: tuple[Callable[[Setting, int, datetime], Words], ...] = (
    *(_post, _pause, _register, _judge, _no_change, _numbers, _numbers, _place, _place, _on_notice),
)
"""What can be observed of a home."""
