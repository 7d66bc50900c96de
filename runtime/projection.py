"""The runner that folds records into something to look at, which can be thrown away and rebuilt.

Knows positions and snapshots. Must not know what is folded. Nothing that it makes is the truth.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

import orjson

from runtime.log import Log, Record


class Projection:
    """Folds every record that counts exactly once, in the order of its topic; it never goes backwards.

    A snapshot is a cache of a state at named positions. One that does not fit the log is left alone, and the
    state is rebuilt from zero.
    """

    def __init__(  # noqa: PLR0913 - a state's whole life: made, kept, fetched, dropped
        self,
        log: Log,
        name: str,
        topics: Sequence[str],
        *,
        fold: Callable[[Record], None],
        dump: Callable[[], bytes],
        load: Callable[[bytes | None], None],
        snapshot_every: int = 50_000,
        batch_max: int = 1000,
    ) -> None:
        """`load(body)` puts a dumped state in place of the present one, `load(None)` the empty state."""
        self._log, self.name, self._topics = log, name, tuple(topics)
        self._fold, self._dump, self._load = fold, dump, load
        self._snapshot_every, self._batch_max = snapshot_every, batch_max
        self._next = dict.fromkeys(topics, 0)
        self._moved = threading.Condition()
        self._saved = 0

    @property
    def positions(self) -> dict[str, int]:
        """The next offset of each topic: what the state holds is everything before."""
        return dict(self._next)

    def start(self) -> None:
        """Go on from the last snapshot that fits, else from zero."""
        positions, body = self._snapshot()
        self._load(body)
        self._next = positions
        self._saved = sum(positions.values())

    def _snapshot(self) -> tuple[dict[str, int], bytes | None]:
        saved = self._log.load_snapshot(self.name)
        if saved is not None:
            head, _, body = saved[1].partition(b"\n")
            positions: dict[str, int] = orjson.loads(head)
            fits = all(self._log.end(topic) >= start for topic, start in positions.items())
            if fits and positions.keys() == set(self._topics):
                return positions, body
        return dict.fromkeys(self._topics, 0), None

    def step(self) -> int:
        """Fold the next records of each topic and return how many were read."""
        count = sum(self._follow(topic) for topic in self._topics)
        if count:
            with self._moved:
                self._moved.notify_all()
        if sum(self._next.values()) - self._saved >= self._snapshot_every:
            self.save()
        return count

    def wait_for(self, records: Iterable[Record], timeout_s: float) -> bool:
        """Wait until these records are folded; false if they are not after `timeout_s`. For any thread.

        Who waits is woken once a step, not once a record.
        """
        last: dict[str, int] = {}
        for record in records:
            last[record.topic] = max(record.offset, last.get(record.topic, -1))
        with self._moved:
            return self._moved.wait_for(lambda: self._has(last), timeout_s)

    def _has(self, last: Mapping[str, int]) -> bool:
        return all(self._next.get(topic, 0) > offset for topic, offset in last.items())

    def _follow(self, topic: str) -> int:
        records = self._log.read(topic, self._next[topic], self._batch_max)
        for record in records:
            if not record.is_void:
                self._fold(record)
            self._next[topic] = record.offset + 1
        return len(records)

    def save(self) -> None:
        """Keep a snapshot of the present state."""
        offset = sum(self._next.values())
        self._log.save_snapshot(self.name, offset, orjson.dumps(self._next) + b"\n" + self._dump())
        self._saved = offset

    def rebuild(self) -> None:
        """Throw the state away and begin at zero; the following steps fold everything again."""
        self._load(None)
        self._next = dict.fromkeys(self._topics, 0)
        self._saved = 0
