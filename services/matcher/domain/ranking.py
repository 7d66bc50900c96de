"""In what order a council reads the vacancies that fit one of its referrals, and why.

An order with reasons: one criterion after the other, never a sum, never a score of a child, never the price
alone. Source: domain page, matching.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.words import DistanceBand, Freshness, Judgement, RankReason

from .fit import ListedNeed, Offer
from .geography import Geography

BAND_ORDER: Mapping[DistanceBand, int] = {band: place for place, band in enumerate(DistanceBand)}
FRESHNESS_ORDER: Mapping[Freshness, int] = {each: place for place, each in enumerate(Freshness)}
JUDGEMENT_ORDER: Mapping[Judgement, int] = {
    Judgement.OUTSTANDING: 0,
    Judgement.GOOD: 1,
    Judgement.OUTCOME_1: 1,
    Judgement.NOT_YET_INSPECTED: 2,
    Judgement.REQUIRES_IMPROVEMENT: 3,
    Judgement.OUTCOME_2: 3,
    Judgement.INADEQUATE: 4,
    Judgement.OUTCOME_3: 4,
    Judgement.UNKNOWN: 5,
}
FEE_UNKNOWN = 1 << 40
"""Pence; above every fee, so that a place without one comes after those with one."""

Key = tuple[int, int, int, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Rank:
    """Where an option stands for one referral: smaller keys first. The key says nothing by itself."""

    key: Key
    band: DistanceBand
    reasons: tuple[RankReason, ...]


def is_in_house(offer: Offer, need: ListedNeed) -> bool:
    """Whether the referral's own council runs the setting; another council's home is an agency to it."""
    return offer.in_house_of is not None and offer.in_house_of == need.council


def needs_beyond(offer: Offer, need: ListedNeed) -> int:
    """Needs that the setting is registered for and this referral has not: specialist places are spared."""
    return len(set(offer.profile.needs) - set(need.needs.needs))


def key_of(offer: Offer, need: ListedNeed, band: DistanceBand) -> Key:
    """The nine criteria, most weighty first; 0 is best in each."""
    needs = need.needs
    is_school_lost = needs.school_borough is not None and offer.borough != needs.school_borough
    return (
        int(offer.borough != needs.home_borough),
        BAND_ORDER[band],
        int(is_school_lost),
        int(needs.siblings > offer.places_vacant),
        int(not is_in_house(offer, need)),
        JUDGEMENT_ORDER[offer.judgement],
        needs_beyond(offer, need),
        FRESHNESS_ORDER[offer.freshness],
        FEE_UNKNOWN if offer.fee is None else offer.fee,
    )


REASONS: Mapping[RankReason, Callable[[Offer, ListedNeed, Key], bool]] = {
    RankReason.IN_BOROUGH: lambda _offer, _need, key: key[0] == 0,
    RankReason.NEAR: lambda _offer, _need, key: key[1] == BAND_ORDER[DistanceBand.WITHIN_5_KM],
    RankReason.SCHOOL_KEPT: lambda _offer, need, key: need.needs.school_borough is not None and key[2] == 0,
    RankReason.SIBLINGS_TOGETHER: lambda _offer, need, key: need.needs.siblings > 1 and key[3] == 0,
    RankReason.IN_HOUSE: lambda _offer, _need, key: key[4] == 0,
    RankReason.JUDGED_OUTSTANDING: lambda _offer, _need, key: key[5] == 0,
    RankReason.JUDGED_GOOD: lambda _offer, _need, key: key[5] == 1,
    RankReason.NEEDS_MATCHED: lambda _offer, need, key: bool(need.needs.needs) and key[6] == 0,
    RankReason.FRESH: lambda _offer, _need, key: key[7] == 0,
    RankReason.FEE_KNOWN: lambda offer, _need, _key: offer.fee is not None,
}


def rank(offer: Offer, need: ListedNeed, geography: Geography) -> Rank:
    """Where the offer stands for this referral, with everything that speaks for it, most weighty first."""
    band = geography.band(need.needs.home_borough, offer.borough, offer.outward_code)
    key = key_of(offer, need, band)
    return Rank(key, band, tuple(reason for reason in RankReason if REASONS[reason](offer, need, key)))


def ordered(offers: tuple[Offer, ...], need: ListedNeed, geography: Geography) -> tuple[Offer, ...]:
    """The offers in their order for this referral; what is equal in every criterion stands by its id."""
    return tuple(sorted(offers, key=lambda offer: (rank(offer, need, geography).key, offer.vacancy_id)))
