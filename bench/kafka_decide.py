"""Decisions a second of one worker on Kafka, against two plainer ways with the same rule book and the same inputs.

Knows the three kinds of worker. A rate is taken from the broker's own stamps of what was appended, so that starting and
joining are not in it.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import Final

from services.matcher.adapters.terms_files import load_terms

from .figures import Figure
from .kafka_ground import Ground
from .kafka_inputs import Stamped, lives
from .kafka_workers import BARE, FAUST, HEARTH, Place
from .made import Told

KINDS: Final = (FAUST, HEARTH, BARE)
WARM_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Sizes:
    homes: int = 160
    inputs: int = 125
    """Of each home."""
    partitions: int = 12
    passes: int = 3


TINY: Final = Sizes(homes=6, inputs=20, partitions=2, passes=1)


def measure(ground: Ground, sizes: Sizes, told: Told) -> list[Figure]:
    """Measure the three by turns."""
    told("living the lives of homes")
    said = lives(load_terms(), sizes.homes, sizes.inputs)
    rates = defaultdict[str, list[float]](list)
    costs = defaultdict[str, list[float]](list)
    for turn in range(sizes.passes):
        for kind in KINDS:
            told(f"{kind}, pass {turn + 1} of {sizes.passes}")
            per_s, cpu_s = one(ground, kind, f"{kind}-{turn}", said, sizes.partitions)
            rates[kind].append(per_s)
            costs[kind].append(cpu_s)
    return figures({kind: median(each) for kind, each in rates.items()}, costs, said)


def one(ground: Ground, kind: str, prefix: str, said: list[Stamped], partitions: int) -> tuple[float, float]:
    """Let a worker decide inputs that lie there, and return decisions a second and the processor seconds of it all."""
    place = Place(
        brokers=ground.brokers, prefix=prefix, partitions=partitions, directory=ground.folder / prefix
    )
    outputs = place.outputs_of(kind)
    with place.topics(ground):
        ground.load(place.inputs, said, partitions)
        with ground.started(prefix, place.words(kind)) as worker:
            ground.wait_for(outputs, len(said), [worker])
            cpu_s = worker.cpu_s
        return rate(ground.stamps(outputs)), cpu_s


def rate(stamps: list[int]) -> float:
    """Return records a second, from a batch that ended when a tenth was done to the last one.

    It says nothing of so few that all of them came in one batch.
    """
    began_ms = stamps[int(len(stamps) * WARM_SHARE)]
    after = len(stamps) - bisect_right(stamps, began_ms)
    return max(1, after) * 1000 / max(1, stamps[-1] - began_ms)


def figures(rates: dict[str, float], costs: dict[str, list[float]], said: list[Stamped]) -> list[Figure]:
    unit, note = "decisions/s", f"{len(said):,} inputs"
    return [
        Figure("one worker", rates[HEARTH], unit, note=note),
        Figure("a plain faust agent: table write and send", rates[FAUST], unit),
        Figure("a bare aiokafka loop", rates[BARE], unit),
        Figure("worker / faust agent", rates[HEARTH] / rates[FAUST], "times", at_least=3),
        Figure("worker / bare loop", rates[HEARTH] / rates[BARE], "times"),
        *[
            Figure(f"  {kind}: processor for each input", median(costs[kind]) / len(said) * 1e6, "µs")
            for kind in KINDS
        ],
    ]
