import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import stamina
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from tests.browser.desk import Desk
from tests.http.world import world_in_memory

BROWSERS = ("chromium-headless-shell", "chromium")
REQUIRE = "HEARTH_REQUIRE_BROWSER"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing = (
            f"No browser here: none of {', '.join(BROWSERS)} is installed (apt-get install {BROWSERS[0]})."
        )
        if os.environ.get(REQUIRE) == "1":
            pytest.fail(f"{missing} {REQUIRE}=1 asks for one.")
        pytest.skip(missing)
    with sync_playwright() as playwright:
        # Inside a container there is often no user namespace for Chromium's own sandbox; it sees this server alone.
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def served(app: object) -> Iterator[str]:
    """Serve an app on a free port; yield its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))  # type: ignore[arg-type] # any ASGI app
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until_started(server)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@stamina.retry(on=AssertionError, attempts=500, timeout=20, wait_initial=0.01, wait_max=0.05)
def wait_until_started(server: uvicorn.Server) -> None:
    assert server.started


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
