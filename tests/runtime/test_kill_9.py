"""A server that is killed under load, again and again, leaves what the same inputs give without a kill."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from runtime.clock import SystemClock, VirtualClock
from runtime.log import Entry, Log
from runtime.memory_log import MemoryLog
from runtime.records import Chain
from runtime.sqlite_log import SqliteLog
from tests.runtime.places import START, everything, story
from tests.runtime.server import engine
from tests.runtime.toy import COUNTERS, ECHOES, NUMBERS

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def serve_and_kill(directory: Path, first: int, lines: int) -> int:
    """Let a server take `lines` inputs from `first` on, kill it, and return the last one acknowledged."""
    command = [sys.executable, "-m", "tests.runtime.server", str(directory), str(first)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        last = [process.stdout.readline() for _ in range(lines)][-1]
    finally:
        os.kill(process.pid, signal.SIGKILL)
        rest = process.communicate(timeout=120)[0]
    return int(([last, *rest.splitlines(keepends=True)] if rest.endswith("\n") else [last])[-1])


def finish(log: Log, clock: VirtualClock) -> None:
    """Decide and carry what is left, and let every deadline pass."""
    runs = engine(log, clock)
    runs.start()
    runs.run_until_idle()
    clock.advance(timedelta(hours=1))
    runs.run_until_idle()


def replayed(log: Log) -> MemoryLog:
    """The same inputs with the same stamps, decided without any interruption."""
    clock = VirtualClock(START)
    other = MemoryLog(clock, log.log_id)
    for record in everything(log, NUMBERS):
        clock.set(record.stamped_at)
        other.append([Entry(NUMBERS, record.key, record.value, record.headers)])
    runs = engine(other, clock)
    runs.start()
    runs.run_until_idle()
    return other


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_and_nothing_decided_twice(tmp_path: Path, seed: int) -> None:
    random, acknowledged = Random(seed), -1
    for _ in range(4):
        acknowledged = serve_and_kill(tmp_path, acknowledged + 1, random.randrange(1, 120))
    clock = VirtualClock(SystemClock().now())
    log = SqliteLog(tmp_path, clock)
    finish(log, clock)
    causes = [record.headers["ce_cause"] for record in everything(log, COUNTERS)]
    assert len(causes) == len(set(causes))
    assert {f"n{at}" for at in range(acknowledged + 1)} <= set(causes)
    chain = Chain()
    assert all(chain.accepts(record) for record in everything(log, COUNTERS))
    other = replayed(log)
    assert story(log, COUNTERS) == story(other, COUNTERS)
    assert story(log, ECHOES) == story(other, ECHOES)
    log.close()
