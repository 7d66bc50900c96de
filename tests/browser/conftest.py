import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.desk import PATIENCE_MS, Desk, served
from tests.http.world import world_in_memory

BROWSERS = ("chromium-headless-shell", "chromium")
REQUIRE = "HEARTH_REQUIRE_BROWSER"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing = (
            f"No browser here: none of {', '.join(BROWSERS)} is installed (apt-get install {BROWSERS[0]})."
        )
        if os.environ.get(REQUIRE) == "1":
            pytest.fail(f"{missing} {REQUIRE}=1 asks for one.")
        pytest.skip(missing)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        # Inside a container there is often no user namespace for Chromium's own sandbox; it sees this server alone.
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def desk(browser: Browser) -> Iterator[Desk]:
    """A made-up world, served; whatever a page logs as an error fails the test at its end."""
    with world_in_memory() as world, served(world.system.app) as url:
        found = Desk(world, browser, url)
        try:
            yield found
        finally:
            found.close()
    assert found.unexpected() == []
