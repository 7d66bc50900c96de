"""A runner that breaks off anywhere and starts again leaves what an undisturbed one leaves."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.log import DEAD_LETTERS, Log, LogUnavailable
from tests.runtime.crashing import Crash, CrashingLog
from tests.runtime.places import MemoryPlace, Place, everything, story
from tests.runtime.system import INPUTS, System, system
from tests.runtime.toy import COUNTERS, ECHOES, NUMBERS

TOPICS = (NUMBERS, COUNTERS, ECHOES, DEAD_LETTERS)

Story = dict[str, list[tuple[str, bytes, dict[str, str]]]]


def told(log: Log) -> Story:
    return {topic: story(log, topic) for topic in TOPICS}


def undisturbed(place: Place) -> tuple[Story, System]:
    log = place.open()
    log.append(INPUTS)
    run = system(log, place.clock)
    run.live()
    return told(log), run


def crash(place: Place, crash_at: int, *, is_after: bool) -> bool:
    """Run until the n-th call of the log; tell whether it came to that."""
    try:
        system(CrashingLog(place.open(), crash_at, is_after=is_after), place.clock).live()
    except Crash:
        return True
    return False


def test_an_undisturbed_run_decides_every_good_input_once() -> None:
    tale, run = undisturbed(MemoryPlace())
    assert run.totals.totals == {"a": 4, "b": 7, "c": 7}
    assert [len(tale[topic]) for topic in TOPICS] == [len(INPUTS) + 3, 8, 8, 2]


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_of_the_log_changes_nothing_in_the_end(place: Place, is_after: bool) -> None:
    wanted, undisturbed_run = undisturbed(place.fresh())
    for crash_at in count(1):
        there = place.fresh()
        there.open().append(INPUTS)
        if not crash(there, crash_at, is_after=is_after):
            break
        again = system(there.open(), there.clock)
        again.live()
        assert told(there.open()) == wanted, crash_at
        assert again.totals.totals == undisturbed_run.totals.totals, crash_at
        assert again.totals.versions == undisturbed_run.totals.versions, crash_at
    else:
        raise AssertionError
    assert crash_at > 50


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=5))
def test_crashes_one_after_another_change_nothing_in_the_end(crashes: list[tuple[int, bool]]) -> None:
    wanted, _ = undisturbed(MemoryPlace())
    there = MemoryPlace()
    there.open().append(INPUTS)
    for crash_at, is_after in crashes:
        crash(there, crash_at, is_after=is_after)
    system(there.open(), there.clock).live()
    assert told(there.open()) == wanted


@pytest.mark.parametrize("is_after", [False, True], ids=["refused", "outcome unknown"])
def test_a_call_that_fails_is_repeated_in_place_and_nothing_is_lost_or_twice(is_after: bool) -> None:
    wanted, undisturbed_run = undisturbed(MemoryPlace())
    for fails_at in count(1):
        there = MemoryPlace()
        there.open().append(INPUTS)
        flaky = CrashingLog(there.open(), fails_at, is_after=is_after, error=LogUnavailable)
        run = system(flaky, there.clock)
        repeat(run)
        # A deadline whose append had an unknown outcome is said twice, which moves later positions.
        for topic in (COUNTERS, ECHOES, DEAD_LETTERS):
            assert facts(told(there.open()), topic) == facts(wanted, topic), fails_at
        assert run.totals.totals == undisturbed_run.totals.totals, fails_at
        assert not any(record.is_void for record in everything(there.open(), COUNTERS))
        if not flaky.has_crashed:
            break


def repeat(run: System) -> None:
    try:
        run.live()
    except LogUnavailable:
        run.go_on()


def facts(tale: Story, topic: str) -> list[tuple[str, bytes, str, str]]:
    return [(key, value, headers["ce_id"], headers["ce_cause"]) for key, value, headers in tale[topic]]
