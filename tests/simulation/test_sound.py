"""The program as it is keeps its promises under every schedule that is looked at."""

import pytest

from .run import search, search_on_all_cores
from .schedules import schedule
from .wire import run_with_bytes


def test_no_promise_breaks_in_some_hundred_schedules() -> None:
    assert search(1_000_000, 300).failure is None


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert schedule(7) == schedule(7)
    assert schedule(7) != schedule(8)


def test_no_promise_breaks_with_the_real_runners_and_bytes_between_them() -> None:
    assert all(run_with_bytes(schedule(seed)).decisions for seed in range(25))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_no_promise_breaks_in_a_hundred_thousand_schedules() -> None:
    found = search_on_all_cores(0, 100_000)
    assert found.failure is None, found.failure
    assert found.schedules == 100_000
