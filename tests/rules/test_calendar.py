"""The working calendar against its own laws, an independent count of hours, and days worked out by hand."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from schemas.words import CalendarKind
from services.matcher.domain.calendar import LONDON, WorkingCalendar, london_midnight
from services.matcher.domain.values import Length

WORKING, ELAPSED = CalendarKind.WORKING, CalendarKind.ELAPSED
HOUR_S = 3600
DAY_S = 8 * HOUR_S


def shipped_calendar() -> WorkingCalendar:
    path = Path(__file__).parents[2] / "data" / "bank_holidays" / "england.json"
    known = json.loads(path.read_text("utf-8"))
    return WorkingCalendar(
        version=known["version"],
        known_from=date.fromisoformat(known["known_from"]),
        known_until=date.fromisoformat(known["known_until"]),
        holidays=frozenset(map(date.fromisoformat, known["holidays"])),
    )


CALENDAR = shipped_calendar()
FIRST, LAST = CALENDAR.known_from, CALENDAR.known_until
YEARS = range(FIRST.year, LAST.year + 1)


def working(hours: float) -> Length:
    return Length(WORKING, int(hours * HOUR_S))


def elapsed(hours: float) -> Length:
    return Length(ELAPSED, int(hours * HOUR_S))


def london(text: str) -> datetime:
    """`2026-04-02 10:00` on the clocks of London, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def clock_changes() -> list[date]:
    return [last_sunday(year, month) for year in YEARS for month in (3, 10)]


def days_of_interest() -> list[date]:
    """Days around both clock changes, every bank holiday, and the turns of the years."""
    centres = [*clock_changes(), *CALENDAR.holidays, *(date(year, 12, 31) for year in YEARS)]
    around = (centre + timedelta(days=offset) for centre in centres for offset in range(-4, 5))
    return sorted(day for day in set(around) if FIRST <= day < LAST)


def edges(day: date) -> Iterator[datetime]:
    for hour in (0, 1, 2, 9, 12, 17, 23):
        at = datetime.combine(day, time(hour), LONDON).astimezone(UTC)
        yield from (at - timedelta(microseconds=1), at, at + timedelta(microseconds=1))


TURNS = [at for day in days_of_interest() for at in edges(day)]
WORKDAYS = [day for day in days_of_interest() if day.weekday() < 5 and day not in CALENDAR.holidays]
within_working_hours = st.builds(
    lambda day, into_day_us: (
        datetime.combine(day, time(9), LONDON).astimezone(UTC) + timedelta(microseconds=into_day_us)
    ),
    st.sampled_from(WORKDAYS),
    st.integers(0, DAY_S * 1_000_000),
)
beginnings = st.one_of(
    st.sampled_from(TURNS),
    within_working_hours,
    st.datetimes(
        datetime.combine(FIRST, time(0)),
        datetime.combine(LAST, time(0)),
        timezones=st.just(UTC),
    ),
)
seconds = st.one_of(
    st.integers(1, 30 * DAY_S),
    st.integers(1, 30).map(lambda days: days * DAY_S),
    st.integers(1, 240).map(lambda hours: hours * HOUR_S),
)


def is_working(at: datetime) -> bool:
    there = at.astimezone(LONDON)
    is_workday = there.weekday() < 5 and there.date() not in CALENDAR.holidays
    return is_workday and time(9) <= there.time() <= time(17)


# --- laws --------------------------------------------------------------------------------------------------


@given(begins_at=beginnings, length_s=seconds)
def test_a_deadline_lies_within_working_hours(begins_at: datetime, length_s: int) -> None:
    ends_at = CALENDAR.deadline(begins_at, Length(WORKING, length_s))
    assume(ends_at is not None)
    assert ends_at is not None
    assert is_working(ends_at)
    assert ends_at > begins_at
    assert ends_at.utcoffset() == timedelta(0)


@given(begins_at=beginnings, length_s=seconds)
@example(begins_at=london("2026-06-01 09:18:16.479554"), length_s=2 * DAY_S)
def test_between_beginning_and_deadline_lies_the_length(begins_at: datetime, length_s: int) -> None:
    ends_at = CALENDAR.deadline(begins_at, Length(WORKING, length_s))
    assume(ends_at is not None)
    assert ends_at is not None
    assert CALENDAR.seconds_between(begins_at, ends_at, WORKING) == length_s


@given(begins_at=beginnings, length_s=seconds, share=st.floats(0, 1))
def test_used_and_remaining_add_up_to_the_length(begins_at: datetime, length_s: int, share: float) -> None:
    ends_at = CALENDAR.deadline(begins_at, Length(WORKING, length_s))
    assume(ends_at is not None)
    assert ends_at is not None
    now = begins_at + timedelta(seconds=int((ends_at - begins_at).total_seconds() * share))
    used_s = CALENDAR.seconds_between(begins_at, now, WORKING)
    left_s = CALENDAR.seconds_between(now, ends_at, WORKING)
    assert length_s - 1 <= used_s + left_s <= length_s


@given(begins_at=beginnings, later_s=st.integers(0, 20 * 86_400), length_s=seconds)
def test_who_begins_later_does_not_end_earlier(begins_at: datetime, later_s: int, length_s: int) -> None:
    length = Length(WORKING, length_s)
    ends_at = CALENDAR.deadline(begins_at, length)
    ends_later_at = CALENDAR.deadline(begins_at + timedelta(seconds=later_s), length)
    assume(ends_later_at is not None)
    assert ends_at is not None
    assert ends_later_at is not None
    assert ends_at <= ends_later_at


@given(begins_at=beginnings, length_s=seconds, more_s=seconds)
def test_what_lasts_longer_ends_later(begins_at: datetime, length_s: int, more_s: int) -> None:
    ends_later_at = CALENDAR.deadline(begins_at, Length(WORKING, length_s + more_s))
    assume(ends_later_at is not None)
    ends_at = CALENDAR.deadline(begins_at, Length(WORKING, length_s))
    assert ends_at is not None
    assert ends_later_at is not None
    assert ends_at < ends_later_at


@given(begins_at=beginnings, first_s=seconds, second_s=seconds)
def test_two_lengths_one_after_the_other_are_their_sum(
    begins_at: datetime, first_s: int, second_s: int
) -> None:
    whole_at = CALENDAR.deadline(begins_at, Length(WORKING, first_s + second_s))
    assume(whole_at is not None)
    first_at = CALENDAR.deadline(begins_at, Length(WORKING, first_s))
    assert first_at is not None
    assert CALENDAR.deadline(first_at, Length(WORKING, second_s)) == whole_at


@given(begins_at=beginnings, hours=st.integers(1, 200))
def test_a_deadline_is_what_counting_hour_by_hour_finds(begins_at: datetime, hours: int) -> None:
    begins_at = begins_at.replace(minute=0, second=0, microsecond=0)
    ends_at = CALENDAR.deadline(begins_at, working(hours))
    assume(ends_at is not None)
    at, left = begins_at, hours
    while left:
        there = at.astimezone(LONDON)
        is_hour = there.weekday() < 5 and there.date() not in CALENDAR.holidays and 9 <= there.hour < 17
        left -= is_hour
        at += timedelta(hours=1)
    assert ends_at == at


@given(begins_at=beginnings, length_s=seconds)
def test_elapsed_time_is_exact_seconds_whatever_the_clocks_do(begins_at: datetime, length_s: int) -> None:
    ends_at = CALENDAR.deadline(begins_at, Length(ELAPSED, length_s))
    assert ends_at == begins_at + timedelta(seconds=length_s)
    assert CALENDAR.seconds_between(begins_at, ends_at, ELAPSED) == length_s


@given(begins_at=beginnings, earlier_s=st.integers(0, 10**6), kind=st.sampled_from(CalendarKind))
def test_nothing_lies_between_an_instant_and_an_earlier_one(
    begins_at: datetime, earlier_s: int, kind: CalendarKind
) -> None:
    assert CALENDAR.seconds_between(begins_at, begins_at - timedelta(seconds=earlier_s), kind) == 0


@given(length_s=seconds, back_s=st.integers(0, 20 * 86_400))
def test_a_deadline_beyond_the_known_holidays_is_never_guessed(length_s: int, back_s: int) -> None:
    ends = datetime.combine(LAST, time(17), LONDON).astimezone(UTC)
    begins_at = ends - timedelta(seconds=back_s)
    known_s = CALENDAR.seconds_between(begins_at, ends, WORKING)
    deadline = CALENDAR.deadline(begins_at, Length(WORKING, length_s))
    assert (deadline is None) is (length_s > known_s)


def test_a_day_before_the_known_holidays_is_not_guessed_either() -> None:
    before = london_midnight(FIRST) - timedelta(seconds=1)
    assert CALENDAR.deadline(before, working(1)) is None


# --- days worked out by hand -------------------------------------------------------------------------------

EXAMPLES = {
    "a quiet Tuesday": ("2026-06-02 10:00", 2, "2026-06-02 12:00"),
    "used up at the end of the day": ("2026-06-02 10:00", 7, "2026-06-02 17:00"),
    "one second more than the day": ("2026-06-02 10:00", 7 + 1 / 3600, "2026-06-03 09:00:01"),
    "before the day begins": ("2026-06-02 06:30", 1, "2026-06-02 10:00"),
    "after the day has ended": ("2026-06-02 17:00", 1, "2026-06-03 10:00"),
    "Friday evening": ("2026-06-05 18:00", 1, "2026-06-08 10:00"),
    "one working day from Friday noon": ("2026-06-05 12:00", 8, "2026-06-08 12:00"),
    "three working days from Thursday before Easter": ("2026-04-02 10:00", 24, "2026-04-09 10:00"),
    "ten working days over both May holidays": ("2026-05-01 09:00", 80, "2026-05-15 17:00"),
    "Christmas Eve, with a substitute on Monday": ("2026-12-24 13:00", 8, "2026-12-29 13:00"),
    "New Year's Eve": ("2026-12-31 16:00", 2, "2027-01-04 10:00"),
    "clocks go forward over the weekend": ("2026-03-27 16:00", 8, "2026-03-30 16:00"),
    "clocks go back over the weekend": ("2026-10-23 16:00", 8, "2026-10-26 16:00"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_deadline_worked_out_by_hand(name: str) -> None:
    begins, hours, ends = EXAMPLES[name]
    assert CALENDAR.deadline(london(begins), working(hours)) == london(ends)


def test_the_same_hours_are_an_hour_less_or_more_when_the_clocks_change() -> None:
    spring = CALENDAR.deadline(london("2026-03-27 16:00"), working(8))
    autumn = CALENDAR.deadline(london("2026-10-23 16:00"), working(8))
    assert spring == london("2026-03-27 16:00") + timedelta(hours=71)
    assert autumn == london("2026-10-23 16:00") + timedelta(hours=73)


@pytest.mark.parametrize("sunday", clock_changes(), ids=str)
def test_an_elapsed_hour_in_the_night_of_a_clock_change_is_an_hour(sunday: date) -> None:
    begins_at = london_midnight(sunday) + timedelta(minutes=30)
    assert CALENDAR.deadline(begins_at, elapsed(1)) == begins_at + timedelta(hours=1)


@pytest.mark.parametrize("sunday", clock_changes(), ids=str)
def test_a_working_day_is_eight_hours_on_both_sides_of_a_clock_change(sunday: date) -> None:
    midnights = [london_midnight(sunday + timedelta(days=offset)) for offset in (-2, -1, 1, 2)]
    working_days = [
        CALENDAR.seconds_between(begins_at, begins_at + timedelta(days=1), WORKING)
        for begins_at in (midnights[0], midnights[2])
    ]
    is_holiday = [sunday + timedelta(days=offset) in CALENDAR.holidays for offset in (-2, 1)]
    assert working_days == [0 if free else DAY_S for free in is_holiday]


@pytest.mark.parametrize("holiday", sorted(CALENDAR.holidays), ids=str)
def test_no_second_of_a_bank_holiday_counts(holiday: date) -> None:
    begins_at = london_midnight(holiday)
    ends_at = london_midnight(holiday + timedelta(days=1))
    assert CALENDAR.seconds_between(begins_at, ends_at, WORKING) == 0
