"""The runner that turns records of some topics into entries of others, and decides nothing.

Knows positions. Must not know what it carries. Outputs and positions are one transaction; on a log without
such transactions an output may come twice, so entries take their ids from the record that caused them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from runtime.log import Entry, Log, LogMismatch, Record

UNCOMMITTED_MAX = 500
"""How many records that give nothing may be read without writing the position down; they are read again at a start."""


class Relay:
    """Carries every record that counts through `transform`, in the order of its topic."""

    def __init__(
        self,
        log: Log,
        name: str,
        source_topics: Sequence[str],
        transform: Callable[[Record], Iterable[Entry]],
        batch_max: int = 500,
    ) -> None:
        """`transform` must give the same entries when it is asked again: a batch that failed is repeated."""
        self._log, self.name, self._transform = log, name, transform
        self._topics, self._batch_max = tuple(source_topics), batch_max
        self._next: dict[str, int] = {}
        self._uncommitted = 0

    def start(self) -> None:
        """LogMismatch if a source is shorter than what was carried from it."""
        self._next.clear()
        for topic in self._topics:
            carried = self._log.position(self._reader(topic))
            if (end := self._log.end(topic)) < carried:
                raise LogMismatch(f"{topic} ends at {end}, but {self.name} has carried {carried}")

    def step(self) -> int:
        """Carry the next records of each source and return how many were read.

        What gives no entry needs no append. The position is asked of the log at the start and after an append of
        unknown outcome, for then nothing else knows it.
        """
        records = [record for topic in self._topics for record in self._read(topic)]
        if not records:
            return 0
        entries = [entry for record in records if not record.is_void for entry in self._transform(record)]
        positions = self._next | {record.topic: record.offset + 1 for record in records}
        self._uncommitted += len(records)
        if entries or self._uncommitted >= UNCOMMITTED_MAX:
            self._commit(entries, positions)
        self._next = positions
        return len(records)

    def _commit(self, entries: Sequence[Entry], positions: Mapping[str, int]) -> None:
        self._next = {}
        named = {self._reader(topic): position for topic, position in positions.items()}
        self._log.append(entries, positions=named)
        self._uncommitted = 0

    def _read(self, topic: str) -> list[Record]:
        if topic not in self._next:
            self._next[topic] = self._log.position(self._reader(topic))
        return self._log.read(topic, self._next[topic], self._batch_max)

    def _reader(self, topic: str) -> str:
        return f"{self.name}:{topic}"
