"""`hearth demo` from its options to its end. Knows folders, ports and the order of things; must not know a rule."""

import logging
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import typer

from runtime.clock import SystemClock
from runtime.logging import configure
from runtime.sqlite_log import FILE_NAME
from services.demo.run import WEEKS, run_weeks
from services.demo.summary import summary
from services.matcher.adapters.terms_files import CALENDAR, load_terms

HOST = "127.0.0.1"
NEEDS_AHEAD = timedelta(weeks=4)


class DemoRefused(Exception):
    """An option or the machine does not allow the demo; one line says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options."""

    is_once: bool
    is_json: bool
    seed: int
    port: int
    data: Path | None


def run_demo(wanted: Wanted) -> None:
    """Run it; DemoRefused, LogInUse, LogUnavailable or OSError with one clear line."""
    configure(logging.ERROR)
    ends_at = end_of_weeks()
    if not wanted.is_once:
        must_be_free(wanted.port)
    with folder(wanted.data) as data:
        weeks = run_weeks(data, ends_at, wanted.seed)
        found = summary(weeks.tally, wanted.seed, ends_at - WEEKS, ends_at)
        if wanted.is_json:
            typer.echo(found.model_dump_json(indent=2))


def end_of_weeks() -> datetime:
    """The last whole minute; refused where the six weeks or what they leave open need holidays that are not known."""
    ends_at = SystemClock().now().replace(second=0, microsecond=0)
    calendar = load_terms().calendar(CALENDAR)
    first, last = (ends_at - WEEKS).date(), (ends_at + NEEDS_AHEAD).date()
    if first < calendar.known_from or last > calendar.known_until:
        known = f"{calendar.known_from} to {calendar.known_until}"
        raise DemoRefused(f"this machine's clock says {ends_at.date()}; bank holidays are known from {known}")
    return ends_at


def must_be_free(port: int) -> None:
    """Find out before the six weeks whether the page can be served after them."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemoRefused(f"--port {port}: {error.strerror}; choose another") from None


@contextmanager
def folder(given: Path | None) -> Iterator[Path]:
    """Give a folder without a log: the one that was named, else a temporary one that is removed at the end."""
    if given is None:
        with tempfile.TemporaryDirectory(prefix="hearth-demo-") as made:
            yield Path(made)
        return
    if (given / FILE_NAME).exists():
        raise DemoRefused(f"--data {given}: there is a log already; the demo makes one of its own")
    given.mkdir(parents=True, exist_ok=True)
    yield given
