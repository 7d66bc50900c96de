"""Working time, worked out a second time for the checks: a table of working days. Shares no rule with the matcher.

Knows a calendar's dates. A working day is 09:00 to 17:00 in London, which is an hour ahead of UTC from the last
Sunday in March to the last in October (the Summer Time Order 2002).
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from schemas.words import CalendarKind
from services.matcher.domain.calendar import WorkingCalendar
from services.matcher.domain.values import Length

from .scene import CALENDARS

SUMMER_BEGINS, SUMMER_ENDS = date(2026, 3, 29), date(2026, 10, 25)
NINE, HOUR, DAY = time(9), timedelta(hours=1), timedelta(hours=8)
SATURDAY = 5


class Hours:
    """One calendar as the instants at which its working days begin."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        days = (calendar.known_until - calendar.known_from).days + 1
        dates = [calendar.known_from + timedelta(days=each) for each in range(days)]
        self._opens = [
            _opens_at(each)
            for each in dates
            if each.weekday() < SATURDAY and each not in calendar.holidays and each.year == SUMMER_BEGINS.year
        ]

    def _worked(self, at: datetime) -> timedelta:
        """The working time from the first known day up to an instant."""
        days = bisect_right(self._opens, at)
        return (days - 1) * DAY + min(DAY, at - self._opens[days - 1]) if days else timedelta()

    def between_s(self, begins_at: datetime, ends_at: datetime, kind: CalendarKind) -> float:
        if kind is CalendarKind.ELAPSED:
            return (ends_at - begins_at).total_seconds()
        return (self._worked(ends_at) - self._worked(begins_at)).total_seconds()

    def ends_at(self, begins_at: datetime, length: Length) -> datetime | None:
        """The first instant by which the length has passed; None beyond the known days."""
        if length.calendar is CalendarKind.ELAPSED:
            return begins_at + timedelta(seconds=length.seconds)
        days, rest = divmod(self._worked(begins_at) + timedelta(seconds=length.seconds), DAY)
        if not rest:
            days, rest = days - 1, DAY
        return self._opens[days] + rest if days < len(self._opens) else None


def _opens_at(day: date) -> datetime:
    is_summer = SUMMER_BEGINS <= day < SUMMER_ENDS
    return datetime.combine(day, NINE, UTC) - (HOUR if is_summer else timedelta())


HOURS: Mapping[str, Hours] = {name: Hours(calendar) for name, calendar in CALENDARS.items()}
