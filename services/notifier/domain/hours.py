"""Time as people at a desk count it, for reminders only: no deadline is ever computed here.

Working time is Europe/London, Monday to Friday 09:00 to 17:00, less the rest days that the caller names. A rest
day that nobody named costs a reminder that arrives on it, nothing more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.words import CalendarKind

LONDON = ZoneInfo("Europe/London")
DAY_BEGINS, DAY_ENDS = time(9), time(17)
SATURDAY = 5


def london(at: datetime) -> str:
    """An instant as London's clocks show it: `Tue 24 Nov 09:30`."""
    local = at.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def day(on: date) -> str:
    """A day: `Tue 24 Nov`."""
    return f"{on:%a} {on.day} {on:%b}"


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of one calendar kind."""

    kind: CalendarKind
    rest_days: frozenset[date] = frozenset()

    def between(self, begins_at: datetime, ends_at: datetime) -> timedelta:
        """How much of this calendar's time lies between two instants; zero if the second is not later."""
        if ends_at <= begins_at:
            return timedelta()
        return sum((stop - start for start, stop in self._stretches(begins_at, ends_at)), timedelta())

    def after(self, begins_at: datetime, ends_at: datetime, passed: timedelta) -> datetime:
        """The instant at which `passed` of this calendar's time is over; `ends_at` if there is not so much."""
        for start, stop in self._stretches(begins_at, ends_at):
            if passed < stop - start:
                return start + passed
            passed -= stop - start
        return ends_at

    def _stretches(self, begins_at: datetime, ends_at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of this calendar's time between two instants, in order, as instants in UTC."""
        if self.kind is CalendarKind.ELAPSED:
            yield begins_at, ends_at
            return
        today, last = (at.astimezone(LONDON).date() for at in (begins_at, ends_at))
        while today <= last:
            start = max(begins_at, _at(today, DAY_BEGINS))
            stop = min(ends_at, _at(today, DAY_ENDS))
            if self._is_working(today) and start < stop:
                yield start, stop
            today += timedelta(days=1)

    def _is_working(self, today: date) -> bool:
        return today.weekday() < SATURDAY and today not in self.rest_days


def _at(today: date, clock: time) -> datetime:
    return datetime.combine(today, clock, LONDON).astimezone(UTC)
