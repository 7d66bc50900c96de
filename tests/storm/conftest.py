"""Knows how long a storm lasts and from which seed it comes. Knows no service."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.clock import new_id
from tests.storm.served import Served


@pytest.fixture
def storm_s() -> float:
    """How long the storm lasts: a minute, or HEARTH_STORM_S seconds (`make storm`: ten minutes)."""
    return float(os.environ.get("HEARTH_STORM_S", "60"))


@pytest.fixture
def storm_seed() -> int:
    """HEARTH_STORM_SEED plays a storm again; without it every run draws another."""
    return int(os.environ.get("HEARTH_STORM_SEED") or int(new_id()[:8], 16))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    found = Served(tmp_path)
    yield found
    found.end()
