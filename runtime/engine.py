"""Turns the runners of one process, in one thread, so that none of them needs a lock.

Knows runners, waiting and the three kinds of error. Must not know what a runner does.
A log that is out of reach is tried again in place, order kept; anything else that a runner raises is a bug
and ends the process before anything is acknowledged.
"""

import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import structlog

from runtime.clock import Clock, monotonic_s
from runtime.log import Log, LogUnavailable, Record

BUG_EXIT = 70
IDLE_MIN_S, IDLE_MAX_S = 0.005, 0.25
BACKOFF_S = 0.05
BACKOFF_MAX_S = 5.0
FRAMES_MAX = 8

logger = structlog.get_logger()


class Runner(Protocol):
    """Something that follows the log in steps."""

    @property
    def name(self) -> str: ...

    def start(self) -> None:
        """Find the place to go on from."""
        ...

    def step(self) -> int:
        """Do a bounded piece of work; 0 says that there is nothing to do now."""
        ...


@runtime_checkable
class Waiter(Protocol):
    """A runner that also has something to do at an instant, without a record."""

    def next_due_at(self) -> datetime | None: ...


def stop_process(_: BaseException) -> None:
    """End the process at once, so that nothing after the bug is acknowledged."""
    sys.stderr.flush()
    os._exit(BUG_EXIT)


def where(error: BaseException) -> list[str]:
    """The innermost places that the error came through. Not its text, which may quote a payload."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


class Engine:
    """Steps all runners in turn until none has anything to do."""

    def __init__(
        self,
        log: Log,
        runners: Sequence[Runner],
        clock: Clock,
        on_bug: Callable[[BaseException], None] = stop_process,
    ) -> None:
        self._log, self._runners, self._clock, self._on_bug = log, tuple(runners), clock, on_bug
        self._waiters = tuple(runner for runner in runners if isinstance(runner, Waiter))
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.unavailable: str | None = None
        self.turned_at: datetime | None = None
        """When the thread last ended a turn; None before the first."""

    def start(self) -> None:
        """Start every runner; LogMismatch or LogUnavailable if one refuses."""
        for runner in self._runners:
            runner.start()

    def run_until_idle(self) -> int:
        """Step until every runner says that there is nothing to do; return the sum of what they did."""
        total = 0
        while done := sum(runner.step() for runner in self._runners):
            total += done
        return total

    def next_due_at(self) -> datetime | None:
        """The earliest instant at which a runner has something to do by itself."""
        waits = [waiter.next_due_at() for waiter in self._waiters]
        return min((at for at in waits if at is not None), default=None)

    def serve(self) -> None:
        """Start the runners, then step them in a thread of their own until `stop`."""
        self.start()
        self._stopped.clear()
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the step that is running end, and no other begin."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def is_serving(self) -> bool:
        """Tell whether the thread lives: false before `serve`, after `stop` and after a bug."""
        return self._thread is not None and self._thread.is_alive()

    def _serve(self) -> None:
        try:
            while not self._stopped.is_set():
                self._turn()
        except BaseException as error:  # noqa: BLE001 - whatever it is, nothing after it may be acknowledged
            logger.critical("runner_failed", error=type(error).__name__, at=where(error))
            self._on_bug(error)

    def _turn(self) -> None:
        pulse = self._patiently(self._log.pulse)
        if sum(self._patiently(runner.step) for runner in self._runners) == 0:
            self._patiently(lambda: self._log.wait(pulse, self._idle_s()))
        self.turned_at = self._clock.now()

    def _idle_s(self) -> float:
        due_at = self.next_due_at()
        left_s = IDLE_MAX_S if due_at is None else (due_at - self._clock.now()).total_seconds()
        return max(IDLE_MIN_S, min(IDLE_MAX_S, left_s))

    def _patiently(self, step: Callable[[], int]) -> int:
        """Repeat the step until the log is within reach or the engine is stopped."""
        delay_s = BACKOFF_S
        while not self._stopped.is_set():
            try:
                result = step()
            except LogUnavailable as error:
                self.unavailable = str(error)
                logger.warning("log_unavailable", reason=str(error), retry_after_s=delay_s)
                self._stopped.wait(delay_s)
                delay_s = min(BACKOFF_MAX_S, delay_s * 2)
            else:
                self.unavailable = None
                return result
        return 0


def await_all_caused(log: Log, topic: str, cause_ids: Iterable[str], timeout_s: float) -> dict[str, Record]:
    """Wait for the first record that each of these caused in a topic; what there is after `timeout_s`, by cause."""
    until_s = monotonic_s() + timeout_s
    wanted, found = set(cause_ids), dict[str, Record]()
    while True:
        pulse = log.pulse()
        found |= log.caused_by_each(topic, wanted - found.keys())
        if len(found) == len(wanted) or (left_s := until_s - monotonic_s()) <= 0:
            return found
        log.wait(pulse, left_s)


def await_caused(log: Log, topics: Sequence[str], cause_id: str, timeout_s: float) -> Record | None:
    """Wait for the first record in one of `topics` that `cause_id` caused; None after `timeout_s`."""
    until_s = monotonic_s() + timeout_s
    while True:
        pulse = log.pulse()
        for topic in topics:
            if (record := log.caused(topic, cause_id)) is not None:
                return record
        if (left_s := until_s - monotonic_s()) <= 0:
            return None
        log.wait(pulse, left_s)
