import pytest

from schemas.words import Badge, DistanceBand
from services.matcher.adapters.geography_file import read_geography
from services.matcher.domain.badge import badge
from services.matcher.domain.geography import Geography
from services.matcher.domain.values import CouncilId
from services.shipped import shipped

HARINGEY = CouncilId("E09000014")
BARNET, CAMDEN, ENFIELD = CouncilId("E09000003"), CouncilId("E09000007"), CouncilId("E09000010")
HACKNEY, ISLINGTON, WALTHAM_FOREST = CouncilId("E09000012"), CouncilId("E09000019"), CouncilId("E09000031")
NEIGHBOURS = {BARNET, CAMDEN, ENFIELD, HACKNEY, ISLINGTON, WALTHAM_FOREST}
BROMLEY, KENT = CouncilId("E09000006"), CouncilId("E10000016")


@pytest.fixture(scope="module")
def london() -> Geography:
    return read_geography(shipped("geo_london"))


def test_london_has_thirty_three_boroughs_and_each_adjoins_another(london: Geography) -> None:
    assert len(london.boroughs) == 33
    assert all(london.adjacency[borough] for borough in london.boroughs)


def test_haringey_adjoins_its_six_neighbours_and_no_other(london: Geography) -> None:
    assert london.adjacency[HARINGEY] == NEIGHBOURS


def test_adjoining_is_mutual_and_none_adjoins_itself(london: Geography) -> None:
    for one in london.boroughs:
        assert not london.adjoins(one, one)
        assert all(london.adjoins(other, one) for other in london.adjacency[one])


@pytest.mark.parametrize("borough", sorted(NEIGHBOURS))
def test_a_place_in_an_adjoining_borough_needs_the_nominated_officer(
    london: Geography, borough: CouncilId
) -> None:
    assert badge(HARINGEY, borough, london) is Badge.NOMINATED_OFFICER


def test_a_place_at_home_needs_nobody_and_one_beyond_the_director(london: Geography) -> None:
    assert badge(HARINGEY, HARINGEY, london) is Badge.NONE
    assert badge(HARINGEY, BROMLEY, london) is Badge.DIRECTOR


@pytest.mark.parametrize("borough", [KENT, None])
def test_a_place_outside_the_map_needs_the_director(london: Geography, borough: CouncilId | None) -> None:
    assert badge(HARINGEY, borough, london) is Badge.DIRECTOR


def test_the_outward_code_says_more_than_the_borough(london: Geography) -> None:
    assert london.band(HARINGEY, HARINGEY, None) is DistanceBand.WITHIN_5_KM
    assert london.band(HARINGEY, HARINGEY, "N17") is DistanceBand.WITHIN_5_KM
    assert london.band(HARINGEY, BROMLEY, "BR6") is DistanceBand.WITHIN_32_KM
    assert london.band(HARINGEY, KENT, "CT1") is DistanceBand.UNKNOWN


def test_every_outward_code_lies_in_or_near_its_london(london: Geography) -> None:
    assert len(london.outward_codes) > 300
    bands = {london.band(HARINGEY, None, code) for code in london.outward_codes}
    assert DistanceBand.BEYOND_80_KM not in bands
    assert DistanceBand.UNKNOWN not in bands
