from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runtime.log import Entry
from schemas.listings import NeedListed, NeedUnlisted, VacancyListed, VacancyUnlisted
from schemas.words import PlaceStatus, ReferralStatus, Sector, Supply
from services.matcher.domain.agreement import Member
from services.matcher.domain.referral import Referral
from services.matcher.domain.setting import BlockedPair, Notice, Setting
from services.matcher.domain.values import AudienceId, CouncilId
from services.matcher.listings import Audience, Listings
from services.matcher.remembering import Remembering
from tests.matching.states import (
    AUDIENCES,
    H1,
    LONDON,
    NCL,
    NOW,
    SECRET,
    SETTING_ID,
    TERMS,
    agreement,
    carried,
    decided,
    listings,
    place,
    referral,
    referrals_,
    setting,
    settings_,
    vacancy,
    validated,
    window,
)
from tests.matching.worlds import BROMLEY, CAMDEN, HACKNEY, HARINGEY

States = list[Setting]
states = st.lists(settings_(), min_size=1, max_size=5)


def entries(given_states: Iterable[Setting | Referral], relay: Listings | None = None) -> list[Entry]:
    relay = relay or listings()
    return [
        entry
        for version, state in enumerate(given_states, start=1)
        for entry in relay.carry(decided(state, version))
    ]


def standing(models: Iterable[Any]) -> dict[tuple[str, str], Any]:
    """What is listed once all these have been read."""
    found: dict[tuple[str, str], Any] = {}
    for model in models:
        subject = (
            model.vacancy_id if isinstance(model, VacancyListed | VacancyUnlisted) else model.referral_id
        )
        if isinstance(model, VacancyListed | NeedListed):
            found[model.audience, subject] = model
        elif isinstance(model, VacancyUnlisted):
            del found[model.audience, subject]
        else:  # said to each audience of the council, whether another relay told it of the need or none did
            found.pop((model.audience, subject), None)
    return found


def in_window(number: int = 1, tier: int = 1, **changes: Any) -> Setting:
    opened = vacancy(number, window=window(number, tier), openings=1)
    return setting(place(number, PlaceStatus.VACANT, vacancy=opened, episodes=1), place(2), **changes)


@given(states)
def test_at_every_moment_a_vacancy_is_listed_for_answer_to_one_audience_at_most(given_states: States) -> None:
    said = [validated(entry) for entry in entries(given_states)]
    for prefix in range(len(said) + 1):
        answerable = [
            model.vacancy_id
            for model in standing(said[:prefix]).values()
            if isinstance(model, VacancyListed) and model.window_id is not None
        ]
        assert len(answerable) == len(set(answerable))


@given(states)
def test_after_each_decision_exactly_the_open_windows_are_listed_for_answer(given_states: States) -> None:
    relay, said = listings(), list[Any]()
    for version, state in enumerate(given_states, start=1):
        said += carried(relay.carry, [decided(state, version)])
        listed = {
            (model.audience, model.window_id)
            for model in standing(said).values()
            if isinstance(model, VacancyListed) and model.window_id
        }
        opened = (each.window for each in state.vacancies() if each.window)
        assert listed == {(each.audience, each.window_id) for each in opened}


@given(states)
def test_a_vacancy_s_listing_says_nothing_of_any_nomination_hold_or_referral(given_states: States) -> None:
    for entry in entries(given_states):
        assert not any(secret.encode() in entry.value for secret in SECRET)
        assert b":n1" not in entry.value
        assert b":h1" not in entry.value


@given(states)
def test_a_standby_listing_says_nothing_of_the_window_above_it(given_states: States) -> None:
    for version, state in enumerate(given_states, start=1):
        windows = {str(each.vacancy_id): each.window for each in state.vacancies()}
        for entry in listings().carry(decided(state, version)):
            model = validated(entry)
            if isinstance(model, VacancyListed) and model.is_standby:
                above = windows[model.vacancy_id]
                assert above is not None
                assert above.window_id.encode() not in entry.value
                assert above.closes_at.isoformat()[:19].encode() not in entry.value
                assert not set(model.members) & set(above.members)
                assert model.tier > above.tier


@given(states)
def test_what_is_listed_is_what_the_last_decision_alone_would_list(given_states: States) -> None:
    last = given_states[-1]
    once = listings()
    alone = [validated(entry) for entry in once.carry(decided(last, len(given_states)))]
    after_all = standing(validated(entry) for entry in entries(given_states))
    without_version = {name: model.model_dump(exclude={"version"}) for name, model in after_all.items()}
    assert without_version == {
        name: model.model_dump(exclude={"version"}) for name, model in standing(alone).items()
    }


@given(states)
def test_a_decision_that_comes_again_lists_nothing_new(given_states: States) -> None:
    relay = listings()
    entries(given_states, relay)
    assert entries(given_states, relay) == []


@given(states)
def test_a_batch_that_is_asked_again_gives_the_same_entries(given_states: States) -> None:
    relay = Remembering(listings().carry)
    records = [decided(state, version) for version, state in enumerate(given_states, start=1)]
    first = [relay(each) for each in records]
    assert [relay(each) for each in records] == first


def test_a_first_window_is_listed_for_answer_to_its_tier_and_for_standby_to_those_below() -> None:
    found = standing(validated(entry) for entry in entries([in_window()]))
    assert {(name, model.is_standby, model.members, model.tier) for (name, _), model in found.items()} == {
        (H1, False, (HARINGEY,), 1),
        (NCL, True, (CAMDEN,), 2),
        (LONDON, True, (BROMLEY, CAMDEN, HACKNEY), 3),
    }
    assert {model.fee for model in found.values() if model.is_standby} == {None}


def test_where_no_standby_is_allowed_the_tiers_below_see_nothing() -> None:
    state = in_window(agreements=(agreement(is_standby_allowed=False),))
    assert {name for name, _ in standing(validated(entry) for entry in entries([state]))} == {H1}


def test_what_is_taken_away_is_said_before_what_is_given() -> None:
    second = in_window(tier=2)
    said = [validated(entry) for entry in entries([in_window(), second])][3:]
    assert [(type(model), model.audience) for model in said] == [
        (VacancyUnlisted, H1),
        (VacancyListed, LONDON),
        (VacancyListed, NCL),
    ]


def test_a_place_on_notice_is_expected_by_the_first_tier_alone() -> None:
    notice = Notice(vacant_from=NOW + timedelta(days=9), kind=window().kind, fee=1)
    [model] = [
        validated(entry)
        for entry in entries([setting(place(1, PlaceStatus.ON_NOTICE, notice=notice, episodes=4))])
    ]
    assert (model.audience, model.supply, model.window_id) == (H1, Supply.ON_NOTICE, None)
    assert (model.vacancy_id, model.children) == (f"{SETTING_ID}:1:5", 0)


def test_a_connected_person_s_place_is_no_supply() -> None:
    assert entries([setting(place(1, PlaceStatus.PLANNED), is_connected_person=True)]) == []
    assert len(entries([setting(place(1, PlaceStatus.PLANNED))])) == 1


def test_a_council_s_own_home_is_in_house_of_the_council_that_runs_it() -> None:
    own = in_window(sector=Sector.LOCAL_AUTHORITY)
    relay = Listings(TERMS, AUDIENCES, {own.provider_id: HACKNEY})
    assert {validated(entry).in_house_of for entry in entries([own], relay)} == {HACKNEY}
    assert {validated(entry).in_house_of for entry in entries([own])} == {HARINGEY}
    assert {validated(entry).in_house_of for entry in entries([in_window()])} == {None}


# --- needs -------------------------------------------------------------------------------------------------


def test_a_need_is_listed_to_each_audience_of_its_council_and_to_no_other() -> None:
    assert {entry.key for entry in entries([referral()])} == {H1, NCL, LONDON, HARINGEY}
    assert {entry.key for entry in entries([referral(council=HACKNEY)])} == {LONDON, HACKNEY}


def test_a_membership_counts_from_its_first_to_before_its_last_instant() -> None:
    member = Member(CouncilId("E08000025"), NOW, NOW + timedelta(days=1))
    council = member.council
    for now, has in ((-1, False), (0, True), (86_399, True), (86_400, False)):
        relay = Listings(TERMS, (Audience(AudienceId("midlands"), (member,)),), {})
        said = relay.carry(decided(referral(council=council), 1, NOW + timedelta(seconds=now)))
        assert {entry.key for entry in said} == ({"midlands", council} if has else {council})


def test_an_audience_that_only_an_agreement_names_is_learnt_with_its_members() -> None:
    relay = Listings(TERMS, (), {})
    relay.carry(decided(referral(), 1))
    said = [validated(entry) for entry in relay.carry(decided(in_window(), 1))]
    assert {model.audience for model in said if isinstance(model, NeedListed)} == {H1, NCL}


@given(st.lists(referrals_(), min_size=1, max_size=5))
def test_only_an_open_or_anticipated_need_stays_listed(given_states: list[Referral]) -> None:
    found = standing(validated(entry) for entry in entries(given_states))
    last = given_states[-1]
    is_listed = last.status in (ReferralStatus.OPEN, ReferralStatus.ANTICIPATED)
    assert bool(found) == is_listed
    assert all(model.council == last.council for model in found.values())


def test_a_pair_that_a_provider_blocks_is_said_with_the_need() -> None:
    relay, pair = listings(), BlockedPair(referral().referral_id, is_until_group_changes=False)
    relay.carry(decided(referral(), 7))
    blocked = carried(relay.carry, [decided(in_window(blocked_pairs=(pair,)), 1)])
    needs = [model for model in blocked if isinstance(model, NeedListed)]
    assert {model.blocked_settings for model in needs} == {(SETTING_ID,)}
    assert {model.version for model in needs} == {7}
    cleared = carried(relay.carry, [decided(in_window(), 2)])
    assert {model.blocked_settings for model in cleared if isinstance(model, NeedListed)} == {()}


def test_a_block_that_came_first_is_not_forgotten() -> None:
    relay, pair = listings(), BlockedPair(referral().referral_id, is_until_group_changes=False)
    relay.carry(decided(in_window(blocked_pairs=(pair,)), 1))
    said = carried(relay.carry, [decided(referral(), 1), decided(replace(referral(), profile_version=2), 2)])
    assert {model.blocked_settings for model in said} == {(SETTING_ID,)}


def test_a_locked_referral_is_unlisted_everywhere() -> None:
    locked = replace(referral(), status=ReferralStatus.LOCKED)
    said = [validated(entry) for entry in entries([referral(), locked])]
    assert sum(isinstance(model, NeedUnlisted) for model in said) == 4
    assert standing(said) == {}
