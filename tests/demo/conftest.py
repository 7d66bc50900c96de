from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.clock import SystemClock
from runtime.sqlite_log import SqliteLog
from services.demo.run import Weeks, run_weeks

ENDS_AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SEED = 1


@dataclass(frozen=True, slots=True)
class Done:
    """Six weeks that have been run, and their log."""

    weeks: Weeks
    log: SqliteLog
    folder: Path


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """Run the weeks once for all who only read."""
    folder: Path = tmp_path_factory.mktemp("weeks")
    weeks = run_weeks(folder, ENDS_AT, SEED)
    log = SqliteLog(folder, SystemClock(), is_read_only=True)
    try:
        yield Done(weeks, log, folder)
    finally:
        log.close()
