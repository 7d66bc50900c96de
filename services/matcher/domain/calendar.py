"""The working calendar: Europe/London, Monday to Friday 09:00 to 17:00, less England's bank holidays.

Laws: a deadline is an absolute instant, computed once; the time that remains plus the time that is used is
the length; a day whose holidays are not known is refused, never guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.words import CalendarKind

from .values import Length

LONDON = ZoneInfo("Europe/London")
DAY_BEGINS, DAY_ENDS = time(9), time(17)
WORKING_DAY_S = 8 * 3600
SATURDAY = 5
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """One version of England's bank holidays, known from one date to another (both included)."""

    version: str
    known_from: date
    known_until: date
    holidays: frozenset[date]

    def deadline(self, begins_at: datetime, length: Length) -> datetime | None:
        """The instant (UTC) at which `length` has passed since `begins_at`; None beyond the known holidays.

        A length that is used up exactly at 17:00 ends at 17:00, not at 09:00 of the next working day.
        """
        if length.calendar is CalendarKind.ELAPSED:
            return begins_at + timedelta(seconds=length.seconds)
        left = timedelta(seconds=length.seconds)
        for opens_at, closes_at in self._stretches(begins_at):
            available = closes_at - opens_at
            if left <= available:
                return opens_at + left
            left -= available
        return None

    def seconds_between(self, begins_at: datetime, ends_at: datetime, kind: CalendarKind) -> int:
        """Whole seconds of the calendar from one instant to a later one; 0 if it is not later.

        Beyond the known holidays nothing counts: a deadline can never lie there.
        """
        if ends_at <= begins_at:
            return 0
        if kind is CalendarKind.ELAPSED:
            return (ends_at - begins_at) // SECOND
        total = timedelta()
        for opens_at, closes_at in self._stretches(begins_at):
            if opens_at >= ends_at:
                break
            total += min(closes_at, ends_at) - opens_at
        return total // SECOND

    def _stretches(self, begins_at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working stretches (UTC) from an instant on, until the known holidays end."""
        day = begins_at.astimezone(LONDON).date()
        while self.known_from <= day <= self.known_until:
            if day.weekday() < SATURDAY and day not in self.holidays:
                opens_at, closes_at = _working_day(day)
                if begins_at < closes_at:
                    yield max(begins_at, opens_at), closes_at
            day += timedelta(days=1)


def _working_day(day: date) -> tuple[datetime, datetime]:
    """The working hours of one day as instants: always eight hours, for clocks change at night."""
    opens_at = datetime.combine(day, DAY_BEGINS, LONDON).astimezone(UTC)
    return opens_at, opens_at + timedelta(seconds=WORKING_DAY_S)


def london_midnight(day: date) -> datetime:
    """The instant (UTC) at which a day begins in London."""
    return datetime.combine(day, time(0), LONDON).astimezone(UTC)
