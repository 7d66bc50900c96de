from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from runtime.log import Entry, Record
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.listings import NeedListed, NeedUnlisted, VacancyListed, VacancyUnlisted
from schemas.matches import MatchFound, MatchGone
from schemas.words import Badge, Freshness, Kind, Misfit, Need, ReferralStatus, Supply
from services.matcher.domain.fit import ListedNeed, Offer, misfits
from services.matcher.domain.geography import Geography
from services.matcher.domain.values import AudienceId, CouncilId, ReferralId, VacancyId
from services.matcher.matching import Matching
from services.matcher.remembering import Remembering
from tests.matching.states import H1, LONDON, MEMBERS, NCL, NOW, record, validated
from tests.matching.worlds import (
    BROMLEY,
    CAMDEN,
    HACKNEY,
    HARINGEY,
    MAP,
    NEED,
    OFFER,
    REFERRALS,
    listed_needs,
    need,
    offer,
    offers,
)

VACANCIES = tuple(VacancyId(f"SC{number:06}:1:1") for number in range(4))
Standing = dict[str, Any]


@dataclass
class Feed:
    """Says listings one after the other, each as a record of its own, and folds the matches that come back."""

    matching: Matching
    said: int = 0

    def __post_init__(self) -> None:
        self.standing: Standing = {}

    def say(self, model: type[Event], audience: str, fields: dict[str, Any]) -> list[Any]:
        self.said += 1
        headers = headers_of(model, id=f"L:{self.said}", source="/t", at=NOW, subject=audience)
        value = orjson.dumps({"audience": audience, "version": self.said, **fields})
        found = [
            validated(entry)
            for entry in self.matching.carry(record(Entry("listings", audience, value, headers)))
        ]
        fold(self.standing, found)
        return found

    def vacancy(
        self, listed: Offer, window: int | None = 1, audience: AudienceId = H1, **changes: Any
    ) -> list[Any]:
        number = None if listed.supply is not Supply.VACANT else window
        fields = {name: getattr(listed, name) for name in Offer.__dataclass_fields__}
        window_id = None if number is None else f"{listed.vacancy_id}:w{number}"
        rest = {
            "provider_id": "P-0123456789",
            "kind": Kind.PLANNED,
            "window_id": window_id,
            "tier": 1,
            "closes_at": None if window_id is None else NOW.isoformat(),
            "members": MEMBERS[audience],
            "is_standby": False,
        }
        return self.say(VacancyListed, audience, fields | rest | changes)

    def no_vacancy(self, vacancy_id: VacancyId, audience: AudienceId = H1) -> list[Any]:
        return self.say(VacancyUnlisted, audience, {"vacancy_id": vacancy_id})

    def need(
        self, listed: ListedNeed, audience: AudienceId = H1, *, is_confirmation_due: bool = False
    ) -> list[Any]:
        status = ReferralStatus.ANTICIPATED if listed.is_anticipated else ReferralStatus.OPEN
        fields = asdict(listed)
        del fields["is_anticipated"]
        rest = {"status": status, "is_confirmation_due": is_confirmation_due}
        return self.say(NeedListed, audience, fields | rest)

    def no_need(self, referral_id: ReferralId, audience: AudienceId = H1) -> list[Any]:
        return self.say(NeedUnlisted, audience, {"referral_id": referral_id})


def fold(standing: Standing, found: Iterable[Any]) -> None:
    """What a reader of matches makes of them; a match that goes must have been found before."""
    for model in found:
        if isinstance(model, MatchFound):
            standing[model.match_id] = model
        else:
            assert isinstance(model, MatchGone)
            del standing[model.match_id]


class Recorder(Matching):
    """Keeps the records that it carries."""

    def __init__(self, geography: Geography) -> None:
        super().__init__(geography)
        self.records: list[Record] = []

    def carry(self, record: Record) -> list[Entry]:
        self.records.append(replace(record, offset=len(self.records)))
        return super().carry(record)


def feed(near_misses_max: int = 5) -> Feed:
    return Feed(Matching(MAP, near_misses_max))


def test_a_new_vacancy_is_held_against_the_referrals_that_wait() -> None:
    each = feed()
    assert each.need(NEED) == []
    [found] = each.vacancy(OFFER)
    assert isinstance(found, MatchFound)
    assert (found.match_id, found.council) == ("SC012345:1:1:w1:R-104:p1", HARINGEY)
    assert (found.near_miss, found.place_in_order, found.badge) == (None, 1, Badge.NONE)


def test_a_new_referral_is_held_against_the_vacancies_that_are_listed() -> None:
    each = feed()
    assert each.vacancy(OFFER) == []
    [found] = each.need(NEED)
    other_way = feed()
    other_way.need(NEED)
    assert other_way.vacancy(OFFER) == [found]


def test_a_pair_that_misses_one_constraint_is_a_near_miss_and_says_which() -> None:
    each = feed()
    each.need(NEED)
    [found] = each.vacancy(offer(age_min=15))
    assert found.near_miss is Misfit.AGE
    assert each.vacancy(offer(age_min=15, freshness=Freshness.STALE))[0].match_id == found.match_id
    assert each.standing == {}


def test_near_misses_of_a_referral_are_limited() -> None:
    each = feed(near_misses_max=2)
    each.need(NEED)
    for vacancy_id in VACANCIES:
        each.vacancy(offer(vacancy_id=vacancy_id, age_min=15))
    assert len(each.standing) == 2
    other_way = feed(near_misses_max=2)
    for vacancy_id in VACANCIES:
        other_way.vacancy(offer(vacancy_id=vacancy_id, age_min=15))
    assert len(other_way.need(NEED)) == 2


def test_no_match_outlives_its_window() -> None:
    each = feed()
    each.need(NEED)
    each.vacancy(OFFER)
    [gone] = each.no_vacancy(OFFER.vacancy_id)
    assert isinstance(gone, MatchGone)
    assert each.standing == {}


def test_the_next_window_of_the_same_audience_is_another_match() -> None:
    each = feed()
    each.need(NEED)
    each.vacancy(OFFER)
    gone, found = each.vacancy(OFFER, window=2)
    assert (type(gone), gone.match_id) == (MatchGone, "SC012345:1:1:w1:R-104:p1")
    assert (type(found), found.match_id) == (MatchFound, "SC012345:1:1:w2:R-104:p1")


def test_a_new_profile_version_is_another_match() -> None:
    each = feed()
    each.vacancy(OFFER)
    each.need(NEED)
    each.need(replace(NEED, profile_version=2))
    assert set(each.standing) == {"SC012345:1:1:w1:R-104:p2"}


def test_what_has_not_changed_is_not_said_again() -> None:
    each = feed()
    each.vacancy(OFFER)
    each.need(NEED)
    assert each.need(NEED) == []
    assert each.vacancy(OFFER, closes_at=None) == []


def test_a_better_word_about_the_same_place_is_said_under_the_same_id() -> None:
    each = feed()
    each.need(need(fee_max=300_000))
    [near] = each.vacancy(OFFER)
    [fits] = each.vacancy(offer(fee=300_000))
    assert (near.near_miss, fits.near_miss) == (Misfit.FEE, None)
    assert near.match_id == fits.match_id


def test_a_listing_that_comes_late_changes_nothing() -> None:
    each = feed()
    each.need(NEED)
    each.vacancy(OFFER)
    each.no_vacancy(OFFER.vacancy_id)
    each.said = 1
    assert each.vacancy(OFFER) == []
    assert each.standing == {}


def test_a_batch_that_is_asked_again_gives_the_same_entries() -> None:
    carry, recorder = Remembering(Matching(MAP).carry), Recorder(MAP)
    each = Feed(recorder)
    each.need(NEED)
    each.vacancy(OFFER)
    records = recorder.records
    first = [carry(given_record) for given_record in records]
    assert [carry(given_record) for given_record in records] == first
    assert [len(entries) for entries in first] == [0, 1]


def test_only_the_members_of_the_window_are_matched() -> None:
    each = feed()
    each.need(NEED, NCL)
    each.need(replace(NEED, referral_id=ReferralId("R-105"), council=CAMDEN), NCL)
    [found] = each.vacancy(OFFER, audience=NCL, members=(CAMDEN,))
    assert (found.council, found.referral_id) == (CAMDEN, "R-105")


def test_audiences_are_kept_apart() -> None:
    each = feed()
    each.need(NEED, LONDON)
    assert each.vacancy(OFFER, audience=H1) == []


def test_a_standby_listing_makes_no_match_and_can_be_explained() -> None:
    each = feed()
    hackneys = replace(NEED, council=HACKNEY)
    each.need(hackneys, LONDON)
    standby: dict[str, Any] = {
        "window_id": None,
        "closes_at": None,
        "fee": None,
        "is_standby": True,
        "members": (HACKNEY,),
    }
    assert each.vacancy(OFFER, audience=LONDON, **standby) == []
    explained = each.matching.explain(OFFER.vacancy_id, NEED.referral_id)
    assert explained is not None
    assert (explained.misfits, explained.is_for_answer) == ((), False)


def test_an_unconfirmed_referral_is_not_matched_and_is_told_why() -> None:
    each = feed()
    each.vacancy(OFFER)
    each.need(NEED)
    [gone] = each.need(NEED, is_confirmation_due=True)
    assert isinstance(gone, MatchGone)
    explained = each.matching.explain(OFFER.vacancy_id, NEED.referral_id)
    assert explained is not None
    assert explained.is_confirmation_due
    assert len(each.need(NEED)) == 1


def test_an_explanation_is_given_only_where_the_council_may_see_the_vacancy() -> None:
    each = feed()
    each.vacancy(OFFER, members=(CAMDEN,))
    each.need(NEED)
    assert each.matching.explain(OFFER.vacancy_id, NEED.referral_id) is None
    assert each.matching.explain(OFFER.vacancy_id, ReferralId("R-999")) is None
    each.vacancy(offer(age_min=15))
    explained = each.matching.explain(OFFER.vacancy_id, NEED.referral_id)
    assert explained is not None
    assert explained.misfits == (Misfit.AGE,)
    assert [check.misfit for check in explained.checks if not check.holds] == [Misfit.AGE]


def test_only_an_anticipated_need_is_matched_with_places_that_are_not_free_yet() -> None:
    each = feed()
    each.need(NEED)
    early = replace(NEED, referral_id=ReferralId("R-105"), is_anticipated=True)
    each.need(early)
    found = each.vacancy(offer(supply=Supply.ON_NOTICE))
    assert [(model.referral_id, model.is_anticipated, model.window_id) for model in found] == [
        ("R-105", True, None)
    ]
    gone, now_open, _ = each.vacancy(OFFER)
    assert isinstance(gone, MatchGone)
    assert now_open.match_id == "SC012345:1:1:w1:R-104:p1"


def test_a_provider_learns_of_anticipated_needs_by_count_alone_and_of_few_not_even_that() -> None:
    each = feed()
    each.vacancy(offer(supply=Supply.PLANNED, available_from=None))
    for number in range(6):
        needs = (Need.EBD, Need.ASD) if number == 0 else (Need.EBD,)
        early = need(referral_id=ReferralId(f"R-{number + 1}"), is_anticipated=True, needs=needs)
        each.need(early)
    each.need(need(referral_id=ReferralId("R-99")))
    counts = each.matching.anticipated([OFFER.vacancy_id])
    assert counts == {("2026-11", Need.ASD): None, ("2026-11", Need.EBD): 6}
    assert each.matching.anticipated([VACANCIES[0]]) == {}


def test_matches_of_a_referral_stand_in_its_order() -> None:
    each = feed()
    near, far = offer(), offer(vacancy_id=VACANCIES[1], borough=BROMLEY, outward_code=None)
    each.vacancy(far)
    each.vacancy(near)
    each.vacancy(offer(vacancy_id=VACANCIES[2], age_min=15))
    found = each.need(NEED)
    assert [match.vacancy_id for match in each.matching.matches_of(NEED.referral_id)] == [
        near.vacancy_id,
        far.vacancy_id,
        VACANCIES[2],
    ]
    fits = sorted((model for model in found if model.near_miss is None), key=lambda model: model.order)
    assert [(model.vacancy_id, model.badge) for model in fits] == [
        (near.vacancy_id, Badge.NONE),
        (far.vacancy_id, Badge.DIRECTOR),
    ]
    assert [model.place_in_order for model in fits] == [1, 2]


class Listing(RuleBasedStateMachine):
    """Listings come and go at random; what stands is what the rules say of what is listed, whatever the order."""

    def __init__(self) -> None:
        super().__init__()
        self.feed = feed(near_misses_max=100)
        self.offers: dict[VacancyId, tuple[Offer, int]] = {}
        self.needs: dict[ReferralId, ListedNeed] = {}

    @rule(listed=st.sampled_from(VACANCIES).flatmap(offers), window=st.integers(1, 3))
    def list_vacancy(self, listed: Offer, window: int) -> None:
        self.feed.vacancy(listed, window, LONDON)
        self.offers[listed.vacancy_id] = listed, window

    @rule(vacancy_id=st.sampled_from(VACANCIES))
    def unlist_vacancy(self, vacancy_id: VacancyId) -> None:
        self.feed.no_vacancy(vacancy_id, LONDON)
        self.offers.pop(vacancy_id, None)

    @rule(listed=st.sampled_from(REFERRALS[:4]).flatmap(listed_needs))
    def list_need(self, listed: ListedNeed) -> None:
        self.feed.need(listed, LONDON)
        self.needs[listed.referral_id] = listed

    @rule(referral_id=st.sampled_from(REFERRALS[:4]))
    def unlist_need(self, referral_id: ReferralId) -> None:
        self.feed.no_need(referral_id, LONDON)
        self.needs.pop(referral_id, None)

    @invariant()
    def what_stands_is_what_the_rules_say(self) -> None:
        assert {name: model.near_miss for name, model in self.feed.standing.items()} == dict(self._expected())

    @invariant()
    def no_match_is_of_a_window_that_is_not_listed(self) -> None:
        windows = {f"{name}:w{window}" for name, (_, window) in self.offers.items()}
        assert {model.window_id for model in self.feed.standing.values() if model.window_id} <= windows

    def _expected(self) -> Iterable[tuple[str, Misfit | None]]:
        for listed, window in self.offers.values():
            for wanted in self.needs.values():
                missed = misfits(listed, wanted)
                is_vacant = listed.supply is Supply.VACANT
                if len(missed) <= 1 and (is_vacant or wanted.is_anticipated):
                    place = f"{listed.vacancy_id}:w{window}" if is_vacant else listed.vacancy_id
                    name = f"{place}:{wanted.referral_id}:p{wanted.profile_version}"
                    yield name, missed[0] if missed else None


TestListing = Listing.TestCase
TestListing.settings = settings(max_examples=20, stateful_step_count=15)


@given(st.sampled_from(VACANCIES).flatmap(offers), listed_needs(), st.integers(1, 9))
def test_a_match_is_named_by_window_referral_and_profile_version_whichever_came_first(
    listed: Offer, wanted: ListedNeed, window: int
) -> None:
    one, other = feed(), feed()
    one.vacancy(listed, window, LONDON)
    one.need(wanted, LONDON)
    other.need(wanted, LONDON)
    other.vacancy(listed, window, LONDON)
    assert one.standing == other.standing


@given(offers(), listed_needs(), st.sampled_from([(HARINGEY,), (CAMDEN, HARINGEY), (BROMLEY,)]))
def test_a_match_is_said_to_a_member_of_the_window_alone(
    listed: Offer, wanted: ListedNeed, members: tuple[CouncilId, ...]
) -> None:
    each = feed()
    each.need(wanted, LONDON)
    assert all(model.council in members for model in each.vacancy(listed, 1, LONDON, members=members))
