import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from schemas.words import Misfit, Supply
from services.matcher.domain.fit import ListedNeed, Offer, misfits
from services.matcher.domain.ranking import Key, rank
from services.matcher.domain.values import CouncilId, ReferralId, VacancyId
from services.matcher.fit_index import FORMULAS, NeedIndex, OfferIndex, Option
from services.matcher.packing import SHIFTS, WIDTHS
from tests.matching.cases import APPLIES, STAYS_AWAY, cases
from tests.matching.worlds import (
    COUNCILS,
    FEWER,
    MAP,
    NEED,
    OFFER,
    REFERRALS,
    listed_needs,
    listed_offers,
    offers,
    several_needs,
    some,
)

Listed = list[tuple[Offer, tuple[CouncilId, ...]]]
VACANCIES = tuple(VacancyId(f"SC{number:06}:1:1") for number in range(6))
LOOKED_UP = {Misfit.AVOID_AREA, Misfit.PAIR_BLOCKED}


def plainly(listed: Listed, need: ListedNeed, missed: int) -> list[Option]:
    """What the rules say, one pair after the other."""
    found = [
        Option(offer, rank(offer, need, MAP))
        for offer, members in listed
        if need.council in members
        and (need.is_anticipated or offer.supply is Supply.VACANT)
        and len(misfits(offer, need)) == missed
    ]
    return sorted(found, key=lambda option: (option.rank.key, option.offer.vacancy_id))


def index_of(listed: Listed) -> OfferIndex:
    index = OfferIndex(MAP)
    for offer, members in listed:
        index.add(offer, members)
    return index


def packed(key: Key) -> int:
    return sum(part << shift for part, shift in zip(key, SHIFTS, strict=True))


def test_every_constraint_is_computed_or_looked_up() -> None:
    assert set(FORMULAS) | LOOKED_UP == set(Misfit)
    assert not set(FORMULAS) & LOOKED_UP


@FEWER
@given(listed_offers(), listed_needs(), st.integers(1, 9))
def test_one_referral_against_all_gets_the_answers_of_the_rules(
    listed: Listed, need: ListedNeed, limit: int
) -> None:
    index = index_of(listed)
    assert index.best(need, limit) == plainly(listed, need, 0)[:limit]
    assert index.near_misses(need, limit) == plainly(listed, need, 1)[:limit]


@FEWER
@given(offers(), several_needs(), some(COUNCILS, 4))
def test_one_vacancy_against_all_gets_the_answers_of_the_rules(
    offer: Offer, needs: list[ListedNeed], members: tuple[CouncilId, ...]
) -> None:
    index = NeedIndex()
    for need in needs:
        index.add(need)
    may = [
        need
        for need in sorted(needs, key=lambda each: each.referral_id)
        if need.council in members and (need.is_anticipated or offer.supply is Supply.VACANT)
    ]
    assert index.fits(offer, members) == [need for need in may if not misfits(offer, need)]
    assert index.near_misses(offer, members) == [need for need in may if len(misfits(offer, need)) == 1]


@FEWER
@given(listed_offers(), listed_needs(), st.randoms())
def test_the_order_is_no_accident_of_arrival(listed: Listed, need: ListedNeed, chance: object) -> None:
    shuffled = list(listed)
    assert hasattr(chance, "shuffle")
    chance.shuffle(shuffled)
    assert index_of(shuffled).best(need, 9) == index_of(listed).best(need, 9)


@given(offers(), offers(), listed_needs())
def test_a_key_in_one_number_stands_as_the_key_stands(one: Offer, other: Offer, need: ListedNeed) -> None:
    keys = [rank(each, need, MAP).key for each in (one, other)]
    assert all(part < 1 << width for key in keys for part, width in zip(key, WIDTHS, strict=True))
    assert (packed(keys[0]) < packed(keys[1])) == (keys[0] < keys[1])


@pytest.mark.parametrize(("misfit", "offer", "need"), [*cases(APPLIES), *cases(STAYS_AWAY)])
def test_both_directions_draw_the_line_where_the_rules_draw_it(
    misfit: Misfit, offer: Offer, need: ListedNeed
) -> None:
    index, needs, members = index_of([(offer, COUNCILS)]), NeedIndex(), COUNCILS
    needs.add(need)
    is_missed = misfit in misfits(offer, need)
    assert len(index.near_misses(need, 1)) == len(needs.near_misses(offer, members)) == is_missed
    assert len(index.best(need, 1)) == len(needs.fits(offer, members)) == (not is_missed)


def test_nothing_is_found_among_nothing() -> None:
    assert OfferIndex(MAP).best(NEED, 20) == []
    assert NeedIndex().fits(OFFER, COUNCILS) == []


class Lists(RuleBasedStateMachine):
    """Vacancies and referrals come, change and go; at every moment both indexes answer as the rules do."""

    vacancies = Bundle("vacancies")
    referrals = Bundle("referrals")

    def __init__(self) -> None:
        super().__init__()
        self.offer_index, self.need_index = OfferIndex(MAP), NeedIndex()
        self.offers: dict[VacancyId, tuple[Offer, tuple[CouncilId, ...]]] = {}
        self.needs: dict[ReferralId, ListedNeed] = {}

    @rule(target=vacancies, offer=st.sampled_from(VACANCIES).flatmap(offers), members=some(COUNCILS, 4))
    def list_offer(self, offer: Offer, members: tuple[CouncilId, ...]) -> VacancyId:
        self.offer_index.add(offer, members)
        self.offers[offer.vacancy_id] = offer, members
        return offer.vacancy_id

    @rule(target=referrals, need=st.sampled_from(REFERRALS).flatmap(listed_needs))
    def list_need(self, need: ListedNeed) -> ReferralId:
        self.need_index.add(need)
        self.needs[need.referral_id] = need
        return need.referral_id

    @rule(vacancy_id=consumes(vacancies))
    def unlist_offer(self, vacancy_id: VacancyId) -> None:
        self.offer_index.remove(vacancy_id)
        self.offers.pop(vacancy_id, None)

    @rule(referral_id=consumes(referrals))
    def unlist_need(self, referral_id: ReferralId) -> None:
        self.need_index.remove(referral_id)
        self.needs.pop(referral_id, None)

    @invariant()
    def the_indexes_answer_as_the_rules_do(self) -> None:
        listed = list(self.offers.values())
        assert len(self.offer_index) == len(listed)
        assert len(self.need_index) == len(self.needs)
        for need in self.needs.values():
            assert self.offer_index.best(need, 20) == plainly(listed, need, 0)
            assert self.offer_index.near_misses(need, 20) == plainly(listed, need, 1)
        for offer, members in listed:
            may = {need.referral_id: need for need in self.needs.values() if need.council in members}
            fits = {need.referral_id for need in self.need_index.fits(offer, members)}
            assert fits == {name for name, need in may.items() if plainly([(offer, members)], need, 0)}


@FEWER
@given(listed_offers(), st.data())
def test_taking_rows_out_leaves_the_others_as_they_were(listed: Listed, data: st.DataObject) -> None:
    index = index_of(listed)
    gone = data.draw(
        st.sets(st.sampled_from([offer.vacancy_id for offer, _ in listed]) if listed else st.nothing())
    )
    for vacancy_id in gone:
        index.remove(vacancy_id)
    left = [(offer, members) for offer, members in listed if offer.vacancy_id not in gone]
    again = index_of(left)
    for name, column in index._table.columns().items():
        order = [index._table.slots[row_id] for row_id in again._table.ids]
        numbered = name in ("in_house_of", "area", "scope")
        assert numbered or column[order].tolist() == again._table.columns()[name].tolist()


TestLists = Lists.TestCase
TestLists.settings = settings(max_examples=15, stateful_step_count=15)
