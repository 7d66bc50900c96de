"""Whether a listed vacancy can take a listed referral, and every hard constraint that says no.

A pure function of the two and nothing else. CHECKS has one predicate for each Misfit and SAYS one pair of
readings; a Misfit without both is a bug. Source: domain page, matching.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from schemas.words import Freshness, Judgement, Misfit, Provision, Sector, Supply

from .values import CouncilId, Pence, Profile, ReferralId, ReferralNeeds, SettingId, VacancyId

SUPPORTED_AGE_MIN = 16
"""Care Planning, Placement and Case Review (England) Regulations 2010, regulation 27A."""
FOSTER_USUAL_LIMIT = 3
"""Children Act 1989, schedule 7: three foster children, unless they are all siblings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a listed vacancy shows: its setting's registration and group, and what is free beside it."""

    vacancy_id: VacancyId
    setting_id: SettingId
    supply: Supply = Supply.VACANT
    provision: Provision
    sector: Sector
    in_house_of: CouncilId | None = None
    """The council that runs the setting itself; None for every other owner."""
    region: str
    borough: CouncilId | None = None
    outward_code: str | None = None
    profile: Profile
    available_from: date | None
    """None while nobody knows (a planned place)."""
    fee: Pence | None = None
    judgement: Judgement
    is_judgement_accepted: bool
    """Whether the policy in force lets a setting of this provision with this judgement be offered."""
    freshness: Freshness = Freshness.FRESH
    places_vacant: int = 1
    """Places of the setting that are vacant and not committed, this one included: room for siblings."""
    children: int = 0
    """Children who live in the setting or have a place held or reserved there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedNeed:
    """What a listed referral seeks, for whom it is sought, and whether it is only anticipated."""

    referral_id: ReferralId
    council: CouncilId
    profile_version: int
    needs: ReferralNeeds
    is_anticipated: bool = False
    blocked_settings: tuple[SettingId, ...] = ()
    """Settings that cannot take it, by their providers' word. It stands with the need, which only fit reads, so that
    a vacancy's listing says nothing of any referral."""


def is_area_avoided(borough: CouncilId | None, outward_code: str | None, areas: tuple[str, ...]) -> bool:
    """An area of which neither borough nor outward code is known cannot be said to be safe."""
    if borough is None and outward_code is None:
        return bool(areas)
    return borough in areas or outward_code in areas


def spread_with(profile: Profile, age: int) -> int:
    """Years between the youngest and the oldest, were a child of this age to live there too."""
    ages = [known for known in (profile.group.youngest, profile.group.oldest, age) if known is not None]
    return max(ages) - min(ages)


def has_mix(profile: Profile, need: ListedNeed) -> bool:
    """Whether a limit of the home would be broken: it holds whichever of the two children came first."""
    present, coming = profile.group.needs, need.needs.needs
    return any(
        (limit.need in coming and limit.other in present) or (limit.other in coming and limit.need in present)
        for limit in profile.mix_limits
    )


def is_over_usual_limit(offer: Offer, need: ListedNeed) -> bool:
    """Siblings who would live there alone have no limit."""
    is_foster = offer.provision is Provision.FOSTER_HOUSEHOLD
    return is_foster and offer.children > 0 and offer.children + need.needs.siblings > FOSTER_USUAL_LIMIT


def is_over_spread(offer: Offer, need: ListedNeed) -> bool:
    limit = offer.profile.age_spread_max
    return limit is not None and spread_with(offer.profile, need.needs.age) > limit


def is_over_fee(offer: Offer, need: ListedNeed) -> bool:
    """A place without a fee (in-house) is over no cap."""
    cap = need.needs.fee_max
    return cap is not None and offer.fee is not None and offer.fee > cap


def is_too_late(offer: Offer, need: ListedNeed) -> bool:
    """A planned place whose date nobody knows is not ruled out; it is only ever matched early."""
    return offer.available_from is not None and offer.available_from > need.needs.needed_by


def is_too_young(offer: Offer, need: ListedNeed) -> bool:
    return offer.provision is Provision.SUPPORTED_ACCOMMODATION and need.needs.age < SUPPORTED_AGE_MIN


CHECKS: Mapping[Misfit, Callable[[Offer, ListedNeed], bool]] = {
    Misfit.PROVISION: lambda offer, need: offer.provision not in need.needs.provisions,
    Misfit.AGE: lambda offer, need: not offer.profile.age_min <= need.needs.age <= offer.profile.age_max,
    Misfit.GENDER: lambda offer, need: need.needs.gender not in offer.profile.genders,
    Misfit.NEEDS_OUTSIDE_REGISTRATION: lambda offer, need: (
        not set(need.needs.needs) <= set(offer.profile.needs)
    ),
    Misfit.LEGAL_ROUTE: lambda offer, need: need.needs.legal_route not in offer.profile.legal_routes,
    Misfit.SIBLING_GROUP: lambda offer, need: need.needs.siblings > offer.places_vacant,
    Misfit.SOLO: lambda offer, need: need.needs.is_solo_required and offer.children > 0,
    Misfit.AVAILABLE_TOO_LATE: is_too_late,
    Misfit.FEE: is_over_fee,
    Misfit.AVOID_AREA: lambda offer, need: is_area_avoided(
        offer.borough, offer.outward_code, need.needs.avoid_areas
    ),
    Misfit.UNDER_16_SUPPORTED_ACCOMMODATION: is_too_young,
    Misfit.FOSTER_USUAL_LIMIT: is_over_usual_limit,
    Misfit.GROUP_AGE_SPREAD: is_over_spread,
    Misfit.GROUP_MIX: lambda offer, need: has_mix(offer.profile, need),
    Misfit.PAIR_BLOCKED: lambda offer, need: offer.setting_id in need.blocked_settings,
    Misfit.STALE: lambda offer, _: offer.freshness is Freshness.STALE,
    Misfit.JUDGEMENT: lambda offer, _: not offer.is_judgement_accepted,
}


def misfits(offer: Offer, need: ListedNeed) -> tuple[Misfit, ...]:
    """Every hard constraint that the two miss, in the order of the list; none means that they fit."""
    return tuple(misfit for misfit in Misfit if CHECKS[misfit](offer, need))


def near_miss(offer: Offer, need: ListedNeed) -> Misfit | None:
    """The one constraint that keeps the two apart; None if they fit or miss more than one."""
    missed = misfits(offer, need)
    return missed[0] if len(missed) == 1 else None


# --- explaining ---------------------------------------------------------------------------------------------

Said = str | int | bool | date | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Check:
    """One hard constraint, read both ways: what the vacancy says, what the referral says, whether it holds.

    The children who live in a setting are never spelled out, only the home's own limit is.
    """

    misfit: Misfit
    holds: bool
    vacancy: Mapping[str, Said]
    referral: Mapping[str, Said]


SAYS: Mapping[Misfit, Callable[[Offer, ListedNeed], tuple[Mapping[str, Said], Mapping[str, Said]]]] = {
    Misfit.PROVISION: lambda offer, need: (
        {"provision": offer.provision},
        {"provisions": need.needs.provisions},
    ),
    Misfit.AGE: lambda offer, need: (
        {"age_min": offer.profile.age_min, "age_max": offer.profile.age_max},
        {"age": need.needs.age},
    ),
    Misfit.GENDER: lambda offer, need: (
        {"genders": offer.profile.genders},
        {"gender": need.needs.gender},
    ),
    Misfit.NEEDS_OUTSIDE_REGISTRATION: lambda offer, need: (
        {"needs": offer.profile.needs},
        {"needs": need.needs.needs},
    ),
    Misfit.LEGAL_ROUTE: lambda offer, need: (
        {"legal_routes": offer.profile.legal_routes},
        {"legal_route": need.needs.legal_route},
    ),
    Misfit.SIBLING_GROUP: lambda offer, need: (
        {"places_vacant": offer.places_vacant},
        {"siblings": need.needs.siblings},
    ),
    Misfit.SOLO: lambda offer, need: (
        {"is_shared": offer.children > 0},
        {"is_solo_required": need.needs.is_solo_required},
    ),
    Misfit.AVAILABLE_TOO_LATE: lambda offer, need: (
        {"available_from": offer.available_from},
        {"needed_by": need.needs.needed_by},
    ),
    Misfit.FEE: lambda offer, need: ({"fee": offer.fee}, {"fee_max": need.needs.fee_max}),
    Misfit.AVOID_AREA: lambda offer, need: (
        {"borough": offer.borough, "outward_code": offer.outward_code},
        {"avoid_areas": need.needs.avoid_areas},
    ),
    Misfit.UNDER_16_SUPPORTED_ACCOMMODATION: lambda offer, need: (
        {"provision": offer.provision},
        {"age": need.needs.age},
    ),
    Misfit.FOSTER_USUAL_LIMIT: lambda offer, need: (
        {"provision": offer.provision, "usual_limit": FOSTER_USUAL_LIMIT},
        {"siblings": need.needs.siblings},
    ),
    Misfit.GROUP_AGE_SPREAD: lambda offer, need: (
        {"age_spread_max": offer.profile.age_spread_max},
        {"age": need.needs.age},
    ),
    Misfit.GROUP_MIX: lambda offer, need: (
        {"mix_limits": tuple(f"{limit.need}:{limit.other}" for limit in offer.profile.mix_limits)},
        {"needs": need.needs.needs},
    ),
    Misfit.PAIR_BLOCKED: lambda offer, need: (
        {"is_blocked": offer.setting_id in need.blocked_settings},
        {},
    ),
    Misfit.STALE: lambda offer, _: ({"freshness": offer.freshness}, {}),
    Misfit.JUDGEMENT: lambda offer, _: (
        {"judgement": offer.judgement, "is_judgement_accepted": offer.is_judgement_accepted},
        {},
    ),
}


def explain(offer: Offer, need: ListedNeed) -> tuple[Check, ...]:
    """Every hard constraint in order. Read from either side: why not this place, why not this referral."""
    return tuple(
        Check(misfit, not CHECKS[misfit](offer, need), *SAYS[misfit](offer, need)) for misfit in Misfit
    )
