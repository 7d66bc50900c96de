from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import Freshness, Misfit, Need
from services.matcher.domain.fit import CHECKS, SAYS, ListedNeed, Offer, explain, misfits, near_miss
from tests.matching.cases import APPLIES, STAYS_AWAY, cases
from tests.matching.worlds import HARINGEY, NEED, listed_needs, offer, offers


@pytest.mark.parametrize("table", [APPLIES, STAYS_AWAY, CHECKS, SAYS])
def test_every_misfit_has_a_rule_and_a_case_on_either_side_of_it(table: dict[Misfit, object]) -> None:
    assert set(table) == set(Misfit)
    assert all(table.values())


@pytest.mark.parametrize(("misfit", "vacancy", "referral"), cases(APPLIES))
def test_a_pair_that_misses_one_constraint_is_told_that_one_alone(
    misfit: Misfit, vacancy: Offer, referral: ListedNeed
) -> None:
    assert misfits(vacancy, referral) == (misfit,)
    assert near_miss(vacancy, referral) is misfit


@pytest.mark.parametrize(("misfit", "vacancy", "referral"), cases(STAYS_AWAY))
def test_a_pair_just_inside_a_constraint_fits(misfit: Misfit, vacancy: Offer, referral: ListedNeed) -> None:
    assert not CHECKS[misfit](vacancy, referral)
    assert misfits(vacancy, referral) == ()


def test_two_constraints_missed_are_no_near_miss() -> None:
    vacancy = offer(age_min=15, freshness=Freshness.STALE)
    assert misfits(vacancy, NEED) == (Misfit.AGE, Misfit.STALE)
    assert near_miss(vacancy, NEED) is None


@given(offers(), listed_needs())
def test_an_explanation_names_every_constraint_once_and_fails_those_that_are_missed(
    vacancy: Offer, referral: ListedNeed
) -> None:
    checks = explain(vacancy, referral)
    assert [check.misfit for check in checks] == list(Misfit)
    assert tuple(check.misfit for check in checks if not check.holds) == misfits(vacancy, referral)


@given(offers(), listed_needs())
def test_an_explanation_spells_out_no_child_of_the_home(vacancy: Offer, referral: ListedNeed) -> None:
    said = [check.vacancy for check in explain(vacancy, referral)]
    assert all({"group", "children", "youngest", "oldest"}.isdisjoint(each) for each in said)


stricter_offers = st.sampled_from(
    [
        lambda vacancy: replace(vacancy, freshness=Freshness.STALE),
        lambda vacancy: replace(vacancy, is_judgement_accepted=False),
        lambda vacancy: replace(vacancy, children=vacancy.children + 1),
        lambda vacancy: replace(vacancy, places_vacant=vacancy.places_vacant - 1),
        lambda vacancy: replace(vacancy, profile=replace(vacancy.profile, genders=())),
        lambda vacancy: replace(vacancy, profile=replace(vacancy.profile, needs=vacancy.profile.needs[:-1])),
        lambda vacancy: replace(
            vacancy, profile=replace(vacancy.profile, age_min=vacancy.profile.age_min + 1)
        ),
        lambda vacancy: replace(vacancy, profile=replace(vacancy.profile, age_spread_max=0)),
    ]
)
stricter_needs = st.sampled_from(
    [
        lambda referral: replace(referral, needs=replace(referral.needs, is_solo_required=True)),
        lambda referral: replace(referral, needs=replace(referral.needs, fee_max=0)),
        lambda referral: replace(
            referral, needs=replace(referral.needs, avoid_areas=(*referral.needs.avoid_areas, HARINGEY))
        ),
        lambda referral: replace(
            referral, needs=replace(referral.needs, siblings=referral.needs.siblings + 1)
        ),
        lambda referral: replace(
            referral, needs=replace(referral.needs, needs=(*referral.needs.needs, Need.COMPLEX_HEALTH))
        ),
        lambda referral: replace(
            referral, needs=replace(referral.needs, provisions=referral.needs.provisions[1:])
        ),
    ]
)


@given(offers(), listed_needs(), stricter_offers, stricter_needs)
def test_adding_a_constraint_never_adds_a_fit(
    vacancy: Offer, referral: ListedNeed, stricter_offer: object, stricter_need: object
) -> None:
    assert callable(stricter_offer)
    assert callable(stricter_need)
    before = set(misfits(vacancy, referral))
    assert before <= set(misfits(stricter_offer(vacancy), referral))
    assert before <= set(misfits(vacancy, stricter_need(referral)))
