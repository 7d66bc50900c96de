"""The log in memory, for simulation and tests. It forgets everything with its process."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from runtime.clock import Clock
from runtime.log import Entry, Log, Overtaken, Placed, Record
from runtime.records import UNMARKED, Mark, is_decision, mark_after


class MemoryLog(Log):
    """A log that lives as long as this object. Safe to use from several threads."""

    def __init__(self, clock: Clock, log_id: str = "memory") -> None:
        self._clock = clock
        self._log_id = log_id
        self._changed = threading.Condition()
        self._pulse = 0
        self._topics: defaultdict[str, list[Record]] = defaultdict(list)
        self._latest: defaultdict[str, dict[str, Record]] = defaultdict(dict)
        self._marks: dict[tuple[str, str], Mark] = {}
        self._causes: dict[tuple[str, str], Record] = {}
        self._positions: dict[str, int] = {}
        self._snapshots: dict[str, tuple[int, bytes]] = {}

    @property
    def log_id(self) -> str:
        return self._log_id

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,
        positions: Mapping[str, int] | None = None,
    ) -> tuple[Placed, ...]:
        with self._changed:
            for topic, end in (expected or {}).items():
                if self.end(topic) != end:
                    raise Overtaken(topic, end, self.end(topic))
            stamped_at = self._clock.now()
            offsets = [self._add(entry, stamped_at) for entry in entries]
            self._positions.update(positions or {})
            self._stir()
            return tuple(Placed(offset, stamped_at) for offset in offsets)

    def _add(self, entry: Entry, stamped_at: datetime) -> int:
        topic, key, headers = entry.topic, entry.key, entry.headers
        records, mark = self._topics[topic], None
        if is_decision(headers):
            mark = mark_after(self._marks.get((topic, key), UNMARKED), entry)
        is_void = mark is None and is_decision(headers)
        record = Record(topic, len(records), key, entry.value, headers, stamped_at, is_void)
        records.append(record)
        if not is_void:
            self._latest[topic][key] = record
            if mark is not None:
                self._marks[topic, key] = mark
            if "ce_cause" in headers:
                self._causes.setdefault((topic, headers["ce_cause"]), record)
        return record.offset

    def _stir(self) -> None:
        self._pulse += 1
        self._changed.notify_all()

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        records = self._topics.get(topic, [])
        return records[start : start + limit]

    def end(self, topic: str) -> int:
        return len(self._topics.get(topic, ()))

    def latest(self, topic: str, key: str) -> Record | None:
        return self._latest[topic].get(key)

    def latest_of_each(self, topic: str) -> Iterator[Record]:
        with self._changed:
            return iter(sorted(self._latest[topic].values(), key=lambda record: record.key))

    def caused(self, topic: str, cause_id: str) -> Record | None:
        return self._causes.get((topic, cause_id))

    def position(self, name: str) -> int:
        return self._positions.get(name, 0)

    def save_snapshot(self, name: str, offset: int, body: bytes) -> None:
        with self._changed:
            self._snapshots[name] = (offset, body)
            self._stir()

    def load_snapshot(self, name: str) -> tuple[int, bytes] | None:
        return self._snapshots.get(name)

    def pulse(self) -> int:
        return self._pulse

    def wait(self, pulse: int, timeout_s: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._pulse != pulse, timeout_s)
            return self._pulse

    def close(self) -> None:
        """Nothing to let go of."""
