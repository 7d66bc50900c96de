"""A second, small memory of how far a log was written, so that a log that lost its end is not taken for a whole one.

SQLite cannot tell: a write-ahead log that ends early is read as far as it goes, an empty file is a new database, the
missing rest of a last page is read as zeros (https://www.sqlite.org/fileformat.html#the_write_ahead_log). What was
acknowledged was committed and synced before, so only a file that was cut, emptied, swapped or copied without its
`-wal` can end before its witness does. Knows two files. Must not know what a record says.
"""

import os
from contextlib import suppress
from pathlib import Path

PAGE_BYTES = 4096
MAGIC = b"SQLite format 3\0"
FORM = "{log_id} {seq:020}\n"


class Witness:
    """`LOG.witness`: the log's name and the number of a record that it has. Never ahead of the log; may be behind."""

    def __init__(self, log: Path, *, is_read_only: bool) -> None:
        """Read what is witnessed. A place that cannot be written, or a log that is only read, is not noted further."""
        self.path = log.with_name(log.name + ".witness")
        self.log_id, self.seq = self._read()
        self._fd: int | None = None
        if not is_read_only:
            with suppress(OSError):
                self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _read(self) -> tuple[str | None, int]:
        try:
            log_id, seq = self.path.read_text().split()
            return log_id, int(seq)
        except (OSError, ValueError):
            return None, 0

    def contradicts(self, log_id: str, seq: int) -> str | None:
        """Say what is wrong with a log of this name that ends with this record; None if nothing is."""
        if self.log_id is None or (self.log_id == log_id and self.seq <= seq):
            return None
        lost = (
            f"record {self.seq} of log {self.log_id} was written here, and this is log {log_id} up to {seq}"
        )
        return f"the end of the log is lost: {lost}. Put the whole log back, or remove {self.path.name}"

    def note(self, log_id: str, seq: int) -> None:
        """Remember a record that is committed. Not synced: it need not survive more than the process does."""
        if self._fd is not None:
            with suppress(OSError):
                os.pwrite(self._fd, FORM.format(log_id=log_id, seq=seq).encode(), 0)

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def is_cut(log: Path) -> bool:
    """Tell whether the file ends within a page and no write-ahead log holds the rest of it."""
    wal = log.with_name(log.name + "-wal")
    if not log.exists() or (wal.exists() and wal.stat().st_size):
        return False
    with log.open("rb") as file:
        is_database = file.read(len(MAGIC)) == MAGIC
    return is_database and log.stat().st_size % PAGE_BYTES != 0
