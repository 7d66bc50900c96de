"""The simulation alone, on one core: steps per second of its cheap kind, and of the kind with bytes.

Knows the search in `tests/simulation`. A step is one thing that a schedule makes happen; what is done after the faults
stop, until nothing is left to do, takes its time too and counts as no step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

from tests.simulation.bugs import parts_of
from tests.simulation.schedules import Done, Schedule, run, schedule
from tests.simulation.wire import SHARE, run_with_bytes

from .figures import Figure
from .made import Told


@dataclass(frozen=True, slots=True)
class Sizes:
    schedules: int = 1500
    with_bytes: int = 75
    passes: int = 5


TINY: Final = Sizes(schedules=20, with_bytes=2, passes=1)
WARM_UP: Final = 100
"""Worlds in which schedules begin are made once; a search has them all after these."""


@dataclass(frozen=True, slots=True)
class Rates:
    steps: float
    decisions: float


def measure(_: Path, sizes: Sizes, told: Told) -> list[Figure]:
    """Run other schedules in every pass; the figure is the median of the passes."""
    parts = parts_of(None)

    def plain(planned: Schedule) -> Done:
        return run(parts, planned)

    told("beginnings")
    rates(plain, 0, min(WARM_UP, sizes.schedules))
    cheap, whole = [], []
    for each in range(sizes.passes):
        told(f"pass {each + 1} of {sizes.passes}")
        cheap.append(rates(plain, each * sizes.schedules, sizes.schedules))
        whole.append(rates(run_with_bytes, each * sizes.with_bytes, sizes.with_bytes))
    return [
        Figure("cheap kind", median(each.steps for each in cheap), "steps/s", at_least=100_000),
        Figure("decisions checked meanwhile", median(each.decisions for each in cheap), "decisions/s"),
        Figure(
            "with bytes, on the real runners",
            median(each.steps for each in whole),
            "steps/s",
            note=f"one schedule in {SHARE} is run so too",
        ),
    ]


def rates(run_one: Callable[[Schedule], Done], seed: int, count: int) -> Rates:
    """Run the schedules of so many seeds, their drawing included, by this process's own processor time."""
    began_s, done = process_time(), Done(0, 0)
    for each in range(seed, seed + count):
        done = done.and_then(run_one(schedule(each)))
    took_s = process_time() - began_s
    return Rates(done.steps / took_s, done.decisions / took_s)
