"""A process of its own that appends until it is done or killed: NAME DIRECTORY COUNT."""

import json
import sys
from pathlib import Path

from runtime.clock import SystemClock
from runtime.lock import LogInUse, LogLock
from runtime.log import Entry
from runtime.sqlite_log import SqliteLog


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def try_lock(directory: Path) -> None:
    try:
        LogLock(directory).release()
    except LogInUse:
        say("in use")


def append(name: str, directory: Path, count: int) -> None:
    log = SqliteLog(directory, SystemClock())
    for at in range(count):
        placed = log.append([Entry("t", name, f"{at}.{part}".encode(), {}) for part in range(3)])
        say(json.dumps([each.offset for each in placed]))
    log.close()


if __name__ == "__main__":
    if sys.argv[1] == "lock":
        try_lock(Path(sys.argv[2]))
    else:
        append(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
