"""A vacancy's life: places, kinds of fill, block, secure and connected-person places, capacity, freshness."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import (
    Blocker,
    Code,
    Freshness,
    Kind,
    PlaceStatus,
    Provision,
    Registration,
    Role,
    UnusableReason,
    WindowOutcome,
    WithdrawReason,
)
from services.matcher.domain import facts, inputs
from services.matcher.domain.setting import Counts, counts
from services.matcher.domain.values import Party
from tests.rules.offers_story import (
    BARNET,
    DAY,
    HARINGEY,
    HOUR,
    MONDAY_10,
    REGISTER,
    Story,
    haringey_first,
    in_window,
    names,
    only,
    registered,
    team,
    vacancy_id,
)

SECOND = timedelta(seconds=1)


def standing(told: Counts) -> int:
    return told.occupied + told.vacant + told.held + told.reserved + told.unusable


# --- what places are ---


def test_every_registered_place_counts_once() -> None:
    story = haringey_first(registered_places=6)
    story.do(inputs.PlaceOccupied, place=2)
    story.do(inputs.PlaceOnNotice, place=2, vacant_from=MONDAY_10 + 9 * DAY)
    story.do(inputs.PlaceUnusable, place=3, review_at=MONDAY_10 + DAY)
    story.do(inputs.VacancyPosted, place=1, kind=Kind.EMERGENCY)
    story.be_held()
    story.do(inputs.VacancyPosted, place=4, kind=Kind.EMERGENCY)
    told = counts(story.known)
    assert (told.registered, told.over, told.planned) == (6, 0, 0)
    assert (told.occupied, told.on_notice, told.unreported) == (3, 1, 2)
    assert (told.vacant, told.held, told.reserved, told.unusable) == (1, 1, 0, 1)
    assert standing(told) == 6


@pytest.mark.parametrize("registration", [Registration.PLANNED, Registration.PENDING])
def test_planned_and_unregistered_places_are_future_supply_and_never_offered(
    registration: Registration,
) -> None:
    story = registered(registration=registration)
    assert counts(story.known).planned == 4
    assert counts(story.known).registered == 0
    assert story.refused(inputs.VacancyPosted) is Code.NO_FREE_PLACE
    assert story.refused(inputs.VacancyPosted, place=1) is Code.PLACE_NOT_REGISTERED
    story.do(inputs.NumbersStated, vacant=2)
    assert list(story.known.vacancies()) == []
    story.do(inputs.SettingAmended, by=REGISTER, registration=Registration.REGISTERED)
    assert counts(story.known).unreported == 4
    story.do(inputs.VacancyPosted)
    assert story.window.audience == "LONDON"


def test_a_place_on_notice_becomes_a_vacancy_at_its_time_and_not_before() -> None:
    story = haringey_first()
    leaves_at = MONDAY_10 + 3 * DAY
    story.do(inputs.PlaceOnNotice, place=2, vacant_from=leaves_at)
    assert story.wait_until(leaves_at - SECOND) is None
    decision = story.wait_until(leaves_at)
    assert names(decision) == ["VacancyPosted", "WindowOpened"]
    assert (story.vacancy.vacancy_id, story.window.opened_at) == (vacancy_id(2), leaves_at)


def test_a_notice_taken_back_is_a_place_lived_in() -> None:
    story = haringey_first()
    story.do(inputs.PlaceOnNotice, place=2, vacant_from=MONDAY_10 + DAY)
    story.do(inputs.PlaceOccupied, place=2)
    assert story.wait_until(MONDAY_10 + 2 * DAY) is None
    assert story.place(2).status is PlaceStatus.OCCUPIED


def test_a_notice_of_the_past_is_a_vacancy_at_once_that_older_news_does_not_undo() -> None:
    story = haringey_first()
    story.wait(days=5)
    story.do(inputs.PlaceOnNotice, place=1, vacant_from=MONDAY_10 + DAY)
    assert story.vacancy.confirmed_at == story.now
    code = story.refused(inputs.PlaceOccupied, place=1, observed_at=MONDAY_10 + 2 * DAY)
    assert code is Code.OLDER_OBSERVATION


@pytest.mark.parametrize("reason", UnusableReason)
def test_an_unusable_place_is_never_offered_until_it_is_usable_again(reason: UnusableReason) -> None:
    story = in_window()
    review_at = MONDAY_10 + 2 * DAY
    story.do(inputs.PlaceUnusable, place=1, reason=reason, review_at=review_at)
    assert story.all_told(facts.WindowEnded)[-1].outcome is WindowOutcome.WITHDRAWN
    assert list(story.known.vacancies()) == []
    assert story.refused(inputs.VacancyPosted, place=1) is Code.PLACE_NOT_FREE
    decision = story.wait_until(review_at)
    assert names(decision) == ["PlaceReviewDue"]
    story.wait(days=9)
    assert story.due() is None, "the review is due once"
    story.do(inputs.PlaceUsable, place=1)
    story.do(inputs.VacancyPosted, place=1)
    assert story.window.audience == "haringey"


def test_an_older_word_about_a_place_never_overwrites_a_newer_and_at_equal_times_the_later_arrival_wins() -> (
    None
):
    story = haringey_first()
    story.wait(days=2)
    story.do(inputs.PlaceOccupied, place=1)
    older = {"place": 1, "observed_at": story.now - HOUR}
    assert story.refused(inputs.VacancyPosted, **older) is Code.OLDER_OBSERVATION
    assert story.refused(inputs.PlaceUnusable, review_at=story.now, **older) is Code.OLDER_OBSERVATION
    story.do(inputs.PlaceUnusable, place=1, review_at=story.now + DAY)
    assert story.place().status is PlaceStatus.UNUSABLE


def test_a_vacancy_that_was_spoken_of_since_is_not_undone_by_older_news() -> None:
    story = in_window()
    story.wait(minutes=30)
    story.do(inputs.VacancyConfirmed, vacancy_id=vacancy_id())
    story.do(inputs.VacancyAmended, vacancy_id=vacancy_id(), fee=300_000)
    seen = {"observed_at": story.now - HOUR / 4}
    assert story.refused(inputs.PlaceOccupied, place=1, **seen) is Code.OLDER_OBSERVATION
    assert story.refused(inputs.VacancyFilled, vacancy_id=vacancy_id(), **seen) is Code.OLDER_OBSERVATION
    code = story.refused(inputs.VacancyAmended, vacancy_id=vacancy_id(), fee=900_000, **seen)
    assert code is Code.OLDER_OBSERVATION


def test_the_next_vacancy_of_a_place_is_another_episode() -> None:
    story = in_window()
    story.do(inputs.VacancyWithdrawn, vacancy_id=vacancy_id())
    story.do(inputs.VacancyPosted, place=1)
    assert story.vacancy.vacancy_id == vacancy_id(1, 2)
    assert story.refused(inputs.VacancyConfirmed, vacancy_id=vacancy_id(1, 1)) is Code.UNKNOWN_VACANCY


# --- the kind of fill ---


@pytest.mark.parametrize(
    ("said", "first", "second"),
    [
        (Kind.PLANNED, Kind.FIRST, Kind.PLANNED),
        (Kind.EMERGENCY, Kind.EMERGENCY, Kind.EMERGENCY),
        (Kind.FIRST, Kind.FIRST, Kind.FIRST),
        (Kind.FOSTER, Kind.FOSTER, Kind.FOSTER),
    ],
)
def test_the_provider_says_the_kind_and_a_planned_first_vacancy_is_a_first_fill(
    said: Kind, first: Kind, second: Kind
) -> None:
    story = haringey_first()
    story.do(inputs.VacancyPosted, place=1, kind=said)
    story.do(inputs.VacancyWithdrawn, vacancy_id=vacancy_id())
    story.do(inputs.VacancyPosted, place=1, kind=said)
    assert [each.kind for each in story.all_told(facts.VacancyPosted)] == [first, second]


# --- places that are never offered, or not yet ---


def test_a_block_place_is_let_go_by_an_owner_alone() -> None:
    story = registered(block_places=(inputs.BlockPlace(1, (BARNET,)),))
    story.do(inputs.VacancyPosted, place=1)
    assert story.vacancy.blocked is Blocker.BLOCK_PLACE
    code = story.refused(inputs.LetBlockPlaceGo, by=team(HARINGEY), vacancy_id=vacancy_id())
    assert code is Code.NOT_BLOCK_OWNER
    story.do(inputs.LetBlockPlaceGo, by=team(BARNET), vacancy_id=vacancy_id())
    assert story.window.audience == "LONDON"
    story.do(inputs.VacancyPosted, place=2)
    code = story.refused(inputs.LetBlockPlaceGo, by=team(BARNET), vacancy_id=vacancy_id(2))
    assert code is Code.NOT_A_BLOCK_PLACE


def test_letting_one_vacancy_of_a_block_place_go_says_nothing_of_the_next() -> None:
    story = registered(block_places=(inputs.BlockPlace(1, (BARNET, HARINGEY)),))
    story.do(inputs.VacancyPosted, place=1)
    story.do(inputs.LetBlockPlaceGo, vacancy_id=vacancy_id())
    story.do(inputs.VacancyWithdrawn, vacancy_id=vacancy_id())
    story.do(inputs.VacancyPosted, place=1)
    assert story.vacancy.blocked is Blocker.BLOCK_PLACE


def test_a_connected_person_place_is_never_offered() -> None:
    story = registered(provision=Provision.FOSTER_HOUSEHOLD, is_connected_person=True)
    story.do(inputs.VacancyPosted, kind=Kind.FOSTER)
    assert story.vacancy.blocked is Blocker.CONNECTED_PERSON


@pytest.mark.parametrize("provision", [Provision.SECURE_HOME, Provision.SHORT_BREAKS])
def test_secure_and_short_break_settings_are_refused_on_bed_ladders(provision: Provision) -> None:
    story = registered(provision=provision)
    assert story.refused(inputs.VacancyPosted) is Code.NOT_ON_BED_LADDER
    assert story.refused(inputs.NumbersStated, vacant=1) is Code.NOT_ON_BED_LADDER
    leaving = {"place": 1, "vacant_from": MONDAY_10 + DAY}
    assert story.refused(inputs.PlaceOnNotice, **leaving) is Code.NOT_ON_BED_LADDER


# --- capacity ---


def test_capacity_below_occupied_is_taken_marked_over_and_opens_nothing() -> None:
    story = haringey_first()
    for place in (1, 2, 3):
        story.do(inputs.PlaceOccupied, place=place)
    story.do(inputs.VacancyPosted, place=4, kind=Kind.EMERGENCY)
    decision = story.do(inputs.SettingAmended, by=REGISTER, registered_places=2)
    assert [each.reason for each in only(decision.facts, facts.VacancyWithdrawn)] == [
        WithdrawReason.PLACE_RETIRED
    ]
    assert [each.over for each in only(decision.facts, facts.CapacityExceeded)] == [1]
    told = counts(story.known)
    assert (told.registered, told.over, told.occupied) == (2, 1, 3)
    story.do(inputs.VacancyPosted, place=3)
    assert list(story.known.vacancies()) == [], "the place that comes free is the one too many"
    assert (counts(story.known).over, counts(story.known).occupied) == (0, 2)


def test_a_held_place_is_not_taken_away_by_lower_capacity_until_it_comes_free() -> None:
    story = in_window()
    for place in (2, 3, 4):
        story.do(inputs.PlaceOccupied, place=place)
    story.be_held()
    story.do(inputs.SettingAmended, by=REGISTER, registered_places=3)
    assert story.known.over == 1
    assert story.vacancy.hold is not None
    story.wait_until(story.hold.ends_at)
    assert list(story.known.vacancies()) == []
    assert story.known.over == 0


def test_raised_capacity_adds_places_and_takes_retired_ones_up_again() -> None:
    story = haringey_first()
    story.do(inputs.SettingAmended, by=REGISTER, registered_places=2)
    assert [each.status for each in story.known.places[2:]] == [PlaceStatus.RETIRED] * 2
    story.do(inputs.SettingAmended, by=REGISTER, registered_places=5)
    assert [each.number for each in story.known.places] == [1, 2, 3, 4, 5]
    assert counts(story.known).unreported == 5


@given(capacities=st.lists(st.integers(0, 8), max_size=8), occupied=st.sets(st.integers(1, 4)))
def test_places_are_conserved_whatever_capacity_is_said(capacities: list[int], occupied: set[int]) -> None:
    story = haringey_first()
    for place in occupied:
        story.do(inputs.PlaceOccupied, place=place)
    for capacity in capacities:
        story.do(inputs.SettingAmended, by=REGISTER, registered_places=capacity)
        told = counts(story.known)
        assert told.registered == capacity
        assert told.registered + told.over == standing(told)
        assert told.over == max(0, len(occupied) - capacity)


# --- freshness ---


@pytest.mark.parametrize(
    ("provision", "ageing", "stale", "withdrawn"),
    [(Provision.CHILDRENS_HOME, 8, 11, 21), (Provision.FOSTER_HOUSEHOLD, 8, 10, 14)],
)
def test_a_vacancy_ages_goes_stale_and_is_withdrawn_by_the_days_since_its_confirmation(
    provision: Provision, ageing: int, stale: int, withdrawn: int
) -> None:
    story = haringey_first(provision=provision)
    story.do(inputs.SettingPaused)
    story.do(inputs.VacancyPosted, kind=Kind.EMERGENCY)
    found = {}
    for days in range(1, withdrawn + 1):
        early = story.wait_until(MONDAY_10 + days * DAY - SECOND)
        assert early is None
        decision = story.wait_until(MONDAY_10 + days * DAY)
        for name in names(decision):
            found[name] = days
    assert found == {"VacancyAged": ageing, "VacancyBecameStale": stale, "VacancyWithdrawn": withdrawn}
    assert story.all_told(facts.VacancyWithdrawn)[-1].reason is WithdrawReason.NOT_CONFIRMED


def test_a_stale_vacancy_opens_nothing_until_it_is_confirmed() -> None:
    story = haringey_first()
    story.do(inputs.SettingPaused)
    story.do(inputs.VacancyPosted, kind=Kind.EMERGENCY)
    story.wait_until(MONDAY_10 + 11 * DAY)
    story.do(inputs.SettingResumed)
    assert story.vacancy.blocked is Blocker.STALE
    story.do(inputs.VacancyConfirmed, vacancy_id=vacancy_id())
    assert story.vacancy.freshness is Freshness.FRESH
    assert story.window.audience == "haringey"


def test_a_running_window_keeps_its_terms_when_its_vacancy_goes_stale() -> None:
    story = in_window(Kind.PLANNED)
    before = story.window
    story.wait_until(MONDAY_10 + 12 * DAY)
    assert story.vacancy.freshness is Freshness.STALE
    assert story.window == before


def test_no_change_confirms_the_setting_and_its_vacancies() -> None:
    story = in_window(Kind.PLANNED)
    story.wait_until(MONDAY_10 + 9 * DAY)
    found = [story.vacancy.freshness]
    story.do(inputs.NoChange)
    found.append(story.vacancy.freshness)
    assert found == [Freshness.AGEING, Freshness.FRESH]
    assert story.vacancy.confirmed_at == story.known.confirmed_at == story.now


def test_a_held_place_does_not_go_stale() -> None:
    story = in_window()
    story.be_reserved()
    story.wait(days=40)
    assert story.due() is not None, "only the start is overdue"
    assert names(story.due()) == []
    assert story.vacancy.reservation is not None


def test_an_ended_ladder_offers_its_last_tier_once_more_when_the_provider_confirms() -> None:
    story = in_window()
    while story.has_window():
        story.wait_until(story.window.closes_at)
    assert story.vacancy.blocked is Blocker.LADDER_ENDED
    story.do(inputs.NoChange)
    assert (story.window.audience, story.window.closes_at) == ("LONDON", story.now + HOUR)


def test_an_ended_ladder_that_also_went_stale_offers_its_last_tier_once_more_too() -> None:
    story = in_window()
    while story.has_window():
        story.wait_until(story.window.closes_at)
    story.wait_until(MONDAY_10 + 12 * DAY)
    story.do(inputs.SettingPaused)
    assert story.vacancy.blocked is Blocker.PAUSED
    story.do(inputs.VacancyConfirmed, vacancy_id=vacancy_id())
    story.do(inputs.SettingResumed)
    assert story.window.audience == "LONDON"


# --- who says it ---


def test_another_providers_word_about_a_setting_is_refused() -> None:
    story = Story()
    story.do(inputs.SettingRegistered)
    other = Party(Role.PROVIDER, "P-ffffffffff")
    assert story.refused(inputs.NilReturn, by=other) is Code.NOT_YOUR_SETTING
