"""Numbers reconciled into vacancies: which fact wins is decided by when it was observed, never by when it arrived."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import BypassCode, Code, ConflictKind, Kind, PlaceStatus, WindowOutcome, WithdrawReason
from services.matcher.domain import facts, inputs
from services.matcher.domain.setting import counts
from tests.rules.offers_story import DAY, HOUR, MONDAY_10, Story, haringey_first, only, vacancy_id

Said = tuple[type[inputs.Input], dict[str, Any]]


def states(story: Story, vacant: int, **fields: Any) -> None:
    story.do(inputs.NumbersStated, vacant=vacant, kind=Kind.EMERGENCY, **fields)


def vacant_places(story: Story) -> list[int]:
    return [each.place for each in story.known.vacancies()]


def heard(*said: Said) -> Story:
    """A home that hears these, each observed when it says, in the order in which they arrive, days later."""
    story = haringey_first()
    story.wait(days=6)
    for kind, fields in said:
        story.say(kind, **fields)
    return story


def numbers(vacant: int, hours: float) -> Said:
    return inputs.NumbersStated, {
        "vacant": vacant,
        "kind": Kind.EMERGENCY,
        "observed_at": MONDAY_10 + hours * HOUR,
    }


def lived_in(place: int, hours: float) -> Said:
    return inputs.PlaceOccupied, {"place": place, "observed_at": MONDAY_10 + hours * HOUR}


def out_of_use(place: int, hours: float) -> Said:
    seen_at = MONDAY_10 + hours * HOUR
    review_at = MONDAY_10 + 60 * DAY
    return inputs.PlaceUnusable, {"place": place, "observed_at": seen_at, "review_at": review_at}


def free(place: int, hours: float) -> Said:
    return inputs.VacancyPosted, {
        "place": place,
        "kind": Kind.EMERGENCY,
        "observed_at": MONDAY_10 + hours * HOUR,
    }


# --- more, fewer, and what does not fit ---


def test_more_than_known_are_posted_on_the_lowest_numbered_free_places() -> None:
    story = haringey_first()
    story.do(inputs.PlaceUnusable, place=1, review_at=MONDAY_10 + DAY)
    states(story, 2)
    assert vacant_places(story) == [2, 3]
    (told,) = story.all_told(facts.NumbersReconciled)
    assert (told.stated, told.known, told.posted, told.withdrawn) == (2, 0, 2, 0)


def test_the_same_number_again_changes_no_vacancy_and_confirms_them() -> None:
    story = haringey_first()
    states(story, 2)
    windows = [each.window_id for each in story.open_windows()]
    story.wait(minutes=30)
    states(story, 2)
    assert [each.window_id for each in story.open_windows()] == windows
    assert {each.confirmed_at for each in story.known.vacancies()} == {story.now}
    assert story.known.confirmed_at == story.now


def test_fewer_end_the_newest_without_a_window_first_then_the_newest_in_a_window() -> None:
    story = haringey_first()
    for place in (2, 1):
        story.do(inputs.VacancyPosted, place=place, kind=Kind.PLANNED)
        story.wait(minutes=1)
    story.do(inputs.SettingPaused)
    for place in (4, 3):
        story.do(inputs.VacancyPosted, place=place, kind=Kind.PLANNED)
        story.wait(minutes=1)
    gone = []
    for vacant in (3, 2, 1, 0):
        states(story, vacant)
        gone.append(story.all_told(facts.VacancyWithdrawn)[-1].vacancy_id)
    assert gone == [vacancy_id(3), vacancy_id(4), vacancy_id(1), vacancy_id(2)]
    outcomes = [each.outcome for each in story.all_told(facts.WindowEnded)]
    assert outcomes == [WindowOutcome.WITHDRAWN] * 2


def test_a_held_place_is_not_empty_and_never_ended_by_a_number() -> None:
    story = haringey_first()
    states(story, 1)
    story.be_held()
    story.wait(minutes=1)
    states(story, 0)
    assert story.vacancy.hold is not None
    assert story.known.conflicts == ()


def test_what_does_not_fit_is_a_named_conflict_for_a_person_until_a_later_number_agrees() -> None:
    story = haringey_first()
    states(story, 6)
    assert vacant_places(story) == [1, 2, 3, 4]
    (conflict,) = story.known.conflicts
    assert conflict.kind is ConflictKind.MORE_VACANCIES_THAN_FREE_PLACES
    assert (conflict.stated, conflict.known) == (6, 4)
    story.wait(minutes=1)
    states(story, 4)
    assert story.known.conflicts == ()


def test_a_whole_count_says_that_every_other_place_is_lived_in() -> None:
    story = haringey_first()
    states(story, 1, registered_places=4)
    told = counts(story.known)
    assert (told.vacant, told.occupied, told.unreported) == (1, 3, 0)
    story.wait(minutes=1)
    states(story, 1, registered_places=3)
    told = counts(story.known)
    assert (told.registered, told.over, told.vacant, told.occupied) == (3, 0, 1, 2)
    story.wait(minutes=1)
    states(story, 3, registered_places=6)
    told = counts(story.known)
    assert (told.registered, told.vacant, told.occupied) == (6, 3, 3)


# --- nil return ---


def test_a_nil_return_confirms_the_setting_and_ends_its_older_unheld_vacancies() -> None:
    story = haringey_first()
    states(story, 2)
    story.do(inputs.Nominate, window_id=f"{vacancy_id()}:w1")
    story.do(inputs.NominationVouched, nomination_id=f"{vacancy_id()}:n1")
    story.do(inputs.AcceptNomination, nomination_id=f"{vacancy_id()}:n1")
    story.wait(minutes=30)
    story.do(inputs.VacancyPosted, place=3, kind=Kind.EMERGENCY)
    seen_at = story.now - HOUR / 4
    decision = story.do(inputs.NilReturn, observed_at=seen_at)
    ended = only(decision.facts, facts.VacancyWithdrawn)
    assert [(each.vacancy_id, each.reason) for each in ended] == [(vacancy_id(2), WithdrawReason.NIL_RETURN)]
    assert vacant_places(story) == [1, 3], "held, and newer than the nil return"
    assert story.known.confirmed_at == seen_at


def test_a_nil_return_during_a_window_is_an_unexplained_bypass() -> None:
    story = haringey_first()
    states(story, 1)
    story.wait(minutes=1)
    story.do(inputs.NilReturn)
    assert [each.code for each in story.all_told(facts.BypassRecorded)] == [None]


# --- order of observation, not of arrival ---


def test_an_older_number_never_overwrites_a_newer() -> None:
    story = haringey_first()
    story.wait(days=1)
    states(story, 2)
    code = story.refused(inputs.NumbersStated, vacant=4, observed_at=story.now - HOUR)
    assert code is Code.OLDER_OBSERVATION
    assert story.refused(inputs.NilReturn, observed_at=story.now - HOUR) is Code.OLDER_OBSERVATION


def test_at_equal_times_a_later_number_beats_an_earlier_and_a_word_about_a_place_beats_both() -> None:
    story = haringey_first()
    states(story, 2)
    states(story, 1)
    assert vacant_places(story) == [1]
    story.do(inputs.PlaceOccupied, place=1)
    states(story, 1)
    assert story.place(1).status is PlaceStatus.OCCUPIED
    assert vacant_places(story) == [2]


def test_a_word_about_a_place_that_is_newer_than_a_number_stands_against_it() -> None:
    story = haringey_first()
    story.wait(days=1)
    story.do(inputs.VacancyPosted, place=3, kind=Kind.EMERGENCY)
    story.do(inputs.NumbersStated, vacant=0, kind=Kind.EMERGENCY, observed_at=story.now - HOUR)
    assert vacant_places(story) == [3]


def test_what_a_number_has_counted_is_not_undone_by_older_words() -> None:
    story = haringey_first()
    states(story, 1)
    story.wait(days=2)
    states(story, 1)
    seen_at = story.now - DAY
    review_at = story.now + DAY
    for kind, fields in (
        (inputs.PlaceOccupied, {"place": 1}),
        (inputs.PlaceUnusable, {"place": 1, "review_at": review_at}),
        (inputs.VacancyFilled, {"vacancy_id": vacancy_id(), "code": BypassCode.COURT_ORDER}),
        (inputs.VacancyWithdrawn, {"vacancy_id": vacancy_id()}),
        (inputs.VacancyPosted, {"place": 2}),
        (inputs.PlaceOnNotice, {"place": 3, "vacant_from": seen_at}),
    ):
        code = story.refused(kind, observed_at=seen_at, **fields)
        assert code is Code.OLDER_OBSERVATION, kind.__name__
    assert vacant_places(story) == [1]


@given(
    stated=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=1, max_size=6),
    shuffled=st.randoms(use_true_random=False),
)
def test_a_shuffled_feed_of_numbers_gives_the_same_availability(
    stated: list[tuple[int, int]], shuffled: Any
) -> None:
    """Numbers of distinct times, nil returns among them."""
    by_time = {hours: vacant for vacant, hours in stated}
    feed = [numbers(vacant, hours) for hours, vacant in sorted(by_time.items())]
    mixed = list(feed)
    shuffled.shuffle(mixed)
    in_order, out_of_order = heard(*feed), heard(*mixed)
    assert len(vacant_places(out_of_order)) == len(vacant_places(in_order)) == by_time[max(by_time)]
    assert vacant_places(out_of_order) == vacant_places(in_order)


FEEDS: dict[str, list[Said]] = {
    "two numbers and a nil": [
        numbers(2, 1),
        numbers(3, 2),
        (inputs.NilReturn, {"observed_at": MONDAY_10 + 3 * HOUR}),
    ],
    "a number, then a place is lived in": [numbers(1, 1), lived_in(1, 2)],
    "a number, then another place is lived in": [numbers(1, 1), lived_in(2, 2)],
    "a number, then the place is named": [numbers(1, 1), free(1, 2)],
    "a number, then the place is out of use": [numbers(2, 1), out_of_use(1, 2)],
    "a place is named, then a number agrees": [free(1, 1), numbers(1, 2)],
    "a place is named, then a number says none": [free(2, 1), numbers(0, 2)],
    "a place is lived in, then a number": [lived_in(1, 1), numbers(2, 2)],
    "a place is out of use, then numbers": [out_of_use(2, 1), numbers(2, 2), numbers(1, 3)],
    "all of it": [free(1, 1), numbers(2, 2), lived_in(1, 3), out_of_use(4, 4)],
    "numbers around a word": [numbers(1, 1), lived_in(1, 2), numbers(1, 3)],
    "a notice runs out between numbers": [
        numbers(0, 1),
        (
            inputs.PlaceOnNotice,
            {"place": 1, "observed_at": MONDAY_10 + 2 * HOUR, "vacant_from": MONDAY_10 + 3 * HOUR},
        ),
        numbers(0, 4),
    ],
}


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_in_every_order_of_arrival_as_many_places_are_vacant(feed: list[Said]) -> None:
    expected = len(vacant_places(heard(*feed)))
    for arrived in permutations(feed):
        story = heard(*arrived)
        assert len(vacant_places(story)) == expected, [each[0].__name__ for each in arrived]
        told = counts(story.known)
        assert told.registered + told.over == 4
        assert told.occupied + told.vacant + told.unusable == 4


@given(
    words=st.lists(
        st.one_of(
            st.builds(lived_in, st.integers(1, 4), st.integers(0, 30)),
            st.builds(out_of_use, st.integers(1, 4), st.integers(0, 30)),
            st.builds(free, st.integers(1, 4), st.integers(0, 30)),
        ),
        max_size=8,
    ),
    vacant=st.integers(0, 5),
    hours=st.integers(0, 30),
    arrives=st.integers(0, 8),
)
def test_a_number_stands_but_for_the_words_observed_since(
    words: list[Said], vacant: int, hours: int, arrives: int
) -> None:
    """Whenever it arrives: a word of the same time or later is one vacancy more or less, an older one none."""
    feed = [*words[:arrives], numbers(vacant, hours), *words[arrives:]]
    story = heard(*feed)
    stated_at = MONDAY_10 + hours * HOUR
    since = {fields["place"] for _, fields in words if fields["observed_at"] >= stated_at}
    if not story.all_told(facts.ConflictFound):
        assert abs(len(vacant_places(story)) - vacant) <= len(since)


def test_numbers_far_apart_in_time_leave_each_place_conserved() -> None:
    story = haringey_first()
    for days, vacant in ((0, 3), (5, 1), (30, 4), (60, 0)):
        story.wait_until(MONDAY_10 + timedelta(days=days))
        states(story, vacant)
        told = counts(story.known)
        assert (told.vacant, told.registered) == (vacant, 4)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (inputs.VacancyWithdrawn, {"vacancy_id": vacancy_id(1)}),
        (inputs.VacancyFilled, {"vacancy_id": vacancy_id(1)}),
        (inputs.PlaceOccupied, {"place": 1}),
        (inputs.PlaceUnusable, {"place": 1, "review_at": MONDAY_10 + 60 * DAY}),
        (inputs.NumbersStated, {"vacant": 0, "kind": Kind.EMERGENCY}),
    ],
)
def test_what_was_seen_before_a_no_change_ends_no_vacancy_that_it_confirmed(
    kind: type[inputs.Input], fields: dict[str, Any]
) -> None:
    story = haringey_first()
    story.do(inputs.VacancyPosted)
    story.wait(days=1)
    story.do(inputs.NoChange)
    story.say(kind, observed_at=story.now - HOUR, **fields)
    assert vacant_places(story) == [1]


def test_at_equal_times_a_confirmed_vacancy_beats_a_number() -> None:
    story = haringey_first()
    states(story, 1)
    [vacancy] = story.known.vacancies()
    seen_at = story.now
    story.wait(seconds=60)
    story.do(inputs.VacancyConfirmed, vacancy_id=vacancy.vacancy_id, observed_at=seen_at)
    story.say(inputs.NumbersStated, vacant=0, kind=Kind.EMERGENCY, observed_at=seen_at)
    assert vacant_places(story) == [vacancy.place]
