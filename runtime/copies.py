"""A copy, on this machine's disk, of records that were appended elsewhere: a cache at named offsets.

Knows records and their stamps. Must not know where they come from, and makes none itself: a copy that is lost is
made again. It judges what counts by the same rule as the log that it copies.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from runtime.clock import SystemClock
from runtime.log import Entry, LogMismatch, LogUnavailable, Overtaken, Record
from runtime.sqlite_log import Appending, SqliteLog, end_of


class Copy(SqliteLog):
    """Topics of records as they lie elsewhere, offset by offset."""

    def __init__(self, directory: Path, log_id: str) -> None:
        """Open the copy of the log `log_id` in `directory`, or begin one; LogMismatch if it is another log's."""
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(directory, SystemClock(), log_id=log_id)
        if self.log_id != log_id:
            self.close()
            raise LogMismatch(f"{directory} holds a copy of log {self.log_id}, not of {log_id}")

    def take_in(self, records: Sequence[Record], positions: Mapping[str, int] | None = None) -> None:
        """Copy records that follow those that are here; Overtaken if one does not. All or nothing."""
        with self._writing() as writer:
            ends = {topic: end_of(writer, topic) for topic in {record.topic for record in records}}
            expected = dict(ends)
            for record in records:
                if record.offset != expected[record.topic]:
                    raise Overtaken(record.topic, record.offset, expected[record.topic])
                expected[record.topic] += 1
            appending = Appending(writer, ends)
            appending.add_all(
                [Entry(each.topic, each.key, each.value, each.headers) for each in records],
                [each.stamped_at for each in records],
            )
            writer.executemany("REPLACE INTO positions VALUES (?, ?)", (positions or {}).items())
        self._tell(appending.records)
        self._witness.note(self.log_id, appending.seq)


def open_copy(directory: Path, log_id: str) -> Copy:
    """Open a copy. One that cannot be read is thrown away, for there is more where it came from."""
    try:
        return Copy(directory, log_id)
    except LogUnavailable:
        shutil.rmtree(directory, ignore_errors=True)
        return Copy(directory, log_id)
