"""What a machine takes for now: right, ahead, behind, standing still, too slow or too fast. Knows no log."""

from datetime import datetime, timedelta
from typing import NamedTuple

from .scene import HOUR, NEVER


class Wrong(NamedTuple):
    """How a sense of now goes wrong: it jumps, and from then on runs at another rate."""

    ahead: timedelta
    rate: float = 1


RIGHT = Wrong(timedelta())
WRONGS = (
    *(RIGHT, RIGHT, Wrong(HOUR), Wrong(-HOUR), Wrong(timedelta(minutes=5)), Wrong(timedelta(minutes=-5))),
    *(Wrong(timedelta(), 0), Wrong(timedelta(), 0.5), Wrong(timedelta(), 2), Wrong(timedelta(days=-1))),
)
AHEAD = (
    *(timedelta(), timedelta(seconds=60), timedelta(seconds=120), timedelta(seconds=121)),
    *(timedelta(minutes=10), timedelta(minutes=-1), timedelta(minutes=-10)),
)
"""How far the people's own clocks may be off."""


class Sense:
    """One machine's sense of now."""

    __slots__ = ("_ahead", "_rate", "_since")

    def __init__(self) -> None:
        self._rate: float = 1
        self._ahead, self._since = timedelta(), NEVER

    def at(self, now: datetime) -> datetime:
        """What it shows when it is `now`."""
        if self._rate == 1:
            return now + self._ahead if self._ahead else now
        return self._since + self._ahead + (now - self._since) * self._rate

    def put(self, wrong: Wrong, now: datetime) -> None:
        """From now on it is wrong like this; a jump is from the right time, another rate from what it shows."""
        self._ahead = wrong.ahead if wrong.rate == 1 else self.at(now) - now
        self._since, self._rate = now, wrong.rate
