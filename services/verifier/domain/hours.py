"""Lengths of time as agreements count them: hours that pass, or London's working hours less bank holidays.

Knows days, holidays and London's clock. A day outside the known holidays is no day to count on: the answer is None.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.words import CalendarKind

LONDON: Final = ZoneInfo("Europe/London")
MORNING, EVENING = time(9), time(17)
SATURDAY: Final = 5
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A length: seconds of a calendar."""

    calendar: CalendarKind
    seconds: int


@dataclass(frozen=True, slots=True)
class Hours:
    """One version of the calendar: the holidays, and the days between which no other is known."""

    holidays: frozenset[date]
    known_from: date
    known_until: date

    def after(self, start: datetime, span: Span) -> datetime | None:
        """Return the instant at which the span is over if it begins at `start`."""
        if span.calendar is CalendarKind.ELAPSED or not span.seconds:
            return start + timedelta(seconds=span.seconds)
        left, day = timedelta(seconds=span.seconds), start.astimezone(LONDON).date()
        while self.known_from <= day <= self.known_until:
            opens, closes = self._open(day)
            begins = max(start, opens)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, timedelta())
            day += DAY
        return None

    def between(self, start: datetime, end: datetime, calendar: CalendarKind) -> float:
        """Return how many seconds of the calendar lie between two instants; 0 if they are the wrong way round."""
        if calendar is CalendarKind.ELAPSED:
            return max((end - start).total_seconds(), 0.0)
        found, day, last = timedelta(), start.astimezone(LONDON).date(), end.astimezone(LONDON).date()
        while day <= last:
            opens, closes = self._open(day)
            found += max(min(end, closes) - max(start, opens), timedelta())
            day += DAY
        return found.total_seconds()

    def _open(self, day: date) -> tuple[datetime, datetime]:
        """Return when the day's work begins and ends; both nine o'clock on a day without work."""
        is_off = day.weekday() >= SATURDAY or day in self.holidays
        opens = datetime.combine(day, MORNING, LONDON).astimezone(UTC)
        return opens, opens if is_off else datetime.combine(day, EVENING, LONDON).astimezone(UTC)


def midnight_after(day: date) -> datetime:
    """Return the end of a day in London."""
    return datetime.combine(day + DAY, time(), LONDON).astimezone(UTC)
