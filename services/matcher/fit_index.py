"""Who fits what, fast: columns of small numbers in front of the plain rules of `domain/fit.py`.

Knows the rules as numbers only and must answer exactly as they do. One formula per constraint serves both
directions: one referral against all vacancies, and one vacancy against all referrals.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.words import Freshness, Gender, LegalRoute, Misfit, Need, Provision, Supply

from .areas import Areas
from .columns import Columns, Flags, Lookup, Numbers, Table, flagged
from .domain.fit import (
    FOSTER_USUAL_LIMIT,
    SUPPORTED_AGE_MIN,
    ListedNeed,
    Offer,
)
from .domain.geography import Geography
from .domain.ranking import FEE_UNKNOWN, FRESHNESS_ORDER, JUDGEMENT_ORDER, Rank, rank
from .domain.values import CouncilId, ReferralId, VacancyId
from .packing import BEYOND, FEE, FRESHNESS, IN_HOUSE, JUDGEMENT, SIBLINGS

FEE_UNLIMITED = 1 << 62
FAR_YOUNG, FAR_OLD, SPREAD_UNLIMITED = 32_000, -1, 32_767


def bits(members: Iterable[StrEnum], of: type[StrEnum]) -> int:
    """A set of words as a number: bit n for the n-th word of the list."""
    order = list(of)
    return sum({1 << order.index(member) for member in members})


OFFER_TYPES: Mapping[str, type[np.generic]] = {
    "provision": np.uint16,
    "age_min": np.int16,
    "age_max": np.int16,
    "genders": np.uint8,
    "registered_needs": np.uint16,
    "legal_routes": np.uint8,
    "places_vacant": np.int16,
    "children": np.int16,
    "available_from": np.int32,
    "fee": np.int64,
    "is_supported": np.bool_,
    "is_foster": np.bool_,
    "youngest": np.int16,
    "oldest": np.int16,
    "age_spread_max": np.int16,
    "barred_needs": np.uint16,
    "is_stale": np.bool_,
    "is_judgement_refused": np.bool_,
    "is_expected": np.bool_,
    "in_house_of": np.int32,
    "area": np.int32,
    "scope": np.int32,
    "fixed_key": np.int64,
}
NEED_TYPES: Mapping[str, type[np.generic]] = {
    "provisions": np.uint16,
    "age": np.int16,
    "gender": np.uint8,
    "needs": np.uint16,
    "legal_route": np.uint8,
    "siblings": np.int16,
    "is_solo_required": np.bool_,
    "needed_by": np.int32,
    "fee_max": np.int64,
    "has_avoided": np.bool_,
    "is_anticipated": np.bool_,
    "council": np.int32,
}


def barred_needs(offer: Offer) -> int:
    """The needs that would break one of the home's own mix limits, with the children who live there."""
    present, limits = offer.profile.group.needs, offer.profile.mix_limits
    barred = {limit.need for limit in limits if limit.other in present}
    return bits(barred | {limit.other for limit in limits if limit.need in present}, Need)


def offer_row(offer: Offer) -> dict[str, int]:
    """One vacancy as numbers; area, scope and council are added by the index that numbers them."""
    profile, group = offer.profile, offer.profile.group
    ages = [age for age in (group.youngest, group.oldest) if age is not None]
    return {
        "provision": bits([offer.provision], Provision),
        "age_min": profile.age_min,
        "age_max": profile.age_max,
        "genders": bits(profile.genders, Gender),
        "registered_needs": bits(profile.needs, Need),
        "legal_routes": bits(profile.legal_routes, LegalRoute),
        "places_vacant": offer.places_vacant,
        "children": offer.children,
        "available_from": 0 if offer.available_from is None else offer.available_from.toordinal(),
        "fee": -1 if offer.fee is None else offer.fee,
        "is_supported": offer.provision is Provision.SUPPORTED_ACCOMMODATION,
        "is_foster": offer.provision is Provision.FOSTER_HOUSEHOLD,
        "youngest": min(ages, default=FAR_YOUNG),
        "oldest": max(ages, default=FAR_OLD),
        "age_spread_max": SPREAD_UNLIMITED if profile.age_spread_max is None else profile.age_spread_max,
        "barred_needs": barred_needs(offer),
        "is_stale": offer.freshness is Freshness.STALE,
        "is_judgement_refused": not offer.is_judgement_accepted,
        "is_expected": offer.supply is not Supply.VACANT,
        "fixed_key": (
            JUDGEMENT_ORDER[offer.judgement] << JUDGEMENT
            | FRESHNESS_ORDER[offer.freshness] << FRESHNESS
            | (FEE_UNKNOWN if offer.fee is None else offer.fee) << FEE
        ),
    }


def need_row(need: ListedNeed) -> dict[str, int]:
    """One referral as numbers."""
    needs = need.needs
    return {
        "provisions": bits(needs.provisions, Provision),
        "age": needs.age,
        "gender": bits([needs.gender], Gender),
        "needs": bits(needs.needs, Need),
        "legal_route": bits([needs.legal_route], LegalRoute),
        "siblings": needs.siblings,
        "is_solo_required": needs.is_solo_required,
        "needed_by": needs.needed_by.toordinal(),
        "fee_max": FEE_UNLIMITED if needs.fee_max is None else needs.fee_max,
        "has_avoided": bool(needs.avoid_areas),
        "is_anticipated": need.is_anticipated,
    }


def over_usual_limit(offer: Columns, need: Columns) -> Any:
    is_joined = offer["is_foster"] & (offer["children"] > 0)
    return is_joined & (offer["children"] + need["siblings"] > FOSTER_USUAL_LIMIT)


def over_spread(offer: Columns, need: Columns) -> Any:
    oldest = np.maximum(offer["oldest"], need["age"])
    return oldest - np.minimum(offer["youngest"], need["age"]) > offer["age_spread_max"]


FORMULAS: Mapping[Misfit, Callable[[Columns, Columns], Any]] = {
    Misfit.PROVISION: lambda offer, need: (offer["provision"] & need["provisions"]) == 0,
    Misfit.AGE: lambda offer, need: (need["age"] < offer["age_min"]) | (need["age"] > offer["age_max"]),
    Misfit.GENDER: lambda offer, need: (offer["genders"] & need["gender"]) == 0,
    Misfit.NEEDS_OUTSIDE_REGISTRATION: lambda offer, need: (
        (offer["registered_needs"] & need["needs"]) != need["needs"]
    ),
    Misfit.LEGAL_ROUTE: lambda offer, need: (offer["legal_routes"] & need["legal_route"]) == 0,
    Misfit.SIBLING_GROUP: lambda offer, need: need["siblings"] > offer["places_vacant"],
    Misfit.SOLO: lambda offer, need: need["is_solo_required"] & (offer["children"] > 0),
    Misfit.AVAILABLE_TOO_LATE: lambda offer, need: offer["available_from"] > need["needed_by"],
    Misfit.FEE: lambda offer, need: offer["fee"] > need["fee_max"],
    Misfit.UNDER_16_SUPPORTED_ACCOMMODATION: lambda offer, need: (
        offer["is_supported"] & (need["age"] < SUPPORTED_AGE_MIN)
    ),
    Misfit.FOSTER_USUAL_LIMIT: over_usual_limit,
    Misfit.GROUP_AGE_SPREAD: over_spread,
    Misfit.GROUP_MIX: lambda offer, need: (offer["barred_needs"] & need["needs"]) != 0,
    Misfit.STALE: lambda offer, _: offer["is_stale"],
    Misfit.JUDGEMENT: lambda offer, _: offer["is_judgement_refused"],
}
"""All constraints but AVOID_AREA and PAIR_BLOCKED, which are looked up by name and not computed."""


def misses(offer: Columns, need: Columns, looked_up: Iterable[Flags]) -> NDArray[np.uint8]:
    """How many constraints each row misses."""
    flags = [*looked_up]
    total = np.zeros(len(flags[0]), np.uint8)
    for each in flags:
        total += each
    for formula in FORMULAS.values():
        total += formula(offer, need)
    return total


@dataclass(frozen=True, slots=True)
class Option:
    """A vacancy as an option for one referral."""

    offer: Offer
    rank: Rank


class OfferIndex:
    """Listed vacancies, and which of them fit one referral."""

    def __init__(self, geography: Geography) -> None:
        self._geography = geography
        self._table = Table(OFFER_TYPES)
        self._offers: dict[str, Offer] = {}
        self._councils, self._scopes, self._areas = Numbers(), Numbers(), Areas(geography)
        self._of_setting = Lookup()

    def __len__(self) -> int:
        return len(self._table)

    def get(self, vacancy_id: VacancyId) -> Offer | None:
        return self._offers.get(vacancy_id)

    def add(self, offer: Offer, members: tuple[CouncilId, ...]) -> None:
        """List a vacancy for these councils, in place of what was listed under its id."""
        self.remove(offer.vacancy_id)
        row = offer_row(offer)
        row["in_house_of"] = -1 if offer.in_house_of is None else self._councils.of(offer.in_house_of)
        row["area"] = self._areas.of((offer.borough, offer.outward_code))
        row["scope"] = self._scopes.of(members)
        self._table.put(offer.vacancy_id, row)
        self._offers[offer.vacancy_id] = offer
        self._of_setting.add([offer.setting_id], offer.vacancy_id)

    def remove(self, vacancy_id: VacancyId) -> None:
        """Unlist a vacancy; nothing for one that is not listed."""
        offer = self._offers.pop(vacancy_id, None)
        if offer is not None:
            self._of_setting.discard([offer.setting_id], vacancy_id)
            self._table.drop(vacancy_id)

    def best(self, need: ListedNeed, limit: int) -> list[Option]:
        """The first `limit` of the vacancies that fit, in their order for this referral."""
        return self._first(need, 0, limit)

    def near_misses(self, need: ListedNeed, limit: int) -> list[Option]:
        """The first `limit` of the vacancies that miss exactly one constraint, in their order."""
        return self._first(need, 1, limit)

    def _first(self, need: ListedNeed, missed: int, limit: int) -> list[Option]:
        offers, row = self._table.columns(), need_row(need)
        looked_up = [
            flagged(self._table, self._of_setting.rows_of(need.blocked_settings)),
            self._areas.avoided(need.needs.avoid_areas)[offers["area"]],
        ]
        is_wanted = misses(offers, row, looked_up) == missed
        is_wanted &= self._is_listed_for(need.council)[offers["scope"]]
        if not need.is_anticipated:
            is_wanted &= ~offers["is_expected"]
        slots = np.flatnonzero(is_wanted)
        chosen = [self._offers[row_id] for row_id in self._smallest(slots, offers, need, limit)]
        return [Option(offer, rank(offer, need, self._geography)) for offer in chosen]

    def _smallest(self, slots: NDArray[np.intp], offers: Columns, need: ListedNeed, limit: int) -> list[str]:
        keys = self._keys(slots, offers, need)
        if len(slots) > limit > 0:
            among = keys <= np.partition(keys, limit - 1)[limit - 1]
            slots, keys = slots[among], keys[among]
        ids = self._table.ids
        pairs = zip(keys.tolist(), (ids[slot] for slot in slots.tolist()), strict=True)
        return [row_id for _, row_id in nsmallest(limit, pairs)]

    def _keys(self, slots: NDArray[np.intp], offers: Columns, need: ListedNeed) -> NDArray[np.int64]:
        """A rank's key in one number each; smaller first."""
        needs = np.uint16(bits(need.needs.needs, Need))
        area_keys = self._areas.keys(need.needs.home_borough, need.needs.school_borough)
        keys: NDArray[np.int64] = area_keys[offers["area"][slots]]
        keys |= offers["fixed_key"][slots]
        keys |= (need.needs.siblings > offers["places_vacant"][slots]).astype(np.int64) << SIBLINGS
        is_other = offers["in_house_of"][slots] != self._councils.of(need.council)
        keys |= is_other.astype(np.int64) << IN_HOUSE
        beyond = np.bitwise_count(offers["registered_needs"][slots] & ~needs)
        keys |= beyond.astype(np.int64) << BEYOND
        return keys

    def _is_listed_for(self, council: CouncilId) -> Flags:
        return np.array([council in members for members in self._scopes.names()], np.bool_)


class NeedIndex:
    """Listed referrals, and which of them one vacancy fits: by id, for children are put in no order."""

    def __init__(self) -> None:
        self._table = Table(NEED_TYPES)
        self._needs: dict[str, ListedNeed] = {}
        self._councils = Numbers()
        self._avoiders, self._blocked = Lookup(), Lookup()

    def __len__(self) -> int:
        return len(self._table)

    def get(self, referral_id: ReferralId) -> ListedNeed | None:
        return self._needs.get(referral_id)

    def add(self, need: ListedNeed) -> None:
        """List a referral, in place of what was listed under its id."""
        self.remove(need.referral_id)
        self._table.put(need.referral_id, need_row(need) | {"council": self._councils.of(need.council)})
        self._needs[need.referral_id] = need
        self._avoiders.add(need.needs.avoid_areas, need.referral_id)
        self._blocked.add(need.blocked_settings, need.referral_id)

    def remove(self, referral_id: ReferralId) -> None:
        """Unlist a referral; nothing for one that is not listed."""
        need = self._needs.pop(referral_id, None)
        if need is not None:
            self._avoiders.discard(need.needs.avoid_areas, referral_id)
            self._blocked.discard(need.blocked_settings, referral_id)
            self._table.drop(referral_id)

    def fits(self, offer: Offer, members: tuple[CouncilId, ...]) -> list[ListedNeed]:
        """The referrals of these councils that the vacancy fits."""
        return self._found(offer, members, 0)

    def near_misses(self, offer: Offer, members: tuple[CouncilId, ...]) -> list[ListedNeed]:
        """The referrals of these councils that the vacancy would fit but for exactly one constraint."""
        return self._found(offer, members, 1)

    def _found(self, offer: Offer, members: tuple[CouncilId, ...], missed: int) -> list[ListedNeed]:
        needs, row = self._table.columns(), offer_row(offer)
        looked_up = [
            flagged(self._table, self._blocked.rows_of([offer.setting_id])),
            self._avoiding(needs, offer),
        ]
        is_wanted = misses(row, needs, looked_up) == missed
        is_member = np.array([name in members for name in self._councils.names()], np.bool_)
        is_wanted &= is_member[needs["council"]]
        if offer.supply is not Supply.VACANT:
            is_wanted &= needs["is_anticipated"]
        ids = sorted(self._table.ids[slot] for slot in np.flatnonzero(is_wanted).tolist())
        return [self._needs[referral_id] for referral_id in ids]

    def _avoiding(self, needs: Columns, offer: Offer) -> Flags:
        if offer.borough is None and offer.outward_code is None:
            flags: Flags = needs["has_avoided"]
            return flags
        areas = [area for area in (offer.borough, offer.outward_code) if area is not None]
        return flagged(self._table, self._avoiders.rows_of(areas))
