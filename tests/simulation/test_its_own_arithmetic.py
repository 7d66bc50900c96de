"""The simulation's own working time and wrong clocks, against instants counted by hand."""

from datetime import UTC, datetime, timedelta

from schemas.words import CalendarKind
from services.matcher.domain.values import Length

from .hours import HOURS
from .scene import BEGIN, ENGLAND, ENGLAND_MENDED, HOUR
from .senses import RIGHT, Sense, Wrong


def hours(count: int) -> Length:
    return Length(CalendarKind.WORKING, count * 3600)


def at(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_ten_working_hours_run_over_the_weekend_on_which_the_clocks_change() -> None:
    assert HOURS[ENGLAND].ends_at(BEGIN, hours(10)) == at(3, 30, 16)
    assert HOURS[ENGLAND].between_s(BEGIN, at(3, 30, 16), CalendarKind.WORKING) == 10 * 3600


def test_a_holiday_more_is_a_day_more() -> None:
    assert HOURS[ENGLAND_MENDED].ends_at(BEGIN, hours(10)) == at(3, 31, 16)


def test_what_is_used_up_at_five_ends_at_five() -> None:
    assert HOURS[ENGLAND].ends_at(BEGIN, hours(2)) == at(3, 27, 17)
    assert HOURS[ENGLAND].ends_at(at(3, 28, 12), hours(8)) == at(3, 30, 16)


def test_easter_is_left_out_and_beyond_the_known_days_is_nothing() -> None:
    assert HOURS[ENGLAND].ends_at(at(4, 2, 15), hours(2)) == at(4, 7, 9)
    assert HOURS[ENGLAND].ends_at(at(4, 10, 15), hours(2)) is None


def test_a_clock_that_jumped_stood_still_or_ran_slow_is_right_again_at_once() -> None:
    sense, now = Sense(), BEGIN
    sense.put(Wrong(-HOUR), now)
    assert sense.at(now + HOUR) == BEGIN
    sense.put(Wrong(timedelta(), 0), now + HOUR)
    assert sense.at(now + 5 * HOUR) == BEGIN
    sense.put(Wrong(timedelta(), 0.5), now + 5 * HOUR)
    assert sense.at(now + 7 * HOUR) == BEGIN + HOUR
    sense.put(RIGHT, now + 7 * HOUR)
    assert sense.at(now + 8 * HOUR) == now + 8 * HOUR
