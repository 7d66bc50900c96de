from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given

from schemas.matches import CRITERIA
from schemas.words import DistanceBand, Freshness, Judgement, Need, RankReason
from services.matcher.domain.fit import ListedNeed, Offer
from services.matcher.domain.ranking import JUDGEMENT_ORDER, REASONS, ordered, rank
from services.matcher.domain.values import CouncilId, VacancyId
from tests.matching.worlds import (
    BROMLEY,
    CAMDEN,
    FEWER,
    HACKNEY,
    HARINGEY,
    MAP,
    NEED,
    OFFER,
    listed_needs,
    listed_offers,
    need,
    offer,
)

SCHOOL_IN_CAMDEN = need(school_borough=CAMDEN)
# Each comes before the next for one criterion, whatever speaks for the next in those that weigh less.
LESS_AND_LESS = (
    offer(borough=HARINGEY, outward_code="BR1", fee=600_000, judgement=Judgement.UNKNOWN),
    offer(borough=HACKNEY, outward_code=None, fee=600_000, judgement=Judgement.UNKNOWN),
    offer(borough=HACKNEY, outward_code="E8", places_vacant=0, fee=600_000, judgement=Judgement.UNKNOWN),
    offer(borough=BROMLEY, outward_code=None, in_house_of=HARINGEY, judgement=Judgement.UNKNOWN),
    offer(borough=BROMLEY, outward_code=None, judgement=Judgement.OUTSTANDING, freshness=Freshness.AGEING),
    offer(borough=BROMLEY, outward_code=None, needs=(Need.EBD,), freshness=Freshness.AGEING),
    offer(borough=BROMLEY, outward_code=None, freshness=Freshness.FRESH, fee=600_000),
    offer(borough=BROMLEY, outward_code=None, freshness=Freshness.AGEING, fee=300_000),
    offer(borough=BROMLEY, outward_code=None, freshness=Freshness.AGEING, fee=480_000),
    offer(borough=BROMLEY, outward_code=None, freshness=Freshness.AGEING, fee=None),
)


def test_the_criteria_weigh_in_the_order_of_the_domain() -> None:
    keys = [rank(each, NEED, MAP).key for each in LESS_AND_LESS]
    assert all(better < worse for better, worse in pairwise(keys))


def test_every_number_of_the_order_is_named_on_the_wire() -> None:
    """One change at a time changes the one number that the contract names for it."""
    plain = offer(borough=CAMDEN, outward_code=None, fee=480_000)
    asked = need(siblings=1, school_borough=CAMDEN)
    changed = {
        "school_lost": (plain, need(siblings=1, school_borough=HARINGEY)),
        "siblings_apart": (plain, need(siblings=plain.places_vacant + 1, school_borough=CAMDEN)),
        "not_in_house": (replace(plain, in_house_of=HARINGEY), asked),
        "needs_beyond": (replace(plain, profile=replace(plain.profile, needs=())), asked),
        "fee": (replace(plain, fee=100), asked),
        "freshness": (replace(plain, freshness=Freshness.STALE), asked),
        "judgement": (replace(plain, judgement=Judgement.UNKNOWN), asked),
    }
    before = rank(plain, asked, MAP).key
    assert len(before) == len(CRITERIA)
    for name, (place, wanted) in changed.items():
        after = rank(place, wanted, MAP).key
        assert [each for each, one, two in zip(CRITERIA, before, after, strict=True) if one != two] == [name]


def test_the_school_weighs_less_than_the_distance_and_more_than_who_owns_the_home() -> None:
    kept = offer(borough=CAMDEN, outward_code=None)
    lost = offer(borough=HACKNEY, outward_code="N1", in_house_of=HARINGEY)
    near = offer(borough=HACKNEY, outward_code=None)
    assert rank(kept, NEED, MAP).band is rank(lost, NEED, MAP).band
    assert ordered((lost, kept), SCHOOL_IN_CAMDEN, MAP) == (kept, lost)
    assert ordered((lost, kept), NEED, MAP) == (lost, kept)
    assert ordered((kept, near), SCHOOL_IN_CAMDEN, MAP) == (near, kept)


def test_siblings_together_weigh_more_than_who_owns_the_home() -> None:
    together, in_house = offer(places_vacant=2), offer(places_vacant=1, in_house_of=HARINGEY)
    assert ordered((in_house, together), need(siblings=2), MAP) == (together, in_house)
    assert ordered((in_house, together), NEED, MAP) == (in_house, together)


def test_a_cheap_place_never_comes_before_a_near_one() -> None:
    near, cheap = offer(fee=600_000), offer(borough=BROMLEY, outward_code="BR1", fee=0)
    assert ordered((cheap, near), NEED, MAP) == (near, cheap)


def test_another_councils_own_home_is_no_in_house_place() -> None:
    assert RankReason.IN_HOUSE in rank(offer(in_house_of=HARINGEY), NEED, MAP).reasons
    assert RankReason.IN_HOUSE not in rank(offer(in_house_of=HACKNEY), NEED, MAP).reasons


def test_reasons_are_said_most_weighty_first() -> None:
    best = offer(
        in_house_of=HARINGEY, judgement=Judgement.OUTSTANDING, needs=(Need.EBD,), places_vacant=2, fee=1
    )
    asked = need(siblings=2, school_borough=HARINGEY)
    assert rank(best, asked, MAP).reasons == tuple(
        reason for reason in RankReason if reason is not RankReason.JUDGED_GOOD
    )
    assert rank(offer(borough=None, freshness=Freshness.STALE, fee=None), NEED, MAP).reasons == (
        RankReason.NEAR,
        RankReason.JUDGED_GOOD,
    )


def test_every_reason_and_every_judgement_has_its_place() -> None:
    assert set(REASONS) == set(RankReason)
    assert set(JUDGEMENT_ORDER) == set(Judgement)


@pytest.mark.parametrize(
    ("borough", "outward_code", "band"),
    [
        (HARINGEY, None, DistanceBand.WITHIN_5_KM),
        (HARINGEY, "N17", DistanceBand.WITHIN_5_KM),
        (HARINGEY, "ME1", DistanceBand.WITHIN_5_KM),
        (BROMLEY, None, DistanceBand.WITHIN_32_KM),
        (None, "BR1", DistanceBand.WITHIN_32_KM),
        (CouncilId("E10000016"), None, DistanceBand.UNKNOWN),
        (None, None, DistanceBand.UNKNOWN),
    ],
)
def test_distance_is_from_the_home_borough_to_the_smallest_known_area(
    borough: CouncilId | None, outward_code: str | None, band: DistanceBand
) -> None:
    assert MAP.band(HARINGEY, borough, outward_code) is band


@FEWER
@given(listed_offers(), listed_needs())
def test_the_order_is_total(listed: list[tuple[Offer, object]], asked: ListedNeed) -> None:
    offers = tuple(each for each, _ in listed)
    first = ordered(offers, asked, MAP)
    assert ordered(tuple(reversed(offers)), asked, MAP) == first
    assert sorted(each.vacancy_id for each in first) == sorted(each.vacancy_id for each in offers)


def test_what_is_equal_in_every_criterion_stands_by_its_id() -> None:
    later = replace(OFFER, vacancy_id=VacancyId("SC012345:2:1"))
    assert ordered((later, OFFER), NEED, MAP) == (OFFER, later)
