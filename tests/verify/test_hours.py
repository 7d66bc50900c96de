from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import CalendarKind
from services.verifier.domain.hours import Span
from services.verifier.terms import hours, policy

KNOWN = hours("england-2027-12")
ELAPSED, WORKING = CalendarKind.ELAPSED, CalendarKind.WORKING
DAY_S = 8 * 3600


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "seconds", "end"),
    [
        ("2026-11-02T09:00", DAY_S, "2026-11-02T17:00"),
        ("2026-11-02T17:00", DAY_S, "2026-11-03T17:00"),
        ("2026-11-06T16:59", 120, "2026-11-09T09:01"),
        ("2026-12-24T16:00", 2 * 3600, "2026-12-29T10:00"),
        ("2026-03-27T16:00", 2 * 3600, "2026-03-30T09:00"),
        ("2026-10-23T15:00", 2 * 3600, "2026-10-26T10:00"),
    ],
    ids=[
        "one day",
        "from the evening on",
        "over a weekend",
        "over Christmas",
        "into summer time",
        "out of it",
    ],
)
def test_working_hours_are_those_of_london_less_bank_holidays(start: str, seconds: int, end: str) -> None:
    assert KNOWN is not None
    assert KNOWN.after(at(start), Span(WORKING, seconds)) == at(end)


def test_beyond_the_known_holidays_there_is_no_answer() -> None:
    assert KNOWN is not None
    assert KNOWN.after(at("2027-12-30T09:00"), Span(WORKING, 3 * DAY_S)) is None
    assert KNOWN.after(at("2027-12-30T09:00"), Span(ELAPSED, DAY_S)) == at("2027-12-30T17:00")


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1)),  # noqa: DTZ001 - made aware below
    seconds=st.integers(1, 15 * DAY_S),
    calendar=st.sampled_from(CalendarKind),
)
def test_what_lies_between_a_start_and_its_end_is_the_length(
    start: datetime, seconds: int, calendar: CalendarKind
) -> None:
    assert KNOWN is not None
    begin = start.replace(tzinfo=UTC)
    end = KNOWN.after(begin, Span(calendar, seconds))
    assert end is not None
    assert KNOWN.between(begin, end, calendar) == pytest.approx(seconds)


def test_terms_that_were_not_shipped_are_unknown_and_not_guessed() -> None:
    assert policy("nobody-s-policy") is None
    assert hours("nobody-s-calendar") is None
