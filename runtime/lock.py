"""The right to run the deciders of a log, held by one process at a time.

Knows a file. Other processes may still append to the log and read it; only deciding is exclusive.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

FILE_NAME = "hearth.lock"


class LogInUse(Exception):
    """Another process runs the deciders of this log."""


class LogLock:
    """Held from its making until `release` or the end of the process, however that ends."""

    def __init__(self, directory: Path) -> None:
        """Take the lock of `directory`, or raise LogInUse at once."""
        path = directory / FILE_NAME
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise LogInUse(f"{path} is held by another process") from error

    def release(self) -> None:
        """Let another process take the lock. The file stays."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
