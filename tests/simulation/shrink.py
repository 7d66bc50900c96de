"""Makes a failing schedule short: drops steps and makes numbers small while the same promise still breaks."""

from collections.abc import Callable
from typing import Protocol

from .broken import Broken
from .schedules import Done, Schedule, without
from .world import Step

RUNS_MAX = 3_000


class Run(Protocol):
    """Run a schedule, with bytes or without, and tell its story if one is wanted."""

    def __call__(self, planned: Schedule, /, story: list[str] | None = None) -> Done: ...


class Shrinker:
    """Tries shorter schedules, at most `RUNS_MAX` of them."""

    def __init__(self, run: Run, planned: Schedule) -> None:
        self.run, self.planned, self.runs = run, planned, 0
        self.promise = promise_broken(run, planned)

    def shrunk(self) -> Schedule:
        """The shortest schedule that was found; the given one if it does not fail."""
        if self.promise is None:
            return self.planned
        length = len(self.planned.steps)
        while length >= 1:
            has_dropped = self._drop(length)
            length = length if has_dropped and length == 1 else length // 2
        self._make_small()
        return self.planned

    def _drop(self, length: int) -> bool:
        """Drop every run of so many steps without which it still fails."""
        start, before = 0, len(self.planned.steps)
        while start < len(self.planned.steps):
            steps = self.planned.steps
            if not self._try((*steps[:start], *steps[start + length :])):
                start += length
        return len(self.planned.steps) < before

    def _make_small(self) -> None:
        for at in range(len(self.planned.steps)):
            for smaller in SMALLER:
                steps = self.planned.steps
                step = smaller(steps[at])
                if step != steps[at]:
                    self._try((*steps[:at], step, *steps[at + 1 :]))

    def _try(self, steps: tuple[Step, ...]) -> bool:
        if self.runs >= RUNS_MAX:
            return False
        self.runs += 1
        candidate = without(self.planned, steps)
        if promise_broken(self.run, candidate) != self.promise:
            return False
        self.planned = candidate
        return True


SMALLER: tuple[Callable[[Step], Step], ...] = (
    lambda step: step._replace(a=0),
    lambda step: step._replace(b=0),
    lambda step: step._replace(a=step.a % 60),
    lambda step: step._replace(b=step.b % 60),
)


def promise_broken(run: Run, planned: Schedule) -> str | None:
    """The promise that the schedule breaks, or the kind of error that it ends in; None if all is well."""
    try:
        run(planned)
    except Broken as broken:
        return broken.promise
    except (AssertionError, LookupError) as error:
        return type(error).__name__
    return None


def told(run: Run, planned: Schedule) -> list[str]:
    """The story of a schedule: each step, what it appended, and how it ends."""
    story: list[str] = []
    try:
        run(planned, story=story)
    except (AssertionError, LookupError) as error:
        story.append(f"{type(error).__name__}: {error}")
    return [f"begins {planned.beginning}, {'checked' if planned.is_checked else 'unchecked'} log", *story]
