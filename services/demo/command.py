"""`hearth demo` from its options to its end. Knows folders, ports and the order of things; must not know a rule."""

import logging
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import typer
from rich.console import Console

from runtime.clock import SystemClock
from runtime.logging import configure
from runtime.sqlite_log import FILE_NAME
from services.demo.frame import flying, invite, opening, tables
from services.demo.live import end_by_signal, serve
from services.demo.run import WEEKS, Watching, Weeks, run_weeks
from services.demo.show import Show
from services.demo.summary import Summary, invariants, summary
from services.directory import Directory
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
    configure(logging.CRITICAL)
    end_by_signal()
    ends_at = end_of_weeks()
    with ExitStack() as stack:
        listener = None if wanted.is_once else stack.enter_context(listening(wanted.port))
        data = stack.enter_context(folder(wanted.data))
        if wanted.is_json:
            weeks = run_weeks(data, ends_at, wanted.seed)
            typer.echo(found(weeks, data, wanted.seed, ends_at).model_dump_json(indent=2))
            return
        show_and_serve(wanted, data, ends_at, listener)


def show_and_serve(wanted: Wanted, data: Path, ends_at: datetime, listener: socket.socket | None) -> None:
    """Print the weeks as they fly by and what they came to; then serve, if there is a socket to serve on."""
    console = Console(highlight=False)
    opening(console, ends_at - WEEKS, ends_at, wanted.seed)
    with flying(console, ends_at - WEEKS, ends_at) as passed:

        def watch(names: Directory) -> Watching:
            show = Show(console, names, begins_at=ends_at - WEEKS)

            def both(at: datetime) -> None:
                passed(at)
                show.passed(at)

            return Watching(show.happened, both)

        weeks = run_weeks(data, ends_at, wanted.seed, watch)
    tables(console, found(weeks, data, wanted.seed, ends_at))
    if listener is None:
        return
    invite(console, weeks.directory, wanted.port)
    with suppress(KeyboardInterrupt):
        serve(data, weeks, listener, Show(console, weeks.directory, often=None).happened)
    console.print("The demo has ended.")


def found(weeks: Weeks, data: Path, seed: int, ends_at: datetime) -> Summary:
    """What the weeks came to, and whether every promise was kept."""
    return summary(weeks.tally, seed, ends_at - WEEKS, ends_at, invariants(data))


def end_of_weeks() -> datetime:
    """The last whole minute; refused where the six weeks or what they leave open need holidays that are not known."""
    ends_at = SystemClock().now().replace(second=0, microsecond=0)
    calendar = load_terms().calendar(CALENDAR)
    first, last = (ends_at - WEEKS).date(), (ends_at + NEEDS_AHEAD).date()
    if first < calendar.known_from or last > calendar.known_until:
        known = f"{calendar.known_from} to {calendar.known_until}"
        raise DemoRefused(f"this machine's clock says {ends_at.date()}; bank holidays are known from {known}")
    return ends_at


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Take the port before the six weeks, so that the page can be served after them."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError as error:
            raise DemoRefused(f"--port {port}: {error.strerror}; choose another") from None
        yield listener


@contextmanager
def folder(given: Path | None) -> Iterator[Path]:
    """Give a folder without a log: the one that was named, else a temporary one that is removed at the end."""
    if given is None:
        with tempfile.TemporaryDirectory(prefix="hearth-demo-") as made:
            yield Path(made)
        return
    if (given / FILE_NAME).exists():
        raise DemoRefused(f"--data {given}: there is a log already; the demo makes one of its own")
    try:
        given.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoRefused(f"--data {given}: {error.strerror}") from None
    yield given
