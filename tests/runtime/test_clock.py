"""Time is given, and given as what it is."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import SystemClock, VirtualClock, monotonic_s, new_id
from runtime.records import instant, rfc3339
from tests.runtime.places import START


def test_the_system_clock_gives_aware_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_virtual_clock_moves_only_when_told_backwards_too() -> None:
    clock = VirtualClock(START)
    assert clock.now() == clock.now() == START
    assert clock.advance(timedelta(hours=-1)) == clock.now() == START - timedelta(hours=1)


def test_a_virtual_clock_refuses_an_instant_of_no_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(START.replace(tzinfo=None))


def test_an_instant_of_another_zone_is_kept_as_utc() -> None:
    clock = VirtualClock(START.astimezone(timezone(timedelta(hours=5))))
    assert rfc3339(clock.now()) == "2026-03-02T09:00:00.000000Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_survives_being_written(at: datetime) -> None:
    assert instant(rfc3339(at)) == at


def test_ids_differ_and_monotonic_time_does_not_run_back() -> None:
    assert new_id() != new_id()
    assert monotonic_s() <= monotonic_s()
