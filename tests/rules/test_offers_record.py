"""A decision's record: how large it can grow, that it reads back, and how long an input is remembered."""

from datetime import timedelta

import pytest

from schemas import offers as wire
from schemas.words import Code, Kind
from services.matcher import translate
from services.matcher.domain import inputs
from services.matcher.domain.decision import Decision
from services.matcher.domain.setting import Setting
from tests.rules.offers_story import (
    LONDON,
    SHIPPED,
    Story,
    agreement,
    haringey_first,
    in_window,
    registered,
    team,
    tier,
)

KILOBYTE = 1000
SETTING_OF_100 = 100


def size(decision: Decision[Setting]) -> int:
    record = translate.write_decision(decision)
    assert translate.read_setting(record) == decision.state
    wire.Decision.model_validate_json(record)
    return len(record)


def test_a_record_of_four_places_is_a_few_kilobytes() -> None:
    story = haringey_first()
    decision = story.do(inputs.NumbersStated, vacant=4, kind=Kind.PLANNED)
    assert size(decision) < 12 * KILOBYTE


def test_a_record_of_a_hundred_places_in_windows_of_all_london_stays_under_200_kb() -> None:
    """All hundred at once in a window of all 33 councils: the decision that opens them, and the next one."""
    story = registered(registered_places=SETTING_OF_100)
    decision = story.do(inputs.NumbersStated, vacant=SETTING_OF_100, kind=Kind.PLANNED)
    assert len(list(story.open_windows())) == SETTING_OF_100
    assert size(decision) < 260 * KILOBYTE, "with the facts of a hundred postings and openings"
    assert size(story.do(inputs.NoChange)) < 200 * KILOBYTE


def test_a_record_of_a_hundred_lived_in_places_is_small() -> None:
    story = haringey_first(registered_places=SETTING_OF_100)
    decision = story.do(inputs.NumbersStated, vacant=3, registered_places=100, kind=Kind.PLANNED)
    assert size(decision) < 60 * KILOBYTE


@pytest.mark.slow
def test_a_record_of_a_hundred_places_that_everybody_has_been_told_of_stays_under_600_kb() -> None:
    """The worst that windows alone can come to: each of 33 councils told of each of a hundred, and half released."""
    story = registered(registered_places=SETTING_OF_100)
    story.do(inputs.NumbersStated, vacant=SETTING_OF_100, kind=Kind.PLANNED)
    for window in tuple(story.open_windows()):
        for number, council in enumerate(LONDON):
            named = {"window_id": window.window_id}
            story.do(inputs.WindowTold, council=council, told_at=window.opened_at, **named)
            if number % 2:
                story.do(inputs.ReleaseWindow, by=team(council), **named)
    assert size(story.do(inputs.NoChange)) < 600 * KILOBYTE


def test_memory_is_bounded_and_knows_an_input_for_as_many_inputs_as_the_policy_says() -> None:
    """Its horizon: the setting's last `memory_max` inputs (32 as shipped), refused ones included, deadlines not.

    What comes again later is judged by the state, and changes nothing that is not so.
    """
    story = in_window()
    order = story.make(inputs.Nominate, window_id=story.window.window_id)
    story.hear(order)
    for _ in range(SHIPPED.memory_max - 1):
        assert story.hear(order) is None
        story.do(inputs.NoChange)
    assert len(story.known.memory) == SHIPPED.memory_max
    assert story.hear(order) is None, "the oldest that is remembered"
    story.do(inputs.NoChange)
    decision = story.hear(order)
    assert decision is not None
    assert decision.answer is Code.ALREADY_NOMINATED
    assert len(story.known.memory) == SHIPPED.memory_max


def test_a_deadline_takes_no_room_in_the_memory() -> None:
    story = in_window()
    before = story.known.memory
    story.wait_until(story.window.closes_at)
    assert story.known.memory == before


def test_the_same_inputs_are_the_same_bytes_again() -> None:
    story = in_window()
    story.be_held()
    story.wait(timedelta(days=3))
    story.due()
    again, records = Story(), []
    for order, now in story.heard:
        again.now = now
        decision = again.hear(order)
        if decision is not None:
            records.append(translate.write_decision(decision))
    twice = Story()
    for order, now in story.heard:
        twice.now = now
        decision = twice.hear(order)
        if decision is not None:
            assert translate.write_decision(decision) == records.pop(0)
    assert twice.state == again.state == story.state


def test_the_ladder_of_many_tiers_is_in_the_record_once() -> None:
    story = registered()
    tiers = tuple(tier(f"t{number}", LONDON) for number in range(1, 11))
    story.do(inputs.AgreementAttached, agreement=agreement(tiers=tiers))
    decision = story.do(inputs.NumbersStated, vacant=4, kind=Kind.PLANNED)
    assert size(decision) < 60 * KILOBYTE
