"""A served world and everybody's browser. Knows how people get to the page; knows no test."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import stamina
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.http.world import World, token_of

NARROW, WIDE = 390, 1200
PATIENCE_MS = 30_000
"""How long a page may take to come to what a test waits for; on a busy machine seconds are nothing."""


@dataclass
class Desk:
    world: World
    browser: Browser
    url: str
    errors: list[str] = field(default_factory=list)
    """What pages have logged as errors and warnings."""
    expected: tuple[int, ...] = ()
    """Statuses of answers that a test asks for and that a browser logs as errors."""
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, *, width: int = WIDE, has_script: bool = True) -> Page:
        """Open a browser of somebody's own."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, base_url=self.url, java_script_enabled=has_script
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def signed_in(self, who: str, *, width: int = WIDE, has_script: bool = True) -> Page:
        page = self.open(width=width, has_script=has_script)
        page.goto("/")
        sign_in(page, who)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    def unexpected(self) -> list[str]:
        """Return what pages logged, less what a browser tells of an answer that a test asks for."""
        return [each for each in self.errors if not any(f"status of {one}" in each for one in self.expected)]

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def sign_in(page: Page, who: str) -> None:
    page.get_by_label("Your token").fill(token_of(who)[0])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    page.wait_for_load_state()


def press(page: Page, name: str) -> str:
    """Press the first button of this name and return how it was answered."""
    page.get_by_role("button", name=name, exact=True).first.click()
    return page.get_by_role("status").inner_text()


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


@stamina.retry(on=AssertionError, attempts=None, timeout=60, wait_initial=0.01, wait_max=0.05)
def wait_until_started(server: uvicorn.Server) -> None:
    assert server.started
