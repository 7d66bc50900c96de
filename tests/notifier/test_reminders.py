from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import CalendarKind
from services.notifier.domain.board import Length, Nomination, Vacancy, Window
from services.notifier.domain.hours import Hours, london
from services.notifier.domain.messages import Inbox
from services.notifier.domain.reminders import Reminder, Step, messages, schedule
from tests.notifier.stage import BARNET, CAMDEN, HARINGEY, START, VACANCY, WINDOW, window

openings = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them so
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=30))
kinds = st.sampled_from(CalendarKind)
rest_days = st.frozensets(st.dates(date(2026, 1, 1), date(2028, 1, 31)), max_size=10)


def windows(opened_at: datetime, length: timedelta, kind: CalendarKind) -> Window:
    return window(opened_at=opened_at, closes_at=opened_at + length, length=Length(kind, 1))


@given(openings, lengths, kinds, rest_days)
def test_a_reminder_is_never_before_the_opening_nor_at_the_deadline_nor_after_it(
    opened_at: datetime, length: timedelta, kind: CalendarKind, rest: frozenset[date]
) -> None:
    for each in schedule(windows(opened_at, length, kind), opened_at, rest):
        assert opened_at <= each.at < opened_at + length


@given(openings, lengths, kinds, rest_days)
def test_reminders_come_in_the_order_of_their_steps_and_each_once(
    opened_at: datetime, length: timedelta, kind: CalendarKind, rest: frozenset[date]
) -> None:
    found = schedule(windows(opened_at, length, kind), opened_at, rest)
    assert list(found) == sorted(found, key=lambda each: each.at)
    assert [each.step for each in found] == list(Step)[: len(found)]


@given(openings, lengths, st.timedeltas(timedelta(minutes=1), timedelta(days=10)), kinds)
def test_a_later_deadline_never_makes_a_reminder_earlier(
    opened_at: datetime, length: timedelta, more: timedelta, kind: CalendarKind
) -> None:
    before = {
        each.step: each.at
        for each in schedule(windows(opened_at, length, kind), opened_at)
        if length >= timedelta(hours=4)
    }
    after = {each.step: each.at for each in schedule(windows(opened_at, length + more, kind), opened_at)}
    assert all(after[step] >= at for step, at in before.items() if kind is CalendarKind.ELAPSED)
    assert before.keys() <= after.keys()


@given(openings, lengths, st.floats(0, 0.999), rest_days)
def test_a_share_of_a_window_is_that_share_of_its_own_calendar(
    opened_at: datetime, length: timedelta, share: float, rest: frozenset[date]
) -> None:
    hours, ends_at = Hours(CalendarKind.WORKING, rest), opened_at + length
    whole = hours.between(opened_at, ends_at)
    at = hours.after(opened_at, ends_at, share * whole)
    if whole:
        assert hours.between(opened_at, at) == share * whole


def test_a_window_of_four_hours_is_reminded_of_at_half_and_at_four_fifths() -> None:
    assert [each.at - START for each in schedule(window(), START)] == [
        timedelta(hours=2),
        timedelta(hours=3, minutes=12),
    ]


def test_a_short_window_is_reminded_of_after_ten_and_twenty_minutes() -> None:
    short = window(closes_at=START + timedelta(hours=1))
    assert [each.at - START for each in schedule(short, START)] == [
        timedelta(minutes=10),
        timedelta(minutes=20),
    ]


def test_a_window_shorter_than_a_reminder_has_none() -> None:
    assert schedule(window(closes_at=START + timedelta(minutes=10)), START) == ()


def test_a_window_over_a_weekend_is_reminded_of_in_working_hours() -> None:
    friday = datetime(2026, 11, 20, 13, tzinfo=UTC)
    whole = windows(friday, timedelta(days=3), CalendarKind.WORKING)
    assert [london(each.at) for each in schedule(whole, friday)] == [
        "Fri 20 Nov 17:00",
        "Mon 23 Nov 11:24",
    ] or [london(each.at) for each in schedule(whole, friday)] == ["Mon 23 Nov 09:00", "Mon 23 Nov 11:24"]


def test_a_rest_day_is_passed_over() -> None:
    thursday = datetime(2026, 12, 24, 9, tzinfo=UTC)
    whole = windows(thursday, timedelta(days=5), CalendarKind.WORKING)
    [_, last] = schedule(whole, thursday, frozenset({date(2026, 12, 25), date(2026, 12, 28)}))
    assert london(last.at) == "Thu 24 Dec 15:24"


@pytest.mark.parametrize(
    ("changes", "waiting"),
    [
        ({}, {HARINGEY, BARNET, CAMDEN}),
        ({"acknowledged": (HARINGEY,)}, {BARNET, CAMDEN}),
        ({"acknowledged": (HARINGEY,), "released": (BARNET,)}, {CAMDEN}),
    ],
)
def test_who_has_given_a_sign_is_not_reminded(changes: dict[str, tuple[str, ...]], waiting: set[str]) -> None:
    shared = window(members=(HARINGEY, BARNET, CAMDEN), **changes)
    vacancy = Vacancy(vacancy_id=VACANCY, place=1, window=shared)
    found = messages("SC012345", vacancy, shared, Reminder(START, Step.FIRST), "fact")
    assert {each.recipient.id for each in found} == waiting


def test_who_has_nominated_is_not_reminded() -> None:
    nomination = Nomination(nomination_id="n", window_id=WINDOW, council=HARINGEY, referral_id="R-1")
    vacancy = Vacancy(vacancy_id=VACANCY, place=1, window=window(), nominations=(nomination,))
    assert messages("SC012345", vacancy, window(), Reminder(START, Step.FIRST), "fact") == ()


def test_the_last_reminder_goes_to_the_duty_manager_too() -> None:
    vacancy = Vacancy(vacancy_id=VACANCY, place=1, window=window())
    first, last = (messages("SC012345", vacancy, window(), Reminder(START, step), step) for step in Step)
    assert [each.recipient.inbox for each in first] == [Inbox.TEAM]
    assert [each.recipient.inbox for each in last] == [Inbox.TEAM, Inbox.DUTY_MANAGER]
