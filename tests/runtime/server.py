"""A process that counts numbers under load until it is killed: DIRECTORY FIRST."""

import sys
from pathlib import Path

from runtime.clock import Clock, SystemClock
from runtime.decider import Decider
from runtime.engine import Engine
from runtime.lock import LogLock
from runtime.log import Log
from runtime.relay import Relay
from runtime.sqlite_log import SqliteLog
from runtime.timer import Timer
from tests.runtime.toy import COUNTERS, Counters, due_of, echo, number

KEYS = 7
LOAD_MAX = 1_000_000


def engine(log: Log, clock: Clock) -> Engine:
    runners = (
        Decider(log, Counters(), batch_max=20),
        Relay(log, "echo", [COUNTERS], echo, batch_max=15),
        Timer(log, "timer", [COUNTERS], due_of, clock),
    )
    return Engine(log, runners, clock)


def main(directory: Path, first: int) -> None:
    clock = SystemClock()
    with LogLock(directory):
        log = SqliteLog(directory, clock)
        engine(log, clock).serve()
        for at in range(first, LOAD_MAX):
            log.append([number(f"{at % KEYS}", f"n{at}", add=1, open_s=at % 3)])
            sys.stdout.write(f"{at}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
