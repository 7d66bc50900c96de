"""How decisions a second grow with partitions and workers, one worker to a partition, all on one machine.

Knows Hearth's worker alone. All have joined before anything is said, so that no partition changes hands meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.matcher.adapters.terms_files import load_terms

from .figures import Figure
from .kafka_decide import rate
from .kafka_ground import Ground
from .kafka_inputs import Stamped, lives
from .kafka_rows import dealt_out
from .kafka_workers import HEARTH, Place
from .made import Told


@dataclass(frozen=True, slots=True)
class Sizes:
    homes: int = 160
    inputs: int = 125
    """Of each home."""
    workers: tuple[int, ...] = (1, 2, 4)


TINY = Sizes(homes=4, inputs=20, workers=(1, 2))


def measure(ground: Ground, sizes: Sizes, told: Told) -> list[Figure]:
    """Measure each number of workers on the same inputs."""
    told("living the lives of homes")
    said = lives(load_terms(), sizes.homes, sizes.inputs)
    found = {}
    for workers in sizes.workers:
        told(f"{workers} partitions, each with a worker")
        found[workers] = one(ground, workers, said)
    return [*figures(found)]


def one(ground: Ground, workers: int, said: list[Stamped]) -> tuple[float, float]:
    """Return decisions a second of all workers together, and the processor seconds that they used for each input."""
    prefix = f"growth-{workers}"
    place = Place(brokers=ground.brokers, prefix=prefix, partitions=workers, directory=ground.folder / prefix)
    words = {f"{prefix}-{each}": place.of(each).words(HEARTH) for each in range(workers)}
    with place.topics(ground), ground.all_started(words) as running:
        ground.wait_for_members(place.group, workers)
        before_s = sum(each.cpu_s for each in running.values())
        ground.load(place.inputs, said, workers, dealt_out)
        ground.wait_for(place.outputs, len(said), [*running.values()])
        cpu_s = sum(each.cpu_s for each in running.values()) - before_s
        return rate(ground.stamps(place.outputs)), cpu_s / len(said)


def figures(found: dict[int, tuple[float, float]]) -> Iterator[Figure]:
    first, _ = found[min(found)]
    for workers, (per_s, cpu_s) in found.items():
        note = f"{per_s / first:.2f} times one; {cpu_s * 1e6:,.0f} µs of processor for each input"
        yield Figure(
            f"{workers} partition{'s' * (workers > 1)}, each with a worker", per_s, "decisions/s", note=note
        )
