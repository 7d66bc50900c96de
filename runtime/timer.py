"""The clock relay: says that a deadline has passed, as often as it takes.

Knows instants and keys. Must not judge: whether a deadline is honoured is decided where it belongs, by the
state and the stamp of the entry. So late is possible, early and never are not, whatever this machine's clock
does.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from runtime.clock import Clock
from runtime.log import Entry, Log, Record

Slot = tuple[str, str]

NEVER = datetime.min.replace(tzinfo=UTC)
RESEND_AFTER = timedelta(seconds=30)
STALE_MAX = 1000


class Deadline(Protocol):
    """An instant, and the entry that says that it has passed. Two that are equal are the same deadline."""

    @property
    def at(self) -> datetime: ...
    @property
    def entry(self) -> Entry:
        """Asked only when the instant has come, for most deadlines are replaced before."""
        ...


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline whose entry is made already."""

    at: datetime
    entry: Entry


@dataclass(slots=True)
class Waiting:
    """The one deadline of a key; only the heap item with its ticket is live."""

    due: Deadline
    ticket: int = 0


class Timer:
    """Keeps the earliest deadline of every key until a newer record of the key shows that it ended."""

    def __init__(
        self,
        log: Log,
        name: str,
        topics: Sequence[str],
        due_of: Callable[[Record], Deadline | None],
        clock: Clock,
        *,
        resend_after: timedelta = RESEND_AFTER,
        batch_max: int = 500,
    ) -> None:
        """`due_of` gives the earliest deadline that a record leaves its key with; each says it afresh."""
        self._log, self.name, self._due_of, self._clock = log, name, due_of, clock
        self._resend_after, self._batch_max = resend_after, batch_max
        self._next = dict.fromkeys(topics, 0)
        self._forget()

    def _forget(self) -> None:
        self._waiting: dict[Slot, Waiting] = {}
        self._heap: list[tuple[datetime, int, Slot]] = []
        self._tickets = 0
        self._ahead = timedelta()
        self._asked_at = NEVER

    def start(self) -> None:
        """Rebuild the deadlines from the last record of every key."""
        self._forget()
        self._next = {topic: self._log.end(topic) for topic in self._next}
        for topic in self._next:
            for record in self._log.latest_of_each(topic):
                self._follow(record)

    def step(self) -> int:
        """Read on to the end, then append what is due; return how many records were read or appended."""
        followed = sum(self._read_on(topic) for topic in self._next)
        return followed + self._append_due()

    def next_due_at(self) -> datetime | None:
        """When, by this machine's clock, there will be something to append; None if nothing is waited for."""
        self._drop_stale()
        if not self._heap:
            return None
        at = self._heap[0][0]
        if self._ahead >= timedelta():
            return at - self._ahead
        return min(at - self._ahead, max(at, self._asked_at + self._resend_after))

    def _read_on(self, topic: str) -> int:
        start = self._next[topic]
        while records := self._log.read(topic, self._next[topic], self._batch_max):
            for record in records:
                if not record.is_void:
                    self._follow(record)
            self._next[topic] = records[-1].offset + 1
        return self._next[topic] - start

    def _follow(self, record: Record) -> None:
        """Take the newer record's deadline in place of the former; the log's time is at least its stamp."""
        self._ahead = max(self._ahead, record.stamped_at - self._clock.now())
        slot, due = (record.topic, record.key), self._due_of(record)
        former = self._waiting.get(slot)
        if due is None:
            self._waiting.pop(slot, None)
        elif former is None or former.due != due:
            self._waiting[slot] = Waiting(due)
            self._schedule(slot, due.at)

    def _schedule(self, slot: Slot, at: datetime) -> None:
        self._tickets += 1
        self._waiting[slot].ticket = self._tickets
        heapq.heappush(self._heap, (at, self._tickets, slot))
        if len(self._heap) > 2 * len(self._waiting) + STALE_MAX:
            self._heap = [item for item in self._heap if self._is_live(item)]
            heapq.heapify(self._heap)

    def _is_live(self, item: tuple[datetime, int, Slot]) -> bool:
        waiting = self._waiting.get(item[2])
        return waiting is not None and waiting.ticket == item[1]

    def _drop_stale(self) -> None:
        while self._heap and not self._is_live(self._heap[0]):
            heapq.heappop(self._heap)

    def _append_due(self) -> int:
        now = self._clock.now()
        slots = self._pop_due(now + self._ahead, self._batch_max) or self._ask(now)
        stamped_at = None
        try:
            stamped_at = self._append(slots) if slots else None
        finally:
            for slot in slots:
                self._schedule(slot, self._again_at(self._waiting[slot].due.at, stamped_at))
        return len(slots)

    def _ask(self, now: datetime) -> list[Slot]:
        """Where the log was last seen to be behind this clock, say one deadline now and then: it may be right again."""
        is_behind, is_time = self._ahead < timedelta(), abs(now - self._asked_at) >= self._resend_after
        if not (is_behind and is_time):
            return []
        return self._pop_due(now, 1)

    def _pop_due(self, now: datetime, count_max: int) -> list[Slot]:
        slots: list[Slot] = []
        self._drop_stale()
        while self._heap and self._heap[0][0] <= now and len(slots) < count_max:
            slots.append(heapq.heappop(self._heap)[2])
            self._drop_stale()
        return slots

    def _append(self, slots: list[Slot]) -> datetime:
        """Append the entries, and learn from the stamp that they come back with what time it is."""
        entries = [self._waiting[slot].due.entry for slot in slots]
        stamped_at = self._log.append(entries)[-1].stamped_at
        self._asked_at = self._clock.now()
        self._ahead = stamped_at - self._asked_at
        return stamped_at

    def _again_at(self, at: datetime, stamped_at: datetime | None) -> datetime:
        """When to try next: at the deadline itself if the entry was too early or not appended."""
        return at if stamped_at is None or stamped_at < at else stamped_at + self._resend_after
