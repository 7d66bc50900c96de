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
        self._next = dict.fromkeys(source_topics, 0)
        self._batch_max = batch_max

    def start(self) -> None:
        """Go on from the committed positions; LogMismatch if a source is shorter than they say."""
        self._next = {topic: self._log.position(self._reader(topic)) for topic in self._next}
        for topic, start in self._next.items():
            if (end := self._log.end(topic)) < start:
                raise LogMismatch(f"{topic} ends at {end}, but {self.name} has carried {start}")

    def step(self) -> int:
        """Carry the next records of each source and return how many were read."""
        records = [
            record
            for topic, start in self._next.items()
            for record in self._log.read(topic, start, self._batch_max)
        ]
        if not records:
            return 0
        entries = [entry for record in records if not record.is_void for entry in self._transform(record)]
        moved = {record.topic: record.offset + 1 for record in records}
        self._log.append(entries, positions={self._reader(topic): at for topic, at in moved.items()})
        self._next.update(moved)
        return len(records)

    def _reader(self, topic: str) -> str:
        return f"{self.name}:{topic}"
