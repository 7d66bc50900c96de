"""How events per second, memory and the start grow with the number of settings.

Knows the made log, the server and the client of `serve`. Each size has its own log, made new, and its own server.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .client import send, weeks
from .figures import Figure
from .logs import Given
from .made import Made, Size, Told
from .restart import first_decision
from .served import served

MIB: Final = 1 << 20
RATE, MEMORY, START = "HTTP to decision", "memory", "start to first decision"


@dataclass(frozen=True, slots=True)
class Sizes:
    smallest: int = 1_000
    middle: int = 10_000
    largest: int = 100_000
    referrals: int = 500
    vacancies: int = 500
    """The same at every size: what grows is the number of settings alone."""
    batches: int = 50


TINY: Final = Sizes(smallest=100, middle=200, largest=400, referrals=5, vacancies=5, batches=2)


def logs(sizes: Sizes) -> dict[str, Size]:
    """A log for each size, the smallest first."""
    counts = (sizes.smallest, sizes.middle, sizes.largest)
    return {f"{count}": Size(count, sizes.referrals, sizes.vacancies) for count in counts}


def measure(given: Given, sizes: Sizes, told: Told) -> list[Figure]:
    """Measure each size, the smallest first."""
    made = [given.made[name] for name in logs(sizes)]
    return [figure for each in made for figure in measure_one(each, sizes.batches, told)]


def measure_one(made: Made, batches: int, told: Told) -> Iterator[Figure]:
    """Start a server on a log and send it batches of 100."""
    settings = made.size.settings
    told(f"{settings:,} settings")
    with served(made.data, settings) as server:
        started_s = first_decision(server, made)
        sent = send(server, weeks(made.homes), batches)
        yield Figure(RATE, sent.decided / sent.took_s, "events/s", at=settings)
        yield Figure(MEMORY, server.rss_bytes / MIB, "MiB", at=settings)
        yield Figure(START, started_s, "s", at=settings)
