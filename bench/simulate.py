"""The simulation alone, on one core: steps per second of its cheap kind, and of its full kind.

Knows how the simulation measures itself (`tests/simulation/rate.py`); what a step is stands in the README there.
"""

from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.simulation import rate

from .figures import Figure
from .logs import Given
from .made import Told


@dataclass(frozen=True, slots=True)
class Sizes:
    passes: int = 5
    seconds: int = 3
    """Of processor, for each kind in each pass."""


TINY: Final = Sizes(passes=1, seconds=1)

SEEDS: Final = 100_000
"""Each pass has schedules of its own."""


def measure(_: Given, sizes: Sizes, told: Told) -> list[Figure]:
    """Run both kinds by turns; each figure is the median of the passes."""
    cheap, full = [], []
    for each in range(sizes.passes):
        told(f"pass {each + 1} of {sizes.passes}")
        cheap.append(rate.cheap(sizes.seconds, each * SEEDS))
        full.append(rate.full(sizes.seconds, each * SEEDS))
    return [
        Figure("cheap kind", median(each.steps_per_s for each in cheap), "steps/s", at_least=100_000),
        Figure("  whole schedules", median(each.schedules / each.seconds for each in cheap), "schedules/s"),
        Figure(
            "  decisions, each checked",
            median(each.decisions / each.seconds for each in cheap),
            "decisions/s",
        ),
        Figure(
            "full kind, with bytes on the real runners", median(each.steps_per_s for each in full), "steps/s"
        ),
    ]
