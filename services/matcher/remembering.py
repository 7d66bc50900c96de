"""What a relay with an index of its own needs: the same answer when asked again, and its index back after a start.

Knows records and positions. Must not know what is indexed.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from runtime.log import Entry, Log, Record

REMEMBERED_MAX = 10_000
"""More records than any batch of a relay has; a batch that failed is asked again whole."""
BATCH_MAX = 1000


class Remembering:
    """Makes a transform that learns from what it carries repeatable: a record carried before gives the same again."""

    def __init__(
        self, transform: Callable[[Record], Iterable[Entry]], remembered_max: int = REMEMBERED_MAX
    ) -> None:
        self._transform, self._remembered_max = transform, remembered_max
        self._given: OrderedDict[tuple[str, int], list[Entry]] = OrderedDict()

    def __call__(self, record: Record) -> list[Entry]:
        place = record.topic, record.offset
        if place not in self._given:
            self._given[place] = list(self._transform(record))
            if len(self._given) > self._remembered_max:
                self._given.popitem(last=False)
        return self._given[place]


def rebuild(log: Log, name: str, topics: Sequence[str], transform: Callable[[Record], object]) -> int:
    """Let the transform learn everything that the relay `name` has carried, and say how many records that were.

    What it gives is thrown away: it stands in the log already.
    """
    return sum(_learn(log, topic, log.position(f"{name}:{topic}"), transform) for topic in topics)


def _learn(log: Log, topic: str, end: int, transform: Callable[[Record], object]) -> int:
    start = 0
    while start < end:
        records = log.read(topic, start, min(BATCH_MAX, end - start))
        for record in records:
            if not record.is_void:
                transform(record)
        start = records[-1].offset + 1 if records else end
    return end
