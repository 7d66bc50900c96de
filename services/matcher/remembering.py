"""What a relay with an index of its own needs: the same answer when asked again, and its index back after a start.

Knows records and positions. Must not know what is indexed.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from runtime.log import Entry, Log, Record
from runtime.relay import Relay

REMEMBERED_MAX = 10_000
"""More records than any batch of a relay has; a batch that failed is asked again whole."""
LEARN_MAX = 200
"""Records that are learned in one step. It should take some milliseconds: decisions wait for it."""


class Remembering:
    """Makes a transform that learns from what it carries repeatable: a record carried before gives the same again."""

    def __init__(
        self, transform: Callable[[Record], Iterable[Entry]], remembered_max: int = REMEMBERED_MAX
    ) -> None:
        self._transform, self._remembered_max = transform, remembered_max
        self._given: OrderedDict[tuple[str, int], list[Entry]] = OrderedDict()

    def learn(self, record: Record) -> None:
        """Learn from a record that was carried in an earlier life; what it gave stands in the log already."""
        for _ in self._transform(record):
            pass

    def __call__(self, record: Record) -> list[Entry]:
        place = record.topic, record.offset
        if place not in self._given:
            self._given[place] = list(self._transform(record))
            if len(self._given) > self._remembered_max:
                self._given.popitem(last=False)
        return self._given[place]


class RebuiltRelay(Relay):
    """A relay whose transform keeps an index: before it carries on it learns again what it has carried.

    It learns a little in each step, so that decisions do not wait for it, however long the log is.
    """

    def __init__(
        self,
        log: Log,
        name: str,
        sources: Sequence[str],
        remembering: Remembering,
        learn_max: int = LEARN_MAX,
    ) -> None:
        super().__init__(log, name, sources, remembering)
        self._remembering, self._learn_max = remembering, learn_max
        self._to_learn: dict[str, range] = {}

    def start(self) -> None:
        super().start()
        self._to_learn = {topic: range(self._log.position(self._reader(topic))) for topic in self._topics}

    def step(self) -> int:
        """Learn or carry the next records; nothing is carried before everything is learned."""
        for topic, left in self._to_learn.items():
            if left:
                records = self._log.read(topic, left.start, min(self._learn_max, len(left)))
                for record in records:
                    if not record.is_void:
                        self._remembering.learn(record)
                self._to_learn[topic] = left[len(records) :]
                return len(records)
        return super().step()
