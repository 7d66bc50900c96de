"""What only a file can do: fill up, be read-only, be locked, be broken, be shared."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from runtime.clock import SystemClock
from runtime.lock import LogInUse, LogLock
from runtime.log import Entry, LogUnavailable
from runtime.sqlite_log import FILE_NAME, SqliteLog
from tests.runtime.places import everything

CLOCK = SystemClock()
ROOT = Path(__file__).parents[2]


def entry(value: bytes = b"1", key: str = "k") -> Entry:
    return Entry("t", key, value, {})


def test_a_full_disk_is_said_plainly_and_loses_nothing(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path, CLOCK, pages_max=60)
    acknowledged: list[int] = []
    with pytest.raises(LogUnavailable, match="the disk is full"):
        fill(log, acknowledged)
    assert acknowledged
    assert [record.offset for record in everything(log, "t")] == acknowledged
    assert log.end("t") == len(acknowledged)
    log.close()
    roomier = SqliteLog(tmp_path, CLOCK, pages_max=120)
    assert roomier.append([entry()])[-1].offset == len(acknowledged)
    roomier.close()


def fill(log: SqliteLog, acknowledged: list[int]) -> None:
    while True:
        acknowledged.extend(each.offset for each in log.append([entry(b"x" * 1000)] * 3))


def test_a_log_opened_for_reading_cannot_be_written(tmp_path: Path) -> None:
    writer = SqliteLog(tmp_path, CLOCK)
    writer.append([entry()])
    reader = SqliteLog(tmp_path, CLOCK, is_read_only=True)
    with pytest.raises(LogUnavailable, match="read-only"):
        reader.append([entry()])
    assert everything(reader, "t") == everything(writer, "t")
    reader.close()
    writer.close()


def test_a_log_that_is_not_there_cannot_be_opened_for_reading(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="cannot be opened"):
        SqliteLog(tmp_path, CLOCK, is_read_only=True)
    assert not (tmp_path / FILE_NAME).exists()


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is not a log at all" * 500)
    with pytest.raises(LogUnavailable, match="not a log"):
        SqliteLog(tmp_path, CLOCK)


def test_a_log_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    SqliteLog(tmp_path, CLOCK).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LogUnavailable, match="newer version"):
        SqliteLog(tmp_path, CLOCK)


def test_a_locked_file_is_said_plainly_and_works_again_afterwards(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path, CLOCK, busy_timeout_s=0.01)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogUnavailable, match="locked by another process"):
        log.append([entry()])
    other.execute("ROLLBACK")
    other.close()
    assert log.append([entry()])[-1].offset == 0
    log.close()


@pytest.mark.parametrize("statement", ["DELETE FROM records", "UPDATE records SET value = x'00'"])
def test_records_are_never_changed_nor_deleted(tmp_path: Path, statement: str) -> None:
    log = SqliteLog(tmp_path, CLOCK)
    log.append([entry()])
    with sqlite3.connect(tmp_path / FILE_NAME) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    connection.close()
    assert [record.value for record in everything(log, "t")] == [b"1"]
    log.close()


def test_an_append_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path, CLOCK)
    settings = [
        log._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")
    ]
    assert settings == [2, "wal"]  # 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    log.close()


def test_a_log_keeps_its_own_name_and_no_other_has_it(tmp_path: Path) -> None:
    names = []
    for place in ("a", "b", "a"):
        (tmp_path / place).mkdir(exist_ok=True)
        log = SqliteLog(tmp_path / place, CLOCK)
        names.append(log.log_id)
        log.close()
    assert names[0] == names[2] != names[1]


def test_an_append_of_another_process_changes_the_pulse(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path, CLOCK)
    pulse = log.pulse()
    run("other", tmp_path, "1").communicate(timeout=120)
    assert log.wait(pulse, 0) != pulse
    assert log.end("t") == 3
    log.close()


def test_only_one_process_may_decide(tmp_path: Path) -> None:
    with LogLock(tmp_path):
        with pytest.raises(LogInUse, match=r"hearth\.lock is held"):
            LogLock(tmp_path)
        seen = run("lock", tmp_path, "0").communicate(timeout=120)[0]
        assert seen.strip() == "in use"
    LogLock(tmp_path).release()


def run(name: str, directory: Path, count: str) -> subprocess.Popen[str]:
    """Start `appender.py`, which appends `count` batches of three and prints each once it is acknowledged."""
    command = [sys.executable, "-m", "tests.runtime.appender", name, str(directory), count]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_who_opens_a_log_while_another_makes_it_waits(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor() as pool:
            opening = pool.submit(SqliteLog, tmp_path, CLOCK)
            with pytest.raises(TimeoutError):
                opening.result(timeout=0.1)
            other.execute("ROLLBACK")
            log = opening.result(timeout=120)
    assert log.append([entry()])[0].offset == 0
    log.close()


@pytest.mark.parametrize("busy_timeout_s", [0.0, 0.1])
def test_who_waits_too_long_for_a_log_is_told_why(tmp_path: Path, busy_timeout_s: float) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogUnavailable, match="locked by another process"):
            SqliteLog(tmp_path, CLOCK, busy_timeout_s=busy_timeout_s)


@pytest.mark.slow
def test_processes_that_make_and_fill_a_log_at_once_lose_nothing(tmp_path: Path) -> None:
    names = "abcd"
    started = [run(name, tmp_path, "50") for name in names]
    assert [(process.communicate(timeout=120), process.returncode)[1] for process in started] == [0] * 4
    log = SqliteLog(tmp_path, CLOCK)
    records = everything(log, "t")
    assert [record.offset for record in records] == list(range(4 * 50 * 3))
    wanted = [f"{at}.{part}".encode() for at in range(50) for part in range(3)]
    assert all([record.value for record in records if record.key == name] == wanted for name in names)
    log.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_after_kill_9_every_acknowledged_append_is_there_and_none_is_torn(tmp_path: Path, seed: int) -> None:
    acknowledged = -1
    for lives in range(3):
        process = run(f"life {lives}", tmp_path, "1000000")
        assert process.stdout is not None
        for _ in range(Random(seed * 10 + lives).randrange(1, 60)):
            acknowledged = json.loads(process.stdout.readline())[-1]
        os.kill(process.pid, signal.SIGKILL)
        rest = [line for line in process.communicate(timeout=120)[0].splitlines() if line.endswith("]")]
        acknowledged = json.loads(rest[-1])[-1] if rest else acknowledged
    log = SqliteLog(tmp_path, CLOCK)
    records = everything(log, "t")
    assert log.end("t") == len(records) > acknowledged
    assert [record.offset for record in records] == list(range(len(records)))
    assert [record.value[-2:] for record in records] == [b".0", b".1", b".2"] * (len(records) // 3)
    log.close()
