"""What one setting shows to whom now: vacancies to answer, to stand by for, and places that will be free.

A pure function of the setting's state, the policy and the time. Never shows a nomination, a hold, a referral, or, to
a tier below, anything about the window that is open above it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from schemas.words import Freshness, Judgement, Kind, PlaceStatus, Provision, Registration, Sector, Supply

from .domain.agreement import Tier
from .domain.calendar import LONDON
from .domain.policy import Terms
from .domain.setting import Place, Setting, Vacancy, Window
from .domain.values import AudienceId, CouncilId, ProviderId, VacancyId

Fields: TypeAlias = Mapping[str, Any]
"""A listing's fields as `schemas/listings.py` has them, but for audience and version."""
Shown: TypeAlias = tuple[tuple[AudienceId, VacancyId], Fields]

PLANNED = (PlaceStatus.PLANNED, PlaceStatus.PENDING_REGISTRATION)
LIVED_IN = (PlaceStatus.OCCUPIED, PlaceStatus.ON_NOTICE, PlaceStatus.UNREPORTED)
NO_WINDOW: Fields = {"window_id": None, "closes_at": None, "is_standby": False}


def shown_vacancies(
    setting: Setting, terms: Terms, in_house: Mapping[ProviderId, CouncilId], now: datetime
) -> Iterator[Shown]:
    """Every listing of the setting by audience and vacancy. Each vacancy is for answer in one audience at most."""
    places = [place for place in setting.places if _is_shown(setting, place)]
    common = _common(setting, terms, in_house) if places else {}
    for place in places:
        if place.vacancy is not None and place.vacancy.window is not None:
            yield from _in_window(setting, terms, place.vacancy, place.vacancy.window, common, now)
        else:
            yield from _expected(setting, terms, place, common, now)


def _is_shown(setting: Setting, place: Place) -> bool:
    vacancy = place.vacancy
    return _is_expected(setting, place) if vacancy is None else vacancy.window is not None


def _common(setting: Setting, terms: Terms, in_house: Mapping[ProviderId, CouncilId]) -> Fields:
    """What every listing of the setting says."""
    return {
        "setting_id": setting.setting_id,
        "provider_id": setting.provider_id,
        "provision": setting.provision,
        "sector": setting.sector,
        "in_house_of": _in_house_of(setting, in_house),
        "borough": setting.borough,
        "region": setting.region,
        "outward_code": setting.outward_code,
        "profile": setting.profile,
        "judgement": setting.judgement,
        "is_judgement_accepted": is_judgement_accepted(setting, terms),
    }


def _in_house_of(setting: Setting, in_house: Mapping[ProviderId, CouncilId]) -> CouncilId | None:
    """The council whose own setting it is: the provider's, else the borough that it lies in."""
    if setting.sector is not Sector.LOCAL_AUTHORITY:
        return None
    return in_house.get(setting.provider_id, setting.borough)


def is_judgement_accepted(setting: Setting, terms: Terms) -> bool:
    """Whether the judgement lets the setting be offered; one that is not registered yet has none to be held to."""
    if setting.registration in (Registration.PLANNED, Registration.PENDING):
        return True
    accepted = terms.policy(setting.policy).judgements.get(setting.provision, ())
    return setting.judgement is not Judgement.UNKNOWN and setting.judgement in accepted


# --- vacancies with an open window -----------------------------------------------------------------------------


def _in_window(
    setting: Setting, terms: Terms, vacancy: Vacancy, window: Window, common: Fields, now: datetime
) -> Iterator[Shown]:
    shown = {
        **common,
        "vacancy_id": vacancy.vacancy_id,
        "supply": Supply.VACANT,
        "kind": window.kind,
        "available_from": vacancy.available_from,
        "fee": vacancy.fee,
        "freshness": vacancy.freshness,
        "places_vacant": _places_vacant(setting),
        "children": _children(setting),
    }
    yield (
        (window.audience, vacancy.vacancy_id),
        {
            **shown,
            "window_id": window.window_id,
            "closes_at": window.closes_at,
            "tier": window.tier,
            "members": window.members,
            "is_standby": False,
        },
    )
    for number, tier in _tiers_below(setting, terms, window):
        if members := _standing_by(tier, window, now):
            yield (
                (tier.audience, vacancy.vacancy_id),
                {**shown, **NO_WINDOW, "fee": None, "tier": number, "members": members, "is_standby": True},
            )


def _tiers_below(setting: Setting, terms: Terms, window: Window) -> Iterator[tuple[int, Tier]]:
    """The tiers of the window's own ladder that come after it and have an audience of their own, with their numbers."""
    seen = {window.audience}
    for number, tier in enumerate(_ladder_of(setting, terms, window), start=1):
        if number > window.tier and tier.audience not in seen:
            seen.add(tier.audience)
            yield number, tier


def _ladder_of(setting: Setting, terms: Terms, window: Window) -> tuple[Tier, ...]:
    if window.agreement_id is None:
        return terms.policy(setting.policy).default_ladder
    name = window.agreement_id, window.agreement_version
    named = (each for each in setting.agreements if (each.agreement_id, each.version) == name)
    return next((each.tiers for each in named), ())


def _standing_by(tier: Tier, window: Window, now: datetime) -> tuple[CouncilId, ...]:
    """The tier's councils that may stand by: those that the window froze at its opening."""
    if not tier.is_standby_allowed:
        return ()
    return tuple(council for council in tier.councils(now) if council in window.standby_members)


def _places_vacant(setting: Setting) -> int:
    """Vacant places that nobody has: those of owners, held and reserved ones do not count."""
    return sum(
        place.vacancy is not None
        and not place.vacancy.is_committed
        and (not place.owners or place.vacancy.is_let_go)
        for place in setting.places
    )


def _children(setting: Setting) -> int:
    """Children who live there, and those for whom a place is held or reserved."""
    living = sum(place.status in LIVED_IN for place in setting.places)
    return living + sum(vacancy.is_committed for vacancy in setting.vacancies())


# --- places that will be free ----------------------------------------------------------------------------------


def _is_expected(setting: Setting, place: Place) -> bool:
    """Whether the place may be offered one day: what never is, is never shown as supply either."""
    is_offered = setting.provision is not Provision.SECURE_HOME and not setting.is_connected_person
    is_free = place.notice is not None if place.status is PlaceStatus.ON_NOTICE else place.status in PLANNED
    is_open = setting.closes_at is None and not setting.is_paused
    has_future = setting.registration not in (Registration.CLOSED, Registration.SUSPENDED)
    return is_free and is_offered and is_open and has_future and not place.owners


def _expected(setting: Setting, terms: Terms, place: Place, common: Fields, now: datetime) -> Iterator[Shown]:
    """Listed for early matching to the first audience of the ladder in force, and to no other before its window."""
    agreement = setting.agreement(now)
    tiers = agreement.tiers if agreement else terms.policy(setting.policy).default_ladder
    found = next(((at, tier) for at, tier in enumerate(tiers, start=1) if tier.councils(now)), None)
    if found is None:
        return
    number, tier = found
    vacancy_id = VacancyId(f"{setting.setting_id}:{place.number}:{place.episodes + 1}")
    is_on_notice = place.status is PlaceStatus.ON_NOTICE
    notice = place.notice if is_on_notice else None
    yield (
        (tier.audience, vacancy_id),
        {
            **common,
            **NO_WINDOW,
            "vacancy_id": vacancy_id,
            "supply": Supply.ON_NOTICE if is_on_notice else Supply.PLANNED,
            "kind": notice.kind if notice else Kind.FIRST,
            "available_from": notice.vacant_from.astimezone(LONDON).date() if notice else None,
            "fee": notice.fee if notice else None,
            "freshness": Freshness.FRESH,
            "places_vacant": _places_expected(setting, place),
            "children": _children(setting) - is_on_notice,
            "tier": number,
            "members": tier.councils(now),
        },
    )


def _places_expected(setting: Setting, place: Place) -> int:
    """Places that will be free in the same way, and those that are vacant now."""
    same = PLANNED if place.status in PLANNED else (PlaceStatus.ON_NOTICE,)
    return _places_vacant(setting) + sum(each.status in same for each in setting.places)
