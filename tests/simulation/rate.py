"""How fast the simulation is on one core, in processor time of its own. Knows no check and no rule."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import process_time

from .bugs import parts_of
from .run import be_quiet
from .schedules import BEGINNINGS, Done, Schedule, begin, run, schedule
from .wire import run_with_bytes


@dataclass(frozen=True, slots=True)
class Rate:
    """What was done in so many seconds of processor time. `README.md` says what a step is."""

    schedules: int
    steps: int
    decisions: int
    seconds: float

    @property
    def steps_per_s(self) -> float:
        return self.steps / self.seconds


def cheap(seconds: float, seed: int = 0) -> Rate:
    """Run schedules of the cheap kind for so long: the rules and every check, and models of the runners."""
    parts = parts_of(None)
    for name in BEGINNINGS:
        for is_working in (False, True):
            begin(parts, name, is_working=is_working)
    return _rate(partial(run, parts), seconds, seed)


def full(seconds: float, seed: int = 0) -> Rate:
    """The same of the full kind: the real runners, and bytes between them."""
    be_quiet()
    return _rate(run_with_bytes, seconds, seed)


def _rate(run_one: Callable[[Schedule], Done], seconds: float, seed: int) -> Rate:
    """Worlds in which schedules begin are made before; drawing a schedule counts. At least one is run."""
    began_s, done = process_time(), Done(0, 0)
    for schedules in count(1):
        done = done.and_then(run_one(schedule(seed + schedules - 1)))
        took_s = process_time() - began_s
        if took_s >= seconds:
            return Rate(schedules, done.steps, done.decisions, took_s)
    raise AssertionError("there is always another schedule")
