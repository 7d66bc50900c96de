"""The runner that turns records of some topics into entries of others, and decides nothing.

Knows positions. Must not know what it carries. Outputs and positions are one transaction; on a log without
such transactions an output may come twice, so entries take their ids from the record that caused them.
"""

from collections.abc import Callable, Iterable, Sequence

from runtime.log import Entry, Log, LogMismatch, Record


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

    def start(self) -> None:
        """LogMismatch if a source is shorter than what was carried from it."""
        for topic in self._topics:
            carried = self._log.position(self._reader(topic))
            if (end := self._log.end(topic)) < carried:
                raise LogMismatch(f"{topic} ends at {end}, but {self.name} has carried {carried}")

    def step(self) -> int:
        """Carry the next records of each source and return how many were read.

        The position is asked of the log each time: after an append of unknown outcome nothing else knows it.
        """
        records = [record for topic in self._topics for record in self._next(topic)]
        if not records:
            return 0
        entries = [entry for record in records if not record.is_void for entry in self._transform(record)]
        positions = {self._reader(record.topic): record.offset + 1 for record in records}
        self._log.append(entries, positions=positions)
        return len(records)

    def _next(self, topic: str) -> list[Record]:
        return self._log.read(topic, self._log.position(self._reader(topic)), self._batch_max)

    def _reader(self, topic: str) -> str:
        return f"{self.name}:{topic}"
