"""A queue of acts on a clock. Knows moments and generators; must not know what an act does.

An act is a generator that yields the instant at which it wants to go on. Acts of one moment are said in one append, and
everything that follows from them is decided before the next moment.
"""

import heapq
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import NamedTuple

from runtime.clock import VirtualClock
from runtime.engine import Engine
from services.demo.stage import Happened, Stage

Act = Generator[datetime, None, None]
LEAST = timedelta(seconds=1)


class Waiting(NamedTuple):
    """An act that waits for its moment; of one moment, first come first served."""

    at: datetime
    number: int
    act: Act


class Play:
    """Lets acts go on when their time has come."""

    def __init__(self, stage: Stage, react: Callable[[Happened], None]) -> None:
        self.stage, self.react = stage, react
        self._queue: list[Waiting] = []
        self._count = 0
        self.given_up: list[str] = []
        """Acts that found the world other than they need it, by what they missed."""

    def begin(self, act: Act, at: datetime) -> None:
        """Let an act begin at an instant."""
        self._count += 1
        heapq.heappush(self._queue, Waiting(at, self._count, act))

    def next_at(self) -> datetime | None:
        return self._queue[0].at if self._queue else None

    def act(self) -> None:
        """Let every act go on that is due by now, and say what they say."""
        now = self.stage.now
        while self._queue and self._queue[0].at <= now:
            act = heapq.heappop(self._queue).act
            if (at := self._go_on(act)) is not None:
                self.begin(act, at)
        self.stage.flush()

    def _go_on(self, act: Act) -> datetime | None:
        try:
            return next(act, None)
        except LookupError as missed:
            self.given_up.append(f"{act!r}: {missed}")
            return None

    def look(self) -> None:
        """Let people react to what was decided since they looked last."""
        for happened in self.stage.read_on():
            self.react(happened)

    def run(self, engine: Engine, clock: VirtualClock, until: datetime, tick: Callable[[], object]) -> None:
        """Let the clock jump from moment to moment until an instant; `tick` is called after each."""
        while (at := self._moment(engine, clock.now())) <= until:
            clock.set(at)
            self.act()
            engine.run_until_idle()
            self.look()
            tick()
        clock.set(until)
        engine.run_until_idle()
        self.look()

    def _moment(self, engine: Engine, now: datetime) -> datetime:
        """The next instant at which there is something to do; never the same one for ever."""
        due = [at for at in (self.next_at(), engine.next_due_at()) if at is not None]
        return max(min(due, default=datetime.max.replace(tzinfo=now.tzinfo)), now + LEAST)
