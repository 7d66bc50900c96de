"""The records of a topic that were appended last, kept in memory so that who follows the topic need not ask the disk.

A record never changes once it is appended, so what is kept is what the disk has. Knows offsets and sizes. Must not
know a disk: whether there is more before or after, only the log can say.
"""

from collections.abc import Sequence

from runtime.log import Record

TAIL_BYTES_MAX = 8 * 1024 * 1024
"""More than any batch of a runner has; a reader that is further behind reads from the disk."""
ENVELOPE_BYTES = 1500
"""About what a record takes up beside its value."""


class Tail:
    """An unbroken run of records. One thread at a time adds; any number of threads read."""

    def __init__(self, bytes_max: int = TAIL_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._records: list[Record] = []
        self._bytes = 0

    def add(self, records: Sequence[Record]) -> None:
        """Take in records that follow each other. If they do not follow what is kept, they begin a new run."""
        if self._records and self._records[-1].offset + 1 != records[0].offset:
            self._records, self._bytes = [], 0
        self._records.extend(records)
        self._bytes += size_of(records)
        while self._bytes > self._bytes_max and len(self._records) > 1:
            # A new list: a reader may be looking at the old one.
            self._records = self._records[len(self._records) // 2 :]
            self._bytes = size_of(self._records)

    def run(self, start: int, limit: int) -> list[Record]:
        """The records from offset `start` on that are kept, at most `limit`; none if that one is not kept."""
        records = self._records
        at = start - records[0].offset if records else -1
        return records[at : at + limit] if at >= 0 else []


def size_of(records: Sequence[Record]) -> int:
    return sum(len(each.value) + ENVELOPE_BYTES for each in records)
