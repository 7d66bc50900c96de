from collections.abc import Iterator

import pytest
import structlog

from runtime.log import Log
from services.verifier.verify import Verdict, verify
from tests.verify.altering import Drafts, drafts_of
from tests.verify.month import month


@pytest.fixture(scope="session")
def clean() -> Iterator[Log]:
    """The log of the made-up weeks; nobody alters it."""
    with structlog.testing.capture_logs():
        town = month()
    yield town.log
    town.system.close()


@pytest.fixture(scope="session")
def verdict(clean: Log) -> Verdict:
    """What the verifier says of the clean log."""
    return verify(clean)


@pytest.fixture
def drafts(clean: Log) -> Drafts:
    """The clean log's records, to be altered."""
    return drafts_of(clean)
