"""Knows how tests run here: hypothesis profiles and the async backend. Knows no service."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# On a shared CI machine a slow example is no news and a new example is no surprise.
settings.register_profile(
    "ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
# On a developer's machine every run looks somewhere else.
settings.register_profile("dev", deadline=None, print_blob=True)
# For `make check`: a few examples of each property, in under a minute all told.
settings.register_profile(
    "quick", deadline=None, print_blob=True, max_examples=20, suppress_health_check=[HealthCheck.too_slow]
)
# For an evening: `HYPOTHESIS_PROFILE=deep make test`.
settings.register_profile("deep", deadline=None, print_blob=True, max_examples=5_000)

pytest_plugins = ["tests.servers.plugin"]

settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

WHOLE = {
    "browser",
    "demo",
    "golden",
    "http",
    "importer",
    "notifier",
    "replay",
    "storm",
    "storm_kafka",
    "verify",
}
"""Folders whose tests run whole parts of Hearth: all of them are marked slow, so `make check` leaves them out."""

LONGEST = {"compose", "storm_kafka"}
"""Folders with tests of many minutes. They come first, so that no process waits for another at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: folder_of(item) not in LONGEST)
    for item in items:
        if folder_of(item) in WHOLE:
            item.add_marker(pytest.mark.slow)


def folder_of(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture
def anyio_backend() -> str:
    """Async tests (`@pytest.mark.anyio`) run on the event loop that the services run on."""
    return "asyncio"
