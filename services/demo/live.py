"""The demo after its six weeks: the machine's clock, a page on this machine, and life that goes on slowly.

Knows the composition root and a web server. The people are the same; only their clock and their pace are others.
"""

import signal
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import FrameType

import uvicorn

from runtime.clock import SystemClock
from runtime.lock import LogLock
from runtime.sqlite_log import SqliteLog
from schemas.words import Channel
from services.demo.channel import MadeUpChannel
from services.demo.life import Life
from services.demo.run import Weeks
from services.demo.stage import Happened, Pace
from services.standalone import Options, System, compose

HOUR = timedelta(seconds=8)
"""How long a person's hour takes."""
LOOK_EVERY_S = 1.0


class LiveLife:
    """Lets life go on in a thread of its own, beside the engine."""

    def __init__(self, life: Life) -> None:
        self._life, self._stopped = life, threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="life", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the moment that is running end, and no other begin."""
        self._stopped.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            self._life.play.act()
            self._life.play.look()


def serve(data: Path, weeks: Weeks, listener: socket.socket, happened: Callable[[Happened], None]) -> None:
    """Serve the page on a socket until a signal says stop; then end cleanly."""
    clock = SystemClock()
    with LogLock(data):
        log = SqliteLog(data, clock, is_synced=False)
        options = Options(channels={Channel.OUTBOX: MadeUpChannel(clock)}, is_demo=True)
        system = compose(log, clock, weeks.directory, options)
        life = revive(weeks.life, log, clock, happened)
        system.serve()
        life.start()
        try:
            run(system, listener)
        finally:
            life.stop()
            system.close()


def revive(life: Life, log: SqliteLog, clock: SystemClock, happened: Callable[[Happened], None]) -> LiveLife:
    """Put the people before the machine's clock."""
    life.stage.move(log, clock, Pace(life.stage.pace.calendar, HOUR))
    life.watched_by(happened)
    life.arrive(None)
    return LiveLife(life)


def run(system: System, listener: socket.socket) -> None:
    config = uvicorn.Config(system.app, access_log=False, log_level="warning", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


def end_by_signal() -> None:
    """Let a polite request to end (SIGTERM) end as Ctrl-C does, so that nothing is left behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
