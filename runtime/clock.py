"""The only module that reads a clock or draws an id by chance.

Everything else is given its time, so that a run can be repeated to the byte.
"""

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A sense of now. It may stand still or run backwards; who needs order must not ask a clock."""

    def now(self) -> datetime:
        """Return an aware UTC instant."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that moves only when it is told to."""

    def __init__(self, start: datetime) -> None:
        self.set(start)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move by `by`, backwards too if it is negative, and return the new now."""
        self._now += by
        return self._now

    def set(self, at: datetime) -> None:
        """Jump to `at`; ValueError if it is not aware."""
        if at.tzinfo is None:
            raise ValueError("an instant must be aware")
        self._now = at.astimezone(UTC)


def monotonic_s() -> float:
    """Seconds on a clock that never runs backwards; only differences mean anything."""
    return time.monotonic()


def new_id() -> str:
    """A new id that no other machine will draw: 32 hex digits."""
    return uuid.uuid4().hex
